#![allow(clippy::unwrap_used, reason = "tests")]
use super::{Binding, Challenged, NotProven};
use crate::scram::client::Hello;
use expect_test::{Expect, expect};
use pgward_credential::{ScramVerifier, Secret};
use proptest::prelude::*;
use std::num::NonZeroU32;

const COUNT: NonZeroU32 = NonZeroU32::new(3).unwrap();

fn verifier(password: &str) -> ScramVerifier {
    ScramVerifier::derive(&Secret::new(password.to_owned()), [7; 16], COUNT).unwrap()
}

fn initial(mechanism: &str, message: &str) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [mechanism.as_bytes(), b"\0", &length.to_be_bytes(), message.as_bytes()].concat()
}

#[track_caller]
fn check(mechanism: &str, message: &str, binding: Binding<'_>, told: Expect) {
    told.assert_eq(
        &match Challenged::new(&initial(mechanism, message), verifier("pencil"), "server", binding) {
            Ok((_, challenge)) => challenge,
            Err(refused) => refused.to_string(),
        },
    );
}

/// A whole login, our client against our server.
fn login(password: &str, tried: &str, theirs: Binding<'_>, ours: Binding<'_>) -> Result<(), String> {
    let (hello, initial) = Hello::new("client", theirs.mechanisms(), theirs).map_err(|e| e.to_string())?;
    let (challenged, challenge) =
        Challenged::new(&initial, verifier(password), "server", ours).map_err(|e| e.to_string())?;
    let (proven, response) = hello
        .answer(challenge.as_bytes(), &Secret::new(tried.to_owned()).into())
        .map_err(|e| e.to_string())?;
    let signature = challenged.prove(response.as_bytes()).map_err(|e| e.to_string())?;
    proven.end(signature.as_bytes()).map_err(|e| e.to_string())
}

#[test]
fn the_right_password_is_proven_bound_and_unbound() {
    assert_eq!(login("pencil", "pencil", Binding::None, Binding::None), Ok(()));
    let bound = Binding::EndPoint(b"hash of the certificate");
    assert_eq!(login("pencil", "pencil", bound, bound), Ok(()));
    assert_eq!(login("pencil", "pen", bound, bound), Err("password authentication failed".to_owned()));
}

#[test]
fn somebody_in_between_is_noticed() {
    let other = login("pencil", "pencil", Binding::EndPoint(b"theirs"), Binding::EndPoint(b"ours"));
    assert_eq!(other, Err("SCRAM channel binding check failed".to_owned()));
    check(
        "SCRAM-SHA-256",
        "y,,n=,r=abc",
        Binding::EndPoint(b"ours"),
        expect![
            "SCRAM channel binding negotiation error: the client does not see the mechanism that was offered"
        ],
    );
}

#[test]
fn the_challenge_has_both_nonces_the_salt_and_the_count() {
    let challenge = || expect!["r=abcserver,s=BwcHBwcHBwcHBwcHBwcHBw==,i=3"];
    check("SCRAM-SHA-256", "n,,n=ignored,r=abc", Binding::None, challenge());
    check("SCRAM-SHA-256", "y,,n=,r=abc,x=future", Binding::None, challenge());
    check("SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,n=,r=abc", Binding::EndPoint(b"h"), challenge());
}

#[test]
fn what_is_not_scram_is_refused() {
    let invalid = || expect!["client selected an invalid SASL authentication mechanism"];
    check("SCRAM-SHA-1", "n,,n=,r=abc", Binding::None, invalid());
    check("SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,n=,r=abc", Binding::None, invalid());
    check(
        "SCRAM-SHA-256-PLUS",
        "n,,n=,r=abc",
        Binding::EndPoint(b"h"),
        expect!["malformed SCRAM message: the channel binding does not go with the mechanism"],
    );
    check(
        "SCRAM-SHA-256",
        "n,a=postgres,n=,r=abc",
        Binding::None,
        expect!["malformed SCRAM message: an authorization identity is not supported"],
    );
    check(
        "SCRAM-SHA-256",
        "n,,m=x,n=,r=abc",
        Binding::None,
        expect!["malformed SCRAM message: there is no user name, or an extension that must be known"],
    );
    check(
        "SCRAM-SHA-256",
        "n,,n=,r=a\u{e9}",
        Binding::None,
        expect!["malformed SCRAM message: the nonce is not printable, or too long"],
    );
    check(
        "SCRAM-SHA-256",
        &format!("n,,n=,r={}", "a".repeat(257)),
        Binding::None,
        expect!["malformed SCRAM message: the nonce is not printable, or too long"],
    );
}

#[test]
fn a_length_that_is_not_the_messages_is_refused() {
    // One pooler added to it and overflowed (CVE-2026-6664).
    for length in [u32::MAX, 0x7fff_ffff, 0, 5] {
        let initial = [b"SCRAM-SHA-256\0".as_slice(), &length.to_be_bytes(), b"n,,n=,r=abc"].concat();
        assert_eq!(
            Challenged::new(&initial, verifier("pencil"), "server", Binding::None).err(),
            Some(NotProven::Malformed("the initial response has another length than it says"))
        );
    }
}

#[test]
fn a_nonce_that_is_not_ours_is_refused() {
    let start = || {
        Challenged::new(&initial("SCRAM-SHA-256", "n,,n=,r=abc"), verifier("pencil"), "server", Binding::None)
            .unwrap()
            .0
    };
    let proof = "A".repeat(43);
    assert_eq!(start().prove(format!("c=biws,r=abcother,p={proof}=").as_bytes()), Err(NotProven::Nonce));
    assert_eq!(start().prove(format!("c=biws,r=abcserver,p={proof}=").as_bytes()), Err(NotProven::Password));
    assert_eq!(
        start().prove(b"c=biws,r=abcserver,p=AAAA"),
        Err(NotProven::Malformed("the proof has not 32 bytes"))
    );
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(initial in any::<Vec<u8>>(), first in "[nyp,=a-z]{0,40}", last in "[cr=,p+A-Za-z0-9]{0,80}") {
        let _ = Challenged::new(&initial, verifier("x"), "s", Binding::None);
        if let Ok((challenged, _)) = Challenged::new(&super::tests::initial("SCRAM-SHA-256", &first), verifier("x"), "s", Binding::None) {
            let _ = challenged.prove(last.as_bytes());
        }
        if let Ok((challenged, _)) = Challenged::new(&super::tests::initial("SCRAM-SHA-256", "n,,n=,r=a"), verifier("x"), "s", Binding::None) {
            prop_assert!(challenged.prove(last.as_bytes()).is_err());
        }
    }
}
