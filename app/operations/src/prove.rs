//! `pgward prove`: try every claim of the contract as the real identity. Nothing of it stays.

pub mod contexts;
pub mod expressions;
pub mod ways;

use std::collections::BTreeSet;
use std::io;
use std::time::Instant;

use pgward_audit::from_contract::declared;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::{ObjectKey, Origin};
use pgward_catalog::setting::{SettingScope, Settings};
use pgward_contract::diagnostic::{Diagnostic, Severity};
use pgward_contract::expand::drift::DriftKind;
use pgward_contract::model::contract::Contract;
use pgward_credential::Secret;
use pgward_plan::change::SecretReference;
use pgward_postgres::inspect::{InspectError, in_snapshot};
use pgward_postgres::prove::Proving;
use pgward_postgres::prove::failure::ProveError;
use pgward_postgres::prove::login::Logins;
use pgward_postgres::prove::options::Options;
use pgward_postgres::session::Session;
use pgward_postgres::shapes::read_shapes;
use pgward_proof::derive::Deriving;
use pgward_proof::from_contract::promises;
use pgward_proof::promises::{DatabasePromises, Promises};
use pgward_proof::proof::{About, Proof};
use pgward_proof::truth_table::{Line, truth_table};
use pgward_proof::verdict::Verdict;

use crate::clock::Clock;
use crate::contract_file::ContractFile;
use crate::password::{PasswordError, Passwords};
use crate::plan::digest;
use crate::prepare::{databases_of, prepare};
use crate::prove::ways::Ways;
use crate::server::{Server, ServerError};

/// A proof.
pub struct Proved {
    /// What was shown, with the verdicts of claims that do not hold.
    pub proof: Proof,
    /// What is wrong with the contract, as far as only a server shows it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum ProveFailure {
    /// The contract does not fit the server.
    #[error("the contract does not fit the server")]
    Contract(Vec<Diagnostic>),
    /// What may never be is possible, though nothing that was tried shows it: each case, in words.
    #[error("what the contract says may never be is possible: {}", .0.join("; "))]
    NeverBroken(Vec<String>),
    /// The state could not be read.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// What tables and routines look like could not be read.
    #[error("cannot read what tables and routines look like")]
    Shapes(#[from] InspectError),
    /// The server is a standby.
    #[error(
        "the server is a standby: a proof makes rows and takes them back, which a standby cannot; connect to its primary"
    )]
    Standby,
    /// Trying could not go on.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// What was shown could not be kept.
    #[error("cannot keep what the proof has shown")]
    Keep(#[from] io::Error),
    /// A kept password cannot be read.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

/// Who keeps what a proof shows, while it runs: there is too much of it to hold it all.
pub trait Archive {
    /// A verdict, of a claim that holds or of one that does not.
    ///
    /// # Errors
    /// It could not be kept.
    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()>;

    /// A line of the truth table.
    ///
    /// # Errors
    /// It could not be kept.
    fn truth(&mut self, line: &Line) -> io::Result<()>;

    /// Whether the truth table is wanted at all.
    fn wants_truth(&self) -> bool;

    /// Whether the proof itself is to keep the verdicts of claims that hold, however many there are.
    fn wants_proven_kept(&self) -> bool;
}

/// How roles are tried over connections of their own.
pub enum LoginTrials<'p> {
    /// Those whose passwords are kept here.
    With(&'p Passwords),
    /// Not at all: nothing is asked of any store.
    Without,
}

/// Whose sessions begin as which other role in this state.
fn beginnings(desired: &Catalog) -> BTreeSet<(RoleName, RoleName)> {
    let as_another = |(scope, settings): (&SettingScope, &Settings)| {
        Some((scope.role.clone()?, RoleName::from(settings.get("role")?.as_str())))
    };
    desired.settings.iter().filter_map(as_another).collect()
}

/// Tries every claim of a valid contract, in each database that it describes.
pub async fn prove(
    server: &Server,
    file: &ContractFile,
    logins: LoginTrials<'_>,
    archive: &mut dyn Archive,
    clock: &dyn Clock,
    commit: Option<String>,
) -> Result<Proved, ProveFailure> {
    let started = clock.now();
    let began = Instant::now();
    if server.is_standby() {
        return Err(ProveFailure::Standby);
    }
    let observed = server.observe().await?;
    let prepared = prepare(server, &file.contract, observed).await?;
    let diagnostics = prepared.expansion.diagnostics.clone();
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(ProveFailure::Contract(diagnostics));
    }
    let broken = prepared.expansion.drift.iter().filter(|drift| drift.kind == DriftKind::NeverBroken);
    let broken: Vec<String> = broken.map(|drift| drift.message.clone()).collect();
    let secrets = match logins {
        LoginTrials::With(passwords) => Some(kept_secrets(&file.contract, passwords)?),
        LoginTrials::Without => None,
    };
    let at_hand: BTreeSet<RoleName> = secrets.iter().flatten().map(|(role, _)| role.clone()).collect();
    let promised = promises(&file.contract, &prepared.expansion, &file.sources, &at_hand);
    let logins = secrets.map(|secrets| Logins::new(server.settings().clone(), secrets));
    let declared_beginnings = beginnings(&prepared.expansion.desired);
    let options = Options { logins, declared_beginnings, ..Options::default() };
    let ways = match ways::are_asked_for(&file.contract) {
        true => Some(ways_of(server, &file.contract, &started).await?),
        false => None,
    };
    let mut proof = Proof::default();
    for database in &promised.databases {
        let session = database.database.as_ref().and_then(|name| server.session(name));
        let Some(session) = session else { continue };
        let objects = objects_tried(&promised, database);
        let shapes = in_snapshot(session.client(), read_shapes(session.client(), &objects)).await?;
        let mut deriving = Deriving::of(&promised, database, &shapes);
        let mut proving = Proving::default();
        let mut fresh: Option<Session> = None;
        let mut touched = false;
        while let Some(part) = deriving.next_part() {
            if touched && part.need_an_untouched_session() {
                let name = session.facts().database.clone();
                fresh = Some(server.connect(&name).await.map_err(ServerError::from)?);
            }
            touched = true;
            let client = fresh.as_ref().map_or(session.client(), Session::client);
            for verdict in proving.part(client, part, &options).await? {
                let verdict = expressions::judge(&prepared, verdict);
                let verdict = contexts::judge(&prepared.observed, database, verdict);
                let verdict = match &ways {
                    Some(ways) => ways.judge(verdict),
                    None => verdict,
                };
                archive.verdict(&verdict)?;
                if archive.wants_proven_kept() {
                    proof.keep(verdict);
                } else {
                    proof.take(verdict);
                }
            }
        }
        if archive.wants_truth() {
            truth_table(&promised, database, &prepared.observed, |line| archive.truth(line))?;
        }
    }
    // What somebody did by hand may make a `never` false, and trying it shows that. Where nothing that was tried does, what is
    // known to be possible must not be called proven.
    if !broken.is_empty() && proof.holds() {
        return Err(ProveFailure::NeverBroken(broken));
    }
    proof.about = About {
        cluster: file.contract.cluster.as_ref().map(|name| name.as_str().to_owned()),
        server_version: Some(version(&prepared.observed)),
        fingerprint: Some(Fingerprint::of(&prepared.observed).to_string()),
        contract_digest: Some(digest(&file.sources)),
        commit,
        started: Some(started),
        millis: u64::try_from(began.elapsed().as_millis()).ok(),
    };
    Ok(Proved { proof, diagnostics })
}

/// The ways that are there, seen over sessions of their own: those of a survey can only read.
async fn ways_of(server: &Server, contract: &Contract, now: &str) -> Result<Ways, ProveFailure> {
    let reader = Server::open_to_read(server.settings(), &databases_of(contract)).await?;
    let survey = reader.survey().await?;
    let (declared, _) = declared(contract, &survey.catalog);
    let today = now.get(.."2026-11-22".len()).unwrap_or(now);
    Ok(Ways::of(&survey, Some(&declared), today))
}

/// The passwords that are kept where the contract says, of the roles it declares.
fn kept_secrets(
    contract: &Contract,
    passwords: &Passwords,
) -> Result<Vec<(RoleName, Secret)>, PasswordError> {
    let mut secrets = Vec::new();
    for (name, role) in contract.roles.iter() {
        let Some(secret) = &role.secret else { continue };
        let place =
            SecretReference { store: secret.store.word().to_owned(), path: secret.path.as_str().to_owned() };
        if let Some(password) = passwords.kept(&place)? {
            secrets.push((RoleName::from(name.as_str()), password));
        }
    }
    Ok(secrets)
}

/// The objects that statements are written for.
fn objects_tried(promised: &Promises, database: &DatabasePromises) -> BTreeSet<ObjectKey> {
    let contents = database.database.as_ref().and_then(|name| promised.desired.databases.get(name));
    let described = contents
        .into_iter()
        .flat_map(|contents| contents.objects.keys())
        .filter(|key| key.schema.as_ref().is_some_and(|schema| database.schemas.contains(schema)))
        .cloned();
    let anywhere = database.nevers.iter().any(|never| never.objects.is_none());
    let made = contents
        .into_iter()
        .flat_map(|contents| &contents.objects)
        .filter(|(_, object)| anywhere && object.origin == Origin::User)
        .map(|(key, _)| key.clone());
    let forbidden = database
        .nevers
        .iter()
        .flat_map(|never| never.objects.iter().flatten())
        .map(|object| object.key.clone());
    let tenants = database.tenants.iter().map(|rule| rule.table.clone());
    described.chain(made).chain(forbidden).chain(tenants).collect()
}

fn version(catalog: &Catalog) -> String {
    format!("{}.{}", catalog.version.major(), catalog.version.0 % 10_000)
}
