//! Passwords that need not be kept: whoever has the secret they are made from makes them again.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::scram::{DeriveError, ScramVerifier};
use crate::secret::Secret;

/// The password of something with a name, made from a secret: HMAC-SHA-256, 43 characters, URL-safe. Without the secret it
/// cannot be told from chance, and one password says nothing of another.
#[must_use]
pub fn derived_password(secret: &Secret, purpose: &str, name: &str) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(derive(secret, "password", purpose, name)))
}

/// Its verifier, the same each time.
///
/// # Errors
/// None that happens: such a password is never empty.
pub fn derived_verifier(secret: &Secret, purpose: &str, name: &str) -> Result<ScramVerifier, DeriveError> {
    let bytes = derive(secret, "salt", purpose, name);
    let mut salt = [0; 16];
    salt.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    ScramVerifier::derive(&derived_password(secret, purpose, name), salt, ScramVerifier::ITERATIONS)
}

/// What whoever has the secret knows again, and everybody may see: 16 hexadecimal digits. It says nothing of the passwords.
#[must_use]
pub fn derived_mark(secret: &Secret, purpose: &str) -> String {
    derive(secret, "mark", purpose, "").iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[allow(clippy::expect_used, reason = "HMAC takes keys of every length, RFC 2104 section 3")]
fn derive(secret: &Secret, what: &str, purpose: &str, name: &str) -> [u8; 32] {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("HMAC takes keys of every length");
    for part in ["pgward derived 1", what, purpose, name] {
        // Lengths first: no two lists of parts are the same bytes.
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_same_secret_makes_the_same_password_and_nothing_else_does() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let made = |key: &str, purpose: &str, name: &str| {
            derived_password(&secret(key), purpose, name).expose().to_owned()
        };
        let one = made("key", "lease", "a");
        assert_eq!(one, made("key", "lease", "a"));
        assert_eq!(one.len(), 43);
        let others =
            [("kez", "lease", "a"), ("key", "token", "a"), ("key", "lease", "b"), ("key", "leas", "ea")];
        assert!(others.iter().all(|(key, purpose, name)| made(key, purpose, name) != one));
        let verifier = derived_verifier(&secret("key"), "lease", "a").unwrap();
        assert!(verifier.verifies(&secret(&one)) && !verifier.verifies(&secret("key")));
        assert_eq!(verifier.expose(), derived_verifier(&secret("key"), "lease", "a").unwrap().expose());
    }
}
