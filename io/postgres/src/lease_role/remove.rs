//! Removing the role of a lease, whatever it left behind.
//!
//! First nobody logs in as it any more, then its sessions are ended, then what it owns goes to its owner in every database, then
//! what was granted to it goes, then the role. Everything can be done again from any point: an attempt that was cut short leaves
//! a role that nobody can use.

use std::time::{Duration, Instant};

use pgward_catalog::name::{DatabaseName, RoleName, quote_literal};

use crate::connect::connect;
use crate::conninfo::settings::ConnectionSettings;
use crate::lease_role::answer::{column, rows, run};
use crate::lease_role::failure::LeaseRoleError;
use crate::lease_role::make::turn;
use crate::session::Session;

/// What became of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is gone, and the catalog says so.
    Gone(Removal),
    /// It is still there, without a login and without sessions.
    Stays {
        /// What it waits for.
        words: String,
        /// What to do.
        hint: String,
    },
}

/// How a role was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removal {
    /// How many sessions were ended.
    pub sessions: usize,
    /// What was given to the owner, by database.
    pub moved: Vec<(DatabaseName, String)>,
    /// How long it took until no session was left.
    pub silence: Duration,
}

/// Removes a lease's role. What it owns goes to `owner`; without one a role that owns something stays.
///
/// # Errors
/// A step was refused or a database could not be reached; the role is left without a login, and removing it can be tried again.
pub async fn remove(
    session: &Session,
    settings: &ConnectionSettings,
    role: &RoleName,
    owner: Option<&RoleName>,
    patience: Duration,
) -> Result<Outcome, LeaseRoleError> {
    let client = session.client();
    run(client, "wait for whoever removes the role", &turn("pg_advisory_lock", role)).await?;
    let outcome = take_turn(session, settings, role, owner, patience).await;
    // Where the connection is gone, so is the lock.
    let _ = run(client, "let others remove the role", &turn("pg_advisory_unlock", role)).await;
    outcome
}

/// Ends a role's sessions, and does nothing else. For sessions whose client is to be silenced at once.
///
/// # Errors
/// The server refused.
pub async fn end_sessions(session: &Session, role: &RoleName) -> Result<usize, LeaseRoleError> {
    let Some(oid) = oid_of(session, role).await? else { return Ok(0) };
    let client = session.client();
    run(client, HOLDING, &get_hold(session, role)).await?;
    let told = told_to_end(session, &oid).await;
    // While the lease lasts, the desk's login is not to have its privileges.
    run(client, "let go of the role", &format!("REVOKE {} FROM CURRENT_USER", role.quoted())).await?;
    Ok(told?.len())
}

/// The roles whose names start like this and that have sessions.
///
/// # Errors
/// The server could not be asked.
pub async fn roles_with_sessions(session: &Session, prefix: &str) -> Result<Vec<RoleName>, LeaseRoleError> {
    let sql = format!(
        "SELECT DISTINCT usename FROM pg_catalog.pg_stat_activity \
         WHERE pg_catalog.starts_with(usename::pg_catalog.text, {}) ORDER BY usename",
        quote_literal(prefix)
    );
    let found = column(session.client(), "look for sessions of leases", &sql).await?;
    Ok(found.iter().map(|name| RoleName::from(name.as_str())).collect())
}

async fn take_turn(
    session: &Session,
    settings: &ConnectionSettings,
    role: &RoleName,
    owner: Option<&RoleName>,
    patience: Duration,
) -> Result<Outcome, LeaseRoleError> {
    let client = session.client();
    let Some(oid) = oid_of(session, role).await? else {
        return Ok(Outcome::Gone(Removal::default()));
    };
    let began = Instant::now();
    let mut removal = Removal::default();
    let lock = format!("ALTER ROLE {} NOLOGIN CONNECTION LIMIT 0 VALID UNTIL '-infinity'", role.quoted());
    run(client, "keep the role from logging in", &lock).await?;
    run(client, HOLDING, &get_hold(session, role)).await?;
    match silence(session, &oid, began, patience).await? {
        Ok(sessions) => removal.sessions = sessions,
        Err(stays) => return Ok(stays),
    }
    removal.silence = began.elapsed();

    for database in databases_with_remains(session, &oid).await? {
        let elsewhere = if database == session.facts().database {
            None
        } else {
            let connected = connect(&settings.with_database(&database)).await;
            let failed = |source| LeaseRoleError::Connect {
                database: database.as_str().to_owned(),
                source: Box::new(source),
            };
            Some(connected.map_err(failed)?)
        };
        let there = elsewhere.as_ref().unwrap_or(session);
        match clear(there, role, &oid, owner).await? {
            Ok(moved) => removal.moved.extend(moved.into_iter().map(|what| (database.clone(), what))),
            Err(stays) => return Ok(stays),
        }
    }
    run(client, "drop the role", &format!("DROP ROLE IF EXISTS {}", role.quoted())).await?;
    verify(session, role, &oid).await.map(|stays| stays.unwrap_or(Outcome::Gone(removal)))
}

/// Only whoever has a role's privileges may end its sessions and give away what it owns. From 16 on whoever made a role has no
/// more than the ADMIN option on it. The membership goes with the role.
pub(super) fn get_hold(session: &Session, role: &RoleName) -> String {
    let options = if session.version().major() >= 16 { " WITH INHERIT TRUE, SET TRUE" } else { "" };
    format!("GRANT {} TO CURRENT_USER{options}", role.quoted())
}

/// Ends sessions until there is none. One that was logging in while the role lost its login shows up late.
async fn silence(
    session: &Session,
    oid: &str,
    began: Instant,
    patience: Duration,
) -> Result<Result<usize, Outcome>, LeaseRoleError> {
    let mut ended = std::collections::BTreeSet::new();
    loop {
        let told = told_to_end(session, oid).await?;
        if told.is_empty() {
            return Ok(Ok(ended.len()));
        }
        ended.extend(told.iter().cloned());
        if began.elapsed() > patience {
            return Ok(Err(Outcome::Stays {
                words: format!("its sessions do not end: {}", told.join(", ")),
                hint: "they may hang in a call of the operating system; look at the server's processes"
                    .to_owned(),
            }));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn told_to_end(session: &Session, oid: &str) -> Result<Vec<String>, LeaseRoleError> {
    let sql = format!(
        "SELECT pid, pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
         WHERE usesysid = {oid} AND pid <> pg_catalog.pg_backend_pid()"
    );
    column(session.client(), "end the role's sessions", &sql).await
}

async fn databases_with_remains(session: &Session, oid: &str) -> Result<Vec<DatabaseName>, LeaseRoleError> {
    // What is shared by all databases is cleared in whichever one is connected to.
    let sql = format!(
        "SELECT DISTINCT d.datname FROM pg_catalog.pg_shdepend AS s JOIN pg_catalog.pg_database AS d \
           ON d.oid = s.dbid OR s.dbid = 0 AND d.datname = pg_catalog.current_database() \
         WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = {oid} \
         UNION SELECT database FROM pg_catalog.pg_prepared_xacts AS x JOIN pg_catalog.pg_roles AS r ON r.rolname = x.owner \
         WHERE r.oid = {oid} ORDER BY 1"
    );
    let names = column(session.client(), "look for what the role left behind", &sql).await?;
    Ok(names.iter().map(|name| DatabaseName::from(name.as_str())).collect())
}

/// Clears one database: gives away what the role owns there, and takes what was granted to it.
async fn clear(
    session: &Session,
    role: &RoleName,
    oid: &str,
    owner: Option<&RoleName>,
) -> Result<Result<Vec<String>, Outcome>, LeaseRoleError> {
    let client = session.client();
    roll_back_prepared(session, role).await?;
    let moved = column(client, CLEARING, &owned(oid)).await?;
    let owner = match (moved.as_slice(), owner) {
        ([], _) => None,
        (_, Some(owner)) => Some(owner),
        (_, None) => {
            return Ok(Err(Outcome::Stays {
                words: format!(
                    "it owns what it left behind in database \"{}\": {}",
                    session.facts().database,
                    some(&moved)
                ),
                hint: "say in the contract who owns it from then on: `owner` in the tier's terms".to_owned(),
            }));
        }
    };
    let reassign = owner.map(|owner| format!("REASSIGN OWNED BY {} TO {};", role.quoted(), owner.quoted()));
    or_roll_back(client, &format!("BEGIN; {}", reassign.unwrap_or_default())).await?;
    // INVARIANT: nothing that means something without the role is still owned when DROP OWNED runs: it would drop it.
    let left = column(client, CLEARING, &owned(oid)).await?;
    if !left.is_empty() {
        run(client, CLEARING, "ROLLBACK").await?;
        return Ok(Err(Outcome::Stays {
            words: format!("what it owns cannot be given away: {}", some(&left)),
            hint: "give it away by hand; the role is removed at the next look".to_owned(),
        }));
    }
    or_roll_back(client, &format!("DROP OWNED BY {}; COMMIT", role.quoted())).await?;
    Ok(Ok(moved))
}

/// Runs a part of a transaction; what fails is rolled back, so that the session can be used again.
async fn or_roll_back(client: &tokio_postgres::Client, sql: &str) -> Result<(), LeaseRoleError> {
    let ran = run(client, CLEARING, sql).await;
    if ran.is_err() {
        // Where the connection is gone, so is the transaction.
        let _ = run(client, CLEARING, "ROLLBACK").await;
    }
    ran
}

/// A prepared transaction outlives its session, with its locks. Only its owner may end it.
async fn roll_back_prepared(session: &Session, role: &RoleName) -> Result<(), LeaseRoleError> {
    let client = session.client();
    let sql = format!(
        "SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database() AND owner = {}",
        quote_literal(role.as_str())
    );
    for gid in column(client, CLEARING, &sql).await? {
        run(client, CLEARING, &format!("SET ROLE {}", role.quoted())).await?;
        let ended = run(client, CLEARING, &format!("ROLLBACK PREPARED {}", quote_literal(&gid))).await;
        run(client, CLEARING, &session.own_role()).await?;
        ended?;
    }
    Ok(())
}

/// What a role owns in the connected database, or in all of them together. User mappings and default privileges cannot be given
/// away and mean nothing without it: they go with it.
fn owned(oid: &str) -> String {
    format!(
        "SELECT pg_catalog.pg_describe_object(s.classid, s.objid, s.objsubid) FROM pg_catalog.pg_shdepend AS s \
         WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = {oid} AND s.deptype = 'o' \
         AND s.classid NOT IN ('pg_catalog.pg_user_mapping'::pg_catalog.regclass, 'pg_catalog.pg_default_acl'::pg_catalog.regclass) \
         AND s.dbid IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())) \
         ORDER BY 1"
    )
}

/// Whether anything of the role is left.
async fn verify(session: &Session, role: &RoleName, oid: &str) -> Result<Option<Outcome>, LeaseRoleError> {
    let sql = format!(
        "SELECT 'the role' FROM pg_catalog.pg_roles WHERE oid = {oid} OR rolname = {} \
         UNION ALL SELECT 'a membership' FROM pg_catalog.pg_auth_members WHERE roleid = {oid} OR member = {oid} \
         UNION ALL SELECT 'a dependency' FROM pg_catalog.pg_shdepend \
           WHERE refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND refobjid = {oid} \
         UNION ALL SELECT 'session ' || pid FROM pg_catalog.pg_stat_activity WHERE usesysid = {oid}",
        quote_literal(role.as_str())
    );
    let left = column(session.client(), "verify that the role is gone", &sql).await?;
    Ok((!left.is_empty()).then(|| Outcome::Stays {
        words: format!("the catalog still has {}", left.join(", ")),
        hint: "it is looked at again; if it stays, look at the server".to_owned(),
    }))
}

async fn oid_of(session: &Session, role: &RoleName) -> Result<Option<String>, LeaseRoleError> {
    let sql = format!("SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {}", quote_literal(role.as_str()));
    Ok(rows(session.client(), "look for the role", &sql).await?.into_iter().flatten().flatten().next())
}

/// The first few, and how many more there are.
fn some(things: &[String]) -> String {
    let shown = things.iter().take(SHOWN_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    match things.len().saturating_sub(SHOWN_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

const HOLDING: &str = "get hold of the role";
const CLEARING: &str = "clear away what the role left behind";
const SHOWN_MAX: usize = 5;
const LOOK_AGAIN: Duration = Duration::from_millis(10);
