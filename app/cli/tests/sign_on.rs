//! People sign on at a real OpenID provider, and have at the desk what it says of them now.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod desk_stage;
mod lending;
#[path = "../../../io/sign_on/tests/stage/mod.rs"]
mod provider_stage;
mod story;

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use desk_stage::{CONTRACT, DESK, set};
use lending::until;
use pgward_cluster::matrix::installations;
use provider_stage::{Browser, RealProvider, SECRET};
use serde_json::{Value, json};
use story::{Story, Told};

/// What the provider says of everybody; grace is in this group there.
fn people(group_of_grace: &str) -> Value {
    let person =
        |mail: &str, groups: &[&str]| json!({"email": mail, "email_verified": true, "groups": groups});
    json!({
        "u-1": person("ada@example.com", &["staff"]),
        "u-2": person("grace@example.com", &["staff", group_of_grace]),
        "u-3": person("mallory@example.com", &["Database Admins"]),
        "u-4": person("ada@example.com", &["Database Admins"]),
    })
}

/// Somebody's machine: what is kept there is kept for nobody else.
fn at(story: &Story, home: &str, arguments: &[&str]) -> Told {
    let state = story.path(home).display().to_string();
    story.pgward_with(arguments, &[("PGWARD_DESK", "desk.yaml"), ("PGWARD_STATE_DIR", &*state)])
}

/// Somebody logs in there, as this person of the provider's.
fn log_in(story: &Story, home: &str, person: &str, more: &[&str]) -> Told {
    let arguments = [&["login", "--oidc"], more].concat();
    let mut command = story.command(&arguments);
    command.env("PGWARD_DESK", "desk.yaml").env("PGWARD_STATE_DIR", story.path(home));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let mut words = line.split_whitespace();
    let address = words.find(|word| word.starts_with("http://")).expect("the address to sign on at");
    let code = line.split_once("with the code ").map_or("", |(_, code)| code.trim());
    let page = Browser::default().log_in(address, person, code);
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    let code = child.wait().unwrap().code().unwrap();
    Told { code, stdout: page.text, stderr: rest }
}

#[test]
fn people_sign_on_and_who_loses_a_group_at_the_provider_loses_it_here() {
    let story = set(&installations().unwrap().pop().unwrap());
    let provider = RealProvider::start(&people("Database Admins"));
    let contract = CONTRACT
        .replace(
            "ada: {manager: grace}, grace: {}",
            "ada: {also: [ada@example.com]}, grace: {also: [grace@example.com]}",
        )
        .replace("  tiers:\n", "  groups: {dba: []}\n  tiers:\n")
        .replace("approval: [manager]", "approval: [dba]");
    assert!(contract.contains("approval: [dba]") && contract.contains("also: [grace@"), "{contract}");
    story.write("contract.yaml", &contract);
    let sign_on = format!(
        "sign_on:\n  issuer: {}\n  client: pgward\n  secret_file: sign_on.secret\n  renewed: 3s\n  \
        groups: {{Database Admins: [dba], on-call: [oncall]}}\n",
        provider.issuer
    );
    story.write("desk.yaml", &format!("{DESK}{sign_on}"));
    let secret = story.write("sign_on.secret", SECRET);
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let readable = at(&story, "ada", &["login", "--oidc"]).ended(2);
    assert!(readable.stderr.contains("sign_on.secret"), "{}", readable.stderr);
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();

    let told = log_in(&story, "ada", "u-1", &[]).ended(0);
    assert!(told.stderr.contains("ada is logged in until"), "{}", told.all());
    let told = log_in(&story, "grace", "u-2", &["--device"]).ended(0);
    assert!(told.stderr.contains("grace is logged in until"), "{}", told.all());
    // Whom the contract does not name is nobody, and a mail address that was given to somebody else is not them.
    let nobody = log_in(&story, "mallory", "u-3", &[]).ended(2);
    assert!(nobody.stderr.contains("the contract names nobody `mallory@example.com`"), "{}", nobody.stderr);
    let other = log_in(&story, "other", "u-4", &[]).ended(2);
    assert!(other.stderr.contains("ada is somebody else at the identity provider"), "{}", other.stderr);

    let asking = ["request", "shop", "read_only", "--reason", "an order is stuck"];
    let ask = || at(&story, "ada", &asking).ended(0).stdout.split(' ').next().unwrap().to_owned();
    let first = ask();
    assert!(at(&story, "ada", &["approve", &first]).ended(3).stderr.contains("refused"));
    // The provider's groups are for whom it vouches for now, and not for whoever knows grace's password.
    let by_password = lending::at(&story, "grace", &["approve", &first]).ended(3);
    assert!(by_password.stderr.contains("refused"), "{}", by_password.stderr);
    at(&story, "grace", &["approve", &first]).ended(0);

    // The group is gone there; here it is with the next renewal.
    provider.knows(&people("staff"));
    let refused = until("the loss of the group", || {
        // A new one each time: one that was approved is refused for another reason.
        let told = at(&story, "grace", &["approve", &ask()]);
        (told.code != 0).then_some(told)
    });
    assert!(refused.ended(3).stderr.contains("refused"));
    at(&story, "grace", &["leases"]).ended(0);

    // Whoever is gone there is not let in here, and nobody is while the provider does not answer.
    let mut left = people("staff");
    left.as_object_mut().unwrap().remove("u-2");
    provider.knows(&left);
    let gone = until("the end of the login", || {
        let told = at(&story, "grace", &["leases"]);
        (told.code != 0).then_some(told)
    });
    assert!(gone.ended(1).stderr.contains("the identity provider refused: invalid_grant"));
    drop(provider);
    let away = until("the end of the other login", || {
        let told = at(&story, "ada", &["leases"]);
        (told.code != 0).then_some(told)
    });
    assert!(away.ended(1).stderr.contains("the identity provider does not answer"));
    let password =
        [("PGWARD_DESK", "desk.yaml"), ("PGWARD_PERSON", "ada"), ("PGWARD_PASSWORD", "the password of ada")];
    story.pgward_with(&["leases"], &password).ended(0);
}
