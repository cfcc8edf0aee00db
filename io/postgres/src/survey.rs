//! Survey: everything an audit looks at, read into a [`Survey`].
//!
//! - One read-only REPEATABLE READ transaction for each database: the privileges as [`inspect`] reads them, and from the
//!   same snapshot what the objects are made of. The session stays read-only afterwards.
//! - It runs nobody's code. `search_path` is empty, so that an unqualified operator is one of `pg_catalog`'s: no other schema
//!   is searched, and the operands are types of `pg_catalog`. Every function is qualified with it. Only system catalogs and
//!   their views are read, and of extensions what [`extras`] has made sure of.
//! - A bare login may do it. Whatever takes a privilege is tried only when the server says that it is there, so that nothing
//!   fails; what is not tried is in [`Survey::blind`], in words.
//! - Secrets do not leave the server: whether a connection string holds a password is decided there, of options of foreign
//!   servers the names are read. An audit asks for one exception, [`passwords`]: verifiers, over a connection that nobody listens to.
//!
//! [`inspect`]: mod@crate::inspect

mod anatomy;
mod constants;
mod extras;
mod foreign;
pub mod passwords;
mod reading;
mod relations;
mod routines;
mod server;
mod sights;
mod texts;
mod uses;
mod views;

use std::collections::BTreeMap;

use pgward_catalog::name::DatabaseName;
use pgward_survey::Survey;
use pgward_survey::sight::Sight;
use tokio_postgres::Client;

use crate::inspect::contents::read_placed;
use crate::inspect::{ClusterPart, InspectError, add, begin, end, read_cluster};
use crate::survey::anatomy::read_anatomy;
use crate::survey::sights::Sights;

/// Surveys the cluster, and the database of each session; the sessions must not be in a transaction.
pub async fn survey(main: &Client, others: &[&Client]) -> Result<Survey, InspectError> {
    // As for an inspection: all snapshots are taken before anything is read.
    let mut begun = guard(main).await;
    for other in others {
        begun = begun.and(guard(other).await);
    }
    let outcome = match begun {
        Ok(()) => read(main, others).await,
        Err(error) => Err(error),
    };
    let mut ended = end(main).await;
    for other in others {
        ended = ended.and(end(other).await);
    }
    let survey = outcome?;
    ended.map(|()| survey)
}

/// Makes the session read-only for good, and begins the transaction.
async fn guard(client: &Client) -> Result<(), InspectError> {
    let failed = |source| InspectError::query("a snapshot", &DatabaseName::from(""), source);
    client.batch_execute(READ_ONLY).await.map_err(failed)?;
    begin(client).await?;
    client.batch_execute(PATIENCE).await.map_err(failed)
}

async fn read(main: &Client, others: &[&Client]) -> Result<Survey, InspectError> {
    let cluster = read_cluster(main).await?;
    let sights = Sights::look(main).await?;
    let mut blind = sights.blind(&cluster.catalog);
    let mut server = server::Reading::default();
    server::read(main, &sights, &mut server).await?;
    if !server.hidden.is_empty() {
        let hidden = server.hidden.join(", ");
        blind.entry(Sight::Settings).or_insert_with(|| {
            format!("this role or database has settings of its own, behind which the server's are hidden: {hidden}")
        });
    }
    if let Some(why) = server::unread_maps(&server.server, &sights, cluster.catalog.version) {
        blind.insert(Sight::IdentMaps, why);
    }
    let mut survey = Survey {
        catalog: cluster.catalog.clone(),
        databases: BTreeMap::new(),
        server: server.server,
        sessions: server.sessions,
        kept: Default::default(),
        lent: None,
        passwords: Default::default(),
        asked_for: None,
        blind,
    };
    let mut statements = Err("the extension pg_stat_statements is not installed in any database".to_owned());
    for client in std::iter::once(main).chain(others.iter().copied()) {
        read_database(client, &cluster, &sights, &mut survey, &mut statements).await?;
    }
    match statements {
        Ok(by_database) => {
            for (database, used) in by_database {
                if let Some(anatomy) = survey.databases.get_mut(&database) {
                    anatomy.statements = used;
                }
            }
        }
        Err(why) => {
            survey.blind.insert(Sight::Statements, why);
        }
    }
    Ok(survey)
}

async fn read_database(
    client: &Client,
    cluster: &ClusterPart,
    sights: &Sights,
    survey: &mut Survey,
    statements: &mut Result<extras::StatementsUsed, String>,
) -> Result<(), InspectError> {
    let (database, places) = read_placed(client, cluster).await?;
    let mut anatomy = read_anatomy(client, sights, &places, &database, &survey.catalog).await?;
    if anatomy.hidden_mappings {
        let why =
            format!("role {} is neither a superuser nor the owner of every server", sights.user.quoted());
        survey.blind.entry(Sight::UserMappingOptions).or_insert(why);
    }
    let extras = extras::look(client, &survey.catalog).await?;
    match extras::jobs(client, &extras).await? {
        Ok(jobs) => anatomy.anatomy.jobs = jobs,
        Err(why) => {
            survey.blind.entry(Sight::CronJobs).or_insert(why);
        }
    }
    if statements.is_err() {
        match extras::statements(client, sights, &extras).await? {
            Some(Ok(used)) => *statements = Ok(used),
            Some(Err(why)) => *statements = Err(why),
            None => {}
        }
    }
    survey.databases.insert(database.name.clone(), anatomy.anatomy);
    add(&mut survey.catalog, database);
    Ok(())
}

/// Nothing of ours writes; this makes it the server's business too, should a function be called after all.
const READ_ONLY: &str = "set default_transaction_read_only = on";

/// Somebody may hold a lock on their own table for ever; the catalogs are read in seconds. A limit that the session has
/// already is kept.
const PATIENCE: &str = "set local statement_timeout = '5min';
    select pg_catalog.set_config('lock_timeout', case pg_catalog.current_setting('lock_timeout')
                                                 when '0' then '10s' else pg_catalog.current_setting('lock_timeout') end, true)";
