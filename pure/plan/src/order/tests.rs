#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use super::*;
use crate::arbitrary::{Dice, edited, inventory};
use crate::diff::diff;
use crate::equivalences::Equivalences;
use pgward_catalog::version::Version;

#[test]
fn every_change_has_a_statement_or_a_reason() {
    let mut planned = 0;
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let version = *dice.pick(&[140_012, 150_020, 160_004, 170_001, 180_000]).unwrap();
        let a = edited(&inventory(Version(version)), &mut dice, 40);
        let b = edited(&a, &mut dice, 25);
        let changes = diff(&a, &b, &Equivalences::none());
        let ordered = order(&a, &changes, &OrderContext::default());
        let covered: BTreeSet<usize> = ordered
            .statements
            .iter()
            .flat_map(|statement| statement.changes.iter().copied())
            .chain(ordered.blocked.iter().map(|blocked| blocked.change))
            .collect();
        let missed: Vec<_> = (0..changes.len()).filter(|index| !covered.contains(index)).collect();
        assert!(
            missed.is_empty(),
            "seed {seed}: {:#?}",
            missed.first().and_then(|first| changes.get(*first))
        );
        assert_eq!(ordered.blocked, [], "seed {seed}");
        planned += changes.len();
    }
    assert!(planned > 4_000);
}

/// The statements that lead from one ACL of a table to another: entries as `grantee=privileges/grantor`, those of a
/// column with its name and a dot before.
fn check(from: &[&str], to: &[&str], expected: expect_test::Expect) {
    let world = |entries: &[&str]| {
        let mut catalog = inventory(Version(150_020));
        for text in entries {
            let (place, text) = text.split_once('.').unwrap_or(("", text));
            let acl = pgward_catalog::acl_text::parse_acl(&format!("{{{text}}}"), &mut Default::default());
            let table = catalog.object_mut(&orders()).unwrap();
            let known = match place {
                "" => &mut table.acl,
                column => table.columns.entry(column.into()).or_default(),
            };
            acl.unwrap().entries().iter().for_each(|entry| known.grant(entry.clone()));
        }
        catalog
    };
    let (from, to) = (world(from), world(to));
    let ordered = order(&from, &diff(&from, &to, &Equivalences::none()), &OrderContext::default());
    let lines = ordered.statements.iter().map(|statement| match &statement.as_role {
        None => statement.text() + "\n",
        Some(role) => format!("as {role}: {}\n", statement.text()),
    });
    let blocked = ordered.blocked.iter().map(|blocked| format!("blocked: {}\n", blocked.reason));
    expected.assert_eq(&lines.chain(blocked).collect::<String>());
}

fn orders() -> pgward_catalog::object::ObjectRef {
    use pgward_catalog::class::Class;
    let key = pgward_catalog::object::ObjectKey::in_schema(Class::Table, "App", "orders");
    pgward_catalog::object::ObjectRef::within(&"shop".into(), key)
}

#[test]
fn one_missing_privilege_is_one_grant() {
    check(
        &["ada=r/postgres"],
        &["ada=rw/postgres"],
        expect_test::expect![[r#"
        GRANT UPDATE ON TABLE "App".orders TO ada
    "#]],
    );
}

#[test]
fn a_revoke_on_a_table_keeps_the_columns_that_are_to_stay() {
    check(
        &["ada=r/postgres", "id.ada=r/postgres", "Total.ada=rw/postgres"],
        &["id.ada=r/postgres", "Total.ada=w/postgres"],
        expect_test::expect![[r#"
            REVOKE SELECT ON TABLE "App".orders FROM ada
            GRANT SELECT (id) ON TABLE "App".orders TO ada
        "#]],
    );
}

#[test]
fn what_was_granted_by_an_option_goes_before_the_option() {
    check(
        &["ada=r*/postgres", "Bob=r/ada"],
        &["ada=r/postgres"],
        expect_test::expect![[r#"
        GRANT USAGE ON SCHEMA "App" TO ada
        as ada: REVOKE SELECT ON TABLE "App".orders FROM "Bob"
        REVOKE GRANT OPTION FOR SELECT ON TABLE "App".orders FROM ada
        REVOKE USAGE ON SCHEMA "App" FROM ada
    "#]],
    );
}

#[test]
fn a_grantor_that_may_not_look_into_the_schema_is_lent_usage() {
    check(
        &["ada=r*/postgres"],
        &["ada=r*/postgres", "Bob=r/ada"],
        expect_test::expect![[r#"
        GRANT USAGE ON SCHEMA "App" TO ada
        as ada: GRANT SELECT ON TABLE "App".orders TO "Bob"
        REVOKE USAGE ON SCHEMA "App" FROM ada
    "#]],
    );
}

#[test]
fn an_entry_whose_grantor_lost_the_option_is_taken_by_lending_it() {
    check(
        &["id.Bob=r/ada"],
        &[],
        expect_test::expect![[r#"
        GRANT USAGE ON SCHEMA "App" TO ada
        GRANT SELECT (id) ON TABLE "App".orders TO ada WITH GRANT OPTION
        as ada: REVOKE SELECT (id) ON TABLE "App".orders FROM "Bob"
        REVOKE SELECT (id) ON TABLE "App".orders FROM ada
        REVOKE USAGE ON SCHEMA "App" FROM ada
    "#]],
    );
}

#[test]
fn an_option_that_only_its_own_grantee_could_give_back_is_refused() {
    check(
        &[],
        &["Bob=r/ada"],
        expect_test::expect![[r#"
        blocked: role ada holds no grant option for SELECT here; grant it by the owner postgres
    "#]],
    );
}
