#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use std::collections::BTreeSet;

use expect_test::expect;
use pgward_catalog::acl::{Entry, Grantee};
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{Facts, Object, ObjectKey, ObjectRef};
use pgward_catalog::policy::{Policy, PolicyCommand, PolicyKind};
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::role::{Attribute, Role};
use pgward_catalog::scope::Scope;
use pgward_catalog::version::Version;

use crate::approval::{Accepted, Extent};
use crate::arbitrary::{Dice, edited, inventory};
use crate::change::Change;
use crate::equivalences::Equivalences;
use crate::hazard::HazardKind;
use crate::make::{Ingredients, make_plan};
use crate::plan::Plan;
use crate::preflight::ServerFacts;
use crate::render::schema::plan_schema;
use crate::saved::NotAPlan;

fn plan(observed: &Catalog, desired: &Catalog) -> Plan {
    let mut scope = Scope::everything(observed);
    scope.roles.extend(desired.roles.keys().cloned());
    scope.objects.extend(Scope::everything(desired).objects);
    let because =
        |change: &Change| matches!(change, Change::Grant { .. }).then(|| "src/<orders>/*.php".to_owned());
    let of = Ingredients {
        observed,
        desired,
        equivalences: &Equivalences::none(),
        scope: &scope,
        besides: Vec::new(),
        facts: &ServerFacts::default(),
        system_identifier: "7000000000000000001".to_owned(),
        executor: RoleName::from("postgres"),
        contract_digest: "c0ffee".to_owned(),
        drift: Vec::new(),
    };
    make_plan(of, &because).unwrap()
}

/// A role that is created, six tables it may read, PUBLIC that may no longer read one, a policy.
fn example() -> (Catalog, Catalog) {
    let mut observed = inventory(Version(150_020));
    let contents = observed.databases.get_mut("shop").unwrap();
    for number in 1..=6 {
        let table = Object {
            facts: Facts::Table(Default::default()),
            ..Object::new(RoleName::from("postgres"), Default::default())
        };
        let key = ObjectKey::in_schema(Class::Table, "public", format!("t{number}").as_str());
        contents.objects.insert(key, table);
    }
    let mut desired = observed.clone();
    let app =
        Role { attributes: [Attribute::Login, Attribute::Inherit].into_iter().collect(), ..Role::plain() };
    desired.roles.insert(RoleName::from("<app>"), app);
    for number in 1..=6 {
        table(&mut desired, &format!("t{number}")).acl.grant(entry(Grantee::Role(RoleName::from("<app>"))));
    }
    table(&mut observed, "t1").acl.grant(entry(Grantee::Public));
    if let Facts::Table(facts) = &mut table(&mut desired, "t2").facts {
        facts.row_security.enabled = true;
        let policy = Policy {
            kind: PolicyKind::Permissive,
            command: PolicyCommand::All,
            roles: [Grantee::Role(RoleName::from("<app>"))].into(),
            using: Some("(tenant = 1)".to_owned()),
            check: None,
        };
        facts.row_security.policies.insert("tenant".into(), policy);
    }
    (observed, desired)
}

fn table<'a>(catalog: &'a mut Catalog, name: &str) -> &'a mut Object {
    let key = ObjectKey::in_schema(Class::Table, "public", name);
    catalog.object_mut(&ObjectRef::within(&DatabaseName::from("shop"), key)).unwrap()
}

fn entry(grantee: Grantee) -> Entry {
    Entry {
        grantee,
        grantor: RoleName::from("postgres"),
        privileges: Privilege::Select.into(),
        grantable: Privileges::NONE,
    }
}

#[test]
fn text_shows_hazards_first_and_many_alike_in_one_line() {
    let (observed, desired) = example();
    let text = crate::render::text::text(&plan(&observed, &desired));
    let text: String =
        text.lines().filter(|line| !line.starts_with("Digest")).map(|line| format!("{line}\n")).collect();
    expect![[r#"
        Hazards, each to be allowed by its name
          ! data_access_lost (2)
              PUBLIC loses SELECT on table public.t1 in database shop
              row security of table public.t2 in database shop keeps rows from roles that see them now
              hint: make sure that nobody needs it, or grant it in the contract
          ! table_lock (1)
              ACCESS EXCLUSIVE lock on table public.t2 in database shop until the apply commits
              hint: every table counts as in use, since a plan has to come out the same twice: pg_stat_user_tables says how busy it is; apply when it is quiet, --lock-timeout bounds the wait

        Changes in the cluster
          + role "<app>": INHERIT LOGIN

        Changes in database shop
          - SELECT on table public.t1 in database shop from PUBLIC
          + SELECT on 6 tables (public.t1, public.t2, public.t3, ...) in database shop to "<app>"
              because: src/<orders>/*.php; without effect as long as "<app>" does not have USAGE on schema public, which this plan does not give
          + policy tenant on table public.t2 in database shop: permissive for ALL to "<app>" using ((tenant = 1))
          ~ row security of table public.t2 in database shop: off -> on

        Way back: 6 statements

        Plan: 8 to add, 1 to change, 1 to remove.
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_script_runs_in_psql() {
    let (observed, desired) = example();
    let script = crate::render::sql::script(&plan(&observed, &desired));
    let script: String = script
        .lines()
        .filter(|line| !line.contains("plan ") && !line.contains("fingerprint"))
        .map(|line| format!("{line}\n"))
        .collect();
    expect![[r#"
        -- Made by pgward. It does not check that the cluster is still as it was planned for;
        -- `pgward apply` does.
        \set ON_ERROR_STOP on

        \connect -reuse-previous=on 'dbname=\'shop\''
        BEGIN;
        SET LOCAL lock_timeout = '10s';
        SET LOCAL search_path = '';
        -- role "<app>": INHERIT LOGIN
        CREATE ROLE "<app>" LOGIN;
        GRANT SELECT ON TABLE public.t1, public.t2, public.t3, public.t4, public.t5, public.t6 TO "<app>";
        -- SELECT on table public.t1 in database shop from PUBLIC
        REVOKE SELECT ON TABLE public.t1 FROM PUBLIC;
        -- policy tenant on table public.t2 in database shop: permissive for ALL to "<app>" using ((tenant = 1))
        CREATE POLICY tenant ON public.t2 AS PERMISSIVE FOR ALL TO "<app>" USING ((tenant = 1));
        -- row security of table public.t2 in database shop: off -> on
        ALTER TABLE public.t2 ENABLE ROW LEVEL SECURITY;
        COMMIT;
    "#]]
    .assert_eq(&script);
}

#[test]
fn names_are_only_text_in_markdown_and_html() {
    let (observed, desired) = example();
    let plan = plan(&observed, &desired);
    let markdown = crate::render::markdown::markdown(&plan, None);
    assert!(markdown.contains("&lt;app&gt;") && markdown.contains("src/&lt;orders&gt;/\\*.php"));
    let html = crate::render::html::html(&plan, None).unwrap();
    assert!(!html.contains("<app>") && !html.contains("<orders>"));
    assert!(
        html.contains("&#60;app&#62;") && html.contains("--approve") && html.contains("data_access_lost")
    );
    assert!(!html.contains("http://") && !html.contains("https://"), "nothing from elsewhere");
}

#[test]
fn in_sync_there_is_nothing_to_do() {
    let (observed, _) = example();
    let plan = plan(&observed, &observed);
    assert_eq!(plan.statements, []);
    assert_eq!(plan.fingerprint_before, plan.fingerprint_after);
    expect![[r#"
        No changes: the cluster is as the contract says.
    "#]]
    .assert_eq(&crate::render::text::text(&plan));
}

#[test]
fn a_saved_plan_is_read_again_and_a_changed_one_is_not() {
    for seed in 0..60 {
        let mut dice = Dice::new(seed);
        let a = edited(&inventory(Version(170_001)), &mut dice, 40);
        let plan = plan(&a, &edited(&a, &mut dice, 25));
        let saved = plan.saved().unwrap();
        assert_eq!(Plan::load(&saved).unwrap(), plan);
        assert_eq!(Plan::load(&saved).unwrap().digest(), plan.digest());
    }
    let (observed, desired) = example();
    let saved = plan(&observed, &desired).saved().unwrap();
    let tampered = saved.replace("GRANT SELECT ON", "GRANT ALL ON");
    assert_ne!(saved, tampered);
    assert!(matches!(Plan::load(&tampered), Err(NotAPlan::Changed { .. })));
    let with_more = saved.replacen("\"because\"", "\"besides\": 1, \"because\"", 1);
    assert_ne!(saved, with_more);
    assert!(matches!(Plan::load(&with_more), Err(NotAPlan::Unknown)));
    assert!(matches!(Plan::load("{}"), Err(NotAPlan::Form(_))));
}

#[test]
fn only_an_approved_plan_on_the_state_it_was_made_for_is_ready() {
    let (observed, desired) = example();
    let plan = plan(&observed, &desired);
    let now = Fingerprint::of(&observed);
    assert!(plan.clone().approve(Some("0123456789abcdef"), &Accepted::All, Extent::Whole).is_err());
    assert!(
        plan.clone()
            .approve(None, &Accepted::Kinds(BTreeSet::from([HazardKind::TableLock])), Extent::Whole)
            .is_err()
    );
    let approved = plan.clone().approve(Some(&plan.digest()), &Accepted::All, Extent::Whole).unwrap();
    assert!(approved.clone().onto("another", now).is_err());
    assert!(approved.clone().onto(&plan.system_identifier, Fingerprint::of(&desired)).is_err());
    assert_eq!(approved.onto(&plan.system_identifier, now).unwrap().statements(), plan.statements);
}

#[test]
fn the_schema_names_every_member_and_every_kind_of_change() {
    let schema = plan_schema();
    let (observed, desired) = example();
    let value = serde_json::to_value(plan(&observed, &desired)).unwrap();
    let members =
        |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(members(&schema["$defs"]["plan"]["properties"]), members(&value));
    assert_eq!(members(&schema["$defs"]["statement"]["properties"]), members(&value["statements"][0]));
    assert_eq!(members(&schema["$defs"]["hazard"]["properties"]), members(&value["hazards"][0]));
    assert_eq!(members(&schema["$defs"]["way_back"]["properties"]), members(&value["way_back"]));
    let kinds: BTreeSet<&str> = crate::render::schema::CHANGES.into();
    let mut seen = BTreeSet::new();
    for seed in 0..200 {
        let mut dice = Dice::new(seed);
        let a = edited(&inventory(Version(170_001)), &mut dice, 40);
        for change in crate::diff::diff(&a, &edited(&a, &mut dice, 25), &Equivalences::none()) {
            let value = serde_json::to_value(&change).unwrap();
            let kind = value["change"].as_str().unwrap().to_owned();
            assert!(kinds.contains(kind.as_str()), "{kind}");
            seen.insert(kind);
        }
    }
    assert!(seen.len() > 20, "{seen:?}");
}
