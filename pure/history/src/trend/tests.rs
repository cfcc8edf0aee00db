#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::item::Item;
use crate::run::RunAbout;

/// `check/subject@scope=state` for each item; `checks` as `name:version`.
fn run(kind: RunKind, checks: &str, scopes: &str, items: &str) -> RunRecord {
    let item = |text: &str| {
        let (key, state) = text.split_once('=').unwrap();
        let (key, scope) = key.split_once('@').unwrap_or((key, ""));
        let (check, subject) = key.split_once('/').unwrap();
        let key = ItemKey { check: check.to_owned(), subject: subject.to_owned() };
        let state = ItemState::of_word(state).unwrap();
        (key, Item { scope: scope.to_owned(), state, grade: String::new(), words: text.to_owned() })
    };
    let version =
        |text: &str| text.split_once(':').map(|(name, version)| (name.to_owned(), version.to_owned()));
    RunRecord {
        about: RunAbout {
            id: "r".to_owned(),
            kind,
            time: "2026-11-22T07:00:00Z".to_owned(),
            cluster: None,
            contract: None,
            commit: None,
            server_version: None,
            system_identifier: None,
            fingerprint: None,
            check_set: "1".to_owned(),
            pgward_version: "0".to_owned(),
            counts: BTreeMap::new(),
            score: None,
            risk: None,
            evidence: String::new(),
        },
        checks: checks.split(' ').filter_map(version).collect(),
        scopes: scopes.split(' ').map(str::to_owned).chain([String::new()]).collect(),
        items: items.split_whitespace().map(item).collect(),
    }
}

fn check(before: &RunRecord, after: &RunRecord, ever_bad: &str, expected: Expect) {
    let ever = ever_bad.split_whitespace().filter_map(|text| text.split_once('/'));
    let ever = ever
        .map(|(check, subject)| ItemKey { check: check.to_owned(), subject: subject.to_owned() })
        .collect();
    let trend = Trend::between(before, after, &ever);
    let lines = trend
        .moves
        .iter()
        .map(|one| format!("{}: {}/{}\n", one.change.word(), one.key.check, one.key.subject));
    let text =
        lines.collect::<String>() + &format!("persisting {}, checks {:+}\n", trend.persisting, trend.checks);
    expected.assert_eq(&text);
}

fn audit(checks: &str, scopes: &str, items: &str) -> RunRecord {
    run(RunKind::Audit, checks, scopes, items)
}

#[test]
fn a_finding_is_fixed_only_where_it_was_looked_for_again() {
    let before =
        audit("c:1 d:1 e:1", "shop crm", "c/a@shop=bad c/b@crm=bad d/a@shop=bad e/a@shop=bad c/stays=bad");
    let after = audit("c:1 d:2", "shop", "c/stays=bad c/new@shop=bad c/back@shop=bad");
    check(
        &before,
        &after,
        "c/back",
        expect![[r#"
            regressed: c/back
            new: c/new
            fixed: c/a
            scope changed: c/b
            check changed: d/a
            check changed: e/a
            persisting 1, checks -1
        "#]],
    );
}

#[test]
fn what_a_wider_look_or_a_new_check_shows_is_not_new() {
    let before = audit("c:1", "shop", "");
    let after = audit("c:1 d:1", "shop crm", "c/a@crm=bad d/a@shop=bad c/b@shop=bad");
    check(
        &before,
        &after,
        "",
        expect![[r#"
            new: c/b
            scope changed: c/a
            check changed: d/a
            persisting 0, checks +1
        "#]],
    );
}

#[test]
fn accepting_a_finding_fixes_nothing() {
    let before = audit("c:1", "", "c/a=bad c/b=accepted c/c=accepted");
    let after = audit("c:1", "", "c/a=accepted c/b=bad");
    check(
        &before,
        &after,
        "",
        expect![[r#"
            no longer accepted: c/b
            accepted: c/a
            fixed: c/c
            persisting 0, checks +0
        "#]],
    );
}

#[test]
fn a_claim_that_held_and_is_refuted_has_regressed_and_one_that_is_not_asked_has_not_been_fixed() {
    let proof = |items: &str| run(RunKind::Proof, "may:1 may_not:1", "shop", items);
    let before =
        proof("may/a=good may/b=bad may/c=bad may/d=good may/e=unclear may_not/f=good may/g=unclear");
    let after = proof("may/a=bad may/b=good may/d=unclear may/e=bad may/g=good may/h=bad may/i=good");
    check(
        &before,
        &after,
        "",
        expect![[r#"
            regressed: may/a
            new: may/e
            unclear: may/d
            fixed: may/b
            scope changed: may/c
            scope changed: may/h
            persisting 0, checks +0
        "#]],
    );
}

fn states() -> impl Strategy<Value = String> {
    let state = prop::sample::select(vec!["good", "bad", "accepted", "unclear"]);
    let item = (0..4_u8, 0..3_u8, 0..2_u8, state)
        .prop_map(|(subject, check, scope, state)| format!("c{check}/s{subject}@d{scope}={state} "));
    prop::collection::vec(item, 0..8).prop_map(|items| items.concat())
}

proptest! {
    #[test]
    fn from_a_run_to_itself_nothing_changes(items in states()) {
        let run = audit("c0:1 c1:1", "d0", &items);
        let trend = Trend::between(&run, &run, &BTreeSet::new());
        prop_assert!(trend.moves.is_empty());
    }

    #[test]
    fn nothing_is_called_fixed_that_the_later_run_did_not_look_for(before in states(), after in states()) {
        let (before, after) = (audit("c0:1 c1:1", "d0 d1", &before), audit("c0:1 c1:2", "d0", &after));
        for one in Trend::between(&before, &after, &BTreeSet::new()).moves {
            if one.change == Change::Fixed {
                prop_assert_eq!(&one.key.check, "c0");
                prop_assert!(one.after == Some(ItemState::Good) || before.items[&one.key].scope == "d0");
            }
        }
    }

    #[test]
    fn whatever_is_bad_now_and_was_not_is_among_the_changes(before in states(), after in states()) {
        let (before, after) = (audit("c0:1 c1:1", "d0", &before), audit("c0:1 c2:1", "d1", &after));
        let trend = Trend::between(&before, &after, &BTreeSet::new());
        for (key, item) in &after.items {
            let was = before.items.get(key).map(|item| item.state);
            if item.state == ItemState::Bad && was != Some(ItemState::Bad) {
                prop_assert!(trend.moves.iter().any(|one| one.key == *key));
            }
        }
    }
}
