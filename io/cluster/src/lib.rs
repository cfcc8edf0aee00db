//! Embedded and scratch PostgreSQL servers: the demo's, a rehearsal's, the tests'.
