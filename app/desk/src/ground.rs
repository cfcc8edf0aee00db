//! A target as sessions find it: the way to its server, and what the judge knows of its database.

use crate::server::{Server, ServerTls};
use crate::standby::Standby;
use pgward_postgres::connect::connect;
use pgward_postgres::connect::failure::ConnectError;
use pgward_postgres::connect::onward::{NoWay, way};
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::judging::parts::read_parts;
use pgward_postgres::judging::read_view_with;
use pgward_postgres::session::Session;
use pgward_statement::Judge;
use pgward_statement::judge::Bounds;
use pgward_statement::view::View;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A target.
pub struct Ground {
    /// How its server is reached by the login that makes roles.
    pub settings: ConnectionSettings,
    /// What is known that no catalog says: the path, what the contract names, what resets lead back to.
    pub known: View,
    /// The judge of all sessions there.
    pub judge: Arc<Judge>,
    /// Where reading is lent instead.
    pub standby: Option<Arc<Standby>>,
    /// Whether rules look at what is written there, so that columns are read as well.
    pub has_rules: bool,
}

/// How looking at a catalog goes: each failure is said once.
#[derive(Default)]
pub struct Looking {
    session: Option<Session>,
    last: Option<View>,
    has_failed: bool,
}

/// Why the catalog of a target was not read.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The server could not be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The catalog could not be read.
    #[error(transparent)]
    Read(#[from] tokio_postgres::Error),
}

impl Ground {
    /// A target whose catalog was not read yet: nothing of it is known, so that nothing of it is read below the tier admin.
    #[must_use]
    pub fn new(settings: ConnectionSettings, known: View, seed: u64) -> Ground {
        let nothing = View { relations: Some(BTreeMap::new()), ..known.clone() };
        Ground {
            settings,
            known,
            judge: Arc::new(Judge::new(nothing, Bounds::default(), seed)),
            standby: None,
            has_rules: false,
        }
    }

    /// The same, where rules look at what is written.
    #[must_use]
    pub fn with_rules(self, has_rules: bool) -> Ground {
        Ground { has_rules, ..self }
    }

    /// The same, where reading is sent to a replica.
    #[must_use]
    pub fn with_standby(self, standby: Option<Standby>) -> Ground {
        Ground { standby: standby.map(Arc::new), ..self }
    }

    /// The way to its server.
    pub(crate) async fn server(&self) -> Result<Server, NoWay> {
        let way = way(&self.settings).await?;
        let tls = way.tls.map(|(name, config)| ServerTls { name, config });
        Ok(Server { address: way.address, tls })
    }

    /// Reads the catalog for the first time.
    pub async fn look_first(&self, say: &(dyn Fn(&str) + Send + Sync)) -> Looking {
        let mut looking = Looking::default();
        self.look_again(&mut looking, say).await;
        looking
    }

    /// Reads the catalog again and again, for as long as anybody waits for this.
    pub async fn keep_looking(&self, mut looking: Looking, say: &(dyn Fn(&str) + Send + Sync)) {
        loop {
            tokio::time::sleep(LOOK_AGAIN).await;
            self.look_again(&mut looking, say).await;
        }
    }

    async fn look_again(&self, looking: &mut Looking, say: &(dyn Fn(&str) + Send + Sync)) {
        match self.look(&mut looking.session).await {
            Ok(view) => {
                looking.has_failed = false;
                // What was judged stays known as long as nothing has changed.
                if looking.last.as_ref() != Some(&view) {
                    self.judge.learn(view.clone());
                    looking.last = Some(view);
                }
            }
            Err(error) => {
                looking.session = None;
                if !std::mem::replace(&mut looking.has_failed, true) {
                    let database = self.settings.dbname();
                    say(&format!("the catalog of database \"{database}\" could not be read: {error}"));
                }
            }
        }
    }

    async fn look(&self, session: &mut Option<Session>) -> Result<View, LookError> {
        let session = match session {
            Some(session) => session,
            none => none.insert(connect(&self.settings).await?),
        };
        let mut seen =
            read_view_with(session.client(), self.known.resets, &self.known.named_functions).await?;
        if self.has_rules {
            read_parts(session.client(), &mut seen).await?;
        }
        // What the catalog cannot say is known already: where the desk's sessions look names up, and what the contract names.
        Ok(View {
            search_path: self.known.search_path.clone(),
            named_functions: self.known.named_functions.clone(),
            limited_tables: self.known.limited_tables.clone(),
            own_roles: self.known.own_roles.clone(),
            ..seen
        })
    }
}

/// What changes in a catalog is known this much later, at the latest.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
