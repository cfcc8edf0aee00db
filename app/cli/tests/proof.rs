//! What a proof must notice, and what it must not hold against a contract, through the real binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod story;

use pgward_cluster::matrix::installations;
use story::Story;

/// PostgreSQL 14 lets everybody create in `public`.
const TABLES: &str = "
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    CREATE TABLE public.t (id int PRIMARY KEY, tenant_id int NOT NULL);
    CREATE TABLE public.u (id int PRIMARY KEY, tenant_id int NOT NULL);
    CREATE SCHEMA s;
    CREATE SCHEMA elsewhere;
    CREATE TABLE elsewhere.secret (id int);
    CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1';";

const CONTRACT: &str = r#"
contract: 1
scope: {roles: ["p_*"]}
roles:
  p_owner: {kind: owner}
  p_app: {}
  p_readers: {kind: group}
  p_other: {member_of: [p_readers]}
databases:
  proof:
    schemas:
      public: {objects_owner: p_owner, use: [p_app, p_other, p_owner]}
      s: {use: [p_app]}
    grants:
      - {to: p_app, allow: [select, insert, update, delete], on: {tables: ["public.t", "public.u"]}}
      - {to: p_app, allow: execute, on: {functions: "s.*"}}
    rows:
      public.t: &tenants
        force: true
        policies: {p: {to: [p_app], for: all, using: "tenant_id = nullif(current_setting('app.t', true), '')::int"}}
        tenant: {setting: app.t, column: tenant_id}
      public.u: *tenants
    never:
      - {roles: [p_app, p_other], may: [create_table]}
      - {roles: [p_app, p_other], may: [select], on: {tables: elsewhere.secret}}
"#;

/// What somebody does by hand, and a claim that it breaks.
const BROKEN: [(&str, &str, &str); 19] = [
    // No row that a proof makes shows these two: the values are those of rows that are there.
    (
        "ALTER POLICY p ON public.u USING (tenant_id = nullif(current_setting('app.t', true), '')::int OR tenant_id = 7)",
        "ALTER POLICY p ON public.u USING (tenant_id = nullif(current_setting('app.t', true), '')::int)",
        "refuted: the policies of table public.u are the declared ones",
    ),
    (
        "ALTER POLICY p ON public.t USING (tenant_id = coalesce(nullif(current_setting('app.t', true), '')::int, 7))",
        "ALTER POLICY p ON public.t USING (tenant_id = nullif(current_setting('app.t', true), '')::int)",
        "refuted: the policies of table public.t are the declared ones",
    ),
    (
        "ALTER POLICY p ON public.t WITH CHECK (true)",
        "DROP POLICY p ON public.t; CREATE POLICY p ON public.t TO p_app
             USING (tenant_id = nullif(current_setting('app.t', true), '')::int)",
        "refuted: the policies of table public.t are the declared ones",
    ),
    // Nobody but superusers gets past a limit of none, whatever was granted.
    (
        "ALTER ROLE p_app CONNECTION LIMIT 0",
        "ALTER ROLE p_app CONNECTION LIMIT -1",
        "refuted: role p_app can log in on database proof",
    ),
    (
        "ALTER DATABASE proof CONNECTION LIMIT 0",
        "ALTER DATABASE proof CONNECTION LIMIT -1",
        "refuted: role p_app can log in on database proof",
    ),
    // What sessions of the role begin with.
    (
        "ALTER ROLE p_app SET app.t = '7'",
        "ALTER ROLE p_app RESET app.t",
        "refuted: role p_app cannot SELECT any row without a tenant's context of table public.u when its setting was never made",
    ),
    (
        "ALTER DATABASE proof SET app.t = '7'",
        "ALTER DATABASE proof RESET app.t",
        "refuted: role p_app cannot SELECT any row without a tenant's context of table public.t when its setting was never made",
    ),
    (
        "ALTER POLICY p ON public.t USING (tenant_id = nullif(current_setting('app.t', true), '')::int
             OR current_setting('app.every', true) = 'yes');
         ALTER ROLE p_app SET app.every = 'no'; ALTER ROLE p_app IN DATABASE proof SET app.every = 'yes'",
        "ALTER POLICY p ON public.t USING (tenant_id = nullif(current_setting('app.t', true), '')::int);
         ALTER ROLE p_app RESET app.every; ALTER ROLE p_app IN DATABASE proof RESET app.every",
        "refuted: role p_app cannot SELECT another tenant's rows of table public.t",
    ),
    (
        "ALTER ROLE p_app SET default_transaction_read_only = on",
        "ALTER ROLE p_app RESET default_transaction_read_only",
        "refuted: role p_app can INSERT on table public.t\n  its sessions begin read-only",
    ),
    (
        "ALTER ROLE p_app SET statement_timeout = 1",
        "ALTER ROLE p_app RESET statement_timeout",
        "inconclusive: role p_app can INSERT on table public.t\n  its sessions begin with statement_timeout = 1,",
    ),
    (
        "CREATE ROLE p_nobody; GRANT p_nobody TO p_app; ALTER ROLE p_app SET role = 'p_nobody'",
        "ALTER ROLE p_app RESET role; DROP ROLE p_nobody",
        "refuted: role p_app can SELECT on table public.t\n  its sessions begin as role p_nobody",
    ),
    (
        "CREATE ROLE p_more; GRANT USAGE ON SCHEMA public TO p_more; GRANT SELECT ON public.t TO p_more;
         ALTER ROLE p_other NOINHERIT; GRANT p_more TO p_other; ALTER ROLE p_other SET role = 'p_more'",
        "ALTER ROLE p_other INHERIT; ALTER ROLE p_other RESET role; DROP OWNED BY p_more; DROP ROLE p_more",
        "refuted: role p_other cannot SELECT on table public.t\n  its sessions begin as role p_more",
    ),
    (
        "ALTER ROLE p_app IN DATABASE proof SET row_security = off",
        "ALTER ROLE p_app IN DATABASE proof RESET row_security",
        "refuted: role p_app can SELECT its own tenant's rows of table public.t",
    ),
    // The contract says nothing about who owns this table, and what its owner may is forbidden to the member.
    (
        "GRANT USAGE ON SCHEMA elsewhere TO p_readers; ALTER TABLE elsewhere.secret OWNER TO p_readers",
        "ALTER TABLE elsewhere.secret OWNER TO CURRENT_USER; REVOKE USAGE ON SCHEMA elsewhere FROM p_readers",
        "refuted: role p_other cannot SELECT on table elsewhere.secret",
    ),
    (
        "ALTER POLICY p ON public.u USING (tenant_id = nullif(current_setting('app.t', true), '')::int
             OR current_setting('app.t', true) IS NULL)",
        "ALTER POLICY p ON public.u USING (tenant_id = nullif(current_setting('app.t', true), '')::int)",
        "refuted: role p_app cannot SELECT any row without a tenant's context of table public.u when its setting was never made",
    ),
    // Policies of SELECT as they were: only a statement that reads nothing reaches the other tenant's rows.
    (
        "CREATE POLICY loose ON public.t FOR DELETE TO p_app USING (true)",
        "DROP POLICY loose ON public.t",
        "refuted: role p_app cannot DELETE another tenant's rows of table public.t by a statement without a condition",
    ),
    (
        "CREATE POLICY loose ON public.u FOR UPDATE TO p_app USING (true)",
        "DROP POLICY loose ON public.u",
        "refuted: role p_app cannot UPDATE another tenant's rows of table public.u by a statement without a condition",
    ),
    (
        "GRANT USAGE, CREATE ON SCHEMA elsewhere TO p_app",
        "REVOKE USAGE, CREATE ON SCHEMA elsewhere FROM p_app",
        "refuted: role p_app cannot CREATE TABLE on schema elsewhere",
    ),
    (
        "GRANT USAGE ON SCHEMA s TO p_other",
        "REVOKE USAGE ON SCHEMA s FROM p_other",
        "refuted: role p_other cannot EXECUTE on function s.f()",
    ),
];

#[test]
fn a_contract_that_can_hold_is_proven_and_every_sabotage_is_refuted() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "proof");
        story.sql(TABLES);
        let contract = story.write("contract.yaml", CONTRACT);
        let contract = contract.to_str().unwrap();
        story.pgward(&["apply", contract, "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["prove", contract]).ended(0);
        for (by_hand, back, claim) in BROKEN {
            story.sql(by_hand);
            let told = story.pgward(&["prove", contract]).ended(3);
            let major = installation.major();
            assert!(told.stdout.contains(claim), "PostgreSQL {major}: {by_hand}\n{}", told.stdout);
            story.sql(back);
        }
        story.pgward(&["prove", contract]).ended(0);
        // A tenant's setting that is empty is no context, and who cannot log in has no sessions that begin with anything.
        story.sql(
            "ALTER ROLE p_app SET app.t = '';
             ALTER ROLE p_owner SET app.t = '7'",
        );
        story.pgward(&["prove", contract]).ended(0);
    }
}

/// A role that may administer another and not become it has nothing of it (16 on: SET FALSE, INHERIT FALSE).
#[test]
fn who_may_not_set_role_has_nothing_of_the_other() {
    for installation in installations().unwrap().into_iter().filter(|one| one.major() >= 16) {
        let story = Story::on(&installation, "proof");
        story.sql("CREATE SCHEMA s; CREATE TABLE s.t (id int); CREATE ROLE p_power; CREATE ROLE p_app LOGIN");
        let text = r#"
contract: 1
scope: {roles: ["p_*"]}
roles:
  p_power: {kind: group, createrole: true}
  p_app: {}
databases:
  proof:
    schemas: {s: {use: [p_power]}}
    grants: [{to: p_power, allow: select, on: {tables: s.t}}]
    never:
      - {roles: [p_app], reach: [create_role]}
      - {roles: [p_app], may: [select, set_role]}
"#;
        let contract = story.write("contract.yaml", text);
        let contract = contract.to_str().unwrap();
        story.pgward(&["apply", contract, "--yes", "--allow", "all"]).ended(0);
        story.sql("GRANT p_power TO p_app WITH SET FALSE, INHERIT FALSE");
        story.pgward(&["prove", contract]).ended(0);
        story.sql("GRANT p_power TO p_app WITH SET TRUE");
        let told = story.pgward(&["prove", contract]).ended(3);
        for claim in [
            "refuted: role p_app cannot SET ROLE p_power",
            "refuted: role p_app cannot get hold of the making of roles",
            "refuted: role p_app cannot SELECT on table s.t",
        ] {
            assert!(told.stdout.contains(claim), "PostgreSQL {}: {}", installation.major(), told.stdout);
        }
        story.sql("GRANT p_power TO p_app WITH SET FALSE, INHERIT TRUE");
        let told = story.pgward(&["prove", contract]).ended(3);
        assert!(told.stdout.contains("refuted: role p_app cannot SELECT on table s.t"), "{}", told.stdout);
        assert!(!told.stdout.contains("refuted: role p_app cannot SET ROLE p_power"), "{}", told.stdout);
    }
}

/// Who runs the proof is no superuser: what its rights let it show is shown, and of the rest it is said what is missing.
#[test]
fn a_weaker_prover_says_what_it_lacks() {
    for installation in installations().unwrap().into_iter().filter(|one| one.major() >= 16) {
        let story = Story::on(&installation, "proof");
        story.sql(TABLES);
        let contract = story.write("contract.yaml", CONTRACT);
        let contract = contract.to_str().unwrap();
        story.pgward(&["apply", contract, "--yes", "--allow", "all"]).ended(0);
        story.sql("CREATE ROLE prover LOGIN PASSWORD 'weak' BYPASSRLS");
        let prove = |story: &Story| {
            let mut command = story.command(&["prove", contract]);
            command.env("PGUSER", "prover").env("PGPASSWORD", "weak");
            story::Told::of(command.output().unwrap())
        };
        let told = prove(&story);
        assert_eq!(told.code, 3, "{}", told.all());
        assert!(!told.stdout.contains("refuted:"), "{}", told.stdout);
        let lacking =
            "the proof is run by role prover, which is no superuser: it has to be allowed to SET ROLE p_app";
        assert!(told.stdout.contains(lacking), "{}", told.stdout);
        story.sql("GRANT p_app, p_other, p_owner TO prover WITH SET TRUE, INHERIT TRUE");
        let told = prove(&story);
        let rows = |line: &&str| line.contains("tenant");
        let open: Vec<&str> =
            told.stdout.lines().filter(|line| line.starts_with("inconclusive")).filter(rows).collect();
        assert_eq!(open, Vec::<&str>::new(), "PostgreSQL {}: {}", installation.major(), told.all());
        assert!(!told.stdout.contains("refuted:"), "{}", told.stdout);
        story.sql("CREATE POLICY loose ON public.t FOR DELETE TO p_app USING (true)");
        let told = prove(&story);
        assert!(
            told.stdout.contains("refuted: role p_app cannot DELETE another tenant's rows"),
            "{}",
            told.stdout
        );
    }
}

const REACHING: &str = r#"
contract: 1
roles:
  postgres: {kind: dba, because: it set the cluster up}
  n_owner: {kind: owner}
  n_app: {kind: login}
databases:
  proof:
    schemas:
      s: {owner: n_owner, use: [n_app]}
    interfaces:
      "s.run(text)": {owner: postgres, search_path: [pg_catalog, pg_temp], execute: [n_app], because: it was there}
    never:
      - {roles: [n_app], may: [set_role], reach: [superuser, server_program]}
"#;

/// Attributes and memberships alone would call it proven: the way leads through code.
#[test]
fn what_is_reached_through_somebody_elses_code_refutes_a_never() {
    for installation in installations().expect("a server") {
        let story = Story::on(&installation, "proof");
        story.sql(
            "CREATE SCHEMA s; CREATE FUNCTION s.run(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER \
             SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN $1; END'",
        );
        let contract = story.write("contract.yaml", REACHING);
        let contract = contract.to_str().unwrap();
        story.pgward(&["apply", contract, "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["prove", contract]).ended(0);
        story.sql(
            "CREATE FUNCTION s.helper() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER \
             AS 'BEGIN RETURN (SELECT count(*) FROM names); END'; GRANT EXECUTE ON FUNCTION s.helper() TO n_app",
        );
        let told = story.pgward(&["prove", contract]).ended(3);
        for what in ["superuser rights", "programs on the server"] {
            let claim = format!("refuted: role n_app cannot get hold of {what}");
            let mut lines = told.stdout.lines().skip_while(|line| !line.starts_with(&claim));
            let why = lines.nth(1).unwrap_or_default();
            assert!(
                why.contains("it gets there: n_app") && why.contains("s.helper()"),
                "{what}: {}",
                told.all()
            );
        }
    }
}

/// Who may not look everywhere cannot say that there is no way.
#[test]
fn a_never_is_open_where_not_everything_could_be_seen() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "proof");
        story.sql("CREATE SCHEMA s; CREATE ROLE weak LOGIN PASSWORD 'weak'; CREATE ROLE w_app LOGIN");
        // On 14 everybody may shadow names for a superuser, and that is a way.
        for database in ["proof", "postgres", "template1"] {
            story.cluster.psql(database, "REVOKE CREATE ON SCHEMA public FROM PUBLIC").unwrap();
        }
        let text = "contract: 1\nroles:\n  postgres: {kind: dba, because: it set the cluster up}\n  \
                    weak: {kind: dba, because: it proves}\n  w_app: {kind: login}\ndatabases:\n  proof:\n    never:\n      \
                    - {roles: [w_app], reach: [bypass_rls]}\n";
        story.write("contract.yaml", text);
        let mut command = story.command(&["prove", "contract.yaml"]);
        command.env("PGUSER", "weak").env("PGPASSWORD", "weak");
        let told = story::Told::of(command.output().unwrap()).ended(3);
        let claim = "inconclusive: role w_app cannot get hold of freedom from row security\n  no way is seen, and not everything could be seen: ";
        assert!(told.stdout.contains(claim), "PostgreSQL {}: {}", installation.major(), told.all());
        let told = story.pgward(&["prove", "contract.yaml"]);
        assert!(!told.stdout.contains("inconclusive:"), "{}", told.all());
    }
}

/// Neither planned, which would run somebody's function, nor parsed, which would run an event trigger.
#[test]
fn a_policy_that_cannot_be_compared_leaves_its_claim_open() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "proof");
        story.sql(
            "CREATE SCHEMA s; CREATE TABLE s.t (id int); CREATE ROLE clerk LOGIN;
             CREATE FUNCTION s.pick() RETURNS int LANGUAGE sql STABLE AS 'SELECT 2';
             ALTER FUNCTION s.pick() OWNER TO clerk",
        );
        let text = "contract: 1\nscope: {roles: [\"x_*\"]}\nroles:\n  x_app: {}\ndatabases:\n  proof:\n    schemas:\n      \
                    s: {use: [x_app]}\n    grants:\n      - {to: x_app, allow: select, on: {tables: s.t}}\n    rows:\n      s.t:\n        \
                    policies: {p: {to: [x_app], for: all, using: \"id in (1, s.pick())\"}}\n";
        story.write("contract.yaml", text);
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        let claim = "the policies of table s.t are the declared ones";
        let told = story.pgward(&["prove", "contract.yaml"]);
        assert!(!told.stdout.contains(claim), "PostgreSQL {}: {}", installation.major(), told.all());
        story.sql(
            "CREATE FUNCTION s.heard() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
             CREATE EVENT TRIGGER hears ON ddl_command_start EXECUTE FUNCTION s.heard();
             ALTER EVENT TRIGGER hears ENABLE ALWAYS",
        );
        let told = story.pgward(&["prove", "contract.yaml"]).ended(3);
        let open = format!("inconclusive: {claim}");
        assert!(told.stdout.contains(&open), "PostgreSQL {}: {}", installation.major(), told.all());
        assert!(told.stdout.contains("event trigger hears"), "{}", told.stdout);
    }
}

/// A way on which somebody else has to do his part is no way of the role's own, and no silence either.
#[test]
fn a_never_that_holds_unless_somebody_helps_is_shown_and_counted() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "proof");
        story.sql("CREATE SCHEMA s; CREATE SCHEMA n");
        let contract = story.write("contract.yaml", HELPED);
        let contract = contract.to_str().unwrap();
        story.pgward(&["apply", contract, "--yes", "--allow", "all"]).ended(0);
        story.sql(
            "CREATE FUNCTION n.trap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
             ALTER FUNCTION n.trap() OWNER TO n_app; CREATE TABLE s.t (id int);
             CREATE TRIGGER t BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION n.trap()",
        );
        let told = story.pgward(&["prove", contract]).ended(0);
        let major = installation.major();
        let claim = "proven, unless somebody else helps: role n_app cannot get hold of superuser rights";
        assert!(told.stdout.contains(claim), "PostgreSQL {major}: {}", told.all());
        assert!(told.stdout.contains("1 unless somebody else helps"), "{}", told.stdout);
        let told = story.pgward(&["prove", contract, "--format", "json"]).ended(0);
        let proof: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
        assert_eq!(proof["unless_helped"], 1, "PostgreSQL {major}");
        let told = story.pgward(&["prove", contract, "--format", "markdown"]).ended(0);
        assert!(told.stdout.contains("## Proven, unless somebody else helps"), "{}", told.stdout);
    }
}

const HELPED: &str = r#"
contract: 1
roles:
  postgres: {kind: dba, because: it set the cluster up}
  n_app: {kind: login}
databases:
  proof:
    schemas:
      s: {use: [n_app]}
      n: {owner: n_app}
    never:
      - {roles: [n_app], reach: [superuser]}
"#;

const PARTITIONS: &str = "
    CREATE TABLE public.p (id int, tenant_id int NOT NULL, at date) PARTITION BY RANGE (at);
    CREATE TABLE public.p_25 PARTITION OF public.p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (tenant_id);
    CREATE TABLE public.p_25_all PARTITION OF public.p_25 DEFAULT;
    CREATE TABLE public.base (id int, tenant_id int NOT NULL);
    CREATE TABLE public.heir () INHERITS (public.base);";

/// `public.p` and `public.base` keep tenants apart.
fn partitioned(tables: &str, sample: &str, guarded: &[&str]) -> String {
    let policies = "force: true, policies: {p: {to: [p_app], for: all, using: \"tenant_id = nullif(current_setting('app.t', true), '')::int\"}}";
    let guarded: String = guarded.iter().map(|name| format!("      {name}: {{{policies}}}\n")).collect();
    format!(
        "contract: 1
scope: {{roles: [\"p_*\"]}}
roles:
  p_owner: {{kind: owner}}
  p_app: {{}}
databases:
  proof:
    schemas: {{public: {{objects_owner: p_owner, use: [p_app, p_owner]}}}}
    grants:
      - {{to: p_app, allow: [select, update], on: {{tables: {tables}}}}}
    rows:
      public.p: {{{policies}, tenant: {{setting: app.t, column: tenant_id{sample}}}}}
      public.base: {{{policies}, tenant: {{setting: app.t, column: tenant_id}}}}
{guarded}"
    )
}

/// Policies are those of the table that a query names: a partition's rows are read past those of its parent (B5).
#[test]
fn rows_read_by_the_name_of_a_partition_refute_that_tenants_are_kept_apart() {
    let sample = ", sample: {at: '2025-06-01'}";
    let ways = [
        ("SELECT", "table public.p", "table public.p_25"),
        ("UPDATE", "table public.p", "table public.p_25_all"),
        ("SELECT", "table public.base", "table public.heir"),
    ];
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "proof");
        story.sql(PARTITIONS);
        story.write("every.yaml", &partitioned("public.*", sample, &[]));
        let told = story.pgward(&["plan", "every.yaml"]).ended(0);
        for name in ["table public.p_25", "table public.p_25_all"] {
            let hazard =
                format!("p_app gets at rows of table public.p past its policies, by the name of {name}");
            assert!(told.stdout.contains(&hazard), "{hazard}: {}", told.all());
        }
        story.pgward(&["apply", "every.yaml", "--yes", "--allow", "all"]).ended(0);
        let told = story.pgward(&["prove", "every.yaml"]).ended(3);
        for (verb, table, name) in ways {
            let claim = format!(
                "refuted: role p_app cannot {verb} another tenant's rows of {table} by the name of {name}"
            );
            assert!(told.stdout.contains(&claim), "{claim}: {}", told.all());
        }

        // With policies of their own, the same ones, or without a grant on them.
        let guarded = ["public.p_25", "public.p_25_all", "public.heir"];
        story.write("guarded.yaml", &partitioned("public.*", sample, &guarded));
        story.write("named.yaml", &partitioned("[public.p, public.base]", sample, &[]));
        story.pgward(&["apply", "named.yaml", "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["prove", "named.yaml"]).ended(0);
        story.pgward(&["apply", "guarded.yaml", "--yes", "--allow", "all"]).ended(0);
        let told = story.pgward(&["prove", "guarded.yaml", "--format", "json"]);
        for (_, table, name) in ways {
            let claim = format!(
                "cannot SELECT another tenant's rows of {table} by the name of {name}\",\"ruling\":\"proven\""
            );
            assert!(told.stdout.contains(&claim), "{claim}: {}", told.all());
        }

        // No partition takes the day that is made up.
        story.write("without.yaml", &partitioned("[public.p, public.base]", "", &[]));
        let told = story.pgward(&["prove", "without.yaml"]);
        assert!(told.stdout.contains("may be given under `sample` in its `tenant`"), "{}", told.all());
    }
}

/// A view is written as far as its owner may write what is under it, and nobody promised that (B4).
#[test]
fn what_an_owner_may_on_its_own_view_is_claimed_where_somebody_wrote_it() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "proof");
        story.sql(
            "CREATE ROLE v_rep LOGIN; CREATE TABLE public.under (id int); GRANT SELECT ON public.under TO v_rep;
             CREATE VIEW public.listed AS SELECT id FROM public.under; ALTER VIEW public.listed OWNER TO v_rep;",
        );
        let adopted = story.pgward(&["adopt"]).ended(0);
        story.write("adopted.yaml", &adopted.stdout);
        story.pgward(&["prove", "adopted.yaml"]).ended(0);
        story.write(
            "written.yaml",
            "contract: 1
scope: {roles: [\"v_*\"]}
roles: {v_rep: {}}
databases:
  proof:
    schemas: {public: {use: [v_rep]}}
    owners: [{owner: v_rep, on: {views: public.listed}}]
    grants:
      - {to: v_rep, allow: select, on: {tables: public.under}}
      - {to: v_rep, allow: [select, update], on: {views: public.listed}}
",
        );
        story.pgward(&["apply", "written.yaml", "--yes", "--allow", "all"]).ended(0);
        let told = story.pgward(&["prove", "written.yaml"]).ended(3);
        assert!(
            told.stdout.contains("refuted: role v_rep can UPDATE on view public.listed"),
            "{}",
            told.all()
        );
    }
}
