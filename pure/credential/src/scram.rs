//! What PostgreSQL stores instead of a password: a SCRAM-SHA-256 verifier.

use crate::saslprep;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// A verifier in PostgreSQL's form `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`.
///
/// It cannot be used to log in, but it can be used to guess the password offline and to play the server, so it is
/// kept like a secret: it has no Debug and no Display, and leaves through [`ScramVerifier::expose`] alone.
pub struct ScramVerifier {
    iterations: NonZeroU32,
    salt: Vec<u8>,
    keys: Keys,
    text: Secret,
}

impl ScramVerifier {
    /// The iteration count PostgreSQL itself uses unless `scram_iterations` says otherwise.
    pub const ITERATIONS: NonZeroU32 = NonZeroU32::new(4096).unwrap();

    /// Makes the verifier of a password, so that the password never has to travel to the server.
    ///
    /// # Errors
    /// Passwords PostgreSQL could not log in with are refused: the empty one, and those with a zero byte in them.
    pub fn derive(
        password: &Secret,
        salt: [u8; 16],
        iterations: NonZeroU32,
    ) -> Result<ScramVerifier, DeriveError> {
        if password.is_empty() {
            return Err(DeriveError::Empty);
        }
        if password.expose().contains('\0') {
            return Err(DeriveError::ZeroByte);
        }
        Ok(ScramVerifier::of(iterations, salt.to_vec(), Keys::derive(password, &salt, iterations)))
    }

    /// Reads a verifier as `pg_authid.rolpassword` holds it.
    ///
    /// # Errors
    /// Whatever is not a SCRAM-SHA-256 verifier: an MD5 hash, a clear password, a truncated text.
    pub fn parse(stored: &str) -> Result<ScramVerifier, NotAVerifier> {
        let (head, keys) = stored
            .strip_prefix("SCRAM-SHA-256$")
            .and_then(|rest| rest.split_once('$'))
            .ok_or(NotAVerifier)?;
        let (iterations, salt) = head.split_once(':').ok_or(NotAVerifier)?;
        let (stored_key, server_key) = keys.split_once(':').ok_or(NotAVerifier)?;
        let iterations = iterations.parse().map_err(|_| NotAVerifier)?;
        let salt = STANDARD.decode(salt).map_err(|_| NotAVerifier)?;
        let keys = Keys { stored: decode_key(stored_key)?, server: decode_key(server_key)? };
        Ok(ScramVerifier::of(iterations, salt, keys))
    }

    /// Whether this verifier was made from this password. Takes the same time whatever the answer is.
    #[must_use]
    pub fn verifies(&self, password: &Secret) -> bool {
        let tried = Keys::derive(password, &self.salt, self.iterations);
        same(&tried.stored, &self.keys.stored) & same(&tried.server, &self.keys.server)
    }

    /// The text PostgreSQL stores. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// How many times the password was hashed.
    #[must_use]
    pub fn iterations(&self) -> NonZeroU32 {
        self.iterations
    }

    /// What the password was hashed with; whoever logs in is told it.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(crate) fn of(iterations: NonZeroU32, salt: Vec<u8>, keys: Keys) -> ScramVerifier {
        let (stored, server) =
            (Zeroizing::new(STANDARD.encode(*keys.stored)), Zeroizing::new(STANDARD.encode(*keys.server)));
        let salted = STANDARD.encode(&salt);
        let text = Secret::new(format!(
            "SCRAM-SHA-256${iterations}:{salted}${}:{}",
            stored.as_str(),
            server.as_str()
        ));
        ScramVerifier { iterations, salt, keys, text }
    }
}

/// Why no verifier can be made from a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeriveError {
    /// PostgreSQL treats an empty password as none.
    #[error("an empty password cannot be used to log in")]
    Empty,
    /// The protocol ends a password at its first zero byte.
    #[error("a password cannot contain a zero byte")]
    ZeroByte,
}

/// The stored text is not a SCRAM-SHA-256 verifier. The text is not repeated here: it may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored password is not a SCRAM-SHA-256 verifier")]
pub struct NotAVerifier;

pub(crate) type Key = Zeroizing<[u8; 32]>;

/// `StoredKey` proves a client, `ServerKey` proves a server (RFC 5802, section 3).
pub(crate) struct Keys {
    pub(crate) stored: Key,
    pub(crate) server: Key,
}

impl Keys {
    fn derive(password: &Secret, salt: &[u8], iterations: NonZeroU32) -> Keys {
        let (client, server) = client_and_server_key(password, salt, iterations);
        Keys { stored: stored_key(&client), server }
    }
}

/// `ClientKey`, which proves that one knows the password, and `ServerKey`.
pub(crate) fn client_and_server_key(password: &Secret, salt: &[u8], iterations: NonZeroU32) -> (Key, Key) {
    let prepared = Zeroizing::new(saslprep::prepare(password.expose()).into_owned());
    let salted = keyed(&*salted_password(prepared.as_bytes(), salt, iterations));
    (sign(&salted, &[b"Client Key"]), sign(&salted, &[b"Server Key"]))
}

/// What a server keeps to recognise `ClientKey`.
pub(crate) fn stored_key(client: &Key) -> Key {
    Zeroizing::new(Sha256::digest(**client).into())
}

/// `Hi()` of RFC 5802: PBKDF2 with HMAC-SHA-256 and one block of output.
fn salted_password(password: &[u8], salt: &[u8], iterations: NonZeroU32) -> Key {
    let mac = keyed(password);
    let mut last = sign(&mac, &[salt, &1_u32.to_be_bytes()]);
    let mut sum = last.clone();
    for _ in 1..iterations.get() {
        last = sign(&mac, &[&*last]);
        for (total, byte) in sum.iter_mut().zip(last.iter()) {
            *total ^= byte;
        }
    }
    sum
}

#[allow(clippy::expect_used, reason = "HMAC takes keys of every length, RFC 2104 section 3")]
pub(crate) fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of every length")
}

pub(crate) fn sign(mac: &Hmac<Sha256>, parts: &[&[u8]]) -> Key {
    let mut mac = mac.clone();
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

fn decode_key(text: &str) -> Result<Key, NotAVerifier> {
    let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| NotAVerifier)?);
    Ok(Zeroizing::new(bytes.as_slice().try_into().map_err(|_| NotAVerifier)?))
}

/// Compares every byte whatever the first ones say; `black_box` keeps the optimiser from ending early.
pub(crate) fn same(a: &Key, b: &Key) -> bool {
    let difference = a.iter().zip(b.iter()).fold(0, |sum, (x, y)| std::hint::black_box(sum | (x ^ y)));
    difference == 0
}

#[cfg(test)]
mod tests;
