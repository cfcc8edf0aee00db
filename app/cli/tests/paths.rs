//! `pgward paths` and `pgward rehearse attack`: what is found on a real server, in every format, before and after a contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod story;

use serde_json::Value;
use story::Story;

/// A login that may become a superuser by a definer function, one that owns nothing, and one with an ugly name that may run programs.
const SCENE: &str = r#"
CREATE ROLE p_app LOGIN; CREATE ROLE p_idle LOGIN; CREATE ROLE "p_<b>&""'🦝" LOGIN; CREATE ROLE p_team NOLOGIN;
GRANT p_team TO p_app; GRANT pg_execute_server_program TO "p_<b>&""'🦝";
CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO p_team, p_app; CREATE TABLE app.log (v text); CREATE TABLE app.secret (tenant text, v text);
INSERT INTO app.secret VALUES ('a', '1'), ('a', '2'), ('b', '3');
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO log VALUES ('x'); END $$;
REVOKE EXECUTE ON FUNCTION app.note() FROM PUBLIC; GRANT EXECUTE ON FUNCTION app.note() TO p_team;
ALTER TABLE app.secret ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON app.secret TO p_app USING (tenant = 'a');
GRANT SELECT ON app.secret TO p_app; GRANT DELETE ON app.log TO p_app;
"#;

const CONTRACT: &str = "\
contract: 1
cluster: scene
scope: {roles: [\"p_*\"], mode: authoritative}
roles:
  p_team: {kind: group}
  p_app: {kind: login}
  p_idle: {kind: login}
databases:
  scene:
    connect: [p_app, p_idle]
    schemas: {app: {use: [p_app]}}
    grants:
      - {to: p_app, allow: select, on: {tables: app.secret}}
    never:
      - {roles: p_*, may: [delete, copy_program, set_role]}
";

fn scene() -> Story {
    let story = Story::begin("scene");
    story.sql(SCENE);
    story.write("contract.yaml", CONTRACT);
    story
}

fn json(story: &Story, arguments: &[&str], code: i32) -> Value {
    let told = story.pgward(&[arguments, &["--format", "json"]].concat()).ended(code);
    serde_json::from_str(&told.stdout).unwrap()
}

#[test]
fn paths_are_told_with_their_steps_and_what_ends_them() {
    let story = scene();
    let told = story.pgward(&["paths"]).ended(0).stdout;
    for words in [
        "2 of 3 logins reach more than they should",
        "p_app may SET ROLE to p_team",
        "misleads a definer function's names, so acts as superuser",
        "may COPY ... TO PROGRAM, so reaches commands of the operating system",
        "ALTER FUNCTION app.note() SET search_path = pg_catalog, pg_temp;",
    ] {
        assert!(told.contains(words), "{words:?} is missing:\n{told}");
    }
    assert!(!told.contains("p_idle"), "{told}");

    let report = json(&story, &["paths", "--from", "p_app", "--to", "superuser"], 0);
    let way = &report["before"]["reaching"][0]["sinks"][0]["ways"][0];
    let mechanisms: Vec<&str> =
        way["steps"].as_array().unwrap().iter().map(|step| step["mechanism"].as_str().unwrap()).collect();
    assert!(
        mechanisms == ["inheriting", "definer_search_path"]
            || mechanisms == ["set_role", "definer_search_path"],
        "{mechanisms:?}"
    );
    assert_eq!(
        json(&story, &["paths", "--from", "p_idle"], 0)["before"]["reaching"],
        Value::Array(Vec::new())
    );
    let nobody = story.pgward(&["paths", "--from", "p_ap"]).ended(2);
    assert!(nobody.stderr.contains("role p_ap does not exist"), "{}", nobody.all());
    let superusers = story.sql("SELECT count(*) FROM pg_roles WHERE rolsuper");
    assert_eq!(superusers.trim(), "1", "looking changes nothing");
}

#[test]
fn every_format_is_whole_and_no_name_breaks_out() {
    let story = scene();
    let of = |format: &str| story.pgward(&["paths", "--format", format]).ended(0).stdout;
    let (dot, svg, html) = (of("dot"), of("svg"), of("html"));
    assert!(dot.starts_with("digraph paths {") && dot.ends_with("}\n"), "{dot}");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"));
    for markup in [&svg, &html] {
        assert!(!markup.contains("p_<b>"), "a name is markup");
        assert!(markup.contains("p_&lt;b&gt;&amp;"), "the name is missing");
        assert!(markup.contains('🦝'));
    }
    story.pgward(&["schema", "paths"]).ended(0);
}

#[test]
fn a_contract_shows_what_it_leaves() {
    let story = scene();
    let report = json(&story, &["paths", "--contract", "contract.yaml"], 0);
    assert_eq!(report["before"]["reaching"].as_array().unwrap().len(), 2, "{report:#}");
    let left: Vec<&str> = report["after"]["reaching"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["role"].as_str().unwrap())
        .collect();
    assert!(!left.contains(&"p_app"), "{report:#}");
    let page = story.pgward(&["paths", "--contract", "contract.yaml", "--format", "html"]).ended(0).stdout;
    assert!(page.contains("data-show=\"after\"") && page.contains("Escalation paths of scene"));
}

#[test]
fn an_attack_is_rehearsed_and_leaves_nothing() {
    let story = scene();
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    let report = json(&story, &["rehearse", "attack", "--role", "p_app"], 0);
    let verdict = |sql: &str| {
        let tried = report["tried"].as_array().unwrap();
        let found = tried.iter().find(|one| one["sql"] == sql && one["database"] == "scene");
        found.unwrap_or_else(|| panic!("{sql} was not tried: {report:#}"))["verdict"].clone()
    };
    assert_eq!(verdict("SET LOCAL ROLE p_team"), "let_through");
    assert_eq!(verdict("SET LOCAL ROLE postgres")["refused"]["sqlstate"], "42501");
    assert_eq!(verdict("ALTER ROLE p_app SUPERUSER")["refused"]["sqlstate"], "42501");
    assert_eq!(verdict("EXPLAIN DELETE FROM app.log"), "let_through");
    assert_eq!(verdict("EXPLAIN DELETE FROM app.secret")["refused"]["sqlstate"], "42501");
    assert_eq!(verdict("COPY app.secret TO STDOUT")["narrowed"], serde_json::json!({"seen": 2, "of": 3}));
    assert_eq!(verdict("COPY app.log TO STDOUT")["refused"]["sqlstate"], "42501");
    assert_eq!(verdict("SET row_security = off; SELECT * FROM app.secret")["refused"]["sqlstate"], "42501");
    assert_eq!(verdict("COPY ... TO PROGRAM")["refused"]["sqlstate"], Value::Null);
    assert_eq!(verdict("CREATE TABLE app.pgward_rehearsal ()")["refused"]["sqlstate"], "42501");
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
    assert_eq!(story.sql("SELECT count(*) FROM app.secret").trim(), "3");
}

#[test]
fn what_the_contract_forbids_and_gets_through_is_a_breach() {
    let story = scene();
    let report = json(&story, &["rehearse", "attack", "contract.yaml"], 3);
    assert_eq!(report["holds"], false);
    let breaches: Vec<String> = report["tried"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["verdict"] == "let_through" && one["forbidden"].is_string())
        .map(|one| format!("{} {}", one["role"].as_str().unwrap(), one["sql"].as_str().unwrap()))
        .collect();
    assert!(breaches.contains(&"p_app EXPLAIN DELETE FROM app.log".to_owned()), "{breaches:?}");
    assert!(breaches.contains(&"p_app SET LOCAL ROLE p_team".to_owned()), "{breaches:?}");
    let told = story.pgward(&["rehearse", "attack", "contract.yaml"]).ended(3).stdout;
    assert!(told.contains("BREACH") && told.contains("never, says contract.yaml:"), "{told}");
    story.sql("REVOKE DELETE ON app.log FROM p_app; REVOKE p_team FROM p_app");
    assert_eq!(json(&story, &["rehearse", "attack", "--role", "p_app", "contract.yaml"], 0)["holds"], true);
}
