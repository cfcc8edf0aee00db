//! What a mode leaves undone, and what that means for what is done.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use pgward_cluster::matrix::installations;
use story::Story;

fn contract(mode: &str, users: &str) -> String {
    format!(
        "contract: 1
scope: {{mode: {mode}, roles: [\"m_*\"]}}
roles:
  m_team: {{kind: group}}
  m_app: {{member_of: [m_team]}}
databases:
  shop:
    schemas: {{app: {{{users}}}}}
    grants:
      - {{to: m_team, allow: select, on: {{tables: app.t}}}}
"
    )
}

/// A grant on something in a schema is nothing to who may not use the schema.
#[test]
fn a_grant_without_use_of_the_schema_is_said_to_be_without_effect() {
    for installation in installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql("CREATE SCHEMA app; CREATE TABLE app.t (id int)");
        let without = "without effect as long as m_team does not have USAGE on schema app";
        for (mode, users, said) in [
            ("additive", "", true),
            ("adopt", "use: []", true),
            ("authoritative", "use: []", true),
            ("additive", "use: [m_team]", false),
            // A member may use it, and has the privileges of its group.
            ("additive", "use: [m_app]", false),
            ("additive", "use: [PUBLIC]", false),
        ] {
            story.write("contract.yaml", &contract(mode, users));
            let told = story.pgward(&["plan", "contract.yaml"]).ended(0);
            assert!(told.stdout.contains("SELECT"), "{}", told.all());
            assert_eq!(told.stdout.contains(without), said, "{mode} {users}: {}", told.all());
        }
        // Nothing is made, and so nothing is without effect: both grants are reported.
        story.write("contract.yaml", &contract("observe", "use: [m_team]"));
        let told = story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(3);
        for grant in ["SELECT on table app.t", "USAGE on schema app"] {
            assert!(told.stdout.contains(grant), "{grant}: {}", told.all());
        }
        assert!(!told.stdout.contains("without effect"), "{}", told.all());

        story.write("contract.yaml", &contract("additive", "use: [m_team]"));
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["prove", "contract.yaml"]).ended(0);
    }
}
