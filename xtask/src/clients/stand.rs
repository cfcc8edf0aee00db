//! A server with a desk in front of it, at the tier admin: the example `in_front` of the desk.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::NamedTempFile;

use crate::clients::failure::ClientsError;

/// How a suite comes to the server, as the same role.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Direct,
    Through,
}

impl Way {
    /// The word that the example begins its line with.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Through => "through",
        }
    }
}

/// It runs until this is dropped.
pub(crate) struct Stand {
    child: Child,
    host: String,
    port: String,
    user: String,
    passwords: NamedTempFile,
}

impl Stand {
    pub(crate) fn start(root: &Path, way: Way) -> Result<Stand, ClientsError> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(["run", "--quiet", "-p", "pgward-desk", "--example", "in_front", "--"])
            .args(["18", "admin"]);
        command.current_dir(root).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|source| ClientsError::Program { program: "cargo".to_owned(), source })?;
        let mut found = None;
        if let Some(output) = child.stdout.take() {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if line.starts_with(way.word()) {
                    found = Found::read(&line);
                }
                if line == "ready" {
                    break;
                }
            }
        }
        let Some(Found { host, port, user, password }) = found else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(ClientsError::Stand(format!("it says no `{}`", way.word())));
        };
        let passwords = NamedTempFile::new().and_then(|file| {
            std::fs::write(file.path(), format!("*:*:*:{user}:{password}\n"))?;
            Ok(file)
        });
        let passwords = passwords.map_err(|trouble| ClientsError::Stand(trouble.to_string()))?;
        Ok(Stand { child, host, port, user, passwords })
    }

    /// The variables with which libpq, and what is made like it, finds its way.
    pub(crate) fn variables(&self) -> [(&'static str, String); 6] {
        [
            ("PGHOST", self.host.clone()),
            ("PGPORT", self.port.clone()),
            ("PGUSER", self.user.clone()),
            ("PGPASSFILE", self.passwords.path().display().to_string()),
            ("PGDATABASE", "postgres".to_owned()),
            ("PSYCOPG2_TESTDB", "postgres".to_owned()),
        ]
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        // The end of its input is its end.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

struct Found {
    host: String,
    port: String,
    user: String,
    password: String,
}

impl Found {
    fn read(line: &str) -> Option<Found> {
        let (pairs, password) = line.split_once(" password='")?;
        let value = |name: &str| {
            let found = pairs.split(' ').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            found.map(str::to_owned)
        };
        let password = password.strip_suffix('\'')?.to_owned();
        Some(Found { host: value("host")?, port: value("port")?, user: value("user")?, password })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::Found;

    #[test]
    fn a_line_of_the_example_is_read() {
        let found =
            Found::read("through host=127.0.0.1 port=5 dbname=postgres user=ann password='a token'").unwrap();
        assert_eq!(
            [found.host, found.port, found.user, found.password],
            ["127.0.0.1", "5", "ann", "a token"]
        );
        assert!(Found::read("ready").is_none());
    }
}
