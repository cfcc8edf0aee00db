#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use super::*;
use crate::arbitrary::{Dice, edited, inventory};
use crate::simulate::simulate;
use crate::words::describe;
use expect_test::{Expect, expect};
use pgward_catalog::acl::{Entry, Grantee};
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, SchemaName};
use pgward_catalog::object::ObjectKey;
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::scope::Mode;
use pgward_catalog::version::Version;

#[test]
fn no_difference_is_forgotten_whatever_the_scope() {
    for seed in 0..120 {
        let mut dice = Dice::new(seed);
        let a = edited(&inventory(Version(160_004)), &mut dice, 40);
        let b = edited(&a, &mut dice, 25);
        let all = diff(&a, &b, &Equivalences::none()).len();
        for mode in [Mode::Observe, Mode::Additive, Mode::Adopt, Mode::Authoritative] {
            let mut scope = Scope { mode, ..Scope::everything(&a) };
            scope.roles.extend(b.roles.keys().cloned());
            scope.objects.extend(Scope::everything(&b).objects);
            scope.schemas.insert((DatabaseName::from("shop"), SchemaName::from("new schema")));
            let division = divide(&a, &b, &Equivalences::none(), &scope, &OrderContext::default());
            assert!(division.planned.len() + division.reported.len() >= all.min(1), "seed {seed}");
            assert!(division.reported.iter().all(|reported| !reported.reason.is_empty()));
            simulate(&a, &division.planned).unwrap();
            match mode {
                Mode::Observe => assert_eq!(division.planned, []),
                Mode::Authoritative => assert_eq!(division.reported, [], "seed {seed}"),
                Mode::Additive => assert!(division.planned.iter().all(|change| {
                    !matches!(
                        change,
                        Change::Revoke { .. } | Change::DropRole { .. } | Change::ChangeOwner { .. }
                    )
                })),
                Mode::Adopt => {
                    assert!(!division.planned.iter().any(|change| matches!(change, Change::DropRole { .. })));
                }
            }
        }
    }
}

/// A table that PUBLIC, a declared and an undeclared role may read, and an owner that should be another one.
fn check(mode: Mode, planned: Expect, reported: Expect) {
    let observed = {
        let mut catalog = inventory(Version(150_020));
        for grantee in [Grantee::Public, role("ada"), role("Bob")] {
            orders(&mut catalog).acl.grant(select(grantee, "postgres"));
        }
        catalog
    };
    let mut desired = inventory(Version(150_020));
    let table =
        ObjectRef::within(&DatabaseName::from("shop"), ObjectKey::in_schema(Class::Table, "App", "orders"));
    let (before, after) = (RoleName::from("postgres"), RoleName::from("user"));
    make(&mut desired, &Change::ChangeOwner { object: table, before, after }).unwrap();
    orders(&mut desired).acl.grant(select(role("r%s"), "user"));
    let mut scope = Scope { mode, ..Scope::everything(&observed) };
    scope.declared = ["ada", "user", "r%s"].map(RoleName::from).into();
    let division = divide(&observed, &desired, &Equivalences::none(), &scope, &OrderContext::default());
    let lines = |lines: Vec<String>| lines.join("\n");
    planned.assert_eq(&lines(division.planned.iter().map(describe).collect()));
    let words = |reported: &Reported| format!("{}: {}", describe(&reported.change), reported.reason);
    reported.assert_eq(&lines(division.reported.iter().map(words).collect()));
}

fn role(name: &str) -> Grantee {
    Grantee::Role(RoleName::from(name))
}

fn select(grantee: Grantee, grantor: &str) -> Entry {
    Entry {
        grantee,
        grantor: RoleName::from(grantor),
        privileges: Privilege::Select.into(),
        grantable: Privileges::NONE,
    }
}

fn orders(catalog: &mut Catalog) -> &mut pgward_catalog::object::Object {
    let key = ObjectKey::in_schema(Class::Table, "App", "orders");
    catalog.object_mut(&ObjectRef::within(&DatabaseName::from("shop"), key)).unwrap()
}

#[test]
fn additive_grants_under_the_owner_who_stays() {
    check(
        Mode::Additive,
        expect![[r#"SELECT on table "App".orders in database shop to "r%s""#]],
        expect![[r#"
            owner of table "App".orders in database shop: postgres -> "user": mode additive alters no owner
            SELECT on table "App".orders in database shop from PUBLIC: mode additive revokes nothing
            SELECT on table "App".orders in database shop from "Bob": mode additive revokes nothing
            SELECT on table "App".orders in database shop from ada: mode additive revokes nothing"#]],
    );
}

#[test]
fn adopt_takes_only_from_declared_roles() {
    check(
        Mode::Adopt,
        expect![[r#"
            owner of table "App".orders in database shop: postgres -> "user"
            SELECT on table "App".orders in database shop from ada
            SELECT on table "App".orders in database shop to "r%s""#]],
        expect![[r#"
            SELECT on table "App".orders in database shop from PUBLIC: mode adopt takes nothing from PUBLIC
            SELECT on table "App".orders in database shop from "Bob": mode adopt takes nothing from role "Bob", which is not declared"#]],
    );
}

#[test]
fn authoritative_makes_everything_so() {
    check(
        Mode::Authoritative,
        expect![[r#"
            owner of table "App".orders in database shop: postgres -> "user"
            SELECT on table "App".orders in database shop from PUBLIC
            SELECT on table "App".orders in database shop from "Bob"
            SELECT on table "App".orders in database shop from ada
            SELECT on table "App".orders in database shop to "r%s""#]],
        expect![""],
    );
}

#[test]
fn outside_the_schemas_named_everything_is_reported() {
    let a = inventory(Version(150_020));
    let mut b = a.clone();
    orders(&mut b).acl.grant(select(Grantee::Public, "postgres"));
    let scope = Scope { schemas: BTreeSet::new(), ..Scope::everything(&a) };
    let scope = Scope { objects: BTreeSet::new(), ..scope };
    let division = divide(&b, &a, &Equivalences::none(), &scope, &OrderContext::default());
    assert_eq!(division.planned, []);
    let reasons: Vec<&str> = division.reported.iter().map(|reported| reported.reason.as_str()).collect();
    assert_eq!(reasons, ["schema \"App\" of database shop is outside the scope"]);
}

#[test]
fn a_retired_role_loses_what_it_holds_outside_the_scope_too() {
    let desired = {
        let mut catalog = inventory(Version(150_020));
        catalog.roles.remove("ada");
        catalog
    };
    let mut observed = inventory(Version(150_020));
    orders(&mut observed).acl.grant(select(role("ada"), "postgres"));
    let mut scope = Scope::everything(&observed);
    scope.schemas.clear();
    scope.objects.clear();
    let divided = |observed: &Catalog, scope: &Scope| {
        divide(observed, &desired, &Equivalences::none(), scope, &OrderContext::default())
    };
    let without = divided(&observed, &scope);
    assert_eq!(without.planned, []);
    assert!(without.reported.iter().any(|reported| {
        reported.reason.starts_with("role ada cannot be dropped while it is named by a privilege on table")
    }));

    scope.retired = [RoleName::from("ada")].into();
    let with = divided(&observed, &scope);
    assert_eq!(with.reported, []);
    assert!(matches!(with.planned.as_slice(), [Change::Revoke { .. }, Change::DropRole { .. }]));
}
