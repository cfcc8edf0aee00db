//! `cargo xtask drivers`: the drivers of other languages that the desk is tried with, from their package registries.
//!
//! Nothing is installed: they are folders below `.cache/drivers`. What is there, of the versions that are asked for, is left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::registry::{self, FetchError, on_disk};
use crate::say;

/// Fetches the drivers that are not there.
pub(crate) fn run(root: &Path) -> ExitCode {
    let (lists, shelf) = (root.join("app/desk/tests/drivers"), root.join(".cache/drivers"));
    for (language, list, fetch) in LANGUAGES {
        match provide(&shelf.join(language), &lists.join(list), *fetch) {
            Ok(what) => say::out(&format!("drivers of {language}: {what}")),
            Err(trouble) => {
                say::err(&format!("drivers of {language}: {trouble}"));
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// Puts the drivers of a list into a folder.
type Fetch = fn(&Path, &Path) -> Result<(), FetchError>;

/// Each language, with the file that says which drivers and what fetches them.
const LANGUAGES: &[(&str, &str, Fetch)] = &[
    ("python", "requirements.txt", python),
    ("node", "package-lock.json", node),
    ("java", "Pgjdbc.java", java),
];

fn provide(home: &Path, list: &Path, fetch: Fetch) -> Result<&'static str, FetchError> {
    let wanted = fs::read(list).map_err(on_disk(list))?;
    let had = home.join(HAD);
    if fs::read(&had).is_ok_and(|had| had == wanted) {
        return Ok("are there");
    }
    let shelf = home.parent().unwrap_or(home);
    fs::create_dir_all(shelf).map_err(on_disk(shelf))?;
    let workshop = tempfile::Builder::new().prefix(".fetch-").tempdir_in(shelf).map_err(on_disk(shelf))?;
    let made = workshop.path().join("made");
    fs::create_dir(&made).map_err(on_disk(&made))?;
    fetch(list, &made)?;
    fs::write(made.join(HAD), wanted).map_err(on_disk(home))?;
    registry::put(&made, home)?;
    Ok("fetched")
}

fn python(list: &Path, home: &Path) -> Result<(), FetchError> {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps"])
        .args(["--only-binary=:all:", "--target"])
        .arg(home)
        .arg("--requirement")
        .arg(list);
    download("asyncpg and psycopg", &mut pip)
}

fn node(list: &Path, home: &Path) -> Result<(), FetchError> {
    for name in ["package.json", "package-lock.json"] {
        let from = list.with_file_name(name);
        fs::copy(&from, home.join(name)).map_err(on_disk(&from))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(home);
    download("pg", &mut npm)
}

/// pgJDBC is a package of the system (scripts/setup.sh test): it is in no registry that needs no build tool of Java's.
fn java(_list: &Path, home: &Path) -> Result<(), FetchError> {
    let from = std::env::var_os("PGWARD_TEST_PGJDBC").map_or_else(|| PathBuf::from(PGJDBC), PathBuf::from);
    if !from.is_file() {
        let folder = from.parent().unwrap_or(&from).to_path_buf();
        return Err(FetchError::Shape { folder, expected: PGJDBC_EXPECTED.to_owned() });
    }
    fs::copy(&from, home.join("postgresql.jar")).map_err(on_disk(&from))?;
    Ok(())
}

fn download(package: &'static str, command: &mut Command) -> Result<(), FetchError> {
    registry::run(command).map_err(|tool| FetchError::Download { package, tool })
}

/// The list that the drivers in a folder were fetched by.
const HAD: &str = ".fetched";

const PGJDBC: &str = "/usr/share/java/postgresql.jar";
const PGJDBC_EXPECTED: &str = "pgJDBC: install libpostgresql-jdbc-java, or set PGWARD_TEST_PGJDBC to its jar";
