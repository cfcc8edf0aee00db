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

/// Whoever reads a table but for two columns of it: what is forbidden are the columns (B3).
#[test]
fn a_never_on_columns_is_tried_on_the_columns() {
    for installation in installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql(
            "CREATE TABLE public.customers (id int, name text, card text, email text);
             CREATE VIEW public.listed AS SELECT id, name, card FROM public.customers;",
        );
        let contract = "contract: 1
scope: {roles: [\"ap_*\"]}
roles:
  postgres: {kind: dba, because: it set the cluster up}
  ap_ro: {kind: group}
  ap_bi: {member_of: [ap_ro]}
databases:
  shop:
    schemas: {public: {use: [ap_ro]}}
    grants:
      - {to: ap_ro, allow: select, on: {tables: public.customers, columns: [id, name]}}
      - {to: ap_ro, allow: select, on: {views: public.listed, columns: [id]}}
      - {to: ap_ro, allow: update, on: {tables: public.customers, columns: [name]}}
    never:
      - {roles: ap_bi, may: [select, update, insert, references], on: {tables: public.customers, columns: [card, email]}}
      - {roles: ap_bi, may: select, on: {views: public.listed, columns: card}}
";
        story.write("contract.yaml", contract);
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        let told = story.pgward(&["prove", "contract.yaml", "--format", "json"]).ended(0);
        for column in ["card", "email"] {
            for verb in ["SELECT", "UPDATE", "INSERT", "REFERENCES"] {
                let id =
                    format!("never/shop/ap_bi/not {}/table public.customers ({column})", verb.to_lowercase());
                assert!(told.stdout.contains(&id), "{id}: {}", told.all());
            }
        }

        // By a grant on the column, and by one on the whole table.
        for grant in ["SELECT (card) ON public.customers", "SELECT ON public.customers"] {
            story.sql(&format!("GRANT {grant} TO ap_ro"));
            let told = story.pgward(&["prove", "contract.yaml"]).ended(3);
            assert!(told.stdout.contains("refuted: role ap_bi cannot SELECT"), "{grant}: {}", told.all());
            story.sql(&format!(
                "REVOKE {grant} FROM ap_ro; GRANT SELECT (id, name) ON public.customers TO ap_ro"
            ));
        }
        story.pgward(&["prove", "contract.yaml"]).ended(0);
    }
}

/// What a role could grant itself it can do, and a base backup has every row (B3).
#[test]
fn a_never_is_refuted_by_what_a_role_may_grant_itself_and_by_replication() {
    for installation in installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql(TABLES);
        let never = "      - {roles: ap_app, reach: [bypass_rls, read_all_data]}\n";
        story.write("contract.yaml", &contract(never));
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["prove", "contract.yaml"]).ended(0);

        story.sql("CREATE ROLE holder; GRANT SELECT ON public.t2 TO holder");
        let admin = match installation.major() {
            ..16 => "WITH ADMIN OPTION",
            _ => "WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
        };
        story.sql(&format!("GRANT holder TO ap_app {admin}"));
        let told = story.pgward(&["prove", "contract.yaml"]).ended(3);
        assert!(
            told.stdout.contains("refuted: role ap_app cannot SELECT on table public.t2"),
            "{}",
            told.all()
        );
        story.sql("REVOKE holder FROM ap_app");
        story.pgward(&["prove", "contract.yaml"]).ended(0);

        story.sql("ALTER ROLE ap_app REPLICATION");
        let told = story.pgward(&["prove", "contract.yaml"]).ended(3);
        for power in ["freedom from row security", "the reading of all tables", "replication"] {
            let claim = format!("refuted: role ap_app cannot get hold of {power}");
            assert!(told.stdout.contains(&claim), "{claim}: {}", told.all());
        }
    }
}

/// A rule does what it says by the rights of its table's owner (B3).
#[test]
fn a_never_is_refuted_by_what_a_rule_does_for_whoever_gives_its_command() {
    for installation in installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql(TABLES);
        let never = "      - {roles: ap_app, may: delete, on: {tables: public.t2}}\n";
        let grant = "      - {to: ap_ro, allow: delete, on: {tables: public.t1}}\n    never:";
        story.write("contract.yaml", &contract(never).replace("    never:", grant));
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["prove", "contract.yaml"]).ended(0);

        story.sql("CREATE RULE gone AS ON DELETE TO public.t1 DO ALSO DELETE FROM public.t2");
        story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(3);
        let told = story.pgward(&["prove", "contract.yaml"]).ended(3);
        let claim =
            "refuted: role ap_app cannot DELETE on table public.t2 through rule gone of table public.t1";
        assert!(told.stdout.contains(claim), "{}", told.all());

        // What nobody can set off, and what the table's owner may not do, does nothing.
        for (so, back) in [
            ("ALTER TABLE public.t1 DISABLE RULE gone", "ALTER TABLE public.t1 ENABLE RULE gone"),
            ("REVOKE DELETE ON public.t1 FROM ap_ro", "GRANT DELETE ON public.t1 TO ap_ro"),
            ("REVOKE USAGE ON SCHEMA public FROM ap_ro", "GRANT USAGE ON SCHEMA public TO ap_ro"),
        ] {
            story.sql(so);
            let told = story.pgward(&["prove", "contract.yaml"]);
            assert!(
                !told.stdout.contains("refuted: role ap_app cannot DELETE on table public.t2 through"),
                "{so}: {}",
                told.all()
            );
            story.sql(back);
        }
    }
}
