#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use super::*;
use pgward_contract::form::scalar::Scalar as _;
use pgward_contract::number::Decimal;
use pgward_contract::pattern::object::ObjectPattern;
use pgward_lease::hold::{Condition, Test};
use pgward_statement::judge::judge_for;
use pgward_statement::judgement::Judgement;
use pgward_statement::made::{Made, Own};
use pgward_statement::view::{Code, Column, Reached, Relation};
use std::time::Duration;

/// High bids wait for a human.
fn rules() -> Rules {
    let rule = HoldRule {
        targets: BTreeSet::new(),
        tables: vec![ObjectPattern::understand("public.insights").unwrap()],
        commands: [Command::Insert, Command::Update, Command::Truncate].into(),
        when: vec![Condition {
            column: "max_bid".to_owned(),
            tests: vec![Test::Above(Decimal::parse("500000").unwrap())],
        }],
        steps: Vec::new(),
        release: Duration::from_secs(60),
    };
    Rules::on(&TargetName::from("auction"), &[("high_bid".to_owned(), rule)].into()).unwrap()
}

fn view() -> View {
    let columns = [("id", 20), ("title", 25), ("max_bid", 1700)];
    let columns = columns.map(|(name, type_oid)| Column { name: name.to_owned(), type_oid }).to_vec();
    let table = |reaches: &[(&str, Way)]| Relation {
        columns: columns.clone(),
        reaches: reaches
            .iter()
            .map(|(name, by)| Reached { relation: QualifiedName::new("public", name), by: *by })
            .collect(),
        ..Relation::new(Code::Harmless)
    };
    let relations = [
        ("public", "insights", table(&[("insights_2026", Way::Inheritance)])),
        ("public", "insights_2026", table(&[("insights", Way::Inheritance)])),
        ("public", "shown", table(&[("insights", Way::Rule)])),
        ("public", "metrics", table(&[])),
        ("other", "insights", table(&[])),
    ];
    let relations = relations.map(|(schema, name, relation)| (QualifiedName::new(schema, name), relation));
    View { relations: Some(relations.into()), ..View::built_in() }
}

fn suspect(sql: &str, tier: Tier) -> Option<Suspect> {
    let view = view();
    let own = [Made { schema: None, name: "made_just_now".to_owned(), temporary: false }];
    let own = Own { tables: &own, ..Own::default() };
    match judge_for(sql, tier, &view, own, &Bounds::default()) {
        Judgement::Allow(effects) => rules().suspect(sql, &effects, tier, &view),
        Judgement::Deny(denial) => panic!("{sql}: {denial:?}"),
    }
}

#[track_caller]
fn check(tier: Tier, sql: &str, given: Given<'_>, held: bool) {
    let by = suspect(sql, tier).map(|suspect| suspect.held_by(given)).unwrap_or_default();
    assert_eq!(!by.is_empty(), held, "{sql}: {by:?}");
}

const NOTHING: Given<'_> = Given::Listed(&[]);

#[test]
fn what_a_text_writes_is_compared_with_the_rule() {
    for (sql, held) in [
        ("INSERT INTO insights (title, max_bid) VALUES ('x', 500000)", false),
        ("INSERT INTO insights (title, max_bid) VALUES ('x', 500000.01)", true),
        ("INSERT INTO insights VALUES (1, 'x', 1), (2, 'y', 600000)", true),
        ("INSERT INTO insights VALUES (600000, 'x', 1)", false),
        ("INSERT INTO insights (title) VALUES ('x')", true),
        ("INSERT INTO insights SELECT * FROM metrics", true),
        ("UPDATE insights SET max_bid = 600000 WHERE id = 1", true),
        ("UPDATE insights SET max_bid = max_bid + 1", true),
        ("UPDATE insights SET title = 'x'", false),
        ("WITH a AS (UPDATE insights SET max_bid = 600000 RETURNING id) SELECT * FROM a", true),
        ("INSERT INTO insights VALUES (1, 'x', 1) ON CONFLICT (id) DO UPDATE SET max_bid = 600000", true),
        (
            "INSERT INTO insights VALUES (1, 'x', 1) ON CONFLICT (id) DO UPDATE SET max_bid = excluded.max_bid",
            false,
        ),
        ("COPY insights FROM STDIN", true),
        (
            "MERGE INTO insights i USING metrics m ON i.id = m.id WHEN NOT MATCHED THEN INSERT VALUES (1, 'x', 1)",
            true,
        ),
        ("EXPLAIN INSERT INTO insights VALUES (1, 'x', 600000)", false),
        ("EXPLAIN ANALYZE INSERT INTO insights VALUES (1, 'x', 600000)", true),
        ("SELECT * FROM insights", false),
        ("DELETE FROM insights", false),
        ("INSERT INTO metrics VALUES (1, 'x', 600000)", false),
        ("INSERT INTO other.insights VALUES (1, 'x', 600000)", false),
    ] {
        check(Tier::ReadLimitedWrite, sql, NOTHING, held);
    }
}

#[test]
fn ways_around_the_table_are_held() {
    for (sql, held) in [
        ("INSERT INTO insights_2026 VALUES (1, 'x', 600000)", true),
        ("INSERT INTO insights_2026 VALUES (1, 'x', 1)", false),
        // A view's columns may be other columns.
        ("INSERT INTO shown VALUES (1, 'x', 1)", true),
        // It may be a view that was made just now.
        ("INSERT INTO made_just_now VALUES (1)", true),
        ("ALTER TABLE insights RENAME TO insights_old", true),
        ("ALTER TABLE metrics RENAME TO metrics_old", false),
        ("TRUNCATE insights", true),
    ] {
        check(Tier::ReadFullWrite, sql, NOTHING, held);
    }
    check(Tier::Admin, "DO $$ BEGIN DELETE FROM metrics; END $$", NOTHING, true);
    check(
        Tier::Admin,
        "SET search_path = other; INSERT INTO insights VALUES (1, 'x', 600000)",
        NOTHING,
        true,
    );
}

#[test]
fn parameters_are_read_in_text_and_in_binary() {
    let sql = "INSERT INTO insights (title, max_bid) VALUES ($1, $2)";
    let title = Parameter::Text("x".to_owned());
    let held = |bid: Parameter, types: &[u32], held: bool| {
        check(Tier::ReadLimitedWrite, sql, Given::Bound(&[title.clone(), bid], types), held);
    };
    held(Parameter::Text("600000".to_owned()), &[], true);
    held(Parameter::Text("500000".to_owned()), &[0, 0], false);
    held(Parameter::Text("500000".to_owned()), &[0, 20_000], true);
    held(Parameter::Binary(600_000_i64.to_be_bytes().to_vec()), &[25, 20], true);
    held(Parameter::Binary(400_000_i64.to_be_bytes().to_vec()), &[25, 20], false);
    // Without a declared type it is what the column is: numeric.
    held(Parameter::Binary([0, 2, 0, 1, 0, 0, 0, 2, 0, 40, 0, 0].to_vec()), &[], false);
    held(Parameter::Binary([0, 2, 0, 1, 0, 0, 0, 2, 0, 60, 0, 0].to_vec()), &[], true);
    held(Parameter::Binary(vec![1, 2, 3]), &[], true);
    held(Parameter::Null, &[], false);
    check(Tier::ReadLimitedWrite, sql, Given::Bound(&[], &[]), true);
}

#[test]
fn what_is_prepared_is_held_when_it_runs() {
    let made =
        suspect("PREPARE p (numeric) AS INSERT INTO insights (max_bid) VALUES ($1)", Tier::ReadLimitedWrite)
            .unwrap();
    assert!(made.held_by(NOTHING).is_empty());
    let later = made.of_prepared("p").unwrap();
    assert!(made.of_prepared("q").is_none());
    let ran = suspect("EXECUTE p (600000)", Tier::ReadLimitedWrite).unwrap();
    let [(name, values)] = ran.executes.as_slice() else { panic!("{ran:?}") };
    assert_eq!(name, "p");
    assert_eq!(later.held_by(Given::Listed(values)), ["high_bid".to_owned()].into());
    assert!(later.held_by(Given::Listed(&[Value::Constant("5".to_owned())])).is_empty());
}

#[test]
fn rules_for_other_targets_are_not_there() {
    let all = [("high_bid".to_owned(), HoldRule { targets: ["other".into()].into(), ..rule() })].into();
    assert!(Rules::on(&TargetName::from("auction"), &all).is_none());
}

fn rule() -> HoldRule {
    rules().by_name.get("high_bid").unwrap().clone()
}
