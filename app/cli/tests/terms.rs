//! What else can happen to a lease: one statement and no more, an emergency, more time, less time, somebody who decides for somebody else.
#![allow(clippy::unwrap_used, reason = "tests")]

mod lending;
mod story;

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use lending::{Desk, at, psql, told, until};
use pgward_cluster::Installation;
use pgward_cluster::matrix::installations;
use story::Story;

const CONTRACT: &str = "contract: 1
cluster: shop
roles:
  desk: {kind: login, createrole: true}
  shop_owner: {kind: owner}
presets:
  - desk_tiers: {database: shop, schemas: [app], owner: shop_owner, limited_tables: [app.orders]}
databases:
  shop: {owner: shop_owner}
access:
  targets: {shop: {database: shop, named_functions: [app.tenant]}}
  people: {ada: {manager: grace}, grace: {}, olga: {}, otto: {}}
  groups: {oncall: [ada], security: [otto]}
  delegations: [{from: grace, to: olga, until: 2099-01-01T00:00:00Z}]
  tiers:
    read_limited_write: {ttl: 1h, max: 4h, approval: [manager], tables: [app.orders]}
    read_only: {ttl: 1h, max: 2h, approval: [manager], automatic: [{for: oncall, up_to: 30m}]}
  emergency: {who: oncall, tiers: [read_limited_write], max: 30m, tell: [security], review: security, within: 1s, reason: 10}
";

const DESK: &str = "listen: 127.0.0.1:0
address: localhost:0
contract: contract.yaml
store: {file: desk.sqlite}
secret: desk.secret
ledger: ledger
announce: {file: news.jsonl, command: [/bin/sh, -c, cat >> \"$0\", TOLD]}
targets:
  shop: {conninfo_file: shop.conninfo, search_path: [app]}
";

const MADE: &str = "CREATE ROLE desk LOGIN CREATEROLE PASSWORD 'desk'; CREATE ROLE shop_owner; \
    CREATE ROLE pgward_read_only; CREATE ROLE pgward_read_limited_write; REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
    CREATE SCHEMA app AUTHORIZATION shop_owner; SET ROLE shop_owner; \
    CREATE TABLE app.orders (id int, state text); INSERT INTO app.orders VALUES (1, 'new'); \
    CREATE FUNCTION app.tenant() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END'; \
    CREATE FUNCTION app.other() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END'; \
    CREATE TABLE app.mine (tenant int); INSERT INTO app.mine VALUES (1), (2); \
    ALTER TABLE app.mine ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.mine USING (tenant = app.tenant()); \
    GRANT USAGE ON SCHEMA app TO pgward_read_only, pgward_read_limited_write; \
    GRANT SELECT ON app.orders, app.mine TO pgward_read_only; GRANT SELECT, UPDATE ON app.orders TO pgward_read_limited_write;";

fn set(installation: &Installation) -> Story {
    let story = Story::on(installation, "shop");
    story.sql(MADE);
    if installation.major() >= 16 {
        story.sql("GRANT pgward_read_only, pgward_read_limited_write TO desk WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
    }
    story.sql("GRANT USAGE ON SCHEMA app TO desk; ALTER DATABASE shop OWNER TO shop_owner");
    story.write("contract.yaml", CONTRACT);
    story.write("desk.yaml", &DESK.replace("TOLD", &story.path("told.jsonl").display().to_string()));
    let (host, port) = (story.cluster.host(), story.cluster.port());
    let conninfo = format!("host={host} port={port} user=desk password=desk dbname=shop sslmode=disable");
    let conninfo = story.write("shop.conninfo", &conninfo);
    std::fs::set_permissions(&conninfo, std::fs::Permissions::from_mode(0o600)).unwrap();
    for person in ["ada", "grace", "olga", "otto"] {
        at(&story, person, &["account", "set"]).ended(0);
    }
    story
}

/// What was asked for: its id, and what to connect with.
fn ask(story: &Story, arguments: &[&str]) -> (String, String) {
    let asked = at(story, "ada", &[&["request", "shop"], arguments].concat()).ended(0).stdout;
    (asked.split(' ').next().unwrap().to_owned(), asked.lines().last().unwrap().to_owned())
}

fn in_force(story: &Story, id: &str) {
    let active = format!("{id} active");
    until("the lease", || at(story, "ada", &["leases"]).stdout.contains(&active).then_some(()));
}

fn state(story: &Story) -> String {
    story.sql("SELECT state FROM app.orders").trim().to_owned()
}

#[test]
fn a_lease_for_one_statement_runs_it_once_and_nothing_else() {
    for installation in installations().unwrap() {
        let story = set(&installation);
        let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        let sent = "UPDATE app.orders SET state = 'sent' WHERE id = 1";
        let file = story.write("sent.sql", &format!("{sent}\n")).display().to_string();
        let tier = "read_limited_write";
        let (id, url) = ask(&story, &[tier, "--statement", &file, "--reason", "order 1 was sent"]);
        let shown = at(&story, "grace", &["leases"]).stdout;
        assert!(shown.contains("for one statement") && shown.contains(sent), "{shown}");
        at(&story, "ada", &["approve", &id]).ended(3);
        at(&story, "grace", &["approve", &id]).ended(0);
        in_force(&story, &id);
        for other in ["SELECT 1", "UPDATE app.orders SET state = 'lost' WHERE id = 1", &format!("{sent} ")] {
            let denied = told(&story, &url, other);
            assert!(denied.contains("42501") && denied.contains("is for one statement"), "{denied}");
        }
        assert_eq!(state(&story), "new");
        assert_eq!(told(&story, &url, sent), "");
        assert_eq!(state(&story), "sent");
        until("the end of the lease", || {
            let all = at(&story, "ada", &["leases", "--all"]).stdout;
            let over = all.contains(&format!("{id} ended")) && all.contains("its statement has run");
            over.then_some(())
        });
        story.sql("UPDATE app.orders SET state = 'new'");
        assert!(!psql(&story, &url, sent).output().unwrap().status.success());
        assert_eq!(state(&story), "new");

        // With values, as a driver binds them.
        let file =
            story.write("bound.sql", "UPDATE app.orders SET state = $1 WHERE id = $2").display().to_string();
        let values = ["--parameter", "back", "--parameter", "1"];
        let (id, url) =
            ask(&story, &[&[tier, "--statement", &*file, "--reason", "it came back"][..], &values].concat());
        assert!(at(&story, "grace", &["leases"]).stdout.contains("$1 = 'back'"));
        at(&story, "grace", &["approve", &id]).ended(0);
        in_force(&story, &id);
        bound(&url);
        assert_eq!(state(&story), "back");
        assert_eq!(desk.end(), "");
    }
}

fn bound(url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let deadline = Instant::now() + Duration::from_secs(60);
        let (client, connection) = loop {
            match tokio_postgres::connect(url, tokio_postgres::NoTls).await {
                Ok(connected) => break connected,
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
        };
        tokio::spawn(connection);
        let types = [tokio_postgres::types::Type::TEXT, tokio_postgres::types::Type::INT4];
        let update = "UPDATE app.orders SET state = $1 WHERE id = $2";
        let update = client.prepare_typed(update, &types).await.unwrap();
        let denied = client.execute(&update, &[&"lost", &1_i32]).await.unwrap_err();
        assert_eq!(denied.code(), Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE), "{denied}");
        assert_eq!(client.execute(&update, &[&"back", &1_i32]).await.unwrap(), 1);
        assert!(client.execute(&update, &[&"back", &1_i32]).await.is_err());
    });
}

#[test]
fn an_emergency_is_given_and_announced_at_once_and_red_until_somebody_else_has_looked() {
    for installation in installations().unwrap() {
        let story = set(&installation);
        let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        let asking = ["request", "shop", "read_limited_write", "--emergency", "--reason"];
        at(&story, "ada", &[&asking[..], &["short"]].concat()).ended(3);
        at(&story, "grace", &[&asking[..], &["the shop is down, and so am I"]].concat()).ended(3);
        let (id, url) = ask(&story, &["read_limited_write", "--emergency", "--reason", "the shop is down"]);
        let began = Instant::now();
        in_force(&story, &id);
        assert_eq!(told(&story, &url, "UPDATE orders SET state = 'mended'"), "");
        for file in ["news.jsonl", "told.jsonl"] {
            let news = until("the news", || {
                let all = std::fs::read_to_string(story.path(file)).unwrap_or_default();
                all.lines().find(|line| line.contains("\"news\":\"emergency\"")).map(str::to_owned)
            });
            for part in
                [&*id, "\"person\":\"ada\"", "\"reason\":\"the shop is down\"", "\"grace\"", "\"otto\""]
            {
                assert!(news.contains(part), "{file}: {part}: {news}");
            }
        }
        assert!(
            at(&story, "ada", &["extend", &id, "--for", "1h", "--reason", "still down"])
                .ended(3)
                .stderr
                .contains("refused")
        );

        // Whoever looks has a second for it.
        until("a second", || (began.elapsed() > Duration::from_secs(2)).then_some(()));
        assert!(at(&story, "ada", &["return", &id]).ended(0).stdout.contains("RED"));
        let red = at(&story, "otto", &["leases"]).ended(0).stdout;
        assert!(red.contains("RED: nobody has reviewed this emergency"), "{red}");
        let audited =
            story.pgward(&["audit", "contract.yaml", "--desk", "desk.yaml", "--all"]).ended(0).stdout;
        assert!(
            audited.contains(&format!("access.emergency_unreviewed: lease {id} of ada: nobody has reviewed")),
            "{audited}"
        );
        let blind = story.pgward(&["audit", "contract.yaml", "--all"]).ended(0).stdout;
        assert!(
            blind.contains(
                "access.emergency_unreviewed: the contract lends this server, and no desk was named"
            ),
            "{blind}"
        );
        let review = ["review", &id, "--verdict", "justified", "--reason", "it was down"];
        at(&story, "ada", &review).ended(3);
        at(&story, "otto", &review).ended(0);
        until("the end", || {
            let shown = at(&story, "otto", &["leases"]).stdout;
            (shown.contains(&format!("{id} ended")) && !shown.contains("RED")).then_some(())
        });
        let audited =
            story.pgward(&["audit", "contract.yaml", "--desk", "desk.yaml", "--all"]).ended(0).stdout;
        assert!(!audited.contains("access.emergency_unreviewed"), "{audited}");
        let said = desk.end();
        assert!(said.contains("EMERGENCY, nobody was asked first"), "{said}");
        let search = ["ledger", "--ledger", "ledger", "search", "--lease", &id];
        let written = story.pgward(&search).ended(0).stdout;
        for part in ["lease.announced", "\"outcome\":\"told\"", "\"decision\":\"reviewed\""] {
            assert!(written.contains(part), "{part}: {written}");
        }
    }
}

#[test]
fn leases_are_extended_given_back_and_agreed_to_by_those_who_stand_in() {
    let story = set(&installations().unwrap().pop().unwrap());
    story.sql("CREATE ROLE author LOGIN IN ROLE shop_owner; ALTER FUNCTION app.tenant() VOLATILE");
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let doubt = "function app.tenant is named harmless, and it is VOLATILE: the server lets it write; role \"author\" can log in";
    assert!(desk.first.contains(doubt), "{}", desk.first);
    // A rule gives half an hour without asking, and not an hour.
    let (id, url) = ask(&story, &["read_only", "--for", "30m", "--reason", "a look"]);
    in_force(&story, &id);
    let longer =
        at(&story, "ada", &["extend", &id, "--for", "1h", "--reason", "a longer look"]).ended(0).stdout;
    assert!(longer.contains("asks for 3600s more"), "{longer}");
    at(&story, "otto", &["approve", &id, "--instead-of", "grace"]).ended(3);
    let given = at(&story, "olga", &["approve", &id, "--instead-of", "grace"]).ended(0).stdout;
    assert!(given.contains("active") && !given.contains("asks for"), "{given}");
    at(&story, "grace", &["return", &id]).ended(3);

    // What the contract names harmless runs, in a policy as well; what it does not name does not.
    assert_eq!(told(&story, &url, "SELECT tenant() + tenant FROM mine"), "2\n");
    assert!(told(&story, &url, "SELECT other()").contains("42501"));
    at(&story, "ada", &["return", &id]).ended(0);
    until("the end", || {
        at(&story, "ada", &["leases", "--all"]).stdout.contains(&format!("{id} ended")).then_some(())
    });

    // What was asked for is taken back.
    let (id, _) = ask(&story, &["read_only", "--for", "2h", "--reason", "a long look"]);
    let back = at(&story, "ada", &["return", &id]).ended(0).stdout;
    assert!(back.contains("refused") && back.contains("taken back"), "{back}");
    desk.end();
}
