//! The client's half of a session: every message that asks for something is judged, what was decided is recorded, and only then is
//! anything sent on. What arrives together is recorded together. It knows the session, and not the other half.

use crate::apart::Apart;
use crate::consent::{Consent, Gate, Later, ToHold, agreed, given};
use crate::decision::{Entry, Ledger, NotRecorded, Scribe, parameters};
use crate::ending::End;
use crate::intake::Intake;
use crate::judge::{Naming, Verdict};
use crate::lease::Lease;
use crate::limit::Bounds;
use crate::middle::{Bound, Middle, Prepared, Remembered};
use crate::register::Seat;
use crate::stream::{Reading, Writing, send};
use crate::suspect::{Given, Suspect};
use crate::written::Written;
use pgward_ledger::canonical::Canonical;
use pgward_statement::fast_path::statement_of;
use pgward_statement::made::Made;
use pgward_wire::frame::{Frame, Framer, Piece, Side};
use pgward_wire::frontend::{Bind, Call, write_flush, write_terminate};
use pgward_wire::names::Lookup;
use pgward_wire::report::Report;
use pgward_wire::session::Question;
use pgward_wire::status::TransactionStatus;
use pgward_wire::turn::Change;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the client's half works with.
pub(crate) struct Asking<'a> {
    pub(crate) middle: &'a Middle,
    pub(crate) lease: &'a Lease,
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) bounds: &'a Bounds,
    pub(crate) scribe: Scribe,
    pub(crate) seat: &'a Seat,
    /// What has to happen before the next message may run.
    pub(crate) consent: Consent<'a>,
    /// Whether the catalog was read for the next message.
    pub(crate) has_looked: bool,
    /// The tables that the session has made and that others may not see yet.
    pub(crate) own: Vec<Made>,
    /// Whether a statement was prepared whose text has a secret.
    pub(crate) has_sealed: bool,
    /// What came of the next message's text, where it is long.
    pub(crate) apart: Option<Apart>,
}

/// What is to be done about the messages that have arrived.
#[derive(Default)]
struct Batch {
    /// What is recorded before anything of it is sent on.
    entries: Vec<Entry>,
    /// What is sent on, as far as it is not what has arrived.
    changed: Vec<u8>,
    /// From where on what has arrived is sent on as it is.
    from: usize,
    /// How much of what has arrived was dealt with.
    at: usize,
    then: Then,
}

/// What comes after a batch.
#[derive(Default)]
enum Then {
    /// More of the same.
    #[default]
    More,
    /// A message that needs so many bytes has begun.
    Wait,
    /// The server has to answer first.
    Settle,
    /// People have to agree first.
    Hold(Box<ToHold>),
    /// The one statement of the lease is used up first.
    Begin,
    /// The catalog is read again first: the next message names what is not in it.
    Look,
    /// This text of the next message is judged first.
    Apart(String),
    /// The client has said goodbye.
    Goodbye,
    /// The session ends.
    End(End),
}

impl From<Later> for Then {
    fn from(later: Later) -> Then {
        match later {
            Later::Settle => Then::Settle,
            Later::Begin => Then::Begin,
            Later::Hold(held) => Then::Hold(held),
        }
    }
}

impl Batch {
    /// A message of so many bytes is sent on as it is.
    fn keep(&mut self, length: usize) {
        self.at += length;
    }

    /// A message of so many bytes is not sent on; what is sent in its place is appended to what this gives back.
    fn replace(&mut self, bytes: &[u8], length: usize) -> &mut Vec<u8> {
        self.changed.extend_from_slice(bytes.get(self.from..self.at).unwrap_or_default());
        self.at += length;
        self.from = self.at;
        &mut self.changed
    }
}

impl Asking<'_> {
    /// Serves the client until one of the two ends.
    pub(crate) async fn run(mut self, mut from: Reading, mut intake: Intake, to: &mut Writing) -> End {
        let mut framer = Framer::new(Side::Client(self.bounds.messages));
        loop {
            let mut batch = self.sort(&mut framer, intake.bytes());
            if let Err(end) = self.forward(&mut batch, intake.bytes(), to).await {
                return end;
            }
            intake.take(batch.at);
            match batch.then {
                Then::More => {}
                Then::Wait => match self.receive(&mut from, &mut intake).await {
                    Ok(0) => return End::ClientLeft,
                    Ok(_) => {}
                    Err(broken) => return End::ClientBroke(broken),
                },
                Then::Settle => {
                    if let Err(end) = self.settle(to).await {
                        return end;
                    }
                }
                Then::Hold(held) => {
                    if let Err(end) =
                        Box::pin(self.consent.hold(*held, &mut self.scribe, &mut from, &mut intake)).await
                    {
                        return end;
                    }
                }
                Then::Begin => Box::pin(self.consent.begin()).await,
                Then::Look => {
                    self.lease.judge.look().await;
                    self.has_looked = true;
                }
                Then::Apart(text) => {
                    let (judge, scribe) = (Arc::clone(&self.lease.judge), self.scribe.clone());
                    self.apart = Some(Apart::judged(text, judge, scribe).await);
                }
                Then::Goodbye => {
                    let mut out = Vec::new();
                    write_terminate(&mut out);
                    let _ = send(to, &out, self.bounds.write).await;
                    return End::ClientLeft;
                }
                Then::End(end) => return end,
            }
        }
    }

    /// Records what was decided, and then sends on what may be sent on.
    async fn forward(&self, batch: &mut Batch, bytes: &[u8], to: &mut Writing) -> Result<(), End> {
        if !batch.entries.is_empty() {
            // INVARIANT: nothing that was decided here is sent on before it is recorded.
            self.ledger
                .decided(std::mem::take(&mut batch.entries))
                .await
                .map_err(|NotRecorded { reason }| End::NotRecorded(reason))?;
        }
        let kept = bytes.get(batch.from..batch.at).unwrap_or_default();
        if batch.changed.is_empty() {
            return send(to, kept, self.bounds.write).await.map_err(End::ServerBroke);
        }
        let out = [batch.changed.as_slice(), kept].concat();
        send(to, &out, self.bounds.write).await.map_err(End::ServerBroke)
    }

    /// A message that has begun must end in time; nobody has to begin one.
    async fn receive(&self, from: &mut Reading, intake: &mut Intake) -> std::io::Result<usize> {
        if intake.bytes().is_empty() {
            return intake.read(from).await;
        }
        tokio::time::timeout(self.bounds.message, intake.read(from)).await?
    }

    async fn settle(&self, to: &mut Writing) -> Result<(), End> {
        let mut progress = self.middle.progress();
        let mut out = Vec::new();
        write_flush(&mut out);
        send(to, &out, self.bounds.write).await.map_err(End::ServerBroke)?;
        while !self.middle.session().is_settled() {
            if progress.changed().await.is_err() {
                return Err(End::ServerLeft);
            }
        }
        Ok(())
    }

    /// Looks at all that has arrived, up to where something else has to happen first.
    fn sort(&mut self, framer: &mut Framer, bytes: &[u8]) -> Batch {
        let mut batch = Batch::default();
        loop {
            if batch.entries.len() >= ENTRIES_MAX || batch.changed.len() >= CHANGED_MAX {
                return batch;
            }
            let rest = bytes.get(batch.at..).unwrap_or_default();
            batch.then = match framer.next(rest) {
                Ok(Piece::Pass(length)) => {
                    batch.keep(length);
                    Then::More
                }
                Ok(Piece::Look(length)) => {
                    let whole = rest.get(..length).unwrap_or_default();
                    let frame = Frame { tag: whole.first().copied().unwrap_or_default(), whole };
                    match self.message(&frame, bytes, &mut batch) {
                        Then::More => {
                            self.has_looked = false;
                            continue;
                        }
                        then => then,
                    }
                }
                Ok(Piece::Wait(_)) => Then::Wait,
                Err(violation) => Then::End(End::Violation(violation)),
            };
            match batch.then {
                Then::More => {}
                _ => return batch,
            }
        }
    }

    /// One message. Unless something has to happen first, it is in the batch afterwards.
    fn message(&mut self, frame: &Frame<'_>, bytes: &[u8], batch: &mut Batch) -> Then {
        let length = frame.whole.len();
        let question = match self.middle.session().ask(frame) {
            Ok(question) => question,
            Err(violation) => return Then::End(End::Violation(violation)),
        };
        if let Question::Query(text) | Question::Parse(_, text, _) = &question
            && Apart::is_for(text)
            && !self.apart.as_ref().is_some_and(|apart| apart.is_of(text))
        {
            return Then::Apart((*text).to_owned());
        }
        match question {
            Question::None => batch.keep(length),
            Question::Swallow => {
                self.consent.forget();
                batch.replace(bytes, length);
            }
            Question::Settle => return Then::Settle,
            Question::End => return Then::Goodbye,
            Question::Deny(report) => {
                self.deny(frame, report, &Written::default(), bytes, batch);
            }
            Question::Query(text) => return self.query(frame, text, bytes, batch),
            Question::Parse(name, text, types) => {
                let (written, verdict) = self.looked_at(text);
                let verdict = match self.consent.fits(text, None) {
                    Ok(()) => self.prepared(text, &types, verdict),
                    Err(report) => Verdict::Deny(report),
                };
                match verdict {
                    Verdict::Unknown(_) if !self.has_looked => return Then::Look,
                    Verdict::Unknown(report) | Verdict::Deny(report) => {
                        self.deny(frame, report, &written, bytes, batch)
                    }
                    Verdict::Allow(naming) => {
                        let (_, entry) = self.scribe.statement("statement.prepared", &written, vec![]);
                        batch.entries.push(entry);
                        self.has_sealed |= written.is_sealed();
                        let prepared = Prepared { text: written, naming, types };
                        self.middle.session().allow_parse(name, Remembered::Statement(Arc::new(prepared)));
                        batch.keep(length);
                    }
                }
            }
            Question::Bind(bind, statement) => {
                let bound = bound(&bind, &statement, self.lease.only.is_some());
                self.middle.session().allow_bind(bind.portal, Remembered::Portal(Arc::new(bound)));
                batch.keep(length);
            }
            Question::Execute(portal) => return self.execute(frame, &portal, bytes, batch),
            Question::Call(call) => self.call(frame, &call, bytes, batch),
        }
        Then::More
    }

    /// A function by its OID: judged, and written down, as the statement that does the same.
    fn call(&mut self, frame: &Frame<'_>, call: &Call<'_>, bytes: &[u8], batch: &mut Batch) {
        let Some(text) = statement_of(call.function) else {
            let words = Report::error("42501", "calling this function by fast path is not allowed");
            let report = words
                .detail(format!(
                    "The message names function {} by its OID and has no statement to judge.",
                    call.function
                ))
                .hint("Call the function in a statement.");
            return self.deny(frame, report, &Written::default(), bytes, batch);
        };
        let written = self.scribe.written(text);
        match self.lease.judge.statements(text) {
            Verdict::Unknown(report) | Verdict::Deny(report) => {
                self.deny(frame, report, &written, bytes, batch);
            }
            Verdict::Allow(naming) if naming.suspect.is_some() => {
                let words = Report::error("42501", "a rule may hold what is called by fast path");
                let report = words.hint("Call the function in a statement, which can wait.");
                self.deny(frame, report, &written, bytes, batch);
            }
            Verdict::Allow(naming) => {
                self.seat.runs(naming.kind);
                let rest = vec![("parameters", parameters(call.values()))];
                let (number, entry) = self.scribe.statement("statement.allowed", &written, rest);
                batch.entries.push(entry);
                self.middle.session().allow_call(Remembered::Running(number));
                batch.keep(frame.whole.len());
            }
        }
    }

    /// Whether a statement may be prepared: its text, and the types of its parameters, which no text names.
    fn prepared(&mut self, text: &str, types: &[u32], verdict: Option<Verdict>) -> Verdict {
        match self.lease.judge.parameters(types) {
            Ok(()) => self.judged(text, verdict),
            // Of a type that was made just now nothing is known, either.
            Err(report) => Verdict::Unknown(report),
        }
    }

    /// What is written down of a text, and the verdict, where it was judged before.
    fn looked_at(&mut self, text: &str) -> (Written, Option<Verdict>) {
        match self.apart.take().and_then(|apart| apart.of(text)) {
            Some((written, verdict)) => (written, Some(verdict)),
            None => (self.scribe.written(text), None),
        }
    }

    /// Whether a text may run in this session, which knows what it has made itself.
    fn judged(&mut self, text: &str, verdict: Option<Verdict>) -> Verdict {
        let verdict = verdict.unwrap_or_else(|| self.lease.judge.statements(text));
        if !self.has_looked || self.own.is_empty() || !matches!(verdict, Verdict::Unknown(_)) {
            return verdict;
        }
        // What was made in a transaction that has ended is in the catalog, or it is not there.
        let session = self.middle.session();
        let is_over = session.is_settled() && session.status() == TransactionStatus::Idle;
        drop(session);
        self.own.retain(|made| made.temporary || !is_over);
        self.lease.judge.statements_of(text, &self.own)
    }

    /// Keeps what the session makes, and that it may be read otherwise from now on.
    fn keeps(&mut self, naming: &Naming) {
        if naming.changes_encoding {
            self.middle.session().doubt_encoding();
        }
        for made in &naming.makes {
            if self.own.len() < OWN_MAX && !self.own.contains(made) {
                self.own.push(made.clone());
            }
        }
    }

    fn query(&mut self, frame: &Frame<'_>, text: &str, bytes: &[u8], batch: &mut Batch) -> Then {
        let (mut written, verdict) = self.looked_at(text);
        let fits = self.consent.fits(text, Some(Given::Bound(&[], &[])));
        let verdict = fits.map_or_else(Verdict::Deny, |()| self.judged(text, verdict));
        let naming = match verdict {
            Verdict::Allow(naming) => naming,
            Verdict::Unknown(_) if !self.has_looked => return Then::Look,
            Verdict::Unknown(report) | Verdict::Deny(report) => {
                // Of what is denied nobody knows which prepared statements it would run.
                if self.has_sealed && !written.is_sealed() && says_execute(text) {
                    // A complaint about the grammar quotes the text.
                    let names: &[&str] = if report.code() == "42601" { &[] } else { &["?"] };
                    written = self.scribe.written_running(names, text);
                }
                self.deny(frame, report, &written, bytes, batch);
                return Then::More;
            }
        };
        if !written.is_sealed() {
            let sealed = self.sealed(&naming);
            if !sealed.is_empty() {
                written = self.scribe.written_running(&sealed, text);
            }
        }
        self.has_sealed |= written.is_sealed() && !naming.changes.is_empty();
        let mut executed = match self.executed(&naming) {
            Executed::These(texts) => texts,
            Executed::Unsettled => return Then::Settle,
            Executed::Unknown(report) => {
                self.deny(frame, report, &written, bytes, batch);
                return Then::More;
            }
        };
        let to_hold = |rule, others| ToHold::new(rule, &written, others, &[], &[], Canonical::List(vec![]));
        match self.consent.gate(naming.suspect.as_deref(), Given::Bound(&[], &[]), to_hold) {
            Gate::Open(holds) => executed.extend(agreed(holds)),
            Gate::Later(waiting) => return waiting.into(),
            Gate::Refused(report) => {
                self.deny(frame, report, &written, bytes, batch);
                return Then::More;
            }
        }
        self.seat.runs(naming.kind);
        self.keeps(&naming);
        let (number, entry) = self.scribe.statement("statement.allowed", &written, executed);
        batch.entries.push(entry);
        // What was prepared or declared in SQL stands in this text.
        let changes = naming.changes.into_iter();
        let changes = changes
            .map(|(place, change)| (place, remembered(change, &written, naming.suspect.as_deref())))
            .collect();
        self.middle.session().allow_query(Remembered::Running(number), changes);
        batch.keep(frame.whole.len());
        Then::More
    }

    fn execute(&mut self, frame: &Frame<'_>, portal: &Remembered, bytes: &[u8], batch: &mut Batch) -> Then {
        let (prepared, bound) = match portal {
            Remembered::Portal(bound) => (&bound.prepared, Some(bound)),
            Remembered::Statement(prepared) => (prepared, None),
            Remembered::Running(_) => return Then::More,
        };
        let parameters = bound.map_or(Canonical::List(vec![]), |bound| bound.parameters.clone());
        let executed = match self.executed(&prepared.naming) {
            Executed::These(texts) => texts,
            Executed::Unsettled => return Then::Settle,
            Executed::Unknown(report) => {
                self.deny(frame, report, &prepared.text, bytes, batch);
                return Then::More;
            }
        };
        let parameters = prepared.text.parameters(parameters);
        let given = bound.map_or(&[][..], |bound| bound.given.as_slice());
        let types = prepared.types.as_slice();
        if self.lease.only.is_some() {
            // Its text was compared when it was prepared.
            let text = self.lease.only.as_ref().map_or("", |only| only.statement.text.as_str());
            if let Err(report) = self.consent.fits(text, Some(Given::Bound(given, types))) {
                self.deny(frame, report, &prepared.text, bytes, batch);
                return Then::More;
            }
        }
        let suspect = prepared.naming.suspect.as_deref();
        // More rows of what has begun are no other run of it.
        let has_begun = bound.is_some_and(|bound| bound.is_approved.load(Ordering::Relaxed));
        let to_hold =
            |rule, others| ToHold::new(rule, &prepared.text, others, types, given, parameters.clone());
        let gate = if has_begun {
            Gate::Open(Vec::new())
        } else {
            self.consent.gate(suspect, Given::Bound(given, types), to_hold)
        };
        let holds = match gate {
            Gate::Open(holds) => holds,
            Gate::Later(waiting) => return waiting.into(),
            Gate::Refused(report) => {
                self.deny(frame, report, &prepared.text, bytes, batch);
                return Then::More;
            }
        };
        if let Some(bound) = bound.filter(|_| !holds.is_empty() || self.lease.only.is_some()) {
            bound.is_approved.store(true, Ordering::Relaxed);
        }
        let rest = executed.into_iter().chain([("parameters", parameters)]).chain(agreed(holds)).collect();
        self.seat.runs(prepared.naming.kind);
        self.keeps(&prepared.naming);
        let (number, entry) = self.scribe.statement("statement.allowed", &prepared.text, rest);
        batch.entries.push(entry);
        let change = prepared
            .naming
            .changes
            .first()
            .map(|(_, change)| remembered(change.clone(), &prepared.text, suspect));
        self.middle.session().allow_execute(Remembered::Running(number), change);
        batch.keep(frame.whole.len());
        Then::More
    }

    fn deny(&mut self, frame: &Frame<'_>, report: Report, text: &Written, bytes: &[u8], batch: &mut Batch) {
        let because = [("sqlstate", report.code()), ("because", text.complaint(report.message()))];
        let rest = because.map(|(name, what)| (name, Canonical::from(what))).to_vec();
        let (_, entry) = self.scribe.statement("statement.denied", text, rest);
        batch.entries.push(entry);
        let out = batch.replace(bytes, frame.whole.len());
        self.middle.session().deny(frame, report, out);
    }

    /// The prepared statements that SQL's EXECUTE would run and whose texts have secrets.
    fn sealed<'n>(&self, naming: &'n Naming) -> Vec<&'n str> {
        let session = self.middle.session();
        let has_secret = |name: &&String| matches!(session.statement(name), Lookup::Known(Remembered::Statement(prepared)) if prepared.text.is_sealed());
        naming.executes.iter().filter(has_secret).map(String::as_str).collect()
    }

    /// What SQL's EXECUTE would run: statements that were judged when they were prepared, under the names that they have now.
    fn executed(&self, naming: &Naming) -> Executed {
        let mut texts = Vec::new();
        for name in &naming.executes {
            let session = self.middle.session();
            match session.statement(name) {
                Lookup::Known(Remembered::Statement(prepared)) => {
                    texts.push(prepared.text.as_text());
                }
                _ if naming
                    .changes
                    .iter()
                    .any(|(_, change)| matches!(change, Change::Prepare(own, _) if own == name)) => {}
                _ if session.is_settled() => {
                    let words = format!("prepared statement \"{name}\" does not exist");
                    return Executed::Unknown(Report::error("26000", words));
                }
                _ => return Executed::Unsettled,
            }
        }
        let executes = (!texts.is_empty()).then_some(("executes", Canonical::List(texts)));
        Executed::These(executes.into_iter().collect())
    }
}

enum Executed {
    These(Vec<(&'static str, Canonical)>),
    Unsettled,
    Unknown(Report),
}

/// Whether a text may run a prepared statement.
fn says_execute(text: &str) -> bool {
    text.to_ascii_lowercase().contains("execute")
}

fn bound(bind: &Bind<'_>, statement: &Remembered, is_compared: bool) -> Bound {
    let prepared = match statement {
        Remembered::Statement(prepared) => Arc::clone(prepared),
        Remembered::Portal(bound) => Arc::clone(&bound.prepared),
        Remembered::Running(_) => Arc::default(),
    };
    let is_kept = is_compared || prepared.naming.suspect.is_some();
    let given = if is_kept { bind.values().map(given).collect() } else { Vec::new() };
    let is_approved = AtomicBool::new(false);
    Bound { prepared, parameters: parameters(bind.values()), given, is_approved }
}

/// What a statement that was prepared or declared in SQL is remembered as: it was judged with the text it stands in.
fn remembered(change: Change<String>, text: &Written, suspect: Option<&Suspect>) -> Change<Remembered> {
    let later = match (&change, suspect) {
        (Change::Prepare(name, _), Some(suspect)) => suspect.of_prepared(name).map(Arc::new),
        _ => None,
    };
    let naming = Naming { suspect: later, ..Naming::default() };
    change
        .map(|_| Remembered::Statement(Arc::new(Prepared { text: text.clone(), naming, types: Vec::new() })))
}

/// One write of the ledger serves so many decisions of a session.
const ENTRIES_MAX: usize = 256;

/// So many tables of its own are known to a session, as it makes them.
const OWN_MAX: usize = 1_000;

/// So much is put together before it is sent on.
const CHANGED_MAX: usize = 64 << 10;
