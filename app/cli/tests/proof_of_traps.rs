//! A proof by a superuser runs nobody's code: where a row would, the claims about rows stay open and say whose it is (C2).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use pgward_cluster::matrix::installations;
use story::Story;

/// Each function leaves a mark that no rollback takes back.
const TRAPS: &str = "
    CREATE ROLE trapper LOGIN;
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
    ALTER FUNCTION public.trap(int) OWNER TO trapper;
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
    CREATE TABLE public.by_partition (id int, tenant_id int NOT NULL) PARTITION BY RANGE (tenant_id);
    CREATE TABLE public.part PARTITION OF public.by_partition (CHECK (public.trap(id))) DEFAULT;
    CREATE TABLE public.free (id int, tenant_id int NOT NULL);";

const TRAPPED: [&str; 7] =
    ["by_check", "by_operator", "by_domain", "by_generated", "by_index", "by_trigger", "by_partition"];

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
    }
}
