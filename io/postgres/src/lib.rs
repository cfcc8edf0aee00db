//! The only crate that talks to a PostgreSQL server.
