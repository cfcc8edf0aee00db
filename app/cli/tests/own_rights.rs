//! pgward's own rights (F5): the roles it runs as are a contract, and with them alone everything works; nobody is a superuser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod story;

use pgward_cluster::Installation;
use pgward_cluster::matrix::installations;
use serde_json::Value;
use story::{Story, Told, example};

/// A shop that the applier may administer: it made the roles, and the database is its own.
const SHOP: &str = "\
contract: 1
cluster: shop
scope: {roles: [\"shop_*\"], mode: authoritative, ignore: {roles: [pgward_inspector]}}
roles:
  shop_owner: {kind: owner}
  shop_app: {kind: login}
  pgward_applier: {kind: dba}
databases:
  shop:
    owner: pgward_applier
    connect: [shop_app]
    temporary: []
    schemas: {app: {owner: shop_owner, missing: create, use: [shop_app]}}
    grants:
      - {to: shop_app, allow: [select, insert], on: {tables: app.*}}
";

struct World {
    story: Story,
}

impl World {
    fn begin(installation: &Installation) -> World {
        let story = Story::on(installation, "shop");
        let contract = example("pgward/contract.yaml");
        let contract = contract.to_str().unwrap();
        let secrets = story.path("secrets-of-pgward");
        let secrets = secrets.to_str().unwrap();
        story.pgward(&["apply", contract, "--secrets", secrets, "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["plan", contract, "--secrets", secrets, "--expect-none"]).ended(0);
        story.pgward(&["prove", contract, "--secrets", secrets]).ended(0);
        story.sql(
            "ALTER DATABASE shop OWNER TO pgward_applier; ALTER SCHEMA public OWNER TO pg_database_owner",
        );
        story.write("shop.yaml", SHOP);
        World { story }
    }

    fn run(&self, role: &str, arguments: &[&str]) -> Told {
        let kept = if role == "pgward_inspector" { "inspector" } else { "applier" };
        let file = self.story.path("secrets-of-pgward");
        let password = find(&file, kept);
        self.story.pgward_with(arguments, &[("PGUSER", role), ("PGPASSWORD", password.trim())])
    }
}

/// The kept password, wherever below the folder the contract's path leads.
fn find(folder: &std::path::Path, name: &str) -> String {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.file_name().unwrap() == name {
                return std::fs::read_to_string(path).unwrap();
            }
        }
    }
    panic!("no secret {name} below {}", folder.display())
}

#[test]
fn the_inspector_looks_at_everything_and_changes_nothing() {
    for installation in installations().expect("PostgreSQL is installed") {
        eprintln!("PostgreSQL {}", installation.major());
        let world = World::begin(&installation);
        let before = world.story.pgward(&["fingerprint"]).ended(0).stdout;
        let inspector = |arguments: &[&str]| world.run("pgward_inspector", arguments);
        inspector(&["inspect"]).ended(0);
        assert_eq!(
            inspector(&["fingerprint"]).ended(0).stdout,
            before,
            "it sees other privileges than a superuser"
        );
        inspector(&["plan", "shop.yaml"]).ended(0);
        inspector(&["who-can", "create", "schema public"]).ended(0);
        inspector(&["paths"]).ended(0);
        let audit = inspector(&["audit", "--format", "json", "-d", "postgres"]).ended(0).stdout;
        let audit: Value = serde_json::from_str(&audit).unwrap();
        let blind: Vec<&str> = audit["rules"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|rule| rule["outcome"] == "not_assessed")
            .filter_map(|rule| rule["blind_to"].as_str())
            .collect();
        // What only a superuser sees, what is not installed here, and what takes a contract or time.
        let known = [
            "passwords",
            "obvious_passwords",
            "subscription_secrets",
            "subscriptions",
            "user_mapping_options",
            "statements",
            "cron_jobs",
            "logins",
            "contract",
            "kept_audits",
        ];
        assert!(blind.iter().all(|sight| known.contains(sight)), "{blind:?}\n{}", audit["rules"]);
        let told = inspector(&["apply", "shop.yaml", "--yes", "--allow", "all"]);
        assert_ne!(told.code, 0, "{}", told.all());
        assert_eq!(
            world.story.pgward(&["fingerprint"]).ended(0).stdout,
            before,
            "the inspector changed something"
        );
    }
}

#[test]
fn the_applier_makes_a_contract_true_proves_it_and_takes_it_back() {
    for installation in installations().expect("PostgreSQL is installed") {
        eprintln!("PostgreSQL {}", installation.major());
        let world = World::begin(&installation);
        let applier = |arguments: &[&str]| world.run("pgward_applier", arguments);
        let before = world.story.pgward(&["fingerprint"]).ended(0).stdout;
        applier(&["plan", "shop.yaml"]).ended(0);
        applier(&["apply", "shop.yaml", "--yes", "--allow", "all"]).ended(0);
        applier(&["plan", "shop.yaml", "--expect-none"]).ended(0);
        world.story.pgward(&["plan", "shop.yaml", "--expect-none"]).ended(0);
        world.story.pgward(&["prove", "shop.yaml"]).ended(0);
        applier(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
        assert_eq!(
            world.story.pgward(&["fingerprint"]).ended(0).stdout,
            before,
            "the way back does not lead back"
        );
    }
}
