//! A target as sessions find it: the way to its server, and what the judge knows of its database.

use crate::looks::Looks;
use crate::server::{Server, ServerTls};
use crate::standby::Standby;
use pgward_operations::server_login::{LoginError, ServerLogin};
use pgward_postgres::connect::onward::{NoWay, way};
use pgward_postgres::judging::parts::read_parts;
use pgward_postgres::judging::read_view_with;
use pgward_postgres::session::Session;
use pgward_statement::Judge;
use pgward_statement::judge::Bounds;
use pgward_statement::view::View;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A target.
pub struct Ground {
    /// How its server is reached by the login that makes roles.
    pub login: Arc<ServerLogin>,
    /// What is known that no catalog says: the path, what the contract names, what resets lead back to.
    pub known: View,
    /// The judge of all sessions there.
    pub judge: Arc<Judge>,
    /// Where reading is lent instead.
    pub standby: Option<Arc<Standby>>,
    /// Whether rules look at what is written there, so that columns are read as well.
    pub has_rules: bool,
    /// When its catalog is read.
    pub(crate) looks: Arc<Looks>,
}

/// How looking at a catalog goes: each failure is said once.
#[derive(Default)]
pub struct Looking {
    /// By the login of this generation.
    session: Option<(u64, Session)>,
    last: Option<View>,
    has_failed: bool,
    /// When the last reading began, and how long it took.
    began: Option<Instant>,
    took: Duration,
}

/// Why the catalog of a target was not read.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The server could not be reached.
    #[error(transparent)]
    Connect(#[from] LoginError),
    /// The catalog could not be read.
    #[error(transparent)]
    Read(#[from] tokio_postgres::Error),
}

impl Ground {
    /// A target whose catalog was not read yet: nothing of it is known, so that nothing of it is read below the tier admin.
    #[must_use]
    pub fn new(login: Arc<ServerLogin>, known: View, seed: u64) -> Ground {
        let nothing = View { relations: Some(BTreeMap::new()), ..known.clone() };
        Ground {
            login,
            known,
            judge: Arc::new(Judge::new(nothing, Bounds::default(), seed)),
            standby: None,
            has_rules: false,
            looks: Arc::default(),
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
        let way = way(self.login.way()).await?;
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
            self.looks.due(looking.began.unwrap_or_else(Instant::now), looking.took).await;
            self.look_again(&mut looking, say).await;
        }
    }

    async fn look_again(&self, looking: &mut Looking, say: &(dyn Fn(&str) + Send + Sync)) {
        let (number, began) = (self.looks.begin(), Instant::now());
        let seen = self.look(&mut looking.session).await;
        (looking.began, looking.took) = (Some(began), began.elapsed());
        match seen {
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
                    let database = self.login.way().dbname();
                    say(&format!("the catalog of database \"{database}\" could not be read: {error}"));
                }
            }
        }
        self.looks.end(number);
    }

    /// The roles that are the desk's own, whoever logs in now.
    fn own_roles(&self) -> Vec<String> {
        let mut roles = self.known.own_roles.clone();
        for role in self.login.roles() {
            if !roles.iter().any(|known| known == role.as_str()) {
                roles.push(role.as_str().to_owned());
            }
        }
        roles
    }

    async fn look(&self, session: &mut Option<(u64, Session)>) -> Result<View, LookError> {
        let generation = self.login.generation();
        let (_, session) = match session {
            Some(opened) if opened.0 == generation => opened,
            // By another login than now: that may be gone at any time.
            none => {
                let session = self.login.connect().await?;
                none.insert((self.login.generation(), session))
            }
        };
        let mut seen = read_view_with(
            session.client(),
            self.known.resets,
            &self.known.named_functions,
            Some(&self.known.search_path),
        )
        .await?;
        if self.has_rules {
            read_parts(session.client(), &mut seen).await?;
        }
        // What the catalog cannot say is known already: where the desk's sessions look names up, and what the contract names.
        Ok(View {
            search_path: self.known.search_path.clone(),
            named_functions: self.known.named_functions.clone(),
            limited_tables: self.known.limited_tables.clone(),
            own_roles: self.own_roles(),
            ..seen
        })
    }
}
