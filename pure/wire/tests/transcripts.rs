//! Sessions recorded on a real server (PostgreSQL 18), followed from the middle: every outcome is the one that was.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use expect_test::{ExpectFile, expect_file};
use pgward_wire::denial::MARKER;
use pgward_wire::frame::{Frame, Framer, Piece, Side};
use pgward_wire::limits::Limits;
use pgward_wire::names::Lookup;
use pgward_wire::report::Report;
use pgward_wire::session::{Answer, Question, Session};
use pgward_wire::turn::Change;
use pgward_wire::watch::Watch;
use std::collections::VecDeque;
use std::fmt::Write as _;

struct Replay {
    session: Session<String>,
    server: Framer,
    /// The client's messages that wait for the server's answers.
    held: VecDeque<Vec<u8>>,
    told: String,
}

impl Replay {
    fn client(&mut self, whole: &[u8]) {
        let mut framer = Framer::new(Side::Client(Limits::USUAL));
        match framer.next(whole).unwrap() {
            Piece::Pass(length) => assert_eq!(length, whole.len()),
            Piece::Look(length) => {
                assert_eq!(length, whole.len());
                self.held.push_back(whole.to_vec());
                self.ask();
            }
            Piece::Wait(length) => panic!("a recorded message is not whole: {length}"),
        }
    }

    /// Asks about what is held, in order, until something has to wait for the server.
    fn ask(&mut self) {
        while let Some(whole) = self.held.front().cloned() {
            let frame = Frame { tag: *whole.first().unwrap(), whole: &whole };
            match self.session.ask(&frame).unwrap() {
                Question::Settle => return self.say("settle first"),
                Question::Query(text) if text.starts_with(MARKER) => self.deny(&frame),
                Question::Query(text) => match executed(text).map(|name| self.session.statement(name)) {
                    Some(Lookup::Known(statement)) => {
                        self.session.allow_query(format!("{text} = {statement}"), changes(text));
                    }
                    Some(_) => panic!("{text} is not known"),
                    None => self.session.allow_query(text.to_owned(), changes(text)),
                },
                Question::Parse(_, text, _) if text.starts_with(MARKER) => self.deny(&frame),
                Question::Parse(name, text, _) => self.session.allow_parse(name, text.to_owned()),
                Question::Bind(bind, statement) => self.session.allow_bind(bind.portal, statement),
                Question::Execute(portal) => self.session.allow_execute(portal, None),
                // What a denied Parse would have made is not there; the server, which skips, does not see that either.
                Question::Deny(report) => self.say(&format!("{} {}", report.code(), report.message())),
                Question::Call(call) => self.session.allow_call(format!("function {}", call.function)),
                Question::None | Question::Swallow | Question::End => {}
            }
            self.held.pop_front();
        }
    }

    fn deny(&mut self, frame: &Frame<'_>) {
        let mut instead = vec![];
        self.session.deny(frame, Report::error("42501", "denied"), &mut instead);
        assert_eq!(
            instead, frame.whole,
            "the recorded message is the one that is sent in place of a denied one"
        );
    }

    fn server(&mut self, whole: &[u8]) {
        if let Piece::Look(length) = self.server.next(whole).unwrap() {
            assert_eq!(length, whole.len());
            let frame = Frame { tag: *whole.first().unwrap(), whole };
            if let Answer::Instead(told) = self.session.answered(&frame).unwrap() {
                let told = Report::read(b'E', told.get(5..).unwrap()).unwrap();
                self.say(&format!("told: {} {}", told.code(), told.message()));
            }
        }
        while let Some((statement, outcome)) = self.session.outcome() {
            self.say(&format!("{statement}: {outcome:?}"));
        }
        if whole.first() == Some(&b'Z') {
            self.say(&format!("-- {:?}", self.session.status()));
        }
        if self.session.is_settled() {
            self.ask();
        }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.told, "{line}").unwrap();
    }
}

#[track_caller]
fn check(transcript: &str, told: &ExpectFile) {
    let mut replay = Replay {
        session: Session::new(Watch::new("postgres")),
        server: Framer::new(Side::Server),
        held: VecDeque::new(),
        told: String::new(),
    };
    for line in transcript.lines() {
        let (side, spelled) = line.split_once(' ').unwrap();
        let whole = bytes(spelled);
        if side == "C" { replay.client(&whole) } else { replay.server(&whole) }
    }
    assert!(replay.held.is_empty() && replay.session.is_settled(), "not everything was answered");
    told.assert_eq(&replay.told);
}

/// `\xNN` is a byte, everything else itself.
fn bytes(spelled: &str) -> Vec<u8> {
    let mut parts = spelled.split("\\x");
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

/// What a judge would say about the statements of the transcripts that change names.
fn changes(text: &str) -> Vec<(usize, Change<String>)> {
    let prepare = |name: &str, text: &str| Change::Prepare(name.to_owned(), text.to_owned());
    match text {
        "prepare a as select 1; prepare b as select 2; deallocate a" => {
            vec![
                (0, prepare("a", "select 1")),
                (1, prepare("b", "select 2")),
                (2, Change::Deallocate("a".to_owned())),
            ]
        }
        "execute x; deallocate all" => vec![(1, Change::DeallocateAll)],
        "begin; declare c cursor for select 5" => {
            vec![(1, Change::Declare("c".to_owned(), "select 5".to_owned()))]
        }
        _ => vec![],
    }
}

fn executed(text: &str) -> Option<&str> {
    text.strip_prefix("execute ")?.split(';').next()
}

macro_rules! transcripts {
    ($($name:ident),+) => {$(
        #[test]
        fn $name() {
            check(
                include_str!(concat!("transcripts/", stringify!($name), ".txt")),
                &expect_file![concat!("transcripts/", stringify!($name), ".outcomes")],
            );
        }
    )+};
}

transcripts!(simple, simple_denied, pipeline_denied, extended, pipeline_error, copy_in, copy_out, shared);
