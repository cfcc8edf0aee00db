//! `pgward plan`: what would change, why, its hazards and the way back. Nothing is changed.

pub mod blast;
pub mod since;

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use pgward_catalog::catalog::{Catalog, Unseen};
use pgward_catalog::class::Class;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;
use pgward_contract::diagnostic::code::Code;
use pgward_contract::diagnostic::{Diagnostic, Severity};
use pgward_contract::expand::drift::{Drift as Found, DriftKind};
use pgward_contract::expand::expansion::Expansion;
use pgward_contract::expand::reasons::Reasons;
use pgward_contract::model::contract::Contract;
use pgward_contract::source::Source;
use pgward_plan::change::Change;
use pgward_plan::make::{Draft, Ingredients, Made, NoPlan};
use pgward_plan::plan::{Drift, Plan};
use pgward_plan::preflight::{ServerFacts, libraries_named};
use pgward_postgres::inspect::{Identity, InspectError, Moments};
use pgward_postgres::known_settings::settings_unknown;
use pgward_postgres::libraries::libraries_present;

use crate::contract_file::ContractFile;
use crate::password::Passwords;
use crate::password::comparison::compare;
use crate::prepare::{InvalidExpression, Prepared, UntoldExpression, prepare};
use crate::run::world::Seen;
use crate::server::{Server, ServerError};

/// A plan, with what it was made from.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The contract held against the server.
    pub prepared: Prepared,
    /// The state it leads to; none if there is nothing to do.
    after: Option<Catalog>,
    /// When each database was read.
    moments: Moments,
}

/// A plan whose way back is still to be worked out, with what it is made from.
pub struct Drafted {
    draft: Draft,
    /// The contract held against the server.
    pub prepared: Prepared,
    moments: Moments,
    /// Passwords that could not be compared.
    unseen: Vec<Unseen>,
}

impl Drafted {
    /// What is settled.
    #[must_use]
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// Works out the rest.
    #[must_use]
    pub fn finish(self) -> Planned {
        let Self { draft, prepared, moments, unseen } = self;
        let reasons = &prepared.expansion.reasons;
        let Made { mut plan, after } = draft.finish(&prepared.observed, &|change| because(reasons, change));
        plan.unseen.extend(unseen);
        Planned { plan, prepared, after, moments }
    }
}

impl Planned {
    /// The plan, and the state it was made for.
    pub fn into_plan_and_seen(self) -> (Plan, Option<Seen>) {
        let (plan, seen, _) = self.into_plan_and_states();
        (plan, seen)
    }

    /// The plan, the state it was made for, and the one that it leads to.
    pub(crate) fn into_plan_and_states(self) -> (Plan, Option<Seen>, Option<Seen>) {
        let fingerprint = Fingerprint::parse(&self.plan.fingerprint_before);
        let seen = fingerprint
            .map(|fingerprint| Seen::planned_on(self.prepared.observed, self.moments, fingerprint));
        let fingerprint = Fingerprint::parse(&self.plan.fingerprint_after);
        let after = self.after.zip(fingerprint);
        let after = after.map(|(after, fingerprint)| Seen::planned_on(after, Moments::new(), fingerprint));
        (self.plan, seen, after)
    }
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The contract does not fit the server: what is wrong, by place.
    #[error("the contract does not fit the server")]
    Contract(Vec<Diagnostic>),
    /// The server cannot make sense of an expression of the contract.
    #[error("the server cannot use an expression of the contract on {}: {}", .0.table, .0.message)]
    Expression(InvalidExpression),
    /// The state could not be read.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The server could not be asked who it is.
    #[error("cannot tell which server this is")]
    Identity(#[source] InspectError),
    /// What the server keeps of passwords could not be read.
    #[error("cannot hold the passwords against those that are kept")]
    Passwords(#[source] InspectError),
    /// There is no plan for it.
    #[error(transparent)]
    NoPlan(#[from] NoPlan),
}

/// Makes the plan for a valid contract, from what is observed now. Passwords are held against those that are kept.
pub async fn plan(server: &Server, file: &ContractFile, passwords: &Passwords) -> Result<Planned, PlanError> {
    draft(server, file, passwords).await.map(Drafted::finish)
}

/// The same in order to see what differs, and for nothing else: what the contract names and the server does not have is told
/// beside the rest (decision 0102). No such plan can be approved.
pub async fn watch(
    server: &Server,
    file: &ContractFile,
    passwords: &Passwords,
) -> Result<Planned, PlanError> {
    draft_with(server, file, passwords, Absent::Told).await.map(Drafted::finish)
}

/// The same as far as it takes to know what is done.
pub async fn draft(
    server: &Server,
    file: &ContractFile,
    passwords: &Passwords,
) -> Result<Drafted, PlanError> {
    draft_with(server, file, passwords, Absent::Refused).await
}

/// What becomes of a name in the contract that the server does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    /// There is no plan.
    Refused,
    /// It is drift.
    Told,
}

async fn draft_with(
    server: &Server,
    file: &ContractFile,
    passwords: &Passwords,
    absent: Absent,
) -> Result<Drafted, PlanError> {
    let (observed, moments) = server.observe_noting_when().await?;
    let prepared = prepare(server, &file.contract, observed).await?;
    let wrong = &prepared.expansion.diagnostics;
    let is_told = |found: &Diagnostic| absent == Absent::Told && found.code == Code::NoSuchObject;
    if wrong.iter().any(|found| found.severity == Severity::Error && !is_told(found)) {
        return Err(PlanError::Contract(wrong.clone()));
    }
    let names_absent: Vec<Drift> = wrong.iter().filter(|found| is_told(found)).map(named_absent).collect();
    if let Some(invalid) = prepared.unsettled.invalid.first() {
        return Err(PlanError::Expression(invalid.clone()));
    }
    let identity = server.identity().await.map_err(PlanError::Identity)?;
    let client = server.home_session().client();
    let reach = &prepared.expansion.reach;
    let compared = compare(server.home_session(), passwords, &file.contract, &prepared.observed, reach)
        .await
        .map_err(PlanError::Passwords)?;
    let sessions = sessions_ended(&file.contract, &prepared.observed, &prepared.expansion);
    let libraries = libraries_present(client, &libraries_wanted(&prepared)).await;
    let unknown_settings = settings_unknown(client, &settings_wanted(&prepared)).await;
    let told = drift(&prepared.expansion).chain(prepared.unsettled.untold.iter().map(untold));
    let draft = Draft::of(Ingredients {
        observed: &prepared.observed,
        desired: &prepared.expansion.desired,
        equivalences: &prepared.equivalences,
        scope: reach,
        besides: compared.changes.into_iter().chain(sessions).collect(),
        facts: &ServerFacts { libraries, unknown_settings },
        system_identifier: system_identifier(identity),
        executor: identity.current_user.clone(),
        contract_digest: digest(&file.sources),
        drift: names_absent.into_iter().chain(told).chain(compared.drift).collect(),
    })?;
    Ok(Drafted { draft, prepared, moments, unseen: compared.unseen })
}

/// What binds a plan to a cluster. A role that may not see the system identifier binds it to nothing else, so the
/// fingerprint alone decides then.
pub fn system_identifier(identity: &Identity) -> String {
    identity.system_identifier.map_or_else(|| "not visible".to_owned(), |number| number.to_string())
}

/// SHA-256 of the contract's files, in their order.
pub fn digest(sources: &[Source]) -> String {
    let mut digest = Sha256::new();
    for source in sources {
        digest.update((source.text.len() as u64).to_le_bytes());
        digest.update(source.text.as_bytes());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sessions of roles that go.
fn sessions_ended(contract: &Contract, observed: &Catalog, expansion: &Expansion) -> Vec<Change> {
    let goes =
        |role: &RoleName| observed.roles.contains_key(role) && !expansion.desired.roles.contains_key(role);
    contract
        .retired_roles
        .iter()
        .filter(|(_, retirement)| retirement.terminate())
        .map(|(name, _)| RoleName::from(name.as_str()))
        .filter(goes)
        .map(|role| Change::TerminateSessions { role })
        .collect()
}

/// The libraries that settings of the desired state name.
fn libraries_wanted(prepared: &Prepared) -> BTreeSet<String> {
    let settings = prepared.expansion.desired.settings.iter().flat_map(|(scope, settings)| {
        settings.iter().map(|(name, value)| Change::SetSetting {
            scope: scope.clone(),
            name: name.clone(),
            before: None,
            after: value.clone(),
        })
    });
    libraries_named(&settings.collect::<Vec<_>>())
}

/// The names of settings of the desired state that are not as they should be.
fn settings_wanted(prepared: &Prepared) -> BTreeSet<String> {
    let (observed, desired) = (&prepared.observed.settings, &prepared.expansion.desired.settings);
    let differing = desired.iter().flat_map(|(scope, settings)| {
        let found = observed.get(scope);
        settings.iter().filter(move |(name, value)| found.and_then(|found| found.get(*name)) != Some(*value))
    });
    differing.map(|(name, _)| name.as_str().to_owned()).collect()
}

fn drift(expansion: &Expansion) -> impl Iterator<Item = Drift> {
    expansion.drift.iter().map(|drift| {
        let objects: Vec<String> = drift.objects.iter().map(ToString::to_string).collect();
        let message = match objects.as_slice() {
            [] => drift.message.clone(),
            [only] if drift.message.contains(only.as_str()) => drift.message.clone(),
            objects => format!("{}: {}", drift.message, objects.join(", ")),
        };
        let kind = if is_of_a_database_gone(drift) { Drift::ABSENT } else { drift.kind.word() };
        Drift { kind: kind.to_owned(), message, hint: drift.hint.clone() }
    })
}

/// Whether it says that a whole database is not there: then nothing in it was looked at.
fn is_of_a_database_gone(drift: &Found) -> bool {
    let is_a_database = |object: &ObjectRef| object.key.class == Class::Database;
    drift.kind == DriftKind::Missing && drift.objects.iter().any(is_a_database)
}

/// A name that the server does not have, as drift.
fn named_absent(found: &Diagnostic) -> Drift {
    let detail = found.detail.as_ref().map_or(String::new(), |detail| format!(": {detail}"));
    Drift {
        kind: Drift::ABSENT.to_owned(),
        message: format!("the contract names what is not there: {}{detail}", found.message),
        hint: found.hint.clone().unwrap_or_default(),
    }
}

/// An expression that may be the one that is there: no change, and no silence either.
fn untold(expression: &UntoldExpression) -> Drift {
    Drift { kind: "expression_untold".to_owned(), message: expression.to_string(), hint: expression.hint() }
}

/// The contract's reason for a grant.
fn because(reasons: &Reasons, change: &Change) -> Option<String> {
    let reason = match change {
        Change::Grant { target, entry } => {
            reasons.of_grant(&target.object, &entry.grantee, entry.privileges.iter().next()?)
        }
        Change::GrantDefault { database, default, entry } => {
            reasons.of_default(database, default, &entry.grantee, entry.privileges.iter().next()?)
        }
        _ => None,
    };
    reason?.because.clone()
}
