//! A plan that a role without SUPERUSER carries out: it may create roles, has the privileges of one owner, and may become another.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

use pgward_catalog::acl::{Entry, Grantee};
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::default_privileges::{DefaultKey, DefaultKind};
use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{Facts, Object, ObjectKey, ObjectRef};
use pgward_catalog::policy::{Policy, PolicyCommand, PolicyKind};
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::role::Role;
use pgward_catalog::scope::Scope;
use pgward_catalog::setting::SettingScope;
use pgward_cluster::matrix::installations;
use pgward_cluster::{Cluster, Options};
use pgward_plan::equivalences::Equivalences;
use pgward_plan::make::{Ingredients, make_plan};
use pgward_plan::plan::Plan;
use pgward_plan::preflight::ServerFacts;
use pgward_plan::statement::Statement;
use pgward_postgres::inspect::inspect;
use tokio_postgres::{Client, NoTls};

#[test]
fn it_does_what_was_simulated_and_goes_back() {
    for installation in installations().expect("PostgreSQL is installed") {
        let major = installation.major();
        let cluster = Cluster::start(&installation, &Options::new()).expect("the server starts");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(there_and_back(&cluster, major));
    }
}

async fn there_and_back(cluster: &Cluster, major: u32) {
    let superuser = connect(cluster, cluster.superuser(), cluster.password().expose(), "postgres").await;
    superuser.batch_execute("CREATE ROLE boss LOGIN CREATEROLE PASSWORD 'boss'").await.unwrap();
    superuser.batch_execute("CREATE DATABASE shop OWNER boss").await.unwrap();
    let superuser = connect(cluster, cluster.superuser(), cluster.password().expose(), "shop").await;
    superuser.batch_execute(WORLD).await.unwrap();
    let memberships = match major {
        16.. => {
            "GRANT near TO boss; GRANT far TO boss WITH INHERIT FALSE; GRANT readers TO boss WITH ADMIN TRUE"
        }
        _ => "GRANT near TO boss; GRANT far TO boss",
    };
    superuser.batch_execute(memberships).await.unwrap();

    let boss = connect(cluster, "boss", "boss", "shop").await;
    let before = inspect(&boss, &[]).await.unwrap();
    let plan = plan(&before, &desired(&before));
    assert_eq!(plan.reported, [], "PostgreSQL {major}");
    assert_eq!(plan.beyond_executor, [], "PostgreSQL {major}");
    execute(&boss, &plan.statements, major).await;
    let after = Fingerprint::of(&inspect(&boss, &[]).await.unwrap());
    assert_eq!(after.to_string(), plan.fingerprint_after, "PostgreSQL {major}");

    assert_eq!(plan.way_back.lost, Vec::<String>::new(), "PostgreSQL {major}");
    execute(&boss, &plan.way_back.statements, major).await;
    let back = Fingerprint::of(&inspect(&boss, &[]).await.unwrap());
    assert_eq!(back.to_string(), plan.fingerprint_before, "PostgreSQL {major}");
}

/// A new role with a setting, a membership, a privilege in each schema, a default, and row security.
fn desired(before: &Catalog) -> Catalog {
    let mut catalog = before.clone();
    let newcomer = RoleName::from("newcomer");
    catalog.roles.insert(newcomer.clone(), Role::plain());
    let scope = SettingScope { role: Some(newcomer.clone()), database: None };
    catalog.settings.entry(scope).or_default().insert("statement_timeout".into(), "30s".to_owned());
    let inherit = match catalog.version.has_membership_options() {
        true => Inheritance::Inherited,
        false => Inheritance::ByAttribute,
    };
    let (role, grantor) = (RoleName::from("readers"), catalog.bootstrap.clone());
    catalog.memberships.insert(
        MembershipKey { role, member: newcomer.clone(), grantor },
        MembershipOptions { admin: false, inherit, set: true },
    );
    let entry = |grantor: &str| Entry {
        grantee: Grantee::Role(newcomer.clone()),
        grantor: RoleName::from(grantor),
        privileges: Privilege::Select.into(),
        grantable: Privileges::NONE,
    };
    for owner in ["near", "far"] {
        table(&mut catalog, owner).acl.grant(entry(owner));
    }
    let Facts::Table(facts) = &mut table(&mut catalog, "far").facts else { panic!("a table") };
    facts.row_security.enabled = true;
    let policy = Policy {
        kind: PolicyKind::Permissive,
        command: PolicyCommand::Select,
        roles: [Grantee::Role(newcomer.clone())].into(),
        using: Some("(id > 0)".to_owned()),
        check: None,
    };
    facts.row_security.policies.insert("positive".into(), policy);
    let default = DefaultKey { creator: "far".into(), schema: Some("far".into()), kind: DefaultKind::Tables };
    let acl = [entry("far")].into_iter().collect();
    catalog.databases.get_mut("shop").unwrap().default_privileges.insert(default, acl);
    catalog
}

fn table<'a>(catalog: &'a mut Catalog, schema: &str) -> &'a mut Object {
    let key = ObjectKey::in_schema(Class::Table, schema, "t");
    catalog.object_mut(&ObjectRef::within(&DatabaseName::from("shop"), key)).unwrap()
}

fn plan(observed: &Catalog, desired: &Catalog) -> Plan {
    let mut scope = Scope::everything(observed);
    scope.roles.extend(desired.roles.keys().cloned());
    let of = Ingredients {
        observed,
        desired,
        equivalences: &Equivalences::none(),
        scope: &scope,
        besides: Vec::new(),
        facts: &ServerFacts::default(),
        system_identifier: String::new(),
        executor: RoleName::from("boss"),
        contract_digest: String::new(),
        drift: Vec::new(),
    };
    make_plan(of, &|_| None).unwrap()
}

async fn execute(client: &Client, statements: &[Statement], major: u32) {
    client.batch_execute("BEGIN").await.unwrap();
    for statement in statements {
        let text = match &statement.as_role {
            None => statement.text(),
            Some(role) => format!("SET LOCAL ROLE {}; {}; RESET ROLE", role.quoted(), statement.text()),
        };
        let done = client.batch_execute(&text).await;
        done.unwrap_or_else(|error| panic!("PostgreSQL {major}: {text}: {error:?}"));
    }
    client.batch_execute("COMMIT").await.unwrap();
}

async fn connect(cluster: &Cluster, user: &str, password: &str, database: &str) -> Client {
    let (client, connection) = tokio_postgres::Config::new()
        .host_path(cluster.socket_dir())
        .port(cluster.port())
        .user(user)
        .password(password)
        .dbname(database)
        .connect(NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

const WORLD: &str = "
    CREATE ROLE near; CREATE ROLE far; CREATE ROLE readers;
    CREATE SCHEMA near AUTHORIZATION near; CREATE SCHEMA far AUTHORIZATION far;
    CREATE TABLE near.t (id int); CREATE TABLE far.t (id int);
    ALTER TABLE near.t OWNER TO near; ALTER TABLE far.t OWNER TO far;
";
