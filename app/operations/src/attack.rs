//! `pgward rehearse attack`: what somebody who has taken over a role would try, and what came of it. Nothing of it stays.

use std::collections::BTreeSet;

use pgward_audit::source_text::files::Opens;
use pgward_audit::study::deeds::{Deed, Done};
use pgward_audit::study::{Placed, Study};
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName, quote_literal};
use pgward_catalog::object::{Object, ObjectKey, ObjectRef, Origin};
use pgward_catalog::privilege::Privilege;
use pgward_postgres::attack::{Answer, Attempt, Meaning, rehearse};
use pgward_postgres::prove::failure::ProveError;
use pgward_proof::action::{Action, Power};
use pgward_proof::promises::Promises;
use serde::Serialize;

use crate::server::Server;

/// What an attacker is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Attack {
    /// A stolen login: to become more than it is.
    CompromisedLogin,
    /// An agent that was told by somebody else what to do: to destroy, and to plant code.
    PromptInjection,
    /// To carry data away.
    Exfiltration,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// What for.
    pub attack: Attack,
    /// As whom.
    pub role: RoleName,
    /// In which database.
    pub database: DatabaseName,
    /// What was tried, as SQL.
    pub sql: String,
    /// Whether the real thing was tried, or the server was only asked, because no rollback undoes the real thing.
    pub asked_only: bool,
    /// What came of it.
    pub verdict: Verdict,
    /// Where the contract says that it must not be; none: it says nothing.
    pub forbidden: Option<String>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Refused, in the server's words.
    Refused {
        /// Its SQLSTATE; none: the server was asked, and said no.
        sqlstate: Option<String>,
        /// Its words.
        message: Option<String>,
    },
    /// Let through.
    LetThrough,
    /// Row security let through a part.
    Narrowed {
        /// The rows it saw.
        seen: u64,
        /// The rows there are.
        of: u64,
    },
    /// It could not be tried.
    NotTried(String),
}

impl Tried {
    /// Whether something got through that the contract forbids.
    pub fn is_breach(&self) -> bool {
        let through = match self.verdict {
            Verdict::LetThrough => true,
            Verdict::Narrowed { seen, .. } => seen > 0,
            Verdict::Refused { .. } | Verdict::NotTried(_) => false,
        };
        through && self.forbidden.is_some()
    }
}

/// An attempt with what is known of it beforehand.
struct Planned {
    attack: Attack,
    attempt: Attempt,
    /// The contract's word for it, and on what.
    action: Option<(Action, Option<ObjectRef>)>,
    shown: String,
}

/// Rehearses every attack as each of the roles, in every database that is open.
pub async fn attack(
    server: &Server,
    study: &Study<'_>,
    roles: &[RoleName],
    promises: Option<&Promises>,
) -> Result<Vec<Tried>, ProveError> {
    let mut tried = Vec::new();
    for (database, session) in server.sessions() {
        let mut planned = Vec::new();
        for role in roles {
            if database == server.home() {
                Script { role, planned: &mut planned }.stolen_login(study);
            }
            plan(study, database, role, &mut planned);
        }
        let attempts: Vec<Attempt> = planned.iter().map(|planned| planned.attempt.clone()).collect();
        let answers = rehearse(session.client(), &attempts).await?;
        for (planned, answer) in planned.into_iter().zip(answers) {
            tried.push(judged(planned, answer, database, promises));
        }
    }
    Ok(tried)
}

fn judged(planned: Planned, answer: Answer, database: &DatabaseName, promises: Option<&Promises>) -> Tried {
    let verdict = match answer {
        Answer::Refused { sqlstate, message } => {
            Verdict::Refused { sqlstate: Some(sqlstate), message: Some(message) }
        }
        Answer::WouldRefuse => Verdict::Refused { sqlstate: None, message: None },
        Answer::LetThrough => Verdict::LetThrough,
        Answer::Rows { seen, of } if seen < of => Verdict::Narrowed { seen, of },
        Answer::Rows { .. } => Verdict::LetThrough,
        Answer::NotTried(why) => Verdict::NotTried(why),
    };
    let role = planned.attempt.role;
    let forbidden = planned
        .action
        .and_then(|(action, object)| forbidden(promises?, database, &role, &action, object.as_ref()));
    Tried {
        attack: planned.attack,
        role,
        database: database.clone(),
        sql: planned.shown,
        asked_only: planned.attempt.meaning == Meaning::Asked,
        verdict,
        forbidden,
    }
}

/// Where the contract's `never` covers it.
fn forbidden(
    promises: &Promises,
    database: &DatabaseName,
    role: &RoleName,
    action: &Action,
    object: Option<&ObjectRef>,
) -> Option<String> {
    let action = match action {
        Action::Become(other) => {
            let mut tried = promises.roles.iter().filter(|tried| tried.name == *role);
            if tried.any(|tried| tried.may_become.contains(other)) {
                return None;
            }
            &Action::BecomeAnother
        }
        action => action,
    };
    // What is not about an object is not about a database either.
    let described = promises
        .databases
        .iter()
        .filter(|described| object.is_none() || described.database.as_ref() == Some(database));
    let never = described.flat_map(|described| &described.nevers).find(|never| {
        let on = match (&never.objects, object) {
            (None, _) | (_, None) => true,
            (Some(objects), Some(object)) => objects.contains(object),
        };
        let named =
            never.may.contains(action) || power(action).is_some_and(|power| never.may.contains(&power));
        never.roles.contains(role) && named && on
    })?;
    Some(never.source.as_ref().map_or_else(
        || "the contract says never".to_owned(),
        |source| format!("{}:{}", source.file, source.line),
    ))
}

/// The power that the action shows, by which a contract may forbid it too.
fn power(action: &Action) -> Option<Action> {
    match action {
        Action::CopyProgram => Some(Action::Reach(Power::ServerProgram)),
        Action::ReadServerFile | Action::WriteServerFile => Some(Action::Reach(Power::ServerFiles)),
        Action::CreateRole => Some(Action::Reach(Power::CreateRole)),
        _ => None,
    }
}

fn plan(study: &Study<'_>, database: &DatabaseName, role: &RoleName, planned: &mut Vec<Planned>) {
    let Some(contents) = study.catalog.databases.get(database) else { return };
    let mut script = Script { role, planned };
    script.reads_secrets_and_files();
    let made = contents.objects.iter().filter(|(_, object)| object.origin == Origin::User);
    let tables: Vec<(&ObjectKey, &Object)> = made
        .filter(|(key, _)| matches!(key.class, Class::Table | Class::PartitionedTable))
        .take(TABLES_MAX)
        .collect();
    let schemas: BTreeSet<&SchemaName> = tables.iter().filter_map(|(key, _)| key.schema.as_ref()).collect();
    for schema in schemas {
        script.plants_code(database, schema);
    }
    for (placed, facts) in study.definers().filter(|(placed, _)| placed.database == database) {
        script.misuses(&placed, &study.deeds(&placed, facts));
    }
    for (table, object) in tables {
        script.destroys(database, table);
        script.copies(database, table);
        if object.row_security().is_some_and(|rows| rows.enabled) {
            script.evades_row_security(database, table);
        }
    }
}

/// The attempts of one role.
struct Script<'p> {
    role: &'p RoleName,
    planned: &'p mut Vec<Planned>,
}

impl Script<'_> {
    fn add(&mut self, attack: Attack, sql: String, action: Option<(Action, Option<ObjectRef>)>) {
        let attempt = Attempt { role: self.role.clone(), sql: sql.clone(), meaning: Meaning::Success };
        self.planned.push(Planned { attack, attempt, action, shown: sql });
    }

    /// What no rollback undoes: the server is asked instead.
    fn ask(&mut self, attack: Attack, shown: &str, question: &str, action: Action) {
        let meaning = Meaning::Asked;
        let attempt = Attempt { role: self.role.clone(), sql: format!("SELECT {question}"), meaning };
        self.planned.push(Planned { attack, attempt, action: Some((action, None)), shown: shown.to_owned() });
    }

    fn stolen_login(&mut self, study: &Study<'_>) {
        let me = self.role.quoted();
        let login = Attack::CompromisedLogin;
        let own = self.role;
        for role in study.catalog.roles.keys().filter(|role| *role != own) {
            self.add(
                login,
                format!("SET LOCAL ROLE {}", role.quoted()),
                Some((Action::Become(role.clone()), None)),
            );
            if let Some(last) = self.planned.last_mut() {
                last.attempt.meaning = Meaning::Becoming;
            }
        }
        let superuser = Some((Action::Reach(Power::Superuser), None));
        self.add(login, format!("ALTER ROLE {me} SUPERUSER"), superuser);
        let bypass = Some((Action::Reach(Power::BypassRls), None));
        self.add(login, format!("ALTER ROLE {me} BYPASSRLS"), bypass);
        for (key, power) in [
            ("pg_execute_server_program", Power::ServerProgram),
            ("pg_read_all_data", Power::ReadAllData),
            ("pg_write_all_data", Power::WriteAllData),
        ] {
            self.add(login, format!("GRANT {key} TO {me}"), Some((Action::Reach(power), None)));
        }
        self.add(login, "CREATE ROLE pgward_rehearsal".to_owned(), Some((Action::CreateRole, None)));
    }

    fn reads_secrets_and_files(&mut self) {
        let login = Attack::CompromisedLogin;
        for secret in ["rolpassword FROM pg_catalog.pg_authid", "subconninfo FROM pg_catalog.pg_subscription"]
        {
            self.add(login, format!("SELECT {secret} LIMIT 1"), None);
        }
        self.add(
            login,
            "SELECT pg_catalog.pg_read_file('PG_VERSION')".to_owned(),
            Some((Action::ReadServerFile, None)),
        );
        self.ask(login, "COPY ... TO PROGRAM", &may("pg_execute_server_program"), Action::CopyProgram);
        self.ask(login, "COPY ... TO 'a file'", &may("pg_write_server_files"), Action::WriteServerFile);
        self.ask(login, "COPY ... FROM 'a file'", &may("pg_read_server_files"), Action::ReadServerFile);
        self.ask(
            login,
            "SELECT lo_export(..., 'a file')",
            "pg_catalog.has_function_privilege('pg_catalog.lo_export(oid, text)', 'EXECUTE')",
            Action::WriteServerFile,
        );
    }

    /// What a routine would do for it with its owner's rights. Its body is not run: what else that does no rollback may undo.
    fn misuses(&mut self, definer: &Placed<'_>, deeds: &[Done]) {
        let name = definer.key.quoted();
        let owner = &definer.object.owner;
        let schema = definer.key.schema.as_ref().map_or("", SchemaName::as_str);
        let question = format!(
            "pg_catalog.has_schema_privilege({}, 'USAGE') AND pg_catalog.has_function_privilege({}, 'EXECUTE')",
            quote_literal(schema),
            quote_literal(&name)
        );
        let is_trigger = definer.object.routine().is_some_and(|facts| facts.trigger);
        // A trigger's function is run by whoever puts a trigger with it on a table of their own.
        let (how, question) = match is_trigger {
            true => (
                "put a trigger on a temporary table with",
                format!(
                    "{question} AND pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY')"
                ),
            ),
            false => ("call", question),
        };
        for done in deeds {
            let action = match done.deed {
                Deed::Opens(Opens::Runs) => Action::CopyProgram,
                Deed::Opens(Opens::Writes) => Action::WriteServerFile,
                Deed::Opens(Opens::Imports | Opens::Text | Opens::Bytes) => Action::ReadServerFile,
                Deed::Text(_) | Deed::Gives(_) => Action::Become(owner.clone()),
            };
            let shown = format!("{how} {name}, which has {}, as role {}", done.words, owner.quoted());
            self.ask(Attack::CompromisedLogin, &shown, &question, action);
        }
    }

    fn plants_code(&mut self, database: &DatabaseName, schema: &SchemaName) {
        let at = ObjectRef::within(database, ObjectKey::bare(Class::Schema, schema.as_str()));
        let schema = schema.quoted();
        let injection = Attack::PromptInjection;
        self.add(
            injection,
            format!(
                "CREATE FUNCTION {schema}.pgward_rehearsal() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
            ),
            Some((Action::CreateFunction, Some(at.clone()))),
        );
        self.add(
            injection,
            format!("CREATE TABLE {schema}.pgward_rehearsal ()"),
            Some((Action::CreateTable, Some(at))),
        );
    }

    fn destroys(&mut self, database: &DatabaseName, table: &ObjectKey) {
        let at = || Some(ObjectRef::within(database, table.clone()));
        let name = table.quoted();
        let injection = Attack::PromptInjection;
        // EXPLAIN has the privileges checked, and touches no row, takes no row's lock and runs no trigger.
        self.add(
            injection,
            format!("EXPLAIN DELETE FROM {name}"),
            Some((Action::Use(Privilege::Delete), at())),
        );
        for (shown, privilege) in
            [("TRUNCATE", Privilege::Truncate), ("CREATE TRIGGER ... ON", Privilege::Trigger)]
        {
            let question = format!(
                "pg_catalog.has_table_privilege({}, '{}')",
                quote_literal(&name),
                privilege.keyword()
            );
            self.ask(injection, &format!("{shown} {name}"), &question, Action::Use(privilege));
            if let Some(last) = self.planned.last_mut() {
                last.action = Some((Action::Use(privilege), at()));
            }
        }
    }

    fn copies(&mut self, database: &DatabaseName, table: &ObjectKey) {
        let name = table.quoted();
        let count = format!("SELECT count(*) FROM {name}");
        self.planned.push(Planned {
            attack: Attack::Exfiltration,
            attempt: Attempt { role: self.role.clone(), sql: count.clone(), meaning: Meaning::Rows(count) },
            action: Some((Action::Use(Privilege::Select), Some(ObjectRef::within(database, table.clone())))),
            shown: format!("COPY {name} TO STDOUT"),
        });
    }

    fn evades_row_security(&mut self, database: &DatabaseName, table: &ObjectKey) {
        let at = || Some(ObjectRef::within(database, table.clone()));
        let name = table.quoted();
        let owns = format!(
            "pg_catalog.pg_has_role(relowner, 'USAGE') FROM pg_catalog.pg_class WHERE oid = {}::pg_catalog.regclass",
            quote_literal(&name)
        );
        let statement = format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY");
        self.ask(Attack::PromptInjection, &statement, &owns, Action::Alter);
        if let Some(last) = self.planned.last_mut() {
            last.action = Some((Action::Alter, at()));
        }
        self.planned.push(Planned {
            attack: Attack::Exfiltration,
            attempt: Attempt {
                role: self.role.clone(),
                sql: format!("SET LOCAL row_security = off; EXPLAIN SELECT * FROM {name}"),
                meaning: Meaning::Success,
            },
            action: Some((Action::Reach(Power::BypassRls), at())),
            shown: format!("SET row_security = off; SELECT * FROM {name}"),
        });
    }
}

/// Whether the role has what this predefined role has, by whatever way.
fn may(predefined: &str) -> String {
    format!("pg_catalog.pg_has_role('{predefined}', 'MEMBER')")
}

/// How many tables of a database are tried.
const TABLES_MAX: usize = 500;
