//! Whether the connected login can lend the privileges of roles here.

use pgward_catalog::name::{RoleName, quote_literal};

use crate::lease_role::answer::rows;
use crate::lease_role::failure::LeaseRoleError;
use crate::session::{Recovery, Session};

/// What the connected login can and cannot do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ability {
    /// What it lacks, each with the way out. Nothing can be lent while there is something.
    pub lacks: Vec<String>,
    /// What whoever runs the desk should know.
    pub warnings: Vec<String>,
}

/// Asks whether the connected login can lend the privileges of these roles.
///
/// # Errors
/// The server could not be asked.
pub async fn ability(session: &Session, lent: &[RoleName]) -> Result<Ability, LeaseRoleError> {
    let mut ability = Ability::default();
    let login = &session.facts().current_user;
    if session.facts().recovery == Recovery::Yes {
        ability
            .lacks
            .push("the server is a standby, on which no role can be made: connect to its primary".to_owned());
    }
    let facts = rows(session.client(), ASKING, ATTRIBUTES).await?;
    let has =
        |column: usize| facts.first().and_then(|row| row.get(column)).and_then(Option::as_deref) == Some("t");
    let (superuser, createrole) = (has(0), has(1));
    if superuser {
        ability.warnings.push(format!(
            "role \"{login}\" is a superuser: whoever gets hold of it has the whole server. CREATEROLE is enough"
        ));
    } else if !createrole {
        ability.lacks.push(format!("it may not create roles: ALTER ROLE {} CREATEROLE", login.quoted()));
    } else if session.version().major() < 16 {
        ability.warnings.push(format!(
            "before PostgreSQL 16 CREATEROLE may change every role that is no superuser, and grant every such role: \
             role \"{login}\" is worth as much as all of them together"
        ));
    }
    for role in lent {
        lent_role(session, role, superuser, &mut ability).await?;
    }
    Ok(ability)
}

async fn lent_role(
    session: &Session,
    role: &RoleName,
    superuser: bool,
    ability: &mut Ability,
) -> Result<(), LeaseRoleError> {
    let sql = format!(
        "SELECT rolsuper, rolcanlogin, pg_catalog.pg_has_role(oid, 'MEMBER WITH ADMIN OPTION') \
         FROM pg_catalog.pg_roles WHERE rolname = {}",
        quote_literal(role.as_str())
    );
    let found = rows(session.client(), ASKING, &sql).await?;
    let Some(row) = found.first() else {
        ability
            .lacks
            .push(format!("role \"{role}\", whose privileges are lent, does not exist: apply the contract"));
        return Ok(());
    };
    let is = |column: usize| row.get(column).and_then(Option::as_deref) == Some("t");
    if is(0) {
        ability.lacks.push(format!("role \"{role}\" is a superuser, and is not lent"));
    }
    if is(1) {
        ability.warnings.push(format!(
            "role \"{role}\" can log in: whoever has its password needs no lease. ALTER ROLE {} NOLOGIN",
            role.quoted()
        ));
    }
    // Before 16 CREATEROLE grants every role that is no superuser.
    if !is(2) && !superuser && session.version().major() >= 16 {
        ability.lacks.push(format!(
            "it may not grant role \"{role}\": GRANT {} TO {} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
            role.quoted(),
            session.facts().current_user.quoted()
        ));
    }
    Ok(())
}

const ASKING: &str = "ask what the login may do";
const ATTRIBUTES: &str =
    "SELECT rolsuper, rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = current_user";
