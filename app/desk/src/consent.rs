//! What has to happen before a statement runs: people agree to what rules hold, and a lease for one statement is used up.

use crate::decision::{Ledger, NotRecorded, Scribe};
use crate::ending::End;
use crate::hold::{Answer, Held};
use crate::intake::Intake;
use crate::lease::Lease;
use crate::middle::{Middle, Remembered};
use crate::stream::Reading;
use crate::suspect::{Given, Suspect};
use crate::written::Written;
use pgward_lease::request::{BoundStatement, Parameter};
use pgward_ledger::canonical::Canonical;
use pgward_wire::binary;
use pgward_wire::frontend::Value;
use pgward_wire::names::Lookup;
use pgward_wire::report::Report;
use pgward_wire::status::TransactionStatus;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What has to happen before the next message of a session may run.
pub(crate) struct Consent<'a> {
    middle: &'a Middle,
    lease: &'a Lease,
    ledger: &'a dyn Ledger,
    /// Counts the cancel requests while a statement is held.
    cancels: Arc<watch::Sender<u64>>,
    said: Said,
}

/// What people have said about a message that rules hold.
#[derive(Default)]
struct Said {
    /// The rules whose people have agreed, and the holds they agreed to.
    agreed: Vec<(String, String)>,
    /// What the client is told where somebody has not.
    refused: Option<Report>,
    /// Whether the one statement of the lease was begun with it.
    is_begun: bool,
}

/// A statement that a rule holds, before people are asked.
pub(crate) struct ToHold {
    rule: String,
    text: Written,
    statement: BoundStatement,
    parameters: Canonical,
}

/// Whether rules let a statement run.
pub(crate) enum Gate {
    /// They do, as people agreed to these holds.
    Open(Vec<String>),
    /// Something has to happen first.
    Later(Later),
    /// They do not.
    Refused(Report),
}

/// What has to happen first.
pub(crate) enum Later {
    /// The server answers what came before.
    Settle,
    /// The one statement of the lease is used up.
    Begin,
    /// People agree.
    Hold(Box<ToHold>),
}

impl<'a> Consent<'a> {
    pub(crate) fn new(
        middle: &'a Middle,
        lease: &'a Lease,
        ledger: &'a dyn Ledger,
        cancels: Arc<watch::Sender<u64>>,
    ) -> Consent<'a> {
        Consent { middle, lease, ledger, cancels, said: Said::default() }
    }

    /// What people have said about a message that is skipped is said about no other.
    pub(crate) fn forget(&mut self) {
        self.said = Said::default();
    }

    /// Waits for people to decide about the next message, while the client may leave or cancel it.
    pub(crate) async fn hold(
        &mut self,
        held: ToHold,
        scribe: &mut Scribe,
        from: &mut Reading,
        intake: &mut Intake,
    ) -> Result<(), End> {
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
        let (_, entry) = scribe.statement("statement.held", &text, more);
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
    pub(crate) async fn begin(&mut self) {
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
    pub(crate) fn fits(&self, text: &str, values: Option<Given<'_>>) -> Result<(), Report> {
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
    pub(crate) fn gate(
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
                Gate::Later(if self.middle.session().is_settled() { Later::Begin } else { Later::Settle })
            }
            (None, None) => Gate::Open(said.agreed.into_iter().map(|(_, id)| id).collect()),
            (None, Some(rule)) => {
                self.said.agreed = said.agreed;
                // What comes before it may fail, and then it does not run at all.
                if !self.middle.session().is_settled() {
                    return Gate::Later(Later::Settle);
                }
                Gate::Later(Later::Hold(Box::new(held(rule, texts))))
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
}

impl ToHold {
    /// What people are asked about: the statement as it will run. Where its text has a secret, they see it as the ledger does.
    pub(crate) fn new(
        rule: String,
        text: &Written,
        others: Vec<String>,
        types: &[u32],
        given: &[Parameter],
        parameters: Canonical,
    ) -> ToHold {
        let shown: Vec<&str> =
            std::iter::once(text.text()).chain(others.iter().map(String::as_str)).collect();
        let values = if text.is_sealed() {
            vec![Parameter::Text("sealed".to_owned()); given.len()]
        } else {
            given.to_vec()
        };
        let statement = BoundStatement { text: shown.join("\n"), types: types.to_vec(), parameters: values };
        ToHold { rule, text: text.clone(), statement, parameters }
    }
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
pub(crate) fn given(value: Value<'_>) -> Parameter {
    match value {
        Value::Null => Parameter::Null,
        Value::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Parameter::Text(text.to_owned()),
            Err(_) => Parameter::Binary(bytes.to_vec()),
        },
        Value::Binary(bytes) => Parameter::Binary(bytes.to_vec()),
    }
}

/// The holds that people agreed to, for the ledger.
pub(crate) fn agreed(holds: Vec<String>) -> Option<(&'static str, Canonical)> {
    let holds: Vec<Canonical> = holds.into_iter().map(Canonical::from).collect();
    (!holds.is_empty()).then_some(("holds", Canonical::List(holds)))
}

fn refused(rule: &str, id: Option<&str>, why: &str) -> Report {
    let hold = id.map_or_else(String::new, |id| format!("Hold {id}: "));
    Report::error("42501", format!("rule \"{rule}\" held the statement, and it was not approved"))
        .detail(format!("{hold}{why}. The statement has not run."))
        .hint("Ask those who approve under this rule, and send it again.")
}

/// So much of what comes behind a held statement is kept.
const HELD_MAX: usize = 1 << 20;

/// A statement that waits in no transaction waits for as long as those who decide have.
const FOREVER: Duration = Duration::from_secs(366 * 86_400);

/// How long before the server would end a session that stands idle in a transaction the waiting ends, in milliseconds, at most.
const MARGIN: u64 = 5_000;
