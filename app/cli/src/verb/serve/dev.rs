//! `pgward serve --dev`: a desk to try, with everything it needs made for this run. The key of its certificate and the secret that the
//! passwords of roles are made from are never written; what others need to find it is in a folder that goes with it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pgward_catalog::name::DatabaseName;
use pgward_contract::form::scalar::Scalar as _;
use pgward_credential::{Password, Secret};
use pgward_desk::announce::Ways;
use pgward_desk::identity::Identity;
use pgward_desk::provisional::Provisional;
use pgward_desk::recorder::Durability;
use pgward_lease::event::Event;
use pgward_lease::lease::Lease;
use pgward_lease::policy::Policy;
use pgward_operations::borrow::keep_account;
use pgward_operations::contract_file::ContractFile;
use pgward_operations::desk_setup::TargetServer;
use pgward_operations::server_login::ServerLogin;
use pgward_secrets::{Existing, FileStore, random_bytes};
use pgward_store::accounts::Accounts;
use pgward_store::database::Place;
use pgward_store::leases::{ChangeError, Leases, Wanted};
use tokio::time::Instant;

use crate::arguments::Connection;
use crate::arguments::desk::Serve;
use crate::exit::Failure;
use crate::output::Output;
use crate::verb::borrow::account_failure;
use crate::verb::connection;
use crate::verb::serve::stand::Stand;

/// What was made for one run.
pub(super) struct Trial {
    /// Nobody else reads it.
    folder: tempfile::TempDir,
    contract: PathBuf,
    ledger: PathBuf,
    listen: SocketAddr,
}

impl Trial {
    /// Makes the folder.
    pub(super) fn set(asked: &Serve, contract: &Path) -> Result<Trial, Failure> {
        let absolute =
            |path: &Path| std::path::absolute(path).map_err(|error| Failure::file("find", path, &error));
        let folder = tempfile::Builder::new().prefix("pgward-desk-").tempdir();
        let folder = folder.map_err(|error| Failure::world(&error))?;
        let ledger = asked.ledger.clone().unwrap_or_else(|| folder.path().join("ledger"));
        Ok(Trial { contract: absolute(contract)?, ledger: absolute(&ledger)?, folder, listen: asked.listen })
    }

    /// A desk in front of the server that the command line names, for all targets of the contract.
    pub(super) fn stand(
        &self,
        file: &ContractFile,
        at: &Connection,
        output: &mut Output,
    ) -> Result<Stand, Failure> {
        let settings = connection::settings(at, output)?;
        let lent = file.contract.access.iter().flat_map(|access| access.targets.iter());
        let targets = lent.map(|(name, target)| {
            let database = DatabaseName::from(target.value.database.value.text().as_str());
            let server = TargetServer {
                login: Arc::new(ServerLogin::written(settings.with_database(&database))),
                replica: None,
                search_path: vec!["public".to_owned()],
            };
            (name.value.as_str().into(), server)
        });
        let made = Provisional::make().map_err(|error| Failure::world(&error))?;
        let identity = Identity::from_pem(made.certificate.as_bytes(), made.key.expose().as_bytes());
        self.write(AUTHORITY, &made.authority)?;
        Ok(Stand {
            listen: self.listen,
            identity: Some(identity.map_err(|error| Failure::world(&error))?),
            place: self.place(),
            secret: drawn()?,
            targets: targets.collect(),
            ledger: self.ledger.clone(),
            witnesses: Vec::new(),
            durability: Durability::Strict,
            ways: Ways::default(),
        })
    }

    /// Makes the accounts, and tells whoever wants to try it where everything is.
    pub(super) async fn open(
        &self,
        address: SocketAddr,
        policy: &Policy,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let quoted = |path: &Path| serde_json::Value::from(path.display().to_string()).to_string();
        let port = address.port();
        // JSON is YAML: what a path may hold is escaped.
        let desk = format!(
            "listen: {address}\naddress: localhost:{port}\nauthority: {AUTHORITY}\ncontract: {}\nstore: {{file: {STORE}}}\n\
            secret: not-written\nledger: {}\ntargets: {{}}\n",
            quoted(&self.contract),
            quoted(&self.ledger)
        );
        self.write(DESK, &desk)?;
        let mut accounts = Accounts::open(&self.place()).await.map_err(|error| Failure::world(&error))?;
        let files = FileStore::at(self.folder.path());
        let mut told = format!("PGWARD_DESK={}\n", self.folder.path().join(DESK).display());
        for (person, _) in policy.directory.people() {
            let password = drawn()?;
            keep_account(&mut accounts, person, &password).await.map_err(account_failure)?;
            let name = PathBuf::from(format!("{person}.password"));
            files.write(&name, &password, Existing::Replace).map_err(|error| Failure::world(&error))?;
            told.push_str(&format!("# --as {person} --password-file {}\n", files.locate(&name).display()));
        }
        output.result(&told)
    }

    /// Takes back everything that was lent, and waits until its roles are gone: nobody else would remove them.
    pub(super) async fn close(&self, policy: &Policy, output: &mut Output) -> Result<(), Failure> {
        let failed = |error| Failure::world(&error);
        let mut leases = Leases::open(&self.place()).await.map_err(failed)?;
        let event = Event::Revoke { by: None, reason: "the desk was tried, and has ended".to_owned() };
        for kept in leases.list(&Wanted::default()).await.map_err(failed)? {
            match leases.change(&kept.lease.id, &event, Timestamp::now(), policy).await {
                // What nobody has agreed to, or what is ending already, has nothing to be taken back.
                Ok(_) | Err(ChangeError::Refused(_)) => {}
                Err(error) => return Err(Failure::world(&error)),
            }
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let open = leases.list(&Wanted::default()).await.map_err(failed)?;
            let left: Vec<Lease> = open.into_iter().map(|kept| kept.lease).filter(Lease::has_role).collect();
            if left.is_empty() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                for lease in left {
                    let why =
                        lease.red().unwrap_or_else(|| format!("role \"{}\" is still there", lease.role()));
                    output.insist(&format!("lease {}: {why}; remove it by hand", lease.id));
                }
                return Ok(());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    fn place(&self) -> Place {
        Place::Sqlite(self.folder.path().join(STORE))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.folder.path().join(name);
        fs::write(&path, text).map_err(|error| Failure::file("write", &path, &error))
    }
}

fn drawn() -> Result<Secret, Failure> {
    let random = random_bytes::<32>().map_err(|error| Failure::world(&error))?;
    Password::generate(&random).map_err(|error| Failure::world(&error))
}

/// How long the roles of leases may take to go.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const AUTHORITY: &str = "authority.pem";
const DESK: &str = "desk.yaml";
const STORE: &str = "desk.sqlite";
