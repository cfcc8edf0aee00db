//! Where reading is lent instead of at the primary: on a replica, once the lease's role has arrived there, and while it is not too far behind.

use crate::server::{Server, ServerTls};
use pgward_operations::server_login::ServerLogin;
use pgward_postgres::connect::onward::way;
use pgward_postgres::session::Session;
use pgward_wire::report::Report;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A replica of a target.
pub struct Standby {
    /// What the contract calls it.
    name: String,
    replica: Arc<ServerLogin>,
    primary: Arc<ServerLogin>,
    lag: Option<Duration>,
    behind: Behind,
    asking: Mutex<Option<Asking>>,
}

/// What asks both, kept open.
struct Asking {
    replica: Session,
    primary: Session,
    /// The generations of the logins that they were opened by.
    opened_by: (u64, u64),
}

/// What is done while a replica is too far behind, or nobody can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// Sessions are refused.
    Refuse,
    /// They go to the primary.
    Primary,
}

/// How things stand on a replica.
struct Standing {
    has_role: bool,
    is_replica: bool,
    /// How long ago was committed what arrived last; none where everything has.
    lag: Option<Duration>,
}

impl Standby {
    /// A replica, and the primary that it follows.
    #[must_use]
    pub fn new(
        name: &str,
        replica: Arc<ServerLogin>,
        primary: Arc<ServerLogin>,
        lag: Option<Duration>,
        behind: Behind,
    ) -> Standby {
        Standby { name: name.to_owned(), replica, primary, lag, behind, asking: Mutex::new(None) }
    }

    /// Where a session of this role begins: at the replica, as soon as it may; none where it goes to the primary.
    ///
    /// # Errors
    /// Nowhere, and this is what the client is told.
    pub(crate) async fn server(&self, role: &str) -> Result<Option<Server>, Report> {
        let until = Instant::now() + PATIENCE;
        let why = loop {
            let why = match self.standing(role).await {
                Ok(standing) => match self.against(&standing) {
                    None => match way(self.replica.way()).await {
                        Ok(way) => {
                            let tls = way.tls.map(|(name, config)| ServerTls { name, config });
                            return Ok(Some(Server { address: way.address, tls }));
                        }
                        Err(error) => error.to_string(),
                    },
                    Some(why) => why,
                },
                Err(why) => why,
            };
            if Instant::now() >= until {
                break why;
            }
            tokio::time::sleep(MOMENT).await;
        };
        match self.behind {
            Behind::Primary => Ok(None),
            Behind::Refuse => Err(Report::fatal("57P03", format!("replica \"{}\" cannot be read now", self.name))
                .detail(format!("{why}."))
                .hint("Connect again later. The contract says where reading is sent, and how far behind is too far (read_only_via, lag, behind).")),
        }
    }

    /// What speaks against a session there.
    fn against(&self, standing: &Standing) -> Option<String> {
        if !standing.is_replica {
            return Some("it is no replica".to_owned());
        }
        if let (Some(bound), Some(lag)) = (self.lag, standing.lag)
            && lag > bound
        {
            return Some(format!(
                "it is {} s behind, and at most {} s are allowed",
                lag.as_secs(),
                bound.as_secs()
            ));
        }
        (!standing.has_role).then(|| "the role of the lease has not arrived there yet".to_owned())
    }

    async fn standing(&self, role: &str) -> Result<Standing, String> {
        let mut asking = self.asking.lock().await;
        let logins = || (self.replica.generation(), self.primary.generation());
        if asking.as_ref().is_none_or(|asking| asking.opened_by != logins()) {
            let replica =
                self.replica.connect().await.map_err(|error| format!("it cannot be reached: {error}"))?;
            let primary = self.primary.connect().await.map_err(|error| {
                format!("how far behind it is cannot be told: the primary cannot be reached: {error}")
            })?;
            *asking = Some(Asking { replica, primary, opened_by: logins() });
        }
        let Some(Asking { replica, primary, .. }) = asking.as_ref() else {
            return Err("it cannot be reached".to_owned());
        };
        let asked = ask(replica, primary, role).await;
        if asked.is_err() {
            *asking = None;
        }
        asked.map_err(|error| format!("how far behind it is cannot be told: {error}"))
    }
}

async fn ask(replica: &Session, primary: &Session, role: &str) -> Result<Standing, tokio_postgres::Error> {
    // The primary first: what the replica has by then it has had to replay.
    let written: String = primary.client().query_one(WRITTEN, &[]).await?.try_get(0)?;
    let row = replica.client().query_one(REPLAYED, &[&role, &written]).await?;
    let (is_replica, has_role, has_all): (bool, bool, bool) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let seconds: Option<f64> = row.try_get(3)?;
    // One that has never replayed a commit is as far behind as can be.
    let lag =
        seconds.map_or(Duration::MAX, |seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default());
    Ok(Standing { has_role, is_replica, lag: (!has_all).then_some(lag) })
}

const WRITTEN: &str = "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() \
    ELSE pg_catalog.pg_current_wal_flush_lsn() END::pg_catalog.text";

const REPLAYED: &str = "SELECT pg_catalog.pg_is_in_recovery(), \
    EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1::pg_catalog.text), \
    coalesce(pg_catalog.pg_last_wal_replay_lsn() >= $2::pg_catalog.text::pg_catalog.pg_lsn, false), \
    extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())::pg_catalog.float8";

/// How long a session waits for its role to arrive, or for a replica to catch up.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks.
const MOMENT: Duration = Duration::from_millis(50);
