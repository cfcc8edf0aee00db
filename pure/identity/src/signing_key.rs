//! The keys that a provider signs with, as it publishes them (JSON Web Keys), and the signatures that prove something.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;

/// A provider's keys, at some time: they rotate.
#[derive(Debug, Clone, Default)]
pub struct Keys(Vec<Key>);

/// Why a signature proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFlaw {
    /// It is not signed, or with a secret that others have as well, or in a way that is not known here.
    #[error("it is signed with `{}`, which proves nothing here", name.escape_debug())]
    Algorithm {
        /// The algorithm.
        name: String,
    },
    /// The provider has no key like the one it names.
    #[error("the provider has published no key that it could be signed with")]
    NoKey,
    /// The signature is not of this token.
    #[error("its signature is wrong")]
    Wrong,
}

/// How a token is signed. What is not here is not believed: `none` is nobody's signature, and HS256 is made with a secret of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

impl Keys {
    /// Reads what a provider publishes. Keys of other kinds are left out, and those that are for something else.
    #[must_use]
    pub fn read(json: &str) -> Option<Keys> {
        let set: Set = serde_json::from_str(json).ok()?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        Some(Keys(keys.filter(|key: &Key| key.r#use.as_deref().is_none_or(|r#use| r#use == "sig")).collect()))
    }

    /// Whether somebody with one of the keys has signed a text.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        id: Option<&str>,
        signed: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureFlaw> {
        let fitting = self.0.iter().filter(|key| {
            let is_named = id.is_none_or(|id| key.kid.as_deref() == Some(id));
            is_named && key.is_for(algorithm)
        });
        let mut tried = fitting.map(|key| key.verifies(algorithm, signed, signature)).peekable();
        if tried.peek().is_none() {
            return Err(SignatureFlaw::NoKey);
        }
        if tried.any(|fits| fits) { Ok(()) } else { Err(SignatureFlaw::Wrong) }
    }
}

impl Algorithm {
    pub(crate) fn named(name: &str) -> Result<Algorithm, SignatureFlaw> {
        Ok(match name {
            "RS256" => Algorithm::Rs256,
            "RS384" => Algorithm::Rs384,
            "RS512" => Algorithm::Rs512,
            "PS256" => Algorithm::Ps256,
            "PS384" => Algorithm::Ps384,
            "PS512" => Algorithm::Ps512,
            "ES256" => Algorithm::Es256,
            "ES384" => Algorithm::Es384,
            "EdDSA" => Algorithm::EdDsa,
            other => return Err(SignatureFlaw::Algorithm { name: other.chars().take(20).collect() }),
        })
    }

    fn word(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Rs384 => "RS384",
            Algorithm::Rs512 => "RS512",
            Algorithm::Ps256 => "PS256",
            Algorithm::Ps384 => "PS384",
            Algorithm::Ps512 => "PS512",
            Algorithm::Es256 => "ES256",
            Algorithm::Es384 => "ES384",
            Algorithm::EdDsa => "EdDSA",
        }
    }

    /// The kind of key, its curve where it has one, and how its signatures are checked.
    fn way(self) -> Way {
        match self {
            Algorithm::Rs256 => Way::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            Algorithm::Rs384 => Way::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
            Algorithm::Rs512 => Way::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
            Algorithm::Ps256 => Way::Rsa(&signature::RSA_PSS_2048_8192_SHA256),
            Algorithm::Ps384 => Way::Rsa(&signature::RSA_PSS_2048_8192_SHA384),
            Algorithm::Ps512 => Way::Rsa(&signature::RSA_PSS_2048_8192_SHA512),
            Algorithm::Es256 => Way::Curve("P-256", &signature::ECDSA_P256_SHA256_FIXED),
            Algorithm::Es384 => Way::Curve("P-384", &signature::ECDSA_P384_SHA384_FIXED),
            Algorithm::EdDsa => Way::Edwards(&signature::ED25519),
        }
    }
}

enum Way {
    Rsa(&'static RsaParameters),
    Curve(&'static str, &'static dyn VerificationAlgorithm),
    Edwards(&'static dyn VerificationAlgorithm),
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    r#use: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Key {
    /// A key is used in one way: else a token could say that a key of one kind is of another.
    fn is_for(&self, algorithm: Algorithm) -> bool {
        let is_of_kind = match algorithm.way() {
            Way::Rsa(_) => self.kty == "RSA",
            Way::Curve(curve, _) => self.kty == "EC" && self.crv.as_deref() == Some(curve),
            Way::Edwards(_) => self.kty == "OKP" && self.crv.as_deref() == Some("Ed25519"),
        };
        is_of_kind && self.alg.as_deref().is_none_or(|alg| alg == algorithm.word())
    }

    fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        let (n, e, x, y) = (number(&self.n), number(&self.e), number(&self.x), number(&self.y));
        match (algorithm.way(), (n, e), (x, y)) {
            (Way::Rsa(parameters), (Some(n), Some(e)), _) => {
                RsaPublicKeyComponents { n, e }.verify(parameters, signed, signature).is_ok()
            }
            (Way::Curve(_, check), _, (Some(x), Some(y))) => {
                // A point as it is, without compression.
                let point = [&[4_u8][..], &x, &y].concat();
                UnparsedPublicKey::new(check, point).verify(signed, signature).is_ok()
            }
            (Way::Edwards(check), _, (Some(x), None)) => {
                UnparsedPublicKey::new(check, x).verify(signed, signature).is_ok()
            }
            _ => false,
        }
    }
}

fn number(text: &Option<String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.as_deref()?).ok()
}
