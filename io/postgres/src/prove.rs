//! Tries the cases of a proof on a server, in transactions that are always rolled back.
//!
//! Every case is a subtransaction of its own, so that an error stops nothing and nothing of one case is there for the
//! next. Statements are sent ahead without waiting for answers (pipelined), in order.
//!
//! - `pipeline`: many statements in flight at once
//! - `beginnings`: the settings that a role's sessions begin with
//! - `identity`: taking a role's identity
//! - `confinement`: functions through which roles try, so that nothing they run gets back to the prover
//! - `rights`: who has whose rights
//! - `trial`: one case or control, as messages
//! - `ask`: questions, many in one statement
//! - `outside`: the few statements that no transaction block takes
//! - [`login`]: connections of the roles' own

use std::collections::BTreeMap;

use pgward_catalog::name::RoleName;
use pgward_proof::action::Action;
use pgward_proof::case::{Case, Cases, Manner};
use pgward_proof::outcome::Observation;
use pgward_proof::verdict::{Controlled, Ruling, Verdict, judge};
use tokio_postgres::Client;

use crate::prove::beginnings::Beginnings;
use crate::prove::confinement::Confinement;
use crate::prove::failure::ProveError;
use crate::prove::identity::Prover;
use crate::prove::options::Options;
use crate::prove::rights::Rights;
use crate::prove::seen::Seen;
use crate::prove::trial::Trial;

mod ask;
mod beginnings;
mod confinement;
pub mod failure;
pub(crate) mod identity;
pub mod login;
pub mod options;
mod outside;
mod pipeline;
mod rights;
mod seen;
mod trial;

/// Tries every case over this connection and judges what was seen; the verdicts are in the order of the cases.
///
/// The connection must be outside a transaction, and is so again afterwards. Nothing a case does survives it.
///
/// # Errors
/// The connection broke, or the server refused what is not a case: to begin, or to go back to a savepoint.
pub async fn prove(client: &Client, cases: Cases, options: &Options) -> Result<Vec<Verdict>, ProveError> {
    Proving::default().part(client, cases, options).await
}

/// A proof that is made a part at a time, each in a transaction of its own: what the controls of earlier parts showed
/// holds for later ones.
#[derive(Default)]
pub struct Proving {
    controls: Vec<Known>,
}

/// What is known of a control.
enum Known {
    /// What came of it.
    By(Controlled),
    /// Nothing, and why.
    Not(Option<String>),
}

impl Proving {
    /// Tries the cases of one part. Parts come in the order they were made in.
    ///
    /// # Errors
    /// As [`prove`].
    pub async fn part(
        &mut self,
        client: &Client,
        cases: Cases,
        options: &Options,
    ) -> Result<Vec<Verdict>, ProveError> {
        let prover = Prover::find(client).await?;
        begin(client, options).await?;
        let seen = inside(client, &prover, &cases, options).await;
        // Whatever happened, nothing of it stays; the first error is the one to report.
        let ended = client.batch_execute("ROLLBACK").await.map_err(|source| ProveError::End { source });
        let mut seen = seen?;
        ended?;
        outside::try_all(client, &prover, &cases, &mut seen).await?;
        if let Some(logins) = &options.logins {
            login::try_all(logins, &cases, &mut seen).await;
        }
        let Cases { cases, controls, .. } = cases;
        let outcomes = controls.iter().zip(seen.controls).zip(seen.withheld_controls);
        self.controls.extend(outcomes.map(|((control, seen), withheld)| match seen {
            Some(seen) => Known::By(Controlled::by(control, seen)),
            None => Known::Not(withheld),
        }));
        let observed = seen.cases.into_iter().zip(seen.withheld_cases);
        let mut begun = seen.begun;
        let judged =
            cases.into_iter().zip(observed).enumerate().map(|(at, (case, (observation, withheld)))| {
                let (control, of_control) = match case.control.and_then(|at| self.controls.get(at)) {
                    Some(Known::By(control)) => (Some(control), None),
                    Some(Known::Not(withheld)) => (None, withheld.clone()),
                    None => (None, None),
                };
                let obstacle = case.obstacle.clone().or(withheld).or(of_control);
                let case = Case { obstacle, ..case };
                let besides = begun.remove(&at).map(|besides| judge(case.clone(), besides, control));
                match besides.filter(|verdict| verdict.ruling == Ruling::Refuted) {
                    Some(refuted) => refuted,
                    None => judge(case, observation, control),
                }
            });
        Ok(judged.collect())
    }
}

async fn begin(client: &Client, options: &Options) -> Result<(), ProveError> {
    let Options { statement_timeout_ms, lock_timeout_ms, .. } = options;
    let sql = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
         SET LOCAL statement_timeout = {statement_timeout_ms}; SET LOCAL lock_timeout = {lock_timeout_ms}; \
         SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL row_security = on; \
         SET LOCAL client_min_messages = error"
    );
    client.batch_execute(&sql).await.map_err(|source| ProveError::Begin { source })
}

async fn inside(
    client: &Client,
    prover: &Prover,
    cases: &Cases,
    options: &Options,
) -> Result<Seen, ProveError> {
    let mut seen = Seen {
        cases: vec![Observation::default(); cases.cases.len()],
        controls: vec![None; cases.controls.len()],
        begun: BTreeMap::new(),
        withheld_cases: vec![None; cases.cases.len()],
        withheld_controls: vec![None; cases.controls.len()],
    };
    // A setting that was once made in a session is known to it for ever, even after a rollback: what must hold while it
    // was never made is tried before anything makes it, the controls included.
    let beginnings = Beginnings::read(client).await?;
    let tried = Tried::prepare(client, prover, &beginnings, cases).await?;
    let confinement = &tried.confinement;
    let attempts = cases.cases.iter().enumerate();
    let (mut before, after): (Vec<_>, Vec<_>) = attempts
        .filter_map(|(at, case)| Some((at, case, in_transaction(case, prover)?)))
        .map(|(at, case, trial)| (at, case, as_it_begins(trial, &beginnings, options)))
        .filter(|(at, _, trial)| tried.permits(trial, prover, seen.withheld_cases.get_mut(*at)))
        .partition(|(_, case, _)| case.needs_an_untouched_session());
    before.sort_by_key(|(_, _, trial)| trial.leaves_a_trace(&beginnings));
    for (at, observation) in
        trial::run(client, prover, &beginnings, numbered(before), confinement, options).await?
    {
        if let Some(slot) = seen.cases.get_mut(at) {
            *slot = observation;
        }
    }
    let controls: Vec<(usize, Trial<'_>)> = cases
        .controls
        .iter()
        .enumerate()
        .filter(|(_, control)| is_for_transaction(control.statement.manner))
        .map(|(at, control)| (at, Trial::of_control(control, prover)))
        .filter(|(at, trial)| tried.permits(trial, prover, seen.withheld_controls.get_mut(*at)))
        .collect();
    for (at, observation) in trial::run(client, prover, &beginnings, controls, confinement, options).await? {
        if let Some(slot) = seen.controls.get_mut(at) {
            *slot = observation.outcome;
        }
    }
    for (at, observation) in
        trial::run(client, prover, &beginnings, numbered(after), confinement, options).await?
    {
        if let Some(slot) = seen.cases.get_mut(at) {
            *slot = observation;
        }
    }
    // What must be refused must be so as well in the session that the role gets without asking.
    let besides: Vec<(usize, Trial<'_>)> = cases
        .cases
        .iter()
        .enumerate()
        .filter(|(_, case)| !case.needs_an_untouched_session() && !case.compares())
        .filter_map(|(at, case)| Some((at, in_transaction(case, prover)?)))
        .filter(|(_, trial)| !trial.has_to_work())
        .filter_map(|(at, trial)| Some((at, trial.begun(&beginnings)?)))
        .filter(|(_, trial)| trial.runner() != trial.itself() && !is_declared(trial, options))
        .filter(|(_, trial)| tried.permits(trial, prover, None))
        .collect();
    let besides = trial::run(client, prover, &beginnings, besides, confinement, options).await?;
    seen.begun = besides.into_iter().collect();
    let questions: Vec<(usize, &str)> = cases
        .cases
        .iter()
        .enumerate()
        .filter_map(|(at, case)| Some((at, case.question.as_ref()?.sql.as_str())))
        .collect();
    for (at, answer) in ask::all(client, &questions, options).await? {
        if let Some(slot) = seen.cases.get_mut(at) {
            slot.answer = answer;
        }
    }
    Ok(seen)
}

/// What keeps trials from running somebody's code with other rights than its owner's.
struct Tried {
    confinement: Confinement,
    rights: Rights,
}

impl Tried {
    async fn prepare(
        client: &Client,
        prover: &Prover,
        beginnings: &Beginnings,
        cases: &Cases,
    ) -> Result<Self, ProveError> {
        let attempts = cases.cases.iter().filter_map(|case| case.attempt.as_ref());
        let trials: Vec<Trial<'_>> = attempts
            .filter(|attempt| is_for_transaction(attempt.statement.manner))
            .map(Trial::of_attempt)
            .chain(cases.controls.iter().map(|control| Trial::of_control(control, prover)))
            .collect();
        let owners = trials.iter().flat_map(Trial::code).map(|code| &code.owner).collect();
        let rights = Rights::read(client, owners).await?;
        let confinement = match cases.making_runs_code {
            true => Confinement::default(),
            false => {
                let begun = |trial: &Trial<'_>| Some(beginnings.begun(trial.itself()?)?.as_role.as_ref());
                let also: Vec<&RoleName> = trials.iter().filter_map(begun).flatten().collect();
                let runners = trials.iter().filter_map(Trial::runner).chain(also).collect();
                Confinement::make(client, prover, runners).await?
            }
        };
        Ok(Self { confinement, rights })
    }

    /// Whether it may be tried; why not is noted.
    fn permits(&self, trial: &Trial<'_>, prover: &Prover, withheld: Option<&mut Option<String>>) -> bool {
        let objection = trial.objection(prover, &self.confinement, &self.rights);
        let permitted = objection.is_none();
        if let Some(slot) = withheld {
            *slot = objection;
        }
        permitted
    }
}

/// Who is no superuser becomes others by SET ROLE, and then shows nothing about whom *they* may become: the server asks
/// what the prover may.
fn in_transaction<'c>(case: &'c Case, prover: &Prover) -> Option<Trial<'c>> {
    let attempt = case.attempt.as_ref()?;
    let becomes = attempt.becoming.is_some() || matches!(case.claim.action, Action::Become(_));
    let possible = is_for_transaction(attempt.statement.manner) && (prover.superuser || !becomes);
    possible.then(|| Trial::of_attempt(attempt))
}

/// Whether the contract has the sessions begin so.
fn is_declared(trial: &Trial<'_>, options: &Options) -> bool {
    match (trial.itself(), trial.runner()) {
        (Some(itself), Some(runner)) => {
            options.declared_beginnings.contains(&(itself.clone(), runner.clone()))
        }
        _ => false,
    }
}

/// What has to work is tried as the role's sessions begin, unless the contract has them begin as another role: what is granted to the role
/// itself is had by SET ROLE NONE.
fn as_it_begins<'c>(trial: Trial<'c>, beginnings: &'c Beginnings, options: &Options) -> Trial<'c> {
    match trial.clone().begun(beginnings) {
        Some(begun) if begun.has_to_work() && !is_declared(&begun, options) => begun,
        _ => trial,
    }
}

fn numbered<'c>(trials: Vec<(usize, &'c Case, Trial<'c>)>) -> Vec<(usize, Trial<'c>)> {
    trials.into_iter().map(|(at, _, trial)| (at, trial)).collect()
}

fn is_for_transaction(manner: Manner) -> bool {
    !matches!(manner, Manner::OutsideTransaction | Manner::Login | Manner::LoginWithWrongPassword)
}
