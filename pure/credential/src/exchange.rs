//! What both sides of a SCRAM-SHA-256 login compute (RFC 5802, section 3). The messages are the wire's; the keys stay here.

use crate::scram::{Key, Keys, ScramVerifier, client_and_server_key, keyed, same, sign, stored_key};
use crate::secret::Secret;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

impl ScramVerifier {
    /// The server's side: whether the proof was made by somebody who knows the password, for exactly this exchange.
    /// If so, the signature that proves to the client that the server knows it too.
    #[must_use]
    pub fn answer(&self, exchange: &[u8], proof: &[u8; 32]) -> Option<[u8; 32]> {
        let signature = sign(&keyed(&*self.keys().stored), &[exchange]);
        let client = xor(&signature, proof);
        same(&stored_key(&client), &self.keys().stored)
            .then(|| *sign(&keyed(&*self.keys().server), &[exchange]))
    }

    /// A verifier for somebody who does not exist, so that a login of theirs looks like any other. The same name gets the same
    /// salt for as long as the server's secret lives, as an existing one would; no password fits.
    #[must_use]
    pub fn mock(server: &Secret, user: &str, iterations: NonZeroU32) -> ScramVerifier {
        let mac = keyed(server.expose().as_bytes());
        let drawn = |what: &[u8]| sign(&mac, &[what, user.as_bytes()]);
        let salt = drawn(b"pgward mock salt\0").iter().take(16).copied().collect();
        let keys =
            Keys { stored: drawn(b"pgward mock stored key\0"), server: drawn(b"pgward mock server key\0") };
        ScramVerifier::of(iterations, salt, keys)
    }
}

/// What a client needs to log in with a password, for one salt and one count of iterations.
///
/// Deriving it costs as many hashes as the server asks for; it can be kept for the next login.
pub struct LoginKeys {
    client: Key,
    server: Key,
}

impl LoginKeys {
    /// Derives the keys of a password.
    #[must_use]
    pub fn derive(password: &Secret, salt: &[u8], iterations: NonZeroU32) -> LoginKeys {
        let (client, server) = client_and_server_key(password, salt, iterations);
        LoginKeys { client, server }
    }

    /// The client's proof for this exchange.
    #[must_use]
    pub fn proof(&self, exchange: &[u8]) -> [u8; 32] {
        *xor(&sign(&keyed(&*stored_key(&self.client)), &[exchange]), &self.client)
    }

    /// Whether the server has shown that it knows the password as well.
    #[must_use]
    pub fn signed_by_server(&self, exchange: &[u8], signature: &[u8; 32]) -> bool {
        same(&sign(&keyed(&*self.server), &[exchange]), &Zeroizing::new(*signature))
    }
}

fn xor(a: &[u8; 32], b: &[u8; 32]) -> Key {
    let mut out = Zeroizing::new(*a);
    for (byte, other) in out.iter_mut().zip(b) {
        *byte ^= other;
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::LoginKeys;
    use crate::scram::ScramVerifier;
    use crate::secret::Secret;
    use proptest::prelude::*;
    use std::num::NonZeroU32;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    const COUNT: NonZeroU32 = NonZeroU32::new(2).unwrap();

    #[test]
    fn a_stranger_has_a_salt_that_stays_and_no_password() {
        let (a, b) = (
            ScramVerifier::mock(&secret("s"), "eve", COUNT),
            ScramVerifier::mock(&secret("s"), "eve", COUNT),
        );
        assert_eq!((a.salt().len(), a.salt()), (16, b.salt()));
        assert_ne!(a.salt(), ScramVerifier::mock(&secret("s"), "eva", COUNT).salt());
        assert_ne!(a.salt(), ScramVerifier::mock(&secret("t"), "eve", COUNT).salt());
        let keys = LoginKeys::derive(&secret("guess"), a.salt(), COUNT);
        assert!(a.answer(b"exchange", &keys.proof(b"exchange")).is_none());
    }

    proptest! {
        #[test]
        fn the_right_password_and_no_other_logs_in(
            password in "[^\\x00]{1,12}", tried in "[^\\x00]{1,12}", exchange in any::<Vec<u8>>(), salt in any::<[u8; 16]>(),
        ) {
            let verifier = ScramVerifier::derive(&secret(&password), salt, COUNT).unwrap();
            let keys = LoginKeys::derive(&secret(&tried), verifier.salt(), COUNT);
            let answer = verifier.answer(&exchange, &keys.proof(&exchange));
            let same = crate::saslprep::prepare(&password) == crate::saslprep::prepare(&tried);
            prop_assert_eq!(answer.is_some(), same);
            if let Some(signature) = answer {
                prop_assert!(keys.signed_by_server(&exchange, &signature));
                prop_assert!(!keys.signed_by_server(b"another", &signature) || exchange == b"another");
                let mut other = exchange.clone();
                other.push(1);
                prop_assert!(verifier.answer(&other, &keys.proof(&exchange)).is_none());
            }
        }
    }
}
