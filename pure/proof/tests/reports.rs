//! What reports look like: one proof, every form.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::io;
use std::sync::Arc;

use expect_test::{expect, expect_file};
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;
use pgward_proof::action::Action;
use pgward_proof::baseline::Baseline;
use pgward_proof::claim::{Claim, Expected, Source, Topic};
use pgward_proof::outcome::{Begun, Observation, Outcome, Via};
use pgward_proof::proof::{About, Proof};
use pgward_proof::report::comparison;
use pgward_proof::report::json::SCHEMA;
use pgward_proof::report::markdown::markdown;
use pgward_proof::report::pieces::{Listing, Pieces};
use pgward_proof::report::sarif::sarif;
use pgward_proof::report::text::text;
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
                begun: Begun::default(),
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
    .assert_eq(&text(&proof()));
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
    .assert_eq(&proof().matrix().text());
    expect![[r#"
        | object | app | "we ird" |
        |---|---|---|
        | table shop."orders\|\<b\>" in database shop | r!a | ?w |
    "#]]
    .assert_eq(&proof().matrix().markdown());
}

#[test]
fn every_form_is_as_it_was() {
    expect_file!["goldens/proof.json"].assert_eq(&Listing::Json.of(&proof()).unwrap());
    expect_file!["goldens/summary.md"].assert_eq(&markdown(&proof()));
    expect_file!["goldens/results.sarif"].assert_eq(&sarif(&proof(), "0.1.0").unwrap());
    expect_file!["goldens/proof.txt"].assert_eq(&Listing::Text.of(&proof()).unwrap());
    expect_file!["goldens/junit.xml"].assert_eq(&Listing::Junit.of(&proof()).unwrap());
}

/// Every key of the JSON is described, and every key that is required is there.
#[test]
fn the_schema_describes_the_json() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let document: serde_json::Value = serde_json::from_str(&Listing::Json.of(&proof()).unwrap()).unwrap();
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

/// What is put aside piece by piece comes to the same reports as what is kept.
#[test]
fn proven_claims_need_not_be_kept() {
    struct Aside(Vec<Verdict>);
    impl Pieces for Aside {
        fn each(
            &mut self,
            listing: Listing,
            topic: Topic,
            take: &mut dyn FnMut(&str) -> io::Result<()>,
        ) -> io::Result<()> {
            for verdict in self.0.iter().filter(|verdict| verdict.claim.topic == topic) {
                for line in listing.piece(verdict)?.lines() {
                    take(line)?;
                }
            }
            Ok(())
        }
    }
    let all = proof();
    let mut streamed = Proof::new(all.about.clone(), Vec::new());
    let mut aside = Aside(Vec::new());
    for verdict in all.verdicts() {
        if verdict.ruling == Ruling::Proven {
            aside.0.push(verdict.clone());
        }
        streamed.take(verdict.clone());
    }
    assert_eq!(streamed.of(Ruling::Proven).count(), 0);
    assert_eq!(streamed.counts(), all.counts());
    assert_eq!(streamed.matrix(), all.matrix());
    for listing in [Listing::Json, Listing::Junit, Listing::Text] {
        let mut out = Vec::new();
        listing.write(&streamed, &mut aside, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), listing.of(&all).unwrap());
    }
}

/// Before and after: the JSON of one proof is the baseline of the next.
#[test]
fn a_proof_stands_beside_an_earlier_one() {
    let before = Listing::Json.of(&proof()).unwrap();
    let mut comparing = Baseline::read(before.as_bytes()).unwrap().compare();
    let now = vec![
        verdict("app", Privilege::Select, Expected::Works, Ruling::Refuted, "the server refused it"),
        verdict("app", Privilege::Insert, Expected::Works, Ruling::Proven, "it worked"),
        verdict("app", Privilege::Delete, Expected::Refused, Ruling::Proven, "it was refused"),
        verdict("app", Privilege::Truncate, Expected::Refused, Ruling::Proven, "it was refused"),
        verdict("we ird", Privilege::Update, Expected::Refused, Ruling::Inconclusive, "a time-out"),
    ];
    now.iter().for_each(|verdict| comparing.take(verdict));
    let (now, comparison) = (Proof::new(About::default(), now), comparing.finish());
    expect![[r#"
        newly refuted (1):
          proven       -> refuted       role app can SELECT on table shop."orders|<b>"
        newly proven (1):
          refuted      -> proven        role app can INSERT on table shop."orders|<b>"
        claimed for the first time (1):
          not claimed  -> proven        role app cannot TRUNCATE on table shop."orders|<b>"
        claimed no more (1):
          proven       -> not claimed   role "we ird" cannot DELETE on table shop."orders|<b>"
        2 as before, 1 newly refuted, 1 newly proven, 1 claimed for the first time, 1 claimed no more
        now: 5 claims: 3 proven, 1 refuted, 1 inconclusive
    "#]]
    .assert_eq(&comparison::text(&now, &comparison));
    expect_file!["goldens/comparison.md"].assert_eq(&comparison::markdown(&now, &comparison));
    let json = comparison::json(&now, &comparison).unwrap();
    expect_file!["goldens/comparison.json"].assert_eq(&json);
    let schema: serde_json::Value = serde_json::from_str(comparison::SCHEMA).unwrap();
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    check_object(&schema, &document);
    let difference = schema.pointer("/properties/differences/items").unwrap();
    check_object(difference, document.pointer("/differences/0").unwrap());
}

#[test]
fn what_is_no_proof_is_no_baseline() {
    let wrong = |text: &str| Baseline::read(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(wrong("{}"), "this is no proof as `pgward prove --format json` writes it");
    assert_eq!(
        wrong(r#"{"proof": 2, "verdicts": []}"#),
        "this proof has form 2, and form 1 is the one that is known"
    );
    let one = r#"{"id": "a", "claim": "b", "ruling": "proven"}"#;
    assert_eq!(
        wrong(&format!(r#"{{"proof": 1, "verdicts": [{one}, {one}]}}"#)),
        "claim \"a\" is in it twice"
    );
}
