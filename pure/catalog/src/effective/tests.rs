#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use std::collections::BTreeSet;

use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::acl::Entry;
use crate::action::Action;
use crate::chain::Usable;
use crate::fixture::{catalog, object};
use crate::membership::{Inheritance, MembershipKey, MembershipOptions};
use crate::privilege::Privilege;
use crate::question::Question;

#[test]
fn what_a_role_holds_is_listed_with_its_columns() {
    let catalog = catalog(
        18,
        "role o
         role app login
         role rw
         member app of rw inherit=false
         schema s owner=o acl={app=U/o}
         table s.a owner=o acl={rw=arw*/o,app=r/o} column:id={app=rw/o}
         table s.b owner=o acl={o=r/o} column:id={rw=x/o}
         table s.c owner=o acl={}
         role later login
         member later of o inherit=false
         table s.d owner=o acl={o=r/o} column:id={later=r*/o}
         sequence s.n owner=app acl={app=rwU/app}",
    );
    let listed: String = Effective::of(&catalog)
        .what_can(&RoleName::from("app"))
        .map(|holding| format!("{holding}\n"))
        .collect();
    expect![[r#"
        database shop: CONNECT, TEMPORARY
        schema s in database shop: USAGE
        table s.a in database shop: SELECT; after SET ROLE also INSERT, UPDATE; after SET ROLE may grant UPDATE; column id: UPDATE
        table s.b in database shop: column id: after SET ROLE also REFERENCES
        sequence s.n in database shop: SELECT, UPDATE, USAGE; may grant SELECT, UPDATE, USAGE
    "#]].assert_eq(&listed);
    let later: String = Effective::of(&catalog)
        .what_can(&RoleName::from("later"))
        .filter(|holding| holding.key.name.as_str() == "d")
        .map(|holding| format!("{holding}\n"))
        .collect();
    expect![[r#"
        table s.d in database shop: after SET ROLE also SELECT; after SET ROLE may grant SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN; column id: SELECT; may grant SELECT
    "#]].assert_eq(&later);
}

#[test]
fn the_owner_of_the_database_is_pg_database_owner_there_and_nowhere_else() {
    let catalog = catalog(
        17,
        "role o
         role p
         role m noinherit
         member m of o
         database shop owner=o
         database till owner=p
         table s.t owner=postgres acl={pg_database_owner=r/postgres}",
    );
    let effective = Effective::of(&catalog);
    let table = object("table s.t");
    let select = |role: &str| {
        effective.privileges(&RoleName::from(role), &table).now.privileges.contains(Privilege::Select)
    };
    assert!(select("o") && select("m") && !select("p"));
    let elsewhere = effective.privileges_from(&DatabaseName::from("till"), &RoleName::from("o"), &table);
    assert!(elsewhere.is_empty());
}

#[test]
fn before_16_an_owner_that_does_not_inherit_needs_set_role_to_be_pg_database_owner() {
    let catalog = catalog(
        15,
        "role o noinherit
         database shop owner=o
         table s.t owner=postgres acl={pg_database_owner=r/postgres}",
    );
    let held = Effective::of(&catalog).privileges(&RoleName::from("o"), &object("table s.t"));
    assert!(held.now.is_empty());
    assert_eq!(held.after_set_role.privileges, Privilege::Select.into());
}

const ROLES: [&str; 7] = ["a", "b", "c", "d", "e", "postgres", "pg_read_all_data"];

/// A random catalog: memberships without cycles (a role is only a member of later ones), one table, its columns.
fn any_catalog() -> impl Strategy<Value = Catalog> {
    let member = (0..6usize, 1..7usize, any::<[bool; 3]>(), 0..2usize);
    let entry = (0..8usize, 0..7usize, 0u16..256, 0u16..256);
    (
        prop_oneof![Just(14u32), Just(16), Just(17)],
        prop::collection::vec(any::<[bool; 2]>(), 5),
        prop::collection::vec(member, 0..9),
        prop::collection::vec(entry.clone(), 0..6),
        prop::collection::vec(entry, 0..3),
        0..7usize,
        any::<bool>(),
    )
        .prop_map(|(major, attributes, members, entries, columns, owner, system)| {
            let mut catalog = catalog(major, "");
            for (name, [inherit, superuser]) in ROLES.into_iter().zip(attributes) {
                let mut role = crate::role::Role::plain();
                if !inherit {
                    role.attributes = role.attributes.without(crate::role::Attribute::Inherit);
                }
                if superuser && name == "e" {
                    role.attributes = role.attributes.with(crate::role::Attribute::Superuser);
                }
                catalog.roles.insert(RoleName::from(name), role);
            }
            for (member, role, [admin, inherit, set], grantor) in members {
                if member < role {
                    let key = MembershipKey {
                        role: ROLES[role].into(),
                        member: ROLES[member].into(),
                        grantor: ["postgres", "a"][grantor].into(),
                    };
                    let inherit = match (major >= 16, inherit) {
                        (false, _) => Inheritance::ByAttribute,
                        (true, true) => Inheritance::Inherited,
                        (true, false) => Inheritance::NotInherited,
                    };
                    let set = set || major < 16;
                    catalog.memberships.insert(key, MembershipOptions { admin, inherit, set });
                }
            }
            let name = if system { "pg_catalog.pg_class" } else { "public.t" };
            let table = object(&format!("table {name}"));
            let mut found = Object::new(ROLES[owner].into(), acl(&entries));
            if system {
                found.origin = crate::object::Origin::System;
            }
            let all = Class::Table.column_privileges();
            let column: Acl = acl(&columns)
                .entries()
                .iter()
                .map(|entry| Entry {
                    privileges: entry.privileges & all,
                    grantable: entry.grantable & all,
                    ..entry.clone()
                })
                .collect();
            found.columns.insert(Name::from("id"), column);
            catalog.databases.values_mut().next().unwrap().objects.insert(table.key, found);
            catalog
        })
}

fn acl(entries: &[(usize, usize, u16, u16)]) -> Acl {
    let set = |bits: u16| -> Privileges {
        Privilege::ALL
            .into_iter()
            .enumerate()
            .filter(|(at, _)| bits & (1 << at) != 0)
            .map(|(_, privilege)| privilege)
            .filter(|privilege| *privilege != Privilege::Maintain)
            .collect()
    };
    entries
        .iter()
        .map(|(grantee, grantor, privileges, grantable)| Entry {
            grantee: ROLES.get(*grantee).map_or(Grantee::Public, |role| Grantee::Role((*role).into())),
            grantor: ROLES[*grantor].into(),
            privileges: set(*privileges),
            grantable: set(*privileges & *grantable),
        })
        .collect()
}

fn the_table(catalog: &Catalog) -> ObjectRef {
    let (database, contents) = catalog.databases.iter().next().unwrap();
    ObjectRef::within(database, contents.objects.keys().next().unwrap().clone())
}

/// Every yes of a catalog, so that two can be compared.
fn answers(catalog: &Catalog) -> BTreeSet<String> {
    let effective = Effective::of(catalog);
    let table = the_table(catalog);
    let mut answers = BTreeSet::new();
    for role in effective.roles() {
        let held = [effective.privileges(role, &table), effective.column(role, &table, "id")];
        for (what, held) in ["table", "column"].into_iter().zip(held) {
            for (when, rights) in [("now", held.now), ("later", held.after_set_role)] {
                answers.extend(rights.privileges.iter().map(|p| format!("{role} {p} {what} {when}")));
                answers.extend(rights.grantable.iter().map(|p| format!("{role} grant {p} {what} {when}")));
            }
        }
    }
    answers
}

proptest! {
    #[test]
    fn a_row_says_what_single_questions_say(catalog in any_catalog()) {
        let effective = Effective::of(&catalog);
        let table = the_table(&catalog);
        for (role, held) in effective.everyone(&table) {
            prop_assert_eq!(held, effective.privileges(role, &table), "{}", role);
        }
    }

    #[test]
    fn the_explanation_never_contradicts_the_answer(catalog in any_catalog()) {
        let effective = Effective::of(&catalog);
        let table = the_table(&catalog);
        for role in effective.roles() {
            for column in [None, Some("id")] {
                let held = match column {
                    None => effective.privileges(role, &table),
                    Some(column) => effective.column(role, &table, column),
                };
                let all = match column {
                    None => Class::Table.privileges(catalog.version),
                    Some(_) => Class::Table.column_privileges(),
                };
                for privilege in all.iter() {
                    for (action, now, later) in [
                        (Action::Use(privilege), held.now.privileges, held.after_set_role.privileges),
                        (Action::Grant(privilege), held.now.grantable, held.after_set_role.grantable),
                    ] {
                        let mut question = Question::ask(action, Some(table.clone()), catalog.version).unwrap();
                        if let Some(column) = column {
                            question = question.of_column(Name::from(column)).unwrap();
                        }
                        let expected = match (now.contains(privilege), later.contains(privilege)) {
                            (true, _) => Some(Usable::Now),
                            (false, true) => Some(Usable::AfterSetRole),
                            (false, false) => None,
                        };
                        prop_assert_eq!(effective.may(role, &question), expected, "{} {}", role, question);
                        let holder = effective.who_can(&question).into_iter().find(|holder| holder.role == *role);
                        prop_assert_eq!(holder.map(|holder| holder.chain.usable), expected);
                        let first = match effective.why(role, &question).outcome {
                            crate::verdict::Outcome::Allowed { chains, .. } => chains.first().map(|c| c.usable),
                            crate::verdict::Outcome::Refused { .. } => None,
                        };
                        prop_assert_eq!(first, expected);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_usable_now_is_usable_after_set_role(catalog in any_catalog()) {
        let effective = Effective::of(&catalog);
        for (role, held) in effective.everyone(&the_table(&catalog)) {
            prop_assert!(held.after_set_role.privileges.covers(held.now.privileges), "{}", role);
            prop_assert!(held.after_set_role.grantable.covers(held.now.grantable), "{}", role);
        }
    }

    #[test]
    fn a_superuser_holds_everything(catalog in any_catalog()) {
        let effective = Effective::of(&catalog);
        let held = effective.privileges(&RoleName::from("postgres"), &the_table(&catalog));
        let all = Class::Table.privileges(catalog.version);
        prop_assert_eq!(held.now, Rights { privileges: all, grantable: all });
    }

    #[test]
    fn one_grant_more_takes_no_answer_away(catalog in any_catalog(), grantee in 0..8usize, bits in 0u16..256) {
        let mut more = catalog.clone();
        let table = the_table(&more);
        for entry in acl(&[(grantee, 0, bits, bits)]).entries() {
            more.object_mut(&table).unwrap().acl.grant(entry.clone());
        }
        prop_assert!(answers(&more).is_superset(&answers(&catalog)));
    }

    #[test]
    fn one_membership_more_takes_no_answer_away(catalog in any_catalog(), member in 0..6usize, role in 1..7usize) {
        let mut more = catalog.clone();
        if member < role {
            let key = MembershipKey { role: ROLES[role].into(), member: ROLES[member].into(), grantor: "zoe".into() };
            let inherit = if more.version.has_membership_options() { Inheritance::Inherited } else { Inheritance::ByAttribute };
            more.memberships.insert(key, MembershipOptions { admin: false, inherit, set: true });
        }
        prop_assert!(answers(&more).is_superset(&answers(&catalog)));
    }
}
