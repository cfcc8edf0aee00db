//! Servers of providers: what is the provider's is no finding, and what its customer did wrong still is.

use pgward_audit::audit::Audit;
use pgward_audit::rules::RULES;
use pgward_audit::study::Study;
use pgward_cluster::Installation;
use pgward_survey::provider::Provider;

use crate::world::{TODAY, World};

/// A server as a provider hands it over.
struct Handed {
    provider: Provider,
    /// The provider's roles, schemas and databases, as it documents them.
    scene: &'static str,
    /// Names of what is its own, as they stand in findings.
    own: &'static [&'static str],
    /// Who its customer is.
    customer: &'static str,
}

/// Each provider's server, and on it the same flaws of a customer's.
pub(crate) fn what_is_the_providers_makes_no_noise(installation: &Installation) {
    for handed in HANDED {
        let world = World::start(installation, &[], None);
        world.make("the provider", handed.scene);
        world.make("the customer", FLAWS);
        let survey = world.survey();
        let study = Study::of(&survey, None, TODAY);
        assert_eq!(study.provider, handed.provider);
        let audit = Audit::of(&study, RULES);
        for (finding, _) in &audit.findings {
            let principal = finding.principal.as_ref().map(ToString::to_string).unwrap_or_default();
            let subject = finding.subject.to_string();
            let words: Vec<&str> =
                subject.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
            let is_own = handed.own.iter().any(|own| principal == *own || words.contains(own));
            assert!(
                !is_own,
                "{}: {} {principal}: {}",
                handed.provider.name(),
                finding.key(),
                finding.message
            );
        }
        for login in &audit.paths.logins {
            let name = login.login.as_str();
            assert!(!handed.own.contains(&name), "{}: a way of {name}", handed.provider.name());
        }
        let found = |rule: &str, words: &str| {
            audit.findings.iter().any(|(finding, _)| finding.rule == rule && finding.key().contains(words))
        };
        for (rule, words) in [
            ("role.reach_os", "shop_app"),
            ("table.public_privilege", "public.cards"),
            ("secdef.dynamic_sql", "public.run"),
            ("func.trojan_trigger", "shop_app"),
            ("rls.policy_but_off", "public.tenants"),
        ] {
            assert!(found(rule, words), "{}: {rule} of {words} is missed", handed.provider.name());
        }
        let reaches = audit
            .paths
            .logins
            .iter()
            .any(|login| login.login.as_str() == "shop_app" && !login.sinks.is_empty());
        assert!(reaches, "{}: shop_app reaches something", handed.provider.name());
        assert!(!study.is_administrative(&handed.customer.into()), "{}", handed.customer);
    }
}

/// What a customer does wrong, wherever the server is.
const FLAWS: &str = "
CREATE ROLE shop_app LOGIN;
GRANT pg_execute_server_program TO shop_app;
CREATE TABLE public.cards (id int, card text);
GRANT SELECT ON public.cards TO PUBLIC;
CREATE FUNCTION public.run(q text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE q; END $$;
CREATE SCHEMA shop AUTHORIZATION shop_app;
CREATE FUNCTION shop.noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
ALTER FUNCTION shop.noted() OWNER TO shop_app;
CREATE TRIGGER noted BEFORE INSERT ON public.cards FOR EACH ROW EXECUTE FUNCTION shop.noted();
CREATE TABLE public.tenants (id int, tenant name);
CREATE POLICY own ON public.tenants USING (tenant = current_user);
GRANT SELECT ON public.tenants TO shop_app;
";

const HANDED: &[Handed] = &[
    Handed {
        provider: Provider::AmazonRds,
        scene: r#"
CREATE ROLE rdsadmin LOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS;
CREATE ROLE rds_superuser; CREATE ROLE rds_replication; CREATE ROLE rds_password; CREATE ROLE rds_iam; CREATE ROLE rds_ad;
CREATE ROLE rdsrepladmin REPLICATION; CREATE ROLE rdstopmgr LOGIN; CREATE ROLE rdsproxyadmin LOGIN;
GRANT pg_monitor, pg_signal_backend, rds_replication, rds_password TO rds_superuser WITH ADMIN OPTION;

CREATE ROLE customer LOGIN CREATEDB CREATEROLE; GRANT rds_superuser TO customer;
CREATE DATABASE rdsadmin OWNER rdsadmin;
REVOKE CONNECT ON DATABASE rdsadmin FROM PUBLIC;
CREATE SCHEMA rds_tools AUTHORIZATION rdsadmin; GRANT USAGE ON SCHEMA rds_tools TO rds_superuser;
SET ROLE rdsadmin;
CREATE FUNCTION rds_tools.role_password_encryption_type() RETURNS TABLE (r name, t text) LANGUAGE sql SECURITY DEFINER AS 'SELECT rolname, left(rolpassword, 5) FROM pg_authid';
CREATE FUNCTION rds_tools.trace() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER rds_trace ON ddl_command_end EXECUTE FUNCTION rds_tools.trace();
RESET ROLE;"#,
        own: &[
            "rdsadmin",
            "rds_superuser",
            "rds_replication",
            "rds_password",
            "rds_iam",
            "rds_ad",
            "rdsrepladmin",
            "rdstopmgr",
            "rdsproxyadmin",
            "rds_tools",
            "rds_trace",
        ],
        customer: "customer",
    },
    Handed {
        provider: Provider::CloudSql,
        scene: r#"
CREATE ROLE cloudsqladmin LOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS;
CREATE ROLE cloudsqlsuperuser CREATEDB CREATEROLE; CREATE ROLE cloudsqlagent LOGIN CREATEDB CREATEROLE;
CREATE ROLE cloudsqlimportexport LOGIN CREATEDB CREATEROLE; CREATE ROLE cloudsqlreplica LOGIN REPLICATION;
CREATE ROLE cloudsqliamserviceaccount; CREATE ROLE cloudsqliamuser;
GRANT pg_monitor TO cloudsqlsuperuser; GRANT cloudsqlsuperuser TO cloudsqlagent, cloudsqlimportexport;
CREATE ROLE customer LOGIN CREATEDB CREATEROLE; GRANT cloudsqlsuperuser TO customer;
CREATE DATABASE cloudsqladmin OWNER cloudsqladmin;
REVOKE CONNECT ON DATABASE cloudsqladmin FROM PUBLIC;
CREATE SCHEMA google_vacuum_mgmt AUTHORIZATION cloudsqladmin;
SET ROLE cloudsqladmin;
CREATE FUNCTION google_vacuum_mgmt.oldest() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::text';
RESET ROLE;"#,
        own: &[
            "cloudsqladmin",
            "cloudsqlsuperuser",
            "cloudsqlagent",
            "cloudsqlimportexport",
            "cloudsqlreplica",
            "cloudsqliamserviceaccount",
            "cloudsqliamuser",
            "google_vacuum_mgmt",
        ],
        customer: "customer",
    },
    Handed {
        provider: Provider::Azure,
        scene: r#"
CREATE ROLE azuresu LOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS;
CREATE ROLE azure_pg_admin; CREATE ROLE replication LOGIN REPLICATION;
GRANT pg_monitor, pg_signal_backend TO azure_pg_admin WITH ADMIN OPTION;
CREATE ROLE customer LOGIN CREATEDB CREATEROLE; GRANT azure_pg_admin TO customer;
CREATE DATABASE azure_maintenance OWNER azuresu; CREATE DATABASE azure_sys OWNER azuresu;
REVOKE CONNECT ON DATABASE azure_maintenance FROM PUBLIC;
CREATE SCHEMA azure AUTHORIZATION azuresu;
SET ROLE azuresu;
CREATE FUNCTION azure.settings() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::text';
RESET ROLE;"#,
        own: &["azuresu", "azure_pg_admin", "replication", "azure_maintenance", "azure_sys", "azure"],
        customer: "customer",
    },
    Handed {
        provider: Provider::Supabase,
        scene: r#"
CREATE ROLE supabase_admin LOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS;
CREATE ROLE supabase_replication_admin LOGIN REPLICATION; CREATE ROLE supabase_read_only_user LOGIN BYPASSRLS;
GRANT pg_read_all_data TO supabase_read_only_user;
CREATE ROLE supabase_auth_admin LOGIN NOINHERIT CREATEROLE; CREATE ROLE supabase_storage_admin LOGIN NOINHERIT CREATEROLE;
CREATE ROLE dashboard_user CREATEDB CREATEROLE REPLICATION; CREATE ROLE pgbouncer LOGIN;
CREATE ROLE customer LOGIN CREATEDB CREATEROLE;
CREATE SCHEMA auth AUTHORIZATION supabase_admin; CREATE SCHEMA storage AUTHORIZATION supabase_admin;
CREATE SCHEMA extensions AUTHORIZATION supabase_admin; CREATE SCHEMA pgbouncer AUTHORIZATION pgbouncer;
GRANT USAGE ON SCHEMA auth, storage, extensions TO PUBLIC; GRANT ALL ON SCHEMA auth TO supabase_auth_admin;
CREATE TABLE auth.users (id uuid, encrypted_password text, email text); ALTER TABLE auth.users OWNER TO supabase_auth_admin;
CREATE TABLE storage.objects (id uuid, owner uuid); ALTER TABLE storage.objects OWNER TO supabase_storage_admin;
ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY; GRANT ALL ON storage.objects TO PUBLIC;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid'; ALTER FUNCTION auth.uid() OWNER TO supabase_auth_admin;
SET ROLE supabase_admin;
CREATE FUNCTION pgbouncer.get_auth(u text) RETURNS TABLE (username text, password text) LANGUAGE sql SECURITY DEFINER AS 'SELECT usename::text, passwd FROM pg_catalog.pg_shadow WHERE usename = u';
CREATE FUNCTION extensions.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER pgrst_ddl_watch ON ddl_command_end EXECUTE FUNCTION extensions.watch();
RESET ROLE;"#,
        own: &[
            "supabase_admin",
            "supabase_replication_admin",
            "supabase_read_only_user",
            "supabase_auth_admin",
            "supabase_storage_admin",
            "dashboard_user",
            "pgbouncer",
            "auth",
            "storage",
            "extensions",
            "pgrst_ddl_watch",
        ],
        customer: "customer",
    },
    Handed {
        provider: Provider::CloudNativePg,
        scene: r#"
CREATE ROLE streaming_replica LOGIN REPLICATION;
CREATE ROLE cnpg_pooler_pgbouncer LOGIN;
CREATE ROLE customer LOGIN;
GRANT CONNECT ON DATABASE audited TO cnpg_pooler_pgbouncer;
CREATE FUNCTION public.user_search(uname text) RETURNS TABLE (usename name, passwd text) LANGUAGE sql SECURITY DEFINER AS 'SELECT usename, passwd FROM pg_catalog.pg_shadow WHERE usename = $1';
REVOKE ALL ON FUNCTION public.user_search(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.user_search(text) TO cnpg_pooler_pgbouncer;"#,
        own: &["streaming_replica", "cnpg_pooler_pgbouncer"],
        customer: "customer",
    },
];
