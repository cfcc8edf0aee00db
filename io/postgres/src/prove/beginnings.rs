//! What a role's sessions begin with: the settings kept for it and for the database, which SET SESSION AUTHORIZATION does not make
//! and a login does. What has to work is tried in a session as the role's own begin, as another role where `role` says so and read-only
//! where `default_transaction_read_only` does, and cannot be shown to work where a time-out leaves no time for anything. What has to be refused is tried as the role itself, which SET ROLE NONE makes it, and
//! once more as the role that its sessions begin as.

use std::collections::BTreeMap;

use pgward_catalog::name::{RoleName, quote_literal};
use pgward_proof::outcome::{Begun, TIMEOUTS, leaves_no_time};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::prove::failure::ProveError;

/// The settings that sessions of roles begin with in this database, by role.
///
/// Their values never leave the server: an application may keep a secret in one.
#[derive(Default)]
pub(crate) struct Beginnings {
    settings: BTreeMap<RoleName, Vec<Beginning>>,
    begun: BTreeMap<RoleName, Begun>,
}

/// One setting, and where in `pg_db_role_setting` its value is.
struct Beginning {
    name: String,
    database: String,
    role: String,
}

impl Beginnings {
    /// Reads which there are. A role's own count where it can log in, since SET ROLE makes none.
    pub(crate) async fn read(client: &Client) -> Result<Self, ProveError> {
        let answer = client
            .simple_query(THERE)
            .await
            .map_err(|source| ProveError::Interrupted { statement: THERE.to_owned(), source })?;
        let mut found = Self::default();
        for message in answer {
            let SimpleQueryMessage::Row(row) = message else { continue };
            let [Some(of), Some(name), Some(database), Some(role)] = [0, 1, 2, 3].map(|at| row.get(at))
            else {
                continue;
            };
            if let Some(value) = row.get(4) {
                let begun = found.begun.entry(RoleName::from(of)).or_default();
                match name {
                    "role" => begun.as_role = Some(RoleName::from(value)),
                    _ if TIMEOUTS.contains(&name) => {
                        if leaves_no_time(name, value) {
                            begun.no_time = Some((name.to_owned(), value.to_owned()));
                        }
                    }
                    _ => begun.read_only = value == "on",
                }
                continue;
            }
            let beginning =
                Beginning { name: name.to_owned(), database: database.to_owned(), role: role.to_owned() };
            found.settings.entry(RoleName::from(of)).or_default().push(beginning);
        }
        Ok(found)
    }

    /// How the role's sessions begin.
    pub(crate) fn begun(&self, role: &RoleName) -> Option<&Begun> {
        self.begun.get(role)
    }

    /// Whether making them leaves a trace in the proof's session: a name with a dot in it is known from then on.
    pub(crate) fn leave_a_trace(&self, role: &RoleName) -> bool {
        self.of(role).any(|beginning| beginning.name.contains('.'))
    }

    /// The statements that make them, to be run by the prover. What only helps, or hinders, a session that leaves it as it is
    /// (`row_security`, `search_path`) is for what has to work: what has to be refused is tried with values that hide nothing.
    pub(crate) fn statements(&self, role: &RoleName, has_to_work: bool) -> Vec<String> {
        self.of(role)
            .filter(|beginning| has_to_work || beginning.name.contains('.'))
            .map(|beginning| {
                let name = quote_literal(&beginning.name);
                format!(
                    "SELECT pg_catalog.set_config({name}, s.value, true) FROM ({}) AS s",
                    beginning.value()
                )
            })
            .collect()
    }

    fn of(&self, role: &RoleName) -> impl Iterator<Item = &Beginning> {
        self.settings.get(role).into_iter().flatten()
    }
}

impl Beginning {
    /// A query for its value. Its operators are named with their schema: a `search_path` may have been made before.
    fn value(&self) -> String {
        let Self { name, database, role } = self;
        format!(
            "SELECT pg_catalog.substr(c, pg_catalog.strpos(c, '=') OPERATOR(pg_catalog.+) 1) AS value \
             FROM pg_catalog.pg_db_role_setting AS d, pg_catalog.unnest(d.setconfig) AS c \
             WHERE d.setdatabase OPERATOR(pg_catalog.=) {database} AND d.setrole OPERATOR(pg_catalog.=) {role} \
             AND pg_catalog.split_part(c, '=', 1) OPERATOR(pg_catalog.=) {}",
            quote_literal(name)
        )
    }
}

/// The role's in the database, then the role's, then the database's, then everybody's, as PostgreSQL has it. Of those whose names
/// have a dot in them, not the ones that an extension knows. A role that the session may not become is passed over by the server,
/// with a warning, and so is one that is not there.
const THERE: &str = "SELECT f.rolname, f.name, f.setdatabase, f.setrole, CASE f.name \
       WHEN 'default_transaction_read_only' THEN CASE WHEN f.value::pg_catalog.bool THEN 'on' ELSE 'off' END \
       ELSE f.value END \
     FROM (SELECT DISTINCT ON (r.rolname, pg_catalog.lower(s.name)) \
       r.oid, r.rolname, r.rolcanlogin, r.rolsuper, s.name, d.setdatabase, d.setrole, \
       CASE WHEN s.name IN ('role', 'default_transaction_read_only', 'statement_timeout', 'transaction_timeout', \
       'idle_session_timeout', 'idle_in_transaction_session_timeout') \
         THEN pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) END AS value \
     FROM pg_catalog.pg_db_role_setting AS d \
     JOIN pg_catalog.pg_roles AS r ON d.setrole = 0 OR d.setrole = r.oid AND r.rolcanlogin, \
     pg_catalog.unnest(d.setconfig) AS c, pg_catalog.split_part(c, '=', 1) AS s(name) \
     WHERE d.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())) \
     AND (s.name IN ('row_security', 'search_path', 'role', 'default_transaction_read_only', 'statement_timeout', 'transaction_timeout', \
       'idle_session_timeout', 'idle_in_transaction_session_timeout') \
     OR s.name LIKE '%.%' AND NOT EXISTS \
     (SELECT FROM pg_catalog.pg_settings AS known WHERE pg_catalog.lower(known.name) = pg_catalog.lower(s.name))) \
     ORDER BY r.rolname, pg_catalog.lower(s.name), d.setrole <> 0 DESC, d.setdatabase <> 0 DESC) AS f \
     WHERE f.value IS NULL OR f.rolcanlogin AND (f.name <> 'role' OR f.value <> f.rolname AND EXISTS \
       (SELECT FROM pg_catalog.pg_roles AS o WHERE o.rolname = f.value AND pg_catalog.pg_has_role(f.oid, o.oid, \
        CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 THEN 'SET' ELSE 'MEMBER' END)))";
