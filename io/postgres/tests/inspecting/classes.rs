//! Every class of objects, as it is read.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::expect_file;
use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{ObjectKey, Origin};

use crate::inspecting::description;
use crate::inspecting::server::{Server, every_major};

/// The fixture as it is on version 14, and for every later version the lines that are not the same.
#[tokio::test]
async fn everything_in_the_fixture_is_read_with_its_owner_privileges_and_facts() {
    let mut oldest: Option<BTreeSet<String>> = None;
    for server in every_major().map(Server::with_fixture) {
        let catalog = server.inspect("fixture").await;
        let lines = description::lines(&catalog);
        let seen: BTreeSet<String> = lines.iter().cloned().collect();
        let classes: BTreeSet<Class> = catalog.objects().map(|(_, key, _)| key.class).collect();
        let missing: Vec<Class> = Class::ALL.into_iter().filter(|class| !classes.contains(class)).collect();
        match &oldest {
            None if server.major == 14 => {
                assert_eq!(missing, [Class::Parameter]);
                expect_file!["golden/14.txt"].assert_eq(&(lines.join("\n") + "\n"));
                oldest = Some(seen);
            }
            None => {}
            Some(oldest) => {
                assert_eq!(missing, []);
                let gone = oldest.difference(&seen).map(|line| format!("- {line}\n"));
                let come = seen.difference(oldest).map(|line| format!("+ {line}\n"));
                let file =
                    format!("{}/tests/inspecting/golden/{}.txt", env!("CARGO_MANIFEST_DIR"), server.major);
                expect_file![file].assert_eq(&gone.chain(come).collect::<String>());
            }
        }
        assert_eq!(catalog.unseen, []);
    }
}

#[tokio::test]
async fn what_an_extension_made_knows_where_it_comes_from_and_what_it_was_born_with() {
    for server in every_major().map(Server::with_fixture) {
        let catalog = server.inspect("fixture").await;
        let contents = &catalog.databases[&DatabaseName::from("fixture")];
        let (_, reset) = contents
            .objects
            .iter()
            .find(|(key, _)| key.class == Class::Function && key.name.as_str() == "pg_stat_statements_reset")
            .unwrap();
        assert_eq!(reset.origin, Origin::Extension(Name::from("pg_stat_statements")));
        let reader = Grantee::Role(RoleName::from("app_reader"));
        assert_eq!(reset.acl.privileges_of(&reader).to_string(), "EXECUTE");
        let born = reset.initial_acl.as_ref().unwrap();
        assert!(born.privileges_of(&reader).is_empty() && born.privileges_of(&Grantee::Public).is_empty());
        let view = &contents.objects[&ObjectKey::in_schema(Class::View, "app", "pg_stat_statements")];
        assert_eq!(view.initial_acl.as_ref(), Some(&view.acl));
        let authid = &contents.objects[&ObjectKey::in_schema(Class::Table, "pg_catalog", "pg_authid")];
        assert_eq!(authid.origin, Origin::System);
        assert_eq!(authid.columns[&Name::from("rolname")].entries().len(), 1);
    }
}

#[tokio::test]
async fn on_a_fresh_server_everything_carries_what_it_was_born_with() {
    for server in every_major() {
        let catalog = server.inspect("postgres").await;
        let fresh = description::lines(&catalog).into_iter().filter(|line| line.starts_with('['));
        let (owner, all) = match server.major {
            14 => ("postgres", ["PUBLIC has all", "postgres has all"]),
            _ => ("pg_database_owner", ["PUBLIC has USAGE", "pg_database_owner has all"]),
        };
        let public = [format!("owner {owner}"), all[0].to_owned(), all[1].to_owned()];
        let public = public.map(|line| format!("[postgres] schema public: {line}"));
        assert_eq!(fresh.collect::<Vec<_>>(), public, "PostgreSQL {}", server.major);
    }
}

#[tokio::test]
async fn one_fingerprint_for_one_state_on_two_servers_and_on_every_version() {
    let mut fingerprints = BTreeMap::new();
    for server in every_major() {
        server.sql("postgres", "create database fixture");
        // Its privileges are not the same before and after version 15, nor are those of this extension's functions.
        server.sql("fixture", "drop schema public");
        server.sql("fixture", "create schema public");
        server.sql("fixture", include_str!("fixture.sql"));
        server.sql("fixture", "drop extension pg_stat_statements");
        if server.major >= 17 {
            // ALL says more than it did.
            server.sql(
                "fixture",
                r#"revoke maintain on all tables in schema "Sales & ""more""" from "comma,brace{}=/\""#,
            );
        }
        let fixture = server.inspect("fixture").await;
        server.sql("postgres", "vacuum");
        assert_eq!(Fingerprint::of(&fixture), Fingerprint::of(&server.inspect("fixture").await));
        fingerprints.insert(server.major, Fingerprint::of(&fixture));
    }
    let distinct: BTreeSet<&Fingerprint> = fingerprints.values().collect();
    assert_eq!(distinct.len(), 1, "{fingerprints:?}");
}
