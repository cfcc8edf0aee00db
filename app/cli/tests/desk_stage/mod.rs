//! A server with something to lend, a desk in front of it, and people who come to it.
#![allow(dead_code, unreachable_pub, reason = "each story uses the part it needs")]
#![allow(clippy::unwrap_used, reason = "a stage that cannot be set up has failed")]

use std::os::unix::fs::PermissionsExt as _;
use std::process::Child;

use pgward_cluster::Installation;
use pgward_desk::provisional::Provisional;

use crate::lending::{at, psql, until};
use crate::story::Story;

/// The agent of the contract, as it is written there.
pub const NIGHTLY: &str = ", nightly: {kind: agent, responsible: ada}";

/// What is lent, and to whom.
pub const CONTRACT: &str = "contract: 1
cluster: shop
roles:
  desk: {kind: login, createrole: true}
  shop_owner: {kind: owner}
presets:
  - desk_tiers: {database: shop, schemas: [app], owner: shop_owner, limited_tables: [app.orders]}
databases:
  shop: {owner: shop_owner}
access:
  targets: {shop: {database: shop, role_prefix: pgward_}}
  people: {ada: {manager: grace}, grace: {}, eve: {}, nightly: {kind: agent, responsible: ada}}
  tiers:
    read_only: {ttl: 1h, max: 8h, approval: [manager], statement_timeout: 10m}
";

/// The desk's file.
pub const DESK: &str = "listen: 127.0.0.1:0
address: localhost:0
certificate: desk.pem
key: desk.key
authority: authority.pem
contract: contract.yaml
store: {file: desk.sqlite}
secret: desk.secret
ledger: ledger
witnesses: [elsewhere]
targets:
  shop: {conninfo_file: shop.conninfo, search_path: [app]}
";

/// What is on the server.
pub const MADE: &str = "CREATE ROLE desk LOGIN CREATEROLE PASSWORD 'desk'; CREATE ROLE shop_owner; \
    CREATE ROLE pgward_read_only; REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
    CREATE SCHEMA app AUTHORIZATION shop_owner; SET ROLE shop_owner; CREATE TABLE app.orders (id int); \
    INSERT INTO app.orders VALUES (1), (2); \
    CREATE FUNCTION app.clean() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN DELETE FROM app.orders; RETURN 1; END'; \
    GRANT USAGE ON SCHEMA app TO pgward_read_only; GRANT SELECT ON app.orders TO pgward_read_only;";

/// A server with something to lend, and a desk's file for it.
pub fn set(installation: &Installation) -> Story {
    let story = Story::on(installation, "shop");
    story.sql(MADE);
    if installation.major() >= 16 {
        story.sql("GRANT pgward_read_only TO desk WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
    }
    story.sql("GRANT USAGE ON SCHEMA app TO desk; ALTER DATABASE shop OWNER TO shop_owner");
    story.write("contract.yaml", CONTRACT);
    story.write("desk.yaml", DESK);
    let made = Provisional::make().unwrap();
    story.write("desk.pem", &made.certificate);
    story.write("authority.pem", &made.authority);
    let key = story.write("desk.key", made.key.expose());
    let conninfo = story.write("shop.conninfo", &conninfo(&story));
    for secret in [key, conninfo] {
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    for person in ["ada", "grace", "eve"] {
        at(&story, person, &["account", "set"]).ended(0);
    }
    story
}

/// How the desk's login reaches the server.
pub fn conninfo(story: &Story) -> String {
    let (host, port) = (story.cluster.host(), story.cluster.port());
    format!("host={host} port={port} user=desk password=desk dbname=shop sslmode=disable")
}

/// A lease that ada asked for and grace agreed to: its id, and what to connect with.
pub fn lend(story: &Story, length: &str) -> (String, String) {
    let asking = ["request", "shop", "read_only", "--for", length, "--reason", "an order is stuck"];
    let asked = at(story, "ada", &asking).ended(0).stdout;
    let id = asked.split(' ').next().unwrap().to_owned();
    assert!(asked.starts_with(&format!("{id} waiting read_only on shop for ada")), "{asked}");
    at(story, "grace", &["approve", &id]).ended(0);
    let in_force = format!("{id} active");
    until("the lease", || at(story, "ada", &["leases"]).stdout.contains(&in_force).then_some(()));
    let url = asked.lines().last().unwrap().to_owned();
    // The store says that it is in force before the desk has seen it.
    until("a session", || psql(story, &url, "SELECT 1").output().unwrap().status.success().then_some(()));
    (id, url)
}

/// A statement of a lease that is seen to run.
pub fn running(story: &Story, url: &str, sql: &str) -> Child {
    let mut busy = psql(story, url, sql).spawn().unwrap();
    let seen = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE query = '{sql}' AND usename LIKE 'pgward\\_l\\_%'"
    );
    until("the query", || {
        assert!(busy.try_wait().unwrap().is_none(), "the query ended by itself");
        (story.sql(&seen).trim() == "1").then_some(())
    });
    busy
}

/// Waits until no role of a lease is on the server.
pub fn wait_for_no_role(story: &Story) {
    let roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'pgward\\_l\\_%'";
    until("the end of the role", || (story.sql(roles).trim() == "0").then_some(()));
}
