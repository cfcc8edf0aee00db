//! Adoption on real servers: the plan of an adopted contract is empty, and what is changed by hand afterwards is noticed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

use pgward_catalog::catalog::Catalog;
use pgward_catalog::version::Version;
use pgward_cluster::matrix::installations;
use pgward_cluster::{Cluster, Options};
use pgward_contract::adopt::adopting::{AdoptOptions, adopt};
use pgward_contract::diagnostic::render::{Colour, render};
use pgward_contract::diagnostic::{Diagnostic, Severity};
use pgward_contract::expand::expansion::Expansion;
use pgward_contract::expand::whole::expand;
use pgward_contract::model::contract::Contract;
use pgward_contract::print::print;
use pgward_contract::read::read;
use pgward_contract::source::Source;
use pgward_plan::arbitrary::{Dice, edited, inventory};
use pgward_plan::diff::diff;
use pgward_plan::equivalences::Equivalences;
use pgward_postgres::inspect::inspect;
use tokio_postgres::{Client, NoTls};

#[test]
fn the_plan_of_an_adopted_rental_database_is_empty() {
    on_servers(&[14, 15, 16, 17, 18], async |cluster, major| {
        let shop = database(cluster, "rental").await;
        shop.batch_execute(include_str!("adopt/rental.sql")).await.unwrap();
        if major >= 16 {
            shop.batch_execute(include_str!("adopt/modern.sql")).await.unwrap();
        }
        law(cluster, &shop).await;
    });
}

#[test]
fn the_plan_of_an_adopted_platform_is_empty() {
    on_servers(&[15, 17], async |cluster, _| {
        let app = database(cluster, "app").await;
        app.batch_execute(include_str!("adopt/platform.sql")).await.unwrap();
        law(cluster, &app).await;
    });
}

#[test]
fn the_plan_of_thousands_of_adopted_tables_is_empty_and_the_contract_is_short() {
    on_servers(&[15], async |cluster, _| {
        let app = database(cluster, "gitlabhq").await;
        app.batch_execute(include_str!("adopt/large.sql")).await.unwrap();
        let (text, _) = law(cluster, &app).await;
        // Two thousand tables of one pattern, and a thousand that differ: names are written for these only.
        assert!(text.len() < 60_000, "{} bytes", text.len());
    });
}

#[test]
fn every_kind_of_change_by_hand_is_noticed_after_adoption() {
    on_servers(&[15, 16], async |cluster, _| {
        let shop = database(cluster, "rental").await;
        shop.batch_execute(include_str!("adopt/rental.sql")).await.unwrap();
        let (_, contract) = law(cluster, &shop).await;
        for (change, undo) in CHANGES {
            shop.batch_execute(change).await.unwrap_or_else(|error| panic!("{change}: {error}"));
            let observed = everything(cluster, &shop).await;
            let found = left_to_do(&observed, &expand(&contract, &observed));
            assert_ne!(found, "", "{change} is not noticed");
            shop.batch_execute(undo).await.unwrap_or_else(|error| panic!("{undo}: {error}"));
        }
        let observed = everything(cluster, &shop).await;
        assert_eq!(left_to_do(&observed, &expand(&contract, &observed)), "");
    });
}

/// Without a server: whatever random grants, revokes and owners lead to can be adopted.
#[test]
fn what_grants_and_revokes_lead_to_can_be_adopted() {
    for seed in 0_u32..200 {
        let version = Version((14 + seed % 5) * 10_000);
        let edits = usize::try_from(seed % 80).unwrap();
        said_exactly(&edited(&inventory(version), &mut Dice::new(u64::from(seed)), edits));
    }
}

/// What is done by hand, and how it is undone.
const CHANGES: &[(&str, &str)] = &[
    ("GRANT SELECT ON rental.film TO PUBLIC", "REVOKE SELECT ON rental.film FROM PUBLIC"),
    ("GRANT TRUNCATE ON rental.film TO staff", "REVOKE TRUNCATE ON rental.film FROM staff"),
    (
        "GRANT SELECT ON rental.actor TO staff WITH GRANT OPTION",
        "REVOKE GRANT OPTION FOR SELECT ON rental.actor FROM staff",
    ),
    (
        "REVOKE SELECT ON rental.actor FROM staff",
        "SET ROLE rental_owner; GRANT SELECT ON rental.actor TO staff; RESET ROLE",
    ),
    ("REVOKE INSERT ON rental.actor FROM rental_owner", "GRANT INSERT ON rental.actor TO rental_owner"),
    (
        "GRANT UPDATE (email) ON rental.customer TO analyst",
        "REVOKE UPDATE (email) ON rental.customer FROM analyst",
    ),
    ("GRANT CREATE ON SCHEMA public TO PUBLIC", "REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
    (
        "GRANT EXECUTE ON FUNCTION rental.rewards(integer, numeric) TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION rental.rewards(integer, numeric) FROM PUBLIC",
    ),
    ("GRANT TEMPORARY ON DATABASE rental TO PUBLIC", "REVOKE TEMPORARY ON DATABASE rental FROM PUBLIC"),
    ("GRANT CONNECT ON DATABASE postgres TO analyst", "REVOKE CONNECT ON DATABASE postgres FROM analyst"),
    ("GRANT CREATE ON TABLESPACE pg_default TO staff", "REVOKE CREATE ON TABLESPACE pg_default FROM staff"),
    ("GRANT SET ON PARAMETER log_statement TO staff", "REVOKE SET ON PARAMETER log_statement FROM staff"),
    ("GRANT USAGE ON FOREIGN SERVER archive TO PUBLIC", "REVOKE USAGE ON FOREIGN SERVER archive FROM PUBLIC"),
    ("GRANT UPDATE ON LARGE OBJECT 4711 TO staff", "REVOKE UPDATE ON LARGE OBJECT 4711 FROM staff"),
    (
        "GRANT USAGE ON TYPE rental.mpaa_rating TO analyst",
        "REVOKE USAGE ON TYPE rental.mpaa_rating FROM analyst",
    ),
    (
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO analyst",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) FROM analyst",
    ),
    (
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text) TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text) FROM PUBLIC",
    ),
    ("ALTER TABLE rental.film OWNER TO postgres", "ALTER TABLE rental.film OWNER TO rental_owner"),
    (
        "ALTER FUNCTION rental.last_updated() OWNER TO postgres",
        "ALTER FUNCTION rental.last_updated() OWNER TO rental_owner",
    ),
    ("ALTER SCHEMA rental OWNER TO postgres", "ALTER SCHEMA rental OWNER TO rental_owner"),
    ("ALTER DATABASE rental OWNER TO postgres", "ALTER DATABASE rental OWNER TO rental_owner"),
    ("ALTER PUBLICATION changes OWNER TO staff", "ALTER PUBLICATION changes OWNER TO rental_owner"),
    ("ALTER SERVER archive OWNER TO staff", "ALTER SERVER archive OWNER TO rental_owner"),
    ("ALTER ROLE staff_app CREATEROLE", "ALTER ROLE staff_app NOCREATEROLE"),
    ("ALTER ROLE staff_app CONNECTION LIMIT 21", "ALTER ROLE staff_app CONNECTION LIMIT 20"),
    (
        "ALTER ROLE staff_app VALID UNTIL 'infinity'",
        "ALTER ROLE staff_app VALID UNTIL '2031-12-31 23:59:59.5+01'",
    ),
    ("ALTER ROLE staff LOGIN", "ALTER ROLE staff NOLOGIN"),
    ("CREATE ROLE mallory SUPERUSER", "DROP ROLE mallory"),
    ("CREATE ROLE mallory IN ROLE staff", "DROP ROLE mallory"),
    ("CREATE ROLE mallory IN ROLE pg_read_all_data", "DROP ROLE mallory"),
    (
        "CREATE ROLE mallory; GRANT SELECT ON rental.film TO mallory",
        "REVOKE SELECT ON rental.film FROM mallory; DROP ROLE mallory",
    ),
    ("GRANT pg_write_all_data TO analyst", "REVOKE pg_write_all_data FROM analyst"),
    ("GRANT rental_owner TO analyst", "REVOKE rental_owner FROM analyst"),
    ("REVOKE ADMIN OPTION FOR staff FROM staff_app CASCADE", "GRANT staff TO staff_app WITH ADMIN OPTION"),
    (
        "ALTER ROLE staff_app SET statement_timeout = '40s'",
        "ALTER ROLE staff_app SET statement_timeout = '30s'",
    ),
    (
        "ALTER ROLE analyst IN DATABASE rental SET work_mem = '1GB'",
        "ALTER ROLE analyst IN DATABASE rental RESET work_mem",
    ),
    ("ALTER DATABASE rental SET row_security = off", "ALTER DATABASE rental RESET row_security"),
    ("ALTER DATABASE postgres SET work_mem = '64MB'", "ALTER DATABASE postgres RESET work_mem"),
    ("ALTER ROLE ALL SET row_security = off", "ALTER ROLE ALL RESET row_security"),
    ("ALTER DATABASE rental CONNECTION LIMIT -1", "ALTER DATABASE rental CONNECTION LIMIT 200"),
    ("ALTER DATABASE rental IS_TEMPLATE true", "ALTER DATABASE rental IS_TEMPLATE false"),
    (
        "ALTER TABLE rental.customer NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE rental.customer FORCE ROW LEVEL SECURITY",
    ),
    (
        "ALTER TABLE rental.customer DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE rental.customer ENABLE ROW LEVEL SECURITY",
    ),
    (
        "ALTER TABLE rental.actor ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE rental.actor DISABLE ROW LEVEL SECURITY",
    ),
    ("CREATE POLICY everything ON rental.customer USING (true)", "DROP POLICY everything ON rental.customer"),
    ("ALTER POLICY own ON rental.customer TO staff, analyst", "ALTER POLICY own ON rental.customer TO staff"),
    (
        "ALTER POLICY own ON rental.customer USING (true)",
        "ALTER POLICY own ON rental.customer USING (tenant IN (current_setting('app.tenant'), 'shared'))",
    ),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE rental_owner IN SCHEMA rental GRANT DELETE ON TABLES TO analyst",
        "ALTER DEFAULT PRIVILEGES FOR ROLE rental_owner IN SCHEMA rental REVOKE DELETE ON TABLES FROM analyst",
    ),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE rental_owner GRANT SELECT ON TABLES TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE rental_owner REVOKE SELECT ON TABLES FROM PUBLIC",
    ),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT SELECT ON TABLES TO analyst",
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres REVOKE SELECT ON TABLES FROM analyst",
    ),
    (
        "ALTER FUNCTION rental.last_updated() SECURITY DEFINER",
        "ALTER FUNCTION rental.last_updated() SECURITY INVOKER",
    ),
    (
        "ALTER FUNCTION rental.rewards(integer, numeric) SECURITY INVOKER",
        "ALTER FUNCTION rental.rewards(integer, numeric) SECURITY DEFINER",
    ),
    (
        "ALTER FUNCTION rental.rewards(integer, numeric) SET search_path = public",
        "ALTER FUNCTION rental.rewards(integer, numeric) SET search_path = pg_catalog, rental, pg_temp",
    ),
    (
        "ALTER FUNCTION rental.concat_next(text, text) LEAKPROOF",
        "ALTER FUNCTION rental.concat_next(text, text) NOT LEAKPROOF",
    ),
    (
        "ALTER FUNCTION rental.concat_next(text, text) SET row_security = off",
        "ALTER FUNCTION rental.concat_next(text, text) RESET row_security",
    ),
    (
        "ALTER VIEW rental.film_list RESET (security_barrier)",
        "ALTER VIEW rental.film_list SET (security_barrier = true)",
    ),
    (
        "ALTER VIEW rental.customer_list SET (security_invoker = true)",
        "ALTER VIEW rental.customer_list RESET (security_invoker)",
    ),
    (
        "CREATE SCHEMA side; CREATE TABLE side.t (x integer); GRANT SELECT ON side.t TO staff",
        "DROP SCHEMA side CASCADE",
    ),
    ("CREATE TABLE public.t (x integer); GRANT SELECT ON public.t TO PUBLIC", "DROP TABLE public.t"),
];

/// Adopts, prints, reads back, expands: nothing is left to do.
async fn law(cluster: &Cluster, client: &Client) -> (String, Contract) {
    said_exactly(&everything(cluster, client).await)
}

fn said_exactly(observed: &Catalog) -> (String, Contract) {
    let adopted =
        adopt(observed, &AdoptOptions { cluster: Some("test".to_owned()), ..AdoptOptions::default() });
    let text = print(&adopted.contract, &adopted.notes);
    if let Ok(folder) = std::env::var("PGWARD_KEEP_ADOPTED") {
        std::fs::write(format!("{folder}/{}-{}.yaml", observed.version.major(), text.len()), &text).unwrap();
    }
    assert_eq!(adopted.unsaid, Vec::<String>::new());
    let sources = [Source::new("adopted.yaml", text.clone())];
    let (contract, found) = read(&sources);
    assert_eq!(errors(&found, &sources), "", "{text}");
    let expansion = expand(&contract, observed);
    assert_eq!(errors(&expansion.diagnostics, &sources), "", "{text}");
    assert_eq!(left_to_do(observed, &expansion), "", "{text}");
    assert!(expansion.desired == *observed, "diff is blind to a difference\n{text}");
    (text, contract)
}

fn left_to_do(observed: &Catalog, expansion: &Expansion) -> String {
    let changes = diff(observed, &expansion.desired, &Equivalences::none());
    let changes = changes.iter().map(|change| format!("{change:?}"));
    let drift = expansion.drift.iter().map(|drift| format!("drift: {}", drift.message));
    let wrong = expansion.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    let wrong = wrong.map(|found| format!("error: {}", found.message));
    changes.chain(drift).chain(wrong).collect::<Vec<_>>().join("\n")
}

fn errors(found: &[Diagnostic], sources: &[Source]) -> String {
    let errors = found.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| render(found, sources, Colour::Plain)).collect::<Vec<_>>().join("\n")
}

/// The database, and `postgres` beside it.
async fn everything(cluster: &Cluster, client: &Client) -> Catalog {
    let other = connect(cluster, "postgres").await;
    inspect(client, &[&other]).await.unwrap()
}

async fn database(cluster: &Cluster, name: &str) -> Client {
    let admin = connect(cluster, "postgres").await;
    admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    connect(cluster, name).await
}

fn on_servers(majors: &[u32], test: impl AsyncFn(&Cluster, u32)) {
    let available = installations().expect("PostgreSQL is installed");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut tried = 0;
    for installation in available.iter().filter(|installation| majors.contains(&installation.major())) {
        let cluster =
            Cluster::start(installation, &Options::new().setting("max_locks_per_transaction", "512"))
                .expect("the server starts");
        runtime.block_on(test(&cluster, installation.major()));
        tried += 1;
    }
    assert!(tried > 0, "none of PostgreSQL {majors:?} is here");
}

async fn connect(cluster: &Cluster, database: &str) -> Client {
    let (client, connection) = tokio_postgres::Config::new()
        .host_path(cluster.socket_dir())
        .port(cluster.port())
        .user(cluster.superuser())
        .password(cluster.password().expose())
        .dbname(database)
        .connect(NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}
