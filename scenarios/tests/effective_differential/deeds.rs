//! What no `has_*_privilege` function answers is done, as each role, and rolled back: ALTER, DROP, CREATE, COPY PROGRAM.

use std::collections::BTreeSet;

use pgward_catalog::action::Action;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::chain::Usable;
use pgward_catalog::class::Class;
use pgward_catalog::effective::Effective;
use pgward_catalog::name::{DatabaseName, RoleName, quote_literal};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::question::Question;
use pgward_catalog::reach::Met;
use pgward_catalog::role::Attribute;
use pgward_catalog::row_security::Rows;
use tokio_postgres::{Client, SimpleQueryMessage};

/// Whether a role may is told by whether the server refuses with SQLSTATE 42501; nothing stays done.
const TRY: &str = "CREATE FUNCTION pg_temp.may(who text, deed text) RETURNS boolean LANGUAGE plpgsql AS $$
    BEGIN
        EXECUTE format('SET LOCAL ROLE %I', who);
        EXECUTE deed;
        RAISE SQLSTATE 'PW001';
    EXCEPTION
        WHEN insufficient_privilege THEN RETURN false;
        WHEN SQLSTATE 'PW001' THEN RETURN true;
    END $$;
    CREATE FUNCTION pg_temp.is_kept_from_rows(who text, what regclass) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE active boolean;
    BEGIN
        EXECUTE format('SET LOCAL ROLE %I', who);
        active := pg_catalog.row_security_active(what::oid);
        RESET ROLE;
        RETURN active;
    END $$";

/// Every deed about which the catalog and the server do not say the same.
pub(crate) async fn differ(client: &Client, catalog: &Catalog, database: &DatabaseName) -> Vec<String> {
    client.batch_execute(TRY).await.expect("the functions are made");
    let effective = Effective::of(catalog);
    let mut differences = Vec::new();
    for (sql, action, on) in deeds(database) {
        let question = Question::ask(action, on, catalog.version).unwrap();
        let ours: BTreeSet<String> = effective
            .roles()
            .filter(|role| {
                // To be allowed is not enough: the server must also find the object by its name.
                let reached = effective.why(role, &question).reach;
                effective.may(role, &question) == Some(Usable::Now)
                    && reached.iter().all(|condition| condition.met == Met::Yes || is_connect(condition))
            })
            .map(|role| role.as_str().to_owned())
            .collect();
        let asked = format!(
            "SELECT rolname FROM pg_catalog.pg_roles WHERE pg_temp.may(rolname, {})",
            quote_literal(&sql)
        );
        compare(&mut differences, &question.to_string(), &names(client, &asked).await, &ours);
    }
    for table in ["s0.t0", "s1.t1", "s0.p", "s2.t2"] {
        let (schema, name) = table.split_once('.').unwrap();
        let class = if name == "p" { Class::PartitionedTable } else { Class::Table };
        let object = ObjectRef::within(database, ObjectKey::in_schema(class, schema, name));
        let question = Question::ask(Action::Use(Privilege::Select), Some(object), catalog.version).unwrap();
        let ours = effective.roles().filter(|role| is_kept_from_rows(&effective, role, &question));
        let ours = ours.map(|role| role.as_str().to_owned()).collect();
        let asked = format!(
            "SELECT rolname FROM pg_catalog.pg_roles WHERE pg_temp.is_kept_from_rows(rolname, '{table}')"
        );
        compare(&mut differences, &format!("row security of {table}"), &names(client, &asked).await, &ours);
    }
    differences
}

/// What is done and what it answers.
fn deeds(database: &DatabaseName) -> Vec<(String, Action, Option<ObjectRef>)> {
    let within = |class, schema: &str, name: &str| {
        Some(ObjectRef::within(database, ObjectKey::in_schema(class, schema, name)))
    };
    let routine = |class, schema: &str, name: &str, types: &str| {
        Some(ObjectRef::within(database, ObjectKey::routine(class, schema, name, types)))
    };
    let bare = |class, name: &str| Some(ObjectRef::within(database, ObjectKey::bare(class, name)));
    let own_database = Some(ObjectRef::database(database));
    let changed = [
        ("ALTER TABLE s0.t0 REPLICA IDENTITY NOTHING", within(Class::Table, "s0", "t0")),
        ("ALTER TABLE s1.t1 REPLICA IDENTITY NOTHING", within(Class::Table, "s1", "t1")),
        ("ALTER TABLE s0.p REPLICA IDENTITY NOTHING", within(Class::PartitionedTable, "s0", "p")),
        ("ALTER VIEW s1.v ALTER COLUMN a SET DEFAULT 1", within(Class::View, "s1", "v")),
        ("ALTER MATERIALIZED VIEW s2.m SET (fillfactor = 70)", within(Class::MaterializedView, "s2", "m")),
        ("ALTER SEQUENCE s0.q INCREMENT 2", within(Class::Sequence, "s0", "q")),
        ("ALTER FUNCTION s0.f(integer, text) COST 7", routine(Class::Function, "s0", "f", "integer, text")),
        ("ALTER DOMAIN s0.posint DROP NOT NULL", within(Class::Domain, "s0", "posint")),
        ("ALTER TYPE s0.mood RENAME VALUE 'low' TO 'lower'", within(Class::Type, "s0", "mood")),
        ("COMMENT ON SCHEMA s1 IS 'seen'", bare(Class::Schema, "s1")),
        ("COMMENT ON SCHEMA public IS 'seen'", bare(Class::Schema, "public")),
        ("COMMENT ON LANGUAGE tame IS 'seen'", bare(Class::Language, "tame")),
        ("COMMENT ON SERVER srv IS 'seen'", bare(Class::ForeignServer, "srv")),
        ("COMMENT ON LARGE OBJECT 70000 IS 'seen'", bare(Class::LargeObject, "70000")),
    ];
    let dropped = [
        ("DROP TABLE s0.t0 CASCADE", within(Class::Table, "s0", "t0")),
        ("DROP TABLE s1.t1 CASCADE", within(Class::Table, "s1", "t1")),
        ("DROP VIEW s1.v CASCADE", within(Class::View, "s1", "v")),
        ("DROP FOREIGN TABLE s2.f CASCADE", within(Class::ForeignTable, "s2", "f")),
        ("DROP SEQUENCE s0.q CASCADE", within(Class::Sequence, "s0", "q")),
        ("DROP PROCEDURE s1.f(numeric) CASCADE", routine(Class::Procedure, "s1", "f", "numeric")),
        ("DROP TYPE s2.span CASCADE", within(Class::Type, "s2", "span")),
        ("DROP SCHEMA s2 CASCADE", bare(Class::Schema, "s2")),
        ("DROP SERVER srv CASCADE", bare(Class::ForeignServer, "srv")),
    ];
    let rest = [
        ("CREATE TABLE s0.fresh ()", Action::CreateTable, bare(Class::Schema, "s0")),
        ("CREATE TABLE public.fresh ()", Action::CreateTable, bare(Class::Schema, "public")),
        ("CREATE SCHEMA fresh", Action::CreateSchema, own_database.clone()),
        ("CREATE ROLE fresh", Action::Attribute(Attribute::CreateRole), None),
        ("COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'", Action::CopyProgram, None),
        ("COMMENT ON DATABASE d IS 'seen'", Action::Alter, own_database),
    ];
    let changed = changed.into_iter().map(|(sql, on)| (sql.to_owned(), Action::Alter, on));
    let dropped = dropped.into_iter().map(|(sql, on)| (sql.to_owned(), Action::Drop, on));
    let rest = rest.into_iter().map(|(sql, action, on)| (sql.to_owned(), action, on));
    changed.chain(dropped).chain(rest).collect()
}

fn is_connect(condition: &pgward_catalog::reach::Condition) -> bool {
    matches!(condition.need, pgward_catalog::reach::Need::Connect(_))
}

/// Whether row security narrows what the role sees, once it may see the table.
fn is_kept_from_rows(effective: &Effective<'_>, role: &RoleName, question: &Question) -> bool {
    matches!(effective.rows_of(role, question), Some(Rows::ByPolicies { .. }))
}

fn compare(differences: &mut Vec<String>, what: &str, server: &BTreeSet<String>, ours: &BTreeSet<String>) {
    if server != ours {
        let [more, less] = [(server, ours), (ours, server)].map(|(a, b)| a.difference(b).collect::<Vec<_>>());
        differences.push(format!("{what}: only the server says {more:?}, only we say {less:?}"));
    }
}

async fn names(client: &Client, sql: &str) -> BTreeSet<String> {
    let messages = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .collect()
}
