//! What an OpenID provider says of somebody: a signed token, read and checked before a word of it is believed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::signing_key::{Algorithm, Keys, SignatureFlaw};

/// Of whom a token has to be, for whom, and when it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The provider, by its own name.
    pub issuer: &'a str,
    /// Us, as the provider calls us.
    pub client: &'a str,
    /// What we drew for this login; none where a login is only renewed, or was made on another device.
    pub nonce: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    /// Who it is, for the provider: never given to anybody else.
    pub subject: String,
    /// The first instant it is worth nothing.
    pub until: Timestamp,
    all: Map<String, Value>,
}

/// Why nothing of a token is believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotBelieved {
    /// It is no token that is signed.
    #[error("it is no signed token")]
    Malformed,
    /// It is not signed with a key of the provider's, or in a way that proves nothing.
    #[error(transparent)]
    Signature(#[from] SignatureFlaw),
    /// Somebody else made it.
    #[error("it was issued by `{found}`")]
    Issuer {
        /// Who.
        found: String,
    },
    /// It was made for somebody else.
    #[error("it is for another client")]
    Audience,
    /// Its time is over.
    #[error("it has expired at {at}")]
    Expired {
        /// When.
        at: Timestamp,
    },
    /// It is of a time to come.
    #[error("it is of a time to come: {at}; do the clocks agree?")]
    NotYet {
        /// When it begins.
        at: Timestamp,
    },
    /// It is of another login.
    #[error("it is of another login: the nonce is not the one that was sent")]
    Nonce,
}

/// Reads a token and believes it, if it is signed by one of these keys, is of whom and for whom it has to be, and its time has come
/// and is not over.
///
/// # Errors
/// Nothing of it is believed.
pub fn believe(token: &str, keys: &Keys, expected: Expected<'_>) -> Result<Claims, NotBelieved> {
    if token.len() > TOKEN_MAX {
        return Err(NotBelieved::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(NotBelieved::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(NotBelieved::Malformed)?;
    let header: Header = part(header)?;
    // What we do not know and must understand (RFC 7515, 4.1.11), we do not.
    if header.crit.is_some() {
        return Err(NotBelieved::Malformed);
    }
    let algorithm = Algorithm::named(&header.alg)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| NotBelieved::Malformed)?;
    keys.verify(algorithm, header.kid.as_deref(), signed.as_bytes(), &signature)?;

    let all: Map<String, Value> = part(payload)?;
    let said: Said = part(payload)?;
    if said.iss != expected.issuer {
        return Err(NotBelieved::Issuer { found: said.iss.chars().take(ISSUER_SHOWN).collect() });
    }
    let audience = match &said.aud {
        Audience::One(one) => vec![one.as_str()],
        Audience::Many(many) => many.iter().map(String::as_str).collect(),
    };
    let is_ours = audience.contains(&expected.client);
    let party = said.azp.as_deref();
    // With others it is shared only if it was made for us.
    let is_made_for_us = party.map_or(audience.len() == 1, |party| party == expected.client);
    if !is_ours || !is_made_for_us {
        return Err(NotBelieved::Audience);
    }
    let until = instant(said.exp)?;
    if expected.now >= until {
        return Err(NotBelieved::Expired { at: until });
    }
    let begins = [Some(said.iat), said.nbf].into_iter().flatten().map(instant);
    for at in begins {
        let at = at?;
        if at > expected.now.checked_add(SKEW).unwrap_or(Timestamp::MAX) {
            return Err(NotBelieved::NotYet { at });
        }
    }
    if expected.nonce.is_some_and(|sent| said.nonce.as_deref() != Some(sent)) {
        return Err(NotBelieved::Nonce);
    }
    if said.sub.is_empty() {
        return Err(NotBelieved::Malformed);
    }
    Ok(Claims { subject: said.sub, until, all })
}

impl Claims {
    /// A text that the token says. A mail address counts only if the provider says that it is the person's own.
    #[must_use]
    pub fn text(&self, claim: &str) -> Option<&str> {
        let is_theirs =
            claim != "email" || self.all.get("email_verified").and_then(Value::as_bool) == Some(true);
        self.all.get(claim)?.as_str().filter(|text| is_theirs && !text.is_empty())
    }

    /// The texts of a list that the token says; a text alone is a list of one, and what is not said is empty.
    #[must_use]
    pub fn list(&self, claim: &str) -> Vec<&str> {
        match self.all.get(claim) {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Said {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, NotBelieved> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotBelieved::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| NotBelieved::Malformed)
}

/// NumericDate: seconds, perhaps with a fraction, which is left out.
fn instant(seconds: f64) -> Result<Timestamp, NotBelieved> {
    let whole = SignedDuration::try_from_secs_f64(seconds.floor()).map_err(|_| NotBelieved::Malformed)?;
    Timestamp::from_second(whole.as_secs()).map_err(|_| NotBelieved::Malformed)
}

/// How far the provider's clock may be ahead of ours. Nothing is worth something for longer because of it.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
const TOKEN_MAX: usize = 64 << 10;
const ISSUER_SHOWN: usize = 200;

#[cfg(test)]
mod tests;
