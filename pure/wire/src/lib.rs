//! PostgreSQL's protocol without a socket: bytes come in as arguments, and what is to be done goes out as values.
//!
//! A connection begins with [`opening`] (TLS or not, a cancel request or a start), is authenticated with [`scram`], is connected
//! onward with [`upstream`], and then is a [`session`]. Whatever comes is cut into pieces by [`frame`]; a piece that needs no
//! decision is passed on as it is.
//!
//! - [`binary`]: values in the binary form of their types
//! - [`frame`], [`limits`]: where a message begins and ends, and how long it may be
//! - [`fields`]: reading what is inside one
//! - [`frontend`], [`backend`], [`report`]: what clients say, what servers say, and their errors
//! - [`version`], [`startup`], [`switches`], [`opening`]: how a connection begins
//! - [`cancel`]: the keys that cancel requests bring
//! - [`scram`]: proving who one is, from both sides
//! - [`upstream`]: logging in at a server
//! - [`status`], [`names`], [`turn`], [`denial`], [`watch`], [`session`]: following a session from the middle
//! - [`violation`]: what ends a connection

pub mod backend;
pub mod binary;
pub mod cancel;
pub mod denial;
pub mod fields;
pub mod frame;
pub mod frontend;
pub mod limits;
pub mod names;
pub mod opening;
pub mod report;
pub mod scram;
pub mod session;
pub mod startup;
pub mod status;
pub mod switches;
pub mod turn;
pub mod upstream;
pub mod version;
pub mod violation;
pub mod watch;
