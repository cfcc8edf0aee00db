//! Somebody logs in as a lease's role without the desk, with a password of their own: the lease ends. Who comes through the desk is told apart.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod desk_stage;
mod lending;
mod story;

use desk_stage::{lend, running, set};
use lending::{Desk, psql, until, words};
use pgward_cluster::matrix::installations;

#[test]
fn who_logs_in_as_a_leases_role_past_the_desk_ends_the_lease_and_nobody_else_does() {
    for installation in installations().unwrap() {
        let story = set(&installation);
        // A query of two processes, neither of which anybody has connected to but one.
        story.sql("SET ROLE shop_owner; CREATE TABLE app.many AS SELECT generate_series(1, 200000) AS id; ANALYZE app.many; GRANT SELECT ON app.many TO pgward_read_only");
        for setting in [
            "parallel_setup_cost = 0",
            "parallel_tuple_cost = 0",
            "min_parallel_table_scan_size = 0",
            "max_parallel_workers_per_gather = 2",
        ] {
            story.sql(&format!("ALTER SYSTEM SET {setting}"));
        }
        story.sql("SELECT pg_reload_conf()");
        let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        let (id, url) = lend(&story, "1h");
        let (_, other) = lend(&story, "1h");

        // Through the desk: sessions that come and go, one that stays, and helpers that work for as long as many looks take.
        let mut stays = running(&story, &other, "SELECT pg_sleep(600)");
        let parallel = "SELECT count(*) FROM app.many AS a WHERE (SELECT pg_sleep(0.0001) IS NOT NULL) AND pg_sleep(0.00005) IS NOT NULL AND a.id > 0";
        let mut helped = psql(&story, &other, parallel).spawn().unwrap();
        let roles = "SELECT count(DISTINCT usename) FROM pg_stat_activity WHERE usename LIKE 'pgward\\_l\\_%' AND backend_type = 'parallel worker'";
        until("the helpers", || {
            assert!(helped.try_wait().unwrap().is_none(), "the query ended before anybody looked");
            (story.sql(roles).trim() == "1").then_some(())
        });

        // Past it: what a DO block at the tier admin can do to its own password is done here.
        let role = format!("pgward_l_{id}");
        story.sql(&format!("ALTER ROLE {role} PASSWORD 'of their own'"));
        let (host, port) = (story.cluster.host(), story.cluster.port());
        let past = format!("postgresql://{role}:of%20their%20own@{host}:{port}/shop?sslmode=disable");
        let foreign = psql(&story, &past, "SELECT pg_sleep(600)").spawn().unwrap();
        let output = words(&foreign.wait_with_output().unwrap());
        assert!(output.contains("57P01") || output.contains("terminating connection"), "{output}");
        let gone = format!("SELECT count(*) FROM pg_roles WHERE rolname = '{role}'");
        until("the end of the role", || (story.sql(&gone).trim() == "0").then_some(()));
        let told = words(&psql(&story, &url, "SELECT 1").output().unwrap());
        assert!(told.contains("past the desk"), "{told}");

        // Nobody else was taken for somebody from outside, for as many looks again.
        assert!(stays.try_wait().unwrap().is_none());
        let leases = lending::at(&story, "ada", &["leases"]).stdout;
        assert!(leases.contains(" active read_only"), "{leases}");
        let mut found = Vec::new();
        for file in std::fs::read_dir(story.path("ledger/entries")).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            found.extend(text.lines().filter(|line| line.contains("\"session.foreign\"")).map(str::to_owned));
        }
        assert!(found.len() == 1 && found.concat().contains(&role), "{found:?}");
        stays.kill().unwrap();
        stays.wait().unwrap();
        helped.kill().unwrap();
        helped.wait().unwrap();
        let said = desk.end();
        assert!(said.contains(&format!("lease {id}: somebody has logged in as role")), "{said}");
        assert_eq!(said.matches("past the desk").count(), 1, "{said}");
    }
}
