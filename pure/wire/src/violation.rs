//! What ends a connection: bytes that no well-behaved peer sends, or that nobody could follow.

/// A breach of the protocol. There is no way on from one: the connection ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The length says less than its own four bytes, or more than this kind of message may have here.
    #[error("message of type {} claims a length of {claimed} bytes, at most {limit} are allowed here", Tag(*.tag))]
    Length {
        /// The type byte; zero for the first packet, which has none.
        tag: u8,
        /// The length as it was claimed, its own four bytes included.
        claimed: u32,
        /// The most it may be.
        limit: u32,
    },
    /// A message of a type that nobody may send here.
    #[error("message of type {} is not expected {}", Tag(*.tag), .here)]
    Unexpected {
        /// The type byte.
        tag: u8,
        /// Where it came, in words: "during authentication".
        here: &'static str,
    },
    /// What is inside a message does not have the form that its type prescribes.
    #[error("message of type {} is malformed: {what}", Tag(*.tag))]
    Malformed {
        /// The type byte; zero for the first packet.
        tag: u8,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Bytes arrived unencrypted behind a request for encryption: somebody in between may have put them there (CVE-2021-23214).
    #[error("received unencrypted data after a request for encryption")]
    BytesBeforeTls,
    /// The server said something that changes who the session is, or what its texts mean.
    #[error("the session's {parameter} was changed to \"{value}\", which the desk does not allow")]
    Escaped {
        /// The parameter that the server reported.
        parameter: &'static str,
        /// Its new value.
        value: String,
    },
}

/// A type byte as people write it.
struct Tag(u8);

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            0 => f.write_str("startup"),
            tag if tag.is_ascii_graphic() => write!(f, "'{}'", char::from(tag)),
            tag => write!(f, "0x{tag:02X}"),
        }
    }
}
