//! Everything that `--format json` prints is as its JSON Schema says, and `pgward schema` prints that schema.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod story;

use serde_json::Value;
use story::{Story, Told};

/// What is wrong with a value, place by place. A keyword that is not known here fails the test that meets it.
fn wrong(schema: &Value, value: &Value, root: &Value, place: &str) -> Vec<String> {
    let keywords = schema.as_object().unwrap_or_else(|| panic!("not a schema: {schema}"));
    let within =
        |schema: &Value, value: &Value, step: &str| wrong(schema, value, root, &format!("{place}/{step}"));
    let mut found = Vec::new();
    for (keyword, expected) in keywords {
        let list = || expected.as_array().unwrap().iter();
        let holds = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" | "default" | "examples" | "format" => true,
            "$ref" => {
                let target = root.pointer(expected.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
                found.extend(wrong(target, value, root, place));
                true
            }
            "type" if expected.is_array() => list().any(|one| is_a(value, one.as_str().unwrap())),
            "type" => is_a(value, expected.as_str().unwrap()),
            "const" => value == expected,
            "enum" => list().any(|one| one == value),
            "pattern" => value.as_str().is_none_or(|text| matches(text, expected.as_str().unwrap())),
            "minimum" => value.as_i64().is_none_or(|number| number >= expected.as_i64().unwrap()),
            "minLength" => value.as_str().is_none_or(|text| text.len() as i64 >= expected.as_i64().unwrap()),
            "oneOf" => list().filter(|one| within(one, value, "").is_empty()).count() == 1,
            "anyOf" => list().any(|one| within(one, value, "").is_empty()),
            "allOf" => {
                list().for_each(|one| found.extend(within(one, value, "")));
                true
            }
            "items" => {
                for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(within(expected, item, &number.to_string()));
                }
                true
            }
            "required" => value
                .as_object()
                .is_none_or(|object| list().all(|key| object.contains_key(key.as_str().unwrap()))),
            "properties" => {
                for (key, one) in expected.as_object().unwrap() {
                    found.extend(value.get(key).into_iter().flat_map(|value| within(one, value, key)));
                }
                true
            }
            "additionalProperties" => value.as_object().is_none_or(|object| {
                let known = keywords.get("properties").and_then(Value::as_object);
                let others =
                    object.iter().filter(|(key, _)| known.is_none_or(|known| !known.contains_key(*key)));
                let others: Vec<_> = others.collect();
                match expected {
                    Value::Bool(allowed) => *allowed || others.is_empty(),
                    schema => others.iter().all(|(key, value)| within(schema, value, key).is_empty()),
                }
            }),
            other => panic!("the keyword {other} is not known here"),
        };
        if !holds {
            found.push(format!("{place}: {keyword} {expected} does not hold for {value}"));
        }
    }
    found
}

fn is_a(value: &Value, word: &str) -> bool {
    match word {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type {other} is not known here"),
    }
}

/// The patterns that our schemas use: a letter perhaps, then so many characters of one class, `^C[0-9]{4}$`.
fn matches(text: &str, pattern: &str) -> bool {
    let taken = || {
        let (before, rest) = pattern.strip_prefix('^')?.split_once('[')?;
        let (class, rest) = rest.split_once("]{")?;
        let count: usize = rest.strip_suffix("}$")?.parse().ok()?;
        let class: Vec<char> = class.chars().collect();
        let is_in = |letter: char| {
            class.chunks(3).any(|range| matches!(range, [from, '-', to] if (*from..=*to).contains(&letter)))
        };
        Some(
            text.strip_prefix(before)
                .is_some_and(|rest| rest.chars().count() == count && rest.chars().all(is_in)),
        )
    };
    taken().unwrap_or_else(|| panic!("the pattern {pattern} is not known here"))
}

/// The report is one JSON document of this schema.
#[track_caller]
fn is_described(story: &Story, schema: &str, told: Told) -> Value {
    let schema: Value = serde_json::from_str(&story.pgward(&["schema", schema]).ended(0).stdout).unwrap();
    let value: Value =
        serde_json::from_str(&told.stdout).unwrap_or_else(|error| panic!("{error}: {}", told.all()));
    assert_eq!(wrong(&schema, &value, &schema, ""), Vec::<String>::new(), "{value:#}");
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
