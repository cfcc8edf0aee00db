//! Where a message begins and ends: a type byte, then a length that counts itself but not the type.
//!
//! A [`Framer`] reads these five bytes and no more. What needs a decision comes out whole; everything else comes out as long
//! stretches of bytes to pass on, across as many messages as there are, without ever being kept until they end.

use crate::limits::{self, Limits};
use crate::violation::Violation;

/// One whole message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The type byte.
    pub tag: u8,
    /// The message from its type byte to its end.
    pub whole: &'a [u8],
}

impl<'a> Frame<'a> {
    /// What is behind the header.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.whole.get(HEADER..).unwrap_or_default()
    }
}

/// What the next bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// So many bytes need no decision: they are passed on as they are.
    Pass(usize),
    /// So many bytes are one message that has to be looked at.
    Look(usize),
    /// Nothing can be said before there are so many bytes.
    Wait(usize),
}

/// Whose bytes these are, and what goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// A client that is proving who it is.
    ClientLogin,
    /// A client in a session.
    Client(Limits),
    /// A server that is letting us in.
    ServerLogin,
    /// A server in a session.
    Server,
}

/// Cuts the bytes of one side into pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framer {
    side: Side,
    /// How much of a message that is being passed on has yet to come.
    left: usize,
}

impl Framer {
    /// A framer that stands at the beginning of a message.
    #[must_use]
    pub fn new(side: Side) -> Framer {
        Framer { side, left: 0 }
    }

    /// Whether the last message that was passed on is complete.
    #[must_use]
    pub fn is_between_messages(&self) -> bool {
        self.left == 0
    }

    /// What the bytes begin with; the caller takes as many of them away as the piece says, and asks again.
    ///
    /// # Errors
    /// A length that this kind of message may not have here, and a message that nobody may send here: both before anything of it was
    /// passed on.
    pub fn next(&mut self, bytes: &[u8]) -> Result<Piece, Violation> {
        let mut at = self.left.min(bytes.len());
        self.left -= at;
        while self.left == 0 {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(header) = Header::read(rest) else { break };
            match self.side.handling(header.tag) {
                Handling::Pass(limit) => {
                    let whole = header.checked(limit)?;
                    let taken = whole.min(rest.len());
                    at += taken;
                    self.left = whole - taken;
                }
                // What was passed before goes first.
                Handling::Look(_) | Handling::Refuse(_) if at > 0 => break,
                Handling::Look(limit) => {
                    let whole = header.checked(limit)?;
                    return Ok(if rest.len() < whole { Piece::Wait(whole) } else { Piece::Look(whole) });
                }
                Handling::Refuse(here) => return Err(Violation::Unexpected { tag: header.tag, here }),
            }
        }
        Ok(if at > 0 { Piece::Pass(at) } else { Piece::Wait(HEADER) })
    }
}

/// The type byte and the length.
const HEADER: usize = 5;

struct Header {
    tag: u8,
    length: u32,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Header> {
        let (&[tag, a, b, c, d], _) = bytes.split_first_chunk()?;
        Some(Header { tag, length: u32::from_be_bytes([a, b, c, d]) })
    }

    /// How many bytes the message has, its type byte included.
    fn checked(&self, limit: u32) -> Result<usize, Violation> {
        let wrong = Violation::Length { tag: self.tag, claimed: self.length, limit };
        if self.length < limits::EMPTY || self.length > limit {
            return Err(wrong);
        }
        usize::try_from(self.length).ok().and_then(|length| length.checked_add(1)).ok_or(wrong)
    }
}

enum Handling {
    /// Passed on, if it is no longer than this.
    Pass(u32),
    /// Looked at, if it is no longer than this.
    Look(u32),
    /// Not allowed here.
    Refuse(&'static str),
}

impl Side {
    fn handling(self, tag: u8) -> Handling {
        use Handling::{Look, Pass, Refuse};
        match (self, tag) {
            (Side::ClientLogin, b'p') => Look(limits::LOGIN),
            (Side::ClientLogin, _) => Refuse("during authentication"),
            (Side::Client(limits), b'Q' | b'P') => Look(limits.statement),
            (Side::Client(limits), b'B') => Look(limits.parameters),
            (Side::Client(limits), b'F') => Look(limits.parameters),
            (Side::Client(_), b'E' | b'C' | b'f') => Look(limits::SHORT),
            (Side::Client(_), b'S' | b'c' | b'X') => Look(limits::EMPTY),
            (Side::Client(_), b'H') => Pass(limits::EMPTY),
            (Side::Client(_), b'D') => Pass(limits::SHORT),
            (Side::Client(_), b'd') => Pass(limits::MESSAGE),
            (Side::Client(_), _) => Refuse("from a client in a session"),
            (Side::ServerLogin, b'R' | b'S' | b'K' | b'Z' | b'E' | b'N' | b'v') => Look(limits::REPORT),
            (Side::ServerLogin, _) => Refuse("from a server before the session has begun"),
            (Side::Server, b'1' | b'2' | b'3' | b'I' | b's') => Look(limits::EMPTY),
            (Side::Server, b'C' | b'S' | b'Z' | b'G' | b'H') => Look(limits::REPORT),
            // The context of an error repeats statements.
            (Side::Server, b'E') => Look(limits::MESSAGE),
            (Side::Server, b'D' | b'd' | b'T' | b't' | b'n' | b'c' | b'N' | b'A' | b'V') => {
                Pass(limits::MESSAGE)
            }
            (Side::Server, _) => Refuse("from a server in a session"),
        }
    }
}

#[cfg(test)]
mod tests;
