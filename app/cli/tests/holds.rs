//! High bids wait for a human: statements that a rule holds run exactly as they were held, once, or not at all.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod lending;
mod story;

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};

use lending::{Desk, at, psql, signal, until, words};
use pgward_cluster::Installation;
use pgward_cluster::matrix::installations;
use story::Story;

const CONTRACT: &str = "contract: 1
cluster: auction
roles:
  desk: {kind: login, createrole: true}
  auction_owner: {kind: owner}
presets:
  - desk_tiers: {database: auction, schemas: [app], owner: auction_owner, limited_tables: [app.insights, app.metrics]}
databases:
  auction: {owner: auction_owner}
access:
  targets: {auction: {database: auction}}
  people: {ada: {}, grace: {}, otto: {}, analysis: {kind: agent, responsible: ada}}
  groups: {leads: [grace], auctioneers: [otto, ada]}
  tiers:
    read_limited_write: {ttl: 1h, max: 4h, approval: [leads], tables: [app.insights, app.metrics], idle_in_transaction: 1m}
  holds:
    high_bid:
      tables: app.insights
      commands: [insert, update]
      when: [{column: max_bid, above: \"500000\"}]
      approval: [{any: [auctioneers], within: 10m}]
    clean_up:
      tables: app.metrics
      commands: delete
      approval: [{any: [auctioneers], within: 1s}]
";

const DESK: &str = "listen: 127.0.0.1:0
address: localhost:0
contract: contract.yaml
store: {file: desk.sqlite}
secret: desk.secret
ledger: ledger
targets:
  auction: {conninfo_file: auction.conninfo, search_path: [app]}
";

const MADE: &str = "CREATE ROLE desk LOGIN CREATEROLE PASSWORD 'desk'; CREATE ROLE auction_owner; \
    CREATE ROLE pgward_read_limited_write; REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
    CREATE SCHEMA app AUTHORIZATION auction_owner; SET ROLE auction_owner; \
    CREATE TABLE app.insights (id bigint GENERATED ALWAYS AS IDENTITY, title text NOT NULL, max_bid numeric, steps bigint); \
    CREATE TABLE app.metrics (id int); INSERT INTO app.metrics VALUES (1); \
    CREATE VIEW app.bids AS SELECT title, max_bid FROM app.insights; \
    GRANT USAGE ON SCHEMA app TO pgward_read_limited_write; \
    GRANT SELECT, INSERT, UPDATE, DELETE ON app.insights, app.metrics TO pgward_read_limited_write;";

/// A server with something to bid on, and a desk's file for it.
fn set(installation: &Installation) -> Story {
    let story = Story::on(installation, "auction");
    story.sql(MADE);
    if installation.major() >= 16 {
        story.sql("GRANT pgward_read_limited_write TO desk WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
    }
    story.sql("GRANT USAGE ON SCHEMA app TO desk; ALTER DATABASE auction OWNER TO auction_owner");
    story.write("contract.yaml", CONTRACT);
    story.write("desk.yaml", DESK);
    let (host, port) = (story.cluster.host(), story.cluster.port());
    let conninfo = format!("host={host} port={port} user=desk password=desk dbname=auction sslmode=disable");
    let conninfo = story.write("auction.conninfo", &conninfo);
    std::fs::set_permissions(&conninfo, std::fs::Permissions::from_mode(0o600)).unwrap();
    for person in ["ada", "grace", "otto", "analysis"] {
        at(&story, person, &["account", "set"]).ended(0);
    }
    story
}

/// The agent's lease: its id, and what to connect with.
fn lend(story: &Story) -> (String, String) {
    let asking = ["request", "auction", "read_limited_write", "--reason", "new insights"];
    let asked = at(story, "analysis", &asking).ended(0).stdout;
    let id = asked.split(' ').next().unwrap().to_owned();
    at(story, "grace", &["approve", &id]).ended(0);
    let url = asked.lines().last().unwrap().to_owned();
    until("a session", || psql(story, &url, "SELECT 1").output().unwrap().status.success().then_some(()));
    (id, url)
}

/// The one hold that waits: its id, and how it is shown.
fn waiting(story: &Story) -> (String, String) {
    until("a hold", || {
        let shown = at(story, "otto", &["holds"]).ended(0).stdout;
        let id = shown.split(' ').next().filter(|id| id.len() == 16)?.to_owned();
        Some((id, shown))
    })
}

fn none_waits(story: &Story) {
    until("the end of the holds", || at(story, "otto", &["holds"]).ended(0).stdout.is_empty().then_some(()));
}

fn high_bids(story: &Story) -> String {
    story.sql("SELECT count(*) FROM app.insights WHERE max_bid > 500000 OR steps > 500000").trim().to_owned()
}

fn start(story: &Story, url: &str, sql: &str) -> Child {
    psql(story, url, sql).spawn().unwrap()
}

#[test]
fn a_high_bid_waits_for_somebody_else_and_runs_as_it_was_held_once_or_not_at_all() {
    for installation in installations().unwrap() {
        let story = set(&installation);
        let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        let (lease, url) = lend(&story);
        let told = |sql: &str| words(&psql(&story, &url, sql).output().unwrap());

        // What no rule is about does not wait.
        assert_eq!(
            told("INSERT INTO insights (title, max_bid) VALUES ('low', 500000) RETURNING max_bid"),
            "500000\n"
        );
        assert_eq!(told("UPDATE insights SET title = 'lower'"), "");

        // Approved by somebody else: it runs.
        let high = "INSERT INTO insights (title, max_bid) VALUES ('high', 600000) RETURNING max_bid";
        let child = start(&story, &url, high);
        let (id, shown) = waiting(&story);
        for part in ["statement held by rule high_bid on auction for analysis", high, &lease] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert!(at(&story, "otto", &["leases"]).stdout.contains(&format!("{id} waiting statement held")));
        for person in ["analysis", "ada", "grace"] {
            at(&story, person, &["approve", &id]).ended(3);
        }
        assert_eq!(high_bids(&story), "0");
        at(&story, "otto", &["approve", &id]).ended(0);
        let ran = words(&child.wait_with_output().unwrap());
        assert!(ran.contains("600000\n"), "{ran}");
        assert!(
            ran.contains("NOTICE:  00000: rule \"high_bid\" holds the statement until somebody agrees"),
            "{ran}"
        );
        assert_eq!(high_bids(&story), "1");
        // The approval is used up.
        at(&story, "otto", &["approve", &id]).ended(3);

        // Denied: it fails as a missing permission does.
        let child = start(&story, &url, "UPDATE insights SET max_bid = 700000 WHERE title = 'lower'");
        let (id, _) = waiting(&story);
        at(&story, "otto", &["deny", &id, "--reason", "not this one"]).ended(0);
        let denied = words(&child.wait_with_output().unwrap());
        for part in ["42501", "rule \"high_bid\" held the statement", "otto denied it: not this one", "HINT:"]
        {
            assert!(denied.contains(part), "{part}: {denied}");
        }
        assert_eq!(high_bids(&story), "1");

        // Nobody answers in time.
        let late = told("DELETE FROM metrics");
        assert!(late.contains("42501") && late.contains("nobody answered in time"), "{late}");
        assert_eq!(story.sql("SELECT count(*) FROM app.metrics").trim(), "1");

        // Cancelled from the client, as Ctrl-C does.
        let child = start(&story, &url, "INSERT INTO insights (title, max_bid) SELECT 'other', 1");
        waiting(&story);
        signal("-INT", &child.id().to_string());
        let cancelled = words(&child.wait_with_output().unwrap());
        assert!(cancelled.contains("57014") && cancelled.contains("has not run"), "{cancelled}");
        none_waits(&story);

        // The client goes away.
        let mut child = start(&story, &url, "INSERT INTO insights (title) VALUES ('a default'), ('another')");
        waiting(&story);
        child.kill().unwrap();
        child.wait().unwrap();
        none_waits(&story);

        copied(&story, &url);
        prepared(&story, &url);
        with_a_driver(&story, &url);
        killed(&story, desk, &url);
    }
}

#[test]
fn within_a_transaction_a_statement_waits_no_longer_than_the_server_does() {
    let story = set(&installations().unwrap().pop().unwrap());
    let terms = CONTRACT.replace("idle_in_transaction: 1m", "idle_in_transaction: 3s");
    story.write("contract.yaml", &terms);
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let (_, url) = lend(&story);
    let doubled = "UPDATE insights SET max_bid = max_bid * 2";
    let idle = told_in_turn(&story, &url, &["BEGIN", doubled, "ROLLBACK", "SELECT 'still here'"]);
    assert!(idle.contains("42501") && idle.contains("must not stand idle"), "{idle}");
    assert!(idle.contains("still here"), "{idle}");
    none_waits(&story);
    assert_eq!(desk.end(), "");
}

/// Several statements in one session, each by itself.
fn told_in_turn(story: &Story, url: &str, statements: &[&str]) -> String {
    let mut command = psql(story, url, "SELECT 1");
    for sql in statements {
        command.args(["--command", sql]);
    }
    words(&command.output().unwrap())
}

/// The rows of a COPY are not known before it has begun: it waits as a whole.
fn copied(story: &Story, url: &str) {
    let before = story.sql("SELECT count(*) FROM app.insights");
    let mut command = psql(story, url, "COPY insights (title, max_bid) FROM STDIN");
    let rows = story.write("rows.tsv", "copied\t1\n");
    let child = command.stdin(Stdio::from(std::fs::File::open(rows).unwrap())).spawn().unwrap();
    let (id, _) = waiting(story);
    assert_eq!(story.sql("SELECT count(*) FROM app.insights"), before);
    at(story, "otto", &["approve", &id]).ended(0);
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(story.sql("SELECT count(*) FROM app.insights WHERE title = 'copied'").trim(), "1");
}

/// What is prepared in SQL waits when it runs, with the values it is given.
fn prepared(story: &Story, url: &str) {
    let before = high_bids(story);
    let prepare = "PREPARE bid (numeric) AS INSERT INTO insights (title, max_bid) VALUES ('prepared', $1)";
    let ran = told_in_turn(story, url, &[prepare, "EXECUTE bid (7)", "SELECT 'at once'"]);
    assert!(ran.contains("at once") && !ran.contains("NOTICE"), "{ran}");
    let mut command = psql(story, url, prepare);
    let child = command.args(["--command", "EXECUTE bid (900000)"]).spawn().unwrap();
    let (id, shown) = waiting(story);
    assert!(shown.contains("EXECUTE bid (900000)") && shown.contains("-- bid: PREPARE bid"), "{shown}");
    at(story, "otto", &["deny", &id, "--reason", "too high"]).ended(0);
    assert!(words(&child.wait_with_output().unwrap()).contains("too high"));
    assert_eq!(high_bids(story), before);
}

/// A driver binds values in binary: those that are low run at once, the others wait with their values.
fn with_a_driver(story: &Story, url: &str) {
    let before: u32 = high_bids(story).parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (mut client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let insert = "INSERT INTO insights (title, steps, max_bid) VALUES ($1, $2, 0)";
        assert_eq!(client.execute(insert, &[&"low", &400_000_i64]).await.unwrap(), 1);
        let bid = "INSERT INTO insights (title, max_bid) VALUES ($1, $2::float8)";
        let bid = client.prepare(bid).await.unwrap();
        assert_eq!(client.execute(&bid, &[&"low", &499_999.5_f64]).await.unwrap(), 1);

        // Approved in the middle of a transaction, which then commits.
        let transaction = client.transaction().await.unwrap();
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&"in a block", &500_000.5_f64];
        let bidding = transaction.execute(&bid, &parameters);
        let agreeing = async {
            tokio::task::block_in_place(|| {
                let (id, shown) = waiting(story);
                assert!(shown.contains("$1 = ") && shown.contains("$2 = "), "{shown}");
                at(story, "otto", &["approve", &id]).ended(0);
            });
        };
        // The statement is on its way before anybody looks for it.
        let bidding = async {
            tokio::join!(bidding, async {
                tokio::task::yield_now().await;
                agreeing.await
            })
        };
        assert_eq!(bidding.await.0.unwrap(), 1);
        transaction.commit().await.unwrap();

        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&"refused", &1e9_f64];
        let refusing = async {
            tokio::task::yield_now().await;
            tokio::task::block_in_place(|| {
                at(story, "otto", &["deny", &waiting(story).0, "--reason", "no"]).ended(0);
            });
        };
        let (denied, ()) = tokio::join!(client.execute(&bid, &parameters), refusing);
        let denied = denied.unwrap_err();
        assert_eq!(denied.code(), Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE), "{denied}");
        // The session goes on.
        assert_eq!(client.execute(insert, &[&"after", &1_i64]).await.unwrap(), 1);
    });
    assert_eq!(high_bids(story), (before + 1).to_string());
}

/// A desk that is killed while a statement waits has not run it, and nobody runs it later.
fn killed(story: &Story, mut desk: Desk, url: &str) {
    let before = high_bids(story);
    let child = start(story, url, "INSERT INTO insights (title, max_bid) VALUES ('killed', 800000)");
    let (id, _) = waiting(story);
    desk.child.kill().unwrap();
    desk.child.wait().unwrap();
    assert!(!child.wait_with_output().unwrap().status.success());
    let desk = Desk::serve(story, &["serve", "--config", "desk.yaml"]);
    at(story, "otto", &["approve", &id]).ended(0);
    let (_, url) = lend(story);
    assert!(words(&psql(story, &url, "SELECT 1").output().unwrap()).contains('1'));
    assert_eq!(high_bids(story), before);
    assert_eq!(desk.end(), "");

    story.pgward(&["ledger", "--ledger", "ledger", "verify"]).ended(0);
    let search = |words: &[&str]| {
        let all = [&["ledger", "--ledger", "ledger", "search"], words].concat();
        story.pgward(&all).ended(0).stdout
    };
    let of_hold = search(&["--lease", &id]);
    for part in ["\"decision\":\"requested\"", "\"rule\":\"high_bid\"", "\"decision\":\"approved\""] {
        assert!(of_hold.contains(part), "{part}: {of_hold}");
    }
    let held = search(&["600000"]);
    let place = |part: &str| held.find(part).unwrap_or_else(|| panic!("{part}: {held}"));
    assert!(place("statement.held") < place("statement.allowed"), "{held}");
    assert!(held.contains("\"holds\":["), "{held}");
    assert!(search(&["--person", "otto"]).contains("\"reason\":\"not this one\""));
}
