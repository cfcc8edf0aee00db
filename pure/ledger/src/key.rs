//! Who signs: an Ed25519 key with a name, as C2SP's signed notes have it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

/// The key a ledger is signed with. It cannot be printed, and there is no way from it back to its seed.
// INVARIANT: no Debug, no Display, no Clone. The test below keeps it so.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    /// What is marked before it is signed is marked with this.
    marking: hmac::Key,
    public: PublicKey,
}

/// What a signature is checked with: the key's name and its public half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: KeyName,
    bytes: [u8; 32],
}

/// The name of a key, and the origin of the ledger that it signs: no blank, no plus sign, nothing invisible.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName(String);

/// Which key it was, in a signature: four bytes of a digest over name and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyId(pub [u8; 4]);

/// Why a text is not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// The parts are not there.
    #[error("not a public key: it must read NAME+8 HEXADECIMAL DIGITS+BASE64")]
    Parts,
    /// It is not an Ed25519 key.
    #[error("not an Ed25519 public key")]
    Kind,
    /// The identifier belongs to another name or key.
    #[error("the key's identifier does not belong to its name and bytes; a character was changed")]
    Identifier,
}

impl SigningKey {
    /// The key that grows from these 32 secret bytes. None when they are not 32.
    #[must_use]
    pub fn from_seed(name: KeyName, seed: &[u8]) -> Option<SigningKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let bytes = pair.public_key().as_ref().try_into().ok()?;
        let own = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, seed), MARKING);
        let marking = hmac::Key::new(hmac::HMAC_SHA256, own.as_ref());
        Some(SigningKey { pair, marking, public: PublicKey { name, bytes } })
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs bytes; the same bytes always get the same signature.
    pub(crate) fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.pair.sign(text).as_ref().to_vec()
    }

    /// A code of bytes that only this key makes, in a fraction of the time of a signature. Only it can check it, too.
    pub(crate) fn mark(&self, text: &[u8]) -> [u8; 32] {
        let mut code = [0; 32];
        code.iter_mut().zip(hmac::sign(&self.marking, text).as_ref()).for_each(|(byte, one)| *byte = *one);
        code
    }

    /// Whether this key made that code of these bytes.
    pub(crate) fn has_marked(&self, text: &[u8], code: &[u8]) -> bool {
        hmac::verify(&self.marking, text, code).is_ok()
    }
}

impl PublicKey {
    /// The key of these bytes.
    #[must_use]
    pub fn new(name: KeyName, bytes: [u8; 32]) -> PublicKey {
        PublicKey { name, bytes }
    }

    /// Reads `name+identifier+base64`, as `Display` writes it.
    ///
    /// # Errors
    /// Which part of it is wrong.
    pub fn read(text: &str) -> Result<PublicKey, NotAKey> {
        let mut parts = text.trim_end_matches('\n').splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NotAKey::Parts);
        };
        let name = KeyName::new(name).ok_or(NotAKey::Parts)?;
        let decoded = STANDARD.decode(key).map_err(|_| NotAKey::Parts)?;
        let Some((&ED25519_TYPE, bytes)) = decoded.split_first() else { return Err(NotAKey::Kind) };
        let key = PublicKey { name, bytes: bytes.try_into().map_err(|_| NotAKey::Kind)? };
        if key.id().to_string() == id { Ok(key) } else { Err(NotAKey::Identifier) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let named = [self.name.as_str().as_bytes(), b"\n", &[ED25519_TYPE], &self.bytes].concat();
        let mut id = [0; 4];
        id.iter_mut().zip(digest(&SHA256, &named).as_ref()).for_each(|(byte, one)| *byte = *one);
        KeyId(id)
    }

    /// Whether the key made this signature of these bytes.
    pub(crate) fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.bytes).verify(text, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed = [&[ED25519_TYPE][..], &self.bytes].concat();
        write!(out, "{}+{}+{}", self.name.0, self.id(), STANDARD.encode(typed))
    }
}

impl KeyName {
    /// A name, if it is one.
    #[must_use]
    pub fn new(name: &str) -> Option<KeyName> {
        let is_name = !name.is_empty()
            && !name.chars().any(|one| one.is_whitespace() || one.is_control() || one == '+');
        is_name.then(|| KeyName(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// What the key for marks is derived with.
const MARKING: &[u8] = b"pgward-ledger-mark/1";

/// How signed notes call Ed25519.
const ED25519_TYPE: u8 = 1;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_seed(KeyName::new("pgward-ledger/test").unwrap(), &[7; 32]).unwrap()
    }

    #[test]
    fn a_public_key_reads_as_it_is_written_and_any_changed_character_is_noticed() {
        let text = key().public().to_string();
        assert_eq!(PublicKey::read(&text), Ok(key().public().clone()));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1;
            }
            let changed = String::from_utf8(bytes).unwrap();
            assert!(PublicKey::read(&changed).is_err(), "{changed}");
        }
    }

    #[test]
    fn only_the_key_that_signed_verifies_and_only_what_it_signed() {
        let signature = key().sign(b"text");
        assert!(key().public().verifies(b"text", &signature));
        assert!(!key().public().verifies(b"texT", &signature));
        let other = SigningKey::from_seed(KeyName::new("other").unwrap(), &[8; 32]).unwrap();
        assert!(!other.public().verifies(b"text", &signature));
    }

    #[test]
    fn names_are_one_word() {
        for name in ["", "a b", "a+b", "a\nb", "\u{a0}"] {
            assert_eq!(KeyName::new(name), None, "{name:?}");
        }
        assert!(SigningKey::from_seed(KeyName::new("a").unwrap(), &[0; 31]).is_none());
    }

    #[test]
    fn a_signing_key_cannot_be_printed_or_copied() {
        macro_rules! assert_lacks {
            ($type:ty: $($trait:path),+) => {$({
                trait Lacks<Marker> {
                    fn proof() {}
                }
                impl<T: ?Sized> Lacks<()> for T {}
                struct Present;
                impl<T: ?Sized + $trait> Lacks<Present> for T {}
                <$type as Lacks<_>>::proof();
            })+};
        }
        assert_lacks!(SigningKey: std::fmt::Debug, std::fmt::Display, Clone, Into<crate::canonical::Canonical>);
    }
}
