//! What reports look like: one proof, every form.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use expect_test::{expect, expect_file};
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;
use pgward_proof::action::Action;
use pgward_proof::claim::{Claim, Expected, Source, Topic};
use pgward_proof::matrix::Matrix;
use pgward_proof::outcome::{Observation, Outcome, Via};
use pgward_proof::proof::{About, Proof};
use pgward_proof::report::evidence::evidence;
use pgward_proof::report::json::{SCHEMA, json};
use pgward_proof::report::junit::junit;
use pgward_proof::report::markdown::markdown;
use pgward_proof::report::sarif::sarif;
use pgward_proof::report::text::{Listed, text};
use pgward_proof::verdict::{Evidence, Ruling, Verdict, Witness};

fn verdict(role: &str, privilege: Privilege, expected: Expected, ruling: Ruling, reason: &str) -> Verdict {
    let database = DatabaseName::from("shop");
    let refused = Outcome::Failed {
        sqlstate: "42501".to_owned(),
        message: "permission denied for table orders".to_owned(),
    };
    let worked = Outcome::Completed { rows: 0, first: None };
    Verdict {
        claim: Claim {
            topic: Topic::Privilege,
            database: database.clone(),
            role: RoleName::from(role),
            becoming: None,
            action: Action::Use(privilege),
            object: Some(ObjectRef::within(
                &database,
                ObjectKey::in_schema(Class::Table, "shop", "orders|<b>"),
            )),
            columns: Vec::new(),
            expected,
            circumstance: None,
            source: (expected == Expected::Works).then(|| {
                Arc::new(Source {
                    because: Some("src/orders.php".to_owned()),
                    file: "contract.yaml".to_owned(),
                    line: 12,
                    column: 7,
                })
            }),
        },
        ruling,
        reason: reason.to_owned(),
        evidence: Evidence {
            witness: if ruling == Ruling::Inconclusive { Witness::Nothing } else { Witness::Tried },
            statement: Some(format!("{privilege} ... WHERE false")),
            question: None,
            observation: Observation {
                outcome: Some(if expected == Expected::Works && ruling == Ruling::Proven {
                    worked.clone()
                } else {
                    refused
                }),
                answer: None,
                via: Some(Via::SessionAuthorization),
                micros: 120,
            },
            control: (expected == Expected::Refused).then_some(worked),
        },
    }
}

fn proof() -> Proof {
    let about = About {
        cluster: Some("shop-eu".to_owned()),
        server_version: Some("15.20".to_owned()),
        fingerprint: Some("ab".repeat(32)),
        contract_digest: None,
        commit: None,
        started: Some("2026-11-22T05:00:00Z".to_owned()),
        millis: Some(41),
    };
    let verdicts = vec![
        verdict("app", Privilege::Select, Expected::Works, Ruling::Proven, "it worked"),
        verdict("app", Privilege::Insert, Expected::Works, Ruling::Refuted, "the server refused it"),
        verdict("app", Privilege::Delete, Expected::Refused, Ruling::Proven, "it was refused"),
        verdict("we ird", Privilege::Update, Expected::Refused, Ruling::Inconclusive, "a time-out"),
        verdict("we ird", Privilege::Delete, Expected::Refused, Ruling::Proven, "it was refused"),
    ];
    Proof::new(about, verdicts)
}

#[test]
fn what_does_not_hold_comes_first() {
    assert!(!proof().holds());
    expect![[r#"
        refuted: role app can INSERT on table shop."orders|<b>"
          the server refused it
          tried: INSERT ... WHERE false
          promised at contract.yaml:12:7, because: src/orders.php
        inconclusive: role "we ird" cannot UPDATE on table shop."orders|<b>"
          a time-out
          tried: UPDATE ... WHERE false
        5 claims: 3 proven, 1 refuted, 1 inconclusive
    "#]]
    .assert_eq(&text(&proof(), Listed::Open));
}

#[test]
fn an_empty_proof_does_not_hold() {
    assert!(!Proof::new(About::default(), Vec::new()).holds());
}

#[test]
fn the_matrix_marks_what_is_not_proven() {
    expect![[r#"
                                                  app  "we ird"
        table shop."orders|<b>" in database shop  r!a  ?w
    "#]]
    .assert_eq(&Matrix::of(&proof()).text());
    expect![[r#"
        | object | app | "we ird" |
        |---|---|---|
        | table shop."orders\|\<b\>" in database shop | r!a | ?w |
    "#]]
    .assert_eq(&Matrix::of(&proof()).markdown());
}

#[test]
fn every_form_is_as_it_was() {
    expect_file!["goldens/proof.json"].assert_eq(&json(&proof()).unwrap());
    expect_file!["goldens/summary.md"].assert_eq(&markdown(&proof()));
    expect_file!["goldens/results.sarif"].assert_eq(&sarif(&proof(), "0.1.0").unwrap());
    expect_file!["goldens/proof.txt"].assert_eq(&text(&proof(), Listed::All));
    // The time of a report is the only thing quick-junit adds by itself; ours has none.
    expect_file!["goldens/junit.xml"].assert_eq(&junit(&proof()).unwrap());
}

/// Every key of the JSON is described, and every key that is required is there.
#[test]
fn the_schema_describes_the_json() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let document: serde_json::Value = serde_json::from_str(&json(&proof()).unwrap()).unwrap();
    let verdict = |value: &serde_json::Value| value.pointer("/verdicts/0").cloned().unwrap();
    check_object(&schema, &document);
    check_object(schema.pointer("/$defs/verdict").unwrap(), &verdict(&document));
    for topic in Topic::ALL {
        let known = schema.pointer("/$defs/verdict/properties/topic/enum").unwrap();
        assert!(known.as_array().unwrap().contains(&topic.word().into()), "{}", topic.word());
    }
}

fn check_object(schema: &serde_json::Value, document: &serde_json::Value) {
    let properties = schema.get("properties").unwrap().as_object().unwrap();
    for key in document.as_object().unwrap().keys() {
        assert!(properties.contains_key(key), "{key} is not described");
    }
    for key in schema.get("required").unwrap().as_array().unwrap() {
        assert!(document.get(key.as_str().unwrap()).is_some(), "{key} is missing");
    }
}

#[test]
fn an_evidence_folder_has_every_file() {
    let files = evidence(&proof(), &[], "0.1.0").unwrap();
    let names: Vec<&str> = files.iter().map(|file| file.name).collect();
    expect![[r#"
        [
            "proof.json",
            "proof.txt",
            "summary.md",
            "junit.xml",
            "results.sarif",
            "matrix.txt",
            "matrix.md",
            "truth-table.md",
            "fingerprint",
        ]
    "#]]
    .assert_debug_eq(&names);
    assert!(files.iter().all(|file| !file.content.is_empty()));
}
