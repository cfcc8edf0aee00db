//! Several applies at once, alone and while people change the same things by hand: each ends well or says "changed
//! since planned", and what the contract says is true afterwards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use story::{Story, Told};

/// Two databases with a schema of a few tables each.
fn two_shops() -> Story {
    let story = Story::begin("shop");
    story.cluster.psql("postgres", "CREATE DATABASE depot").unwrap();
    for database in ["shop", "depot"] {
        story.cluster.psql(database, TABLES).unwrap();
    }
    story
}

const TABLES: &str = "CREATE SCHEMA app; \
    SELECT format('CREATE TABLE app.t%s (id int)', n) FROM generate_series(1, 20) AS n \\gexec\n";

/// A contract for roles and a database of its own.
fn contract(roles: &str, database: &str) -> String {
    format!(
        "contract: 1\ncluster: together\n\
         scope: {{roles: [\"{roles}_*\"], mode: authoritative}}\n\
         roles:\n  {roles}_app: {{kind: login, secret: {{store: file, path: {roles}/app}}}}\n  \
         {roles}_reader: {{kind: login}}\n\
         databases:\n  {database}:\n    connect: [{roles}_app, {roles}_reader]\n    grants:\n      \
         - {{to: [{roles}_app, {roles}_reader], allow: usage, on: {{schemas: app}}}}\n      \
         - {{to: {roles}_app, allow: [select, insert, update], on: {{tables: app.*}}}}\n      \
         - {{to: {roles}_reader, allow: select, on: {{tables: app.*}}}}\n"
    )
}

fn apply(story: &Story, contract: &str, state: &str) -> Child {
    let mut command = story.command(&["apply", contract, "--yes", "--allow", "all"]);
    command.env("PGWARD_STATE_DIR", story.path(state));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for all; each has to end well, or to say that the state has changed. How many ended well.
fn all_ended_well(children: Vec<Child>) -> usize {
    let told: Vec<Told> =
        children.into_iter().map(|child| Told::of(child.wait_with_output().unwrap())).collect();
    for one in &told {
        let changed = one.code == 1 && one.stderr.contains("changed since planned");
        assert!(one.code == 0 || changed, "code {}\n{}{}", one.code, one.stdout, one.stderr);
        for words in ["XX000", "40P01", "deadlock", "concurrently updated", "cache lookup", "panicked"] {
            assert!(!one.all().contains(words), "{words} is shown: {}", one.all());
        }
    }
    told.iter().filter(|one| one.code == 0).count()
}

/// Nothing is left to change; what belongs to nobody the contract names is reported and none of its business.
fn in_sync(story: &Story, contract: &str) {
    let plan = story.pgward(&["plan", contract]).ended(0);
    assert!(plan.stdout.contains("No changes"), "{}", plan.stdout);
}

#[test]
fn whoever_does_not_read_what_is_printed_makes_nobody_wait() {
    let story = Story::begin("shop");
    let tables = "SELECT format('CREATE TABLE app.t%s (id int)', n) FROM generate_series(1, 900) AS n";
    story.sql(&format!("CREATE SCHEMA app; {tables} \\gexec\n"));
    // The reason of each grant is another, so that each is a line: more than a pipe holds.
    let grants: String = (1..=900)
        .map(|n| format!("      - {{to: s_app, allow: select, on: {{tables: app.t{n}}}, because: \"reason {n:0>90}\"}}\n"))
        .collect();
    let head = "contract: 1\ncluster: slow\nscope: {roles: [\"s_*\"], mode: authoritative}\nroles:\n  s_app: {kind: group}\n";
    story.write("slow.yaml", &format!("{head}databases:\n  shop:\n    grants:\n{grants}"));
    story.write("quick.yaml", &contract("q", "shop"));
    let unread = apply(&story, "slow.yaml", "state");
    let applied = "SELECT count(*) FROM pg_class WHERE relacl::text LIKE '%s_app=r/%'";
    for _ in 0..600 {
        if story.sql(applied).trim() == "900" {
            break;
        }
        thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(story.sql(applied).trim(), "900", "what nobody reads was not applied");
    story.pgward(&["apply", "quick.yaml", "--yes", "--allow", "all"]).ended(0);
    let told = Told::of(unread.wait_with_output().unwrap()).ended(0);
    assert!(told.stderr.len() > 65536, "a pipe holds it all: {} bytes", told.stderr.len());
}

#[test]
fn ten_applies_of_one_contract_end_well_on_one_machine_and_on_many() {
    let story = two_shops();
    for count in [2, 10] {
        for (round, machines) in [("one", 1), ("many", count)] {
            let roles = format!("x{count}{round}");
            story.write("contract.yaml", &contract(&roles, "shop"));
            let children = (0..count)
                .map(|one| apply(&story, "contract.yaml", &format!("state-{}", one % machines)))
                .collect();
            assert_eq!(all_ended_well(children), count, "{roles}");
            in_sync(&story, "contract.yaml");
        }
    }
}

#[test]
fn ten_applies_of_different_contracts_end_well_and_all_of_them_hold() {
    let story = two_shops();
    let names: Vec<String> = (0..10).map(|one| format!("c{one}.yaml")).collect();
    for (number, name) in names.iter().enumerate() {
        let database = if number % 2 == 0 { "shop" } else { "depot" };
        story.write(name, &contract(&format!("y{number}"), database));
    }
    let children =
        names.iter().enumerate().map(|(one, name)| apply(&story, name, &format!("state-{}", one % 3)));
    all_ended_well(children.collect());
    for name in &names {
        // Whoever was told that things have changed tries again, and nothing is in the way now.
        story.pgward(&["apply", name, "--yes", "--allow", "all"]).ended(0);
        in_sync(&story, name);
    }
}

/// A contract that takes the same objects as its twin, from the other end: schemas, tables and roles.
fn crossing(roles: &str, tables: &[usize]) -> String {
    let grants: String = tables
        .iter()
        .map(|n| format!("      - {{to: [{roles}_app, {roles}_reader], allow: [select, update], on: {{tables: app.t{n}}}}}\n"))
        .collect();
    format!(
        "contract: 1\ncluster: together\nscope: {{roles: [\"{roles}_*\"], mode: authoritative}}\nroles:\n  \
         shared: {{kind: external}}\n  {roles}_reader: {{kind: login, member_of: [shared]}}\n  {roles}_app: {{kind: login, member_of: [shared]}}\n\
         databases:\n  shop:\n    connect: [{roles}_app, {roles}_reader]\n    grants:\n      \
         - {{to: [{roles}_app], allow: usage, on: {{schemas: app}}}}\n{grants}"
    )
}

#[test]
fn ten_applies_that_take_the_same_objects_in_different_orders_end_well() {
    let story = two_shops();
    story.sql("CREATE ROLE shared");
    let names: Vec<String> = (0..10).map(|one| format!("d{one}.yaml")).collect();
    for (number, name) in names.iter().enumerate() {
        // The names decide in which order roles are taken, the lists in which order tables are.
        let roles = if number % 2 == 0 { format!("a{number}") } else { format!("z{}", 9 - number) };
        let mut tables: Vec<usize> = (1..=20).collect();
        if number % 2 == 1 {
            tables.reverse();
        }
        tables.rotate_left(number);
        story.write(name, &crossing(&roles, &tables));
    }
    // Each on a machine of its own: no file keeps them in line, the server alone does.
    let children = names.iter().enumerate().map(|(one, name)| apply(&story, name, &format!("machine-{one}")));
    assert!(all_ended_well(children.collect()) > 0, "none of them ended well");
    for name in &names {
        story.pgward(&["apply", name, "--yes", "--allow", "all"]).ended(0);
        in_sync(&story, name);
    }
    let left = story.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
    assert_eq!(left.trim(), "0", "a turn was not given back");
}

#[test]
fn changes_by_hand_at_the_same_time_are_waited_out_or_named() {
    let story = two_shops();
    story.sql("CREATE ROLE z_app LOGIN; CREATE ROLE stranger");
    story.write("contract.yaml", &contract("z", "shop"));
    let over = AtomicBool::new(false);
    let by_hand = [
        "GRANT TRUNCATE ON app.t1, app.t2, app.t3 TO z_app; REVOKE TRUNCATE ON app.t1, app.t2, app.t3 FROM z_app;",
        "GRANT ALL ON ALL TABLES IN SCHEMA app TO stranger; REVOKE ALL ON ALL TABLES IN SCHEMA app FROM stranger;",
        "CREATE TABLE app.fleeting (id serial PRIMARY KEY); DROP TABLE app.fleeting;",
        "BEGIN; ALTER TABLE app.t5 ADD c int; GRANT SELECT ON app.t5 TO stranger; \
         REVOKE SELECT ON app.t5 FROM stranger; ALTER TABLE app.t5 DROP c; COMMIT;",
    ];
    thread::scope(|scope| {
        for sql in by_hand {
            let (story, over) = (&story, &over);
            // They collide with each other too, and that is theirs to bear.
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    let _ = story.cluster.psql("shop", sql);
                }
            });
        }
        for round in 0..3 {
            let children = (0..3).map(|one| apply(&story, "contract.yaml", &format!("state-{round}-{one}")));
            all_ended_well(children.collect());
        }
        over.store(true, Ordering::Relaxed);
    });
    story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
    in_sync(&story, "contract.yaml");
    let left = story.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
    assert_eq!(left.trim(), "0", "a turn was not given back");
}
