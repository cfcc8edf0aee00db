//! `pgward prove`: try every claim of the contract as the real identity. Nothing of it stays.

use std::collections::BTreeSet;
use std::time::Instant;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::{ObjectKey, Origin};
use pgward_contract::diagnostic::{Diagnostic, Severity};
use pgward_contract::model::contract::Contract;
use pgward_credential::Secret;
use pgward_plan::change::SecretReference;
use pgward_postgres::inspect::{InspectError, in_snapshot};
use pgward_postgres::prove::failure::ProveError;
use pgward_postgres::prove::login::Logins;
use pgward_postgres::prove::options::Options;
use pgward_postgres::prove::prove as try_cases;
use pgward_postgres::shapes::read_shapes;
use pgward_proof::derive::cases;
use pgward_proof::from_contract::promises;
use pgward_proof::promises::{DatabasePromises, Promises};
use pgward_proof::proof::{About, Proof};
use pgward_proof::truth_table::{Line, truth_table};

use crate::clock::Clock;
use crate::contract_file::ContractFile;
use crate::password::{PasswordError, Passwords};
use crate::plan::digest;
use crate::prepare::prepare;
use crate::server::{Server, ServerError};

/// A proof with what its evidence is made from.
pub struct Proved {
    /// The verdicts.
    pub proof: Proof,
    /// Contract and server side by side.
    pub truth: Vec<Line>,
    /// What is wrong with the contract, as far as only a server shows it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum ProveFailure {
    /// The contract does not fit the server.
    #[error("the contract does not fit the server")]
    Contract(Vec<Diagnostic>),
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
    /// A kept password cannot be read.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

/// Tries every claim of a valid contract, in each database that it describes.
pub async fn prove(
    server: &Server,
    file: &ContractFile,
    passwords: &Passwords,
    clock: &dyn Clock,
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
    let secrets = kept_secrets(&file.contract, passwords)?;
    let at_hand: BTreeSet<RoleName> = secrets.iter().map(|(role, _)| role.clone()).collect();
    let promised = promises(&file.contract, &prepared.expansion, &file.sources, &at_hand);
    let options =
        Options { logins: Some(Logins::new(server.settings().clone(), secrets)), ..Options::default() };
    let mut verdicts = Vec::new();
    let mut truth = Vec::new();
    for database in &promised.databases {
        let session = database.database.as_ref().and_then(|name| server.session(name));
        let Some(session) = session else { continue };
        let objects = objects_tried(&promised, database);
        let shapes = in_snapshot(session.client(), read_shapes(session.client(), &objects)).await?;
        verdicts.extend(try_cases(session.client(), cases(&promised, database, &shapes), &options).await?);
        truth.extend(truth_table(&promised, database, &prepared.observed));
    }
    let about = About {
        cluster: file.contract.cluster.as_ref().map(|name| name.as_str().to_owned()),
        server_version: Some(version(&prepared.observed)),
        fingerprint: Some(Fingerprint::of(&prepared.observed).to_string()),
        contract_digest: Some(digest(&file.sources)),
        commit: None,
        started: Some(started),
        millis: u64::try_from(began.elapsed().as_millis()).ok(),
    };
    Ok(Proved { proof: Proof::new(about, verdicts), truth, diagnostics })
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
