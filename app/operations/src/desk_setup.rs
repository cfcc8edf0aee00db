//! The file of a desk, with everything it names read: what `pgward serve` and those who borrow begin with.
//!
//! - [`logins`]: who logs in at the servers, by what
//! - [`own_file`]: files that nobody else can read
//! - [`witnesses`]: who keeps the ledger's head

mod logins;
mod own_file;
pub mod witnesses;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pgward_contract::diagnostic::{Diagnostic, Severity};
use pgward_contract::model::access::Target;
use pgward_contract::model::contract::Contract;
use pgward_contract::model::desk_file::{self, DeskFile, Durability};
use pgward_contract::source::Source;
use pgward_contract::source::span::Spanned;
use pgward_contract::text::Words;
use pgward_credential::Secret;
use pgward_lease::name::TargetName;
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::refusal::SettingsError;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_secrets::{Existing, FileStore, ReadError, WriteError, random_bytes};
use pgward_store::database::Place;
use pgward_vault::vault::Vault;

use crate::desk_setup::own_file::secret_in;
use crate::server_login::ServerLogin;
use crate::sign_on::Reading;

/// A desk's file, and the folder its paths begin in.
pub struct DeskSetup {
    file: DeskFile,
    folder: PathBuf,
}

/// How the server of a target is reached, and where names are looked up there.
pub struct TargetServer {
    /// The login that makes roles.
    pub login: Arc<ServerLogin>,
    /// The schemas.
    pub search_path: Vec<String>,
    /// The replica where reading is sent instead: its name, and how it is reached.
    pub replica: Option<(String, Arc<ServerLogin>)>,
}

/// How people sign on.
pub struct SignOnSetup {
    /// The desk's name at the provider.
    pub client: String,
    /// Its secret there.
    pub secret: Option<Secret>,
    /// Who signed the provider's certificate, in PEM.
    pub authority: Option<String>,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The port that the browser comes back to; 0 is any.
    pub port: u16,
    /// How the desk understands what the provider says.
    pub reading: Reading,
}

/// Why a desk cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A file could not be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is wrong: everything that is wrong with it, in its places.
    #[error("the desk's file is not valid")]
    Invalid {
        /// The file, for showing them.
        sources: Vec<Source>,
        /// What is wrong.
        diagnostics: Vec<Diagnostic>,
    },
    /// A value says nothing that can be used.
    #[error("{key}: {why}")]
    Value {
        /// Where.
        key: String,
        /// Why not.
        why: String,
    },
    /// A connection string cannot be used.
    #[error("{key}: the connection string cannot be used")]
    Conninfo {
        /// Whose.
        key: String,
        /// Why not.
        #[source]
        source: Box<SettingsError>,
    },
}

impl DeskSetup {
    /// Reads a desk's file.
    ///
    /// # Errors
    /// It cannot be read, or something in it is wrong; a key that is not known is.
    pub fn read(path: &Path) -> Result<DeskSetup, SetupError> {
        let text = text_of(path)?;
        let sources = vec![Source::new(path.display().to_string(), text)];
        let (file, diagnostics) = sources.first().map_or((None, Vec::new()), desk_file::read);
        let wrong = diagnostics.iter().any(|found| found.severity == Severity::Error);
        match file {
            Some(file) if !wrong => {
                let folder = path.parent().unwrap_or(Path::new("")).to_owned();
                Ok(DeskSetup { file, folder })
            }
            _ => Err(SetupError::Invalid { sources, diagnostics }),
        }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// It is not an address with a port.
    pub fn listen(&self) -> Result<SocketAddr, SetupError> {
        let text = self.file.listen.value.as_str();
        let why = || format!("`{text}` is no address with a port, such as 127.0.0.1:6432");
        text.parse().map_err(|_| SetupError::Value { key: "listen".to_owned(), why: why() })
    }

    /// What borrowers connect to.
    #[must_use]
    pub fn address(&self) -> &str {
        self.file.address.as_ref().unwrap_or(&self.file.listen).value.as_str()
    }

    /// Whether borrowers can check that the desk is the one.
    #[must_use]
    pub fn has_certificate(&self) -> bool {
        self.file.certificate.is_some()
    }

    /// The file that borrowers check the desk's certificate with, from the root of the file system on.
    ///
    /// # Errors
    /// The folder that this process is in cannot be told.
    pub fn authority(&self) -> Result<Option<PathBuf>, SetupError> {
        let path = self.file.authority.as_ref().map(|authority| self.path(authority));
        let whole =
            path.map(|path| std::path::absolute(&path).map_err(|source| SetupError::Read { path, source }));
        whole.transpose()
    }

    /// The desk's certificate and its key, in PEM, if it has one.
    ///
    /// # Errors
    /// A file cannot be read, or there is only one of the two.
    pub fn identity(&self) -> Result<Option<(String, Secret)>, SetupError> {
        match (&self.file.certificate, &self.file.key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => {
                let key = Secret::new(text_of(&self.path(key))?);
                Ok(Some((text_of(&self.path(certificate))?, key)))
            }
            _ => Err(SetupError::Value {
                key: "certificate".to_owned(),
                why: "`certificate` and `key` are written together or not at all".to_owned(),
            }),
        }
    }

    /// Where the contract is.
    #[must_use]
    pub fn contract(&self) -> PathBuf {
        self.path(&self.file.contract)
    }

    /// The folder of the ledger.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.path(&self.file.ledger)
    }

    /// What a record of the ledger promises.
    #[must_use]
    pub fn durability(&self) -> Durability {
        self.file.durability()
    }

    /// How people are told: the file that lines are appended to, and the program that reads each.
    #[must_use]
    pub fn announce(&self) -> (Option<PathBuf>, Vec<String>) {
        let Some(ways) = &self.file.announce else { return (None, Vec::new()) };
        let file = ways.value.file.as_ref().map(|file| self.path(file));
        (file, ways.value.command.iter().map(|word| word.value.as_str().to_owned()).collect())
    }

    /// The desk's own secret; drawn where there is none yet. It is a file that nobody else can read.
    ///
    /// # Errors
    /// It can be neither read nor made, or others could have read it.
    pub fn secret(&self) -> Result<Secret, SetupError> {
        let path = self.path(&self.file.secret);
        let failed = |why: String| SetupError::Value { key: "secret".to_owned(), why };
        let name = path.file_name().ok_or_else(|| failed(format!("{} names no file", path.display())))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let store = FileStore::at(folder.unwrap_or(Path::new(".")));
        match store.read(Path::new(name)) {
            Err(ReadError::Missing { .. }) => {}
            read => return read.map_err(|error| failed(error.to_string())),
        }
        let drawn = random_bytes::<32>().map_err(|error| failed(error.to_string()))?;
        let digits: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
        match store.write(Path::new(name), &Secret::new(digits), Existing::Keep) {
            // Another desk was faster: its secret is everybody's.
            Ok(()) | Err(WriteError::Exists { .. }) => {}
            Err(error) => return Err(failed(error.to_string())),
        }
        store.read(Path::new(name)).map_err(|error| failed(error.to_string()))
    }

    /// Where leases and accounts are kept.
    ///
    /// # Errors
    /// Not one of the three ways is written, or its connection string cannot be used.
    pub fn store(&self) -> Result<Place, SetupError> {
        let store = &self.file.store.value;
        match (&store.file, &store.conninfo_file, &store.conninfo_env) {
            (Some(file), None, None) => Ok(Place::Sqlite(self.path(file))),
            (None, file, variable) => {
                let settings = self.settings("store", file.as_ref(), variable.as_ref())?;
                Ok(Place::Postgres(Box::new(settings)))
            }
            _ => Err(one_of("store", "`file`, `conninfo_file` and `conninfo_env`")),
        }
    }

    /// How people sign on, if they can; the secret is read as well.
    ///
    /// # Errors
    /// A file or a variable cannot be read, or others could have read it.
    pub fn sign_on(&self) -> Result<Option<SignOnSetup>, SetupError> {
        let Some(written) = &self.file.sign_on else { return Ok(None) };
        let written = &written.value;
        let words = |words: &Option<Spanned<Words>>, else_: &str| {
            words.as_ref().map_or(else_.to_owned(), |words| words.value.as_str().to_owned())
        };
        let secret = match (&written.secret_file, &written.secret_env) {
            (None, None) => None,
            (Some(file), None) => Some(self.own_secret("sign_on.secret_file", file)?),
            (None, Some(variable)) => {
                let value = std::env::var(variable.value.as_str()).map_err(|_| SetupError::Value {
                    key: "sign_on.secret_env".to_owned(),
                    why: format!("the environment has no variable {}", variable.value.as_str()),
                })?;
                Some(Secret::new(value))
            }
            _ => return Err(one_of("sign_on", "`secret_file` and `secret_env`")),
        };
        let mut scopes: Vec<String> =
            written.scopes.iter().map(|scope| scope.value.as_str().to_owned()).collect();
        if scopes.is_empty() {
            scopes = USUAL_SCOPES.map(str::to_owned).to_vec();
        }
        let groups = written.groups.iter().map(|(name, groups)| {
            let here = groups.iter().map(|group| group.value.as_str().into()).collect();
            (name.value.as_str().to_owned(), here)
        });
        let authority = written.authority.as_ref().map(|path| text_of(&self.path(path))).transpose()?;
        Ok(Some(SignOnSetup {
            client: written.client.value.as_str().to_owned(),
            secret,
            authority,
            scopes,
            port: u16::try_from(written.port().0).unwrap_or(0),
            reading: Reading {
                issuer: written.issuer.value.as_str().to_owned(),
                person: words(&written.person, "email"),
                groups_claim: words(&written.groups_claim, "groups"),
                groups: groups.collect(),
                renewed: Duration::from_secs(written.renewed().seconds()),
            },
        }))
    }

    /// A secret in a file that nobody else can read.
    fn own_secret(&self, key: &str, written: &Spanned<Words>) -> Result<Secret, SetupError> {
        secret_in(&self.path(written)).map_err(|why| SetupError::Value { key: key.to_owned(), why })
    }

    /// How the servers of all targets of the contract are reached.
    ///
    /// # Errors
    /// A target has no server, a server no target, or a connection string cannot be used.
    pub fn targets(&self, contract: &Contract) -> Result<BTreeMap<TargetName, TargetServer>, SetupError> {
        let lent = contract.access.as_ref().map(|access| &access.targets);
        for name in self.file.targets.keys() {
            if lent.is_none_or(|lent| lent.get(&name.value).is_none()) {
                let why = "the contract has no such target under `access`".to_owned();
                return Err(SetupError::Value { key: format!("targets.{}", name.value.as_str()), why });
            }
        }
        let vault = self.vault()?;
        let mut servers = BTreeMap::new();
        for (name, target) in lent.into_iter().flatten() {
            let key = format!("targets.{}", name.value.as_str());
            let Some(server) = self.file.targets.get(&name.value) else {
                return Err(SetupError::Value {
                    key,
                    why: "the contract lends this target, and its server is not named".to_owned(),
                });
            };
            let server = &server.value;
            let login = self.login(&key, server, &target.value, vault.as_ref())?;
            let mut search_path: Vec<String> =
                server.search_path.iter().map(|schema| schema.value.as_str().to_owned()).collect();
            if search_path.is_empty() {
                search_path.push("public".to_owned());
            }
            let replica = self.replica_of(&target.value, &key, vault.as_ref())?;
            servers.insert(name.value.as_str().into(), TargetServer { login, search_path, replica });
        }
        Ok(servers)
    }

    /// The replica where the reading of a target is sent.
    fn replica_of(
        &self,
        target: &Target,
        key: &str,
        vault: Option<&Arc<Vault>>,
    ) -> Result<Option<(String, Arc<ServerLogin>)>, SetupError> {
        let Some(via) = &target.read_only_via else { return Ok(None) };
        let name = via.value.as_str();
        let Some(server) = self.file.replicas.get(&via.value) else {
            let why = format!("the contract sends reading to `{name}`, and `replicas` does not name it");
            return Err(SetupError::Value { key: key.to_owned(), why });
        };
        let (key, server) = (format!("replicas.{name}"), &server.value);
        Ok(Some((name.to_owned(), self.login(&key, server, target, vault)?)))
    }

    fn settings(
        &self,
        key: &str,
        file: Option<&Spanned<Words>>,
        variable: Option<&Spanned<Words>>,
    ) -> Result<ConnectionSettings, SetupError> {
        let text = match (file, variable) {
            (Some(file), None) => text_of(&self.path(file))?,
            (None, Some(variable)) => std::env::var(variable.value.as_str()).map_err(|_| {
                let why = format!("the environment has no variable {}", variable.value.as_str());
                SetupError::Value { key: key.to_owned(), why }
            })?,
            _ => return Err(one_of(key, "`conninfo_file` and `conninfo_env`")),
        };
        // What the process's own environment says of PostgreSQL is not about this server.
        let settings = ConnectionSettings::resolve(Some(text.trim()), &Environment::of([]));
        settings.map_err(|source| SetupError::Conninfo { key: key.to_owned(), source: Box::new(source) })
    }

    fn path(&self, written: &Spanned<Words>) -> PathBuf {
        self.folder.join(written.value.as_str())
    }
}

/// Who it is, and that a login is renewed by itself.
const USUAL_SCOPES: [&str; 2] = ["email", "offline_access"];

fn one_of(key: &str, keys: &str) -> SetupError {
    SetupError::Value { key: key.to_owned(), why: format!("exactly one of {keys} is to be written") }
}

fn text_of(path: &Path) -> Result<String, SetupError> {
    fs::read_to_string(path).map_err(|source| SetupError::Read { path: path.to_owned(), source })
}
