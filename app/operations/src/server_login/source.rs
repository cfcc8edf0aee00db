//! Where the password of a login comes from.

use std::sync::Arc;
use std::time::Duration;

use pgward_catalog::name::RoleName;
use pgward_credential::Secret;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_vault::database::Loan;
use pgward_vault::failure::VaultError;
use pgward_vault::kept::Shelf;
use pgward_vault::vault::{Given, Vault};

use crate::server_login::password_file::PasswordFile;

/// Where the password of a login comes from.
pub enum Source {
    /// It is in the connection string, or none is needed.
    Written,
    /// A file that is the desk's to write.
    File(PasswordFile),
    /// A variable of the environment.
    Given(Arc<Given>),
    /// A vault.
    Vault {
        /// Which.
        vault: Arc<Vault>,
        /// What of it.
        login: VaultLogin,
        /// Who does what is done, whoever logs in.
        acting_as: Option<RoleName>,
    },
}

/// A login that a vault has.
#[derive(Debug, Clone)]
pub enum VaultLogin {
    /// Somebody keeps it there.
    Kept(Shelf),
    /// The vault rotates its password.
    Rotated {
        /// Where the database engine is mounted.
        mount: String,
        /// Its role there.
        role: String,
    },
    /// The vault makes it for us.
    Lent {
        /// Where the database engine is mounted.
        mount: String,
        /// Its role there.
        role: String,
    },
}

/// Why a login could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The vault gives none.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The file or the variable gives none.
    #[error("{0}")]
    Given(String),
    /// Whoever was to ask has died.
    #[error("asking for it was not finished")]
    Unfinished,
}

/// A login as its source gives it.
pub(crate) struct Found {
    /// Who logs in; none where it is the one that is written.
    pub(crate) user: Option<RoleName>,
    pub(crate) password: Secret,
    pub(crate) acting_as: Option<RoleName>,
    /// How long it is good for, as far as the source knows.
    pub(crate) length: Option<Duration>,
    pub(crate) loan: Option<OnLoan>,
}

impl Found {
    /// Whether it is the login that is known.
    pub(crate) fn is(&self, known: &ConnectionSettings, base: &ConnectionSettings) -> bool {
        known.user() == self.user.as_ref().unwrap_or_else(|| base.user())
            && known.has_password(&self.password)
    }
}

/// What was made for us, and by which of our entries: it ends with the token of that.
#[derive(Clone)]
pub(crate) struct OnLoan {
    pub(crate) loan: Loan,
    pub(crate) entry: u64,
}

impl Source {
    /// Whether asking again may give another login.
    pub(crate) fn can_change(&self) -> bool {
        !matches!(self, Source::Written)
    }

    pub(crate) async fn ask(&self, base: &ConnectionSettings) -> Result<Found, SourceError> {
        match self {
            // Nobody asks for what is written: it is there from the beginning.
            Source::Written => Err(SourceError::Given(format!("{base} has no other"))),
            Source::File(file) => {
                let file = file.clone();
                let password = aside(move || file.read().map_err(SourceError::Given)).await?;
                Ok(Found { user: None, password, acting_as: None, length: None, loan: None })
            }
            Source::Given(given) => {
                let given = Arc::clone(given);
                let password = aside(move || given().map_err(SourceError::Given)).await?;
                Ok(Found { user: None, password, acting_as: None, length: None, loan: None })
            }
            Source::Vault { vault, login, acting_as } => {
                let (vault, login) = (Arc::clone(vault), login.clone());
                let found = aside(move || login.ask(&vault)).await?;
                Ok(Found { acting_as: acting_as.clone(), ..found })
            }
        }
    }
}

impl VaultLogin {
    fn ask(&self, vault: &Vault) -> Result<Found, SourceError> {
        let user = |name: String| Some(RoleName::from(name.as_str()));
        Ok(match self {
            VaultLogin::Kept(shelf) => {
                let kept = vault.kept(shelf)?;
                let user = kept.username.and_then(user);
                Found { user, password: kept.password, acting_as: None, length: None, loan: None }
            }
            VaultLogin::Rotated { mount, role } => {
                let rotated = vault.rotated(mount, role)?;
                Found {
                    user: user(rotated.username),
                    password: rotated.password,
                    acting_as: None,
                    length: rotated.rotates_in,
                    loan: None,
                }
            }
            VaultLogin::Lent { mount, role } => {
                let token_left = token_left(vault)?;
                let lent = vault.lent(mount, role)?;
                let length = token_left.map_or(lent.loan.length, |left| left.min(lent.loan.length));
                Found {
                    user: user(lent.username),
                    password: lent.password,
                    acting_as: None,
                    length: Some(length),
                    loan: Some(OnLoan { loan: lent.loan, entry: vault.entries() }),
                }
            }
        })
    }
}

/// How long what we came in with is good for, prolonged; none where it does not end, or where coming in anew is not ours to do.
pub(crate) fn token_left(vault: &Vault) -> Result<Option<Duration>, SourceError> {
    match vault.prolong_token() {
        Ok(left) => Ok(left.filter(|_| vault.logs_in())),
        // A token may be good for its purpose, and not for this.
        Err(VaultError::Refused { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Does what waits for a disk or the network where nobody else has to wait for it.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(SourceError::Unfinished))
}
