#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use super::{ALPN, Encryption, GSS_REQUEST, Opened, Opening, SSL_REQUEST};
use crate::cancel::CancelKey;
use crate::startup::Startup;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn request(code: u32) -> Vec<u8> {
    [8_u32.to_be_bytes(), code.to_be_bytes()].concat()
}

fn startup() -> Vec<u8> {
    let mut out = vec![];
    Startup::write("app", "shop", &[], &mut out);
    out
}

fn told(opening: &mut Opening, bytes: &[u8]) -> String {
    match opening.next(bytes) {
        Ok(Opened::Wait(length)) => format!("wait for {length}"),
        Ok(Opened::Answer(length, byte)) => format!("take {length}, say {}", char::from(byte)),
        Ok(Opened::Tls(length, byte)) => format!("take {length}, say {:?}, TLS", byte.map(char::from)),
        Ok(Opened::Cancel(key)) => format!("cancel {}", key.process()),
        Ok(Opened::Startup(length, startup)) => {
            format!("take {length}, {}@{}", startup.user, startup.database)
        }
        Err(refused) => format!("{} {refused}", refused.code()),
    }
}

#[track_caller]
fn check(encryption: Encryption, packets: &[&[u8]], expected: Expect) {
    let mut opening = Opening::new(encryption);
    let lines: Vec<String> = packets.iter().map(|packet| told(&mut opening, packet)).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn a_session_may_ask_for_everything_once_and_go_without() {
    check(
        Encryption::Unavailable,
        &[&request(GSS_REQUEST), &request(SSL_REQUEST), &startup()],
        expect![[r#"
            take 8, say N
            take 8, say N
            take 32, app@shop"#]],
    );
}

#[test]
fn nothing_is_asked_for_twice() {
    check(
        Encryption::Unavailable,
        &[&request(SSL_REQUEST), &request(SSL_REQUEST)],
        expect![[r"
            take 8, say N
            08P01 message of type startup is malformed: encryption is asked for a second time"]],
    );
}

#[test]
fn bytes_behind_a_request_for_tls_end_the_connection() {
    let stuffed = [request(SSL_REQUEST), startup()].concat();
    check(
        Encryption::Offered,
        &[&stuffed],
        expect!["08P01 received unencrypted data after a request for encryption"],
    );
    check(
        Encryption::Offered,
        &[&request(SSL_REQUEST), &startup()],
        expect![[r#"
            take 8, say Some('S'), TLS
            08P01 received unencrypted data after a request for encryption"#]],
    );
}

#[test]
fn nobody_goes_without_where_it_is_required() {
    check(Encryption::Required, &[&startup()], expect!["28000 the desk requires an encrypted connection"]);
    let mut opening = Opening::new(Encryption::Required);
    assert_eq!(told(&mut opening, &request(SSL_REQUEST)), "take 8, say Some('S'), TLS");
    opening.encrypted(false, None).unwrap();
    assert_eq!(told(&mut opening, &startup()), "take 32, app@shop");
}

#[test]
fn direct_tls_must_name_the_protocol() {
    let hello = b"\x16\x03\x01";
    check(Encryption::Offered, &[hello], expect!["take 0, say None, TLS"]);
    check(
        Encryption::Unavailable,
        &[hello],
        expect!["08P01 the desk has no certificate, and cannot speak TLS"],
    );
    let mut opening = Opening::new(Encryption::Offered);
    let _ = opening.next(hello);
    assert_eq!(
        opening.encrypted(true, Some(b"http/1.1")).unwrap_err().to_string(),
        "a direct TLS connection must be negotiated with the ALPN protocol \"postgresql\""
    );
    opening.encrypted(true, Some(ALPN)).unwrap();
}

#[test]
fn cancel_keys_of_both_protocols_are_read() {
    for length in [4, 32, 256] {
        let mut out = vec![];
        CancelKey::new(77, vec![9; length]).write_request(&mut out);
        check(Encryption::Required, &[&out], expect!["cancel 77"]);
    }
    for length in [0, 3, 257] {
        let mut out = vec![];
        CancelKey::new(77, vec![9; length]).write_request(&mut out);
        check(
            Encryption::Required,
            &[&out],
            expect!["08P01 message of type startup is malformed: a cancel key has 4 to 256 bytes"],
        );
    }
}

#[test]
fn lengths_are_refused_by_the_first_eight_bytes() {
    for length in [0_u32, 7, 10_001, 1 << 31, u32::MAX] {
        let bytes = [length.to_be_bytes(), 0x0003_0000_u32.to_be_bytes()].concat();
        assert_eq!(
            told(&mut Opening::new(Encryption::Unavailable), &bytes),
            format!(
                "08P01 message of type startup claims a length of {length} bytes, at most 10000 are allowed here"
            )
        );
    }
}

proptest! {
    #[test]
    fn byte_by_byte_is_the_same_as_all_at_once(code in prop_oneof![Just(SSL_REQUEST), Just(GSS_REQUEST), Just(0x0003_0000_u32), any::<u32>()], body in any::<Vec<u8>>()) {
        let length = u32::try_from(body.len() + 8).unwrap();
        let bytes = [&length.to_be_bytes()[..], &code.to_be_bytes(), &body].concat();
        let whole = told(&mut Opening::new(Encryption::Unavailable), &bytes);
        let mut opening = Opening::new(Encryption::Unavailable);
        let singly = (1..=bytes.len()).map(|end| told(&mut opening, &bytes[..end])).find(|told| !told.starts_with("wait"));
        prop_assert_eq!(singly, Some(whole));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
        let _ = told(&mut Opening::new(Encryption::Offered), &bytes);
    }
}
