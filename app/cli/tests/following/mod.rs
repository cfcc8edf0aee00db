//! A standby made by pg_basebackup, which follows a story's server.
#![allow(dead_code, unreachable_pub, reason = "each story uses the part it needs")]
#![allow(clippy::unwrap_used, reason = "a story that cannot be set up has failed")]

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::story::{Story, Told};

/// A server that follows the story's.
pub struct Standby {
    server: Child,
    /// Where it listens.
    pub port: u16,
    folder: tempfile::TempDir,
}

impl Standby {
    /// Makes a copy of the story's server, and starts it.
    pub fn of(story: &Story) -> Self {
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

    /// Runs pgward against it.
    pub fn pgward(&self, story: &Story, arguments: &[&str]) -> Told {
        story.pgward_with(arguments, &[("PGPORT", &self.port.to_string())])
    }

    /// Waits until everything that was written has arrived.
    pub fn catch_up(&self, story: &Story) {
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
