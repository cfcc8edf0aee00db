//! Which protocol is spoken.

use crate::fields;

/// A version of the protocol, as clients ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 3 since PostgreSQL 7.4.
    pub major: u16,
    /// 0, or 2 since PostgreSQL 18.
    pub minor: u16,
}

impl Version {
    /// What everybody speaks.
    pub const V3_0: Version = Version { major: 3, minor: 0 };

    /// With cancel keys of up to 256 bytes; the newest there is.
    pub const V3_2: Version = Version { major: 3, minor: 2 };

    /// The version in the code that begins a StartupMessage.
    #[must_use]
    pub fn from_code(code: u32) -> Version {
        let [a, b, c, d] = code.to_be_bytes();
        Version { major: u16::from_be_bytes([a, b]), minor: u16::from_be_bytes([c, d]) }
    }

    /// The code that begins a StartupMessage.
    #[must_use]
    pub fn code(self) -> u32 {
        (u32::from(self.major) << 16) | u32::from(self.minor)
    }

    /// What is spoken with a client that asked for this: the same, or the newest there is.
    #[must_use]
    pub fn spoken(self) -> Version {
        self.min(Version::V3_2)
    }

    /// Whether a cancel key may be longer than four bytes.
    #[must_use]
    pub fn has_long_keys(self) -> bool {
        self >= Version::V3_2
    }

    /// Appends a NegotiateProtocolVersion: the version that is spoken, and the options nobody here knows.
    pub fn negotiate(self, unknown: &[String], out: &mut Vec<u8>) {
        fields::write(out, b'v', |body| {
            body.extend_from_slice(&self.code().to_be_bytes());
            body.extend_from_slice(&u32::try_from(unknown.len()).unwrap_or(u32::MAX).to_be_bytes());
            for name in unknown {
                fields::write_text(body, name);
            }
        });
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
