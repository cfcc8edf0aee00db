//! The desk's own login at a server, wherever its password comes from, and however often that changes.
//!
//! Sessions that are open stay open when it changes; new ones begin with what it is then. Where it cannot be had anew, what the desk has is good
//! for as long as the server takes it.
//!
//! - [`source`]: where the password comes from
//! - [`password_file`]: a file that it is in
//! - [`tend`]: keeping it good
//! - [`rotate`]: changing it

pub mod password_file;
pub mod rotate;
pub mod source;
pub mod tend;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pgward_catalog::name::RoleName;
use pgward_postgres::connect::connect;
use pgward_postgres::connect::failure::ConnectError;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::session::Session;
use tokio::time::Instant;

use crate::server_login::source::{OnLoan, Source, SourceError};

/// A login at a server.
pub struct ServerLogin {
    /// Everything but what comes from elsewhere.
    base: ConnectionSettings,
    source: Source,
    has: Mutex<Has>,
    /// Who asks for another login, one after the other.
    turn: tokio::sync::Mutex<()>,
}

/// What there is of a login now.
#[derive(Default)]
struct Has {
    settings: Option<ConnectionSettings>,
    /// Counts the logins there were.
    generation: u64,
    /// When it was asked for, or prolonged, and how long it is good for from then on.
    since: Option<Instant>,
    length: Option<Duration>,
    /// How long it was good for at first: one that cannot be prolonged to half of it is near its end.
    whole: Option<Duration>,
    loan: Option<OnLoan>,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// There is no login.
    #[error("the desk's login is not to be had: {0}")]
    Source(SourceError),
    /// The server could not be reached, or refuses the login.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The server refuses the login, and another one is not to be had.
    #[error("{refused}; and whether the login has changed cannot be told: {source_error}")]
    Both {
        /// What the server said.
        refused: Box<ConnectError>,
        /// Why there is no other.
        source_error: SourceError,
    },
}

impl ServerLogin {
    /// A login by these settings alone, whose password does not change.
    #[must_use]
    pub fn written(settings: ConnectionSettings) -> ServerLogin {
        ServerLogin::from(settings, Source::Written)
    }

    /// A login whose password, or the whole of it, comes from elsewhere.
    #[must_use]
    pub fn from(base: ConnectionSettings, source: Source) -> ServerLogin {
        let settings = matches!(source, Source::Written).then(|| base.clone());
        let has = Mutex::new(Has { settings, ..Has::default() });
        ServerLogin { base, source, has, turn: tokio::sync::Mutex::default() }
    }

    /// The way to the server, and the database: everything but who logs in.
    #[must_use]
    pub fn way(&self) -> &ConnectionSettings {
        &self.base
    }

    /// Who logs in, as far as that is known, and who does what is done then.
    #[must_use]
    pub fn roles(&self) -> Vec<RoleName> {
        let has = self.has();
        let settings = has.settings.as_ref().unwrap_or(&self.base);
        let mut roles = vec![settings.user().clone(), settings.acts_as().clone()];
        roles.dedup();
        roles
    }

    /// How many logins there were before this one: what is open by an earlier one is to be opened anew.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.has().generation
    }

    /// The login as it is now.
    ///
    /// # Errors
    /// There is none yet, and it cannot be had.
    pub async fn settings(&self) -> Result<ConnectionSettings, LoginError> {
        if let Some(settings) = &self.has().settings {
            return Ok(settings.clone());
        }
        self.ask_after(0).await.map_err(LoginError::Source)
    }

    /// Opens a session. Where the server refuses the login, it may have been changed just now: then it is asked for once more.
    ///
    /// # Errors
    /// The server is away or refuses, or there is no login.
    pub async fn connect(&self) -> Result<Session, LoginError> {
        let settings = self.settings().await?;
        let generation = self.generation();
        let refused = match connect(&settings).await {
            Err(error) if is_refused(&error) && self.source.can_change() => error,
            done => return Ok(done?),
        };
        let settings = match self.ask_after(generation).await {
            Ok(settings) => settings,
            Err(source_error) => {
                return Err(LoginError::Both { refused: Box::new(refused), source_error });
            }
        };
        if self.generation() != generation {
            return Ok(connect(&settings).await?);
        }
        self.connect_with_next().await.ok_or(LoginError::Connect(refused))
    }

    /// Asks for the login, unless somebody else has had another one than this since.
    async fn ask_after(&self, generation: u64) -> Result<ConnectionSettings, SourceError> {
        let _turn = self.turn.lock().await;
        {
            let has = self.has();
            if let Some(settings) = has.settings.as_ref().filter(|_| has.generation > generation) {
                return Ok(settings.clone());
            }
        }
        self.ask().await
    }

    /// Asks for the login. What was there stays where there is none.
    async fn ask(&self) -> Result<ConnectionSettings, SourceError> {
        let found = self.source.ask(&self.base).await?;
        let mut has = self.has();
        let is_same = has.settings.as_ref().is_some_and(|known| found.is(known, &self.base));
        if !is_same {
            let user = found.user.as_ref().unwrap_or_else(|| self.base.user());
            let settings = self.base.with_credentials(user, found.password);
            let settings =
                found.acting_as.as_ref().map_or_else(|| settings.clone(), |role| settings.acting_as(role));
            has.settings = Some(settings);
            has.generation += 1;
        }
        has.since = Some(Instant::now());
        (has.length, has.whole) = (found.length, found.length);
        has.loan = found.loan;
        has.settings.clone().ok_or(SourceError::Unfinished)
    }

    fn has(&self) -> MutexGuard<'_, Has> {
        self.has.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the server does not take the login, whatever else it is.
fn is_refused(error: &ConnectError) -> bool {
    match error {
        ConnectError::WrongPassword { .. } | ConnectError::Rejected { .. } => true,
        ConnectError::Several(failures) => failures.iter().any(is_refused),
        _ => false,
    }
}
