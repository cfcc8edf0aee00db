//! Somebody who may create roles and is no superuser: one apply is enough, nothing that was lent on the way stays, the
//! way back is exact, and whoever plans next finds nothing to do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod story;

use pgward_cluster::matrix::installations;
use pgward_cluster::{Installation, Options};
use story::{Story, Told};

const CONTRACT: &str = "\
contract: 1
cluster: administered
scope: {roles: [\"a_*\"], mode: authoritative}
roles:
  adm: {kind: dba, because: it runs pgward}
  a_owner: {kind: owner}
  a_rw: {kind: group}
  a_app: {kind: login, member_of: [a_rw], settings: {statement_timeout: 30s}}
  a_migrator: {kind: login, may_become: [a_owner]}
databases:
  shop:
    owner: adm
    connect: [a_rw, a_migrator]
    schemas:
      app: {owner: a_owner, missing: create, use: [a_rw]}
      old: {owner: a_owner, objects_owner: a_owner, use: [a_rw]}
      public: {owner: pg_database_owner, use: [public], create: []}
    grants:
      - {to: a_rw, allow: [select, insert], on: {tables: [app.*, old.*]}}
    owners:
      - {owner: adm, on: {tables: public.*}}
";

/// A database of the administrator's, with a table that is to change hands.
fn administered(installation: &Installation, settings: &str) -> Story {
    let options = match installation.major() {
        16.. => Options::new().setting("createrole_self_grant", settings),
        _ => Options::new(),
    };
    let story = Story::with(installation, &options, "shop");
    story.sql("CREATE ROLE adm LOGIN CREATEROLE PASSWORD 'adm'; ALTER DATABASE shop OWNER TO adm");
    // As it is from 15 on.
    story.sql("ALTER SCHEMA public OWNER TO pg_database_owner; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    story.sql(
        "SET ROLE adm; CREATE SCHEMA old; CREATE TABLE old.t (id serial); CREATE TABLE public.p (id int)",
    );
    story.sql("SET ROLE adm; CREATE FUNCTION old.f() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    story.write("contract.yaml", CONTRACT);
    story
}

fn as_adm(story: &Story, arguments: &[&str]) -> Told {
    story.pgward_with(arguments, &[("PGUSER", "adm"), ("PGPASSWORD", "adm")])
}

/// The memberships of the administrator that are more than what comes with creating a role.
fn residue(story: &Story) -> String {
    story.sql(
        "SELECT roleid::regrole, grantor::regrole FROM pg_auth_members WHERE member = 'adm'::regrole \
         AND (grantor <> 10 OR NOT admin_option OR (to_jsonb(pg_auth_members) ->> 'set_option')::bool \
              OR (to_jsonb(pg_auth_members) ->> 'inherit_option')::bool)",
    )
}

const APPLY: [&str; 5] = ["apply", "contract.yaml", "--yes", "--allow", "all"];
const PARTLY: [&str; 6] = ["apply", "contract.yaml", "--yes", "--allow", "all", "--partial"];
const UNDO: [&str; 5] = ["apply", "--undo", "--yes", "--allow", "all"];

fn everywhere(test: impl Fn(&Installation, &str)) {
    for installation in installations().expect("PostgreSQL is installed") {
        let settings: &[&str] = if installation.major() >= 16 { &["", "set, inherit"] } else { &[""] };
        for settings in settings {
            eprintln!("PostgreSQL {} with createrole_self_grant = '{settings}'", installation.major());
            test(&installation, settings);
        }
    }
}

#[test]
fn one_apply_makes_roles_members_and_owners_and_leaves_nothing_lent() {
    everywhere(|installation, settings| {
        let story = administered(installation, settings);
        let before = as_adm(&story, &["fingerprint"]).ended(0).stdout;
        as_adm(&story, &APPLY).ended(0);
        as_adm(&story, &["plan", "contract.yaml", "--expect-none"]).ended(0);
        story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);
        assert_eq!(residue(&story), "", "something stayed lent");
        let owner = "SELECT nspowner::regrole FROM pg_namespace WHERE nspname IN ('app', 'old') GROUP BY 1";
        assert_eq!(story.sql(owner).trim(), "a_owner");
        let owner =
            "SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'old'::regnamespace";
        assert_eq!(story.sql(owner).trim(), "a_owner");
        as_adm(&story, &UNDO).ended(0);
        assert_eq!(
            as_adm(&story, &["fingerprint"]).ended(0).stdout,
            before,
            "the way back does not lead back"
        );
    });
}

#[test]
fn what_a_role_made_before_owns_is_granted_without_being_it() {
    everywhere(|installation, settings| {
        let story = administered(installation, settings);
        as_adm(&story, &APPLY).ended(0);
        story.sql("SET ROLE a_owner; CREATE TABLE old.late (id int); ALTER DEFAULT PRIVILEGES IN SCHEMA old REVOKE ALL ON TABLES FROM a_rw");
        let between = as_adm(&story, &["fingerprint"]).ended(0).stdout;
        as_adm(&story, &APPLY).ended(0);
        as_adm(&story, &["plan", "contract.yaml", "--expect-none"]).ended(0);
        assert_eq!(residue(&story), "", "something stayed lent");
        assert_eq!(story.sql("SELECT has_table_privilege('a_rw', 'old.late', 'INSERT')").trim(), "t");
        as_adm(&story, &UNDO).ended(0);
        assert_eq!(as_adm(&story, &["fingerprint"]).ended(0).stdout, between);
    });
}

const RETIRING: &str = "\
retired_roles:
  a_gone: {reassign_to: a_owner}
databases:
";

#[test]
fn a_retired_role_comes_back_as_it_was_and_what_was_applied_before_can_be_undone_then() {
    everywhere(|installation, settings| {
        let story = administered(installation, settings);
        let first = as_adm(&story, &["fingerprint"]).ended(0).stdout;
        let with_it = CONTRACT
            .replace(
                "  a_owner: {kind: owner}\n",
                "  a_owner: {kind: owner}\n  a_gone: {kind: login, member_of: [a_rw]}\n",
            )
            .replace(
                "    grants:\n",
                "    grants:\n      - {to: a_gone, allow: select, on: {tables: old.*}}\n",
            );
        story.write("contract.yaml", &with_it);
        as_adm(&story, &APPLY).ended(0);
        let second = as_adm(&story, &["fingerprint"]).ended(0).stdout;
        story.write("contract.yaml", &CONTRACT.replace("databases:\n", RETIRING));
        as_adm(&story, &APPLY).ended(0);
        assert_eq!(story.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'a_gone'").trim(), "0");
        as_adm(&story, &["plan", "contract.yaml", "--expect-none"]).ended(0);
        as_adm(&story, &UNDO).ended(0);
        assert_eq!(as_adm(&story, &["fingerprint"]).ended(0).stdout, second, "the retirement was not undone");
        assert_eq!(residue(&story), "", "something stayed lent");
        as_adm(&story, &UNDO).ended(0);
        assert_eq!(as_adm(&story, &["fingerprint"]).ended(0).stdout, first, "the first apply was not undone");
    });
}

#[test]
fn what_the_administrator_may_not_do_is_said_when_planning() {
    everywhere(|installation, settings| {
        let story = administered(installation, settings);
        story.sql("CREATE ROLE a_owner; CREATE ROLE a_rw");
        let told = as_adm(&story, &["plan", "contract.yaml"]).ended(0);
        if installation.major() >= 16 {
            assert!(told.stdout.contains("cannot SET ROLE to a_owner"), "{}", told.stdout);
            assert!(told.stdout.contains("GRANT a_owner TO adm WITH SET TRUE"), "{}", told.stdout);
            assert!(told.stdout.contains("no ADMIN OPTION on role a_rw"), "{}", told.stdout);
        }
        if installation.major() < 16 {
            as_adm(&story, &APPLY).ended(0);
            as_adm(&story, &["plan", "contract.yaml", "--expect-none"]).ended(0);
            assert_eq!(residue(&story), "");
        } else {
            as_adm(&story, &APPLY).ended(1);
            as_adm(&story, &PARTLY).ended(0);
        }
    });
}

/// Numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let index = usize::try_from(self.below(from.len() as u64)).unwrap();
        from[index]
    }
}

/// Some owners, groups and logins, with memberships among them, schemas that are there or not, grants on them.
fn random_contract(dice: &mut Dice) -> String {
    let groups = ["a_g0", "a_g1", "a_g2"];
    let mut roles = String::from(
        "  adm: {kind: dba}\n  a_o0: {kind: owner}\n  a_o1: {kind: owner}\n  a_g0: {kind: group}\n",
    );
    roles += &format!("  a_g1: {{kind: group, member_of: [{}]}}\n", dice.pick(&["", "a_g0"]));
    roles += &format!(
        "  a_g2: {{kind: group, member_of: [{}]}}\n",
        dice.pick(&["", "a_g0", "a_g1", "{role: a_g1, inherit: false}"])
    );
    for login in ["a_l0", "a_l1", "a_l2"] {
        if dice.below(4) > 0 {
            let member = dice.pick(&[
                "",
                "a_g0",
                "a_g1, a_g2",
                "{role: a_g2, admin: true}",
                "{role: a_g0, set: false}",
            ]);
            let becomes = dice.pick(&["", "a_o0", "a_o1", "a_o0, a_o1"]);
            roles += &format!(
                "  {login}: {{kind: login, member_of: [{member}], may_become: [{becomes}], connections: {}}}\n",
                dice.below(9)
            );
        }
    }
    let mut schemas = String::from("      public: {owner: pg_database_owner, use: [public], create: []}\n");
    let mut grants = String::new();
    for schema in ["old", "s1", "s2"] {
        let owner = dice.pick(&["a_o0", "a_o1", "adm"]);
        let objects = dice.pick(&["a_o0", "a_o1", "adm"]);
        let uses = dice.pick(&groups);
        schemas += &format!(
            "      {schema}: {{owner: {owner}, objects_owner: {objects}, missing: create, use: [{uses}]}}\n"
        );
        let to = dice.pick(&groups);
        let what = dice.pick(&["select", "[select, insert]", "[select, update, delete]"]);
        grants += &format!("      - {{to: {to}, allow: {what}, on: {{tables: {schema}.*}}}}\n");
    }
    format!(
        "contract: 1\nscope: {{roles: [\"a_*\"], mode: authoritative}}\nroles:\n{roles}databases:\n  shop:\n    owner: adm\n    \
         connect: [a_g0]\n    schemas:\n{schemas}    grants:\n{grants}    owners:\n      - {{owner: adm, on: {{tables: public.*}}}}\n"
    )
}

#[test]
fn random_contracts_are_applied_at_once_and_taken_back_one_by_one() {
    for installation in installations().expect("PostgreSQL is installed") {
        if installation.major() < 16 {
            continue;
        }
        for seed in 1..=2 {
            eprintln!("PostgreSQL {}, seed {seed}", installation.major());
            let mut dice = Dice(seed);
            let story = administered(&installation, dice.pick(&["", "set", "inherit", "set, inherit"]));
            let mut states = vec![as_adm(&story, &["fingerprint"]).ended(0).stdout];
            for _ in 0..3 {
                story.write("contract.yaml", &random_contract(&mut dice));
                as_adm(&story, &APPLY).ended(0);
                as_adm(&story, &["plan", "contract.yaml", "--expect-none"]).ended(0);
                story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);
                states.push(as_adm(&story, &["fingerprint"]).ended(0).stdout);
            }
            while let Some(now) = states.pop() {
                assert_eq!(as_adm(&story, &["fingerprint"]).ended(0).stdout, now, "seed {seed}");
                if states.last().is_some_and(|before| *before != now) {
                    as_adm(&story, &UNDO).ended(0);
                }
            }
            assert_eq!(residue(&story), "", "seed {seed}: something stayed lent");
        }
    }
}

#[test]
fn what_only_others_may_do_to_roles_is_said_by_the_plan() {
    for installation in installations().expect("PostgreSQL is installed") {
        let story = Story::on(&installation, "shop");
        story.sql("CREATE ROLE adm LOGIN CREATEROLE PASSWORD 'adm'; CREATE ROLE a_far LOGIN; CREATE ROLE a_top SUPERUSER");
        let contract = "contract: 1\ncluster: administered\nscope: {roles: [\"a_*\"], mode: authoritative}\nroles:\n  \
             adm: {kind: dba, because: it runs pgward}\n  \
             a_evil: {kind: login, superuser: true}\n  \
             a_copy: {kind: login, replication: true}\n  \
             a_far: {kind: login, connections: 4}\n  \
             a_top: {kind: group}\n  \
             a_plain: {kind: login}\ndatabases: {shop: {}}\n";
        story.write("contract.yaml", contract);
        let told = as_adm(&story, &["plan", "contract.yaml"]).ended(0).stdout;
        assert!(told.contains("only a superuser may give or take SUPERUSER"), "{told}");
        assert!(told.contains("may give or take REPLICATION"), "{told}");
        let far = told.contains("role adm has no ADMIN OPTION on role a_far");
        assert_eq!(far, installation.major() >= 16, "{told}");
        let section = told.find("not to be made by role adm").expect("a section of its own");
        assert!(told.find("Changes in the cluster").is_some_and(|changes| section < changes), "{told}");
        // Nobody is told that it is done while it is not, now or later.
        let before = as_adm(&story, &["fingerprint"]).ended(0).stdout;
        let refused = as_adm(&story, &APPLY).ended(1);
        assert!(refused.stderr.contains("cannot be made by role adm"), "{}", refused.all());
        assert!(refused.stderr.contains("--partial"), "{}", refused.all());
        assert_eq!(as_adm(&story, &["fingerprint"]).ended(0).stdout, before);
        // What is left can be done.
        as_adm(&story, &PARTLY).ended(0);
        let again = as_adm(&story, &APPLY).ended(1);
        assert!(again.all().contains("No changes.") && again.all().contains("SUPERUSER"), "{}", again.all());
        as_adm(&story, &PARTLY).ended(0);
        as_adm(&story, &["plan", "contract.yaml", "--expect-none"]).ended(3);
        let made =
            "SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles WHERE rolname LIKE 'a\\_%'";
        assert_eq!(story.sql(made).trim(), "a_far,a_plain,a_top");
        let limit = "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'a_far'";
        assert_eq!(story.sql(limit).trim(), if far { "-1" } else { "4" });
    }
}
