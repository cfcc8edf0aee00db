//! A shop whose privileges are lent, and the desk's login.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use pgward_catalog::name::RoleName;
use pgward_cluster::{Cluster, Installation, Options};
use pgward_credential::{ScramVerifier, Secret};
use pgward_postgres::connect::connect;
use pgward_postgres::connect::failure::ConnectError;
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::lease_role::failure::LeaseRoleError;
use pgward_postgres::lease_role::make::{Becomes, LeaseRole, Made, make};
use pgward_postgres::lease_role::remove::{Outcome, Removal, remove};
use pgward_postgres::session::Session;

pub(crate) struct Shop {
    pub(crate) cluster: Cluster,
}

pub(crate) const PASSWORD: &str = "of-the-lease";
pub(crate) const LEASE: &str = "pgward_l_0w3ge1r70w3ge1r7";
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

impl Shop {
    pub(crate) fn open(installation: &Installation) -> Shop {
        let cluster = Cluster::start(installation, &Options::new()).unwrap();
        let lends = match installation.major() {
            16.. => " WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
            _ => "",
        };
        let granted = if lends.is_empty() {
            String::new()
        } else {
            format!("GRANT pgward_read_only, pgward_read_full_write, pgward_admin TO desk{lends};")
        };
        cluster.psql("postgres", &format!("{ROLES} {granted}")).unwrap();
        cluster.psql("postgres", "CREATE DATABASE shop OWNER shop_owner").unwrap();
        cluster.psql("postgres", "CREATE DATABASE archive OWNER shop_owner").unwrap();
        for database in ["shop", "archive"] {
            cluster.psql(database, TABLES).unwrap();
        }
        Shop { cluster }
    }

    pub(crate) fn settings(&self, role: &str, password: &str, database: &str) -> ConnectionSettings {
        let pairs = self.cluster.env_of(role, &Secret::new(password.to_owned()), database);
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.into_string().unwrap()));
        ConnectionSettings::resolve(None, &Environment::of(pairs)).unwrap()
    }

    pub(crate) fn desk_settings(&self) -> ConnectionSettings {
        self.settings("desk", "desk", "shop")
    }

    pub(crate) async fn desk(&self) -> Session {
        connect(&self.desk_settings()).await.unwrap()
    }

    pub(crate) async fn lease(&self, database: &str) -> Result<Session, ConnectError> {
        connect(&self.settings(LEASE, PASSWORD, database)).await
    }

    /// What the superuser's psql prints.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> String {
        self.cluster.psql(database, sql).unwrap().trim().to_owned()
    }

    pub(crate) fn roles(&self) -> String {
        self.sql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'pgward_l_%'")
    }
}

/// A lease of a tier, for as long as nothing is said.
pub(crate) fn of_tier(tier: &str) -> LeaseRole {
    LeaseRole {
        name: RoleName::from(LEASE),
        lends: RoleName::from(format!("pgward_{tier}").as_str()),
        valid_until: "2999-01-01T00:00:00Z".to_owned(),
        connections: 2,
        settings: vec![("statement_timeout", "30000".to_owned())],
        mark: "a desk".to_owned(),
        becomes: Becomes::Lent,
    }
}

pub(crate) async fn make_it(desk: &Session, role: &LeaseRole) -> Result<Made, LeaseRoleError> {
    let password = Secret::new(PASSWORD.to_owned());
    let verifier = ScramVerifier::derive(&password, [7; 16], ScramVerifier::ITERATIONS).unwrap();
    make(desk, role, &verifier).await
}

pub(crate) async fn remove_it(
    shop: &Shop,
    desk: &Session,
    owner: Option<&str>,
) -> Result<Outcome, LeaseRoleError> {
    let owner = owner.map(RoleName::from);
    remove(desk, &shop.desk_settings(), &RoleName::from(LEASE), owner.as_ref(), PATIENCE).await
}

pub(crate) fn gone(outcome: Outcome) -> Removal {
    match outcome {
        Outcome::Gone(removal) => Some(removal),
        Outcome::Stays { words, .. } => {
            assert_eq!(words, "nothing", "the role is still there");
            None
        }
    }
    .unwrap()
}

/// The code with which a statement was refused.
pub(crate) async fn refused(session: &Session, sql: &str) -> String {
    let error = session.client().batch_execute(sql).await.unwrap_err();
    error.code().map_or_else(|| "the connection is gone".to_owned(), |code| code.code().to_owned())
}

/// Checks that a session was ended: its next statement says so, or that the connection is gone, whichever is read first.
pub(crate) async fn check_ended(session: &Session) {
    let answer = refused(session, "SELECT 1").await;
    assert!(["57P01", "the connection is gone"].contains(&answer.as_str()), "{answer}");
}

const ROLES: &str = "CREATE ROLE desk LOGIN CREATEROLE PASSWORD 'desk'; CREATE ROLE shop_owner; \
    CREATE ROLE pgward_read_only; CREATE ROLE pgward_read_full_write IN ROLE shop_owner; \
    CREATE ROLE pgward_admin CREATEROLE IN ROLE pgward_read_full_write; CREATE ROLE helper LOGIN PASSWORD 'helper';";
const TABLES: &str = "SET ROLE shop_owner; CREATE SCHEMA app; CREATE TABLE app.orders (id int); \
    GRANT USAGE ON SCHEMA app TO pgward_read_only; GRANT SELECT ON app.orders TO pgward_read_only;";
