//! Passwords made from random bytes.

use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The passwords pgward gives out: URL-safe, so that they fit in a connection URI and a shell unquoted.
pub enum Password {}

impl Password {
    /// How many random bytes a password needs: 192 bits, 32 characters.
    pub const RANDOM_BYTES: usize = 24;

    /// Spells random bytes as a password, six bits a character. The bytes come from outside: this crate has no chance in it.
    ///
    /// # Errors
    /// Fewer than [`Password::RANDOM_BYTES`] bytes are refused.
    pub fn generate(random: &[u8]) -> Result<Secret, TooFewBytes> {
        if random.len() < Self::RANDOM_BYTES {
            return Err(TooFewBytes { given: random.len() });
        }
        Ok(Secret::new(URL_SAFE_NO_PAD.encode(random)))
    }
}

/// There was not enough randomness for a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given} random bytes are too few for a password, {} are needed", Password::RANDOM_BYTES)]
pub struct TooFewBytes {
    given: usize,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::Password;
    use proptest::prelude::*;

    #[test]
    fn too_few_bytes_are_refused() {
        let refused = Password::generate(&[7; 23]).err().unwrap();
        assert_eq!(refused.to_string(), "23 random bytes are too few for a password, 24 are needed");
    }

    #[test]
    fn twenty_four_bytes_make_thirty_two_characters() {
        assert_eq!(Password::generate(&[0xff; 24]).unwrap().expose(), "_".repeat(32));
    }

    proptest! {
        #[test]
        fn every_password_is_long_and_url_safe(random in proptest::collection::vec(any::<u8>(), 24..64)) {
            let password = Password::generate(&random).unwrap();
            prop_assert!(password.expose().len() >= 32);
            prop_assert!(password.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        }

        #[test]
        fn different_bytes_make_different_passwords(a in any::<[u8; 24]>(), b in any::<[u8; 24]>()) {
            let (x, y) = (Password::generate(&a).unwrap(), Password::generate(&b).unwrap());
            prop_assert_eq!(a == b, x.expose() == y.expose());
        }
    }
}
