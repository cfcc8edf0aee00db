#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::{Framer, Piece, Side};
use crate::limits::Limits;
use crate::violation::Violation;
use proptest::prelude::*;

const CLIENT: Side = Side::Client(Limits { statement: 100, parameters: 100 });

fn message(tag: u8, length: usize) -> Vec<u8> {
    let mut bytes = vec![tag];
    bytes.extend(u32::try_from(length + 4).unwrap().to_be_bytes());
    bytes.extend(std::iter::repeat_n(b'x', length));
    bytes
}

/// Everything that comes out, with what is waited for left to the next bytes.
fn pieces(side: Side, deliveries: &[&[u8]]) -> Result<(Vec<u8>, Vec<Vec<u8>>), Violation> {
    let (mut framer, mut buffer, mut passed, mut looked) = (Framer::new(side), vec![], vec![], vec![]);
    for delivery in deliveries {
        buffer.extend_from_slice(delivery);
        loop {
            match framer.next(&buffer)? {
                Piece::Pass(length) => passed.extend(buffer.drain(..length)),
                Piece::Look(length) => looked.push(buffer.drain(..length).collect()),
                Piece::Wait(length) => {
                    assert!(length > buffer.len(), "waits for {length} and has {}", buffer.len());
                    break;
                }
            }
        }
    }
    Ok((passed, looked))
}

#[test]
fn a_row_is_passed_on_before_it_is_complete_and_many_at_once() {
    let mut framer = Framer::new(Side::Server);
    let rows = [message(b'D', 10), message(b'D', 1), message(b'D', 1000)].concat();
    assert_eq!(framer.next(&rows[..100]).unwrap(), Piece::Pass(100));
    assert!(!framer.is_between_messages());
    assert_eq!(framer.next(&rows[100..]).unwrap(), Piece::Pass(rows.len() - 100));
    assert!(framer.is_between_messages());
}

#[test]
fn what_was_passed_goes_before_what_is_looked_at() {
    let (row, end) = (message(b'D', 3), message(b'C', 4));
    let mut framer = Framer::new(Side::Server);
    assert_eq!(framer.next(&[row.clone(), end.clone()].concat()).unwrap(), Piece::Pass(row.len()));
    assert_eq!(framer.next(&end).unwrap(), Piece::Look(end.len()));
}

#[track_caller]
fn refused(side: Side, bytes: &[u8], words: &str) {
    assert_eq!(Framer::new(side).next(bytes).unwrap_err().to_string(), words);
}

#[test]
fn a_length_is_refused_by_the_header_alone() {
    // Lengths past 2^31 hung one pooler (CVE-2026-107348), and past 2^32 smuggled messages through drivers (CVE-2024-27304).
    refused(
        CLIENT,
        b"Q\xff\xff\xff\xff",
        "message of type 'Q' claims a length of 4294967295 bytes, at most 100 are allowed here",
    );
    refused(
        CLIENT,
        b"Q\x00\x00\x00\x65",
        "message of type 'Q' claims a length of 101 bytes, at most 100 are allowed here",
    );
    refused(
        CLIENT,
        b"d\x80\x00\x00\x00",
        "message of type 'd' claims a length of 2147483648 bytes, at most 1073741823 are allowed here",
    );
    refused(
        CLIENT,
        b"d\x00\x00\x00\x03",
        "message of type 'd' claims a length of 3 bytes, at most 1073741823 are allowed here",
    );
    refused(
        CLIENT,
        b"S\x00\x00\x00\x05",
        "message of type 'S' claims a length of 5 bytes, at most 4 are allowed here",
    );
    refused(
        Side::ClientLogin,
        b"p\x00\x00\x10\x01",
        "message of type 'p' claims a length of 4097 bytes, at most 4096 are allowed here",
    );
}

#[test]
fn a_second_startup_during_authentication_is_refused() {
    // One pooler took it and logged in the other user (CVE-2026-107350).
    refused(
        Side::ClientLogin,
        b"\0\0\0\x09\0\x03\0\0\0",
        "message of type startup is not expected during authentication",
    );
    refused(Side::ClientLogin, b"Q\0\0\0\x05\0", "message of type 'Q' is not expected during authentication");
}

#[test]
fn a_type_nobody_knows_is_refused() {
    refused(CLIENT, b"z\0\0\0\x04", "message of type 'z' is not expected from a client in a session");
    refused(CLIENT, b"p\0\0\0\x04", "message of type 'p' is not expected from a client in a session");
    refused(
        Side::Server,
        b"R\0\0\0\x08\0\0\0\0",
        "message of type 'R' is not expected from a server in a session",
    );
    refused(
        Side::Server,
        b"W\0\0\0\x07\0\0\0",
        "message of type 'W' is not expected from a server in a session",
    );
}

proptest! {
    #[test]
    fn byte_by_byte_is_the_same_as_all_at_once(
        messages in proptest::collection::vec((proptest::sample::select(b"QPBDESHdcfX".to_vec()), 0_usize..90), 0..12),
    ) {
        let bytes: Vec<u8> = messages
            .iter()
            .flat_map(|(tag, length)| message(*tag, if b"SHcX".contains(tag) { 0 } else { *length }))
            .collect();
        let singly: Vec<&[u8]> = bytes.chunks(1).collect();
        let whole = pieces(CLIENT, &[&bytes]).unwrap();
        prop_assert_eq!(&pieces(CLIENT, &singly).unwrap(), &whole);
        prop_assert_eq!(whole.0.len() + whole.1.iter().map(Vec::len).sum::<usize>(), bytes.len());
    }

    #[test]
    fn no_bytes_make_it_panic_or_stand_still(bytes in any::<Vec<u8>>(), server in any::<bool>()) {
        let side = if server { Side::Server } else { CLIENT };
        let singly: Vec<&[u8]> = bytes.chunks(1).collect();
        let (whole, parts) = (pieces(side, &[&bytes]), pieces(side, &singly));
        match (whole, parts) {
            (Ok(whole), Ok(parts)) => prop_assert_eq!(whole, parts),
            (whole, parts) => prop_assert_eq!(whole.err(), parts.err()),
        }
    }
}
