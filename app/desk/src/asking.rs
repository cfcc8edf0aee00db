//! The client's half of a session: every message that asks for something is judged, what was decided is recorded, and only then is
//! anything sent on. What arrives together is recorded together. It knows the session, and not the other half.

use crate::apart::Apart;
use crate::decision::{Entry, Ledger, NotRecorded, Scribe, parameters};
use crate::ending::End;
use crate::hold::{Answer, Held};
use crate::intake::Intake;
use crate::judge::{Naming, Verdict};
use crate::lease::Lease;
use crate::limit::Bounds;
use crate::middle::{Bound, Middle, Prepared, Remembered};
use crate::register::Seat;
use crate::stream::{Reading, Writing, send};
use crate::suspect::{Given, Suspect};
use crate::written::Written;
use pgward_lease::request::{BoundStatement, Parameter};
use pgward_ledger::canonical::Canonical;
use pgward_statement::fast_path::statement_of;
use pgward_statement::made::Made;
use pgward_wire::binary;
use pgward_wire::frame::{Frame, Framer, Piece, Side};
use pgward_wire::frontend::{Bind, Call, Value, write_flush, write_terminate};
use pgward_wire::names::Lookup;
use pgward_wire::report::Report;
use pgward_wire::session::Question;
use pgward_wire::status::TransactionStatus;
use pgward_wire::turn::Change;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// What the client's half works with.
pub(crate) struct Asking<'a> {
    pub(crate) middle: &'a Middle,
    pub(crate) lease: &'a Lease,
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) bounds: &'a Bounds,
    pub(crate) scribe: Scribe,
    pub(crate) seat: &'a Seat,
    /// Counts the cancel requests while a statement is held.
    pub(crate) cancels: Arc<watch::Sender<u64>>,
    /// What people have said about the next message.
    pub(crate) said: Said,
    /// Whether the catalog was read for the next message.
    pub(crate) has_looked: bool,
    /// The tables that the session has made and that others may not see yet.
    pub(crate) own: Vec<Made>,
    /// What came of the next message's text, where it is long.
    pub(crate) apart: Option<Apart>,
}

/// What people have said about a message that rules hold.
#[derive(Default)]
pub(crate) struct Said {
    /// The rules whose people have agreed, and the holds they agreed to.
    agreed: Vec<(String, String)>,
    /// What the client is told where somebody has not.
    refused: Option<Report>,
    /// Whether the one statement of the lease was begun with it.
    is_begun: bool,
}

/// A statement that a rule holds, before people are asked.
struct ToHold {
    rule: String,
    text: Written,
    statement: BoundStatement,
    parameters: Canonical,
}

/// Whether rules let a statement run.
enum Gate {
    /// They do, as people agreed to these holds.
    Open(Vec<String>),
    /// Something has to happen first.
    Later(Then),
    /// They do not.
    Refused(Report),
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
                    if let Err(end) = Box::pin(self.hold(*held, &mut from, &mut intake)).await {
                        return end;
                    }
                }
                Then::Begin => Box::pin(self.begin()).await,
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

    /// Waits for people to decide about the next message, while the client may leave or cancel it.
    async fn hold(&mut self, held: ToHold, from: &mut Reading, intake: &mut Intake) -> Result<(), End> {
        let ToHold { rule, text, statement, parameters } = held;
        let Some(holds) = self.lease.holds.clone() else {
            self.said.refused = Some(refused(&rule, None, "this desk has nobody to ask"));
            return Ok(());
        };
        let asked = Held { lease: self.lease.id.clone(), rule: rule.clone(), statement };
        let mut waiting = match holds.hold(asked).await {
            Ok(waiting) => waiting,
            Err(report) => {
                self.said.refused = Some(report);
                return Ok(());
            }
        };
        let id = waiting.id.clone();
        let more = vec![
            ("rule", Canonical::from(rule.as_str())),
            ("hold", Canonical::from(id.as_str())),
            ("parameters", parameters),
        ];
        let (_, entry) = self.scribe.statement("statement.held", &text, more);
        self.ledger.decided(vec![entry]).await.map_err(|NotRecorded { reason }| End::NotRecorded(reason))?;
        self.middle.notice(
            &Report::notice(format!(
                "rule \"{rule}\" holds the statement until somebody agrees to it: hold {id}"
            ))
            .hint("It waits. A cancel request takes it back."),
        );
        let mut cancels = self.cancels.subscribe();
        let mut progress = self.middle.progress();
        let patience = tokio::time::sleep(self.patience().unwrap_or(FOREVER));
        tokio::pin!(patience);
        let refused = loop {
            tokio::select! {
                answer = &mut waiting.answer => break match answer {
                    Ok(Answer::Run) => None,
                    Ok(Answer::Refused(why)) => Some(refused(&rule, Some(&id), &why)),
                    Err(_) => Some(refused(&rule, Some(&id), "nobody can say any more what was decided")),
                },
                _ = cancels.changed() => break Some(
                    Report::error("57014", "canceling statement due to user request")
                        .detail(format!("Rule \"{rule}\" held the statement (hold {id}), and it has not run.")),
                ),
                () = &mut patience => break Some(refused(
                    &rule,
                    Some(&id),
                    "the server would end the session: a transaction must not stand idle for so long",
                )),
                // The server may have given up the cycle that the message is in: it would skip it.
                _ = progress.changed() => if self.middle.session().is_skipping() {
                    return Ok(());
                },
                read = intake.read(from), if intake.bytes().len() < HELD_MAX => match read {
                    Ok(0) => return Err(End::ClientLeft),
                    Ok(_) => {}
                    Err(broken) => return Err(End::ClientBroke(broken)),
                },
            }
        };
        match refused {
            None => self.said.agreed.push((rule, id)),
            report => self.said.refused = report,
        }
        Ok(())
    }

    /// Uses up the one statement of the lease.
    async fn begin(&mut self) {
        let Some(only) = &self.lease.only else { return };
        match only.once.begin(self.lease.id.clone(), only.statement.clone()).await {
            Ok(()) => {
                self.middle.used();
                self.said.is_begun = true;
            }
            Err(report) => self.said.refused = Some(report),
        }
    }

    /// Whether this is the one statement that the lease is for, if it is for one.
    fn fits(&self, text: &str, values: Option<Given<'_>>) -> Result<(), Report> {
        let Some(only) = &self.lease.only else { return Ok(()) };
        let same_values = values.is_none_or(|given| only.statement.parameters == spelled(given));
        if text == only.statement.text && same_values {
            return Ok(());
        }
        let what = if text == only.statement.text { "its values" } else { "its text" };
        Err(Report::error(
            "42501",
            format!("lease {} is for one statement, and this is another", self.lease.id),
        )
        .detail(format!("Byte for byte, {what} must be what was approved."))
        .hint("Ask for a lease for it: pgward request TARGET TIER --statement FILE --reason ..."))
    }

    /// How long a statement can wait within a transaction, before the server ends the session.
    fn patience(&self) -> Option<Duration> {
        if self.middle.session().status() == TransactionStatus::Idle {
            return None;
        }
        let pin = self.lease.pins.iter().find(|(name, _)| name == "idle_in_transaction_session_timeout");
        let limit = pin.and_then(|(_, value)| value.parse::<u64>().ok()).filter(|limit| *limit > 0);
        limit.map(|limit| Duration::from_millis(limit - (limit / 4).min(MARGIN)))
    }

    /// Whether rules let a statement run with these values, as far as people have been asked.
    fn gate(
        &mut self,
        suspect: Option<&Suspect>,
        given: Given<'_>,
        held: impl FnOnce(String, Vec<String>) -> ToHold,
    ) -> Gate {
        let said = std::mem::take(&mut self.said);
        if suspect.is_none() && self.lease.only.is_none() {
            return Gate::Open(Vec::new());
        }
        let (rules, texts) = suspect.map(|suspect| self.rules_for(suspect, given)).unwrap_or_default();
        let open = rules.into_iter().find(|rule| said.agreed.iter().all(|(agreed, _)| agreed != rule));
        match (said.refused, open) {
            (Some(report), _) => Gate::Refused(report),
            (None, None) if self.lease.only.is_some() && !said.is_begun => {
                self.said.agreed = said.agreed;
                Gate::Later(if self.middle.session().is_settled() { Then::Begin } else { Then::Settle })
            }
            (None, None) => Gate::Open(said.agreed.into_iter().map(|(_, id)| id).collect()),
            (None, Some(rule)) => {
                self.said.agreed = said.agreed;
                // What comes before it may fail, and then it does not run at all.
                if !self.middle.session().is_settled() {
                    return Gate::Later(Then::Settle);
                }
                Gate::Later(Then::Hold(Box::new(held(rule, texts))))
            }
        }
    }

    /// The rules that hold a statement, and what the prepared statements are that it runs.
    fn rules_for(&self, suspect: &Suspect, given: Given<'_>) -> (BTreeSet<String>, Vec<String>) {
        let (mut rules, mut texts) = (suspect.held_by(given), Vec::new());
        for (name, values) in &suspect.executes {
            let known = match self.middle.session().statement(name) {
                Lookup::Known(Remembered::Statement(prepared)) => Some(prepared),
                // Where there is none, the statement is denied or fails.
                _ => None,
            };
            let own = suspect.of_prepared(name);
            let of_known = known.as_ref().and_then(|prepared| prepared.naming.suspect.as_deref());
            for one in own.iter().chain(of_known) {
                rules.extend(one.held_by(Given::Listed(values)));
            }
            texts.extend(known.map(|prepared| format!("-- {name}: {}", prepared.text.text())));
        }
        (rules, texts)
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
                self.said = Said::default();
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
                let verdict = match self.fits(text, None) {
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
        let (written, verdict) = self.looked_at(text);
        let fits = self.fits(text, Some(Given::Bound(&[], &[])));
        let verdict = fits.map_or_else(Verdict::Deny, |()| self.judged(text, verdict));
        let naming = match verdict {
            Verdict::Allow(naming) => naming,
            Verdict::Unknown(_) if !self.has_looked => return Then::Look,
            Verdict::Unknown(report) | Verdict::Deny(report) => {
                self.deny(frame, report, &written, bytes, batch);
                return Then::More;
            }
        };
        let mut executed = match self.executed(&naming) {
            Executed::These(texts) => texts,
            Executed::Unsettled => return Then::Settle,
            Executed::Unknown(report) => {
                self.deny(frame, report, &written, bytes, batch);
                return Then::More;
            }
        };
        let to_hold = |rule, others| to_hold(rule, &written, others, &[], &[], Canonical::List(vec![]));
        match self.gate(naming.suspect.as_deref(), Given::Bound(&[], &[]), to_hold) {
            Gate::Open(holds) => executed.extend(agreed(holds)),
            Gate::Later(then) => return then,
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
            if let Err(report) = self.fits(text, Some(Given::Bound(given, types))) {
                self.deny(frame, report, &prepared.text, bytes, batch);
                return Then::More;
            }
        }
        let suspect = prepared.naming.suspect.as_deref();
        // More rows of what has begun are no other run of it.
        let has_begun = bound.is_some_and(|bound| bound.is_approved.load(Ordering::Relaxed));
        let to_hold = |rule, others| to_hold(rule, &prepared.text, others, types, given, parameters.clone());
        let gate = if has_begun {
            Gate::Open(Vec::new())
        } else {
            self.gate(suspect, Given::Bound(given, types), to_hold)
        };
        let holds = match gate {
            Gate::Open(holds) => holds,
            Gate::Later(then) => return then,
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

/// Values as people write them, as far as they can be read.
fn spelled(given: Given<'_>) -> Vec<Parameter> {
    let Given::Bound(values, types) = given else { return Vec::new() };
    let spell = |(place, value): (usize, &Parameter)| match value {
        Parameter::Binary(bytes) => {
            let read = types.get(place).and_then(|oid| binary::as_text(*oid, bytes));
            read.map_or_else(|| value.clone(), Parameter::Text)
        }
        Parameter::Null | Parameter::Text(_) => value.clone(),
    };
    values.iter().enumerate().map(spell).collect()
}

/// A parameter as people are asked about it.
fn given(value: Value<'_>) -> Parameter {
    match value {
        Value::Null => Parameter::Null,
        Value::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Parameter::Text(text.to_owned()),
            Err(_) => Parameter::Binary(bytes.to_vec()),
        },
        Value::Binary(bytes) => Parameter::Binary(bytes.to_vec()),
    }
}

/// What people are asked about: the statement as it will run. Where its text has a secret, they see it as the ledger does.
fn to_hold(
    rule: String,
    text: &Written,
    others: Vec<String>,
    types: &[u32],
    given: &[Parameter],
    parameters: Canonical,
) -> ToHold {
    let shown: Vec<&str> = std::iter::once(text.text()).chain(others.iter().map(String::as_str)).collect();
    let values = if text.is_sealed() {
        vec![Parameter::Text("sealed".to_owned()); given.len()]
    } else {
        given.to_vec()
    };
    let statement = BoundStatement { text: shown.join("\n"), types: types.to_vec(), parameters: values };
    ToHold { rule, text: text.clone(), statement, parameters }
}

/// The holds that people agreed to, for the ledger.
fn agreed(holds: Vec<String>) -> Option<(&'static str, Canonical)> {
    let holds: Vec<Canonical> = holds.into_iter().map(Canonical::from).collect();
    (!holds.is_empty()).then_some(("holds", Canonical::List(holds)))
}

fn refused(rule: &str, id: Option<&str>, why: &str) -> Report {
    let hold = id.map_or_else(String::new, |id| format!("Hold {id}: "));
    Report::error("42501", format!("rule \"{rule}\" held the statement, and it was not approved"))
        .detail(format!("{hold}{why}. The statement has not run."))
        .hint("Ask those who approve under this rule, and send it again.")
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

/// So much of what comes behind a held statement is kept.
const HELD_MAX: usize = 1 << 20;

/// A statement that waits in no transaction waits for as long as those who decide have.
const FOREVER: Duration = Duration::from_secs(366 * 86_400);

/// How long before the server would end a session that stands idle in a transaction the waiting ends, in milliseconds, at most.
const MARGIN: u64 = 5_000;

/// So much is put together before it is sent on.
const CHANGED_MAX: usize = 64 << 10;
