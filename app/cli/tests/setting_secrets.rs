//! Secrets that applications keep in settings are in nothing that pgward prints or keeps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::fs;
use std::path::Path;

use story::Story;

const CANARY: &str = "canary-7d1f0b6e";

fn with_secrets() -> Story {
    let story = Story::begin("app");
    story.sql(&format!(
        "CREATE ROLE web LOGIN; CREATE SCHEMA s; CREATE TABLE s.t (id int); GRANT USAGE ON SCHEMA s TO web;
         ALTER DATABASE app SET app.settings.jwt_secret = '{CANARY}-database';
         ALTER ROLE web SET app.api_key = '{CANARY}-role';
         ALTER ROLE web IN DATABASE app SET app.db_password = '{CANARY}-both';
         ALTER ROLE ALL SET app.token = '{CANARY}-all';
         CREATE FUNCTION s.f() RETURNS int LANGUAGE sql SECURITY DEFINER
             SET search_path = pg_catalog SET app.signing_secret = '{CANARY}-function' AS 'SELECT 1'"
    ));
    story
}

#[test]
fn no_output_holds_a_secret_of_a_setting() {
    let story = with_secrets();
    let mut told = Vec::new();
    let mut run = |story: &Story, arguments: &[&str]| {
        let one = story.pgward(arguments);
        assert!([0, 3].contains(&one.code), "{arguments:?}: {}", one.all());
        told.push((format!("{arguments:?}"), one.all()));
        one
    };
    assert_eq!(run(&story, &["adopt", "--out", "adopted.yaml"]).code, 0);
    let contract = fs::read_to_string(story.path("adopted.yaml")).unwrap();
    for name in
        ["app.settings.jwt_secret", "app.api_key", "app.db_password", "app.token", "app.signing_secret"]
    {
        assert!(contract.contains(name), "{name} is not in the contract: {contract}");
    }
    assert_eq!(run(&story, &["plan", "adopted.yaml", "--expect-none"]).code, 0);
    run(&story, &["inspect"]);
    run(&story, &["inspect", "--format", "json"]);
    run(&story, &["fingerprint"]);
    // One that says nothing of the secrets: they are named, they stay, and they are not shown.
    let scope = "contract: 1\nscope: {roles: [web], mode: authoritative}\nroles: {web: {kind: login}}\n";
    let text = format!("{scope}databases: {{app: {{settings: {{}}, schemas: {{s: {{use: [web]}}}}}}}}\n");
    story.write("silent.yaml", &text);
    let silent = run(&story, &["plan", "silent.yaml", "--expect-none"]);
    assert_eq!(silent.code, 3);
    assert!(
        silent.all().contains("app.api_key of role \"web\" is a secret that the contract does not list"),
        "{}",
        silent.all()
    );
    for format in ["text", "json", "sql", "markdown", "html"] {
        run(&story, &["plan", "silent.yaml", "--format", format]);
    }
    run(&story, &["plan", "silent.yaml", "--out", "plan.json"]);
    run(&story, &["prove", "silent.yaml", "--evidence", "evidence"]);
    run(&story, &["apply", "silent.yaml", "--yes", "--allow", "all"]);
    let still =
        story.sql("SELECT count(*) FROM pg_db_role_setting, unnest(setconfig) AS s WHERE s LIKE '%canary%'");
    assert_eq!(still.trim(), "4", "a secret was lost");
    for (what, text) in &told {
        assert!(!text.contains(CANARY), "{what} shows a secret:\n{text}");
    }
    assert!(files(&story.path("")) > 5, "no files were looked into");
}

#[test]
fn a_secret_that_changed_is_noticed_and_left_alone() {
    let story = with_secrets();
    story.pgward(&["adopt", "--out", "adopted.yaml"]).ended(0);
    story.sql("ALTER ROLE web SET app.api_key = 'canary-7d1f0b6e-new'");
    let told = story.pgward(&["plan", "adopted.yaml", "--expect-none"]).ended(3);
    assert!(
        told.all().contains("app.api_key of role \"web\" is a secret that is not the one the contract lists"),
        "{}",
        told.all()
    );
    assert!(!told.all().contains(CANARY), "{}", told.all());
    story.pgward(&["apply", "adopted.yaml", "--yes", "--allow", "all"]);
    let now = story.sql("SELECT count(*) FROM pg_db_role_setting, unnest(setconfig) AS s WHERE s = 'app.api_key=canary-7d1f0b6e-new'");
    assert_eq!(now.trim(), "1");
    story.sql("ALTER ROLE web RESET app.api_key");
    let told = story.pgward(&["plan", "adopted.yaml", "--expect-none"]).ended(3);
    assert!(
        told.all().contains(
            "app.api_key of role \"web\" is a secret that the contract lists and that is not there"
        ),
        "{}",
        told.all()
    );
}

/// Looks into every file below the folder, and counts them.
fn files(folder: &Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            count += files(&path);
        } else {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains(CANARY), "{} holds a secret", path.display());
            count += 1;
        }
    }
    count
}
