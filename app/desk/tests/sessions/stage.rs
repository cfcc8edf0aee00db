//! A desk in front of a real server, with one lease in force.

use crate::front::{Front, PASSWORD, ROLE, TOKEN, USER};
use pgward_cluster::{Cluster, Installation, Options, matrix};
use pgward_contract::model::tier::Tier;
use pgward_desk::judge::{Judge, Naming, Verdict};
use pgward_desk::limit::Bounds;
use pgward_desk::tier::TierJudge;
use pgward_postgres::judging::read_view;
use pgward_statement::view::{Resets, View};
use pgward_statement::{Judge as Known, judge};
use pgward_wire::report::Report;
use pgward_wire::turn::Change;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) struct Stage {
    pub(crate) cluster: Cluster,
    pub(crate) front: Front,
}

/// How a client comes to the server, as the same role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    Direct,
    Through,
}

/// Runs a test in front of every supported version.
pub(crate) fn on_every_version(test: impl Fn(&Stage)) {
    for installation in matrix::installations().unwrap() {
        test(&Stage::set(&installation, Bounds::default(), Arc::new(Words)));
    }
}

/// Runs a test in front of the newest version, for what does not depend on it.
pub(crate) fn on_the_newest(bounds: Bounds, test: impl FnOnce(Stage)) {
    let newest = matrix::installations().unwrap().pop().unwrap();
    test(Stage::set(&newest, bounds, Arc::new(Words)));
}

/// Runs a test in front of the newest version, with a judge of its own.
pub(crate) fn on_the_newest_judged_by(judge: Arc<dyn Judge>, test: impl FnOnce(Stage)) {
    let newest = matrix::installations().unwrap().pop().unwrap();
    test(Stage::set(&newest, Bounds::default(), judge));
}

/// Runs a test in front of every supported version, with the judge of a tier.
pub(crate) fn with_a_tier(tier: Tier, test: impl Fn(&Stage)) {
    for installation in matrix::installations().unwrap() {
        let known = Arc::new(Known::new(View::built_in(), judge::Bounds::default(), 1));
        test(&Stage::set(&installation, Bounds::default(), Arc::new(TierJudge::new(tier, known))));
    }
}

/// Runs a test in front of every supported version that has this in it, with the judge of read_only, who has seen it.
pub(crate) fn on_every_version_with(there: &str, test: impl Fn(&Stage)) {
    let locks = Locks { grammar: true, role: true, mode: true };
    for installation in matrix::installations().unwrap() {
        test(&Stage::behind(&installation, locks, there));
    }
}

/// Runs a test in front of the newest version, with the judge of a tier.
pub(crate) fn on_the_newest_with(tier: Tier, test: impl FnOnce(Stage)) {
    let newest = matrix::installations().unwrap().pop().unwrap();
    let known = Arc::new(Known::new(View::built_in(), judge::Bounds::default(), 1));
    test(Stage::set(&newest, Bounds::default(), Arc::new(TierJudge::new(tier, known))));
}

impl Stage {
    fn set(installation: &Installation, bounds: Bounds, judge: Arc<dyn Judge>) -> Stage {
        let made = format!(
            "CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'; GRANT CREATE, TEMPORARY ON DATABASE postgres TO {ROLE};
            GRANT CREATE ON SCHEMA public TO {ROLE}"
        );
        Stage::made(installation, bounds, judge, &made, &[])
    }

    /// A read-only lease behind these locks and no others.
    pub(crate) fn behind(installation: &Installation, locks: Locks, there: &str) -> Stage {
        let known = Arc::new(Known::new(View::built_in(), judge::Bounds::default(), 1));
        let judge: Arc<dyn Judge> = if locks.grammar {
            Arc::new(TierJudge::new(Tier::ReadOnly, Arc::clone(&known)))
        } else {
            Arc::new(Anything)
        };
        let made = if locks.role {
            format!(
                "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'"
            )
        } else {
            format!("CREATE ROLE {ROLE} LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
        };
        let pins: &[_] = if locks.mode { &[("default_transaction_read_only", "on")] } else { &[] };
        let stage = Stage::made(installation, Bounds::default(), judge, &made, pins);
        stage.cluster.psql("postgres", there).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        known.learn(runtime.block_on(async {
            let mut config = tokio_postgres::Config::new();
            config.host_path(stage.cluster.socket_dir()).port(stage.cluster.port()).dbname("postgres");
            config.user(stage.cluster.superuser()).password(stage.cluster.password().expose());
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            read_view(&client, Resets::BackToPins).await.unwrap()
        }));
        stage
    }

    fn made(
        installation: &Installation,
        bounds: Bounds,
        judge: Arc<dyn Judge>,
        made: &str,
        pins: &[(&str, &str)],
    ) -> Stage {
        let cluster = Cluster::start(installation, &Options::new()).unwrap();
        cluster.psql("postgres", made).unwrap();
        let front = Front::before(&cluster, bounds, judge, pins);
        Stage { cluster, front }
    }

    /// psql through the desk. Nothing of the environment gets in its way.
    pub(crate) fn psql(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
        self.psql_command(arguments, settings).output().unwrap()
    }

    /// The variables of the environment with which libpq, and what is made like it, finds its way.
    pub(crate) fn connection(&self, way: Way) -> Vec<(&'static str, String)> {
        let (address, port, user, password, authority) = match way {
            Way::Through => {
                let address = self.front.address;
                (address.ip().to_string(), address.port(), USER, TOKEN, self.front.authority())
            }
            Way::Direct => {
                let address = self.cluster.host().to_owned();
                (address, self.cluster.port(), ROLE, PASSWORD, self.cluster.authority())
            }
        };
        vec![
            ("PGHOST", "localhost".to_owned()),
            ("PGHOSTADDR", address),
            ("PGPORT", port.to_string()),
            ("PGUSER", user.to_owned()),
            ("PGPASSWORD", password.to_owned()),
            ("PGDATABASE", "postgres".to_owned()),
            ("PGSSLMODE", "verify-full".to_owned()),
            ("PGSSLROOTCERT", authority.display().to_string()),
        ]
    }

    pub(crate) fn psql_command(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
        let installation = self.cluster.installation();
        let mut command = Command::new(installation.program("psql").unwrap());
        let libraries = installation.bin_dir().parent().unwrap().join("lib");
        command
            .env_clear()
            .env("LD_LIBRARY_PATH", libraries)
            .envs(self.connection(Way::Through))
            .envs(settings.iter().copied())
            .args(["--no-psqlrc", "--no-align", "--tuples-only", "--quiet"])
            .args(arguments);
        command
    }

    /// What psql printed for these statements, one message each, and what it complained about.
    pub(crate) fn told(&self, statements: &[&str]) -> String {
        let arguments: Vec<&str> = statements.iter().flat_map(|sql| ["-c", sql]).collect();
        let output = self.psql(&arguments, &[]);
        let (said, complained) = (output.stdout, output.stderr);
        String::from_utf8_lossy(&said).into_owned() + &String::from_utf8_lossy(&complained)
    }

    /// The records of the ledger, after the desk has ended.
    pub(crate) fn records(mut self) -> Vec<String> {
        self.front.end();
        let mut lines = Vec::new();
        let entries = self.front.ledger.path().join("ledger/entries");
        for file in std::fs::read_dir(entries).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            lines.extend(text.lines().filter(|line| line.contains("\"kind\"")).map(str::to_owned));
        }
        lines
    }
}

/// Waits for a state, not for a time.
#[track_caller]
pub(crate) fn until(what: &str, mut is_it: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_it() {
        assert!(Instant::now() < deadline, "{what} did not come about within a minute");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The locks that hold a read-only session.
#[derive(Clone, Copy)]
pub(crate) struct Locks {
    pub(crate) grammar: bool,
    pub(crate) role: bool,
    pub(crate) mode: bool,
}

/// Allows everything.
struct Anything;

impl Judge for Anything {
    fn statements(&self, _text: &str) -> Verdict {
        Verdict::Allow(Naming::default())
    }

    fn parameters(&self, _types: &[u32]) -> Result<(), Report> {
        Ok(())
    }

    fn setting(&self, _name: &str, _value: &str) -> Result<(), Report> {
        Ok(())
    }
}

/// Denies what has the word "forbidden" in it, and knows the names in texts of one form each.
struct Words;

impl Judge for Words {
    fn statements(&self, text: &str) -> Verdict {
        if text.contains("forbidden") {
            return Verdict::Deny(
                Report::error("42501", "tier read_only does not allow this")
                    .detail("It says forbidden.")
                    .hint("Request read_full_write."),
            );
        }
        let mut naming = Naming::default();
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["PREPARE", name, "AS", ..] => {
                naming.changes.push((0, Change::Prepare((*name).to_owned(), text.to_owned())));
            }
            ["EXECUTE", name, ..] => naming.executes.push((*name).to_owned()),
            ["DEALLOCATE", "ALL"] => naming.changes.push((0, Change::DeallocateAll)),
            _ => {}
        }
        Verdict::Allow(naming)
    }

    fn parameters(&self, _types: &[u32]) -> Result<(), Report> {
        Ok(())
    }

    fn setting(&self, name: &str, _value: &str) -> Result<(), Report> {
        match name {
            "role" | "session_authorization" => {
                Err(Report::error("42501", format!("parameter \"{name}\" is not yours")))
            }
            _ => Ok(()),
        }
    }
}
