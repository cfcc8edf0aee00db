//! We prove to a server that we know a password, and let it prove that it knows it too.

use crate::scram::message::{Attributes, exchange, is_nonce, key};
use crate::scram::server::Binding;
use crate::scram::{SCRAM, SCRAM_PLUS};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pgward_credential::{LoginKeys, LoginPassword};
use std::num::NonZeroU32;
use std::sync::Arc;

/// Why we do not trust a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTrusted {
    /// It offers no mechanism that we speak.
    #[error("the server offers no SASL mechanism that the desk speaks (SCRAM-SHA-256, SCRAM-SHA-256-PLUS)")]
    Mechanism,
    /// A message that is not SCRAM's.
    #[error("malformed SCRAM message from the server: {0}")]
    Malformed(&'static str),
    /// It asks for more work than a login is worth (CVE-2026-42198).
    #[error("the server asks for {0} SCRAM iterations, at most {ITERATIONS_MAX} are done")]
    Iterations(u32),
    /// It does not know the password, or refuses it.
    #[error("the server did not prove that it knows the password")]
    Signature,
}

/// The first message was sent.
pub struct Hello {
    nonce: String,
    channel: String,
}

impl Hello {
    /// Chooses a mechanism of those that the server offers, and makes the body of the SASLInitialResponse.
    ///
    /// # Errors
    /// There is none to choose.
    pub fn new(nonce: &str, offered: &[u8], binding: Binding<'_>) -> Result<(Hello, Vec<u8>), NotTrusted> {
        let offers = |name: &str| offered.split(|byte| *byte == 0).any(|offer| offer == name.as_bytes());
        let (mechanism, header, hash): (&str, &str, &[u8]) = match binding {
            Binding::EndPoint(hash) if offers(SCRAM_PLUS) => (SCRAM_PLUS, "p=tls-server-end-point,,", hash),
            Binding::EndPoint(_) if offers(SCRAM) => (SCRAM, "y,,", b""),
            Binding::None if offers(SCRAM) => (SCRAM, "n,,", b""),
            _ => return Err(NotTrusted::Mechanism),
        };
        let message = format!("{header}n=,r={nonce}");
        let length =
            u32::try_from(message.len()).map_err(|_| NotTrusted::Malformed("the nonce is too long"))?;
        let initial = [mechanism.as_bytes(), b"\0", &length.to_be_bytes(), message.as_bytes()].concat();
        let channel = STANDARD.encode([header.as_bytes(), hash].concat());
        Ok((Hello { nonce: nonce.to_owned(), channel }, initial))
    }

    /// Answers the challenge with the body of the SASLResponse.
    ///
    /// # Errors
    /// A challenge that is not one to our nonce, or that asks for too much.
    pub fn answer(self, challenge: &[u8], password: &LoginPassword) -> Result<(Proven, String), NotTrusted> {
        let challenge =
            std::str::from_utf8(challenge).map_err(|_| NotTrusted::Malformed("it is not UTF-8"))?;
        let mut attributes = Attributes::of(challenge);
        let missing = NotTrusted::Malformed("an attribute is missing");
        let nonce = attributes.next('r').ok_or(missing)?;
        let salt = attributes.next('s').ok_or(missing)?;
        let iterations: NonZeroU32 = attributes
            .next('i')
            .and_then(|count| count.parse().ok())
            .ok_or(NotTrusted::Malformed("the iteration count is not a number"))?;
        if !attributes.rest().is_empty() {
            return Err(NotTrusted::Malformed("there is more than a challenge has"));
        }
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() || !is_nonce(nonce) {
            return Err(NotTrusted::Malformed("the nonce does not continue ours"));
        }
        if iterations.get() > ITERATIONS_MAX {
            return Err(NotTrusted::Iterations(iterations.get()));
        }
        let salt = STANDARD.decode(salt).map_err(|_| NotTrusted::Malformed("the salt is not base64"))?;
        let keys = password.keys(&salt, iterations);
        let without_proof = format!("c={},r={nonce}", self.channel);
        let exchange = exchange(&format!("n=,r={}", self.nonce), challenge, &without_proof);
        let response = format!("{without_proof},p={}", STANDARD.encode(keys.proof(exchange.as_bytes())));
        Ok((Proven { keys, exchange }, response))
    }
}

/// The proof was sent; the server's own is awaited.
pub struct Proven {
    keys: Arc<LoginKeys>,
    exchange: String,
}

impl Proven {
    /// Takes the body of the AuthenticationSASLFinal.
    ///
    /// # Errors
    /// The server does not know the password: it is not the one we think.
    pub fn end(self, last: &[u8]) -> Result<(), NotTrusted> {
        let signature = std::str::from_utf8(last)
            .ok()
            .and_then(|last| Attributes::of(last).next('v'))
            .and_then(key)
            .ok_or(NotTrusted::Malformed("there is no signature"))?;
        let signed = self.keys.signed_by_server(self.exchange.as_bytes(), &signature);
        if signed { Ok(()) } else { Err(NotTrusted::Signature) }
    }
}

/// 250 times PostgreSQL's usual count.
pub const ITERATIONS_MAX: u32 = 1_000_000;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::Hello;
    use crate::scram::server::Binding;
    use expect_test::{Expect, expect};
    use pgward_credential::Secret;
    use proptest::prelude::*;

    fn answered(challenge: &str) -> Result<String, String> {
        let (hello, _) = Hello::new("mine", b"SCRAM-SHA-256\0\0", Binding::None).unwrap();
        let answer = hello.answer(challenge.as_bytes(), &Secret::new("pencil".to_owned()).into());
        answer.map(|(_, response)| response).map_err(|refused| refused.to_string())
    }

    #[track_caller]
    fn check(challenge: &str, told: Expect) {
        told.assert_eq(&answered(challenge).unwrap_or_else(|refused| refused));
    }

    #[test]
    fn a_challenge_that_is_not_ours_is_refused() {
        check(
            "r=other,s=AAAA,i=1",
            expect!["malformed SCRAM message from the server: the nonce does not continue ours"],
        );
        check(
            "r=mine,s=AAAA,i=1",
            expect!["malformed SCRAM message from the server: the nonce does not continue ours"],
        );
        check(
            "r=minetheirs,s=AAAA,i=1000001",
            expect!["the server asks for 1000001 SCRAM iterations, at most 1000000 are done"],
        );
        check(
            "r=minetheirs,s=AAAA,i=0",
            expect!["malformed SCRAM message from the server: the iteration count is not a number"],
        );
    }

    #[test]
    fn nothing_to_choose_is_said() {
        let refused = Hello::new("mine", b"OAUTHBEARER\0\0", Binding::None).err().unwrap();
        assert_eq!(
            refused.to_string(),
            "the server offers no SASL mechanism that the desk speaks (SCRAM-SHA-256, SCRAM-SHA-256-PLUS)"
        );
    }

    proptest! {
        #[test]
        fn no_challenge_makes_it_panic(challenge in "(r=mine)?[rsi=,0-9A-Za-z+/]{0,60}", last in any::<Vec<u8>>()) {
            let _ = answered(&challenge);
            let (hello, _) = Hello::new("mine", b"SCRAM-SHA-256\0\0", Binding::None).unwrap();
            let (proven, _) = hello.answer(b"r=minetheirs,s=AAAA,i=1", &Secret::new("x".to_owned()).into()).unwrap();
            prop_assert!(proven.end(&last).is_err());
        }
    }
}
