//! Code that a low role puts, or has, where others run it.

use pgward_audit::paths::graph::Sink;
use pgward_audit::paths::mechanism::Mechanism;
use pgward_audit::rule::Versions;

use crate::scenario::{Act, Claim, End, NONE, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "trigger_privilege",
        claim: Claim::Edge(Mechanism::TriggerPrivilege, End::Sink(Sink::Superuser)),
        from: End::Role("trigger_privilege_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN trigger_privilege_low;
            CREATE SCHEMA trigger_privilege AUTHORIZATION trigger_privilege_low; GRANT USAGE ON SCHEMA trigger_privilege TO PUBLIC;
            CREATE TABLE trigger_privilege_t (v text); GRANT TRIGGER ON trigger_privilege_t TO trigger_privilege_low;
        "#,
        acts: &[
            Act::Low(
                "trigger_privilege_low",
                r#"CREATE FUNCTION trigger_privilege.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('trigger_privilege_low'); RETURN NEW; END $$; CREATE TRIGGER grab BEFORE INSERT ON trigger_privilege_t FOR EACH ROW EXECUTE FUNCTION trigger_privilege.grab()"#,
            ),
            Act::Superuser(r#"INSERT INTO trigger_privilege_t VALUES ('x')"#),
            Act::IsSuperuser("trigger_privilege_low"),
        ],
    },
    Scenario {
        name: "trigger_matview",
        claim: Claim::Edge(Mechanism::TriggerPrivilege, End::Sink(Sink::Superuser)),
        from: End::Role("trigger_matview_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN trigger_matview_low;
            CREATE SCHEMA trigger_matview AUTHORIZATION trigger_matview_low; GRANT USAGE ON SCHEMA trigger_matview TO PUBLIC;
            CREATE MATERIALIZED VIEW trigger_matview_t AS SELECT 1 AS v; GRANT TRIGGER ON trigger_matview_t TO trigger_matview_low;
        "#,
        acts: &[Act::Low(
            "trigger_matview_low",
            r#"CREATE FUNCTION trigger_matview.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('trigger_matview_low'); RETURN NEW; END $$; CREATE TRIGGER grab AFTER INSERT ON trigger_matview_t EXECUTE FUNCTION trigger_matview.grab()"#,
        )],
    },
    Scenario {
        name: "trigger_no_usage",
        claim: Claim::Edge(Mechanism::TriggerPrivilege, End::Sink(Sink::Superuser)),
        from: End::Role("trigger_no_usage_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN trigger_no_usage_low;
            CREATE SCHEMA trigger_no_usage AUTHORIZATION trigger_no_usage_low; GRANT USAGE ON SCHEMA trigger_no_usage TO PUBLIC;
            CREATE SCHEMA trigger_no_usage_closed; CREATE TABLE trigger_no_usage_closed.t (v text); GRANT TRIGGER ON trigger_no_usage_closed.t TO trigger_no_usage_low;
        "#,
        acts: &[Act::Low(
            "trigger_no_usage_low",
            r#"CREATE FUNCTION trigger_no_usage.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('trigger_no_usage_low'); RETURN NEW; END $$; CREATE TRIGGER grab BEFORE INSERT ON trigger_no_usage_closed.t FOR EACH ROW EXECUTE FUNCTION trigger_no_usage.grab()"#,
        )],
    },
    Scenario {
        name: "trigger_function",
        claim: Claim::Edge(Mechanism::TriggerFunction, End::Sink(Sink::Superuser)),
        from: End::Role("trigger_function_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN trigger_function_low;
            CREATE SCHEMA trigger_function AUTHORIZATION trigger_function_low; GRANT USAGE ON SCHEMA trigger_function TO PUBLIC;
            CREATE FUNCTION trigger_function.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; ALTER FUNCTION trigger_function.grab() OWNER TO trigger_function_low;
            CREATE TABLE trigger_function_t (v text); CREATE TRIGGER grab BEFORE INSERT ON trigger_function_t FOR EACH ROW EXECUTE FUNCTION trigger_function.grab();
        "#,
        acts: &[
            Act::Low(
                "trigger_function_low",
                r#"CREATE OR REPLACE FUNCTION trigger_function.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('trigger_function_low'); RETURN NEW; END $$"#,
            ),
            Act::Superuser(r#"INSERT INTO trigger_function_t VALUES ('x')"#),
            Act::IsSuperuser("trigger_function_low"),
        ],
    },
    Scenario {
        name: "trigger_function_kept",
        claim: Claim::Edge(Mechanism::TriggerFunction, End::Sink(Sink::Superuser)),
        from: End::Role("trigger_function_kept_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN trigger_function_kept_low;
            CREATE SCHEMA trigger_function_kept; GRANT USAGE ON SCHEMA trigger_function_kept TO PUBLIC;
            CREATE FUNCTION trigger_function_kept.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; ALTER FUNCTION trigger_function_kept.grab() OWNER TO trigger_function_kept_low;
            CREATE TABLE trigger_function_kept_t (v text); CREATE TRIGGER grab BEFORE INSERT ON trigger_function_kept_t FOR EACH ROW EXECUTE FUNCTION trigger_function_kept.grab();
        "#,
        acts: &[
            Act::Low(
                "trigger_function_kept_low",
                r#"CREATE OR REPLACE FUNCTION trigger_function_kept.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('trigger_function_kept_low'); RETURN NEW; END $$"#,
            ),
            Act::Superuser(r#"INSERT INTO trigger_function_kept_t VALUES ('x')"#),
            Act::IsSuperuser("trigger_function_kept_low"),
        ],
    },
    Scenario {
        name: "trigger_disabled",
        claim: Claim::Edge(Mechanism::TriggerFunction, End::Sink(Sink::Superuser)),
        from: End::Role("trigger_disabled_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN trigger_disabled_low;
            CREATE SCHEMA trigger_disabled AUTHORIZATION trigger_disabled_low; GRANT USAGE ON SCHEMA trigger_disabled TO PUBLIC;
            CREATE FUNCTION trigger_disabled.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; ALTER FUNCTION trigger_disabled.grab() OWNER TO trigger_disabled_low;
            CREATE TABLE trigger_disabled_t (v text); CREATE TRIGGER grab BEFORE INSERT ON trigger_disabled_t FOR EACH ROW EXECUTE FUNCTION trigger_disabled.grab(); ALTER TABLE trigger_disabled_t DISABLE TRIGGER grab;
        "#,
        acts: &[
            Act::Low(
                "trigger_disabled_low",
                r#"CREATE OR REPLACE FUNCTION trigger_disabled.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('trigger_disabled_low'); RETURN NEW; END $$"#,
            ),
            Act::Superuser(r#"INSERT INTO trigger_disabled_t VALUES ('x')"#),
            Act::IsSuperuser("trigger_disabled_low"),
        ],
    },
    Scenario {
        name: "view_function",
        claim: Claim::Edge(Mechanism::ViewFunction, End::Sink(Sink::Superuser)),
        from: End::Role("view_function_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN view_function_low;
            CREATE SCHEMA view_function AUTHORIZATION view_function_low; GRANT USAGE ON SCHEMA view_function TO PUBLIC;
            CREATE OR REPLACE FUNCTION view_function.f() RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN RETURN true; END $$; ALTER FUNCTION view_function.f() OWNER TO view_function_low;
            CREATE VIEW view_function_v AS SELECT view_function.f() AS v;
        "#,
        acts: &[
            Act::Low(
                "view_function_low",
                r#"CREATE OR REPLACE FUNCTION view_function.f() RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN PERFORM kit.grab('view_function_low'); RETURN true; END $$"#,
            ),
            Act::Superuser(r#"SELECT * FROM view_function_v"#),
            Act::IsSuperuser("view_function_low"),
        ],
    },
    Scenario {
        name: "view_own",
        claim: Claim::Edge(Mechanism::ViewFunction, End::Sink(Sink::Superuser)),
        from: End::Role("view_own_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN view_own_low;
            CREATE SCHEMA view_own AUTHORIZATION view_own_low; GRANT USAGE ON SCHEMA view_own TO PUBLIC;
            CREATE OR REPLACE FUNCTION view_own.f() RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN RETURN true; END $$; ALTER FUNCTION view_own.f() OWNER TO view_own_low;
            CREATE VIEW view_own.v AS SELECT view_own.f() AS v; ALTER VIEW view_own.v OWNER TO view_own_low;
        "#,
        acts: &[
            Act::Low(
                "view_own_low",
                r#"CREATE FUNCTION view_own.g() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('view_own_low'); RETURN true; END $$; CREATE OR REPLACE VIEW view_own.v AS SELECT view_own.g() AS v"#,
            ),
            Act::Superuser(r#"SELECT * FROM view_own.v"#),
            Act::IsSuperuser("view_own_low"),
        ],
    },
    Scenario {
        name: "default_function",
        claim: Claim::Edge(Mechanism::ExpressionFunction, End::Sink(Sink::Superuser)),
        from: End::Role("default_function_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN default_function_low;
            CREATE SCHEMA default_function AUTHORIZATION default_function_low; GRANT USAGE ON SCHEMA default_function TO PUBLIC;
            CREATE OR REPLACE FUNCTION default_function.f() RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN RETURN true; END $$; ALTER FUNCTION default_function.f() OWNER TO default_function_low;
            CREATE TABLE default_function_t (k int, v boolean DEFAULT default_function.f());
        "#,
        acts: &[
            Act::Low(
                "default_function_low",
                r#"CREATE OR REPLACE FUNCTION default_function.f() RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN PERFORM kit.grab('default_function_low'); RETURN true; END $$"#,
            ),
            Act::Superuser(r#"INSERT INTO default_function_t (k) VALUES (1)"#),
            Act::IsSuperuser("default_function_low"),
        ],
    },
    Scenario {
        name: "check_function",
        claim: Claim::Edge(Mechanism::ExpressionFunction, End::Sink(Sink::Superuser)),
        from: End::Role("check_function_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN check_function_low;
            CREATE SCHEMA check_function AUTHORIZATION check_function_low; GRANT USAGE ON SCHEMA check_function TO PUBLIC;
            CREATE OR REPLACE FUNCTION check_function.f(text) RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN RETURN true; END $$; ALTER FUNCTION check_function.f(text) OWNER TO check_function_low;
            CREATE TABLE check_function_t (v text CHECK (check_function.f(v)));
        "#,
        acts: &[
            Act::Low(
                "check_function_low",
                r#"CREATE OR REPLACE FUNCTION check_function.f(text) RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN PERFORM kit.grab('check_function_low'); RETURN true; END $$"#,
            ),
            Act::Superuser(r#"INSERT INTO check_function_t VALUES ('x')"#),
            Act::IsSuperuser("check_function_low"),
        ],
    },
    Scenario {
        name: "domain_owner",
        claim: Claim::Edge(Mechanism::DomainOwner, End::Sink(Sink::Superuser)),
        from: End::Role("domain_owner_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN domain_owner_low;
            CREATE SCHEMA domain_owner AUTHORIZATION domain_owner_low; GRANT USAGE ON SCHEMA domain_owner TO PUBLIC;
            CREATE DOMAIN domain_owner.d AS int; ALTER DOMAIN domain_owner.d OWNER TO domain_owner_low;
            CREATE TABLE domain_owner_t (v domain_owner.d[]); INSERT INTO domain_owner_t VALUES ('{1}');
        "#,
        acts: &[
            Act::Low(
                "domain_owner_low",
                r#"CREATE FUNCTION domain_owner.f(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('domain_owner_low'); RETURN true; END $$; ALTER DOMAIN domain_owner.d ADD CONSTRAINT c CHECK (domain_owner.f(VALUE)) NOT VALID"#,
            ),
            Act::Superuser(r#"INSERT INTO domain_owner_t VALUES ('{2}')"#),
            Act::IsSuperuser("domain_owner_low"),
        ],
    },
    Scenario {
        name: "domain_owner_kept",
        claim: Claim::Edge(Mechanism::DomainOwner, End::Sink(Sink::Superuser)),
        from: End::Role("domain_owner_kept_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN domain_owner_kept_low;
            CREATE SCHEMA domain_owner_kept AUTHORIZATION domain_owner_kept_low; GRANT USAGE ON SCHEMA domain_owner_kept TO PUBLIC;
            CREATE DOMAIN domain_owner_kept_d AS int; GRANT USAGE ON TYPE domain_owner_kept_d TO domain_owner_kept_low;
            CREATE TABLE domain_owner_kept_t (v domain_owner_kept_d);
        "#,
        acts: &[
            Act::Low(
                "domain_owner_kept_low",
                r#"CREATE FUNCTION domain_owner_kept.f(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('domain_owner_kept_low'); RETURN true; END $$; ALTER DOMAIN domain_owner_kept_d ADD CONSTRAINT c CHECK (domain_owner_kept.f(VALUE)) NOT VALID"#,
            ),
            Act::Superuser(r#"INSERT INTO domain_owner_kept_t VALUES (2)"#),
            Act::IsSuperuser("domain_owner_kept_low"),
        ],
    },
    Scenario {
        name: "index_function",
        claim: Claim::Edge(Mechanism::ExpressionFunction, End::Sink(Sink::Superuser)),
        from: End::Role("index_function_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN index_function_low;
            CREATE SCHEMA index_function AUTHORIZATION index_function_low; GRANT USAGE ON SCHEMA index_function TO PUBLIC;
            CREATE OR REPLACE FUNCTION index_function.f(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN true; END $$; ALTER FUNCTION index_function.f(text) OWNER TO index_function_low;
            CREATE TABLE index_function_t (v text); CREATE INDEX ON index_function_t (index_function.f(v));
        "#,
        acts: &[
            Act::Low(
                "index_function_low",
                r#"CREATE OR REPLACE FUNCTION index_function.f(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM kit.grab('index_function_low'); RETURN true; END $$"#,
            ),
            Act::Superuser(r#"INSERT INTO index_function_t VALUES ('x')"#),
            Act::IsSuperuser("index_function_low"),
        ],
    },
    Scenario {
        name: "generated_function",
        claim: Claim::Edge(Mechanism::ExpressionFunction, End::Sink(Sink::Superuser)),
        from: End::Role("generated_function_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN generated_function_low;
            CREATE SCHEMA generated_function AUTHORIZATION generated_function_low; GRANT USAGE ON SCHEMA generated_function TO PUBLIC;
            CREATE OR REPLACE FUNCTION generated_function.f(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN true; END $$; ALTER FUNCTION generated_function.f(text) OWNER TO generated_function_low;
            CREATE TABLE generated_function_t (v text, g boolean GENERATED ALWAYS AS (generated_function.f(v)) STORED);
        "#,
        acts: &[
            Act::Low(
                "generated_function_low",
                r#"CREATE OR REPLACE FUNCTION generated_function.f(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM kit.grab('generated_function_low'); RETURN true; END $$"#,
            ),
            Act::Superuser(r#"INSERT INTO generated_function_t (v) VALUES ('x')"#),
            Act::IsSuperuser("generated_function_low"),
        ],
    },
    Scenario {
        name: "policy_function",
        claim: Claim::Edge(Mechanism::PolicyFunction, End::Role("policy_function_reader")),
        from: End::Role("policy_function_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN policy_function_low;
            CREATE SCHEMA policy_function AUTHORIZATION policy_function_low; GRANT USAGE ON SCHEMA policy_function TO PUBLIC;
            CREATE OR REPLACE FUNCTION policy_function.f() RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN RETURN true; END $$; ALTER FUNCTION policy_function.f() OWNER TO policy_function_low;
            LOGIN policy_function_reader;
            CREATE TABLE policy_function_loot (v text); GRANT INSERT ON policy_function_loot TO PUBLIC; CREATE TABLE policy_function_secret (v text); INSERT INTO policy_function_secret VALUES ('hidden');
            CREATE TABLE policy_function_t (v text); INSERT INTO policy_function_t VALUES ('row'); ALTER TABLE policy_function_t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON policy_function_t USING (policy_function.f());
            GRANT SELECT ON policy_function_t, policy_function_secret TO policy_function_reader;
        "#,
        acts: &[
            Act::Low(
                "policy_function_low",
                r#"CREATE OR REPLACE FUNCTION policy_function.f() RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN INSERT INTO public.policy_function_loot SELECT v FROM public.policy_function_secret; RETURN true; END $$"#,
            ),
            Act::Victim("policy_function_reader", r#"SELECT * FROM policy_function_t"#),
            Act::Happened(r#"SELECT count(*) > 0 FROM policy_function_loot WHERE v = 'hidden'"#),
        ],
    },
    Scenario {
        name: "policy_superuser",
        claim: Claim::Edge(Mechanism::PolicyFunction, End::Sink(Sink::Superuser)),
        from: End::Role("policy_superuser_low"),
        own_database: true,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN policy_superuser_low;
            CREATE SCHEMA policy_superuser AUTHORIZATION policy_superuser_low; GRANT USAGE ON SCHEMA policy_superuser TO PUBLIC;
            CREATE OR REPLACE FUNCTION policy_superuser.f() RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN RETURN true; END $$; ALTER FUNCTION policy_superuser.f() OWNER TO policy_superuser_low;
            REVOKE CONNECT ON DATABASE policy_superuser FROM PUBLIC; GRANT CONNECT ON DATABASE policy_superuser TO policy_superuser_low;
            CREATE TABLE policy_superuser_t (v text); INSERT INTO policy_superuser_t VALUES ('row'); ALTER TABLE policy_superuser_t ENABLE ROW LEVEL SECURITY; ALTER TABLE policy_superuser_t FORCE ROW LEVEL SECURITY; CREATE POLICY p ON policy_superuser_t USING (policy_superuser.f());
        "#,
        acts: &[
            Act::Low(
                "policy_superuser_low",
                r#"CREATE OR REPLACE FUNCTION policy_superuser.f() RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN PERFORM kit.grab('policy_superuser_low'); RETURN true; END $$"#,
            ),
            Act::Superuser(r#"SELECT * FROM policy_superuser_t"#),
            Act::IsSuperuser("policy_superuser_low"),
        ],
    },
    Scenario {
        name: "operator_function",
        claim: Claim::Edge(Mechanism::OperatorFunction, End::Sink(Sink::Superuser)),
        from: End::Role("operator_function_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN operator_function_low;
            CREATE SCHEMA operator_function AUTHORIZATION operator_function_low; GRANT USAGE ON SCHEMA operator_function TO PUBLIC;
            CREATE OR REPLACE FUNCTION operator_function.f(integer, integer) RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN RETURN true; END $$; ALTER FUNCTION operator_function.f(integer, integer) OWNER TO operator_function_low;
            CREATE OPERATOR operator_function.=== (FUNCTION = operator_function.f, LEFTARG = integer, RIGHTARG = integer);
        "#,
        acts: &[
            Act::Low(
                "operator_function_low",
                r#"CREATE OR REPLACE FUNCTION operator_function.f(integer, integer) RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN PERFORM kit.grab('operator_function_low'); RETURN true; END $$"#,
            ),
            Act::Superuser(r#"SELECT 1 OPERATOR(operator_function.===) 2"#),
            Act::IsSuperuser("operator_function_low"),
        ],
    },
    Scenario {
        name: "cast_function",
        claim: Claim::Edge(Mechanism::OperatorFunction, End::Sink(Sink::Superuser)),
        from: End::Role("cast_function_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN cast_function_low;
            CREATE SCHEMA cast_function AUTHORIZATION cast_function_low; GRANT USAGE ON SCHEMA cast_function TO PUBLIC;
            CREATE TYPE cast_function.t AS (v text);
            CREATE OR REPLACE FUNCTION cast_function.f(cast_function.t) RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN RETURN true; END $$; ALTER FUNCTION cast_function.f(cast_function.t) OWNER TO cast_function_low;
            CREATE CAST (cast_function.t AS boolean) WITH FUNCTION cast_function.f(cast_function.t);
        "#,
        acts: &[
            Act::Low(
                "cast_function_low",
                r#"CREATE OR REPLACE FUNCTION cast_function.f(cast_function.t) RETURNS boolean LANGUAGE plpgsql  AS $$ BEGIN PERFORM kit.grab('cast_function_low'); RETURN true; END $$"#,
            ),
            Act::Superuser(r#"SELECT ROW('x')::cast_function.t::boolean"#),
            Act::IsSuperuser("cast_function_low"),
        ],
    },
    Scenario {
        name: "event_trigger",
        claim: Claim::Edge(Mechanism::EventTriggerFunction, End::Sink(Sink::Superuser)),
        from: End::Role("event_trigger_low"),
        own_database: true,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN event_trigger_low;
            CREATE SCHEMA event_trigger AUTHORIZATION event_trigger_low; GRANT USAGE ON SCHEMA event_trigger TO PUBLIC;
            CREATE FUNCTION event_trigger.e() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
            CREATE EVENT TRIGGER event_trigger_e ON ddl_command_end EXECUTE FUNCTION event_trigger.e(); ALTER FUNCTION event_trigger.e() OWNER TO event_trigger_low;
        "#,
        acts: &[
            Act::Low(
                "event_trigger_low",
                r#"CREATE OR REPLACE FUNCTION event_trigger.e() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('event_trigger_low'); END $$"#,
            ),
            Act::Superuser(r#"CREATE TABLE worked_on ()"#),
            Act::IsSuperuser("event_trigger_low"),
        ],
    },
];
