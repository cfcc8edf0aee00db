//! A desk that serves, and those who come to it: what stories about lending need.
#![allow(dead_code, unreachable_pub, reason = "each story uses the part it needs")]
#![allow(clippy::unwrap_used, reason = "a story that cannot be set up has failed")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::story::{Story, Told};

/// A desk that serves, until it is dropped.
pub struct Desk {
    /// The process.
    pub child: Child,
    said: BufReader<ChildStderr>,
    /// Where it listens.
    pub address: String,
    /// What it said before it listened.
    pub first: String,
}

impl Desk {
    /// Starts it, and waits until it listens; the story's `desk.yaml` names where.
    pub fn serve(story: &Story, arguments: &[&str]) -> Desk {
        Desk::begin(story, &mut story.command(arguments))
    }

    /// The same, by a command that has more to it.
    pub fn begin(story: &Story, command: &mut Command) -> Desk {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        let mut desk = Desk { child, said, address: String::new(), first: String::new() };
        let mut all = String::new();
        while desk.address.is_empty() {
            let mut line = String::new();
            assert_ne!(desk.said.read_line(&mut line).unwrap(), 0, "the desk ended: {all}");
            if let Some(port) = line.trim().strip_prefix("the desk listens on 127.0.0.1:") {
                desk.address = format!("localhost:{port}");
            }
            all.push_str(&line);
        }
        desk.first = all;
        // What borrowers connect to is known now.
        let file = std::fs::read_to_string(story.path("desk.yaml")).unwrap();
        let named = |line: &str| match line.strip_prefix("address: ") {
            Some(_) => format!("address: {}\n", desk.address),
            None => format!("{line}\n"),
        };
        story.write("desk.yaml", &file.lines().map(named).collect::<String>());
        desk
    }

    /// Ends it as systemd would; what it said after it began.
    pub fn end(mut self) -> String {
        let id = self.child.id().to_string();
        signal("-TERM", &id);
        assert!(self.child.wait().unwrap().success());
        let mut said = String::new();
        self.said.read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs pgward as somebody at the story's desk.
pub fn at(story: &Story, person: &str, arguments: &[&str]) -> Told {
    let password = format!("the password of {person}");
    let variables =
        [("PGWARD_DESK", "desk.yaml"), ("PGWARD_PERSON", person), ("PGWARD_PASSWORD", &*password)];
    story.pgward_with(arguments, &variables)
}

/// psql with this connection string and this statement.
pub fn psql(story: &Story, url: &str, sql: &str) -> Command {
    let installation = story.cluster.installation();
    let mut command = Command::new(installation.program("psql").unwrap());
    let libraries = installation.bin_dir().parent().unwrap().join("lib");
    command
        .env_clear()
        .env("LD_LIBRARY_PATH", libraries)
        .env("PGCONNECT_TIMEOUT", "30")
        .args(["--no-psqlrc", "--no-align", "--tuples-only", "--quiet", "--set", "VERBOSITY=verbose"])
        .args(["--dbname", url, "--command", sql])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// All that a program has printed.
pub fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What the first session says that the desk lets begin: a busy desk may not know the lease yet, or not have its role.
pub fn told(story: &Story, url: &str, sql: &str) -> String {
    until("a session", || {
        let said = words(&psql(story, url, sql).output().unwrap());
        let is_early =
            ["authentication failed", "its role is being made"].iter().any(|early| said.contains(early));
        (!is_early).then_some(said)
    })
}

/// Waits for a state, not for a time.
#[track_caller]
pub fn until<T>(what: &str, mut is_it: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(it) = is_it() {
            return it;
        }
        assert!(Instant::now() < deadline, "{what} did not come about within a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a signal.
pub fn signal(which: &str, process: &str) {
    assert!(Command::new("kill").args([which, process]).status().unwrap().success());
}
