//! Parameters, languages and subscriptions.

use pgward_audit::paths::graph::Sink;
use pgward_audit::paths::mechanism::Mechanism;
use pgward_audit::rule::Versions;

use crate::scenario::{Act, Claim, End, NONE, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "parameter",
        claim: Claim::Edge(Mechanism::ParameterRunsCode, End::Sink(Sink::OsCommand)),
        from: End::Role("parameter_low"),
        own_database: false,
        applies: Versions::from(15),
        works: Versions::from(15),
        scene: r#"
            LOGIN parameter_low;
            GRANT ALTER SYSTEM ON PARAMETER archive_command TO parameter_low;
        "#,
        acts: &[
            Act::Low(
                "parameter_low",
                r#"ALTER SYSTEM SET archive_command = 'touch {data}/parameter_was_here'"#,
            ),
            Act::Superuser(r#"SELECT pg_reload_conf()"#),
            Act::Archived(r#"{data}/parameter_was_here"#),
            Act::Superuser(r#"ALTER SYSTEM RESET archive_command"#),
            Act::Superuser(r#"SELECT pg_reload_conf()"#),
        ],
    },
    Scenario {
        name: "parameter_not_granted",
        claim: Claim::Edge(Mechanism::ParameterRunsCode, End::Sink(Sink::OsCommand)),
        from: End::Role("parameter_not_granted_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN parameter_not_granted_low;
        "#,
        acts: &[Act::Low(
            "parameter_not_granted_low",
            r#"ALTER SYSTEM SET archive_command = 'touch {data}/parameter_not'"#,
        )],
    },
    Scenario {
        name: "trusted_language",
        claim: Claim::Edge(Mechanism::TrustedLanguage, End::Sink(Sink::OsCommand)),
        from: End::Public,
        own_database: true,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN trusted_language_low;
            CREATE SCHEMA trusted_language AUTHORIZATION trusted_language_low;
            UPDATE pg_language SET lanpltrusted = true WHERE lanname = 'internal';
        "#,
        acts: &[
            Act::Low(
                "trusted_language_low",
                r#"CREATE FUNCTION trusted_language.export(oid, text) RETURNS integer LANGUAGE internal AS 'be_lo_export'"#,
            ),
            Act::Low(
                "trusted_language_low",
                r#"SELECT lo_from_bytea(0, convert_to('archive_command = ''touch {data}/trusted_language_was_here''', 'UTF8')) AS made \gset
SELECT trusted_language.export(:made, '{data}/postgresql.auto.conf')"#,
            ),
            Act::Superuser(r#"SELECT pg_reload_conf()"#),
            Act::Archived(r#"{data}/trusted_language_was_here"#),
            Act::Superuser(r#"ALTER SYSTEM RESET archive_command"#),
            Act::Superuser(r#"SELECT pg_reload_conf()"#),
        ],
    },
    Scenario {
        name: "trusted_language_nowhere",
        claim: Claim::Edge(Mechanism::TrustedLanguage, End::Sink(Sink::OsCommand)),
        from: End::Role("trusted_language_nowhere_low"),
        own_database: true,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN trusted_language_nowhere_low;
            UPDATE pg_language SET lanpltrusted = true WHERE lanname = 'internal';
            REVOKE CREATE ON SCHEMA public FROM PUBLIC; REVOKE TEMPORARY ON DATABASE trusted_language_nowhere FROM PUBLIC;
        "#,
        acts: &[
            Act::Low(
                "trusted_language_nowhere_low",
                r#"CREATE FUNCTION pg_temp.export(oid, text) RETURNS integer LANGUAGE internal AS 'be_lo_export'"#,
            ),
            Act::Happened(r#"SELECT true"#),
        ],
    },
    Scenario {
        name: "subscription",
        claim: Claim::Edge(Mechanism::SubscriptionApply, End::Sink(Sink::Superuser)),
        from: End::Role("subscription_low"),
        own_database: true,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN subscription_low;
            CREATE SCHEMA subscription_far; CREATE SCHEMA subscription AUTHORIZATION subscription_low;
            SELECT 'CREATE DATABASE subscription_source' \gexec
            CREATE TABLE public.subscription_t (v int PRIMARY KEY); ALTER TABLE public.subscription_t OWNER TO subscription_low;
            \connect subscription_source
            CREATE TABLE public.subscription_t (v int PRIMARY KEY); CREATE PUBLICATION subscription_p FOR TABLE public.subscription_t;
            SELECT pg_create_logical_replication_slot('subscription_slot', 'pgoutput');
            \connect subscription
            SELECT format('CREATE SUBSCRIPTION subscription_s CONNECTION %L PUBLICATION subscription_p WITH (create_slot = false, slot_name = subscription_slot, copy_data = false%s)', 'host=127.0.0.1 port={port} dbname=subscription_source user=postgres sslmode=disable', CASE WHEN current_setting('server_version_num')::int >= 160000 THEN ', run_as_owner = true' ELSE '' END) \gexec
        "#,
        acts: &[
            Act::Low(
                "subscription_low",
                r#"CREATE FUNCTION subscription.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('subscription_low'); RETURN NEW; END $$; CREATE TRIGGER grab BEFORE INSERT ON public.subscription_t FOR EACH ROW EXECUTE FUNCTION subscription.grab(); ALTER TABLE public.subscription_t ENABLE ALWAYS TRIGGER grab"#,
            ),
            Act::Superuser(
                r#"\connect subscription_source
INSERT INTO public.subscription_t VALUES (1)"#,
            ),
            Act::Happened(r#"SELECT rolsuper FROM pg_roles WHERE rolname = 'subscription_low'"#),
            Act::Superuser(r#"ALTER SUBSCRIPTION subscription_s DISABLE"#),
        ],
    },
];
