//! A session, followed from the middle.
//!
//! The client's messages go through [`Session::ask`]: what needs a decision comes back as a question, the answer to which is one of
//! the `allow_` functions or [`Session::deny`], and only then is the message sent on, or what [`Session::deny`] put in its
//! place. The server's messages go through [`Session::answered`]. What became of the statements is taken with [`Session::outcome`].

use crate::backend::Backend;
use crate::denial::Denials;
use crate::frame::Frame;
use crate::frontend::{Bind, Call, Frontend, Named};
use crate::names::{Lookup, Names, Serial};
use crate::report::Report;
use crate::status::TransactionStatus;
use crate::turn::{Asked, Change, Outcome, Turn};
use crate::violation::Violation;
use crate::watch::Watch;
use std::collections::VecDeque;

/// What is known about a session between a client and a server. `S` is what the caller remembers about a statement or a portal.
#[derive(Debug, Clone)]
pub struct Session<S> {
    turns: VecDeque<Turn<S>>,
    statements: Names<S>,
    portals: Names<S>,
    flow: Flow,
    status: TransactionStatus,
    denials: Denials,
    watch: Watch,
    outcomes: VecDeque<(S, Outcome)>,
    serial: Serial,
    cycle: u64,
    /// Whether a portal has run since the server was ready last.
    has_run: bool,
}

/// How the server reads what is sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// One message after the other.
    Usual,
    /// It skips everything up to the next Sync: an error was reported, or will be, because a message was denied.
    Skipping,
    /// It takes the rows of a COPY, and ignores Flush and Sync among them.
    Copying,
}

/// What a client's message asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Question<'a, S> {
    /// Nothing: it is sent on.
    None,
    /// May these statements run? [`Session::allow_query`].
    Query(&'a str),
    /// May this statement be prepared under this name, with parameters of the types with these OIDs?
    /// [`Session::allow_parse`].
    Parse(&'a [u8], &'a str, Vec<u32>),
    /// May this statement have these values? [`Session::allow_bind`].
    Bind(Bind<'a>, S),
    /// May this portal run? [`Session::allow_execute`].
    Execute(S),
    /// May this function be called without a statement? [`Session::allow_call`].
    Call(Call<'a>),
    /// It must be denied, with these words: [`Session::deny`].
    Deny(Report),
    /// It is not sent on: something before it in its cycle was denied or has failed, and the server would skip it.
    Swallow,
    /// Nothing can be said before the server has answered everything so far: a Flush is sent, and the message is asked about again
    /// when [`Session::is_settled`].
    Settle,
    /// The client ends the session.
    End,
}

/// A statement's text.
enum Reading<'a> {
    Text(&'a str),
    /// What its letters are, the server has to say first.
    Unsettled,
    Refused(Report),
}

/// What to do with a server's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is passed on.
    Pass,
    /// This is passed on instead.
    Instead(Vec<u8>),
}

impl<S: Clone> Session<S> {
    /// A session that has just begun.
    #[must_use]
    pub fn new(watch: Watch) -> Session<S> {
        Session {
            turns: VecDeque::new(),
            statements: Names::new(),
            portals: Names::new(),
            flow: Flow::Usual,
            status: TransactionStatus::Idle,
            denials: Denials::default(),
            watch,
            outcomes: VecDeque::new(),
            serial: Serial::default(),
            cycle: 1,
            has_run: false,
        }
    }

    /// What a client's message asks.
    ///
    /// # Errors
    /// The message breaks the protocol.
    pub fn ask<'a>(&mut self, frame: &Frame<'a>) -> Result<Question<'a, S>, Violation> {
        if self.flow == Flow::Skipping && !matches!(frame.tag, b'S' | b'X') {
            Frontend::read(frame)?;
            return Ok(Question::Swallow);
        }
        if self.turns.len() >= TURNS_MAX && self.flow != Flow::Copying {
            return Ok(Question::Settle);
        }
        Ok(match Frontend::read(frame)? {
            Frontend::Query { text } => match self.read(text) {
                Reading::Text(text) => Question::Query(text),
                Reading::Unsettled => Question::Settle,
                Reading::Refused(report) => Question::Deny(report),
            },
            Frontend::Parse { name, text, types } => match self.read(text) {
                Reading::Text(text) => self.parse(name, text, types),
                Reading::Unsettled => Question::Settle,
                Reading::Refused(report) => Question::Deny(report),
            },
            Frontend::Bind(bind) => match self.find(&self.statements, bind.statement) {
                Found::Known(value) => Question::Bind(bind, value),
                Found::Unsettled => Question::Settle,
                Found::Unknown => Question::Deny(unknown("26000", "prepared statement", bind.statement)),
            },
            Frontend::Execute { portal, .. } => match self.find(&self.portals, portal) {
                Found::Known(value) => Question::Execute(value),
                Found::Unsettled => Question::Settle,
                Found::Unknown => Question::Deny(unknown("34000", "portal", portal)),
            },
            Frontend::FunctionCall(call) => Question::Call(call),
            Frontend::Close(named) => {
                self.close(named);
                Question::None
            }
            Frontend::Sync => {
                self.sync();
                Question::None
            }
            Frontend::CopyEnd => {
                self.copy_end();
                Question::None
            }
            Frontend::Terminate => Question::End,
        })
    }

    /// The client may change its encoding with what it is allowed now: letters beyond ASCII are not judged before the server has
    /// answered.
    pub fn doubt_encoding(&mut self) {
        self.watch.doubt();
    }

    /// A text as the server reads it: letters beyond ASCII are the same to both only in UTF-8.
    fn read<'a>(&self, text: &'a [u8]) -> Reading<'a> {
        let is_ascii = text.is_ascii();
        if !is_ascii && self.watch.doubts() {
            if !self.is_settled() {
                return Reading::Unsettled;
            }
            // What has run in this cycle may have changed it, and the server says so with ReadyForQuery.
            if self.has_run || !self.watch.reads_utf8() {
                return Reading::Refused(other_encoding());
            }
        }
        std::str::from_utf8(text).map_or_else(|_| Reading::Refused(not_utf8()), Reading::Text)
    }

    /// The statements of a Query may run; `of` is told about with their outcome.
    pub fn allow_query(&mut self, of: S, changes: Vec<(usize, Change<S>)>) {
        self.query(Some(of), changes);
    }

    /// The statement of a Parse may be prepared: Bind will ask about it with this value.
    pub fn allow_parse(&mut self, name: &[u8], value: S) {
        let by = self.next_serial();
        if self.flow == Flow::Skipping {
            return;
        }
        // A name that is taken makes the Parse fail; only the unnamed statement is replaced.
        if name.is_empty() || !matches!(self.statements.lookup(name), Lookup::Known(_)) {
            self.statements.put(name, value.clone(), by, self.cycle);
        }
        self.turns.push_back(Turn::Parse { name: name.to_vec(), value, by, cycle: self.cycle });
    }

    /// The portal of a Bind may be made: Execute will ask about it with this value.
    pub fn allow_bind(&mut self, portal: &[u8], value: S) {
        let by = self.next_serial();
        if self.flow == Flow::Skipping {
            return;
        }
        self.portals.put(portal, value, by, self.cycle);
        self.turns.push_back(Turn::Bind { portal: portal.to_vec(), by });
    }

    /// The portal of an Execute may run; `of` is told about with its outcome.
    pub fn allow_execute(&mut self, of: S, change: Option<Change<S>>) {
        if self.flow == Flow::Skipping {
            self.outcomes.push_back((of, Outcome::Skipped));
            return;
        }
        self.has_run = true;
        let changes = change.into_iter().map(|change| (0, change)).collect();
        let cycle = self.cycle;
        self.turns.push_back(Turn::Execute(Asked {
            of: Some(of),
            changes,
            succeeded: 0,
            outcome: None,
            cycle,
        }));
    }

    /// The function may be called; `of` is told about with its outcome. It has a cycle of its own, as a Query has, and leaves the unnamed
    /// statement and portal alone.
    pub fn allow_call(&mut self, of: S) {
        if self.flow == Flow::Skipping {
            self.outcomes.push_back((of, Outcome::Skipped));
            return;
        }
        let cycle = self.next_cycle();
        let asked = Asked { of: Some(of), changes: vec![], succeeded: 0, outcome: None, cycle };
        self.turns.push_back(Turn::Query(asked));
    }

    /// The message is denied: appends what is sent in its place.
    pub fn deny(&mut self, frame: &Frame<'_>, report: Report, out: &mut Vec<u8>) {
        match frame.tag {
            b'Q' | b'F' => {
                self.denials.instead_of_query(report, out);
                self.query(None, Vec::new());
            }
            tag => {
                let unnamed = tag == b'P' && frame.body().first() == Some(&0);
                if unnamed {
                    self.statements.remove(b"");
                }
                self.denials.instead_of_extended(unnamed, report, out);
                if self.flow != Flow::Skipping {
                    self.turns.push_back(Turn::Denied);
                    self.flow = Flow::Skipping;
                }
            }
        }
    }

    /// What a server's message means.
    ///
    /// # Errors
    /// The message breaks the protocol, or the session has become somebody else.
    pub fn answered(&mut self, frame: &Frame<'_>) -> Result<Answer, Violation> {
        match Backend::read(frame)? {
            Backend::ParameterStatus { name, value } => self.watch.reported(name, value)?,
            Backend::ParseComplete | Backend::BindComplete | Backend::CloseComplete => self.made(),
            Backend::Complete(tag) => self.completed(tag),
            Backend::Suspended => self.ran(Outcome::Suspended),
            Backend::CopyIn => self.copy_begins(),
            Backend::Ready(status) => self.ready(status),
            Backend::Error(report) => {
                let told = self.denials.exchange(&report);
                self.failed(&report);
                if let Some(told) = told {
                    let mut out = Vec::new();
                    told.write(&mut out);
                    return Ok(Answer::Instead(out));
                }
            }
            Backend::CopyOut => {}
            _ => return Err(Violation::Unexpected { tag: frame.tag, here: "from a server in a session" }),
        }
        Ok(Answer::Pass)
    }

    /// What became of the next statement that has an outcome.
    pub fn outcome(&mut self) -> Option<(S, Outcome)> {
        self.outcomes.pop_front()
    }

    /// What SQL's EXECUTE of this name runs; the tables of SQL and of the protocol are one.
    #[must_use]
    pub fn statement(&self, name: &str) -> Lookup<S> {
        self.statements.lookup(name.as_bytes())
    }

    /// Whether the server has answered everything that it will answer without more from the client.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.flow == Flow::Copying || self.turns.iter().all(|turn| matches!(turn, Turn::CopyEnd))
    }

    /// Whether the server skips what is sent now, up to the next Sync.
    #[must_use]
    pub fn is_skipping(&self) -> bool {
        self.flow == Flow::Skipping
    }

    /// Where the session stands, as the last ReadyForQuery said it.
    #[must_use]
    pub fn status(&self) -> TransactionStatus {
        self.status
    }

    /// The session has ended: what was sent and not fully answered. Of some of it the failure is known, and only the end of its cycle
    /// is missing; the rest is in doubt.
    pub fn unanswered(&mut self) -> Vec<(S, Option<Outcome>)> {
        self.turns
            .drain(..)
            .filter_map(|turn| match turn {
                Turn::Query(asked) | Turn::Execute(asked) => {
                    let known = asked.outcome.filter(|outcome| matches!(outcome, Outcome::Failed(_)));
                    asked.of.map(|of| (of, known))
                }
                _ => None,
            })
            .collect()
    }

    fn parse<'a>(&self, name: &'a [u8], text: &'a str, types: Vec<u32>) -> Question<'a, S> {
        if self.statements.is_closing_since_before(name, self.cycle) && !self.is_settled() {
            return Question::Settle;
        }
        if self.statements.len() >= NAMES_MAX && matches!(self.statements.lookup(name), Lookup::Unknown) {
            return Question::Deny(
                Report::error("54000", "too many prepared statements")
                    .detail(format!("A session has at most {NAMES_MAX} of them."))
                    .hint("DEALLOCATE those that are not used any more."),
            );
        }
        Question::Parse(name, text, types)
    }

    fn find(&self, names: &Names<S>, name: &[u8]) -> Found<S> {
        match names.lookup(name) {
            Lookup::Known(value) => Found::Known(value),
            _ if self.is_settled() => Found::Unknown,
            _ => Found::Unsettled,
        }
    }

    fn query(&mut self, of: Option<S>, changes: Vec<(usize, Change<S>)>) {
        if self.flow == Flow::Skipping {
            self.outcomes.extend(of.map(|of| (of, Outcome::Skipped)));
            return;
        }
        // The server drops the unnamed ones when a Query begins.
        self.statements.remove(b"");
        self.portals.remove(b"");
        let cycle = self.next_cycle();
        self.turns.push_back(Turn::Query(Asked { of, changes, succeeded: 0, outcome: None, cycle }));
    }

    fn close(&mut self, named: Named<'_>) {
        let by = self.next_serial();
        if self.flow == Flow::Skipping {
            return;
        }
        self.turns.push_back(match named {
            Named::Statement(name) => {
                self.statements.close(name, by, self.cycle);
                Turn::CloseStatement(name.to_vec(), by)
            }
            Named::Portal(name) => {
                self.portals.close(name, by, self.cycle);
                Turn::ClosePortal(name.to_vec(), by)
            }
        });
    }

    fn sync(&mut self) {
        match self.flow {
            Flow::Copying => {}
            Flow::Usual | Flow::Skipping => {
                self.flow = Flow::Usual;
                let cycle = self.next_cycle();
                self.turns.push_back(Turn::Sync(cycle));
            }
        }
    }

    fn copy_end(&mut self) {
        match self.flow {
            Flow::Copying => self.flow = Flow::Usual,
            Flow::Skipping => {}
            // The server may begin to take rows when it comes to what was sent before.
            Flow::Usual if self.turns.is_empty() => {}
            Flow::Usual => self.turns.push_back(Turn::CopyEnd),
        }
    }

    /// The first turn that has an answer.
    fn head(&mut self) -> Option<&mut Turn<S>> {
        while matches!(self.turns.front(), Some(Turn::CopyEnd)) {
            self.turns.pop_front();
        }
        self.turns.front_mut()
    }

    fn made(&mut self) {
        if matches!(
            self.head(),
            Some(Turn::Parse { .. } | Turn::Bind { .. } | Turn::CloseStatement(..) | Turn::ClosePortal(..))
        ) {
            match self.turns.pop_front() {
                Some(Turn::Parse { name, value, by, cycle }) => self.statements.put(&name, value, by, cycle),
                Some(Turn::CloseStatement(name, by)) => self.statements.closed(&name, by),
                Some(Turn::ClosePortal(name, by)) => self.portals.closed(&name, by),
                _ => {}
            }
        }
    }

    fn completed(&mut self, tag: &[u8]) {
        let outcome = Outcome::Done(String::from_utf8_lossy(tag).into_owned());
        if let Some(Turn::Query(asked)) = self.head() {
            let done = succeed(asked);
            asked.outcome = Some(outcome);
            self.change(done);
        } else {
            self.ran(outcome);
        }
    }

    /// An Execute has ended, for now or for good.
    fn ran(&mut self, outcome: Outcome) {
        if matches!(self.head(), Some(Turn::Execute(_)))
            && let Some(Turn::Execute(mut asked)) = self.turns.pop_front()
        {
            let done = succeed(&mut asked);
            self.change(done);
            self.outcomes.extend(asked.of.map(|of| (of, outcome)));
        }
    }

    fn change(&mut self, (changes, cycle): (Vec<Change<S>>, u64)) {
        for change in changes {
            let by = self.next_serial();
            match change {
                Change::Prepare(name, value) => self.statements.put(name.as_bytes(), value, by, cycle),
                Change::Deallocate(name) => self.statements.remove(name.as_bytes()),
                Change::DeallocateAll => self.statements.clear(),
                Change::Declare(name, value) => self.portals.put(name.as_bytes(), value, by, cycle),
                Change::DeclareWithHold(name, value) => {
                    self.portals.put(name.as_bytes(), value, by, u64::MAX)
                }
                Change::Close(name) => self.portals.remove(name.as_bytes()),
                Change::CloseAll => self.portals.clear(),
                Change::DiscardAll => {
                    self.statements.clear();
                    self.portals.clear();
                }
            }
        }
    }

    /// The server takes rows now: what it reads up to their end, Sync included, is not what it seems.
    fn copy_begins(&mut self) {
        self.head();
        let end = self.turns.iter().position(|turn| matches!(turn, Turn::CopyEnd));
        let (mut place, before) = (0, end.unwrap_or(self.turns.len()));
        self.turns.retain(|turn| {
            place += 1;
            let ignored = place <= before && matches!(turn, Turn::Sync(_));
            !ignored && Some(place - 1) != end
        });
        if end.is_none() {
            self.flow = Flow::Copying;
        }
    }

    fn failed(&mut self, report: &Report) {
        let outcome = Outcome::Failed(report.code().to_owned());
        if self.flow == Flow::Copying {
            self.flow = Flow::Usual;
        }
        match self.head() {
            Some(Turn::Query(asked)) => asked.outcome = Some(outcome),
            // Its own transaction could not be committed.
            Some(Turn::Sync(_)) => {}
            Some(_) => {
                if let Some(Turn::Execute(asked)) =
                    self.turns.pop_front_if(|turn| matches!(turn, Turn::Execute(_)))
                {
                    self.outcomes.extend(asked.of.map(|of| (of, outcome)));
                }
                self.skip();
            }
            None => {}
        }
    }

    /// Everything up to the next Sync was or will be skipped.
    fn skip(&mut self) {
        while let Some(turn) = self.turns.pop_front_if(|turn| !matches!(turn, Turn::Sync(_))) {
            match turn {
                Turn::Query(asked) | Turn::Execute(asked) => {
                    self.outcomes.extend(asked.of.map(|of| (of, Outcome::Skipped)));
                }
                Turn::Parse { name, by, .. } => self.statements.unmake(&name, by),
                Turn::Bind { portal, by } => self.portals.unmake(&portal, by),
                Turn::CloseStatement(name, by) => self.statements.reopen(&name, by),
                Turn::ClosePortal(name, by) => self.portals.reopen(&name, by),
                Turn::Sync(_) | Turn::Denied | Turn::CopyEnd => {}
            }
        }
        if self.turns.is_empty() {
            self.flow = Flow::Skipping;
        }
    }

    fn ready(&mut self, status: TransactionStatus) {
        self.status = status;
        while let Some(turn) = self.turns.pop_front() {
            let cycle = match turn {
                Turn::Query(asked) => {
                    let outcome = asked.outcome.unwrap_or(Outcome::Done(String::new()));
                    self.outcomes.extend(asked.of.map(|of| (of, outcome)));
                    asked.cycle
                }
                Turn::Sync(cycle) => cycle,
                _ => continue,
            };
            if status == TransactionStatus::Idle {
                self.portals.end_of_transaction(cycle);
            }
            break;
        }
        if self.turns.is_empty() {
            self.has_run = false;
            self.denials.forget();
        }
    }

    fn next_serial(&mut self) -> Serial {
        self.serial = Serial(self.serial.0 + 1);
        self.serial
    }

    /// The number of the cycle that ends here.
    fn next_cycle(&mut self) -> u64 {
        self.cycle += 1;
        self.cycle - 1
    }
}

/// The changes of the statement that has just succeeded.
fn succeed<S: Clone>(asked: &mut Asked<S>) -> (Vec<Change<S>>, u64) {
    let place = asked.succeeded;
    asked.succeeded += 1;
    let of_it = asked.changes.iter().filter(|(of, _)| *of == place);
    (of_it.map(|(_, change)| change.clone()).collect(), asked.cycle)
}

enum Found<S> {
    Known(S),
    Unknown,
    Unsettled,
}

fn other_encoding() -> Report {
    Report::error("0A000", "letters beyond ASCII in a statement are read only where client_encoding is known to be UTF8")
        .detail("In another encoding the same bytes are other letters to the server, and a name would be another name than the one that is judged.")
        .hint("SET client_encoding = 'UTF8', and Sync before the next statement; or send values as parameters, which may be in any encoding.")
}

fn not_utf8() -> Report {
    Report::error("22021", "the text of the statement is not valid UTF-8")
        .hint("Set client_encoding to UTF8: the desk reads statements in it.")
}

fn unknown(code: &str, what: &str, name: &[u8]) -> Report {
    let name = String::from_utf8_lossy(name);
    if name.is_empty() {
        return Report::error(code, format!("unnamed {what} does not exist"));
    }
    Report::error(code, format!("{what} \"{name}\" does not exist"))
}

/// How many messages may be on their way: many times what the server keeps in its buffers before it sends.
const TURNS_MAX: usize = 65_536;

/// How many prepared statements a session may have.
const NAMES_MAX: usize = 10_000;

#[cfg(test)]
mod tests;
