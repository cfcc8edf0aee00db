//! What each mechanism's step is, in SQL, with the names of an edge.

use std::path::PathBuf;

use pgward_audit::paths::graph::{Edge, Node, Sink};
use pgward_audit::paths::mechanism::Mechanism;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::{RoleName, quote_literal};
use pgward_catalog::object::ObjectKey;
use pgward_catalog::role::Attribute;
use pgward_postgres::escalate::{Act, MARKER, place_for_code, planted};
use pgward_postgres::session::Session;

/// The copy that the steps are taken in.
pub(super) struct Stage<'c> {
    /// What is in it.
    pub(super) catalog: &'c Catalog,
    /// Its data directory.
    pub(super) data: PathBuf,
}

/// Why a step is not tried, in words.
type Why = String;

impl Stage<'_> {
    /// What to do to take the step of an edge.
    pub(super) async fn acts(&self, edge: &Edge, session: &Session) -> Result<Vec<Act>, Why> {
        let (who, mut acts) = actor(&edge.from)?;
        let low = |sql: &str| Act::Low(who.clone(), sql.to_owned());
        let sees = |sql: &str| Act::LowSees(who.clone(), sql.to_owned());
        let name = who.quoted();
        let file = |name: &str| quote_literal(&self.data.join(name).to_string_lossy());
        match edge.mechanism {
            Mechanism::BeingPublic => acts.extend([scene(TABLE, "SELECT", "PUBLIC"), sees(SEES_ONE)]),
            Mechanism::SetRole => {
                let target = self.target(edge, &who)?;
                acts.push(sees(&becoming(&target)));
            }
            Mechanism::Inheriting => {
                acts.extend([scene(TABLE, "SELECT", &role_of(&edge.to)?.quoted()), sees(SEES_ONE)]);
            }
            Mechanism::AdminOption => {
                let target = role_of(&edge.to)?;
                acts.push(low(&format!("GRANT {} TO {name}", target.quoted())));
                acts.push(sees(&becoming(&target)));
            }
            Mechanism::CreateRole => {
                let target = match &edge.to {
                    Node::AnyPlainRole => {
                        acts.push(Act::Scene("CREATE ROLE pgward_rehearsal_plain".to_owned()));
                        RoleName::from("pgward_rehearsal_plain")
                    }
                    to => role_of(to)?,
                };
                acts.push(low(&format!("GRANT {} TO {name}", target.quoted())));
                acts.push(sees(&becoming(&target)));
            }
            Mechanism::SuperuserAttribute => acts.push(low("CREATE ROLE pgward_rehearsal_new SUPERUSER")),
            Mechanism::BypassRlsAttribute => {
                acts.extend([scene(TABLE, "SELECT", &name), Act::Scene(HIDE.to_owned()), sees(SEES_ONE)]);
            }
            Mechanism::SuperuserDoesAll => match edge.to {
                Node::Sink(Sink::OsCommand) => acts.push(low(PROGRAM)),
                Node::Sink(Sink::ServerFiles) => {
                    acts.push(low("SELECT pg_catalog.pg_read_file('PG_VERSION')"))
                }
                Node::Sink(Sink::AllWrite) => acts.extend([Act::Scene(TABLE.to_owned()), low(ADDS_ONE)]),
                _ => acts.extend([Act::Scene(TABLE.to_owned()), Act::Scene(HIDE.to_owned()), sees(SEES_ONE)]),
            },
            Mechanism::ExecuteServerProgram => acts.push(low(PROGRAM)),
            Mechanism::WriteServerFiles => {
                acts.push(low(&format!("COPY (SELECT 1) TO {}", file("pgward_rehearsal"))));
            }
            Mechanism::ReadServerFiles => acts.extend([
                scene("CREATE TEMP TABLE pgward_rehearsal_lines (v text)", "", ""),
                Act::Scene("GRANT INSERT ON pg_temp.pgward_rehearsal_lines TO PUBLIC".to_owned()),
                low(&format!("COPY pg_temp.pgward_rehearsal_lines FROM {}", file("PG_VERSION"))),
            ]),
            Mechanism::ReadAllData => acts.extend([Act::Scene(TABLE.to_owned()), sees(SEES_ONE)]),
            Mechanism::WriteAllData => acts.extend([Act::Scene(TABLE.to_owned()), low(ADDS_ONE)]),
            Mechanism::FileFunction | Mechanism::DataFiles => {
                acts.push(low(&calling(object(edge)?, &file("pgward_rehearsal_export"))?));
            }
            Mechanism::CredentialCatalog => {
                let key = object(edge)?;
                let column = if key.name.as_str() == "pg_shadow" { "passwd" } else { "rolpassword" };
                acts.push(sees(&format!("SELECT count({column}) >= 0 FROM {}", key.quoted())));
            }
            Mechanism::ParameterRunsCode => {
                let parameter = object(edge)?.quoted();
                acts.push(Act::LowAlone(who.clone(), format!("ALTER SYSTEM SET {parameter} = ''")));
                acts.push(Act::Afterwards(format!("ALTER SYSTEM RESET {parameter}")));
            }
            Mechanism::DatabaseOwner => {
                let database = object(edge)?.quoted();
                acts.push(low(&format!("ALTER DATABASE {database} SET search_path = pgward_rehearsal")));
            }
            Mechanism::SearchPathSchema => {
                let found = object(edge)?;
                let (victim, scene) = victim(&edge.to)?;
                acts.extend(scene);
                // CREATE on the database: a schema that is not there yet, for one of a superuser's name.
                let schema = match found.class {
                    Class::Database => {
                        acts.push(low("CREATE SCHEMA pgward_rehearsal_path"));
                        acts.push(low("GRANT USAGE ON SCHEMA pgward_rehearsal_path TO PUBLIC"));
                        "pgward_rehearsal_path".to_owned()
                    }
                    _ => found.quoted(),
                };
                acts.push(low(&format!(
                    "CREATE FUNCTION {schema}.lower(pg_catalog.\"varchar\") RETURNS text LANGUAGE plpgsql AS {}",
                    quote_literal(MARKER)
                )));
                // As it is for the superuser who looks there: a closer match than the one of pg_catalog.
                acts.push(Act::Scene(format!("SET LOCAL search_path = {schema}")));
                acts.push(Act::Victim(victim, vec!["SELECT lower('x'::pg_catalog.\"varchar\")".to_owned()]));
            }
            Mechanism::TriggerPrivilege => {
                let table = object(edge)?.quoted();
                let place = place(edge, session).await?;
                let (victim, scene) = victim(&edge.to)?;
                acts.extend(scene);
                acts.push(low(&format!(
                    "CREATE FUNCTION {place}.pgward_rehearsal_mark() RETURNS trigger LANGUAGE plpgsql AS {}",
                    quote_literal(MARKER)
                )));
                acts.push(low(&format!(
                    "CREATE TRIGGER pgward_rehearsal BEFORE INSERT ON {table} \
                     FOR EACH STATEMENT EXECUTE FUNCTION {place}.pgward_rehearsal_mark()"
                )));
                acts.push(Act::Scene(AWAKE.to_owned()));
                acts.push(Act::Victim(victim, vec![format!("INSERT INTO {table} DEFAULT VALUES")]));
            }
            Mechanism::TriggerFunction
            | Mechanism::ViewFunction
            | Mechanism::ExpressionFunction
            | Mechanism::PolicyFunction
            | Mechanism::OperatorFunction
            | Mechanism::RoutineFunction
            | Mechanism::EventTriggerFunction => acts.extend(self.owned_code(edge, &who, session).await?),
            Mechanism::DefinerSearchPath => {
                return Err("it needs the names that the function's body uses".to_owned());
            }
            Mechanism::DefinerDynamicSql => {
                let runner = self.owner(edge)?;
                let key = object(edge)?;
                let tries = TEXTS.iter().map(|text| call(key, text)).collect::<Result<_, _>>()?;
                acts.push(Act::LowFails(who.clone(), tries, "22P02", format!("pgward:{runner}\"")));
            }
            Mechanism::DefinerFiles if matches!(edge.to, Node::Sink(Sink::OsCommand)) => {
                return Err("what would write a file or run a program is not rehearsed".to_owned());
            }
            Mechanism::DefinerFiles => {
                let tries = vec![call(object(edge)?, NO_FILE)?];
                acts.push(Act::LowFails(who.clone(), tries, "58P01", NO_FILE.to_owned()));
            }
            Mechanism::SchemaOwner => {
                let key = object(edge)?;
                if key.class != Class::Table {
                    return Err("what replaces anything but a table is not rehearsed".to_owned());
                }
                let table = key.quoted();
                let place = key.schema.as_ref().ok_or_else(|| "it is in no schema".to_owned())?.quoted();
                let (victim, scene) = victim(&edge.to)?;
                acts.extend(scene);
                acts.push(low(&format!("DROP TABLE {table} CASCADE; CREATE TABLE {table} (pgward integer)")));
                acts.push(low(&format!(
                    "CREATE FUNCTION {place}.pgward_rehearsal_mark() RETURNS trigger LANGUAGE plpgsql AS {}",
                    quote_literal(MARKER)
                )));
                acts.push(low(&format!(
                    "CREATE TRIGGER pgward_rehearsal BEFORE INSERT ON {table} \
                     FOR EACH STATEMENT EXECUTE FUNCTION {place}.pgward_rehearsal_mark(); \
                     GRANT INSERT ON {table} TO PUBLIC; GRANT USAGE ON SCHEMA {place} TO PUBLIC"
                )));
                acts.push(Act::Scene(AWAKE.to_owned()));
                acts.push(Act::Victim(victim, vec![format!("INSERT INTO {table} DEFAULT VALUES")]));
            }
            Mechanism::DefinerNames => {
                return Err("it needs to know which argument of the function names whom".to_owned());
            }
            Mechanism::DomainOwner => {
                let domain = object(edge)?.quoted();
                let place = place(edge, session).await?;
                let (victim, scene) = victim(&edge.to)?;
                acts.extend(scene);
                acts.push(low(&format!(
                    "CREATE FUNCTION {place}.pgward_rehearsal_check(anyelement) RETURNS boolean LANGUAGE plpgsql AS {}",
                    quote_literal(MARKER)
                )));
                acts.push(low(&format!(
                    "ALTER DOMAIN {domain} ADD CONSTRAINT pgward_rehearsal \
                     CHECK ({place}.pgward_rehearsal_check(VALUE)) NOT VALID"
                )));
                acts.push(Act::Victim(victim, vec![format!("SELECT CAST(NULL AS {domain})")]));
            }
            Mechanism::DblinkLoopback => {
                // Whom a server trusts is not copied: it is tried that the call gets as far as connecting, to nowhere.
                let key = object(edge)?;
                let arguments = match key.signature.as_deref().unwrap_or_default() {
                    "text" => format!("'{NOWHERE}'"),
                    "text, text" => format!("'pgward_rehearsal', '{NOWHERE}'"),
                    signature => return Err(format!("a call of {}({signature}) is not rehearsed", key.name)),
                };
                let schema = key.schema.as_ref().ok_or_else(|| "it is in no schema".to_owned())?;
                let call = format!("SELECT {}.{}({arguments})", schema.quoted(), key.name.quoted());
                acts.push(Act::LowFails(
                    who.clone(),
                    vec![call],
                    "08001",
                    "could not establish connection".to_owned(),
                ));
            }
            Mechanism::TrustLine => return Err("lines of pg_hba.conf are not copied".to_owned()),
            Mechanism::BaseBackup => {
                return Err("a base backup takes a replication connection, which the copy lets nobody make"
                    .to_owned());
            }
            Mechanism::ForeignLoopback | Mechanism::SubscriptionApply => {
                return Err(
                    "it takes another server, or the server's own way to itself, which are not copied"
                        .to_owned(),
                );
            }
            _ => return Err("this step is not rehearsed".to_owned()),
        }
        Ok(acts)
    }

    /// Who owns what the step is done with.
    fn owner(&self, edge: &Edge) -> Result<RoleName, Why> {
        let found = edge.object.as_ref().and_then(|object| self.catalog.object(object));
        found.map(|object| object.owner.clone()).ok_or_else(|| "the copy has no such function".to_owned())
    }

    /// The role that SET ROLE leads to: where that is a superuser, the edge does not say which.
    fn target(&self, edge: &Edge, who: &RoleName) -> Result<RoleName, Why> {
        if let Node::Role(role) = &edge.to {
            return Ok(role.clone());
        }
        let is_superuser =
            |role: &RoleName| self.catalog.roles.get(role).is_some_and(|role| role.has(Attribute::Superuser));
        let mut of = self.catalog.memberships.keys().filter(|key| key.member == *who);
        let found = of.find(|key| is_superuser(&key.role)).map(|key| key.role.clone());
        found.ok_or_else(|| "the copy has no superuser that it is a member of".to_owned())
    }

    /// The function is replaced by its owner, and others do what calls it.
    async fn owned_code(&self, edge: &Edge, who: &RoleName, session: &Session) -> Result<Vec<Act>, Why> {
        let key = object(edge)?;
        if !key.class.is_routine() {
            return Err("a step that replaces a view's query is not rehearsed".to_owned());
        }
        let found = planted(session, &key.quoted()).await;
        let found = found.map_err(|error| format!("the function could not be looked at: {error}"))?;
        let found = found.ok_or_else(|| "the copy has no such function".to_owned())?;
        let (victim, mut acts) = victim(&edge.to)?;
        acts.push(Act::Low(who.clone(), found.replacement));
        acts.push(Act::Scene(AWAKE.to_owned()));
        let mut actions = Vec::new();
        if edge.mechanism == Mechanism::EventTriggerFunction {
            if self.catalog.version.major() >= 17 {
                acts.push(Act::Scene("SET LOCAL event_triggers = on".to_owned()));
            }
            // It creates, changes and drops: one of them is what the trigger waits for.
            actions.push(
                "CREATE TEMP TABLE pgward_rehearsal_made (v integer); \
                 ALTER TABLE pg_temp.pgward_rehearsal_made ADD w integer; DROP TABLE pg_temp.pgward_rehearsal_made"
                    .to_owned(),
            );
        }
        actions.extend(found.expressions.into_iter().map(|expression| format!("SELECT {expression}")));
        for relation in found.relations {
            actions.push(format!("SELECT * FROM {relation}"));
            actions.push(format!("INSERT INTO {relation} DEFAULT VALUES"));
            actions.push(format!("DELETE FROM {relation}"));
        }
        acts.push(Act::Victim(victim, actions));
        Ok(acts)
    }
}

/// Who takes the step, and what it takes to have such a role.
fn actor(from: &Node) -> Result<(RoleName, Vec<Act>), Why> {
    let fresh = RoleName::from("pgward_rehearsal_low");
    let create = |sql: String| Ok((fresh.clone(), vec![Act::Scene(sql)]));
    match from {
        Node::Role(role) => Ok((role.clone(), Vec::new())),
        Node::Public => create("CREATE ROLE pgward_rehearsal_low".to_owned()),
        Node::AnyPlainRole => create("CREATE ROLE pgward_rehearsal_low CREATEROLE".to_owned()),
        Node::Sink(Sink::Superuser) => create("CREATE ROLE pgward_rehearsal_low SUPERUSER".to_owned()),
        Node::Privileges(role) => create(format!(
            "CREATE ROLE pgward_rehearsal_low; GRANT {} TO pgward_rehearsal_low WITH INHERIT TRUE, SET FALSE",
            role.quoted()
        )),
        Node::Sink(_) => Err("what follows from having reached that is not rehearsed".to_owned()),
    }
}

/// Who comes along. A superuser's place is taken by a role that may use everything and is none: what else of others' code it
/// comes by does not become a superuser with it.
fn victim(to: &Node) -> Result<(RoleName, Vec<Act>), Why> {
    match to {
        Node::Role(role) => Ok((role.clone(), Vec::new())),
        Node::Sink(Sink::Superuser) => Ok((
            RoleName::from("pgward_rehearsal_victim"),
            vec![Act::Scene(
                "CREATE ROLE pgward_rehearsal_victim BYPASSRLS; \
                 GRANT pg_read_all_data, pg_write_all_data TO pgward_rehearsal_victim"
                    .to_owned(),
            )],
        )),
        _ => Err("it has no victim that could be played".to_owned()),
    }
}

/// Where whoever takes the step may put a function.
async fn place(edge: &Edge, session: &Session) -> Result<String, Why> {
    let who = match &edge.from {
        Node::Role(role) | Node::Privileges(role) => role.as_str(),
        _ => "public",
    };
    let found = place_for_code(session, who).await;
    let found = found.map_err(|error| format!("the copy could not be asked where it may create: {error}"))?;
    found.ok_or_else(|| {
        "it may create a function nowhere in this database: it takes one that is there".to_owned()
    })
}

fn role_of(node: &Node) -> Result<RoleName, Why> {
    match node {
        Node::Role(role) | Node::Privileges(role) => Ok(role.clone()),
        _ => Err("it does not lead to a role".to_owned()),
    }
}

fn object(edge: &Edge) -> Result<&ObjectKey, Why> {
    edge.object.as_ref().map(|object| &object.key).ok_or_else(|| "it names no object".to_owned())
}

fn becoming(role: &RoleName) -> String {
    format!("SET LOCAL ROLE {}; SELECT current_user = {}", role.quoted(), quote_literal(role.as_str()))
}

/// Sets the scene, and grants the table of it.
fn scene(sql: &str, privilege: &str, grantee: &str) -> Act {
    match privilege.is_empty() {
        true => Act::Scene(sql.to_owned()),
        false => Act::Scene(format!(
            "{sql}; GRANT USAGE ON SCHEMA pgward_rehearsal TO {grantee}; \
             GRANT {privilege} ON pgward_rehearsal.rows TO {grantee}"
        )),
    }
}

/// A call of a function that reads or writes files.
fn calling(key: &ObjectKey, export: &str) -> Result<String, Why> {
    if (key.name.as_str(), key.signature.as_deref()) == ("lo_export", Some("oid, text")) {
        // The copy's folder goes, and the file with it.
        return Ok(format!(
            "SELECT pg_catalog.lo_create({OBJECT}); SELECT pg_catalog.lo_export({OBJECT}, {export})"
        ));
    }
    let arguments = match (key.name.as_str(), key.signature.as_deref().unwrap_or_default()) {
        ("lo_import", "text") | ("pg_read_file" | "pg_read_file_old" | "pg_read_binary_file", "text") => {
            "'PG_VERSION'"
        }
        ("pg_read_file" | "pg_read_binary_file", "text, boolean") => "'PG_VERSION', false",
        ("pg_read_file" | "pg_read_binary_file", "text, bigint, bigint") => "'PG_VERSION', 0, 1",
        ("pg_read_file" | "pg_read_binary_file", "text, bigint, bigint, boolean") => {
            "'PG_VERSION', 0, 1, false"
        }
        ("lo_import", "text, oid") => "'PG_VERSION', 0",
        ("pg_file_write", "text, text, boolean") => &format!("{export}, 'x', false"),
        _ if key.class != Class::Function => return Err("this step is not rehearsed".to_owned()),
        (name, signature) => return Err(format!("a call of {name}({signature}) is not rehearsed")),
    };
    let schema = key.schema.as_ref().map(|schema| format!("{}.", schema.quoted())).unwrap_or_default();
    Ok(format!("SELECT {schema}{}({arguments})", key.name.quoted()))
}

/// A call of a routine with this text for each of its arguments that takes text, and NULL for the others.
fn call(key: &ObjectKey, text: &str) -> Result<String, Why> {
    let signature = key.signature.as_deref().unwrap_or_default();
    let arguments =
        signature.split(", ").filter(|argument| !argument.is_empty()).map(|argument| match argument {
            "text" | "character varying" | "name" | "character" => {
                format!("{}::{argument}", quote_literal(text))
            }
            other => format!("NULL::{other}"),
        });
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    let schema = key.schema.as_ref().ok_or_else(|| "it is in no schema".to_owned())?;
    let name = format!("{}.{}", schema.quoted(), key.name.quoted());
    Ok(match key.class {
        Class::Procedure => format!("CALL {name}({arguments})"),
        _ => format!("SELECT * FROM {name}({arguments})"),
    })
}

/// Texts that say who runs them, as a statement, as a value, as a relation, out of a string and out of a quoted name.
const TEXTS: [&str; 5] = [
    "SELECT CAST('pgward:' || current_user AS pg_catalog.int4)",
    "CAST('pgward:' || current_user AS pg_catalog.int4)",
    "(SELECT CAST('pgward:' || current_user AS pg_catalog.int4)) AS pgward",
    "' || CAST('pgward:' || current_user AS pg_catalog.int4) || '",
    "pg_catalog.pg_class WHERE CAST('pgward:' || current_user AS pg_catalog.int4) = 1 --",
];
/// A connection string that leads nowhere.
const NOWHERE: &str = "host=/pgward_rehearsal_nowhere connect_timeout=2";
/// A large object that nobody has.
const OBJECT: u32 = 4_294_900_000;
const NO_FILE: &str = "pgward_rehearsal_no_such_file";
const TABLE: &str = "CREATE SCHEMA pgward_rehearsal; CREATE TABLE pgward_rehearsal.rows (v integer); \
     INSERT INTO pgward_rehearsal.rows VALUES (1)";
const HIDE: &str = "ALTER TABLE pgward_rehearsal.rows ENABLE ROW LEVEL SECURITY";
const SEES_ONE: &str = "SELECT count(*) = 1 FROM pgward_rehearsal.rows";
const ADDS_ONE: &str = "INSERT INTO pgward_rehearsal.rows VALUES (2)";
const PROGRAM: &str = "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'";
/// Triggers fire again.
const AWAKE: &str = "SET LOCAL session_replication_role = origin";
