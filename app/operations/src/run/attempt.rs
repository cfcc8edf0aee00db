//! One attempt: is the state still the one the plan was made for; execute; read back; commit.

use std::sync::Arc;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::role::{Attribute, PasswordKind};
use pgward_plan::back::way_back;
use pgward_plan::change::{Change, PasswordFound, SecretReference};
use pgward_plan::diff::diff;
use pgward_plan::order::context::OrderContext;
use pgward_plan::statement::{Action, Statement};
use pgward_plan::words::{describe, sign};
use pgward_postgres::execute::refusal::RefusalKind;
use pgward_postgres::execute::transaction::{Step, Transaction, terminate};
use pgward_postgres::inspect::{Moments, read_again};
use pgward_store::journal::{Direction, Line};

use crate::password::Provenance;
use crate::password::comparison::moved;
use crate::prepare::equivalences;
use crate::run::ahead::HeadStart;
use crate::run::expected::{Expected, says_the_same};
use crate::run::failure::{Again, RunError};
use crate::run::phase::{Executor, Needs, Phase, phases, rounds};
use crate::run::world::{Applied, Run, Seen, World};

/// The attempt whose statements have been executed ahead, on what was seen when they were made.
pub(crate) async fn attempt_ahead(
    world: &World<'_>,
    run: &Run<'_>,
    seen: Seen,
    head_start: HeadStart<'_>,
) -> Result<Applied, RunError> {
    let HeadStart { executed, mut expected } = head_start;
    let phases = phases(run.statements, world.server.home());
    let phase = match phases.as_slice() {
        [phase] if executed.is_of(phase) && seen.fingerprint() == run.before => phase,
        _ => {
            executed.roll_back().await;
            return attempt(world, run, Some(seen)).await;
        }
    };
    let (transaction, outcome) = executed.into_parts();
    let fingerprint = seen.fingerprint();
    let (observed, moments) = seen.into_parts();
    let mut attempt = Attempt::new(world, run, None, moments, fingerprint);
    let outcome = match outcome {
        Ok(()) => attempt.read_back(&transaction, phase, observed, Some(&mut expected)).await,
        refused => refused,
    };
    end(transaction, phase, outcome).await?;
    give_back_elsewhere((attempt.after.take(), expected));
    attempt.applied().await
}

/// Gives memory back while something else goes on: a large cluster is a large tree.
pub(crate) fn give_back_elsewhere<T: Send + 'static>(value: T) {
    drop(tokio::task::spawn_blocking(move || drop(value)));
}

/// One attempt. The turn has been taken, and the journal knows that it began.
/// What was seen counts as the state now.
pub async fn attempt(world: &World<'_>, run: &Run<'_>, seen: Option<Seen>) -> Result<Applied, RunError> {
    let seen = match seen {
        Some(seen) => seen,
        None => Seen::now(world.server).await?,
    };
    let now = seen.fingerprint();
    if now != run.before {
        return Err(RunError::ChangedSincePlanned { now: now.short(), planned: run.before.short() });
    }
    let (observed, moments) = seen.into_parts();
    let observed = Arc::new(observed);
    // A password is not part of the fingerprint; one that somebody else has given in between must not be overwritten.
    let home = world.server.home_session();
    if let Some(role) = moved(home, world.passwords, &observed, run.changes()).await? {
        return Err(RunError::PasswordMoved(role.clone()));
    }
    let executor = world.server.home_session().facts().current_user.clone();
    let executor = match observed.roles.get(&executor).is_some_and(|role| role.has(Attribute::Superuser)) {
        true => Executor::Superuser,
        false => Executor::Limited,
    };
    let rounds = rounds(run.statements, world.server.home(), Needs::of(run.changes(), executor));
    let all = rounds.iter().map(Vec::len).sum();
    let mut expected = Expected::begin(world, run, &observed);
    if all > 1 {
        // What one transaction has committed the next cannot roll back, so all has to be known before the first.
        expected.ready().await?;
    }
    let mut attempt = Attempt::new(world, run, Some(Arc::clone(&observed)), moments, now);
    attempt.transactions = all;
    let mut committed = 0;
    for round in &rounds {
        let is_last = committed + round.len() == all;
        match attempt.round(round, is_last.then_some(&mut expected)).await {
            Ok(()) => committed += round.len(),
            Err((some, error)) => return Err(attempt.take_back(error, committed + some, &observed).await),
        }
    }
    attempt.applied().await
}

/// Rolls back what is open. A rollback that fails is a connection that is gone; the server rolls back by itself then.
async fn roll_back<'a>(open: impl IntoIterator<Item = (Transaction<'a>, &'a Phase<'a>)>) {
    for (transaction, _) in open {
        let _ = transaction.roll_back().await;
    }
}

/// Commits what went well, and takes back what did not.
async fn end(
    transaction: Transaction<'_>,
    phase: &Phase<'_>,
    outcome: Result<(), RunError>,
) -> Result<(), RunError> {
    if let Err(error) = outcome {
        // A rollback that fails is a connection that is gone; the server rolls back by itself then.
        let _ = transaction.roll_back().await;
        return Err(error);
    }
    let database = phase.database.clone();
    transaction.commit().await.map_err(|source| match source.kind {
        RefusalKind::ConnectionLost => RunError::InDoubt { database, source },
        // The server has said no: it has rolled back.
        _ => RunError::Refused(source),
    })
}

struct Attempt<'a> {
    world: &'a World<'a>,
    run: &'a Run<'a>,
    /// Passwords that were made on the way, to be forgotten if nothing comes of it.
    made: Vec<SecretReference>,
    /// Sessions of retired roles.
    sessions: Vec<i32>,
    /// The state as it was last read, where another phase may need it.
    after: Option<Arc<Catalog>>,
    /// When each database was read, until something is committed.
    moments: Moments,
    /// Its fingerprint.
    fingerprint: Fingerprint,
    /// How many transactions the run has.
    transactions: usize,
}

impl<'a> Attempt<'a> {
    fn new(
        world: &'a World<'a>,
        run: &'a Run<'a>,
        after: Option<Arc<Catalog>>,
        moments: Moments,
        fingerprint: Fingerprint,
    ) -> Self {
        Self {
            world,
            run,
            made: Vec::new(),
            sessions: Vec::new(),
            after,
            moments,
            fingerprint,
            transactions: 1,
        }
    }

    /// What it came to, once everything is committed.
    async fn applied(self) -> Result<Applied, RunError> {
        let sessions_ended = self.end_sessions().await?;
        let (after, statements) = (self.fingerprint, self.run.statements.len());
        Ok(Applied { after, statements, sessions_ended, interrupted_before: None })
    }

    /// Executes the phases of a round, each in a transaction of its own, and reads them back; then commits them. In the last round the
    /// result is held against the plan. After an error: how many were committed.
    async fn round(
        &mut self,
        round: &[Phase<'_>],
        mut expected: Option<&mut Expected>,
    ) -> Result<(), (usize, RunError)> {
        let mut open = Vec::new();
        for (at, phase) in round.iter().enumerate() {
            let expected = if at + 1 == round.len() { expected.take() } else { None };
            match self.executed(phase, expected).await {
                Ok(transaction) => open.push((transaction, phase)),
                Err(error) => {
                    roll_back(open).await;
                    return Err((0, error));
                }
            }
        }
        let mut open = open.into_iter();
        let mut committed = 0;
        while let Some((transaction, phase)) = open.next() {
            if let Err(error) = end(transaction, phase, Ok(())).await {
                roll_back(open).await;
                return Err((committed, error));
            }
            committed += 1;
        }
        Ok(())
    }

    /// The transaction in which a phase has been executed and read back.
    async fn executed(
        &mut self,
        phase: &Phase<'_>,
        expected: Option<&mut Expected>,
    ) -> Result<Transaction<'a>, RunError> {
        let session = self
            .world
            .server
            .session(&phase.database)
            .ok_or_else(|| RunError::NoSession(phase.database.clone()))?;
        let transaction = Transaction::begin(session.client(), self.world.patience).await?;
        match self.phase_in(&transaction, phase, expected).await {
            Ok(()) => Ok(transaction),
            Err(error) => {
                let _ = transaction.roll_back().await;
                Err(error)
            }
        }
    }

    async fn phase_in(
        &mut self,
        transaction: &Transaction<'_>,
        phase: &Phase<'_>,
        expected: Option<&mut Expected>,
    ) -> Result<(), RunError> {
        // Copied while the server executes, not when it waits for us with everything locked.
        let before = self.after.take().ok_or(RunError::Interrupted)?;
        let before = tokio::task::spawn_blocking(move || Catalog::clone(&before));
        self.execute(transaction, &phase.statements).await?;
        let before = before.await.map_err(|_| RunError::Interrupted)?;
        self.read_back(transaction, phase, before, expected).await
    }

    /// Reads back what was executed, holds it against the plan in the last phase, and writes down that it is about to be
    /// committed.
    async fn read_back(
        &mut self,
        transaction: &Transaction<'_>,
        phase: &Phase<'_>,
        before: Catalog,
        expected: Option<&mut Expected>,
    ) -> Result<(), RunError> {
        // As this transaction sees it; what other databases hold is as it was read before.
        let moment = self.moments.remove(&phase.database);
        let reading = read_again(transaction.client(), before, moment.as_ref());
        let (after, id) = tokio::join!(reading, transaction.id());
        let after = after?;
        match expected {
            None => self.fingerprint = Fingerprint::of(&after),
            Some(expected) => self.verify(phase, &after, expected.ready().await?).await?,
        }
        self.after = Some(Arc::new(after));
        // Written down before the commit, so that the next call can ask what became of it.
        if let Some(id) = id? {
            self.world.journal.append(&Line::Committing {
                plan: self.run.plan.clone(),
                database: phase.database.to_string(),
                transaction: id,
                after: self.fingerprint.to_string(),
                transactions: Some(self.transactions),
            })?;
        }
        Ok(())
    }

    /// Holds what was read back against what the plan says. Nothing may be left to do.
    async fn verify(&mut self, phase: &Phase<'_>, after: &Catalog, expected: &Seen) -> Result<(), RunError> {
        if says_the_same(after, expected.catalog()) {
            self.fingerprint = expected.fingerprint();
            return Ok(());
        }
        let expected = expected.catalog();
        let (same, unsettled) =
            equivalences(self.world.server, Some(&phase.database), after, expected).await?;
        let mut left = diff(after, expected, &same);
        if self.run.direction == Direction::Back {
            // A dropped role comes back without its password, as the plan has said.
            left.retain(|change| {
                !matches!(change, Change::PasswordDiffers { before: PasswordKind::Absent, .. })
            });
        }
        if let [first, rest @ ..] = left.as_slice() {
            let mut what = difference(first, rest.len());
            if let Some(untold) = unsettled.untold.first() {
                what.push_str(&format!("; {untold}\nhint: {}", untold.hint()));
            }
            return Err(RunError::NotAsPlanned(what));
        }
        self.fingerprint = Fingerprint::of(after);
        Ok(())
    }

    async fn execute(
        &mut self,
        transaction: &Transaction<'_>,
        statements: &[&Statement],
    ) -> Result<(), RunError> {
        let mut steps: Vec<Step<'_>> = Vec::new();
        for statement in statements {
            match &statement.action {
                Action::Sql { sql } => steps.push(Step { sql, as_role: statement.as_role.as_ref() }),
                Action::SetPassword { role, secret } => {
                    transaction.run(&std::mem::take(&mut steps)).await?;
                    let (verifier, provenance) = self.world.passwords.verifier(secret)?;
                    if provenance == Provenance::Made {
                        self.made.push(secret.clone());
                    }
                    transaction.set_password(role, &verifier).await?;
                }
                Action::TerminateSessions { role } => {
                    transaction.run(&std::mem::take(&mut steps)).await?;
                    self.sessions.extend(transaction.sessions_of(role).await?);
                }
            }
        }
        transaction.run(&steps).await?;
        Ok(())
    }

    /// After an error: forgets the passwords that were made, and takes back the phases that were committed.
    async fn take_back(&mut self, error: RunError, committed: usize, observed: &Catalog) -> RunError {
        if error.is_unsettled() {
            return error;
        }
        if committed == 0 {
            for secret in self.made.drain(..) {
                self.world.passwords.forget(&secret);
            }
            return error;
        }
        // The secrets stay: a password that a committed phase has set may be in force, and what is kept has to fit it.
        match self.return_to(observed).await {
            Ok(()) => match self.replaced().as_slice() {
                [] => error,
                roles => RunError::HalfWay {
                    reason: format!(
                        "{error}; all was taken back but the new password of role {}: the old one is kept nowhere",
                        roles.join(", ")
                    ),
                },
            },
            Err(second) => RunError::HalfWay { reason: format!("{error}; and taking it back: {second}") },
        }
    }

    /// The roles whose password gave way to another one, as far as the plan got.
    fn replaced(&self) -> Vec<String> {
        let given = |change: &Change| match change {
            Change::SetPassword { role, found, .. } if *found != PasswordFound::Nothing => {
                Some(role.quoted())
            }
            _ => None,
        };
        self.run.changes().filter_map(given).map(|role| role.to_string()).collect()
    }

    /// Makes the cluster again what it was before, however often somebody else is in the way.
    async fn return_to(&mut self, observed: &Catalog) -> Result<(), RunError> {
        let mut tries = 1;
        loop {
            match self.try_return_to(observed).await {
                Err(error) if tries < RETURNS_MAX && error.again() != Again::Never => {
                    tokio::time::sleep(self.world.clock.pause(tries)).await;
                    tries += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn try_return_to(&mut self, observed: &Catalog) -> Result<(), RunError> {
        let now = self.world.server.observe().await?;
        let (same, _) = equivalences(self.world.server, None, &now, observed).await?;
        let executor = self.world.server.home_session().facts().current_user.clone();
        let back = way_back(&now, observed, &same, &OrderContext { executor: Some(executor) });
        for phase in phases(&back.statements, self.world.server.home()) {
            let session = self
                .world
                .server
                .session(&phase.database)
                .ok_or_else(|| RunError::NoSession(phase.database.clone()))?;
            let transaction = Transaction::begin(session.client(), self.world.patience).await?;
            if let Err(error) = self.execute(&transaction, &phase.statements).await {
                let _ = transaction.roll_back().await;
                return Err(error);
            }
            transaction.commit().await?;
        }
        let left = self.world.server.observe().await?;
        let (same, _) = equivalences(self.world.server, None, &left, observed).await?;
        match diff(&left, observed, &same).as_slice() {
            [] => Ok(()),
            [first, rest @ ..] => Err(RunError::NotAsPlanned(difference(first, rest.len()))),
        }
    }

    async fn end_sessions(&self) -> Result<usize, RunError> {
        Ok(terminate(self.world.server.home_session().client(), &self.sessions).await?)
    }
}

fn difference(first: &Change, more: usize) -> String {
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{} {}{more} is left to do", sign(first).mark(), describe(first))
}

/// How often taking back is tried: what was committed must not stay because somebody was in the way.
const RETURNS_MAX: u32 = 8;
