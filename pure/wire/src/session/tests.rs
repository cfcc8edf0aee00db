#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use super::{Answer, Question, Session};
use crate::backend::write_ready;
use crate::fields::write;
use crate::frame::{Frame, Framer, Piece, Side};
use crate::frontend::{Value, write_parse, write_query};
use crate::limits::Limits;
use crate::report::Report;
use crate::status::TransactionStatus;
use crate::turn::Outcome;
use crate::watch::Watch;
use proptest::prelude::*;

fn session() -> Session<u32> {
    Session::new(Watch::new("role"))
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    write(&mut out, tag, |to| to.extend_from_slice(body));
    out
}

fn frame(whole: &[u8]) -> Frame<'_> {
    Frame { tag: *whole.first().unwrap(), whole }
}

fn complaint(marker: u32) -> Vec<u8> {
    let mut out = vec![];
    Report::error("42601", format!("syntax error at or near \"pgward_denied_{marker}\"")).write(&mut out);
    out
}

#[test]
fn a_denied_query_fails_as_the_servers_own_would() {
    let mut session = session();
    let mut query = vec![];
    write_query(&mut query, "drop table t");
    assert_eq!(session.ask(&frame(&query)).unwrap(), Question::Query("drop table t"));
    let mut sent = vec![];
    session.deny(&frame(&query), Report::error("42501", "permission denied"), &mut sent);
    let mut expected = vec![];
    write_query(&mut expected, "pgward_denied_1");
    assert_eq!(sent, expected);

    let Answer::Instead(told) = session.answered(&frame(&complaint(1))).unwrap() else { panic!("passed on") };
    assert_eq!(told, {
        let mut out = vec![];
        Report::error("42501", "permission denied").write(&mut out);
        out
    });
    let mut ready = vec![];
    write_ready(&mut ready, TransactionStatus::Failed);
    assert_eq!(session.answered(&frame(&ready)).unwrap(), Answer::Pass);
    assert_eq!((session.status(), session.outcome()), (TransactionStatus::Failed, None));
}

#[test]
fn a_denied_named_parse_touches_no_statement_and_a_denied_unnamed_one_drops_it() {
    let mut session = session();
    session.allow_parse(b"", 1);
    let (mut named, mut unnamed) = (vec![], vec![]);
    write_parse(&mut named, "s", "drop table t");
    write_parse(&mut unnamed, "", "drop table t");
    let mut sent = vec![];
    session.deny(&frame(&named), Report::error("42501", "no"), &mut sent);
    let sync = message(b'S', b"");
    assert_eq!(session.ask(&frame(&unnamed)).unwrap(), Question::Swallow);
    assert_eq!(session.ask(&frame(&sync)).unwrap(), Question::None);
    session.deny(&frame(&unnamed), Report::error("42501", "no"), &mut sent);
    let mut expected = vec![];
    write_parse(&mut expected, "pgward_denied_1", "pgward_denied_1");
    write_parse(&mut expected, "", "pgward_denied_2");
    assert_eq!(sent, expected);
    session.ask(&frame(&sync)).unwrap();
    assert_eq!(session.ask(&frame(&message(b'B', b"\0\0\0\0\0\0\0\0"))).unwrap(), Question::Settle);
}

#[test]
fn a_call_without_a_statement_is_asked_about_and_leaves_the_unnamed_statement_alone() {
    let mut session = session();
    session.allow_parse(b"", 1);
    let call = message(b'F', b"\0\0\x03\xbc\0\x01\0\x01\0\x01\0\0\0\x01\x07\0\x01");
    let Question::Call(asked) = session.ask(&frame(&call)).unwrap() else { panic!("not asked about") };
    assert_eq!((asked.function, asked.values().collect::<Vec<_>>()), (956, vec![Value::Binary(&[7])]));
    session.allow_call(2);
    let mut ready = vec![];
    write_ready(&mut ready, TransactionStatus::Idle);
    session.answered(&frame(&message(b'1', b""))).unwrap();
    session.answered(&frame(&ready)).unwrap();
    assert_eq!(session.outcome(), Some((2, Outcome::Done(String::new()))));
    let Question::Bind(_, 1) = session.ask(&frame(&message(b'B', b"\0\0\0\0\0\0\0\0"))).unwrap() else {
        panic!("the unnamed statement is gone")
    };
    let mut sent = vec![];
    session.deny(&frame(&call), Report::error("42501", "no"), &mut sent);
    assert_eq!(sent.first(), Some(&b'Q'));
}

#[test]
fn names_nobody_knows_are_denied_once_everything_is_answered() {
    let mut session = session();
    let bind = message(b'B', b"\0s\0\0\0\0\0\0\0");
    session.allow_query(1, vec![]);
    assert_eq!(session.ask(&frame(&bind)).unwrap(), Question::Settle);
    let mut ready = vec![];
    write_ready(&mut ready, TransactionStatus::Idle);
    session.answered(&frame(&ready)).unwrap();
    let Question::Deny(report) = session.ask(&frame(&bind)).unwrap() else { panic!("not denied") };
    assert_eq!((report.code(), report.message()), ("26000", "prepared statement \"s\" does not exist"));
    assert_eq!(session.outcome(), Some((1, Outcome::Done(String::new()))));
}

#[test]
fn what_was_not_answered_is_in_doubt_unless_its_failure_was_told() {
    let mut session = session();
    session.allow_query(1, vec![]);
    session.allow_parse(b"", 2);
    session.allow_bind(b"", 3);
    session.allow_execute(4, None);
    session.answered(&frame(&complaint(1))).unwrap();
    assert_eq!(session.unanswered(), [(1, Some(Outcome::Failed("42601".to_owned()))), (4, None)]);
}

#[test]
fn a_session_that_becomes_somebody_else_ends() {
    let violation =
        session().answered(&frame(&message(b'S', b"session_authorization\0postgres\0"))).unwrap_err();
    assert_eq!(Report::from(&violation).code(), "42501");
}

#[test]
fn texts_that_are_not_utf8_are_denied() {
    let Question::Deny(report) = session().ask(&frame(&message(b'Q', b"select '\xff'\0"))).unwrap() else {
        panic!("not denied")
    };
    assert_eq!(report.code(), "22021");
}

/// The letters of a name are other letters to a server that reads them in another encoding.
#[test]
fn letters_beyond_ascii_are_judged_only_as_the_server_reads_them() {
    let told = |session: &mut Session<u32>, name: &[u8]| {
        let body = [b"client_encoding\0", name, b"\0"].concat();
        session.answered(&frame(&message(b'S', &body))).unwrap();
    };
    let query = message(b'Q', "select * from é\0".as_bytes());
    let ascii = message(b'Q', b"select 1\0");
    let mut session = session();
    assert!(matches!(session.ask(&frame(&query)).unwrap(), Question::Query(_)));
    told(&mut session, b"LATIN1");
    let Question::Deny(report) = session.ask(&frame(&query)).unwrap() else { panic!("not denied") };
    assert_eq!(report.code(), "0A000");
    assert!(matches!(session.ask(&frame(&ascii)).unwrap(), Question::Query(_)));
    told(&mut session, b"UTF8");
    assert!(matches!(session.ask(&frame(&query)).unwrap(), Question::Query(_)));

    // What changes it may be on its way.
    let mut session = self::session();
    session.doubt_encoding();
    session.allow_query(1, vec![]);
    assert!(matches!(session.ask(&frame(&query)).unwrap(), Question::Settle));
    assert!(matches!(session.ask(&frame(&ascii)).unwrap(), Question::Query(_)));

    // The server tells of it when it is ready, and not before.
    let mut session = self::session();
    session.doubt_encoding();
    session.allow_execute(1, None);
    assert!(matches!(session.ask(&frame(&query)).unwrap(), Question::Settle));
    session.answered(&frame(&message(b'C', b"SET\0"))).unwrap();
    let Question::Deny(report) = session.ask(&frame(&query)).unwrap() else { panic!("not denied") };
    assert_eq!(report.code(), "0A000");
    session.ask(&frame(&message(b'S', b""))).unwrap();
    session.answered(&frame(&message(b'Z', b"I"))).unwrap();
    assert!(matches!(session.ask(&frame(&query)).unwrap(), Question::Query(_)));
}

/// Messages that look right more often than random bytes do.
fn messages(tags: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let body = prop_oneof![
        Just(b"\0".to_vec()),
        Just(b"s\0select 1\0\0\0".to_vec()),
        Just(b"\0\0\0\0\0\0\0\0".to_vec()),
        Just(b"p\0s\0\0\0\0\0\0\0".to_vec()),
        Just(b"Ss\0".to_vec()),
        Just(b"p\0\0\0\0\0".to_vec()),
        Just(b"SELECT 1\0".to_vec()),
        Just(b"I".to_vec()),
        Just(vec![]),
        proptest::collection::vec(any::<u8>(), 0..20),
    ];
    (proptest::sample::select(tags.to_vec()), body).prop_map(|(tag, body)| message(tag, &body))
}

proptest! {
    /// The property of the fuzz target `session`, for a short while.
    #[test]
    fn no_order_of_messages_makes_it_panic_or_grow(
        sent in proptest::collection::vec(
            prop_oneof![messages(b"QPBESCcfFX").prop_map(|m| (true, m)), messages(b"123CIsGHEZS").prop_map(|m| (false, m))],
            0..60,
        ),
    ) {
        follow(&sent);
    }
}

/// Follows messages of both sides, as far as they are any; gives how many were looked at.
fn follow(sent: &[(bool, Vec<u8>)]) -> usize {
    let mut session = session();
    let (mut client, mut server) = (Framer::new(Side::Client(Limits::USUAL)), Framer::new(Side::Server));
    let mut looked = 0;
    for (of_client, whole) in sent {
        let framer = if *of_client { &mut client } else { &mut server };
        let Ok(Piece::Look(length)) = framer.next(whole) else { break };
        assert_eq!(length, whole.len());
        let frame = frame(whole);
        looked += 1;
        if !of_client {
            if session.answered(&frame).is_err() {
                break;
            }
            while session.outcome().is_some() {}
            continue;
        }
        match session.ask(&frame) {
            Err(_) => break,
            Ok(Question::Query(_)) => session.allow_query(1, vec![]),
            Ok(Question::Parse(name, ..)) => session.allow_parse(name, 2),
            Ok(Question::Bind(bind, value)) => session.allow_bind(bind.portal, value),
            Ok(Question::Execute(value)) => session.allow_execute(value, None),
            Ok(Question::Call(_)) => session.allow_call(4),
            Ok(Question::Deny(report)) => {
                let mut out = vec![];
                session.deny(&frame, report, &mut out);
                assert!(out.len() < 100);
            }
            Ok(Question::None | Question::Swallow | Question::Settle | Question::End) => {}
        }
    }
    assert!(session.turns.len() <= looked && session.statements.len() <= looked);
    looked
}

/// The same for minutes: `cargo test --release -p pgward-wire --lib -- --ignored millions`.
#[test]
#[ignore = "it takes minutes"]
fn millions_of_messages_in_any_order_make_it_neither_panic_nor_grow() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut looked = 0;
    while looked < STEPS {
        let length = random.below(400);
        let sent: Vec<(bool, Vec<u8>)> = (0..length).map(|_| random.message()).collect();
        looked += follow(&sent).max(1);
    }
    assert!(looked >= STEPS);
}

const STEPS: usize = 10_000_000;

/// Numbers that are the same in every run (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % end
    }

    /// A message of either side: mostly one that fits what came before, sometimes bytes that are none.
    fn message(&mut self) -> (bool, Vec<u8>) {
        const CLIENT: &[u8] = b"QPBESCcfFXdH";
        const SERVER: &[u8] = b"123CIsGHEZSnNATDt";
        const BODIES: [&[u8]; 14] = [
            b"\0",
            b"s\0select 1\0\0\0",
            b"\0select 2\0\0\0",
            b"\0\0\0\0\0\0\0\0",
            b"p\0s\0\0\0\0\0\0\0",
            b"Ss\0",
            b"Pp\0",
            b"p\0\0\0\0\0",
            b"SELECT 1\0",
            b"I",
            b"T",
            b"E",
            b"SERROR\0C42601\0Msyntax error at or near \"pgward_denied_1\"\0\0",
            b"client_encoding\0LATIN1\0",
        ];
        let of_client = self.below(2) == 0;
        let tags = if of_client { CLIENT } else { SERVER };
        let tag = tags[self.below(tags.len())];
        let mut body = BODIES[self.below(BODIES.len())].to_vec();
        if self.below(8) == 0 {
            body = (0..self.below(24)).map(|_| u8::try_from(self.below(256)).unwrap()).collect();
        } else if !body.is_empty() && self.below(16) == 0 {
            let at = self.below(body.len());
            body[at] ^= 1 << self.below(8);
        }
        (of_client, message(tag, &body))
    }
}
