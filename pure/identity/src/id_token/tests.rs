#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::{Expected, NotBelieved, believe};
use crate::signing_key::{Keys, SignatureFlaw};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

fn spelled(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A provider with a key of each curve, and what it publishes.
struct Provider {
    edwards: Ed25519KeyPair,
    curve: EcdsaKeyPair,
}

impl Provider {
    fn new(seed: u8) -> Provider {
        let curve =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        Provider {
            edwards: Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap(),
            curve: EcdsaKeyPair::from_pkcs8(
                &ECDSA_P256_SHA256_FIXED_SIGNING,
                curve.as_ref(),
                &SystemRandom::new(),
            )
            .unwrap(),
        }
    }

    fn published(&self) -> String {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let point = self.curve.public_key().as_ref();
        json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "kid": "e", "use": "sig", "alg": "EdDSA", "x": text(self.edwards.public_key().as_ref())},
            {"kty": "EC", "crv": "P-256", "kid": "c", "x": text(&point[1..33]), "y": text(&point[33..])},
            {"kty": "oct", "kid": "o", "k": "c2VjcmV0"},
            {"kty": "OKP", "crv": "Ed25519", "kid": "for encryption", "use": "enc", "x": text(self.edwards.public_key().as_ref())},
        ]})
        .to_string()
    }

    fn keys(&self) -> Keys {
        Keys::read(&self.published()).unwrap()
    }

    fn sign(&self, header: &Value, said: &Value) -> String {
        let signed = format!("{}.{}", spelled(header), spelled(said));
        let signature = match header["alg"].as_str() {
            Some("ES256") => {
                self.curve.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec()
            }
            // With what everybody can read, taken for a secret.
            Some("HS256") => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.edwards.public_key().as_ref());
                hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
            }
            Some("none") => Vec::new(),
            _ => self.edwards.sign(signed.as_bytes()).as_ref().to_vec(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn said() -> Value {
    json!({
        "iss": "https://id.example.com", "sub": "u-17", "aud": "pgward", "exp": 2_000, "iat": 1_000, "nonce": "n-1",
        "email": "ada@example.com", "email_verified": true, "groups": ["dba", 7, "dev"]
    })
}

fn with(key: &str, value: Value) -> Value {
    let mut said = said();
    said[key] = value;
    said
}

fn without(key: &str) -> Value {
    let mut said = said();
    said.as_object_mut().unwrap().remove(key);
    said
}

fn at(second: i64) -> Expected<'static> {
    Expected {
        issuer: "https://id.example.com",
        client: "pgward",
        nonce: Some("n-1"),
        now: Timestamp::from_second(second).unwrap(),
    }
}

fn edwards() -> Value {
    json!({"alg": "EdDSA", "kid": "e"})
}

#[test]
fn what_is_signed_by_the_provider_for_us_and_now_is_believed() {
    let provider = Provider::new(1);
    for header in [edwards(), json!({"alg": "ES256", "kid": "c"}), json!({"alg": "EdDSA"})] {
        let claims = believe(&provider.sign(&header, &said()), &provider.keys(), at(1_999)).unwrap();
        assert_eq!(claims.subject, "u-17", "{header}");
        assert_eq!(claims.text("email"), Some("ada@example.com"));
        assert_eq!(claims.list("groups"), ["dba", "dev"]);
        assert_eq!((claims.text("groups"), claims.list("roles")), (None, Vec::new()));
    }
    let shared = json!({"aud": ["pgward", "other"], "azp": "pgward"});
    let mut both = said();
    both["aud"] = shared["aud"].clone();
    both["azp"] = shared["azp"].clone();
    believe(&provider.sign(&edwards(), &both), &provider.keys(), at(1_500)).unwrap();
    let renewed = Expected { nonce: None, ..at(1_500) };
    believe(&provider.sign(&edwards(), &without("nonce")), &provider.keys(), renewed).unwrap();
}

#[test]
fn a_mail_address_that_is_not_known_to_be_theirs_says_nothing() {
    let provider = Provider::new(1);
    for not in [json!(false), json!("true"), Value::Null] {
        let token = provider.sign(&edwards(), &with("email_verified", not));
        assert_eq!(believe(&token, &provider.keys(), at(1_500)).unwrap().text("email"), None);
    }
}

#[test]
fn nothing_else_is_believed() {
    let (provider, other) = (Provider::new(1), Provider::new(2));
    let refused = |header: &Value, said: &Value, second: i64| {
        believe(&provider.sign(header, said), &provider.keys(), at(second)).unwrap_err()
    };
    let instant = |second| Timestamp::from_second(second).unwrap();
    assert_eq!(refused(&edwards(), &said(), 2_000), NotBelieved::Expired { at: instant(2_000) });
    assert_eq!(refused(&edwards(), &said(), 939), NotBelieved::NotYet { at: instant(1_000) });
    assert_eq!(
        refused(&edwards(), &with("nbf", json!(1_700)), 1_500),
        NotBelieved::NotYet { at: instant(1_700) }
    );
    let issuer = "https://id.example.com/".to_owned();
    assert_eq!(
        refused(&edwards(), &with("iss", json!(issuer)), 1_500),
        NotBelieved::Issuer { found: issuer }
    );
    for audience in [json!("other"), json!(["pgward", "other"]), json!([])] {
        assert_eq!(refused(&edwards(), &with("aud", audience), 1_500), NotBelieved::Audience);
    }
    assert_eq!(refused(&edwards(), &with("azp", json!("other")), 1_500), NotBelieved::Audience);
    for nonce in [json!("n-2"), json!(""), Value::Null] {
        assert_eq!(refused(&edwards(), &with("nonce", nonce), 1_500), NotBelieved::Nonce);
    }
    assert_eq!(refused(&edwards(), &without("nonce"), 1_500), NotBelieved::Nonce);
    for key in ["iss", "sub", "aud", "exp", "iat"] {
        assert_eq!(refused(&edwards(), &without(key), 1_500), NotBelieved::Malformed, "{key}");
    }
    // A time that is no number is not a time that was not said.
    for (key, value) in
        [("exp", json!("9999")), ("exp", json!(1e300)), ("nbf", json!("9999")), ("sub", json!(""))]
    {
        assert_eq!(refused(&edwards(), &with(key, value), 1_500), NotBelieved::Malformed, "{key}");
    }

    let unproven = |name: &str| NotBelieved::Signature(SignatureFlaw::Algorithm { name: name.to_owned() });
    for name in ["none", "None", "HS256", "RS1", "ES256K"] {
        assert_eq!(refused(&json!({"alg": name, "kid": "e"}), &said(), 1_500), unproven(name));
    }
    let no_key = NotBelieved::Signature(SignatureFlaw::NoKey);
    for header in [
        json!({"alg": "EdDSA", "kid": "c"}),
        json!({"alg": "EdDSA", "kid": "for encryption"}),
        json!({"alg": "EdDSA", "kid": "another"}),
        json!({"alg": "RS256", "kid": "e"}),
        json!({"alg": "ES256", "kid": "e"}),
    ] {
        assert_eq!(refused(&header, &said(), 1_500), no_key, "{header}");
    }
    assert_eq!(
        refused(&json!({"alg": "EdDSA", "kid": "e", "crit": ["b64"]}), &said(), 1_500),
        NotBelieved::Malformed
    );
    // Keys that rotate: what was signed with the old ones is not believed any more.
    let wrong = NotBelieved::Signature(SignatureFlaw::Wrong);
    let token = provider.sign(&edwards(), &said());
    assert_eq!(believe(&token, &other.keys(), at(1_500)), Err(wrong.clone()));
    let (front, signature) = token.rsplit_once('.').unwrap();
    let (header, _) = front.split_once('.').unwrap();
    let forged = format!("{header}.{}.{signature}", spelled(&with("sub", json!("u-1"))));
    assert_eq!(believe(&forged, &provider.keys(), at(1_500)), Err(wrong.clone()));
    assert_eq!(believe(&format!("{front}."), &provider.keys(), at(1_500)), Err(wrong));
    for text in ["", ".", "..", "a.b.c", front, &"x".repeat(70_000)] {
        assert_eq!(believe(text, &provider.keys(), at(1_500)), Err(NotBelieved::Malformed));
    }
}
