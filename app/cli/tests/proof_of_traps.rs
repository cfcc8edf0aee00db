//! A proof by a superuser runs nobody's code with rights that this one does not have: neither where a row would, nor where a view, a
//! policy or an index would have it run when a statement is planned. The claims about rows stay open and say whose it is (C2).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod story;

use pgward_cluster::matrix::installations;
use story::Story;

/// Each function leaves a mark that no rollback takes back. One belongs to a role that cannot log in, of which a login is a member.
const TRAPS: &str = "
    CREATE ROLE trapper LOGIN;
    CREATE ROLE trap_owner; GRANT trap_owner TO trapper;
    GRANT CREATE ON SCHEMA public TO trapper;
    CREATE SEQUENCE public.mark;
    GRANT ALL ON SEQUENCE public.mark TO PUBLIC;
    CREATE FUNCTION public.trap(int) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_catalog.nextval('public.mark'); RETURN true; END $$;
    CREATE FUNCTION public.trap_value(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN PERFORM pg_catalog.nextval('public.mark'); RETURN 1; END $$;
    CREATE FUNCTION public.trap_row() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_catalog.nextval('public.mark'); RETURN NEW; END $$;
    CREATE OPERATOR public.@@@ (RIGHTARG = int, FUNCTION = public.trap);
    ALTER FUNCTION public.trap(int) OWNER TO trap_owner;
    ALTER FUNCTION public.trap_value(int) OWNER TO trapper;
    ALTER FUNCTION public.trap_row() OWNER TO trapper;
    CREATE DOMAIN public.trapped AS int CHECK (public.trap(VALUE));
    CREATE VIEW public.trapping AS SELECT public.trap(1) AS trapped;
    CREATE TABLE public.by_check (id int CHECK (public.trap(id)), tenant_id int NOT NULL);
    CREATE TABLE public.by_operator (id int CHECK (OPERATOR(public.@@@) id), tenant_id int NOT NULL);
    CREATE TABLE public.by_domain (id public.trapped NOT NULL, tenant_id int NOT NULL);
    CREATE TABLE public.by_generated (id int GENERATED ALWAYS AS (public.trap_value(tenant_id)) STORED, tenant_id int NOT NULL);
    CREATE TABLE public.by_index (id int, tenant_id int NOT NULL);
    CREATE INDEX ON public.by_index (public.trap_value(tenant_id));
    CREATE TABLE public.by_trigger (id int, tenant_id int NOT NULL);
    CREATE TRIGGER t BEFORE INSERT ON public.by_trigger FOR EACH ROW EXECUTE FUNCTION public.trap_row();
    ALTER TABLE public.by_trigger ENABLE ALWAYS TRIGGER t;
    CREATE TABLE public.by_replica (id int, tenant_id int NOT NULL);
    CREATE TRIGGER t BEFORE INSERT ON public.by_replica FOR EACH ROW EXECUTE FUNCTION public.trap_row();
    ALTER TABLE public.by_replica ENABLE REPLICA TRIGGER t;
    CREATE TABLE public.by_partition (id int, tenant_id int NOT NULL) PARTITION BY RANGE (tenant_id);
    CREATE TABLE public.part PARTITION OF public.by_partition (CHECK (public.trap(id))) DEFAULT;
    CREATE TABLE public.free (id int, tenant_id int NOT NULL);";

const TRAPPED: [&str; 8] = [
    "by_check",
    "by_operator",
    "by_domain",
    "by_generated",
    "by_index",
    "by_trigger",
    "by_replica",
    "by_partition",
];

#[test]
fn rows_that_would_run_the_code_of_a_login_are_not_made() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "proof");
        story.sql(TRAPS);
        let mut rows = String::new();
        for table in TRAPPED.iter().chain(&["free"]) {
            rows.push_str(&format!(
                "      public.{table}:\n        force: true\n        policies: {{p: {{to: [x_app], for: all, \
                 using: \"tenant_id = nullif(current_setting('app.t', true), '')::int\"}}}}\n        \
                 tenant: {{setting: app.t, column: tenant_id}}\n"
            ));
        }
        story.write(
            "contract.yaml",
            &format!(
                "contract: 1\nscope: {{roles: [\"x_*\"]}}\nroles:\n  x_app: {{}}\n\
                 databases:\n  proof:\n    schemas:\n      public: {{use: [x_app]}}\n    grants:\n      \
                 - {{to: x_app, allow: [select, insert, update, delete], on: {{tables: [{}]}}}}\n    rows:\n{rows}",
                TRAPPED.iter().chain(&["free"]).map(|table| format!("public.{table}")).collect::<Vec<_>>().join(", ")
            ),
        );
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        let mark = || story.sql("SELECT is_called FROM public.mark").trim().to_owned();
        assert_eq!(mark(), "f", "apply ran it");
        let told = story.pgward(&["prove", "contract.yaml", "--format", "markdown"]).ended(3);
        assert_eq!(mark(), "f", "prove ran it:\n{}", told.all());
        // Markdown escapes what would be markup.
        let page = told.stdout.replace("\\_", "_");
        for table in TRAPPED {
            let words = format!("a row of table public.{table} would run public.trap");
            assert!(page.contains(&words), "{words}:\n{page}");
        }
        assert!(!page.contains("a row of table public.free"), "{page}");
        // An event trigger that is not kept out runs at whatever is made: nothing is.
        story.sql(
            "CREATE FUNCTION public.trap_event() RETURNS event_trigger LANGUAGE plpgsql AS
                 $$ BEGIN PERFORM pg_catalog.nextval('public.mark'); END $$;
             ALTER FUNCTION public.trap_event() OWNER TO trapper;
             CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION public.trap_event();
             ALTER EVENT TRIGGER e ENABLE ALWAYS",
        );
        let before = story.sql("SELECT last_value, is_called FROM public.mark");
        let told = story.pgward(&["prove", "contract.yaml"]).ended(3);
        assert_eq!(story.sql("SELECT last_value, is_called FROM public.mark"), before, "{}", told.all());
        assert!(!told.stdout.contains("refuted:"), "{}", told.stdout);
    }
}

/// Each function leaves the name of whoever it ran as, which no rollback takes back, and tries to become the superuser.
const PLANNED: &str = "
    CREATE ROLE trapper LOGIN;
    CREATE SCHEMA s;
    GRANT USAGE, CREATE ON SCHEMA s TO trapper;
    CREATE SEQUENCE s.ran_as_itself; CREATE SEQUENCE s.ran_as_another; CREATE SEQUENCE s.ran_as_superuser;
    GRANT ALL ON ALL SEQUENCES IN SCHEMA s TO PUBLIC;
    CREATE FUNCTION s.spring() RETURNS int LANGUAGE plpgsql VOLATILE AS $$
    BEGIN
        IF current_user = 'trapper' THEN PERFORM pg_catalog.nextval('s.ran_as_itself');
        ELSE PERFORM pg_catalog.nextval('s.ran_as_another'); END IF;
        BEGIN
            PERFORM pg_catalog.set_config('session_authorization', 'postgres', false);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
        BEGIN
            PERFORM pg_catalog.set_config('role', 'none', false);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
        IF pg_catalog.current_setting('is_superuser') = 'on' THEN
            PERFORM pg_catalog.nextval('s.ran_as_superuser');
        END IF;
        RETURN 1;
    END $$;
    CREATE FUNCTION s.trap() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN s.spring(); END';
    CREATE FUNCTION s.trap_truth() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN s.spring() = 1; END';
    CREATE FUNCTION s.trap_of(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN s.spring() = $1; END';
    CREATE OPERATOR s.@@@ (RIGHTARG = int, FUNCTION = s.trap_of);
    ALTER FUNCTION s.spring() OWNER TO trapper;
    ALTER FUNCTION s.trap() OWNER TO trapper;
    ALTER FUNCTION s.trap_truth() OWNER TO trapper;
    ALTER FUNCTION s.trap_of(int) OWNER TO trapper;
    CREATE FUNCTION s.says() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT s.trap()';
    CREATE DOMAIN s.trapped AS int CHECK (VALUE > s.trap());
    CREATE TABLE s.plain (id int);
    CREATE VIEW s.by_call AS SELECT id + s.trap() AS id FROM s.plain;
    CREATE VIEW s.by_operator AS SELECT id, (OPERATOR(s.@@@) 1) AS it FROM s.plain;
    CREATE VIEW s.by_view AS SELECT id FROM s.by_call;
    CREATE VIEW s.by_condition AS SELECT id FROM s.plain WHERE s.trap_truth();
    CREATE VIEW s.by_text AS SELECT id + s.says() AS id FROM s.plain;
    CREATE TABLE s.by_index (id int); CREATE INDEX ON s.by_index ((id + s.trap()));
    CREATE TABLE s.by_predicate (id int); CREATE INDEX ON s.by_predicate (id) WHERE id > s.trap();
    CREATE TABLE s.by_statistics (id int); CREATE STATISTICS s.guess ON (id + s.trap()) FROM s.by_statistics;
    CREATE TABLE s.by_partition (id int) PARTITION BY RANGE ((id + s.trap()));
    CREATE TABLE s.by_generated (id int, twice int GENERATED ALWAYS AS (id + s.trap()) STORED);
    CREATE TABLE s.by_default (id int DEFAULT s.trap(), other int);
    CREATE TABLE s.by_domain (id s.trapped);
    CREATE TABLE s.by_policy (id int);
    ALTER TABLE s.by_policy ENABLE ROW LEVEL SECURITY;
    ALTER TABLE s.by_policy FORCE ROW LEVEL SECURITY;
    CREATE FUNCTION s.in_line(int) RETURNS int LANGUAGE sql AS 'SELECT s.trap() + $1';
    CREATE FUNCTION s.of_domain(s.trapped) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
    CREATE FUNCTION s.step(s.trapped, int) RETURNS s.trapped LANGUAGE sql AS 'SELECT $1';
    CREATE AGGREGATE s.begins(int) (SFUNC = s.step, STYPE = s.trapped, INITCOND = '7');
    CREATE FUNCTION s.harmless(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
    CREATE PROCEDURE s.called(s.trapped) LANGUAGE plpgsql AS 'BEGIN NULL; END';
    ALTER FUNCTION s.in_line(int) OWNER TO trapper;
    CREATE TABLE s.by_itself (id int); CREATE INDEX ON s.by_itself ((id + s.trap()));
    ALTER TABLE s.by_itself OWNER TO trapper;
    CREATE TABLE s.compared (id int); CREATE INDEX ON s.compared ((id + s.trap()));";

const RELATIONS: [&str; 14] = [
    "by_call",
    "by_operator",
    "by_view",
    "by_condition",
    "by_text",
    "by_index",
    "by_predicate",
    "by_statistics",
    "by_partition",
    "by_generated",
    "by_default",
    "by_domain",
    "by_policy",
    "by_itself",
];

const PROMISES: &str = r#"
contract: 1
scope: {roles: ["x_*"]}
roles:
  x_app: {}
  x_reader: {}
  x_dba: {kind: login, superuser: true}
databases:
  proof:
    schemas:
      s: {use: [x_app, x_reader]}
    grants:
      - {to: x_app, allow: [select, insert, update, delete], on: {tables: "s.*", views: "s.*"}}
      - {to: x_app, allow: execute, on: {functions: "s.*", procedures: "s.*"}}
    rows:
      s.by_policy:
        force: true
        policies: {p: {to: [x_app], for: all, using: "id = s.trap()"}}
      s.compared:
        policies: {p: {to: [x_app], for: all, using: "id in (1, 2)"}}
"#;

#[test]
fn statements_whose_planning_would_run_the_code_of_a_login_are_tried_by_nobody_else() {
    for installation in installations().unwrap() {
        let major = installation.major();
        let story = Story::on(&installation, "proof");
        story.sql(PLANNED);
        story.write("contract.yaml", PROMISES);
        let ran = |who: &str| {
            story.sql(&format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM s.ran_as_{who}"))
        };
        let forget = "SELECT pg_catalog.setval('s.ran_as_superuser', 1, false), pg_catalog.setval('s.ran_as_another', 1, false)";
        // What was set up above was set up by a superuser.
        story.sql(forget);
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        // The policy is printed otherwise than it was written, and the server has to be asked whether that is the same.
        let plan = story.pgward(&["plan", "contract.yaml"]).ended(0);
        assert!(plan.stdout.contains("No changes"), "PostgreSQL {major}: {}", plan.all());
        assert_eq!(
            ran("superuser").trim(),
            "0",
            "PostgreSQL {major}: an apply ran somebody's code as the superuser"
        );
        let told = story.pgward(&["prove", "contract.yaml", "--format", "json"]);
        assert_eq!(ran("superuser").trim(), "0", "PostgreSQL {major}: somebody's code was the superuser");
        assert_eq!(
            ran("another").trim(),
            "0",
            "PostgreSQL {major}: somebody's code ran with other rights than his"
        );
        assert_eq!(told.code, 3, "{}", told.all());
        let proof: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
        let verdicts = proof["verdicts"].as_array().unwrap();
        let of = |object: &str| {
            let object = object.to_owned();
            verdicts
                .iter()
                .filter(move |one| one["object"].as_str().is_some_and(|named| named.contains(&object)))
        };
        for name in RELATIONS.map(|name| format!("s.{name}")).iter().chain(&[
            "s.in_line(integer)".to_owned(),
            "s.of_domain(s.trapped)".to_owned(),
            "s.begins(integer)".to_owned(),
        ]) {
            let withheld = of(name).filter(|one| {
                let reason = one["reason"].as_str().unwrap();
                reason.contains("s.")
                    && reason.contains("which belongs to role trapper and which a login can replace")
            });
            assert!(withheld.count() > 0, "PostgreSQL {major}: nothing is said about {name}");
        }
        // What nobody's code is behind is tried as ever.
        for name in ["s.plain", "s.harmless(integer)"] {
            assert!(of(name).all(|one| one["ruling"] == "proven"), "{name}: {}", told.all());
            assert!(of(name).any(|one| one["evidence"]["witness"] == "tried"), "{name}: {}", told.all());
        }
        assert!(verdicts.iter().all(|one| one["ruling"] != "refuted"), "PostgreSQL {major}: {}", told.all());
    }
}

const UNSEEN: &str = "
    CREATE ROLE clerk;
    CREATE FUNCTION s.dynamic() RETURNS int LANGUAGE plpgsql IMMUTABLE AS
        $$ DECLARE v int; BEGIN EXECUTE 'SELECT s.tr' || 'ap()' INTO v; RETURN v; END $$;
    ALTER FUNCTION s.dynamic() OWNER TO clerk;
    CREATE SCHEMA u;
    CREATE VIEW u.unseen AS SELECT id + 0 AS id, s.dynamic() AS it FROM s.plain;
    GRANT USAGE ON SCHEMA s TO PUBLIC;";

/// Nothing shows that the function calls somebody else's: that is found out at run time. What it cannot do is become the prover.
#[test]
fn code_that_nobody_saw_does_not_get_back_to_the_prover() {
    for installation in installations().unwrap() {
        let major = installation.major();
        let story = Story::on(&installation, "proof");
        story.sql(PLANNED);
        story.sql(UNSEEN);
        story.write(
            "contract.yaml",
            "contract: 1\nscope: {roles: [\"x_*\"]}\nroles:\n  x_app: {}\ndatabases:\n  proof:\n    schemas:\n      \
             u: {use: [x_app]}\n    grants:\n      \
             - {to: x_app, allow: [select, insert, update, delete], on: {views: u.unseen}}\n",
        );
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        story.sql(
            "SELECT pg_catalog.setval('s.ran_as_superuser', 1, false), pg_catalog.setval('s.ran_as_another', 1, false)",
        );
        story.pgward(&["prove", "contract.yaml"]).ended(0);
        let ran = |who: &str| story.sql(&format!("SELECT is_called FROM s.ran_as_{who}")).trim().to_owned();
        assert_eq!(ran("another"), "t", "PostgreSQL {major}: the view was not tried at all");
        assert_eq!(ran("superuser"), "f", "PostgreSQL {major}: it got back to the prover");
    }
}
