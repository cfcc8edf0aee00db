//! A client proves that it knows a password. Each step consumes the one before: no message is ever taken twice.

use crate::report::Report;
use crate::scram::message::{Attributes, exchange, is_nonce, key};
use crate::scram::{SCRAM, SCRAM_PLUS};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pgward_credential::ScramVerifier;
use std::borrow::Borrow;

/// What a login may be bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding<'a> {
    /// Nothing: the connection is not encrypted.
    None,
    /// The hash of our certificate (`tls-server-end-point`, RFC 5929).
    EndPoint(&'a [u8]),
}

impl Binding<'_> {
    /// The mechanisms that are offered, as an AuthenticationSASL lists them.
    #[must_use]
    pub fn mechanisms(&self) -> &'static [u8] {
        match self {
            Binding::None => b"SCRAM-SHA-256\0\0",
            Binding::EndPoint(_) => b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0",
        }
    }
}

/// Why a login fails. Which of them it was is told to the client only where it says nothing about passwords and users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    /// Another mechanism than those that were offered.
    #[error("client selected an invalid SASL authentication mechanism")]
    Mechanism,
    /// A message that is not SCRAM's.
    #[error("malformed SCRAM message: {0}")]
    Malformed(&'static str),
    /// The client could bind to a certificate and says that the server cannot: somebody in between changed the offer.
    #[error(
        "SCRAM channel binding negotiation error: the client does not see the mechanism that was offered"
    )]
    Downgraded,
    /// The login is bound to another certificate than ours: somebody stands in between.
    #[error("SCRAM channel binding check failed")]
    OtherChannel,
    /// The nonce is not the one we gave.
    #[error("SCRAM nonce does not match")]
    Nonce,
    /// The proof is wrong: not this password, or nobody has one.
    #[error("password authentication failed")]
    Password,
}

impl NotProven {
    /// The last words to whoever tried, as PostgreSQL has them.
    #[must_use]
    pub fn report(&self, user: &str) -> Report {
        match self {
            NotProven::Password => {
                Report::fatal("28P01", format!("password authentication failed for user \"{user}\""))
            }
            other => Report::fatal("08P01", other.to_string()),
        }
    }
}

/// The server has answered the first message, and waits for the proof.
pub struct Challenged<V> {
    verifier: V,
    client_first: String,
    server_first: String,
    nonce: String,
    /// What the proof must repeat about the channel.
    channel: String,
}

impl<V: Borrow<ScramVerifier>> Challenged<V> {
    /// Takes the body of a SASLInitialResponse, and says what to answer (AuthenticationSASLContinue). `nonce` is fresh for every login.
    ///
    /// # Errors
    /// Everything in [`NotProven`] but a wrong nonce and a wrong password.
    pub fn new(
        initial: &[u8],
        verifier: V,
        nonce: &str,
        binding: Binding<'_>,
    ) -> Result<(Challenged<V>, String), NotProven> {
        let (bound, message) = mechanism(initial, binding)?;
        let message = std::str::from_utf8(message).map_err(|_| NotProven::Malformed("it is not UTF-8"))?;
        let (header, client_first) = header(message)?;
        let channel = channel(header, bound, binding)?;
        let theirs = client_nonce(client_first)?;
        let nonce = format!("{theirs}{nonce}");
        let known = verifier.borrow();
        let server_first = format!("r={nonce},s={},i={}", STANDARD.encode(known.salt()), known.iterations());
        let client_first = client_first.to_owned();
        let told = server_first.clone();
        Ok((Challenged { verifier, client_first, server_first, nonce, channel }, told))
    }

    /// Takes the body of the SASLResponse, and gives the server's own proof (AuthenticationSASLFinal).
    ///
    /// # Errors
    /// Another channel, another nonce, or a proof that is not this password's.
    pub fn prove(self, response: &[u8]) -> Result<String, NotProven> {
        let response = std::str::from_utf8(response).map_err(|_| NotProven::Malformed("it is not UTF-8"))?;
        let (without_proof, proof) =
            response.rsplit_once(",p=").ok_or(NotProven::Malformed("there is no proof"))?;
        let mut attributes = Attributes::of(without_proof);
        let channel = attributes.next('c').ok_or(NotProven::Malformed("there is no channel binding"))?;
        let nonce = attributes.next('r').ok_or(NotProven::Malformed("there is no nonce"))?;
        if channel != self.channel {
            return Err(NotProven::OtherChannel);
        }
        if nonce != self.nonce {
            return Err(NotProven::Nonce);
        }
        let proof = key(proof).ok_or(NotProven::Malformed("the proof has not 32 bytes"))?;
        let exchange = exchange(&self.client_first, &self.server_first, without_proof);
        let signature =
            self.verifier.borrow().answer(exchange.as_bytes(), &proof).ok_or(NotProven::Password)?;
        Ok(format!("v={}", STANDARD.encode(signature)))
    }
}

/// Whether the client chose to be bound.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    Yes,
    No,
}

/// The mechanism's name, then a length, then the message.
fn mechanism<'a>(initial: &'a [u8], binding: Binding<'_>) -> Result<(Bound, &'a [u8]), NotProven> {
    let mut halves = initial.splitn(2, |byte| *byte == 0);
    let (name, rest) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    let bound = match binding {
        _ if name == SCRAM.as_bytes() => Bound::No,
        Binding::EndPoint(_) if name == SCRAM_PLUS.as_bytes() => Bound::Yes,
        _ => return Err(NotProven::Mechanism),
    };
    let (length, message) =
        rest.split_first_chunk().ok_or(NotProven::Malformed("there is no initial response"))?;
    if usize::try_from(i32::from_be_bytes(*length)) != Ok(message.len()) {
        return Err(NotProven::Malformed("the initial response has another length than it says"));
    }
    Ok((bound, message))
}

/// The GS2 header with its commas, and what follows it.
fn header(message: &str) -> Result<(&str, &str), NotProven> {
    let malformed = NotProven::Malformed("there is no GS2 header");
    let flag = message.find(',').ok_or(malformed)?;
    let identity = message.get(flag + 1..).and_then(|rest| rest.find(',')).ok_or(malformed)?;
    if identity > 0 {
        return Err(NotProven::Malformed("an authorization identity is not supported"));
    }
    message.split_at_checked(flag + 2).ok_or(malformed)
}

/// What the last message must repeat about the channel, in base64.
fn channel(header: &str, bound: Bound, binding: Binding<'_>) -> Result<String, NotProven> {
    let hash = match (header, bound, binding) {
        ("n,,", Bound::No, _) | ("y,,", Bound::No, Binding::None) => &[],
        ("y,,", Bound::No, Binding::EndPoint(_)) => return Err(NotProven::Downgraded),
        ("p=tls-server-end-point,,", Bound::Yes, Binding::EndPoint(hash)) => hash,
        _ => return Err(NotProven::Malformed("the channel binding does not go with the mechanism")),
    };
    Ok(STANDARD.encode([header.as_bytes(), hash].concat()))
}

/// PostgreSQL ignores the name in here: the StartupMessage has said it.
fn client_nonce(client_first: &str) -> Result<&str, NotProven> {
    let mut attributes = Attributes::of(client_first);
    attributes
        .next('n')
        .ok_or(NotProven::Malformed("there is no user name, or an extension that must be known"))?;
    let nonce = attributes.next('r').ok_or(NotProven::Malformed("there is no nonce"))?;
    if is_nonce(nonce) {
        Ok(nonce)
    } else {
        Err(NotProven::Malformed("the nonce is not printable, or too long"))
    }
}

#[cfg(test)]
mod tests;
