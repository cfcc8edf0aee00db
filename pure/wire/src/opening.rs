//! From the first byte to the StartupMessage: encryption is asked for, or a statement is cancelled, or a session begins.

use crate::cancel::{CANCEL_REQUEST, CancelKey};
use crate::fields::Fields;
use crate::limits;
use crate::startup::{NotStartup, Startup};
use crate::version::Version;
use crate::violation::Violation;

/// Whether sessions are encrypted here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// There is no certificate: only for loopback and Unix sockets.
    Unavailable,
    /// There is; whoever does not ask for it goes without.
    Offered,
    /// There is, and nobody goes without.
    Required,
}

/// How far the opening has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was agreed on. Each kind of encryption may be asked for once, as PostgreSQL has it.
    Plain { tls_asked: bool, gss_asked: bool },
    /// We have said yes, and wait for the handshake.
    Handshake,
    /// Inside TLS.
    Encrypted,
}

/// What the first packets ask for.
pub enum Opened {
    /// Nothing can be said before there are so many bytes.
    Wait(usize),
    /// The bytes to take away, and the one to answer.
    Answer(usize, u8),
    /// The bytes to take away, the one to answer, and then the handshake of TLS begins.
    Tls(usize, Option<u8>),
    /// A statement is to be cancelled; there is no answer, and the connection ends.
    Cancel(CancelKey),
    /// A session is to begin; so many bytes are to be taken away.
    Startup(usize, Startup),
}

/// Why a connection does not get beyond its first packets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// The bytes break the protocol.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// The StartupMessage is refused.
    #[error(transparent)]
    Startup(#[from] NotStartup),
    /// A session without encryption where it is required.
    #[error("the desk requires an encrypted connection")]
    Unencrypted,
    /// TLS that begins without being asked for, but does not say that PostgreSQL is meant (cross-protocol attacks).
    #[error("a direct TLS connection must be negotiated with the ALPN protocol \"postgresql\"")]
    NoAlpn,
    /// TLS that begins without being asked for, where there is none.
    #[error("the desk has no certificate, and cannot speak TLS")]
    NoTls,
}

impl NotOpened {
    /// The SQLSTATE.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            NotOpened::Startup(refused) => refused.code(),
            NotOpened::Unencrypted => "28000",
            NotOpened::Violation(_) | NotOpened::NoAlpn | NotOpened::NoTls => "08P01",
        }
    }
}

/// Follows a connection from its first byte to its StartupMessage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    encryption: Encryption,
    state: State,
}

impl Opening {
    /// A connection of which nothing was read yet.
    #[must_use]
    pub fn new(encryption: Encryption) -> Opening {
        Opening { encryption, state: State::Plain { tls_asked: false, gss_asked: false } }
    }

    /// The handshake has succeeded.
    ///
    /// # Errors
    /// It began without being asked for, and the client did not name PostgreSQL's protocol.
    pub fn encrypted(&mut self, direct: bool, alpn: Option<&[u8]>) -> Result<(), NotOpened> {
        if direct && alpn != Some(ALPN) {
            return Err(NotOpened::NoAlpn);
        }
        self.state = State::Encrypted;
        Ok(())
    }

    /// What the bytes so far ask for.
    ///
    /// # Errors
    /// Everything in [`NotOpened`].
    pub fn next(&mut self, bytes: &[u8]) -> Result<Opened, NotOpened> {
        match (bytes.first(), self.state) {
            (_, State::Handshake) => return Err(Violation::BytesBeforeTls.into()),
            (None, _) => return Ok(Opened::Wait(PREFIX)),
            (Some(&TLS_HANDSHAKE), State::Plain { tls_asked: false, gss_asked: false }) => {
                return self.direct();
            }
            _ => {}
        }
        let Some((&[a, b, c, d, e, f, g, h], _)) = bytes.split_first_chunk::<PREFIX>() else {
            return Ok(Opened::Wait(PREFIX));
        };
        let (claimed, code) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
        let wrong = Violation::Length { tag: 0, claimed, limit: limits::STARTUP };
        if !(8..=limits::STARTUP).contains(&claimed) {
            return Err(wrong.into());
        }
        let length = usize::try_from(claimed).map_err(|_| wrong)?;
        let Some(packet) = bytes.get(PREFIX..length) else { return Ok(Opened::Wait(length)) };
        let mut fields = Fields::new(0, packet);
        match code {
            SSL_REQUEST | GSS_REQUEST => {
                fields.end()?;
                self.asked(code, length, bytes.len())
            }
            CANCEL_REQUEST => Ok(Opened::Cancel(CancelKey::read(&mut fields)?)),
            code => self.startup(length, Version::from_code(code), &mut fields),
        }
    }

    /// A request for encryption. Nothing may be behind one that is granted: it would have been sent in the clear.
    fn asked(&mut self, code: u32, length: usize, arrived: usize) -> Result<Opened, NotOpened> {
        let State::Plain { tls_asked, gss_asked } = self.state else { return Err(again()) };
        if if code == SSL_REQUEST { tls_asked } else { gss_asked } {
            return Err(again());
        }
        if code == GSS_REQUEST {
            self.state = State::Plain { tls_asked, gss_asked: true };
            return Ok(Opened::Answer(length, b'N'));
        }
        if self.encryption == Encryption::Unavailable {
            self.state = State::Plain { tls_asked: true, gss_asked };
            return Ok(Opened::Answer(length, b'N'));
        }
        if arrived > length {
            return Err(Violation::BytesBeforeTls.into());
        }
        self.state = State::Handshake;
        Ok(Opened::Tls(length, Some(b'S')))
    }

    fn direct(&mut self) -> Result<Opened, NotOpened> {
        if self.encryption == Encryption::Unavailable {
            return Err(NotOpened::NoTls);
        }
        self.state = State::Handshake;
        Ok(Opened::Tls(0, None))
    }

    fn startup(&self, length: usize, version: Version, fields: &mut Fields<'_>) -> Result<Opened, NotOpened> {
        let startup = Startup::read(version, fields)?;
        if self.encryption == Encryption::Required && self.state != State::Encrypted {
            return Err(NotOpened::Unencrypted);
        }
        Ok(Opened::Startup(length, startup))
    }
}

fn again() -> NotOpened {
    Violation::Malformed { tag: 0, what: "encryption is asked for a second time" }.into()
}

/// What TLS names PostgreSQL's protocol.
pub const ALPN: &[u8] = b"postgresql";

/// The code in place of a version that asks for TLS.
pub const SSL_REQUEST: u32 = (1234 << 16) | 5679;

/// The code in place of a version that asks for GSSAPI encryption.
pub const GSS_REQUEST: u32 = (1234 << 16) | 5680;

/// The length and the code.
const PREFIX: usize = 8;

/// The first byte of every TLS connection.
const TLS_HANDSHAKE: u8 = 0x16;

#[cfg(test)]
mod tests;
