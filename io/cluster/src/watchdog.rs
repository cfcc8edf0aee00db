//! The process that owns a server and stops it when we are gone.
//!
//! A small shell script, run as the server's user in a process group of its own, is the server's parent. It reads
//! orders from a pipe whose other end only we hold; when that end closes - because we are done, panicked, were
//! interrupted, or were killed with SIGKILL - it stops the server and removes the scratch folder.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::account::Account;
use crate::configuration::CONFIG_FILE;
use crate::installation::Installation;
use crate::template::DATA_FOLDER;

/// The script at work. Dropping it stops the server.
pub(crate) struct Watchdog {
    process: Child,
    scratch: PathBuf,
    starts: u32,
}

impl Watchdog {
    /// Starts the script; no server runs yet.
    pub(crate) fn spawn(
        installation: &Installation,
        account: &Account,
        scratch: &Path,
    ) -> io::Result<Watchdog> {
        let libraries = installation.own_libraries().unwrap_or_default();
        let mut shell = account.command("sh", scratch);
        shell.args(["-c", SCRIPT, "pgward-watchdog"]);
        shell
            .arg(installation.bin_dir().join("postgres"))
            .arg(scratch)
            .arg(DATA_FOLDER)
            .arg(CONFIG_FILE)
            .arg(libraries);
        // A terminal's Ctrl-C is for us; the script has work to do after we are gone.
        shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Watchdog { process: shell.spawn()?, scratch: scratch.to_path_buf(), starts: 0 })
    }

    /// Starts the server on a port and waits until it accepts connections.
    pub(crate) fn start_server(&mut self, port: u16, patience: Duration) -> Result<(), ServerError> {
        let deadline = Instant::now() + patience;
        self.starts += 1;
        self.order(&format!("start {port} {}", self.starts))?;
        // The script removes the marks of an earlier start before it makes this one's.
        self.wait_for(deadline, |watchdog| watchdog.mark("started") == Some(watchdog.starts.to_string()))?;
        self.wait_for(deadline, |watchdog| watchdog.mark("ended").is_some() || watchdog.is_ready())?;
        match self.mark("ended") {
            None => Ok(()),
            Some(_) => Err(ServerError::Ended { log: self.log_tail() }),
        }
    }

    /// Stops the server in an orderly way and waits for its end.
    pub(crate) fn stop_server(&mut self, patience: Duration) -> Result<(), ServerError> {
        self.order("stop")?;
        self.wait_for(Instant::now() + patience, |watchdog| watchdog.mark("ended").is_some())
    }

    /// Closes the pipe and waits until the script has stopped the server and removed the folder.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        drop(self.process.stdin.take());
        let deadline = Instant::now() + FINISH_PATIENCE;
        while self.process.try_wait()?.is_none() {
            if Instant::now() > deadline {
                self.process.kill()?;
                self.process.wait()?;
            }
            std::thread::sleep(TICK);
        }
        self.kill_what_is_left();
        Ok(())
    }

    fn order(&mut self, words: &str) -> Result<(), ServerError> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let written = match self.process.stdin.as_mut() {
            Some(pipe) => pipe.write_all(format!("{words}\n").as_bytes()),
            None => Err(gone()),
        };
        written.map_err(ServerError::NoWatchdog)
    }

    fn wait_for(&self, deadline: Instant, condition: impl Fn(&Watchdog) -> bool) -> Result<(), ServerError> {
        while !condition(self) {
            if Instant::now() > deadline {
                return Err(ServerError::TooLate { log: self.log_tail() });
            }
            std::thread::sleep(TICK);
        }
        Ok(())
    }

    /// The eighth line of `postmaster.pid` tells the server's state.
    fn is_ready(&self) -> bool {
        let file = std::fs::read_to_string(self.scratch.join(DATA_FOLDER).join("postmaster.pid"));
        file.is_ok_and(|text| text.lines().nth(7).is_some_and(|state| state.trim_end() == "ready"))
    }

    fn mark(&self, name: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.scratch.join(name)).ok()?;
        Some(text.trim_end().to_owned())
    }

    fn log_tail(&self) -> String {
        let log = std::fs::read(self.scratch.join(LOG_FILE)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_TAIL_LINES)..).unwrap_or_default().join("\n")
    }

    /// Somebody may have killed the script itself; then nobody but us stops the server.
    fn kill_what_is_left(&self) {
        if self.mark("ended").is_some() {
            return;
        }
        let pid = self.mark("pid").and_then(|pid| pid.parse().ok()).and_then(Pid::from_raw);
        // A server that is gone already is what we want.
        let _ = pid.map(|pid| kill_process(pid, Signal::QUIT));
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Nobody is left to tell; the folder's owner removes what remains.
        let _ = self.finish();
    }
}

/// Why a server is not in the state it was ordered into.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The server ended by itself.
    #[error("the server ended at its start; the end of its log:\n{log}")]
    Ended {
        /// The last lines of the server's log.
        log: String,
    },
    /// The server took too long.
    #[error("the server did not get there in time; the end of its log:\n{log}")]
    TooLate {
        /// The last lines of the server's log.
        log: String,
    },
    /// The process that owns the server is gone.
    #[error("the process that watches over the server is gone")]
    NoWatchdog(#[source] io::Error),
}

/// The server's log in the scratch folder.
pub(crate) const LOG_FILE: &str = "log";

const LOG_TAIL_LINES: usize = 12;
const TICK: Duration = Duration::from_millis(4);

/// Longer than the script's own patience before it kills.
const FINISH_PATIENCE: Duration = Duration::from_secs(40);

const SCRIPT: &str = include_str!("watchdog.sh");
