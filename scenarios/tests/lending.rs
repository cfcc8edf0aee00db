//! Lending from the request to the end, on real servers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pgward_catalog::name::RoleName;
use pgward_cluster::matrix::installations;
use pgward_cluster::{Cluster, Installation, Options};
use pgward_contract::source::Source;
use pgward_credential::Secret;
use pgward_lease::effect::{Effect, News};
use pgward_lease::event::Event;
use pgward_lease::from_contract::policy_of;
use pgward_lease::lease::{Lease, Stage};
use pgward_lease::name::LeaseId;
use pgward_lease::request::{Ask, Purpose};
use pgward_operations::contract_file::ContractFile;
use pgward_operations::lend::{Found, Lending, roles_in_force, with_leases};
use pgward_operations::password::Passwords;
use pgward_operations::plan::plan;
use pgward_operations::prepare::databases_of;
use pgward_operations::server::Server;
use pgward_operations::server_login::ServerLogin;
use pgward_postgres::connect::connect;
use pgward_postgres::connect::failure::ConnectError;
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::session::Session;
use pgward_store::database::Place;
use pgward_store::leases::Leases;
use tempfile::TempDir;

const CONTRACT: &str = "contract: 1
cluster: shop
scope: {roles: ['pgward_*', shop_owner, desk]}
roles:
  desk: {kind: login, createrole: true, member_of: []}
  shop_owner: {kind: owner}
presets:
  - desk_tiers: {database: shop, schemas: [app], owner: shop_owner, limited_tables: [app.orders]}
databases:
  shop: {owner: shop_owner}
access:
  targets: {shop: {database: shop, role_prefix: pgward_}}
  people: {ada: {manager: grace}, grace: {}}
  tiers:
    read_only: {ttl: 1h, max: 8h, approval: [auto], statement_timeout: 1m}
    read_full_write: {ttl: 30m, max: 2h, approval: [manager], owner: shop_owner}
";

struct Story {
    cluster: Cluster,
    folder: TempDir,
}

impl Story {
    fn on(installation: &Installation) -> Story {
        let cluster = Cluster::start(installation, &Options::new()).unwrap();
        let lends = if installation.major() >= 16 {
            "GRANT pgward_read_only, pgward_read_full_write TO desk WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;"
        } else {
            ""
        };
        cluster.psql("postgres", &format!("{ROLES} {lends}")).unwrap();
        cluster.psql("postgres", "CREATE DATABASE shop OWNER shop_owner").unwrap();
        cluster.psql("shop", TABLES).unwrap();
        Story { cluster, folder: tempfile::tempdir().unwrap() }
    }

    fn settings(&self, role: &str, password: &Secret) -> ConnectionSettings {
        let pairs = self.cluster.env_of(role, password, "shop");
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.into_string().unwrap()));
        ConnectionSettings::resolve(None, &Environment::of(pairs)).unwrap()
    }

    fn place(&self) -> Place {
        Place::Sqlite(self.folder.path().join("desk.sqlite"))
    }

    async fn desk(&self) -> Lending {
        let access = contract(self.cluster.installation().major()).contract.access.unwrap();
        let settings = self.settings("desk", &Secret::new("desk".to_owned()));
        Lending {
            leases: Leases::open(&self.place()).await.unwrap(),
            policy: policy_of(&access, BTreeMap::new()).unwrap(),
            servers: BTreeMap::from([("shop".into(), Arc::new(ServerLogin::written(settings)))]),
            secret: Secret::new("the desks' own secret".to_owned()),
        }
    }

    async fn log_in(&self, desk: &Lending, lease: &Lease) -> Result<Session, ConnectError> {
        connect(&self.settings(&lease.role(), &desk.password_of(&lease.id))).await
    }

    fn sql(&self, sql: &str) -> String {
        self.cluster.psql("shop", sql).unwrap().trim().to_owned()
    }

    fn roles(&self) -> String {
        self.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'pgward_l_%'")
    }

    /// What a plan of the contract would do with roles of leases.
    async fn plan_about_leases(&self, in_force: bool) -> Vec<String> {
        let mut file = contract(self.cluster.installation().major());
        if in_force {
            file.contract = with_leases(&file.contract, &roles_in_force(&self.place()).await.unwrap());
        }
        let settings = self.settings(self.cluster.superuser(), self.cluster.password());
        let server = Server::open_to_read(&settings, &databases_of(&file.contract)).await.unwrap();
        let planned = plan(&server, &file, &Passwords::below(self.folder.path())).await.unwrap().plan;
        let statements = planned.statements.iter().map(|statement| format!("{statement:?}"));
        let drift = planned.reported.iter().map(|reported| format!("{reported:?}"));
        let drift = drift.chain(planned.drift.iter().map(|drift| drift.message.clone()));
        statements.chain(drift).filter(|text| text.contains("pgward_l_")).collect()
    }
}

/// The contract; from 16 on it says as well what the desk's login may grant.
fn contract(major: u32) -> ContractFile {
    let lends = ["pgward_read_only", "pgward_read_full_write"]
        .map(|role| format!("{{role: {role}, admin: true, inherit: false, set: false}}"));
    let lends = if major >= 16 { lends.join(", ") } else { String::new() };
    let text = CONTRACT.replace("member_of: []", &format!("member_of: [{lends}]"));
    let sources = vec![Source::new("c.yaml", text.as_str())];
    let (contract, found) = pgward_contract::read::read(&sources);
    assert_eq!(found, []);
    ContractFile { contract, sources, diagnostics: Vec::new() }
}

fn asking(tier: &str) -> Ask {
    Ask {
        by: "ada".to_owned(),
        target: "shop".into(),
        tier: tier.into(),
        purpose: Purpose::Sessions,
        reason: "an order is stuck".to_owned(),
        length: None,
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn approve() -> Event {
    Event::Approve { by: "grace".to_owned(), instead_of: None }
}

#[tokio::test]
async fn a_database_is_borrowed_and_given_back() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation);
        let mut desk = story.desk().await;
        let asked = desk.ask(&asking("read_full_write"), now()).await.unwrap();
        let id = asked.kept.lease.id;
        assert_eq!(story.roles(), "0");
        let lent = desk.happen(&id, &approve(), now()).await.unwrap();
        assert!(matches!(lent.kept.lease.stage, Stage::Active(_)), "{:?}", lent.kept.lease.stage);

        // What is lent is no drift while it is; a plan that knows nothing of it would remove it.
        assert_eq!(story.plan_about_leases(true).await, [""; 0]);
        assert_ne!(story.plan_about_leases(false).await, [""; 0]);

        let session = story.log_in(&desk, &lent.kept.lease).await.unwrap();
        session
            .client()
            .batch_execute("INSERT INTO app.orders VALUES (1); CREATE TABLE app.made ()")
            .await
            .unwrap();
        let back = desk.happen(&id, &Event::Return { by: "ada".to_owned() }, now()).await.unwrap();
        assert!(matches!(back.kept.lease.stage, Stage::Ended { .. }), "{:?}", back.kept.lease.red());
        assert!(back.effects.contains(&Effect::Tell { to: ["ada".into()].into(), news: News::Over }));
        assert_eq!(story.roles(), "0");
        assert!(session.client().batch_execute("SELECT 1").await.is_err());
        assert_eq!(story.sql("SELECT relowner::regrole FROM pg_class WHERE relname = 'made'"), "shop_owner");
        assert_eq!(desk.look_around(now()).await.unwrap(), Found::default());
    }
}

#[tokio::test]
async fn reading_is_lent_at_once_and_reads_only() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation);
        let mut desk = story.desk().await;
        let lent = desk.ask(&asking("read_only"), now()).await.unwrap().kept.lease;
        let session = story.log_in(&desk, &lent).await.unwrap();
        session.client().batch_execute("SELECT * FROM app.orders").await.unwrap();
        let refused =
            session.client().batch_execute("BEGIN READ WRITE; DELETE FROM app.orders").await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "42501");
        let hour = Duration::from_secs(3601);
        let found = desk.look_around(now().checked_add(hour).unwrap()).await.unwrap();
        let cleared: Vec<_> =
            found.cleared.iter().map(|one| (&one.lease.id, one.sessions, one.left.len())).collect();
        assert_eq!(cleared, [(&lent.id, 1, 0)]);
        assert!(found.orphans.is_empty() && found.red.is_empty(), "{found:?}");
        assert_eq!(story.roles(), "0");
    }
}

#[tokio::test]
async fn what_a_dead_desk_left_is_finished_by_the_next() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation);
        let mut desk = story.desk().await;
        // It died after everybody had agreed, before the role was made.
        let asked = desk.ask(&asking("read_full_write"), now()).await.unwrap().kept.lease;
        desk.leases.change(&asked.id, &approve(), now(), &desk.policy).await.unwrap();
        // It died after this one was revoked, before its role was removed.
        let revoked = desk.ask(&asking("read_only"), now()).await.unwrap().kept.lease;
        let revoke = Event::Revoke { by: None, reason: "role escape".to_owned() };
        desk.leases.change(&revoked.id, &revoke, now(), &desk.policy).await.unwrap();
        // And somebody has put an old copy of the store back: of this role nobody knows anything.
        let orphan = LeaseId::of_random([1; LeaseId::RANDOM_BYTES]).role();
        story
            .cluster
            .psql_as(
                "desk",
                &Secret::new("desk".to_owned()),
                "shop",
                &format!("CREATE ROLE {orphan} LOGIN IN ROLE pgward_read_only"),
            )
            .unwrap();
        let comment = story.sql(
            "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname LIKE 'pgward_l_%' AND shobj_description(oid, 'pg_authid') <> ''",
        );
        story.sql(&format!("COMMENT ON ROLE {orphan} IS '{comment}'"));
        drop(desk);
        assert_eq!(story.roles(), "2");

        let mut next = story.desk().await;
        let found = next.look_around(now()).await.unwrap();
        assert_eq!(found.orphans, [RoleName::from(orphan.as_str())]);
        assert!(found.red.is_empty(), "{found:?}");
        assert_eq!(found.cleared.iter().map(|one| &one.lease.id).collect::<Vec<_>>(), [&revoked.id]);
        assert_eq!(story.roles(), "1");
        let lease = next.leases.get(&asked.id).await.unwrap().unwrap().lease;
        assert!(matches!(lease.stage, Stage::Active(_)));
        story.log_in(&next, &lease).await.unwrap();
        let ended = next.leases.get(&revoked.id).await.unwrap().unwrap().lease;
        assert!(matches!(ended.stage, Stage::Ended { .. }));
        assert_eq!(next.look_around(now()).await.unwrap(), Found::default());
    }
}

#[tokio::test]
async fn desks_that_do_not_know_each_other_leave_each_others_roles_alone() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation);
        let mut desk = story.desk().await;
        let lease = desk.ask(&asking("read_only"), now()).await.unwrap().kept.lease;
        let mut stranger = story.desk().await;
        stranger.leases =
            Leases::open(&Place::Sqlite(story.folder.path().join("another.sqlite"))).await.unwrap();
        stranger.secret = Secret::new("another desk's secret".to_owned());
        assert_eq!(stranger.look_around(now()).await.unwrap(), Found::default());
        story.log_in(&desk, &lease).await.unwrap();
        // What is over for everybody is removed by whoever comes by.
        story.sql(&format!("ALTER ROLE {} VALID UNTIL '2001-01-01'", lease.role()));
        let found = stranger.look_around(now()).await.unwrap();
        assert_eq!(found.orphans, [RoleName::from(lease.role().as_str())]);
        assert_eq!(story.roles(), "0");
    }
}

#[tokio::test]
async fn a_lease_whose_role_somebody_has_dropped_is_over() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation);
        let mut desk = story.desk().await;
        let lost = desk.ask(&asking("read_only"), now()).await.unwrap().kept.lease;
        let other = desk.ask(&asking("read_only"), now()).await.unwrap().kept.lease;
        story.sql(&format!("DROP ROLE {}", lost.role()));
        let red = desk.look_around(now()).await.unwrap().red;
        assert!(
            matches!(red.as_slice(), [words] if words.contains("was dropped on target `shop`")),
            "{red:?}"
        );
        let stage = desk.leases.get(&lost.id).await.unwrap().unwrap().lease.stage;
        assert!(matches!(stage, Stage::Ended { .. }), "{stage:?}");
        let stage = desk.leases.get(&other.id).await.unwrap().unwrap().lease.stage;
        assert!(matches!(stage, Stage::Active(_)), "{stage:?}");
        assert_eq!(desk.look_around(now()).await.unwrap(), Found::default());
    }
}

#[tokio::test]
async fn a_server_that_cannot_lend_gives_nothing_and_says_why() {
    let installation = installations().unwrap().pop().unwrap();
    let story = Story::on(&installation);
    let mut desk = story.desk().await;
    story.sql("ALTER ROLE desk NOCREATEROLE");
    let asked = desk.ask(&asking("read_only"), now()).await.unwrap().kept.lease;
    let Stage::Ended { why, .. } = asked.stage else { panic!("{:?}", asked.stage) };
    assert!(why.to_string().contains("it may not create roles: ALTER ROLE desk CREATEROLE"), "{why}");
    assert_eq!(story.roles(), "0");
    assert_eq!(roles_in_force(&story.place()).await.unwrap().len(), 0);
}

const ROLES: &str = "CREATE ROLE desk LOGIN CREATEROLE PASSWORD 'desk'; CREATE ROLE shop_owner; \
    CREATE ROLE pgward_read_only; CREATE ROLE pgward_read_full_write IN ROLE shop_owner, pgward_read_only;";
const TABLES: &str = "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE SCHEMA app AUTHORIZATION shop_owner; SET ROLE shop_owner; CREATE TABLE app.orders (id int); \
    GRANT USAGE ON SCHEMA app TO pgward_read_only; GRANT SELECT ON app.orders TO pgward_read_only;";
