//! PostgreSQL's binaries and their version.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder with PostgreSQL's server binaries, which answered when asked for their version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    bin_dir: PathBuf,
    version: Version,
}

impl Installation {
    /// Takes the binaries of a `bin` folder; a link to `postgres` is followed to where it really lies.
    ///
    /// # Errors
    /// The folder has no `postgres` or no `initdb`, or `postgres` does not run here.
    pub fn at(bin_dir: &Path) -> Result<Installation, NotAnInstallation> {
        let missing = |program| NotAnInstallation::Missing { bin_dir: bin_dir.to_path_buf(), program };
        let server = bin_dir.join("postgres").canonicalize().map_err(|_| missing("postgres"))?;
        let home = server.parent().unwrap_or(bin_dir).to_path_buf();
        if !home.join("initdb").is_file() {
            return Err(missing("initdb"));
        }
        let version = ask_version(&server)?;
        Ok(Installation { bin_dir: home, version })
    }

    /// The folder the binaries lie in.
    #[must_use]
    pub fn bin_dir(&self) -> &Path {
        &self.bin_dir
    }

    /// The version `postgres` gave.
    #[must_use]
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The major version, such as 17.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.version.major
    }

    /// The path of a program of this installation, if it has it: `psql`, `pg_dump`, `pgbench` ...
    #[must_use]
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        Some(self.bin_dir.join(name)).filter(|path| path.is_file())
    }

    /// The folder above `bin`.
    pub(crate) fn prefix(&self) -> &Path {
        self.bin_dir.parent().unwrap_or(&self.bin_dir)
    }

    /// The installation's own libraries, if it brings them along. Extensions of relocated builds look for libpq
    /// where it was built, and would otherwise find the system's older one.
    pub(crate) fn own_libraries(&self) -> Option<PathBuf> {
        let libraries = self.prefix().join("lib");
        Some(libraries).filter(|folder| folder.join("libpq.so.5").exists())
    }

    /// The same installation, copied to another prefix.
    pub(crate) fn moved_to(&self, prefix: &Path) -> Installation {
        Installation { bin_dir: prefix.join("bin"), version: self.version.clone() }
    }
}

fn ask_version(server: &Path) -> Result<Version, NotAnInstallation> {
    let does_not_run = |reason| NotAnInstallation::DoesNotRun { server: server.to_path_buf(), reason };
    let answer = Command::new(server)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|trouble| does_not_run(trouble.to_string()))?;
    let words = String::from_utf8_lossy(&answer.stdout);
    Version::parse(words.trim())
        .ok_or_else(|| does_not_run(String::from_utf8_lossy(&answer.stderr).trim().to_owned()))
}

/// A server version, as `postgres --version` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    major: u32,
    text: String,
}

impl Version {
    /// Reads `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`.
    fn parse(words: &str) -> Option<Version> {
        let (_, rest) = words.split_once("(PostgreSQL) ")?;
        let text = rest.split_whitespace().next()?;
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        Some(Version { major: digits.parse().ok()?, text: text.to_owned() })
    }

    /// The major version, such as 17.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a folder is not an installation.
#[derive(Debug, thiserror::Error)]
pub enum NotAnInstallation {
    /// A program that a server cannot do without is not there.
    #[error("{} has no `{program}`", bin_dir.display())]
    Missing {
        /// The folder that was looked into.
        bin_dir: PathBuf,
        /// The program that is missing.
        program: &'static str,
    },
    /// The server program is there and does not run.
    #[error("{} does not run here: {reason}", server.display())]
    DoesNotRun {
        /// The program that was asked for its version.
        server: PathBuf,
        /// What it said instead.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn versions_are_read_as_the_server_tells_them() {
        let told = |words: &str| Version::parse(words).map(|version| (version.major, version.text));
        assert_eq!(told("postgres (PostgreSQL) 18.6"), Some((18, "18.6".to_owned())));
        assert_eq!(
            told("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"),
            Some((15, "15.20".to_owned()))
        );
        assert_eq!(told("postgres (PostgreSQL) 19beta1"), Some((19, "19beta1".to_owned())));
        assert_eq!(told("postgres: error while loading shared libraries"), None);
    }

    #[test]
    fn a_folder_without_binaries_says_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = Installation::at(folder.path()).unwrap_err();
        assert_eq!(refusal.to_string(), format!("{} has no `postgres`", folder.path().display()));
    }

    #[test]
    fn a_server_that_does_not_run_is_told_with_its_own_words() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for program in ["postgres", "initdb"] {
            let path = folder.path().join(program);
            std::fs::write(&path, "#!/bin/sh\necho 'no library' >&2\nexit 127\n").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let refusal = Installation::at(folder.path()).unwrap_err();
        assert!(refusal.to_string().ends_with("does not run here: no library"), "{refusal}");
    }
}
