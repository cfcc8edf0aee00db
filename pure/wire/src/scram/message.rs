//! What goes to and fro: attributes with a letter each, apart by commas.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The attributes of one message, from first to last.
#[derive(Debug, Clone)]
pub(crate) struct Attributes<'a> {
    rest: Option<&'a str>,
}

impl<'a> Attributes<'a> {
    pub(crate) fn of(message: &'a str) -> Attributes<'a> {
        Attributes { rest: Some(message) }
    }

    /// The value of the next attribute, if it has this letter.
    pub(crate) fn next(&mut self, letter: char) -> Option<&'a str> {
        let (attribute, rest) = match self.rest?.split_once(',') {
            Some((attribute, rest)) => (attribute, Some(rest)),
            None => (self.rest?, None),
        };
        let value = attribute.strip_prefix(letter)?.strip_prefix('=')?;
        self.rest = rest;
        Some(value)
    }

    /// Whatever is left: extensions that we do not know.
    pub(crate) fn rest(&self) -> &'a str {
        self.rest.unwrap_or_default()
    }
}

/// A nonce is printable and has no comma; RFC 5802 gives no length, nobody needs more than this.
pub(crate) fn is_nonce(nonce: &str) -> bool {
    (1..=NONCE_MAX).contains(&nonce.len())
        && nonce.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
}

/// The 32 bytes of a proof or a signature.
pub(crate) fn key(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// What both sides sign: the three messages without the proof.
pub(crate) fn exchange(client_first: &str, server_first: &str, client_final: &str) -> String {
    format!("{client_first},{server_first},{client_final}")
}

/// A nonce from random bytes: 18 of them make 24 characters, as PostgreSQL's own.
#[must_use]
pub fn nonce(random: &[u8; 18]) -> String {
    STANDARD.encode(random)
}

const NONCE_MAX: usize = 256;
