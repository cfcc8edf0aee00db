//! `pgward apply`: make the contract true, run a saved plan, or run a way back.

mod recorded;

use std::path::Path;

use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::name::DatabaseName;
use pgward_plan::approval::{Accepted, ApprovedPlan, DoesNotFit, Extent, NotApproved};
use pgward_plan::plan::Plan;
use pgward_plan::saved::{NotAPlan, SealedPlan};
use pgward_plan::simulate::absent::SimulateError;
use pgward_plan::undo::{ApprovedUndo, Undo};
use pgward_postgres::execute::transaction::Patience;
use pgward_postgres::inspect::InspectError;
use pgward_store::journal::{InForce, Journal, JournalError, Line};
use pgward_store::ledger::LedgerError;

use crate::apply::recorded::Recorded;
use crate::clock::Clock;
use crate::ledger::LedgerPlace;
use crate::password::Passwords;
use crate::plan::{Drafted, system_identifier};
use crate::run::ahead::{Ahead, HeadStart};
use crate::run::attempt::give_back_elsewhere;
use crate::run::expected::Expected;
use crate::run::failure::RunError;
use crate::run::half::state_before;
use crate::run::settle::{Settled, settle};
use crate::run::turn::{OurTurn, begin, give_back, run_ahead_in_turn, run_in_turn, take};
use crate::run::world::{Applied, Run, Seen, World};
use crate::server::{Databases, Server, ServerError};

/// What an apply needs besides the server.
pub struct Surroundings<'a> {
    /// Where pgward keeps its own state.
    pub state: &'a Path,
    /// Where secrets are kept.
    pub passwords: &'a Passwords,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// How long to wait for locks.
    pub patience: Patience,
    /// The ledger that says what is about to be done before it is done, and what came of it.
    pub ledger: LedgerPlace,
    /// Who does it, for the ledger.
    pub actor: String,
}

/// Why an apply did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The plan is not approved.
    #[error(transparent)]
    NotApproved(#[from] NotApproved),
    /// The plan is for another cluster or another state.
    #[error(transparent)]
    DoesNotFit(#[from] DoesNotFit),
    /// It did not come to its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The state could not be read.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The server could not be asked who it is.
    #[error("cannot tell which server this is")]
    Identity(#[from] InspectError),
    /// The journal could not be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The ledger could not say what was about to be done, so it was not done.
    #[error("nothing was changed, because the ledger could not record it first")]
    NotRecorded(#[source] LedgerError),
    /// It was done, and the ledger could not say so.
    #[error("plan {plan} was applied, and the ledger could not record that it was")]
    EndNotRecorded {
        /// The digest of the plan.
        plan: String,
        /// Why.
        #[source]
        source: LedgerError,
    },
    /// A kept plan cannot be read.
    #[error("the kept plan cannot be used")]
    Kept(#[from] NotAPlan),
    /// The way back does not fit what is there.
    #[error("the way back does not fit the cluster")]
    NoWayBack(#[from] SimulateError),
    /// What was committed of a plan is not enough to tell what was there before.
    #[error(
        "the plan was cut off half way, and what was there before it cannot be told from what is there now"
    )]
    HalfWayBack,
    /// There is nothing to undo.
    #[error("no plan that was applied from this machine is in force on this cluster")]
    NothingToUndo,
    /// The plan to be undone is not the last one.
    #[error("plan {asked} was followed by plan {last}, which has to be undone first")]
    NotTheLast {
        /// The plan that was asked for.
        asked: String,
        /// The last one.
        last: String,
    },
}

/// Applies an approved plan: takes the turn, reads the state, and runs the plan if it is the one it was made for.
pub async fn apply(
    server: &Server,
    around: &Surroundings<'_>,
    approved: ApprovedPlan,
) -> Result<Applied, ApplyError> {
    let turn = Turn::take(server, around).await?;
    let outcome = turn.apply(approved, None).await;
    turn.give_back().await;
    outcome
}

/// The turn to apply. Who has it may plan and then apply without looking twice: no other pgward is in between, and what
/// anybody else does is found when the result is held against the plan, before it is committed.
pub struct Turn<'a> {
    server: &'a Server,
    around: &'a Surroundings<'a>,
    journal: Journal,
    identifier: String,
    ours: OurTurn,
}

impl<'a> Turn<'a> {
    /// Waits until nobody else applies to these databases.
    pub async fn take(server: &'a Server, around: &'a Surroundings<'a>) -> Result<Self, ApplyError> {
        let (journal, identifier) = journal(server, around).await?;
        let ours = take(&world(server, &journal, around)).await?;
        let recorded = recorded(around, &identifier);
        if let Some(Err(error)) = ours.interrupted_before().map(|words| recorded.settled(words)) {
            give_back(&world(server, &journal, around), ours).await;
            return Err(ApplyError::NotRecorded(error));
        }
        Ok(Self { server, around, journal, identifier, ours })
    }

    /// Applies an approved plan. `seen` is what has been read since the turn was taken; without it the state is read.
    pub async fn apply(&self, approved: ApprovedPlan, seen: Option<Seen>) -> Result<Applied, ApplyError> {
        let seen = match seen {
            Some(seen) => seen,
            None => Seen::now(self.server).await?,
        };
        let ready = approved.onto(&self.identifier, seen.fingerprint())?;
        self.run(&Run::forth(&ready), seen).await
    }

    /// Applies a draft whose hazards are accepted, and of whose digest nobody has to approve. The server executes it while the
    /// rest of the plan is worked out, kept and recorded; only then it is committed. `told` is given the whole plan.
    ///
    /// Where it takes more than one transaction, or does more than SQL, one goes after the other.
    pub async fn apply_draft(
        &self,
        drafted: Drafted,
        accepted: &Accepted,
        extent: Extent,
        told: impl FnOnce(&SealedPlan),
    ) -> Result<Applied, ApplyError> {
        let world = world(self.server, &self.journal, self.around);
        let recorded = recorded(self.around, &self.identifier);
        // A ledger that is not to be had, or that somebody else is at for too long, must not keep a transaction waiting.
        let ledger = recorded.open().map_err(ApplyError::NotRecorded)?;
        let ahead = match drafted.draft().accept(accepted, extent) {
            Some(statements) => Ahead::begin(&world, statements).await?,
            None => None,
        };
        let Some(ahead) = ahead else {
            drop(ledger);
            let (plan, seen, _) = drafted.finish().into_plan_and_states();
            let sealed = plan.seal();
            told(&sealed);
            return self.apply(sealed.approve(None, accepted, extent)?, seen).await;
        };
        let making = async {
            let made = tokio::task::spawn_blocking(move || {
                let (plan, seen, after) = drafted.finish().into_plan_and_states();
                (plan.seal(), seen.zip(after))
            });
            let (sealed, states) = made.await.map_err(|_| RunError::Interrupted)?;
            told(&sealed);
            let (seen, after) = states.ok_or(DoesNotFit::NoFingerprint)?;
            let ready = sealed.approve(None, accepted, extent)?.onto(&self.identifier, seen.fingerprint())?;
            let run = Run::forth(&ready);
            recorded.begins_in(ledger, &run, self.databases()).map_err(ApplyError::NotRecorded)?;
            if let Err(error) = begin(&world, &run) {
                self.ended(&run, Err(error))?;
            }
            let expected = Expected::known(&world, &run, after);
            Ok((ready, seen, expected))
        };
        let (executed, made) = tokio::join!(ahead.execute(), making);
        let (ready, seen, expected) = match made {
            Ok(made) => made,
            Err(error) => {
                executed.roll_back().await;
                return Err(error);
            }
        };
        let run = Run::forth(&ready);
        let outcome =
            run_ahead_in_turn(&world, &self.ours, &run, seen, HeadStart { executed, expected }).await;
        let applied = self.ended(&run, outcome);
        give_back_elsewhere(ready);
        applied
    }

    /// Runs an approved way back.
    pub async fn undo(&self, approved: ApprovedUndo) -> Result<Applied, ApplyError> {
        let seen = Seen::now(self.server).await?;
        let ready = approved.onto(&self.identifier, seen.fingerprint())?;
        if let Some((replaced, sealed)) = ready.replaces() {
            // From now on it is this one whose way back is run, and run again where it is cut off itself.
            self.journal.keep_plan(sealed.digest(), &sealed.kept())?;
            let (plan, by) = (replaced.to_owned(), sealed.digest().to_owned());
            self.journal.append(&Line::Replaced { plan, by })?;
        }
        self.run(&Run::back(&ready), seen).await
    }

    async fn run(&self, run: &Run<'_>, seen: Seen) -> Result<Applied, ApplyError> {
        let world = world(self.server, &self.journal, self.around);
        let recorded = recorded(self.around, &self.identifier);
        recorded.begins(run, self.databases()).map_err(ApplyError::NotRecorded)?;
        self.ended(run, run_in_turn(&world, &self.ours, run, Some(seen)).await)
    }

    fn databases(&self) -> impl Iterator<Item = &DatabaseName> {
        self.server.sessions().map(|(database, _)| database)
    }

    /// Records how a run ended.
    fn ended(&self, run: &Run<'_>, outcome: Result<Applied, RunError>) -> Result<Applied, ApplyError> {
        let ended = recorded(self.around, &self.identifier).ended(run, &outcome);
        // Where both failed, why it was not done is the one to report.
        let applied = outcome?;
        ended.map_err(|source| ApplyError::EndNotRecorded { plan: run.plan().to_owned(), source })?;
        Ok(applied)
    }

    /// Gives it back.
    pub async fn give_back(self) {
        give_back(&world(self.server, &self.journal, self.around), self.ours).await;
    }
}

/// The databases whose state the plan to be undone led to: those that were read when it was made, a template since or not.
pub async fn databases_to_undo(
    server: &Server,
    around: &Surroundings<'_>,
    digest: Option<&str>,
) -> Result<Databases, ApplyError> {
    let (journal, _) = journal(server, around).await?;
    Ok(Databases::Only(last_in_force(&journal, digest)?.0.databases))
}

/// Finds the plan to be undone: the last one that was applied, or the one with this digest if it is the last.
pub async fn undo(
    server: &Server,
    around: &Surroundings<'_>,
    digest: Option<&str>,
) -> Result<Undo, ApplyError> {
    let (journal, _) = journal(server, around).await?;
    let (plan, last) = last_in_force(&journal, digest)?;
    let observed = server.observe().await?;
    let found = Fingerprint::of(&observed);
    let after = match &last.half {
        Some(half) => &half.reached.after,
        None => &last.after,
    };
    let after = Fingerprint::parse(after).ok_or(DoesNotFit::NoFingerprint)?;
    if let Some(half) = last.half.filter(|_| found == after) {
        let before = state_before(&plan, &half, &observed)?.ok_or(ApplyError::HalfWayBack)?;
        return Ok(Undo::of_half(plan, &before, after, &observed)?);
    }
    if found != after {
        return Err(DoesNotFit::ChangedSinceApplied { applied: after.short(), found: found.short() }.into());
    }
    Ok(Undo::of(plan, after, &observed)?)
}

/// The last plan that was applied, or begun, which has to be the one that was asked for, and how far it came.
fn last_in_force(journal: &Journal, digest: Option<&str>) -> Result<(Plan, InForce), ApplyError> {
    let last = journal.in_force()?.pop().ok_or(ApplyError::NothingToUndo)?;
    if let Some(asked) = digest
        && !last.plan.starts_with(asked)
        && !last.replaces.as_ref().is_some_and(|replaced| replaced.starts_with(asked))
    {
        return Err(ApplyError::NotTheLast { asked: asked.to_owned(), last: last.plan });
    }
    let plan = Plan::load(&journal.plan(&last.plan)?)?;
    Ok((plan, last))
}

/// Runs an approved way back, on the state that the plan led to.
pub async fn run_undo(
    server: &Server,
    around: &Surroundings<'_>,
    approved: ApprovedUndo,
) -> Result<Applied, ApplyError> {
    let turn = Turn::take(server, around).await?;
    let outcome = turn.undo(approved).await;
    turn.give_back().await;
    outcome
}

/// What became of an apply that never said how it ended, in a sentence; none if there is no such apply.
pub async fn interrupted(server: &Server, around: &Surroundings<'_>) -> Result<Option<String>, ApplyError> {
    // A standby may not have heard of the transaction yet; only its primary knows.
    if server.is_standby() {
        return Ok(None);
    }
    let (journal, identifier) = journal(server, around).await?;
    // With the turn in hand nobody is in the middle of what looks like an apply without an end.
    let Some(_turn) = journal.try_turn()? else {
        return Ok(Some("an apply from this machine is running on this cluster right now".to_owned()));
    };
    Ok(match settle(server, &journal, around.clock).await? {
        Settled::NothingOpen => None,
        Settled::Closed(words) => Some(match recorded(around, &identifier).settled(&words) {
            Ok(()) => words,
            // The journal has it; whoever only looks goes on.
            Err(error) => format!("{words}; the ledger could not record it: {error}"),
        }),
        Settled::StillOpen(words) => Some(words),
    })
}

impl ApplyError {
    /// Whether the state is not the one the plan was made for, so that planning again is the answer.
    pub fn is_changed(&self) -> bool {
        match self {
            ApplyError::DoesNotFit(DoesNotFit::Changed { .. } | DoesNotFit::ChangedSinceApplied { .. }) => {
                true
            }
            ApplyError::Run(error) => error.is_changed(),
            _ => false,
        }
    }
}

async fn journal(server: &Server, around: &Surroundings<'_>) -> Result<(Journal, String), ApplyError> {
    let identity = server.identity().await?;
    let identifier = system_identifier(identity);
    let folder = if identity.system_identifier.is_some() { identifier.as_str() } else { "unidentified" };
    Ok((Journal::open(around.state, folder)?, identifier))
}

fn recorded<'a>(around: &'a Surroundings<'_>, cluster: &'a str) -> Recorded<'a> {
    Recorded { ledger: &around.ledger, actor: &around.actor, clock: around.clock, cluster }
}

fn world<'a>(server: &'a Server, journal: &'a Journal, around: &'a Surroundings<'_>) -> World<'a> {
    World { server, journal, passwords: around.passwords, clock: around.clock, patience: around.patience }
}
