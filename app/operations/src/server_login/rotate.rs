//! `pgward rotate`: the desk changes the password of its own login.
//!
//! The new one is kept first, then set, then tried, and only then takes the place of the old one: whoever dies in between leaves a login that is
//! good, and the next session that is opened finds out with which password.

use pgward_credential::{ScramVerifier, Secret};
use pgward_postgres::connect::connect;
use pgward_postgres::connect::failure::ConnectError;
use pgward_postgres::execute::refusal::Refusal;
use pgward_postgres::execute::transaction::{Patience, Transaction};
use pgward_postgres::session::Session;

use crate::new_password::{self, NotMade};
use crate::server_login::password_file::PasswordFile;
use crate::server_login::source::{Source, SourceError, VaultLogin, aside};
use crate::server_login::{LoginError, ServerLogin};

/// Why the password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// It is not the desk's to change.
    #[error("the password of this login is {kept}: {instead}")]
    NotOurs {
        /// Where it is kept.
        kept: &'static str,
        /// Who changes it.
        instead: &'static str,
    },
    /// The server could not be reached.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// No password can be made.
    #[error(transparent)]
    NotMade(#[from] NotMade),
    /// It cannot be kept.
    #[error("cannot keep the new password: {0}")]
    Keep(SourceError),
    /// The server does not set it.
    #[error("the server does not change the password: {}", .0.message)]
    Refused(Refusal),
    /// The server set it, and does not take it.
    #[error("the server has changed the password, and does not take the new one, which is in {next}")]
    NotTaken {
        /// Where it is.
        next: String,
        /// What the server said.
        #[source]
        source: Box<ConnectError>,
    },
}

impl ServerLogin {
    /// Changes the password, here and on the server. Sessions that are open go on.
    ///
    /// # Errors
    /// It is not ours to change, or something refused. What is kept then is still good.
    pub async fn rotate(&self) -> Result<(), RotateError> {
        let file = self.source.own_file()?.clone();
        let session = self.connect().await?;
        // One after the other, on whatever machine: two at once would leave the password of neither.
        let client = session.client();
        client.batch_execute(TURN).await.map_err(|error| RotateError::Refused(Refusal::of(TURN, &error)))?;
        let next = new_password::password()?;
        let verifier = new_password::verifier(&next)?;
        let kept = (file.clone(), next.duplicate());
        let keep = aside(move || kept.0.write_next(&kept.1).map_err(SourceError::Given));
        keep.await.map_err(RotateError::Keep)?;
        set(&session, &verifier).await.map_err(RotateError::Refused)?;
        let settings = self.base.with_credentials(&session.facts().session_user, next.duplicate());
        if let Err(error) = connect(&settings).await {
            let next = file.next().display().to_string();
            return Err(RotateError::NotTaken { next, source: Box::new(error) });
        }
        self.take_over(&file, next).await.map_err(RotateError::Keep)
    }

    /// Opens a session with the password that was to take the place of the one in force, where somebody died before it did.
    pub(crate) async fn connect_with_next(&self) -> Option<Session> {
        let file = self.source.own_file().ok()?.clone();
        let read = file.clone();
        let next = aside(move || read.read_next().map_err(SourceError::Given)).await.ok()??;
        let settings = self.base.with_credentials(self.base.user(), next.duplicate());
        match connect(&settings).await {
            Ok(session) => {
                // Where it cannot be put in its place, it is found in this way again.
                let _ = self.take_over(&file, next).await;
                Some(session)
            }
            // It never came into force, or the server is away.
            Err(_) => None,
        }
    }

    async fn take_over(&self, file: &PasswordFile, next: Secret) -> Result<(), SourceError> {
        {
            let mut has = self.has();
            has.settings = Some(self.base.with_credentials(self.base.user(), next.duplicate()));
            has.generation += 1;
        }
        let file = file.clone();
        aside(move || file.take_over(&next).map_err(SourceError::Given)).await
    }
}

impl Source {
    /// The file, if the password is in one that is the desk's to write.
    fn own_file(&self) -> Result<&PasswordFile, RotateError> {
        let (kept, instead) = match self {
            Source::File(file) => return Ok(file),
            Source::Written => (
                "in the connection string",
                "put it into a file of its own (`password_file`), and it can be changed",
            ),
            Source::Given(_) => {
                ("in the environment", "put it into a file (`password_file`), and it can be changed")
            }
            Source::Vault { login: VaultLogin::Kept(_), .. } => {
                ("in the vault", "whoever keeps it there changes it, on the server as well")
            }
            Source::Vault { .. } => ("in the vault", "the vault changes it"),
        };
        Err(RotateError::NotOurs { kept, instead })
    }
}

async fn set(session: &Session, verifier: &ScramVerifier) -> Result<(), Refusal> {
    let transaction =
        Transaction::begin(session.client(), Patience { turn_ms: LOCK_MS, lock_ms: LOCK_MS }).await?;
    match transaction.set_password(&session.facts().session_user, verifier).await {
        Ok(()) => transaction.commit().await,
        Err(refusal) => {
            // Where the connection is gone, so is the transaction.
            let _ = transaction.roll_back().await;
            Err(refusal)
        }
    }
}

/// Until the session ends.
const TURN: &str =
    "SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended('pgward rotate ' || session_user, 0))";
/// How long the role may be locked by somebody else, in milliseconds.
const LOCK_MS: u32 = 10_000;
