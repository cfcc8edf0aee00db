//! A standby made by pg_basebackup: what reads works there as on its primary, and says the same; what would write is
//! refused before it begins.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pgward_cluster::matrix;
use story::{Story, Told};

const CONTRACT: &str = "\
contract: 1
cluster: standby
scope: {roles: [\"y_*\"], mode: authoritative}
roles:
  y_owner: {kind: owner}
  y_app: {kind: login, secret: {store: file, path: kept/app}}
databases:
  shop:
    connect: [y_app]
    schemas:
      app: {owner: y_owner, objects_owner: y_owner, use: [y_app]}
    grants:
      - {to: y_app, allow: [select, insert], on: {tables: app.*}}
    never:
      - {roles: [y_app], may: [delete, truncate], on: {tables: app.*}}
";

/// A server that follows the story's.
struct Standby {
    server: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Standby {
    fn of(story: &Story) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let copy = folder.path().join("copy");
        let installation = story.cluster.installation();
        let made = Command::new(installation.program("pg_basebackup").unwrap())
            .args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--pgdata"])
            .arg(&copy)
            .env_clear()
            .envs(story.cluster.superuser_env("shop"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        // The server refuses to run as root, and wants to own its files.
        let owner = std::fs::metadata(story.cluster.data_dir()).unwrap();
        give(folder.path(), owner.uid(), owner.gid());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let configuration = story.cluster.data_dir().parent().unwrap().join("postgresql.conf");
        let mut command = Command::new(installation.program("postgres").unwrap());
        command
            .arg("-D")
            .arg(&copy)
            .arg(format!("--config_file={}", configuration.display()))
            .arg(format!("--port={port}"))
            .arg(format!("--unix_socket_directories={}", folder.path().display()))
            // The library that follows a primary is loaded late; it must not find another version's libpq.
            .env_clear()
            .env("HOME", folder.path())
            .env("LD_LIBRARY_PATH", installation.bin_dir().join("../lib"))
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("log")).unwrap());
        if is_root() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let server = command.spawn().unwrap();
        let standby = Self { server, port, folder };
        let until = Instant::now() + Duration::from_secs(30);
        while standby.pgward(story, &["inspect"]).code != 0 {
            assert!(Instant::now() < until, "{}", standby.pgward(story, &["inspect"]).all());
            sleep(Duration::from_millis(100));
        }
        standby
    }

    fn pgward(&self, story: &Story, arguments: &[&str]) -> Told {
        story.pgward_with(arguments, &[("PGPORT", &self.port.to_string())])
    }

    /// Waits until everything that was written has arrived.
    fn catch_up(&self, story: &Story) {
        let until = Instant::now() + Duration::from_secs(20);
        // Commits that did not wait for the disk are inserted, and perhaps not written yet: that is what is waited for.
        let last = story.sql("CHECKPOINT; SELECT pg_current_wal_insert_lsn()");
        let arrived =
            format!("SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= '{}'", last.trim());
        while story.sql(&arrived).trim() != "1" {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < until, "the standby does not follow: {log}");
            sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        // An orderly end leaves no shared memory behind; without one, SIGKILL ends it all the same.
        let asked = Command::new("kill").args(["-INT", &self.server.id().to_string()]).status();
        let until = Instant::now() + Duration::from_secs(10);
        while asked.is_ok() && Instant::now() < until && matches!(self.server.try_wait(), Ok(None)) {
            sleep(Duration::from_millis(50));
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn give(path: &Path, user: u32, group: u32) {
    std::os::unix::fs::lchown(path, Some(user), Some(group)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        for entry in std::fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), user, group);
        }
    }
}

#[test]
fn a_standby_is_read_like_its_primary_and_never_applied_to() {
    let newest = matrix::installations().unwrap().pop().unwrap();
    let story = Story::on(&newest, "shop");
    story.sql("CREATE SCHEMA app; CREATE TABLE app.orders (id int)");
    story.write("contract.yaml", CONTRACT);
    let standby = Standby::of(&story);

    // Before: the same plan, which can be made here and is applied there.
    let plan =
        standby.pgward(&story, &["plan", "contract.yaml", "--out", "plan.json", "--expect-none"]).ended(3);
    assert!(plan.stdout.contains("y_app"), "{}", plan.all());
    let apply = ["apply", "contract.yaml", "--yes", "--allow", "all"];
    let refused = standby.pgward(&story, &apply).ended(1);
    assert!(refused.stderr.contains("standby") && refused.stderr.contains("primary"), "{}", refused.all());
    assert!(!story.path("kept/app").exists(), "a password was made for nobody");
    let saved = ["apply", "plan.json", "--yes", "--allow", "all"];
    standby.pgward(&story, &saved).ended(1);
    story.pgward(&saved).ended(0);

    // After: what the primary says.
    standby.catch_up(&story);
    for reads in [
        &["fingerprint"][..],
        &["plan", "contract.yaml", "--expect-none"],
        &["who-can", "select", "app.orders"],
        &["what-can", "y_app"],
        &["why", "y_app", "delete", "app.orders"],
        &["inspect"],
    ] {
        let (here, there) = (standby.pgward(&story, reads), story.pgward(reads));
        assert_eq!((here.code, &here.stdout), (there.code, &there.stdout), "{reads:?}: {}", here.all());
    }
    let undo = standby.pgward(&story, &["apply", "--undo", "last", "--yes", "--allow", "all"]).ended(1);
    assert!(undo.stderr.contains("standby"), "{}", undo.all());
    story.sql("ALTER ROLE y_app PASSWORD 'by hand'");
    standby.catch_up(&story);
    let drift = standby.pgward(&story, &["plan", "contract.yaml", "--expect-none"]).ended(3);
    assert!(drift.stdout.contains("another one -> the kept one"), "{}", drift.all());
    story.pgward(&apply).ended(0);
    standby.catch_up(&story);

    let proof = standby.pgward(&story, &["prove", "contract.yaml"]).ended(1);
    assert!(proof.stderr.contains("the server is a standby"), "{}", proof.all());
    story.pgward(&["prove", "contract.yaml"]).ended(0);
}
