//! Passwords as they are kept: argon2id, with a salt and its costs in the text.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use pgward_credential::Secret;

/// A password's hash in the PHC string format. It can be used to guess the password offline, so it is kept like a secret: no Debug, no
/// Display.
pub struct KeptPassword(Secret);

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFlaw {
    /// It is too short.
    #[error("a password needs {PASSWORD_MIN} characters")]
    Short,
    /// It is longer than anybody types; hashing it would cost whoever checks it.
    #[error("a password can have {PASSWORD_MAX} bytes")]
    Long,
    /// It could not be hashed.
    #[error("the password could not be hashed")]
    Hash,
}

impl KeptPassword {
    /// Hashes a password with a salt that somebody else drew. Takes some 20 ms and 19 MiB: off the threads that serve sessions.
    ///
    /// # Errors
    /// It is too short or too long.
    pub fn of(password: &Secret, salt: [u8; 16]) -> Result<KeptPassword, PasswordFlaw> {
        if password.expose().chars().count() < PASSWORD_MIN {
            return Err(PasswordFlaw::Short);
        }
        if password.expose().len() > PASSWORD_MAX {
            return Err(PasswordFlaw::Long);
        }
        let hashed = argon2().hash_password_with_salt(password.expose().as_bytes(), &salt);
        let hash: PasswordHash = hashed.map_err(|_| PasswordFlaw::Hash)?;
        Ok(KeptPassword(Secret::new(hash.to_string())))
    }

    /// Reads what was kept.
    #[must_use]
    pub fn parse(kept: &str) -> Option<KeptPassword> {
        PasswordHash::new(kept).ok().map(|_| KeptPassword(Secret::new(kept.to_owned())))
    }

    /// Whether this is the password.
    #[must_use]
    pub fn verifies(&self, password: &Secret) -> bool {
        let Ok(hash) = PasswordHash::new(self.0.expose()) else { return false };
        let fits = password.expose().len() <= PASSWORD_MAX;
        fits && argon2().verify_password(password.expose().as_bytes(), &hash).is_ok()
    }

    /// The text to keep. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Takes as long as checking a password of somebody who is known: so that nobody learns from the time who is.
pub fn pretend(password: &Secret) {
    let fitting = Secret::new(
        password.expose().chars().take(PASSWORD_MIN).chain("-".repeat(PASSWORD_MIN).chars()).collect(),
    );
    // Nobody asks for the outcome.
    let _ = KeptPassword::of(&fitting, [0; 16]);
}

/// OWASP's recommendation: 19 MiB, two passes, one lane.
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, PARAMS)
}

const PARAMS: Params = Params::DEFAULT;
/// How many characters a password has at least (NIST SP 800-63B).
pub const PASSWORD_MIN: usize = 12;
/// How many bytes a password has at most.
pub const PASSWORD_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn passwords_are_kept_as_argon2id() {
        let kept = KeptPassword::of(&secret("correct horse"), [7; 16]).unwrap();
        assert!(kept.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", kept.expose());
        let read = KeptPassword::parse(kept.expose()).unwrap();
        assert!(read.verifies(&secret("correct horse")));
        for wrong in ["correct horsf", "correct horse ", "", "Correct horse"] {
            assert!(!read.verifies(&secret(wrong)), "{wrong}");
        }
        let other = KeptPassword::of(&secret("correct horse"), [8; 16]).unwrap();
        assert_ne!(kept.expose(), other.expose());
        assert!(KeptPassword::parse("md5d41d8cd98f00b204e9800998ecf8427e").is_none());
    }

    #[test]
    fn passwords_have_a_length() {
        let flaw = |text: &str| KeptPassword::of(&secret(text), [7; 16]).err();
        assert_eq!(flaw("elevenchars"), Some(PasswordFlaw::Short));
        assert_eq!(flaw(&"x".repeat(1025)), Some(PasswordFlaw::Long));
        assert_eq!(flaw(&"é".repeat(12)), None);
    }
}
