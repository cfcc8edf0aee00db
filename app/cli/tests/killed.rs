//! kill -9 of pgward at any instant of an apply: the state is the old one or the new one, the next call says which,
//! and applying again converges; a kept password always fits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pgward_cluster::{Options, Search};
use story::Story;

const CONTRACT: &str = "\
contract: 1
cluster: killed
scope: {roles: [\"k_*\"], mode: authoritative}
roles:
  k_owner: {kind: owner}
  k_app: {kind: login, secret: {store: file, path: secrets/app}}
  k_reader: {kind: login, secret: {store: file, path: secrets/reader}}
databases:
  shop:
    connect: [k_app, k_reader]
    schemas:
      app: {owner: k_owner, objects_owner: k_owner, use: [k_app, k_reader]}
    grants:
      - {to: k_app, allow: [select, insert, update], on: {tables: app.*}}
      - {to: k_reader, allow: select, on: {tables: app.*}}
";

/// The same with nothing but SQL in its plan: it is executed while the rest of the plan is worked out.
const ONLY_SQL: &str = "\
contract: 1
cluster: killed
scope: {roles: [\"k_*\"], mode: authoritative}
roles:
  k_owner: {kind: owner}
  k_app: {kind: group}
  k_reader: {kind: group}
databases:
  shop:
    connect: [k_app, k_reader]
    schemas:
      app: {owner: k_owner, objects_owner: k_owner, use: [k_app, k_reader]}
    grants:
      - {to: k_app, allow: [select, insert, update], on: {tables: app.*}}
      - {to: k_reader, allow: select, on: {tables: app.*}}
";

/// Back to the state before, whatever was applied; the secrets stay, as they do after a crash.
const CLEAR: &str = "\
    DO $$ DECLARE r text; BEGIN \
    ALTER SCHEMA app OWNER TO postgres; \
    FOREACH r IN ARRAY ARRAY['k_owner', 'k_app', 'k_reader'] LOOP \
      IF EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN \
        EXECUTE format('REASSIGN OWNED BY %I TO postgres', r); EXECUTE format('DROP OWNED BY %I', r); \
        EXECUTE format('DROP ROLE %I', r); \
      END IF; \
    END LOOP; END $$; \
    REVOKE ALL ON SCHEMA app FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE shop TO PUBLIC";

const TABLES: &str = "CREATE SCHEMA app; \
    SELECT format('CREATE TABLE app.t%s (id int)', n) FROM generate_series(1, 20) AS n \\gexec\n";

struct Killed {
    story: Story,
    old: String,
    new: String,
    has_passwords: bool,
}

impl Killed {
    /// A server that has been at both states, and is back at the old one.
    fn begin(options: &Options) -> Self {
        Self::begin_with(CONTRACT, options)
    }

    fn begin_with(contract: &str, options: &Options) -> Self {
        let story = Story::with(&Search::from_environment().find(15).unwrap(), options, "shop");
        story.sql(TABLES);
        story.write("contract.yaml", contract);
        story.sql(CLEAR);
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        let new = story.pgward(&["fingerprint"]).ended(0).stdout;
        story.sql(CLEAR);
        let old = story.pgward(&["fingerprint"]).ended(0).stdout;
        assert_ne!(old, new);
        Self { story, old, new, has_passwords: contract == CONTRACT }
    }

    fn apply(&self) -> Child {
        self.story.start(&["apply", "contract.yaml", "--yes", "--allow", "all"])
    }

    /// After a kill: which state is in force, said by the next call; then it converges, and goes back for the next.
    fn settle(&self, said: Said) -> State {
        let state = self.state();
        let plan = self.story.pgward(&["plan", "contract.yaml"]).ended(0);
        let words = match state {
            State::Old => "the old state is in force",
            State::New => "the new state is in force",
        };
        let mentioned = plan.stderr.contains("was interrupted");
        if mentioned {
            assert!(plan.stderr.contains(words), "{state:?}: {}", plan.stderr);
        }
        match said {
            Said::Always => assert!(mentioned, "nothing is said about the kill: {}", plan.all()),
            // Before its entry in the journal, an apply has not begun.
            Said::IfBegun => {}
        }
        self.story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        assert_eq!(self.story.pgward(&["fingerprint"]).ended(0).stdout, self.new);
        if self.has_passwords {
            self.passwords_fit();
        }
        self.story.sql(CLEAR);
        state
    }

    fn state(&self) -> State {
        let now = self.story.pgward(&["fingerprint"]).ended(0).stdout;
        assert!(now == self.old || now == self.new, "neither the old state nor the new one");
        if now == self.old { State::Old } else { State::New }
    }

    fn passwords_fit(&self) {
        for role in ["app", "reader"] {
            let kept = fs::read_to_string(self.story.path("secrets").join(role)).unwrap();
            assert_eq!(self.log_in(&format!("k_{role}"), &kept), Some(format!("k_{role}\n")), "{role}");
            assert_eq!(self.log_in(&format!("k_{role}"), "wrong"), None, "{role} needs no password");
        }
    }

    fn log_in(&self, role: &str, password: &str) -> Option<String> {
        let psql = self.story.cluster.installation().program("psql").unwrap();
        let output = Command::new(psql)
            .args(["-XAtqc", "SELECT current_user"])
            .env_clear()
            .envs(self.story.cluster.superuser_env("shop"))
            .env("PGUSER", role)
            .env("PGPASSWORD", password)
            .output()
            .unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// Waits until the server shows what the query looks for.
    fn wait_for(&self, what: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        while self.story.sql(&format!("SELECT EXISTS ({what})")).trim() != "t" {
            assert!(Instant::now() < until, "it never came to: {what}");
            sleep(Duration::from_millis(10));
        }
    }

    /// Waits until an apply has begun, by the last line of the journal.
    fn wait_until_begun(&self) {
        let until = Instant::now() + Duration::from_secs(20);
        let cluster = self.story.sql("SELECT system_identifier FROM pg_control_system()");
        let journal = self.story.path("state").join(cluster.trim()).join("journal.jsonl");
        let last = || fs::read_to_string(&journal).unwrap().lines().last().unwrap_or_default().to_owned();
        while !last().contains("\"began\"") {
            assert!(Instant::now() < until, "it never began");
            sleep(Duration::from_millis(10));
        }
    }

    /// A session that runs this and stays open until it is dropped.
    fn hold(&self, sql: &str) -> Held<'_> {
        self.hold_in("SELECT pg_sleep(60)", sql)
    }

    /// One more.
    fn also_hold(&self, sql: &str) -> Held<'_> {
        self.hold_in("SELECT pg_sleep(61)", sql)
    }

    fn hold_in(&self, sleep: &'static str, sql: &str) -> Held<'_> {
        let psql = self.story.cluster.installation().program("psql").unwrap();
        let child = Command::new(psql)
            .args(["-Xqc", sql, "-c", sleep])
            .env_clear()
            .envs(self.story.cluster.superuser_env("shop"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.wait_for(&format!("SELECT FROM pg_stat_activity WHERE query = '{sleep}'"));
        Held { child, killed: self, sleep }
    }
}

struct Held<'a> {
    child: Child,
    killed: &'a Killed,
    /// What it is known by.
    sleep: &'static str,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let end =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = '{}'", self.sleep);
        self.killed.story.sql(&end);
        self.child.wait().unwrap();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Old,
    New,
}

#[derive(Clone, Copy)]
enum Said {
    Always,
    IfBegun,
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_kill_at_any_time_leaves_the_old_state_or_the_new_one() {
    kill_at_any_time(&Killed::begin(&Options::new()));
}

#[test]
fn a_kill_at_any_time_of_an_apply_that_executes_ahead_leaves_the_old_state_or_the_new_one() {
    kill_at_any_time(&Killed::begin_with(ONLY_SQL, &Options::new()));
}

fn kill_at_any_time(killed: &Killed) {
    let began = Instant::now();
    assert_eq!(killed.apply().wait().unwrap().code(), Some(0));
    let whole = began.elapsed();
    killed.story.sql(CLEAR);
    let mut seen = Vec::new();
    const KILLS: u32 = 14;
    for kills in 0..KILLS {
        let child = killed.apply();
        sleep(whole * kills / KILLS);
        kill(child);
        seen.push(killed.settle(Said::IfBegun));
    }
    // However slow the machine has become meanwhile, the last one gets to its end.
    let child = killed.apply();
    killed.wait_for("SELECT FROM pg_roles WHERE rolname = 'k_app'");
    kill(child);
    seen.push(killed.settle(Said::IfBegun));
    assert!(seen.contains(&State::Old) && seen.contains(&State::New), "{seen:?}");
}

#[test]
fn a_kill_while_a_statement_waits_leaves_the_old_state() {
    let killed = Killed::begin(&Options::new());
    let held = killed.hold("BEGIN; LOCK TABLE app.t7 IN ACCESS EXCLUSIVE MODE");
    let child = killed.apply();
    killed.wait_for("SELECT FROM pg_locks WHERE NOT granted");
    kill(child);
    drop(held);
    assert_eq!(killed.settle(Said::Always), State::Old);
}

/// Every statement has run, and what came of them is being read; nothing is committed.
#[test]
fn a_kill_between_the_last_statement_and_the_commit_leaves_the_old_state() {
    let killed = Killed::begin(&Options::new());
    let table = killed.hold("BEGIN; LOCK TABLE app.t7 IN ACCESS EXCLUSIVE MODE");
    let child = killed.apply();
    killed.wait_for("SELECT FROM pg_locks WHERE NOT granted AND relation = 'app.t7'::regclass");
    // No statement of the plan looks into this one; reading back does.
    let catalog = killed.also_hold("BEGIN; LOCK TABLE pg_catalog.pg_publication IN ACCESS EXCLUSIVE MODE");
    drop(table);
    killed.wait_for(
        "SELECT FROM pg_locks AS waiting JOIN pg_locks AS holding USING (pid) \
         WHERE NOT waiting.granted AND waiting.relation = 'pg_catalog.pg_publication'::regclass \
         AND holding.granted AND holding.locktype = 'transactionid'",
    );
    kill(child);
    drop(catalog);
    assert_eq!(killed.settle(Said::Always), State::Old);
}

#[test]
fn a_kill_while_a_statement_that_was_sent_ahead_waits_leaves_the_old_state() {
    let killed = Killed::begin_with(ONLY_SQL, &Options::new());
    let held = killed.hold("BEGIN; LOCK TABLE app.t7 IN ACCESS EXCLUSIVE MODE");
    let child = killed.apply();
    killed.wait_for("SELECT FROM pg_locks WHERE NOT granted");
    // The rest of the plan is worked out, and the journal knows that it began, while the server waits.
    killed.wait_until_begun();
    kill(child);
    drop(held);
    assert_eq!(killed.settle(Said::Always), State::Old);
}

#[test]
fn a_kill_while_waiting_for_the_turn_leaves_the_old_state_and_no_lock() {
    let killed = Killed::begin(&Options::new());
    // The key of the turn, as a second machine would hold it.
    let held = killed.hold("SELECT pg_advisory_lock(x'706777617264'::bigint)");
    let child = killed.apply();
    killed.wait_for("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
    kill(child);
    // Nobody waits on behalf of the dead.
    killed.wait_for(
        "SELECT WHERE NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)",
    );
    drop(held);
    assert_eq!(killed.settle(Said::IfBegun), State::Old);
}

#[test]
fn a_kill_during_the_commit_is_told_apart_by_what_the_server_says() {
    // COMMIT waits for a standby that does not exist: the transaction is on disk, and its end is not known to anybody.
    let options = [("wal_level", "replica"), ("max_wal_senders", "2"), ("synchronous_commit", "on")];
    let options = options.iter().fold(Options::new(), |options, (name, value)| options.setting(name, value));
    let killed = Killed::begin(&options);
    killed.story.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    killed.story.sql("SELECT pg_reload_conf()");
    sleep(Duration::from_millis(300));
    let child = killed.apply();
    killed.wait_for("SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    kill(child);
    let plan = killed.story.pgward(&["plan", "contract.yaml"]).ended(0);
    assert!(plan.stderr.contains("still open on the server"), "{}", plan.all());
    killed.story.sql("SET synchronous_commit = local; ALTER SYSTEM RESET synchronous_standby_names");
    killed.story.sql("SELECT pg_reload_conf()");
    killed.wait_for("SELECT WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')");
    sleep(Duration::from_millis(300));
    assert_eq!(killed.settle(Said::Always), State::New);
}

#[test]
fn a_session_ended_by_the_server_in_the_middle_changes_nothing() {
    let killed = Killed::begin(&Options::new());
    let held = killed.hold("BEGIN; LOCK TABLE app.t7 IN ACCESS EXCLUSIVE MODE");
    let child = killed.apply();
    killed.wait_for("SELECT FROM pg_locks WHERE NOT granted");
    killed.story.sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted");
    let told = story::Told::of(child.wait_with_output().unwrap()).ended(1);
    assert!(told.stderr.contains("nothing was changed"), "{}", told.stderr);
    drop(held);
    assert_eq!(killed.settle(Said::IfBegun), State::Old);
}
