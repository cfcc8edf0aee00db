//! Nothing survives a proof, and nothing runs in it that it did not bring along.

#![allow(clippy::unwrap_used, reason = "tests")]

use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::name::RoleName;
use pgward_cluster::matrix;
use pgward_credential::Secret;
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::prove::login::Logins;
use pgward_postgres::prove::options::Options;
use pgward_proof::action::Action;
use pgward_proof::claim::Topic;
use pgward_proof::outcome::Via;
use pgward_proof::report::text::text;
use pgward_proof::verdict::{Ruling, Witness};

use crate::proving::shop::Shop;

/// Everything a proof could leave behind: rows, files of tables, sequences, objects, settings, calls of functions, and
/// tables that were written at all, but for those whose rows are made up.
const TRACES: &str = "
    SELECT 'relation', relname, relfilenode, relkind, relacl::text, relrowsecurity, relforcerowsecurity
        FROM pg_class WHERE relnamespace <> 'pg_toast'::regnamespace AND NOT relisshared ORDER BY 2;
    SELECT 'sequence', schemaname, sequencename, last_value FROM pg_sequences ORDER BY 3;
    SELECT 'numbers', last_value, is_called FROM shop.numbers;
    SELECT 'orders', * FROM shop.orders ORDER BY id;
    SELECT 'auctions', * FROM shop.auctions ORDER BY id;
    SELECT 'tenants', * FROM shop.tenants ORDER BY id;
    SELECT 'routine', oid::regprocedure, proacl FROM pg_proc WHERE pronamespace = 'shop'::regnamespace ORDER BY oid;
    SELECT 'role', rolname, rolsuper, rolconfig FROM pg_roles ORDER BY 2;
    SELECT 'setting', * FROM pg_db_role_setting ORDER BY 2, 3;
    SELECT 'database', datname, datacl FROM pg_database ORDER BY 2;
    SELECT 'namespace', nspname FROM pg_namespace ORDER BY 2;
    SELECT 'called', funcname, calls FROM pg_stat_user_functions ORDER BY 2;
    SELECT 'written', relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables WHERE relname NOT IN ('orders', 'auctions') ORDER BY 2;
    SELECT 'orders written', n_tup_upd + n_tup_del <= n_tup_ins FROM pg_stat_user_tables WHERE relname = 'orders'";

/// Waits until the statistics know of the fixture's own rows, at most half a minute.
const UNTIL_COUNTED: &str = "
    DO $$
    BEGIN
        FOR attempt IN 1..600 LOOP
            PERFORM pg_stat_clear_snapshot();
            EXIT WHEN (SELECT count(*) FROM pg_stat_user_tables WHERE schemaname = 'shop' AND relname IN ('tenants', 'orders', 'auctions')
                AND n_tup_ins > 0) = 3;
            PERFORM pg_sleep(0.05);
        END LOOP;
    END $$";

#[tokio::test]
async fn nothing_survives_a_proof() {
    for installation in matrix::installations().unwrap() {
        let shop = Shop::open(&installation);
        shop.sql("ALTER SYSTEM SET track_functions = 'all'; SELECT pg_reload_conf()");
        shop.sql("SELECT nextval('shop.numbers')");
        // Triggers that refuse everything: a proof that set one off would not hold.
        shop.sql(
            "CREATE TRIGGER note BEFORE INSERT OR UPDATE OR DELETE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.note();
             CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
             CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION public.refuse()",
        );
        // What the fixture itself wrote is counted a little later, too.
        shop.sql(UNTIL_COUNTED);
        let desired = shop.inspect().await;
        let before = shop.sql(TRACES);
        let proof = shop.prove(&desired).await;
        assert!(proof.holds(), "{}", text(&proof));
        // What is counted is told to others a little later.
        shop.sql("SELECT pg_sleep(1)");
        assert_eq!(before, shop.sql(TRACES), "PostgreSQL {}", installation.major());
        assert_eq!(Fingerprint::of(&desired), Fingerprint::of(&shop.inspect().await));
    }
}

/// A7: who may connect logs in, who may not does not, and a wrong password opens nothing.
#[tokio::test]
async fn logins_are_tried_over_connections_of_their_own() {
    let shop = Shop::open(&matrix::installations().unwrap().pop().unwrap());
    let desired = shop.inspect().await;
    let options = Options { logins: Some(logins(&shop)), ..Options::default() };
    let proof = shop.prove_with(&desired, &options).await;
    assert!(proof.holds(), "{}", text(&proof));
    let tried = proof.verdicts().filter(|verdict| verdict.evidence.observation.via == Some(Via::Login));
    let actions: Vec<&Action> = tried.map(|verdict| &verdict.claim.action).collect();
    assert_eq!(
        actions,
        [&Action::LogIn, &Action::LogInWithWrongPassword, &Action::LogIn, &Action::LogInWithWrongPassword]
    );

    shop.sql("REVOKE CONNECT ON DATABASE shop FROM shop_app");
    let proof = shop.prove_with(&desired, &options).await;
    let refuted: Vec<String> = proof
        .of(Ruling::Refuted)
        .filter(|verdict| verdict.claim.topic == Topic::Connection)
        .map(|verdict| verdict.claim.to_string())
        .collect();
    assert_eq!(refuted, ["role shop_app can log in on database shop"]);
}

fn logins(shop: &Shop) -> Logins {
    let environment = Environment::of([]);
    let settings = ConnectionSettings::resolve(Some(&shop.cluster.conninfo("shop")), &environment).unwrap();
    let secret = |role: &str, password: &str| (RoleName::from(role), Secret::new(password.to_owned()));
    Logins::new(settings, [secret("shop_app", "app-secret"), secret("shop_migrator", "migrator-secret")])
}

/// Who is no superuser proves less, and claims nothing it did not see.
#[tokio::test]
async fn a_weaker_prover_refutes_nothing_that_holds() {
    for installation in matrix::installations().unwrap() {
        let shop = Shop::open(&installation);
        shop.sql(
            "CREATE ROLE prover LOGIN PASSWORD 'prover-secret'; GRANT CONNECT ON DATABASE shop TO prover;
             GRANT shop_owner, shop_migrator, shop_app, shop_report, app_security TO prover",
        );
        let desired = shop.inspect().await;
        let client = shop.client_as("prover", "prover-secret").await;
        let proof = shop.prove_over(&client, &desired).await;
        assert_eq!(proof.of(Ruling::Refuted).count(), 0, "{}", text(&proof));
        let tried = proof.of(Ruling::Proven).filter(|verdict| verdict.evidence.witness == Witness::Tried);
        assert!(tried.count() > 100);
        assert!(!proof.of(Ruling::Proven).any(|verdict| {
            matches!(verdict.claim.action, Action::Become(_)) && verdict.evidence.witness == Witness::Tried
        }));
    }
}
