//! A session with a server whose version is known and whose settings cannot mislead us.

use crate::connect::transport::{Route, RouteError, Settled};
use crate::conninfo::auth_methods::AuthMethod;
use crate::server_message::ServerMessage;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::version::Version;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client, Connection, SimpleQueryMessage};

/// An open session. Dropping it closes the connection; [`Session::close`] waits until that is done.
pub struct Session {
    client: Client,
    facts: Facts,
    notices: Notices,
    told: Arc<Notify>,
    canceller: Canceller,
    driver: JoinHandle<Result<(), tokio_postgres::Error>>,
}

/// What is known about a session from its beginning.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The server's version.
    pub version: Version,
    /// Whether the server is a standby or still recovering: it takes no changes.
    pub recovery: Recovery,
    /// Whether transactions are read-only unless they say otherwise.
    pub writes: Writes,
    /// The role that logged in.
    pub session_user: RoleName,
    /// The role whose privileges count: the one that logged in, or the one that it was to act as, whatever settings of the role or
    /// database say.
    pub current_user: RoleName,
    /// The database.
    pub database: DatabaseName,
    /// How the server asked for authentication: without any, a login proves nothing about the password.
    pub authenticated_by: Option<AuthMethod>,
    /// Whether the connection is encrypted.
    pub encryption: Encrypted,
    /// Which server it is, as people would say it.
    pub server: String,
}

/// Whether a server is recovering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// It is a primary.
    No,
    /// It is a standby, or replays its log after a crash or from a backup.
    Yes,
}

/// Whether transactions are read-only unless they say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// They may write.
    ByDefault,
    /// They are read-only.
    NotByDefault,
}

/// Whether a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encrypted {
    /// With TLS.
    Yes,
    /// Not at all.
    No,
}

/// What is known before the first statement.
pub(crate) struct Greeting {
    pub(crate) server: String,
    pub(crate) encryption: Encrypted,
    pub(crate) authenticated_by: Option<AuthMethod>,
    pub(crate) route: Route,
    pub(crate) acting_as: Option<RoleName>,
}

/// Why a connection did not become a session.
pub(crate) enum BeginError {
    Statement(tokio_postgres::Error),
    Answer,
}

impl Session {
    /// Takes a new connection over: drives it, sets what must not mislead us, and asks what the server is. No statement
    /// will wait longer than this for a lock, unless its transaction says otherwise.
    pub(crate) async fn begin<S, T>(
        client: Client,
        connection: Connection<S, T>,
        greeting: Greeting,
        lock_timeout: Duration,
    ) -> Result<Session, BeginError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let notices = Notices::default();
        let told = Arc::<Notify>::default();
        let driver = tokio::spawn(drive(connection, notices.clone(), told.clone()));
        let own = own_role(greeting.acting_as.as_ref());
        let begin = format!("{own}; {BEGIN}; SET lock_timeout = {}", lock_timeout.as_millis());
        let answer = client.simple_query(&begin).await.map_err(BeginError::Statement)?;
        let canceller = Canceller { token: client.cancel_token(), route: greeting.route.clone() };
        let facts = facts(&answer, greeting).ok_or(BeginError::Answer)?;
        Ok(Session { client, facts, notices, told, canceller, driver })
    }

    /// The statement after which the session acts as what it is again, whoever it has acted as meanwhile.
    #[must_use]
    pub(crate) fn own_role(&self) -> String {
        let facts = &self.facts;
        own_role((facts.current_user != facts.session_user).then_some(&facts.current_user))
    }

    /// The driver's client, for statements.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The same, for transactions.
    #[must_use]
    pub fn client_mut(&mut self) -> &mut Client {
        &mut self.client
    }

    /// What is known about the session from its beginning.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The server's version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.facts.version
    }

    /// What stops a running statement, from another task.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// The server's notices and warnings since the last call, at most the last thousand.
    #[must_use]
    pub fn take_notices(&self) -> Vec<ServerMessage> {
        std::mem::take(&mut *self.notices.lock())
    }

    /// Waits until something was told on a channel that this session listens to since the last call, or until the connection is
    /// gone. It can be given up at any time.
    pub async fn heard(&self) {
        self.told.notified().await;
    }

    /// Closes the connection and waits until it is closed.
    ///
    /// # Errors
    /// The connection broke before it could be closed.
    pub async fn close(self) -> Result<(), tokio_postgres::Error> {
        drop(self.client);
        self.driver.await.unwrap_or(Ok(()))
    }
}

/// What every session of ours starts with. Roles and databases can set all of these to something else, `role` included:
/// everything would be read and done as somebody else. A time limit of theirs would end us in the middle. Each of those
/// comes with a version, so they are taken from the server's list.
const BEGIN: &str = "\
    SET search_path = ''; \
    SET standard_conforming_strings = on; \
    SET quote_all_identifiers = off; \
    SET transform_null_equals = off; \
    SET array_nulls = on; \
    SET DateStyle = 'ISO, YMD'; \
    SET IntervalStyle = 'postgres'; \
    SET TimeZone = 'UTC'; \
    SET extra_float_digits = 1; \
    SET bytea_output = 'hex'; \
    SET jit = off; \
    SELECT pg_catalog.current_setting('server_version_num'), pg_catalog.pg_is_in_recovery(), \
    pg_catalog.current_setting('default_transaction_read_only'), \
    session_user, current_user, pg_catalog.current_database(); \
    SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings \
    WHERE name IN ('statement_timeout', 'idle_session_timeout', \
    'idle_in_transaction_session_timeout', 'transaction_timeout')";

fn own_role(acting_as: Option<&RoleName>) -> String {
    acting_as.map_or_else(|| "SET ROLE NONE".to_owned(), |role| format!("SET ROLE {}", role.quoted()))
}

fn facts(answer: &[SimpleQueryMessage], greeting: Greeting) -> Option<Facts> {
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })?;
    let column = |index| row.try_get(index).ok().flatten();
    Some(Facts {
        version: Version(column(0)?.parse().ok()?),
        recovery: if column(1)? == "f" { Recovery::No } else { Recovery::Yes },
        writes: if column(2)? == "off" { Writes::ByDefault } else { Writes::NotByDefault },
        session_user: RoleName::from(column(3)?),
        current_user: RoleName::from(column(4)?),
        database: DatabaseName::from(column(5)?),
        authenticated_by: greeting.authenticated_by,
        encryption: greeting.encryption,
        server: greeting.server,
    })
}

/// Moves bytes between the client and the server until one of them ends it.
async fn drive<S, T>(
    mut connection: Connection<S, T>,
    notices: Notices,
    told: Arc<Notify>,
) -> Result<(), tokio_postgres::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let ended = loop {
        match std::future::poll_fn(|cx| connection.poll_message(cx)).await {
            Some(Ok(AsyncMessage::Notice(notice))) => notices.keep(ServerMessage::from(&notice)),
            Some(Ok(AsyncMessage::Notification(_))) => told.notify_one(),
            Some(Ok(_)) => {}
            Some(Err(error)) => break Err(error),
            None => break Ok(()),
        }
    };
    // Whoever waits to be told something finds out that nobody will.
    told.notify_one();
    ended
}

/// The last notices, shared with the task that receives them.
#[derive(Clone, Default)]
struct Notices(Arc<Mutex<Vec<ServerMessage>>>);

impl Notices {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<ServerMessage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, notice: ServerMessage) {
        let mut notices = self.lock();
        if notices.len() == NOTICES_MAX {
            notices.remove(0);
        }
        notices.push(notice);
    }
}

/// A statement that warns about every row must not fill our memory.
const NOTICES_MAX: usize = 1000;

/// Stops the statement a session is running. It works from anywhere, over a connection of its own, as encrypted as the session's.
#[derive(Clone)]
pub struct Canceller {
    token: tokio_postgres::CancelToken,
    route: Route,
}

impl Canceller {
    /// Asks the server to stop the statement. Whether it did shows in the statement's own outcome.
    ///
    /// # Errors
    /// The server could not be reached.
    pub async fn cancel(&self) -> Result<(), CancelError> {
        let transport = self.route.open().await.map_err(|error| match error {
            RouteError::Socket(source) | RouteError::Handshake(source) => CancelError(source),
            RouteError::NotOffered => CancelError(io::Error::other("the server no longer encrypts")),
        })?;
        let sent = self.token.cancel_query_raw(transport, Settled).await;
        sent.map_err(|error| CancelError(io::Error::other(error)))
    }
}

/// The request to stop a statement could not be sent.
#[derive(Debug, thiserror::Error)]
#[error("could not send the cancel request")]
pub struct CancelError(#[source] io::Error);
