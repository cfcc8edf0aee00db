//! A look at how the server asks for authentication, before anything is answered.
//!
//! tokio-postgres answers whatever it is asked: a server that should ask for SCRAM and asks for the password itself
//! would get it. So every message up to "authentication is over" is looked at first, and a way that was not allowed
//! ends the connection with the answer unsent.

use crate::connect::transport::Transport;
use crate::conninfo::auth_methods::{AuthMethod, AuthMethods};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsStream};

/// What was seen.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    /// How the server asked; nothing while it has not.
    pub(crate) asked: Option<AuthMethod>,
    /// Whether the server said that authentication is over.
    pub(crate) accepted: bool,
    /// Whether what it asked for was not allowed, and so not answered.
    pub(crate) refused: bool,
}

/// What was seen, for whoever made the connection.
#[derive(Clone, Default)]
pub(crate) struct Report(Arc<Mutex<Seen>>);

impl Report {
    pub(crate) fn read(&self) -> Seen {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, seen: Seen) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }
}

/// A way to a server whose messages are looked at until authentication is over.
pub(crate) struct Watched {
    transport: Transport,
    watch: Watch,
    report: Report,
    passed: VecDeque<u8>,
}

impl Watched {
    pub(crate) fn new(transport: Transport, allowed: AuthMethods, report: Report) -> Watched {
        let watch = Watch { allowed, seen: Seen::default(), held: Vec::new(), rest: 0 };
        Watched { transport, watch, report, passed: VecDeque::new() }
    }
}

/// The looking itself, without the stream.
struct Watch {
    allowed: AuthMethods,
    seen: Seen,
    /// The beginning of a message, too short yet to be understood.
    held: Vec<u8>,
    /// How much of the message now passing is still to come.
    rest: usize,
}

impl Watch {
    /// Looks at more bytes; those that may pass are appended to `passed`.
    fn look(&mut self, bytes: &[u8], passed: &mut VecDeque<u8>) -> io::Result<()> {
        for byte in bytes {
            if self.seen.accepted || self.rest > 0 {
                self.rest = self.rest.saturating_sub(1);
                passed.push_back(*byte);
                continue;
            }
            self.held.push(*byte);
            if let Some((length, method)) = understand(&self.held) {
                self.judge(method)?;
                self.rest = length.saturating_sub(self.held.len());
                passed.extend(self.held.drain(..));
            }
        }
        Ok(())
    }

    fn judge(&mut self, request: Request) -> io::Result<()> {
        let method = match request {
            Request::Asked(method) => method,
            Request::Over => {
                self.seen.accepted = true;
                match self.seen.asked {
                    Some(_) => return Ok(()),
                    None => AuthMethod::None,
                }
            }
            Request::None => return Ok(()),
        };
        self.seen.asked = Some(method);
        if self.allowed.allow(method) {
            return Ok(());
        }
        self.seen.refused = true;
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "this way to authenticate is not allowed"))
    }
}

/// What a message asks for.
enum Request {
    Asked(AuthMethod),
    /// Authentication is over.
    Over,
    /// Nothing, or more of what was asked for already.
    None,
}

/// The whole length of the message that begins so, and what it asks for; nothing while too little of it is there.
fn understand(beginning: &[u8]) -> Option<(usize, Request)> {
    let (kind, rest) = beginning.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let whole = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX).saturating_add(1);
    if *kind != b'R' {
        return Some((whole, Request::None));
    }
    let (code, _) = rest.split_first_chunk()?;
    let request = match u32::from_be_bytes(*code) {
        0 => Request::Over,
        3 => Request::Asked(AuthMethod::Password),
        5 => Request::Asked(AuthMethod::Md5),
        10 => Request::Asked(AuthMethod::ScramSha256),
        8 | 11 | 12 => Request::None,
        _ => Request::Asked(AuthMethod::Other),
    };
    Some((whole, request))
}

impl AsyncRead for Watched {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.passed.is_empty() {
            if this.watch.seen.accepted {
                return Pin::new(&mut this.transport).poll_read(cx, buf);
            }
            let mut space = [0; 4096];
            let mut fresh = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut this.transport).poll_read(cx, &mut fresh))?;
            if fresh.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            let looked = this.watch.look(fresh.filled(), &mut this.passed);
            this.report.note(this.watch.seen);
            looked?;
        }
        let count = buf.remaining().min(this.passed.len());
        for byte in this.passed.drain(..count) {
            buf.put_slice(&[byte]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().transport).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().transport).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().transport).poll_shutdown(cx)
    }
}

impl TlsStream for Watched {
    fn channel_binding(&self) -> ChannelBinding {
        self.transport.channel_binding()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "tests")]
    use super::{AuthMethod, AuthMethods, Seen, Watch};
    use crate::conninfo::key_value;
    use std::collections::VecDeque;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        [&[kind][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat()
    }

    fn auth(code: u32) -> Vec<u8> {
        message(b'R', &[&code.to_be_bytes()[..], b"and more"].concat())
    }

    /// Shows messages to a watch in pieces of this size; what passed, and what it saw.
    fn watch(require_auth: &str, messages: &[Vec<u8>], piece: usize) -> (Vec<u8>, Seen) {
        let parameters = key_value::parse(&format!("require_auth='{require_auth}'")).ok().unwrap();
        let allowed = AuthMethods::read(&parameters).unwrap();
        let mut watch = Watch { allowed, seen: Seen::default(), held: Vec::new(), rest: 0 };
        let mut passed = VecDeque::new();
        for bytes in messages.concat().chunks(piece) {
            if watch.look(bytes, &mut passed).is_err() {
                break;
            }
        }
        (passed.into(), watch.seen)
    }

    #[test]
    fn everything_passes_unchanged_however_it_is_cut() {
        let notice = message(b'N', b"R\0\0\0\x08\0\0\0\x03");
        let messages = [notice, auth(10), auth(11), auth(12), auth(0), message(b'S', b"x"), auth(3)];
        for piece in 1..40 {
            let (passed, seen) = watch("", &messages, piece);
            assert_eq!(passed, messages.concat(), "in pieces of {piece}");
            assert_eq!((seen.asked, seen.accepted), (Some(AuthMethod::ScramSha256), true));
        }
    }

    #[test]
    fn a_way_that_is_not_allowed_never_reaches_the_client() {
        for piece in 1..40 {
            let (passed, seen) = watch("scram-sha-256", &[auth(3), auth(0)], piece);
            assert_eq!((passed, seen.asked, seen.refused), (vec![], Some(AuthMethod::Password), true));
        }
        let (_, trusted) = watch("scram-sha-256", &[auth(0)], 99);
        assert_eq!((trusted.asked, trusted.refused), (Some(AuthMethod::None), true));
        let (_, md5) = watch("!password,!md5", &[auth(5)], 99);
        assert!(md5.refused);
        let (_, gss) = watch("!none", &[auth(7)], 99);
        assert_eq!((gss.asked, gss.refused), (Some(AuthMethod::Other), false));
    }
}
