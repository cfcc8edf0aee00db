//! What PostgreSQL stores of a password under `password_encryption = md5`.

use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use crate::scram::{Key, same};
use crate::secret::Secret;

/// An MD5 hash in PostgreSQL's form, `md5` and the digest of the password and the role's name.
///
/// It is enough to log in with, so it has no Debug and no Display, and no way out at all.
pub struct Md5Hash {
    digits: Key,
}

impl Md5Hash {
    /// Reads a hash as `pg_authid.rolpassword` holds it.
    ///
    /// # Errors
    /// Whatever is not `md5` and 32 hexadecimal digits.
    pub fn parse(stored: &str) -> Result<Md5Hash, NotAnMd5Hash> {
        let digits = stored.strip_prefix("md5").ok_or(NotAnMd5Hash)?;
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if !digits.as_bytes().iter().all(is_digit) {
            return Err(NotAnMd5Hash);
        }
        let digits = digits.as_bytes().try_into().map_err(|_| NotAnMd5Hash)?;
        Ok(Md5Hash { digits: Zeroizing::new(digits) })
    }

    /// Whether this hash was made from this password for this role. Takes the same time whatever the answer is.
    #[must_use]
    pub fn verifies(&self, role: &str, password: &Secret) -> bool {
        let digest = Md5::new_with_prefix(password.expose()).chain_update(role).finalize();
        let mut digits: Key = Zeroizing::new([0; 32]);
        for (pair, byte) in digits.chunks_exact_mut(2).zip(digest) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0xf)]);
        }
        same(&digits, &self.digits)
    }
}

/// The stored text is not an MD5 hash. The text is not repeated here: it may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored password is not an MD5 hash")]
pub struct NotAnMd5Hash;

fn digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + (nibble - 10) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_hash_knows_its_password_and_its_role() {
        // As PostgreSQL keeps it: SET password_encryption = md5; CREATE ROLE app PASSWORD 'app'.
        let hash = Md5Hash::parse("md5fe63fea7be31b0200b496d08bc6b517d").unwrap();
        let secret = |text: &str| Secret::new(text.to_owned());
        assert!(hash.verifies("app", &secret("app")));
        assert!(!hash.verifies("app", &secret("App")) && !hash.verifies("apq", &secret("app")));
    }

    #[test]
    fn what_is_no_hash_is_refused_and_not_repeated() {
        for stored in
            ["", "md5", "md5secret", "SCRAM-SHA-256$4096:x$y:z", "md5D2A04D71301A8915217DD5FAF81D12CF"]
        {
            let refused = Md5Hash::parse(stored).err().unwrap();
            assert_eq!(refused.to_string(), "the stored password is not an MD5 hash");
        }
    }
}
