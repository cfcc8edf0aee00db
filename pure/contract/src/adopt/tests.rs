#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use pgward_catalog::acl::Entry;
use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::class::Class;
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{DatabaseFacts, Facts, Object, ObjectKey, ObjectRef, TableFacts};
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::role::Role;
use pgward_catalog::version::Version;
use proptest::prelude::*;

use crate::adopt::adopting::{AdoptOptions, adopt};
use crate::adopt::sample;
use crate::diagnostic::render::{Colour, render};
use crate::diagnostic::{Diagnostic, Severity};
use crate::expand::fixture::differences;
use crate::expand::whole::expand;
use crate::form::dice::Dice;
use crate::print::print;
use crate::read::read;
use crate::source::Source;

fn errors(found: &[Diagnostic], sources: &[Source]) -> String {
    let errors = found.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| render(found, sources, Colour::Plain)).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_adopted_contract_says_exactly_what_is_there(bytes in proptest::collection::vec(any::<u8>(), 0..2500)) {
        law(&sample::catalog(&mut Dice::new(bytes)));
    }
}

/// Adopts, prints, reads back and expands: the result is what was there.
fn law(observed: &Catalog) {
    let adopted = adopt(observed, &AdoptOptions::default());
    let text = print(&adopted.contract, &adopted.notes);
    let sources = [Source::new("adopted.yaml", text.clone())];
    let (contract, found) = read(&sources);
    assert_eq!(errors(&found, &sources), "", "{text}");
    let expansion = expand(&contract, observed);
    assert_eq!(errors(&expansion.diagnostics, &sources), "", "{text}");
    assert_eq!(differences(observed, &expansion.desired), "", "{text}");
    assert!(expansion.desired == *observed, "{text}");
    assert!(expansion.drift.is_empty(), "{:#?}\n{text}", expansion.drift);
    assert!(adopted.unsaid.is_empty(), "{:?}", adopted.unsaid);
}

/// Ten thousand tables, two hundred roles, some 230 000 entries; half of the schemas granted as a whole.
fn large() -> Catalog {
    let mut catalog = Catalog::empty(Version(150_000), RoleName::from("postgres"));
    let owner = RoleName::from("owner");
    let role = |number: usize| RoleName::from(format!("role_{number}").as_str());
    catalog.roles.extend((0..200).map(|number| (role(number), Role::plain())));
    catalog.roles.extend(["postgres", "owner"].map(|name| (RoleName::from(name), Role::plain())));
    let database = DatabaseName::from("shop");
    let facts =
        Facts::Database(DatabaseFacts { connection_limit: None, allow_connections: true, template: false });
    let acl = default_acl(Class::Database, &owner, catalog.version);
    let object = Object { facts, ..Object::new(owner.clone(), acl) };
    catalog.cluster_objects.insert(ObjectRef::database(&database).key, object);
    let mut contents = Contents::default();
    for schema in 0..100 {
        let name = format!("schema_{schema}");
        let acl = default_acl(Class::Schema, &owner, catalog.version);
        contents
            .objects
            .insert(ObjectKey::bare(Class::Schema, name.as_str()), Object::new(owner.clone(), acl));
        for table in 0..100 {
            let mut acl = default_acl(Class::Table, &owner, catalog.version);
            for number in 0..23 {
                let grantee = match schema % 2 {
                    0 => role((schema * 23 + number) % 200),
                    _ => role((schema * 31 + table * 17 + number * 7) % 200),
                };
                let privileges = Privileges::of(&[Privilege::Select, Privilege::Insert]);
                acl.grant(Entry {
                    grantee: grantee.into(),
                    grantor: owner.clone(),
                    privileges,
                    grantable: Privileges::NONE,
                });
            }
            let facts = Facts::Table(TableFacts::default());
            let object = Object { facts, ..Object::new(owner.clone(), acl) };
            contents.objects.insert(
                ObjectKey::in_schema(Class::Table, name.as_str(), format!("t{table}").as_str()),
                object,
            );
        }
    }
    catalog.databases.insert(database, contents);
    catalog
}

#[test]
fn a_large_cluster_is_adopted_without_a_limit() {
    let observed = large();
    let adopted = adopt(&observed, &AdoptOptions::default());
    let text = print(&adopted.contract, &adopted.notes);
    assert!(adopted.unsaid.is_empty());
    let sources = [Source::new("adopted.yaml", text.clone())];
    let (contract, found) = read(&sources);
    assert_eq!(errors(&found, &sources), "");
    assert!(expand(&contract, &observed).desired == observed);
    // Of 231 000 entries half are said by patterns, and half by lists that roles share.
    assert!(text.len() < 3_000_000, "{} bytes", text.len());
}
