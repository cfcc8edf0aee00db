//! Passwords of a contract that are kept in a vault (A5).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod story;
#[path = "../../../io/vault/tests/stage/mod.rs"]
mod vault_stage;

use pgward_credential::Secret;
use serde_json::json;
use story::{Story, Told};
use vault_stage::RealVault;

const CONTRACT: &str = "\
contract: 1
cluster: passwords
scope: {roles: [\"w_*\"], mode: authoritative}
roles:
  w_app: {kind: login, secret: {store: vault, path: secret/shop/app}}
databases:
  shop: {connect: [w_app]}
";

const APPLY: [&str; 5] = ["apply", "contract.yaml", "--yes", "--allow", "all"];
const PLAN: [&str; 3] = ["plan", "contract.yaml", "--expect-none"];

/// pgward, with the vault that its environment names.
fn pgward(story: &Story, vault: &RealVault, token: &str, arguments: &[&str]) -> Told {
    let authority = story.write("vault.pem", &vault.authority).display().to_string();
    let variables =
        [("VAULT_ADDR", vault.address.as_str()), ("VAULT_CACERT", &*authority), ("VAULT_TOKEN", token)];
    let told = story.pgward_with(arguments, &variables);
    assert!(!told.all().contains(token), "{}", told.all());
    told
}

fn logs_in(story: &Story, password: &str) -> bool {
    let secret = Secret::new(password.to_owned());
    story.cluster.psql_as("w_app", &secret, "shop", "SELECT 1").is_ok()
}

fn kept(vault: &RealVault) -> String {
    let found = vault.read("secret/data/shop/app");
    found["data"]["data"]["password"].as_str().unwrap().to_owned()
}

#[test]
fn a_password_that_is_kept_in_a_vault_is_made_compared_and_set_from_there() {
    let story = Story::begin("shop");
    story.write("contract.yaml", CONTRACT);
    let vault = RealVault::start();
    let policy = "path \"secret/data/shop/*\" { capabilities = [\"create\", \"read\", \"update\"] }\n\
        path \"secret/metadata/shop/*\" { capabilities = [\"read\"] }\n\
        path \"secret/delete/shop/*\" { capabilities = [\"update\"] }";
    let token = vault.token("applier", policy, "1h");
    pgward(&story, &vault, &token, &APPLY).ended(0);
    let first = kept(&vault);
    assert!(logs_in(&story, &first) && !logs_in(&story, "wrong"));
    let told = pgward(&story, &vault, &token, &PLAN).ended(0);
    assert!(!told.all().contains(&first), "{}", told.all());
    pgward(&story, &vault, &token, &["prove", "contract.yaml"]).ended(0);

    // Changed by hand, on the one side and on the other.
    story.sql("ALTER ROLE w_app PASSWORD 'by hand'");
    let told = pgward(&story, &vault, &token, &PLAN).ended(3).stdout;
    assert!(told.contains("another one -> the kept one"), "{told}");
    pgward(&story, &vault, &token, &APPLY).ended(0);
    assert!(logs_in(&story, &first));
    vault.keep("shop/app", &json!({"password": "the owner's choice"}));
    pgward(&story, &vault, &token, &PLAN).ended(3);
    pgward(&story, &vault, &token, &APPLY).ended(0);
    assert!(logs_in(&story, "the owner's choice") && !logs_in(&story, &first));
    assert_eq!(kept(&vault), "the owner's choice");
}

#[test]
fn a_vault_that_gives_nothing_changes_nothing_and_says_why() {
    let story = Story::begin("shop");
    story.write("contract.yaml", CONTRACT);
    let vault = RealVault::start();
    let why = |arguments: &[&str], code| pgward(&story, &vault, &vault.root, arguments).ended(code).all();
    let nowhere = story.pgward(&APPLY);
    assert_ne!(nowhere.code, 0);
    assert!(nowhere.all().contains("VAULT_ADDR"), "{}", nowhere.all());
    vault.seal();
    let sealed = pgward(&story, &vault, &vault.root, &APPLY);
    assert_ne!(sealed.code, 0);
    assert!(sealed.all().contains("is sealed, or not ready: somebody has to unseal it"), "{}", sealed.all());
    assert_eq!(story.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'w_app'").trim(), "0");
    vault.unseal();
    // A path alone says no engine.
    story.write("contract.yaml", &CONTRACT.replace("secret/shop/app", "nowhere"));
    assert!(
        why(&APPLY, 1).contains("is no place in a vault: write the mount of the engine and the path there")
    );
}
