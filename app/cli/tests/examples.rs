//! The five cases, each as a story: as found → plan → apply → prove → a GRANT by hand → drift → undone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::fs;

use story::{Story, example};

/// An example: its folder, its database, and a change made by hand that its contract does not know.
struct Case {
    folder: &'static str,
    database: &'static str,
    by_hand: &'static str,
    back_by_hand: &'static str,
    named: &'static str,
}

fn tell(case: &Case) {
    let story = Story::begin(case.database);
    let folder = example(case.folder);
    story.sql(&fs::read_to_string(folder.join("before.sql")).unwrap());
    let contract = story.write("contract.yaml", &fs::read_to_string(folder.join("contract.yaml")).unwrap());
    let contract = contract.to_str().unwrap();
    let found = story.pgward(&["fingerprint"]).ended(0).stdout;

    // What the contract says is not true yet.
    story.pgward(&["check", contract]).ended(0);
    story.pgward(&["plan", contract, "--expect-none"]).ended(3);
    story.pgward(&["prove", contract]).ended(3);

    // Hazards have to be accepted by name; nothing happens before.
    story.pgward(&["apply", contract, "--yes"]).ended(3);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, found, "a refused apply changed something");

    story.pgward(&["apply", contract, "--yes", "--allow", "all"]).ended(0);
    story.pgward(&["plan", contract, "--expect-none"]).ended(0);
    let proof = story.pgward(&["prove", contract, "--evidence", "evidence"]).ended(0);
    assert!(proof.stdout.contains("proven"), "{}", proof.stdout);
    for file in ["proof.json", "junit.xml", "results.sarif", "matrix.md", "truth-table.md"] {
        assert!(story.path("evidence").join(file).is_file(), "no {file} in the evidence");
    }

    // Somebody helps himself.
    let made = story.pgward(&["fingerprint"]).ended(0).stdout;
    story.sql(case.by_hand);
    let drift = story.pgward(&["plan", contract, "--expect-none"]).ended(3);
    assert!(drift.stdout.contains(case.named), "the drift is not named: {}", drift.stdout);
    story.pgward(&["apply", contract, "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, made, "the drift is not undone exactly");

    // And the whole way back: the repair, which gives him back what he took, so that only he can take it away; then
    // what was made.
    story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
    story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(1);
    story.sql(case.back_by_hand);
    story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, found, "the way back does not lead back");
}

#[test]
fn a_superuser_shared_by_three_processes_becomes_three_roles() {
    tell(&Case {
        folder: "a-trading-bot",
        database: "tradingbot_gui",
        by_hand: "GRANT TRUNCATE ON users TO tradingbot_gui_app",
        back_by_hand: "REVOKE TRUNCATE ON users FROM tradingbot_gui_app",
        named: "TRUNCATE",
    });
}

#[test]
fn a_runtime_role_reaches_tenants_only_through_its_interfaces() {
    tell(&Case {
        folder: "b-multi-tenant",
        database: "saas",
        by_hand: "GRANT SELECT ON public.tenants TO app_rw",
        back_by_hand: "REVOKE SELECT ON public.tenants FROM app_rw",
        named: "public.tenants",
    });
}

#[test]
fn each_agent_sees_its_own_rows_and_nothing_more() {
    tell(&Case {
        folder: "c-ai-agents",
        database: "auctions",
        by_hand: "GRANT SELECT ON security_alerts TO agent_report",
        back_by_hand: "REVOKE SELECT ON security_alerts FROM agent_report",
        named: "security_alerts",
    });
}

#[test]
fn nobody_holds_for_good_what_can_be_borrowed() {
    tell(&Case {
        folder: "d-access-desk",
        database: "orders",
        by_hand: "GRANT orders_owner TO orders_app",
        back_by_hand: "REVOKE orders_owner FROM orders_app",
        named: "orders_owner",
    });
}

#[test]
fn audit_tables_stay_insert_only() {
    tell(&Case {
        folder: "e-erp",
        database: "bisman",
        by_hand: "GRANT DELETE ON audit_logs_dml TO bisman_app",
        back_by_hand: "REVOKE DELETE ON audit_logs_dml FROM bisman_app",
        named: "audit_logs_dml",
    });
}
