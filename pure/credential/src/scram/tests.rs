#![allow(clippy::unwrap_used, reason = "tests")]
use super::{DeriveError, ScramVerifier};
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::num::NonZeroU32;

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn count(iterations: u32) -> NonZeroU32 {
    NonZeroU32::new(iterations).unwrap()
}

#[track_caller]
fn check(password: &str, salt: &str, iterations: u32, stored: Expect) {
    let salt = STANDARD.decode(salt).unwrap().try_into().unwrap();
    let verifier = ScramVerifier::derive(&secret(password), salt, count(iterations)).unwrap();
    stored.assert_eq(verifier.expose());
    assert!(ScramVerifier::parse(verifier.expose()).unwrap().verifies(&secret(password)));
}

/// RFC 7677 gives the messages of a login, not the keys: the keys must produce its proof and its server signature.
#[test]
fn the_exchange_of_rfc_7677_is_reproduced() {
    let salt: [u8; 16] = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap().try_into().unwrap();
    let verifier = ScramVerifier::derive(&secret("pencil"), salt, count(4096)).unwrap();
    let said = b"n=user,r=rOprNGfwEbeRWgbNEkqO,\
        r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
        c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    let server = super::sign(&super::keyed(&*verifier.keys.server), &[said]);
    assert_eq!(STANDARD.encode(*server), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");

    let proof = STANDARD.decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").unwrap();
    let signature = super::sign(&super::keyed(&*verifier.keys.stored), &[said]);
    let client: Vec<u8> = proof.iter().zip(signature.iter()).map(|(p, s)| p ^ s).collect();
    assert_eq!(<[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(&client)), *verifier.keys.stored);
}

#[test]
fn known_verifiers_are_derived() {
    check(
        "pencil",
        "W22ZaJ0SNY7soEsUEjb6gQ==",
        4096,
        expect![
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
        ],
    );
    check(
        "foo",
        "AAAAAAAAAAAAAAAAAAAAAA==",
        1,
        expect![
            "SCRAM-SHA-256$1:AAAAAAAAAAAAAAAAAAAAAA==$Ob/FtfweDAFWmmduwr4hLUrzo5ua/ryw/OyoBEnogWM=:xsxLaKEXP1kVyLpX6xhGEkyFoSQ14NSNX/87nUtQot8="
        ],
    );
}

#[test]
fn other_spellings_of_the_same_password_verify() {
    let verifier = ScramVerifier::derive(&secret("\u{2168}"), [9; 16], count(2)).unwrap();
    assert!(verifier.verifies(&secret("IX")) && verifier.verifies(&secret("I\u{ad}X")));
    assert!(!verifier.verifies(&secret("ix")));
}

#[test]
fn passwords_nobody_could_log_in_with_are_refused() {
    let refused = |text: &str| ScramVerifier::derive(&secret(text), [0; 16], count(1)).err();
    assert_eq!(refused(""), Some(DeriveError::Empty));
    assert_eq!(refused("a\0b"), Some(DeriveError::ZeroByte));
}

#[test]
fn what_is_no_verifier_is_not_parsed() {
    let key = STANDARD.encode([1; 32]);
    let good = format!("SCRAM-SHA-256$4096:AAAA${key}:{key}");
    assert!(ScramVerifier::parse(&good).is_ok());
    for bad in [
        "",
        "md5d41d8cd98f00b204e9800998ecf8427e",
        "hunter2",
        &good.replace("256", "512"),
        &good.replace("4096", "0"),
        &good.replace("4096", "-1"),
        &good.replace("AAAA", "A!"),
        &good.replace(&format!(":{key}"), ""),
        &good.replace(&key, &STANDARD.encode([1; 31])),
        &format!("{good}="),
    ] {
        assert!(ScramVerifier::parse(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn a_verifier_knows_its_password_and_no_other(
        password in "[^\\x00]{1,20}", other in "[^\\x00]{1,20}", salt in any::<[u8; 16]>(), iterations in 1_u32..4,
    ) {
        let verifier = ScramVerifier::derive(&secret(&password), salt, count(iterations)).unwrap();
        prop_assert!(verifier.verifies(&secret(&password)));
        let same = crate::saslprep::prepare(&password) == crate::saslprep::prepare(&other);
        prop_assert_eq!(verifier.verifies(&secret(&other)), same);
    }

    #[test]
    fn parse_gives_back_what_derive_wrote(password in "[^\\x00]{1,20}", salt in any::<[u8; 16]>()) {
        let verifier = ScramVerifier::derive(&secret(&password), salt, count(3)).unwrap();
        let parsed = ScramVerifier::parse(verifier.expose()).unwrap();
        prop_assert_eq!(parsed.expose(), verifier.expose());
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(SCRAM-SHA-256\\$)?[0-9]{0,9}:?[A-Za-z0-9+/=:$]{0,99}") {
        let _ = ScramVerifier::parse(&text);
    }
}
