//! Making the role of a lease.

use pgward_catalog::name::{RoleName, quote_literal};
use pgward_credential::scram::ScramVerifier;

use crate::execute::transaction::{Patience, Step, Transaction};
use crate::lease_role::ability::ability;
use crate::lease_role::answer::{column, rows, run};
use crate::lease_role::failure::LeaseRoleError;
use crate::session::Session;

/// The role of a lease as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRole {
    /// Its name.
    pub name: RoleName,
    /// The role whose privileges are lent: it is a member of this one and of no other.
    pub lends: RoleName,
    /// Until when its password is valid, in RFC 3339.
    pub valid_until: String,
    /// How many sessions it may have.
    pub connections: u32,
    /// What its sessions start with.
    pub settings: Vec<(&'static str, String)>,
    /// By what its desk knows it again: its comment.
    pub mark: String,
    /// Whether it may become the role whose privileges are lent: where what it leaves behind goes to somebody.
    pub becomes: Becomes,
}

/// Whether a lease's role may become the role whose privileges it has, from PostgreSQL 16 on. Before, every member may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// It may: SET TRUE.
    Lent,
    /// It may not: SET FALSE.
    Nobody,
}

/// A role that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The place in the server's log after it was made: a replica that has replayed it knows the role.
    pub wal: String,
}

/// Makes a lease's role; where it was made before, makes it what it should be. It has the verifier's password from now on.
///
/// # Errors
/// The login may not do it, or the server refused; nothing is left then.
pub async fn make(
    session: &Session,
    role: &LeaseRole,
    verifier: &ScramVerifier,
) -> Result<Made, LeaseRoleError> {
    let ability = ability(session, std::slice::from_ref(&role.lends)).await?;
    if !ability.lacks.is_empty() {
        let login = session.facts().current_user.clone();
        return Err(LeaseRoleError::Unable { login, lacks: ability.lacks });
    }
    let refused = |refusal| LeaseRoleError::refused(MAKING, refusal);
    // Not every operating system tells its server that a client has gone: where it does not, the setting is refused.
    let notices = run(session.client(), MAKING, &format!("SET {NOTICES}")).await.is_ok();
    let transaction = Transaction::begin(session.client(), PATIENCE).await.map_err(refused)?;
    let made = in_transaction(session, &transaction, role, verifier, notices).await;
    match made {
        Ok(()) => transaction.commit().await.map_err(refused)?,
        Err(error) => {
            // Where the connection is gone, so is the transaction.
            let _ = transaction.roll_back().await;
            return Err(error);
        }
    }
    let wal = column(session.client(), MAKING, "SELECT pg_catalog.pg_current_wal_insert_lsn()").await?;
    Ok(Made { wal: wal.into_iter().next().unwrap_or_default() })
}

/// Makes a role's password valid until another time.
///
/// # Errors
/// The server refused.
pub async fn prolong(session: &Session, role: &RoleName, valid_until: &str) -> Result<(), LeaseRoleError> {
    let sql = format!("ALTER ROLE {} VALID UNTIL {}", role.quoted(), quote_literal(valid_until));
    rows(session.client(), "let the role be valid for longer", &sql).await.map(drop)
}

/// A role that is there and called like one of a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct There {
    /// Its name.
    pub name: RoleName,
    /// Whose it is, by its comment.
    pub mark: Option<String>,
    /// Whether its password has been no good for an hour: whosever lease it was of is over.
    pub lapsed: bool,
}

/// The roles whose names start like this, the oldest first.
///
/// # Errors
/// The server could not be asked.
pub async fn roles_called(session: &Session, prefix: &str) -> Result<Vec<There>, LeaseRoleError> {
    let sql = format!(
        "SELECT rolname, pg_catalog.shobj_description(oid, 'pg_authid'), rolvaliduntil < pg_catalog.now() - pg_catalog.make_interval(hours => 1) \
         FROM pg_catalog.pg_roles WHERE pg_catalog.starts_with(rolname::pg_catalog.text, {}) ORDER BY oid",
        quote_literal(prefix)
    );
    let found = rows(session.client(), "look for the roles of leases", &sql).await?;
    let there = |row: Vec<Option<String>>| {
        let mut values = row.into_iter();
        let name = values.next().flatten()?;
        let mark = values.next().flatten();
        let lapsed = values.next().flatten().is_some_and(|lapsed| lapsed == "t");
        Some(There { name: RoleName::from(name.as_str()), mark, lapsed })
    };
    Ok(found.into_iter().filter_map(there).collect())
}

async fn in_transaction(
    session: &Session,
    transaction: &Transaction<'_>,
    role: &LeaseRole,
    verifier: &ScramVerifier,
    notices: bool,
) -> Result<(), LeaseRoleError> {
    let client = session.client();
    rows(client, MAKING, &turn("pg_advisory_xact_lock", &role.name)).await?;
    let name = role.name.quoted();
    let verb = if is_there(session, role).await? { "ALTER" } else { "CREATE" };
    let sql = format!(
        "SELECT rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = {}",
        quote_literal(role.lends.as_str())
    );
    let creates = column(client, MAKING, &sql).await?.first().is_some_and(|may| may == "t");
    let attributes = if creates { " CREATEROLE" } else { "" };
    let limits =
        format!("CONNECTION LIMIT {} VALID UNTIL {}", role.connections, quote_literal(&role.valid_until));
    let options = match (session.version().major(), role.becomes) {
        (..16, _) => "",
        (_, Becomes::Lent) => " WITH INHERIT TRUE, SET TRUE",
        (_, Becomes::Nobody) => " WITH INHERIT TRUE, SET FALSE",
    };
    let mut statements = vec![format!("{verb} ROLE {name} NOLOGIN{attributes} {limits}")];
    statements.push(format!("COMMENT ON ROLE {name} IS {}", quote_literal(&role.mark)));
    statements.push(format!("GRANT {} TO {name}{options}", role.lends.quoted()));
    if verb == "ALTER" {
        statements.push(format!("ALTER ROLE {name} RESET ALL"));
    }
    let settings = role.settings.iter();
    statements.extend(
        settings
            .map(|(setting, value)| format!("ALTER ROLE {name} SET {setting} = {}", quote_literal(value))),
    );
    if notices {
        statements.push(format!("ALTER ROLE {name} SET {NOTICES}"));
    }
    let refused = |refusal| LeaseRoleError::refused(MAKING, refusal);
    let steps: Vec<Step<'_>> = statements.iter().map(|sql| Step { sql, as_role: None }).collect();
    transaction.run(&steps).await.map_err(refused)?;
    transaction.set_password(&role.name, verifier).await.map_err(refused)?;
    let log_in = format!("ALTER ROLE {name} LOGIN");
    transaction.run(&[Step { sql: &log_in, as_role: None }]).await.map_err(refused)
}

/// Whether the role is there already, as we would have made it. A role of this name that is a member of another role is none of
/// ours: it would get a password.
async fn is_there(session: &Session, role: &LeaseRole) -> Result<bool, LeaseRoleError> {
    let name = quote_literal(role.name.as_str());
    let sql = format!(
        "SELECT r.rolsuper OR r.rolreplication OR r.rolbypassrls OR r.rolcreatedb, \
           (SELECT pg_catalog.string_agg(g.rolname, ', ') FROM pg_catalog.pg_auth_members AS m \
            JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid WHERE m.member = r.oid AND g.rolname <> {}) \
         FROM pg_catalog.pg_roles AS r WHERE r.rolname = {name}",
        quote_literal(role.lends.as_str())
    );
    let found = rows(session.client(), MAKING, &sql).await?;
    let Some(row) = found.first() else { return Ok(false) };
    let taken = |why: String| Err(LeaseRoleError::Taken { role: role.name.clone(), why });
    match (row.first().and_then(Option::as_deref), row.get(1).cloned().flatten()) {
        (Some("f"), None) => Ok(true),
        (_, Some(others)) => taken(format!("it is a member of {others}")),
        _ => taken("it has attributes that no lease has".to_owned()),
    }
}

/// Whoever makes or removes this role takes turns.
pub(super) fn turn(function: &str, role: &RoleName) -> String {
    format!("SELECT pg_catalog.{function}({TURN}, pg_catalog.hashtext({}))", quote_literal(role.as_str()))
}

const MAKING: &str = "make the role";
/// A session whose desk has died ends this soon, in the middle of whatever it does.
const NOTICES: &str = "client_connection_check_interval = '2s'";
const TURN: i32 = 774_128_556;
const PATIENCE: Patience = Patience { turn_ms: 10_000, lock_ms: 10_000 };
