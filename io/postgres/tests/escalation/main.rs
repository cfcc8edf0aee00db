//! Every mechanism of the graph of paths, really used: the step is taken as the low role, and what it leads to is looked at. The
//! graph has an edge where the step works, and none where the server refuses it.
//!
//! `PGWARD_STEP=set_role,trigger` tries only the scenarios whose names contain one of these words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod code;
mod come_by;
mod credentials;
mod field;
mod files;
mod named;
mod privileges;
mod scenario;
mod server;
mod victims;

use std::collections::BTreeSet;

use pgward_audit::paths::edges::graph;
use pgward_audit::paths::graph::{Edge, Graph, Node};
use pgward_audit::paths::mechanism::Mechanism;
use pgward_audit::paths::search::Reach;
use pgward_audit::study::Study;
use pgward_cluster::matrix::installations;

use crate::field::{Field, TODAY};
use crate::scenario::{Claim, Scenario};

#[test]
fn steps_are_real_on_postgresql_14() {
    on(14);
}

#[test]
fn steps_are_real_on_postgresql_15() {
    on(15);
}

#[test]
fn steps_are_real_on_postgresql_16() {
    on(16);
}

#[test]
fn steps_are_real_on_postgresql_17() {
    on(17);
}

#[test]
fn steps_are_real_on_postgresql_18() {
    on(18);
}

#[test]
fn every_mechanism_has_a_scenario() {
    let shown: BTreeSet<String> = all()
        .into_iter()
        .filter(|scenario| scenario.works.from <= scenario.works.until)
        .filter_map(|scenario| match scenario.claim {
            Claim::Edge(mechanism, _) => Some(format!("{mechanism:?}")),
            Claim::Reaches(_) => None,
        })
        .collect();
    let known: BTreeSet<String> =
        pgward_audit::paths::mechanism::ALL.iter().map(|mechanism| format!("{mechanism:?}")).collect();
    assert_eq!(shown, known);
}

fn all() -> Vec<&'static Scenario> {
    let lists = [
        privileges::SCENARIOS,
        credentials::SCENARIOS,
        files::SCENARIOS,
        code::SCENARIOS,
        named::SCENARIOS,
        come_by::SCENARIOS,
        victims::SCENARIOS,
        server::SCENARIOS,
    ];
    lists.into_iter().flatten().collect()
}

/// Sets every scene, looks once, then takes every step.
fn on(major: u32) {
    let there = installations().expect("PostgreSQL is installed");
    let Some(installation) = there.iter().find(|installation| installation.major() == major) else {
        eprintln!("PostgreSQL {major} is not tried");
        return;
    };
    let wanted = std::env::var("PGWARD_STEP").unwrap_or_default();
    let is_wanted = |name: &str| wanted.split(',').any(|word| name.contains(word));
    let scenarios: Vec<&Scenario> = all()
        .into_iter()
        .filter(|scenario| scenario.applies.from <= major && major <= scenario.applies.until)
        .filter(|scenario| is_wanted(scenario.name))
        .collect();
    let field = Field::start(installation);
    for scenario in &scenarios {
        field.set(scenario);
    }
    let survey = field.survey();
    let study = Study::of(&survey, None, TODAY);
    let graph = graph(&study);
    // Definers that PUBLIC may call are given to PUBLIC, though it takes USAGE on their schema, which some roles have on all.
    let of_public = |edge: &Edge| {
        let called = matches!(edge.mechanism, Mechanism::DefinerDynamicSql | Mechanism::DefinerFiles);
        edge.from == Node::Public || called
    };
    let own = graph.edges().iter().filter(|edge| !of_public(edge)).cloned().collect();
    let reach = Reach::of(&Graph::of(own));
    let mut complaints = Vec::new();
    for scenario in scenarios {
        let works = scenario.works.from <= major && major <= scenario.works.until;
        let reported = scenario.is_reported(&graph, &reach);
        let happened = field.play(scenario);
        let name = scenario.name;
        match &happened {
            Ok(()) if !works => complaints.push(format!("{name}: works, and should not")),
            Err(why) if works => complaints.push(format!("{name}: does not work: {why}")),
            _ => {}
        }
        if reported != works {
            let words = if reported { "is reported" } else { "is not reported" };
            complaints.push(format!(
                "{name}: {words}, and the step {}",
                if works { "works" } else { "does not work" }
            ));
        }
    }
    assert!(complaints.is_empty(), "PostgreSQL {major}:\n{}", complaints.join("\n"));
}
