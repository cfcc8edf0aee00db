//! How long a message may be: by its type and by what goes on. A length is checked before a byte of its message is kept.

/// The longest messages that are looked at, in bytes, their lengths included. Messages that are only passed on are never kept, so
/// for them PostgreSQL's own limit of a gigabyte holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A Query or a Parse.
    pub statement: u32,
    /// A Bind, with its parameters.
    pub parameters: u32,
}

impl Limits {
    /// A statement of 16 MiB, parameters of 64 MiB.
    pub const USUAL: Limits = Limits { statement: 16 << 20, parameters: 64 << 20 };
}

/// PostgreSQL's own: the longest message it takes from a session (`PQ_LARGE_MESSAGE_LIMIT`).
pub const MESSAGE: u32 = 0x3fff_ffff;

/// Names and short arguments: a Describe, a Close, an Execute, an error of a COPY (`PQ_SMALL_MESSAGE_LIMIT`).
pub const SHORT: u32 = 10_000;

/// What a server says outside of its rows: reports, parameters, tags.
pub const REPORT: u32 = 1 << 20;

/// The first packet (`MAX_STARTUP_PACKET_LENGTH`).
pub const STARTUP: u32 = 10_000;

/// One step of SASL. PostgreSQL takes 64 kB; no SCRAM message is near this.
pub const LOGIN: u32 = 4_096;

/// A message without content.
pub const EMPTY: u32 = 4;
