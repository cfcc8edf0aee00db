//! What observations mean for claims.

#![allow(clippy::unwrap_used, reason = "tests")]

use expect_test::{Expect, expect};
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;
use pgward_proof::action::Action;
use pgward_proof::case::{Attempt, Case, Control, Expectation, Manner, Question, Statement};
use pgward_proof::claim::{Claim, Expected, Topic};
use pgward_proof::outcome::{Begun, Observation, Outcome};
use pgward_proof::verdict::{Controlled, judge};

/// Judges a case of this expectation by what was seen: the try, the answer, the control.
fn check(
    expectation: Expectation,
    tried: Option<Outcome>,
    answer: Option<bool>,
    control: Option<Outcome>,
    expect: Expect,
) {
    let database = DatabaseName::from("shop");
    let refused =
        !matches!(expectation, Expectation::Works | Expectation::Returns(_) | Expectation::Writes(_));
    let claim = Claim {
        topic: Topic::Privilege,
        database: database.clone(),
        role: RoleName::from("app"),
        becoming: None,
        action: Action::Use(Privilege::Select),
        object: Some(ObjectRef::within(&database, ObjectKey::in_schema(Class::Table, "shop", "orders"))),
        columns: Vec::new(),
        expected: if refused { Expected::Refused } else { Expected::Works },
        circumstance: None,
        source: None,
    };
    let statement = Statement {
        sql: "TRUNCATE t, pgward_absent".to_owned(),
        passes: &["42P01"],
        manner: Manner::Stopped,
    };
    let attempt = Attempt {
        identity: RoleName::from("app"),
        becoming: None,
        prelude: Vec::new(),
        context: Vec::new(),
        statement: statement.clone(),
        expectation,
        code: [].into(),
    };
    let question = answer.map(|_| Question { sql: "has_it()".to_owned(), wanted: !refused });
    let case = Case { claim, attempt: Some(attempt), question, control: None, obstacle: None };
    let seen = Observation { outcome: tried, answer, via: None, micros: 7, begun: Begun::default() };
    let by = Control {
        database,
        prelude: Vec::new(),
        context: Vec::new(),
        statement,
        owner: None,
        claimant: None,
        code: [].into(),
    };
    let control = control.map(|outcome| Controlled::by(&by, outcome));
    let verdict = judge(case, seen, control.as_ref());
    expect.assert_eq(&format!(
        "{} ({}): {}",
        verdict.ruling.word(),
        verdict.evidence.witness.word(),
        verdict.reason
    ));
}

fn done(rows: u64) -> Option<Outcome> {
    Some(Outcome::Completed { rows, first: None })
}

fn returned(values: &[&str]) -> Option<Outcome> {
    let row = values.iter().map(|value| Some((*value).to_owned())).collect();
    Some(Outcome::Completed { rows: 1, first: Some(row) })
}

fn failed(sqlstate: &str, message: &str) -> Option<Outcome> {
    Some(Outcome::Failed { sqlstate: sqlstate.to_owned(), message: message.to_owned() })
}

fn denied() -> Option<Outcome> {
    failed("42501", "permission denied for table orders")
}

fn stopped() -> Option<Outcome> {
    failed("42P01", "relation \"pgward_absent\" does not exist")
}

fn missing() -> Option<Outcome> {
    failed("42P01", "relation \"shop.orders\" does not exist")
}

#[test]
fn what_must_work_works_when_it_completes_or_reaches_the_planted_mistake() {
    check(Expectation::Works, done(0), None, None, expect!["proven (tried): it worked"]);
    check(Expectation::Works, stopped(), None, None, expect!["proven (tried): it worked"]);
    check(
        Expectation::Works,
        denied(),
        None,
        None,
        expect![
            "refuted (tried): the server refused it: permission denied for table orders (SQLSTATE 42501)"
        ],
    );
}

#[test]
fn a_missing_table_is_neither_permission_nor_refusal() {
    check(
        Expectation::Works,
        missing(),
        None,
        None,
        expect![[r#"inconclusive (nothing): relation "shop.orders" does not exist (SQLSTATE 42P01)"#]],
    );
    check(
        Expectation::Refused,
        missing(),
        None,
        missing(),
        expect![[r#"inconclusive (nothing): relation "shop.orders" does not exist (SQLSTATE 42P01)"#]],
    );
}

#[test]
fn a_refusal_counts_only_with_a_control() {
    check(
        Expectation::Refused,
        denied(),
        None,
        stopped(),
        expect!["proven (tried): it was refused, and works for somebody who may"],
    );
    check(
        Expectation::Refused,
        denied(),
        None,
        denied(),
        expect![
            "inconclusive (nothing): it was refused, and nothing shows that it would work for somebody who may"
        ],
    );
    check(
        Expectation::Refused,
        denied(),
        Some(false),
        denied(),
        expect![
            "proven (the server's own answer): by the server's own answer (it was refused, and the control did not work either)"
        ],
    );
    check(
        Expectation::Refused,
        done(0),
        None,
        done(0),
        expect!["refuted (tried): it worked, and must be refused"],
    );
}

#[test]
fn the_servers_own_answer_catches_what_one_statement_does_not_show() {
    check(
        Expectation::Refused,
        denied(),
        Some(true),
        done(0),
        expect![
            "refuted (tried): this statement was refused (permission denied for table orders (SQLSTATE 42501)), and yet the server says that the privilege is held"
        ],
    );
}

#[test]
fn where_nothing_can_be_tried_the_answer_stands_alone() {
    check(
        Expectation::Refused,
        None,
        Some(false),
        None,
        expect![
            "proven (the server's own answer): by the server's own answer (only the server's own answer is to be had)"
        ],
    );
    check(
        Expectation::Works,
        None,
        Some(false),
        None,
        expect![
            "refuted (the server's own answer): the server's own answer is no (only the server's own answer is to be had)"
        ],
    );
    check(
        Expectation::Works,
        None,
        None,
        None,
        expect!["inconclusive (nothing): only the server's own answer is to be had"],
    );
}

#[test]
fn time_outs_prove_nothing() {
    let late = || failed("57014", "canceling statement due to statement timeout");
    for expectation in
        [Expectation::Works, Expectation::Refused, Expectation::SeesNothing, Expectation::WritesNothing]
    {
        check(
            expectation,
            late(),
            None,
            done(1),
            expect!["inconclusive (nothing): canceling statement due to statement timeout (SQLSTATE 57014)"],
        );
    }
}

#[test]
fn a_tenant_sees_exactly_its_own_rows() {
    let wanted = || Expectation::Returns(vec!["1".to_owned(), "0".to_owned()]);
    check(wanted(), returned(&["1", "0"]), None, None, expect!["proven (tried): it saw 1, 0"]);
    check(
        wanted(),
        returned(&["1", "9"]),
        None,
        None,
        expect!["refuted (tried): it saw 1, 9, and should see 1, 0"],
    );
    check(
        wanted(),
        returned(&["0", "0"]),
        None,
        None,
        expect!["refuted (tried): it saw 0, 0, and should see 1, 0"],
    );
}

#[test]
fn without_a_context_no_row_and_an_error_are_both_closed() {
    check(
        Expectation::SeesNothing,
        returned(&["0"]),
        None,
        done(1),
        expect!["proven (tried): it saw no row, and there are rows to see"],
    );
    check(
        Expectation::SeesNothing,
        returned(&["0"]),
        None,
        failed("22012", "division by zero"),
        expect!["inconclusive (nothing): it saw no row, and nothing shows that there are rows to see"],
    );
    check(
        Expectation::SeesNothing,
        failed("22P02", "invalid input syntax for type uuid: \"\""),
        None,
        done(1),
        expect![[
            r#"proven (tried): it failed closed: invalid input syntax for type uuid: "" (SQLSTATE 22P02)"#
        ]],
    );
    check(Expectation::SeesNothing, returned(&["3"]), None, done(1), expect!["refuted (tried): it saw rows"]);
    check(Expectation::WritesNothing, done(1), None, done(1), expect!["refuted (tried): it wrote 1 rows"]);
    check(
        Expectation::WritesNothing,
        failed("23505", "duplicate key value violates unique constraint"),
        None,
        done(1),
        expect!["inconclusive (nothing): duplicate key value violates unique constraint (SQLSTATE 23505)"],
    );
}

#[test]
fn made_up_rows_show_something_only_when_some_are_on_either_side() {
    let agrees = || Expectation::Agrees { some_permitted: true, some_hidden: true };
    check(
        agrees(),
        returned(&["2", "0", "0", "5"]),
        None,
        None,
        expect!["proven (tried): it reached 2 of 7 rows, as declared"],
    );
    check(
        agrees(),
        returned(&["2", "0", "0", "0"]),
        None,
        None,
        expect!["inconclusive (nothing): none of the rows made up is hidden"],
    );
    check(
        agrees(),
        returned(&["0", "0", "0", "5"]),
        None,
        None,
        expect!["inconclusive (nothing): none of the rows made up is let through"],
    );
    check(
        agrees(),
        returned(&["2", "1", "0", "5"]),
        None,
        None,
        expect!["refuted (tried): it reached 1 rows that the declared policies hide"],
    );
    check(
        agrees(),
        returned(&["2", "0", "3", "5"]),
        None,
        None,
        expect!["refuted (tried): it did not reach 3 rows that the declared policies let through"],
    );
}
