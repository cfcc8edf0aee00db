//! What the ledger says of an apply: that it is about to begin, written before anything is done, and what came of it.

use pgward_catalog::name::DatabaseName;
use pgward_ledger::canonical::Canonical;
use pgward_ledger::record::Record;
use pgward_store::journal::Direction;
use pgward_store::ledger::{Ledger, LedgerError};

use crate::clock::Clock;
use crate::ledger::{LedgerPlace, open};
use crate::run::failure::RunError;
use crate::run::world::{Applied, Run};

/// What is done, where, and by whom: the part that all its records have.
pub(super) struct Recorded<'a> {
    pub(super) ledger: &'a LedgerPlace,
    pub(super) actor: &'a str,
    pub(super) clock: &'a dyn Clock,
    /// The cluster, by its system identifier.
    pub(super) cluster: &'a str,
}

impl Recorded<'_> {
    /// Writes that a run is about to begin. Without it nothing may run.
    pub(super) fn begins<'d>(
        &self,
        run: &Run<'_>,
        databases: impl Iterator<Item = &'d DatabaseName>,
    ) -> Result<(), LedgerError> {
        self.begins_in(self.open()?, run, databases)
    }

    /// Opens the ledger: whoever finds out that it is not to be had finds out before anything is sent.
    pub(super) fn open(&self) -> Result<Ledger, LedgerError> {
        open(self.ledger, &self.clock.now())
    }

    /// Writes that a run is about to begin into a ledger that has been opened for it.
    pub(super) fn begins_in<'d>(
        &self,
        ledger: Ledger,
        run: &Run<'_>,
        databases: impl Iterator<Item = &'d DatabaseName>,
    ) -> Result<(), LedgerError> {
        let databases: Vec<&str> = databases.map(DatabaseName::as_str).collect();
        let before = run.before();
        let members = [
            ("before", Canonical::from(before.as_str())),
            ("databases", databases.into()),
            ("statements", count(run.statements())),
        ];
        self.write_in(ledger, &format!("{}.began", verb(run)), run.plan(), members.into_iter())
    }

    /// Writes what came of it.
    pub(super) fn ended(
        &self,
        run: &Run<'_>,
        outcome: &Result<Applied, RunError>,
    ) -> Result<(), LedgerError> {
        let kind = format!("{}.ended", verb(run));
        match outcome {
            Ok(applied) => {
                let after = applied.after.to_string();
                let members = [
                    ("after", Canonical::from(after.as_str())),
                    ("outcome", "applied".into()),
                    ("statements", count(applied.statements)),
                ];
                self.write(&kind, run.plan(), members.into_iter())
            }
            Err(error) => {
                let outcome = if error.is_unsettled() { "unknown" } else { "rolled_back" };
                let error = error.to_string();
                let members = [("error", Canonical::from(error.as_str())), ("outcome", outcome.into())];
                self.write(&kind, run.plan(), members.into_iter())
            }
        }
    }

    /// Writes what became of a run that never said how it ended.
    pub(super) fn settled(&self, words: &str) -> Result<(), LedgerError> {
        self.write("apply.settled", "", [("words", words.into())].into_iter())
    }

    fn write<'m>(
        &self,
        kind: &str,
        plan: &str,
        members: impl Iterator<Item = (&'m str, Canonical)>,
    ) -> Result<(), LedgerError> {
        self.write_in(self.open()?, kind, plan, members)
    }

    #[allow(clippy::expect_used, reason = "the body is two levels deep")]
    fn write_in<'m>(
        &self,
        mut ledger: Ledger,
        kind: &str,
        plan: &str,
        members: impl Iterator<Item = (&'m str, Canonical)>,
    ) -> Result<(), LedgerError> {
        let plan = Some(("plan", plan.into())).filter(|_| !plan.is_empty());
        let all = members.chain(plan).chain([
            ("pgward_version", env!("CARGO_PKG_VERSION").into()),
            ("system_identifier", self.cluster.into()),
        ]);
        let now = self.clock.now();
        let written = Record::new(kind, &*now, self.actor, self.cluster, Canonical::map(all))
            .expect("a flat body fits into a record");
        ledger.append(vec![written], &now).map(drop)
    }
}

fn verb(run: &Run<'_>) -> &'static str {
    match run.direction() {
        Direction::Forth => "apply",
        Direction::Back => "undo",
    }
}

fn count(number: usize) -> Canonical {
    Canonical::from(u64::try_from(number).unwrap_or(u64::MAX))
}
