//! Reading is lent on a replica, once the lease's role has arrived there, and while it is not too far behind.
#![allow(clippy::unwrap_used, reason = "tests")]

mod following;
mod lending;
mod story;

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use following::Standby;
use lending::{Desk, at, told, until, words};
use pgward_cluster::matrix::installations;
use story::Story;

const CONTRACT: &str = "contract: 1
cluster: shop
roles:
  desk: {kind: login, createrole: true}
  shop_owner: {kind: owner}
presets:
  - desk_tiers: {database: shop, schemas: [app], owner: shop_owner}
databases:
  shop: {owner: shop_owner}
access:
  targets: {shop: {database: shop, read_only_via: reports, lag: 1h}}
  people: {ada: {}}
  tiers:
    read_only: {ttl: 1h, max: 2h, approval: [auto]}
";

const DESK: &str = "listen: 127.0.0.1:0
address: localhost:0
contract: contract.yaml
store: {file: desk.sqlite}
secret: desk.secret
ledger: ledger
targets:
  shop: {conninfo_file: shop.conninfo, search_path: [app]}
replicas:
  reports: {conninfo_file: reports.conninfo}
";

const MADE: &str = "CREATE ROLE desk LOGIN CREATEROLE PASSWORD 'desk'; CREATE ROLE shop_owner; \
    CREATE ROLE pgward_read_only; REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
    CREATE SCHEMA app AUTHORIZATION shop_owner; SET ROLE shop_owner; CREATE TABLE app.orders (id int); \
    GRANT USAGE ON SCHEMA app TO pgward_read_only; GRANT SELECT ON app.orders TO pgward_read_only;";

/// On the replica, as its superuser.
fn on_replica(story: &Story, standby: &Standby, sql: &str) {
    let mut command = Command::new(story.cluster.installation().program("psql").unwrap());
    command.envs(story.cluster.superuser_env("shop")).env("PGPORT", standby.port.to_string());
    let output = command.args(["--no-psqlrc", "--command", sql]).output().unwrap();
    assert!(output.status.success(), "{}", words(&output));
}

fn lend(story: &Story) -> String {
    let asked = at(story, "ada", &["request", "shop", "read_only", "--reason", "a report"]).ended(0).stdout;
    let active = format!("{} active", asked.split(' ').next().unwrap());
    until("the lease", || at(story, "ada", &["leases"]).stdout.contains(&active).then_some(()));
    asked.lines().last().unwrap().to_owned()
}

const ASKING: &str = "SELECT pg_is_in_recovery(), count(*) FROM orders";

#[test]
fn reading_is_lent_on_a_replica_that_has_the_role_and_is_not_too_far_behind() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "shop");
        story.sql(MADE);
        if installation.major() >= 16 {
            story.sql("GRANT pgward_read_only TO desk WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
        }
        story.sql("GRANT USAGE ON SCHEMA app TO desk; ALTER DATABASE shop OWNER TO shop_owner");
        let standby = Standby::of(&story);
        story.write("contract.yaml", CONTRACT);
        story.write("desk.yaml", DESK);
        for (name, port) in [("shop.conninfo", story.cluster.port()), ("reports.conninfo", standby.port)] {
            let host = story.cluster.host();
            let text = format!("host={host} port={port} user=desk password=desk dbname=shop sslmode=disable");
            let path = story.write(name, &text);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        at(&story, "ada", &["account", "set"]).ended(0);

        let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        let url = lend(&story);
        until("the replica's answer", || (told(&story, &url, ASKING) == "t|0\n").then_some(()));

        // A role that has not arrived there.
        on_replica(&story, &standby, "SELECT pg_wal_replay_pause()");
        let late = lend(&story);
        let refused = told(&story, &late, ASKING);
        assert!(
            refused.contains("cannot be read now") && refused.contains("has not arrived there yet"),
            "{refused}"
        );
        on_replica(&story, &standby, "SELECT pg_wal_replay_resume()");
        until("the role", || (told(&story, &late, ASKING) == "t|0\n").then_some(()));
        assert_eq!(desk.end(), "");

        // Too far behind: refused, or sent to the primary, as the contract says.
        on_replica(&story, &standby, "SELECT pg_wal_replay_pause()");
        story.sql("INSERT INTO app.orders VALUES (1)");
        let (bound, refused) = ("lag: 1h", "cannot be read now");
        story.write("contract.yaml", &CONTRACT.replace(bound, "lag: 1s"));
        let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        let behind = until("the replica to be behind", || {
            let said = told(&story, &url.replace(&port_of(&url), &port_of(&desk.address)), ASKING);
            said.contains(refused).then_some(said)
        });
        assert!(behind.contains("s behind, and at most 1 s are allowed"), "{behind}");
        assert_eq!(desk.end(), "");
        story.write("contract.yaml", &CONTRACT.replace(bound, "lag: 1s, behind: primary"));
        let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        assert_eq!(told(&story, &url.replace(&port_of(&url), &port_of(&desk.address)), ASKING), "f|1\n");
        assert_eq!(desk.end(), "");
    }
}

/// The port in an address or a connection string.
fn port_of(text: &str) -> String {
    let (_, rest) = text.rsplit_once(':').unwrap();
    rest.chars().take_while(char::is_ascii_digit).collect()
}
