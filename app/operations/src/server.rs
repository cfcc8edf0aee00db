//! A cluster with a session in each database that matters, and what was observed of it.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join;
use futures_util::stream;
use pgward_catalog::catalog::{Catalog, Unseen};
use pgward_catalog::name::{DatabaseName, Name};
use pgward_catalog::object::ObjectRef;
use pgward_postgres::census::{self, CensusError};
use pgward_postgres::connect::connect;
use pgward_postgres::connect::failure::ConnectError;
use pgward_postgres::connect::reading::{connect_to_change, connect_to_read};
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::execute::refusal::RefusalKind;
use pgward_postgres::holders::{Holder, holders};
use pgward_postgres::inspect::{
    Identity, InspectError, Moments, add_built_in, has_column, identify, in_snapshot, inspect_noting_when,
};
use pgward_postgres::session::{Recovery, Session};
use pgward_postgres::survey::passwords::try_passwords;
use pgward_postgres::survey::survey;
use pgward_survey::Survey;
use tokio::sync::OnceCell;

/// Which databases to look into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Databases {
    /// Every one that can be connected to, templates left out.
    All,
    /// These, and all others that can be connected to: a contract names some, and its roles may hold things in any.
    AllAnd(Vec<DatabaseName>),
    /// Only these.
    Only(Vec<DatabaseName>),
}

/// A cluster with an open session in each database that is looked into.
pub struct Server {
    settings: ConnectionSettings,
    home: DatabaseName,
    sessions: BTreeMap<DatabaseName, Session>,
    not_reached: Vec<Unseen>,
    identity: OnceCell<Identity>,
    /// Whether its sessions are begun without login event triggers, and fire what others fire from then on.
    fires: bool,
}

/// What becomes of a database that was asked for by name and is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IfGone {
    /// There are no sessions at all.
    Fail,
    /// The others are looked into.
    Pass,
}

/// Why a cluster could not be observed.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No session could be had.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The list of databases could not be had.
    #[error(transparent)]
    Census(#[from] CensusError),
    /// The catalogs could not be read.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// Somebody has a table locked that has to be looked at.
    #[error("waited {} s for a lock in vain: {}", waited.as_secs_f32(), who(.holders))]
    Locked {
        /// How long.
        waited: Duration,
        /// Who has something locked, each with its database.
        holders: Vec<(DatabaseName, Holder)>,
    },
}

impl Server {
    /// Opens the sessions; nobody's code runs at their login, where that can be had. A database that was asked for by name must be reached; any other that is not is listed as
    /// unseen. Where the settings' own database is not there, the first one asked for takes its place.
    pub async fn open(settings: &ConnectionSettings, wanted: &Databases) -> Result<Self, ServerError> {
        let opening = async |settings: &ConnectionSettings| connect_to_change(settings).await;
        let first = first_session(settings, named(wanted), IfGone::Fail, opening).await?;
        Self::open_others(settings, first, wanted, true, IfGone::Fail).await
    }

    /// One more session of a database.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect(&self, database: &DatabaseName) -> Result<Session, ConnectError> {
        session_of(&self.settings.with_database(database), self.fires).await
    }

    /// The same in order to read only: no event trigger fires in these sessions, where that can be had.
    pub async fn open_to_read(
        settings: &ConnectionSettings,
        wanted: &Databases,
    ) -> Result<Self, ServerError> {
        let opening = async |settings: &ConnectionSettings| connect_to_read(settings).await;
        let (first, settings) = first_session(settings, named(wanted), IfGone::Fail, opening).await?;
        Self::open_others(&settings, first, wanted, false, IfGone::Fail).await
    }

    /// The same where a database that is asked for by name may be gone, which is what somebody wants to know.
    pub async fn open_to_watch(
        settings: &ConnectionSettings,
        wanted: &Databases,
    ) -> Result<Self, ServerError> {
        let opening = async |settings: &ConnectionSettings| connect_to_read(settings).await;
        let (first, settings) = first_session(settings, named(wanted), IfGone::Pass, opening).await?;
        Self::open_others(&settings, first, wanted, false, IfGone::Pass).await
    }

    async fn open_others(
        settings: &ConnectionSettings,
        first: Session,
        wanted: &Databases,
        fires: bool,
        if_gone: IfGone,
    ) -> Result<Self, ServerError> {
        // What an older server refuses is asked for once.
        let fires = fires && first.facts().version.has_login_event_triggers();
        let (named, rest) = (named(wanted), !matches!(wanted, Databases::Only(_)));
        let home = first.facts().database.clone();
        let mut reachable = named.to_vec();
        if rest {
            reachable.extend(census::databases(first.client()).await?);
        }
        let mut server = Self {
            settings: settings.with_database(&home),
            home: home.clone(),
            sessions: BTreeMap::from([(home, first)]),
            not_reached: Vec::new(),
            identity: OnceCell::new(),
            fires,
        };
        reachable.sort();
        reachable.dedup();
        reachable.retain(|database| !server.sessions.contains_key(database));
        let opening = reachable.iter().map(|database| {
            let settings = settings.with_database(database);
            async move { session_of(&settings, fires).await }
        });
        let opening = stream::iter(opening).buffered(AT_A_TIME).collect::<Vec<_>>();
        // Who the server is will be asked for by most, and whoever cannot be told now is told then.
        let (opened, _) = join(opening, server.identity()).await;
        for (database, opened) in reachable.into_iter().zip(opened) {
            match opened {
                Ok(session) => {
                    server.sessions.insert(database, session);
                }
                Err(error) if if_gone == IfGone::Pass && is_gone(&error) => {}
                Err(error) if named.contains(&database) => return Err(error.into()),
                Err(error) => server.not_reached.push(Unseen {
                    database: Some(database),
                    what: "everything in it".to_owned(),
                    why: error.to_string(),
                }),
            }
        }
        Ok(server)
    }

    /// Reads everything, each database in one snapshot; again, where somebody dropped something while it was read.
    pub async fn observe(&self) -> Result<Catalog, ServerError> {
        self.observe_noting_when().await.map(|(catalog, _)| catalog)
    }

    /// The same, and at which moment each database was read.
    pub async fn observe_noting_when(&self) -> Result<(Catalog, Moments), ServerError> {
        let mut tries = 1;
        loop {
            match self.observe_once().await {
                Err(ServerError::Inspect(error)) if tries < OBSERVATIONS_MAX && is_passing(&error) => {
                    tries += 1
                }
                Err(ServerError::Inspect(error)) => return Err(self.explained(error).await),
                outcome => return outcome,
            }
        }
    }

    /// The same error; if it is that a lock was waited for in vain, then with whoever has one.
    pub async fn explained(&self, error: InspectError) -> ServerError {
        if !error.is_lock_timeout() {
            return error.into();
        }
        let mut found = Vec::new();
        for (database, session) in &self.sessions {
            // In a transaction that has failed nothing can be asked; the others can.
            let here = holders(session.client()).await.unwrap_or_default();
            found.extend(here.into_iter().map(|holder| (database.clone(), holder)));
        }
        ServerError::Locked { waited: self.settings.lock_timeout(), holders: found }
    }

    /// Who the server is, and who we are there. Neither changes while the sessions last, so it is asked once.
    pub async fn identity(&self) -> Result<&Identity, InspectError> {
        self.identity.get_or_try_init(|| identify(self.home_session().client())).await
    }

    /// Adds the built-in objects of this name to what was observed, which passes over those that nobody has touched.
    pub async fn observe_built_in(&self, catalog: &mut Catalog, name: &str) -> Result<(), ServerError> {
        let client = self.home_session().client();
        Ok(in_snapshot(client, add_built_in(client, catalog, name)).await?)
    }

    /// Whether a relation has a column of this name; not if its database is not reached.
    pub async fn has_column(&self, relation: &ObjectRef, column: &Name) -> Result<bool, ServerError> {
        let database = relation.database.as_ref().unwrap_or(&self.home);
        let Some(session) = self.session(database) else { return Ok(false) };
        Ok(has_column(session.client(), database, &relation.key, column.as_str()).await?)
    }

    async fn observe_once(&self) -> Result<(Catalog, Moments), ServerError> {
        let others: Vec<_> = self.others().map(Session::client).collect();
        let (mut catalog, moments) = inspect_noting_when(self.home_session().client(), &others).await?;
        catalog.unseen.extend(self.not_reached.iter().cloned());
        Ok((catalog, moments))
    }

    /// Reads what an audit looks at, each database in one snapshot; again, where somebody dropped something meanwhile. The
    /// sessions are read-only from then on.
    pub async fn survey(&self) -> Result<Survey, ServerError> {
        let mut tries = 1;
        loop {
            match self.survey_once().await {
                Err(ServerError::Inspect(error)) if tries < OBSERVATIONS_MAX && is_passing(&error) => {
                    tries += 1
                }
                outcome => return outcome,
            }
        }
    }

    /// Tries the obvious passwords of all logins, and says in the survey what came of it.
    ///
    /// # Errors
    /// The server could not be asked.
    pub async fn try_passwords(&self, survey: &mut Survey) -> Result<(), ServerError> {
        Ok(try_passwords(self.home_session().client(), survey).await?)
    }

    async fn survey_once(&self) -> Result<Survey, ServerError> {
        let others: Vec<_> = self.others().map(Session::client).collect();
        let mut surveyed = survey(self.home_session().client(), &others).await?;
        surveyed.catalog.unseen.extend(self.not_reached.iter().cloned());
        Ok(surveyed)
    }

    /// The sessions beside the home one.
    fn others(&self) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(|(database, _)| **database != self.home).map(|(_, session)| session)
    }

    /// The settings that lead to the home database.
    pub fn settings(&self) -> &ConnectionSettings {
        &self.settings
    }

    /// The database of the session that was opened first.
    pub fn home(&self) -> &DatabaseName {
        &self.home
    }

    /// The session in the home database.
    #[allow(clippy::expect_used, reason = "the home session is put there by open and never taken out")]
    pub fn home_session(&self) -> &Session {
        self.sessions.get(&self.home).expect("the home session is open")
    }

    /// The session in a database, if it is open.
    pub fn session(&self, database: &DatabaseName) -> Option<&Session> {
        self.sessions.get(database)
    }

    /// Every open session with its database.
    pub fn sessions(&self) -> impl Iterator<Item = (&DatabaseName, &Session)> {
        self.sessions.iter()
    }

    /// Whether the server takes no changes because it is a standby or still recovering.
    pub fn is_standby(&self) -> bool {
        self.home_session().facts().recovery == Recovery::Yes
    }
}

fn who(holders: &[(DatabaseName, Holder)]) -> String {
    if holders.is_empty() {
        return "whoever held it is gone by now".to_owned();
    }
    let told =
        holders.iter().map(|(database, holder)| format!("in database {}, {holder}", database.quoted()));
    told.collect::<Vec<_>>().join("; ")
}

/// Whether reading again may go well: what was read changed at the same instant. A snapshot does not help where the
/// server looks things up in its caches.
pub(crate) fn is_passing(error: &InspectError) -> bool {
    match error {
        InspectError::Moved { .. } => true,
        InspectError::Query { source, .. } => source.as_db_error().is_some_and(RefusalKind::is_passing),
        _ => false,
    }
}

/// Sessions that are opened at a time.
const AT_A_TIME: usize = 4;

/// How often a cluster is read that others keep changing.
const OBSERVATIONS_MAX: u32 = 10;

/// The databases that were asked for by name.
fn named(wanted: &Databases) -> &[DatabaseName] {
    match wanted {
        Databases::All => &[],
        Databases::AllAnd(named) | Databases::Only(named) => named,
    }
}

/// The databases that tools connect to where none is named.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// Whether the database is not there (invalid_catalog_name).
fn is_gone(error: &ConnectError) -> bool {
    error.sqlstate() == Some("3D000")
}

/// A session for changes, or for reading by settings that lead to one already.
async fn session_of(settings: &ConnectionSettings, fires: bool) -> Result<Session, ConnectError> {
    if fires { connect_to_change(settings).await } else { connect(settings).await }
}

async fn first_session<T>(
    settings: &ConnectionSettings,
    named: &[DatabaseName],
    if_gone: IfGone,
    opening: impl AsyncFn(&ConnectionSettings) -> Result<T, ConnectError>,
) -> Result<T, ConnectError> {
    match (opening(settings).await, named.first()) {
        // One that the contract names is missed there, and any other leads to the same server.
        (Err(error), _)
            if if_gone == IfGone::Pass && is_gone(&error) && named.contains(settings.dbname()) =>
        {
            let others = MAINTENANCE.map(DatabaseName::from);
            for other in named.iter().chain(&others).filter(|other| *other != settings.dbname()) {
                match opening(&settings.with_database(other)).await {
                    Err(error) if is_gone(&error) => {}
                    outcome => return outcome,
                }
            }
            Err(error)
        }
        // invalid_catalog_name: nobody asked for that database, it is only libpq's default.
        (Err(error), Some(instead))
            if is_gone(&error)
                && instead != settings.dbname()
                && settings.dbname().as_str() == settings.user().as_str() =>
        {
            opening(&settings.with_database(instead)).await.map_err(|_| error)
        }
        (outcome, _) => outcome,
    }
}
