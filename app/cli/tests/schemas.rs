//! Everything that `--format json` prints is as its JSON Schema says, and `pgward schema` prints that schema.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod story;

use serde_json::Value;
use story::{Story, Told};

/// What is wrong with a value, place by place.
fn wrong(schema: &Value, value: &Value) -> Vec<String> {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The report is one JSON document of this schema.
#[track_caller]
fn is_described(story: &Story, schema: &str, told: Told) -> Value {
    let schema: Value = serde_json::from_str(&story.pgward(&["schema", schema]).ended(0).stdout).unwrap();
    let value: Value =
        serde_json::from_str(&told.stdout).unwrap_or_else(|error| panic!("{error}: {}", told.all()));
    assert_eq!(wrong(&schema, &value), Vec::<String>::new(), "{value:#}");
    value
}

const CONTRACT: &str = "\
contract: 1
cluster: shop
scope: {roles: [\"s_*\"]}
roles:
  s_owner: {kind: owner}
  s_app: {kind: login, connections: 5}
  s_report: {kind: login, may_become: [s_app], inherit: false}
databases:
  shop:
    owner: s_owner
    connect: [s_app, s_report]
    temporary: []
    schemas: {app: {owner: s_owner, objects_owner: s_owner, use: [s_app]}}
    grants:
      - {to: s_app, allow: [select, insert], on: {tables: app.*}, because: orders}
      - {to: s_app, allow: update, on: {tables: app.orders, columns: [note]}}
    rows: {app.orders: {policies: {own: {to: s_app, using: \"note IS NOT NULL\"}}}}
";

#[test]
fn every_report_for_machines_is_as_its_schema_says() {
    let story = Story::begin("shop");
    story.sql(
        "CREATE SCHEMA app; CREATE TABLE app.orders (id int, note text); CREATE ROLE stranger SUPERUSER",
    );
    story.write("contract.yaml", CONTRACT);
    let json = |arguments: &[&str]| story.pgward(&[arguments, &["--format", "json"]].concat());
    let described = |schema: &str, arguments: &[&str], code: i32| {
        is_described(&story, schema, json(arguments).ended(code))
    };

    let valid = described("check", &["check", "contract.yaml"], 0);
    assert_eq!(valid["valid"], true);
    story.write("wrong.yaml", "contract: 2\nrolls: {}\ndatabases: {d: {owner: a, connect: [PUBLC]}}\n");
    let invalid = described("check", &["check", "wrong.yaml"], 2);
    assert!(invalid["diagnostics"].as_array().unwrap().len() >= 4, "{invalid:#}");

    described("inspect", &["inspect"], 0);
    described("plan", &["plan", "contract.yaml"], 0);
    let applied = described("apply", &["apply", "contract.yaml", "--yes", "--allow", "all"], 0);
    assert_eq!(applied["applied"], true);
    let in_sync = described("apply", &["apply", "contract.yaml", "--yes"], 0);
    assert_eq!(
        (&in_sync["applied"], &in_sync["fingerprint"]),
        (&Value::from(false), &applied["fingerprint"])
    );
    described("plan", &["plan", "contract.yaml"], 0);
    described("proof", &["prove", "contract.yaml"], 0);
    story.sql("GRANT pg_execute_server_program TO s_app");
    let paths = described("paths", &["paths", "--contract", "contract.yaml"], 0);
    assert_eq!(paths["before"]["reaching"].as_array().unwrap().len(), 2, "{paths:#}");
    let rehearsed = described("paths", &["paths", "--rehearse"], 0);
    assert!(!rehearsed["rehearsal"]["tried"].as_array().unwrap().is_empty(), "{rehearsed:#}");
    let attacked = described("attack", &["rehearse", "attack", "contract.yaml"], 0);
    assert!(
        attacked["tried"].as_array().unwrap().iter().any(|one| one["asked_only"] == true),
        "{attacked:#}"
    );
    story.sql("REVOKE pg_execute_server_program FROM s_app");
    described(
        "judge",
        &[
            "judge",
            "--tier",
            "admin",
            "WITH w AS (SELECT 1) SELECT lower(a) FROM t, w; BEGIN READ ONLY; SET TIME ZONE 'UTC'; FETCH c; COPY t TO STDOUT",
        ],
        0,
    );
    described("judge", &["judge", "--tier", "read_only", "DROP TABLE t; SELECT user_function(1)"], 3);
    let costs = described("row-cost", &["row-cost"], 0);
    assert_eq!(costs["policies"][0]["measured"]["cost"]["role"], "s_app", "{costs:#}");
    let executed = described("row-cost", &["row-cost", "--rehearse"], 0);
    assert!(executed["policies"][0]["measured"]["cost"]["executed"].is_object(), "{executed:#}");
    described("audit", &["audit"], 0);
    let audited = described("audit", &["audit", "contract.yaml", "--after"], 0);
    assert!(audited["after"]["blast_radius"].is_object(), "{audited:#}");
    for framework in ["cis", "stig", "owasp-llm", "soc2", "iso27001", "nist-800-53"] {
        described("framework", &["audit", "contract.yaml", "--framework", framework], 0);
    }

    let holders = described("who-can", &["who-can", "select", "app.orders"], 0);
    assert!(
        holders["holders"].as_array().unwrap().iter().any(|one| one["role"] == "s_report"),
        "{holders:#}"
    );
    described("who-can", &["who-can", "superuser"], 0);
    let updaters = described("who-can", &["who-can", "update", "app.orders"], 0);
    assert_eq!(updaters["on_columns"][0]["column"], "note", "{updaters:#}");
    assert_eq!(updaters["on_columns"][0]["holders"][0]["role"], "s_app", "{updaters:#}");
    for role in ["s_app", "s_report", "PUBLIC"] {
        let holdings = described("what-can", &["what-can", role, "--system"], 0);
        assert!(!holdings["holdings"].as_array().unwrap().is_empty(), "{role}");
    }
    assert_eq!(described("why", &["why", "s_app", "insert", "app.orders"], 0)["allowed"], true);
    assert_eq!(described("why", &["why", "s_app", "delete", "app.orders"], 3)["allowed"], false);
    let columns = described("why", &["why", "s_app", "update", "app.orders"], 3);
    assert!(columns["because"].as_str().unwrap().contains("column note only"), "{columns:#}");
    assert_eq!(described("why", &["why", "PUBLIC", "usage", "schema public"], 0)["role"], "PUBLIC");
    described("why", &["why", "PUBLIC", "select", "app.orders"], 3);

    story.pgward(&["prove", "contract.yaml", "--evidence", "before"]).ended(0);
    story.sql("GRANT DELETE ON app.orders TO s_app");
    let compared = described("comparison", &["prove", "contract.yaml", "--baseline", "before"], 3);
    assert_eq!(compared["differences"][0]["movement"], "newly_refuted", "{compared:#}");
    story.sql("REVOKE DELETE ON app.orders FROM s_app");

    let undone = described("apply", &["apply", "--undo", "--yes", "--allow", "all"], 0);
    assert_eq!(undone["applied"], true);
}

/// The standard's own schema. One pattern in it closes a bracket that it does not open, which is no regular expression everywhere; it is
/// about the language of texts.
fn schema_of_sarif() -> Value {
    let text = include_str!("sarif/sarif-schema-2.1.0.json");
    let wrong = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";
    assert!(text.contains(wrong));
    serde_json::from_str(&text.replace(wrong, "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$")).unwrap()
}

/// The log is as the standard's own schema says; its results.
#[track_caller]
fn is_sarif(told: Told) -> Vec<Value> {
    let schema = schema_of_sarif();
    let log: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(wrong(&schema, &log), Vec::<String>::new(), "{log:#}");
    log["runs"][0]["results"].as_array().unwrap().clone()
}

#[test]
fn sarif_is_as_the_schema_of_the_standard_says() {
    let story = Story::begin("shop");
    story.sql("CREATE SCHEMA app; CREATE TABLE app.orders (id int, note text); CREATE ROLE stranger LOGIN SUPERUSER");
    // A folder whose name is no part of a URI as it is.
    std::fs::create_dir(story.path("a b%é")).unwrap();
    story.write("a b%é/contract.yaml", CONTRACT);
    story.pgward(&["apply", "a b%é", "--yes", "--allow", "all"]).ended(0);
    let findings = is_sarif(story.pgward(&["audit", "a b%é", "--format", "sarif"]).ended(0));
    assert!(findings.iter().any(|one| one["ruleIndex"].is_u64()), "{findings:#?}");
    let findings = is_sarif(story.pgward(&["audit", "--format", "sarif"]).ended(0));
    assert!(!findings.is_empty());
    story.sql("GRANT DELETE ON app.orders TO s_app");
    let refuted = is_sarif(story.pgward(&["prove", "a b%é", "--format", "sarif"]).ended(3));
    assert!(!refuted.is_empty());

    let schema = schema_of_sarif();
    let broken = serde_json::json!({"version": "2.1.0", "runs": [{"tool": {"driver": {}}, "results": [{"level": "bad"}]}]});
    assert!(wrong(&schema, &broken).len() >= 2, "the schema does find what is wrong");
}

#[test]
fn a_role_that_is_not_there_is_told_with_the_one_that_was_meant() {
    let story = Story::begin("shop");
    story.sql(
        "CREATE ROLE \"PUBLIC\"; CREATE TABLE public.t (id int); GRANT SELECT ON public.t TO \"PUBLIC\"",
    );
    let told = story.pgward(&["why", "PUBLC", "select", "public.t"]).ended(2);
    assert!(told.stderr.contains("did you mean \"PUBLIC\"?"), "{}", told.all());
    // A role may be called so, and is meant before everybody is.
    story.pgward(&["why", "PUBLIC", "select", "public.t"]).ended(0);
    story.pgward(&["why", "public", "select", "public.t"]).ended(3);
}
