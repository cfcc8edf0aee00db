//! A `never` that somebody made false by hand is drift, and a refuted claim; a contract that breaks it itself is asked wrongly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use pgward_cluster::matrix::installations;
use story::Story;

const TABLES: &str = "CREATE TABLE public.t1 (id int); CREATE TABLE public.t2 (id int);";

fn contract(besides: &str) -> String {
    format!(
        "contract: 1
scope: {{roles: [\"ap_*\"]}}
roles:
  postgres: {{kind: dba, because: it set the cluster up}}
  ap_ro: {{kind: group}}
  ap_app: {{member_of: [ap_ro]}}
databases:
  shop:
    schemas: {{public: {{use: [ap_ro]}}}}
    grants:
      - {{to: ap_ro, allow: select, on: {{tables: public.t1}}}}
    never:
      - {{roles: ap_app, may: select, on: {{tables: public.t2}}}}
{besides}"
    )
}

#[test]
fn a_never_that_was_made_false_by_hand_is_drift_and_refuted() {
    for installation in installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql(TABLES);
        story.write("contract.yaml", &contract(""));
        story.write(
            "owned.yaml",
            &contract("    owners:\n      - {owner: postgres, on: {tables: public.t2}}\n"),
        );
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["prove", "contract.yaml"]).ended(0);

        story.sql("ALTER TABLE public.t2 OWNER TO ap_ro");
        let told = story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(3);
        assert!(
            told.stdout.contains("role \"ap_app\" has what it may never have: to SELECT on table public.t2"),
            "{}",
            told.all()
        );
        let told = story.pgward(&["prove", "contract.yaml"]).ended(3);
        assert!(told.stdout.contains("refuted: role ap_app cannot SELECT"), "{}", told.all());
        let told = story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        assert!(told.stdout.contains("may never have"), "{}", told.all());

        // Where the contract says whose it is, it is given back.
        let told = story.pgward(&["plan", "owned.yaml", "--expect-none"]).ended(3);
        assert!(!told.stdout.contains("may never have"), "{}", told.all());
        story.pgward(&["apply", "owned.yaml", "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["prove", "owned.yaml"]).ended(0);

        // What the contract itself gives cannot be forbidden by it.
        story
            .write("wrong.yaml", &contract("    owners:\n      - {owner: ap_ro, on: {tables: public.t2}}\n"));
        for verb in ["check", "plan", "apply", "prove"] {
            let told = story.pgward(&[verb, "wrong.yaml"]).ended(2);
            assert!(told.all().contains("contradiction"), "{verb}: {}", told.all());
        }
    }
}
