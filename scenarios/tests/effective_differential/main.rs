//! F1: effective privileges are what the server says, on random clusters, on every major version.
//!
//! `PGWARD_DIFFERENTIAL_SEEDS=200` tries that many seeds on each version instead of a few;
//! `PGWARD_DIFFERENTIAL_FIRST=17` starts with that seed. A failure names its seed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod deeds;
mod dice;
mod oracle;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::action::Action;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::chain::Usable;
use pgward_catalog::class::Class;
use pgward_catalog::effective::{Effective, Held, Rights};
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::question::Question;
use pgward_cluster::matrix::installations;
use pgward_cluster::{Cluster, Options};
use pgward_postgres::inspect::inspect;
use tokio_postgres::{Client, NoTls};

use crate::oracle::{AFTER_SET_ROLE, Answers, NOW, Oracle, Thing};
use crate::world::World;

#[test]
fn postgresql_14_agrees() {
    agrees(14);
}

#[test]
fn postgresql_15_agrees() {
    agrees(15);
}

#[test]
fn postgresql_16_agrees() {
    agrees(16);
}

#[test]
fn postgresql_17_agrees() {
    agrees(17);
}

#[test]
fn postgresql_18_agrees() {
    agrees(18);
}

fn agrees(major: u32) {
    let available = installations().expect("PostgreSQL is installed");
    let Some(installation) = available.iter().find(|installation| installation.major() == major) else {
        eprintln!("PostgreSQL {major} is not here: skipped");
        return;
    };
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let first = number("PGWARD_DIFFERENTIAL_FIRST", 1);
    let count = number("PGWARD_DIFFERENTIAL_SEEDS", 3);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for seed in first..first + count {
        // Roles belong to the cluster, so each seed gets one of its own.
        let cluster = Cluster::start(installation, &Options::new()).expect("the server starts");
        runtime.block_on(compare(&cluster, major, seed));
    }
}

async fn compare(cluster: &Cluster, major: u32, seed: u64) {
    let folder = cluster.data_dir().with_file_name("tablespace");
    let folder = folder.to_str().unwrap();
    let world = World::of(seed, major, folder);
    let admin = connect(cluster, "postgres").await;
    admin.batch_execute(&format!("COPY (SELECT 1) TO PROGRAM 'mkdir -p {folder} && cat'")).await.unwrap();
    for sql in &world.on_cluster {
        admin.batch_execute(sql).await.unwrap_or_else(|error| panic!("seed {seed}: {error:?}\n{sql}"));
    }
    let client = connect(cluster, &world.database).await;
    let made = client.batch_execute(&world.in_database).await;
    made.unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));

    let catalog = inspect(&client, &[]).await.unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
    let oracle = Oracle::ask(&client, major).await;
    let database = DatabaseName::from(world.database.as_str());
    let mut differences = privileges_differ(&catalog, &oracle, &database);
    differences.extend(memberships_differ(&catalog, &oracle, &database, major));
    differences.extend(deeds::differ(&client, &catalog, &database).await);
    let yes = oracle.answers.len();
    assert!(
        differences.is_empty(),
        "PostgreSQL {major}, seed {seed}: {} differences; PGWARD_TEST_MAJORS={major} PGWARD_DIFFERENTIAL_FIRST={seed} repeats them\n{}",
        differences.len(),
        differences.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
    // A world in which everybody or nobody may do anything would show nothing.
    let asked = oracle.things.len() * catalog.roles.len() * 2;
    assert!(yes > asked / 50 && yes < asked, "seed {seed}: {yes} of {asked} may");
}

async fn connect(cluster: &Cluster, database: &str) -> Client {
    let (client, connection) = tokio_postgres::Config::new()
        .host_path(cluster.socket_dir())
        .port(cluster.port())
        .user(cluster.superuser())
        .password(cluster.password().expose())
        .dbname(database)
        .connect(NoTls)
        .await
        .expect("the server lets us in");
    tokio::spawn(connection);
    client
}

/// Every thing about which the catalog and the server do not say the same.
fn privileges_differ(catalog: &Catalog, oracle: &Oracle, database: &DatabaseName) -> Vec<String> {
    let effective = Effective::of(catalog);
    let known = known(catalog, database);
    let mut ours = Answers::new();
    let mut differences = Vec::new();
    for (thing, made_by_server) in &oracle.things {
        let [kind, schema, name, types, column] = thing;
        let whole = [kind, schema, name, types].map(String::clone);
        let object = match (known.get(&whole), kind.as_str()) {
            (Some(object), _) => object.clone(),
            (None, "parameter") => ObjectRef::of_cluster(ObjectKey::bare(Class::Parameter, name.as_str())),
            // What the server made and nobody changed is not in a catalog.
            (None, _) if *made_by_server => continue,
            (None, _) => {
                differences.push(format!("{thing:?} is not in the catalog"));
                continue;
            }
        };
        for role in effective.roles() {
            let held = match kind.as_str() {
                "column" => effective.column(role, &object, column),
                "any column" => effective.any_column(role, &object),
                _ => effective.privileges_from(database, role, &object),
            };
            note(&mut ours, thing, role, held);
        }
    }
    let theirs = oracle.answers.iter().filter(|((thing, ..), _)| {
        let [kind, schema, name, types, _] = thing;
        let whole = [kind, schema, name, types].map(String::clone);
        oracle.things.get(thing) != Some(&true) || known.contains_key(&whole)
    });
    let theirs: BTreeMap<_, _> = theirs.collect();
    let nothing = BTreeSet::new();
    let keys: BTreeSet<_> = ours.keys().chain(theirs.keys().copied()).collect();
    for key in keys {
        let (server, we) = (theirs.get(key).copied().unwrap_or(&nothing), ours.get(key).unwrap_or(&nothing));
        if server != we {
            let (thing, role, when) = key;
            let [more, less] = [(server, we), (we, server)].map(|(a, b)| a.difference(b).collect::<Vec<_>>());
            differences.push(format!(
                "{thing:?} {role} {when}: only the server says {more:?}, only we say {less:?}"
            ));
        }
    }
    differences
}

/// The objects of the catalog by what the server calls them.
fn known(catalog: &Catalog, database: &DatabaseName) -> BTreeMap<[String; 4], ObjectRef> {
    let mut known = BTreeMap::new();
    let here = catalog.objects().filter(|(of, ..)| of.is_none_or(|of| of == database));
    for (of, key, _) in here {
        let (kind, types) = match key.class {
            class if class.is_table_like() => ("relation", ""),
            class if class.is_routine() => ("routine", key.signature.as_deref().unwrap_or_default()),
            Class::Type | Class::Domain => ("type", ""),
            Class::ForeignDataWrapper => ("foreign", "wrapper"),
            Class::ForeignServer => ("foreign", "server"),
            Class::Sequence => ("sequence", ""),
            Class::Schema => ("schema", ""),
            Class::Database => ("database", ""),
            Class::Language => ("language", ""),
            Class::Tablespace => ("tablespace", ""),
            Class::LargeObject => ("large object", ""),
            Class::Parameter => ("parameter", ""),
            _ => continue,
        };
        let schema = key.schema.as_ref().map_or("", |schema| schema.as_str());
        let object = ObjectRef { database: of.cloned(), key: key.clone() };
        for kind in if kind == "relation" { vec!["relation", "column", "any column"] } else { vec![kind] } {
            let whole = [kind, schema, key.name.as_str(), types].map(str::to_owned);
            known.insert(whole, object.clone());
        }
    }
    known
}

fn note(answers: &mut Answers, thing: &Thing, role: &RoleName, held: Held) {
    for (when, rights) in [(NOW, held.now), (AFTER_SET_ROLE, held.after_set_role)] {
        let words = words(rights);
        if !words.is_empty() {
            answers.insert((thing.clone(), role.as_str().to_owned(), when), words);
        }
    }
}

fn words(rights: Rights) -> BTreeSet<String> {
    let plain = rights.privileges.iter().map(|privilege| privilege.keyword().to_owned());
    let grantable = rights.grantable.iter().map(|privilege| format!("{privilege} WITH GRANT OPTION"));
    plain.chain(grantable).collect()
}

/// Every pair of roles about which the catalog and the server do not say the same.
fn memberships_differ(
    catalog: &Catalog,
    oracle: &Oracle,
    database: &DatabaseName,
    major: u32,
) -> Vec<String> {
    let effective = Effective::of(catalog);
    let mut ours = BTreeSet::new();
    for role in effective.roles() {
        for other in effective.roles() {
            let acting = effective.membership(role, other, database);
            let question = Question::ask(Action::Administer(other.clone()), None, catalog.version).unwrap();
            let modes = [
                ("MEMBER", acting.member),
                ("USAGE", acting.inherits),
                (if major >= 16 { "SET" } else { "MEMBER" }, acting.may_set),
                ("USAGE WITH ADMIN OPTION", effective.may(role, &question) == Some(Usable::Now)),
            ];
            // A question about roles alone is asked for a session in any database.
            let asked = |action| {
                let question = Question::ask(action, None, catalog.version).unwrap();
                effective.may(role, &question) == Some(Usable::Now)
            };
            if other.as_str() != "pg_database_owner" {
                assert_eq!(asked(Action::SetRole(other.clone())), acting.may_set, "SET ROLE {role} {other}");
                assert_eq!(asked(Action::Inherit(other.clone())), acting.inherits, "inherit {role} {other}");
            }
            for (mode, _) in modes.into_iter().filter(|(_, yes)| *yes) {
                ours.insert((role.as_str().to_owned(), other.as_str().to_owned(), mode.to_owned()));
            }
        }
    }
    let only = |who: &str, a: &BTreeSet<(String, String, String)>, b: &BTreeSet<(String, String, String)>| {
        a.difference(b).map(|triple| format!("only {who} {triple:?}")).collect::<Vec<_>>()
    };
    let mut differences = only("the server says", &oracle.memberships, &ours);
    differences.extend(only("we say", &ours, &oracle.memberships));
    differences
}
