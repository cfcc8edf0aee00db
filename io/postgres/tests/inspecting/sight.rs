//! What a role without any privileges sees, and who the server is.

use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::Facts;
use pgward_catalog::role::PasswordKind;
use pgward_catalog::setting::Settings;
use pgward_postgres::inspect::{identify, in_snapshot, inspect, read_cluster, read_contents};

use crate::inspecting::server::{Server, every_major, newest};

#[tokio::test]
async fn a_plain_login_sees_all_but_the_kinds_of_passwords_and_says_so() {
    for server in every_major().map(Server::with_fixture) {
        server.sql("postgres", "create role plain login password 'plain'");
        let all = server.inspect("fixture").await;
        let client = server.client_as("plain", "plain", "fixture").await;
        let mut seen = inspect(&client, &[]).await.unwrap();
        assert_eq!(all.roles[&RoleName::from("plain")].password, PasswordKind::Scram);
        assert_eq!(all.roles[&RoleName::from("app_owner")].password, PasswordKind::Absent);
        assert!(seen.roles.values().all(|role| role.password == PasswordKind::NotVisible));
        let mut whats: Vec<&str> = seen.unseen.iter().map(|unseen| unseen.what.as_str()).collect();
        let [mapping, connection] = ["options of a user mapping", "the connection of a subscription"];
        whats.dedup();
        assert_eq!(whats, ["passwords", "what ALTER SYSTEM has set", mapping, connection]);
        assert!(seen.unseen[0].why.contains("\"plain\""), "{:?}", seen.unseen);
        assert!(seen.unseen[2].why.contains("app_reader@"), "{:?}", seen.unseen);
        assert!(seen.unseen.iter().any(|unseen| unseen.why.contains("not yet")), "{:?}", seen.unseen);
        assert_eq!(
            (seen.system_settings.take(), all.system_settings.as_ref().map(Settings::len)),
            (None, Some(0))
        );
        seen.system_settings.clone_from(&all.system_settings);
        for (database, contents) in &mut seen.databases {
            for (key, object) in contents
                .objects
                .iter_mut()
                .filter(|(key, _)| [Class::UserMapping, Class::Subscription].contains(&key.class))
            {
                assert!(
                    matches!(
                        object.facts,
                        Facts::UserMapping { options: None, .. }
                            | Facts::Subscription { connection: None, .. }
                    ),
                    "{key}"
                );
                object.facts = all.databases[database].objects[key].facts.clone();
            }
        }
        for (name, role) in &mut seen.roles {
            role.password = all.roles[name].password;
        }
        seen.unseen.clear();
        assert!(seen == all, "PostgreSQL {}", server.major);
    }
}

#[tokio::test]
async fn several_databases_are_one_catalog_and_a_second_look_fits_into_a_running_transaction() {
    for server in every_major().map(Server::with_fixture) {
        let (main, other) = (server.client("fixture").await, server.client("postgres").await);
        let both = inspect(&main, &[&other]).await.unwrap();
        let names: Vec<&DatabaseName> = both.databases.keys().collect();
        assert_eq!(names, [&DatabaseName::from("fixture"), &DatabaseName::from("postgres")]);

        main.batch_execute("begin; create table app.not_committed (id int)").await.unwrap();
        let cluster = read_cluster(&main).await.unwrap();
        let inside = read_contents(&main, &cluster).await.unwrap().contents;
        main.batch_execute("rollback").await.unwrap();
        assert_eq!(inside.objects.len(), both.databases[&DatabaseName::from("fixture")].objects.len() + 1);
        assert_eq!(
            main.query_one("show search_path", &[]).await.unwrap().get::<_, String>(0),
            "\"$user\", public"
        );
    }
}

#[tokio::test]
async fn a_failed_look_leaves_a_usable_session_and_names_what_it_could_not_read() {
    let server = newest();
    server
        .sql("postgres", "create role plain login password 'plain'; revoke select on pg_policy from public");
    let client = server.client_as("plain", "plain", "postgres").await;
    let error = inspect(&client, &[]).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot read policies of database postgres"), "{error}");
    assert!(error.contains("permission denied for table pg_policy"), "{error}");
    client.batch_execute("begin; rollback").await.unwrap();
    let nothing = in_snapshot(&client, async { Ok(()) }).await;
    assert!(nothing.is_ok());
}

#[tokio::test]
async fn the_server_says_who_it_is_to_anybody() {
    for server in every_major() {
        server.sql("postgres", "create role \"plain one\" login createrole password 'plain'");
        let boss = identify(&server.client("postgres").await).await.unwrap();
        let plain = identify(&server.client_as("plain one", "plain", "postgres").await).await.unwrap();
        assert_eq!(boss.version.major(), server.major);
        assert!(boss.superuser && !plain.superuser && plain.create_role && !boss.in_recovery);
        assert_eq!(plain.current_user, RoleName::from("plain one"));
        assert!(boss.system_identifier.is_some_and(|number| number > 0));
        assert_eq!(boss.system_identifier, plain.system_identifier);

        server.sql("postgres", "revoke execute on function pg_control_system() from public");
        let blind = identify(&server.client_as("plain one", "plain", "postgres").await).await.unwrap();
        assert_eq!(blind.system_identifier, None);
    }
}

#[tokio::test]
async fn what_nobody_here_knows_is_an_error_that_names_it() {
    let server = newest();
    let refusal = async |database: &str| server.try_inspect(database).await.unwrap_err().to_string();
    for (database, change, words) in UNKNOWN {
        server.sql("postgres", &format!("create database {database}"));
        server.sql(database, &format!("set allow_system_table_mods = on; create table t (id int); {change}"));
        let error = refusal(database).await;
        assert!(error.starts_with(words), "{change}: {error}");
    }
}

/// Things that a later version could bring.
const UNKNOWN: [(&str, &str, &str); 6] = [
    (
        "a",
        "alter table pg_catalog.pg_description add column descacl aclitem[]",
        "pg_description.descacl holds access control lists and is not known",
    ),
    (
        "b",
        "update pg_class set relkind = 'g' where relname = 't'",
        "relation public.t is of the unknown kind \"g\"",
    ),
    (
        "c",
        "create function f() returns int language sql as 'select 1'; update pg_proc set prokind = 'x' where proname = 'f'",
        "routine public.f is of the unknown kind \"x\" (pg_proc.prokind)",
    ),
    (
        "d",
        "create type u as enum (); update pg_type set typtype = 'x' where typname = 'u'",
        "type public.u is of the unknown kind \"x\" (pg_type.typtype)",
    ),
    (
        "e",
        "alter default privileges grant select on tables to public; update pg_default_acl set defaclobjtype = 'x'",
        "default privileges of role postgres is of the unknown kind \"x\"",
    ),
    (
        "f",
        "create policy p on t; update pg_policy set polcmd = 'm'",
        "policy p is of the unknown kind \"m\" (pg_policy.polcmd)",
    ),
];
