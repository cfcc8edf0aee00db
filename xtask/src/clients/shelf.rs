//! The drivers' tests, which are in their source distributions, and the drivers themselves.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgward_cluster::matrix;

use crate::registry::{self, FetchError, on_disk};

/// The folder with `python` (the drivers and pytest) and `suites/NAME/tests`.
pub(crate) fn provide(root: &Path) -> Result<PathBuf, FetchError> {
    let (lists, shelf) = (root.join("app/desk/tests/drivers"), root.join(".cache"));
    let home = shelf.join("clients");
    let (suites, run_with) = (lists.join("suites.txt"), lists.join("suites-run-with.txt"));
    let read = |path: &Path| fs::read(path).map_err(on_disk(path));
    let wanted = [read(&suites)?, read(&run_with)?].concat();
    if fs::read(home.join(HAD)).is_ok_and(|had| had == wanted) {
        return Ok(home);
    }
    fs::create_dir_all(&shelf).map_err(on_disk(&shelf))?;
    let workshop = tempfile::Builder::new().prefix(".fetch-").tempdir_in(&shelf).map_err(on_disk(&shelf))?;
    let made = workshop.path().join("made");
    pip(&["install", "--only-binary=:all:", "--target"], &made.join("python"), &run_with)?;
    let archives = workshop.path().join("archives");
    pip(&["download", "--no-deps", "--no-binary=:all:", "--require-hashes", "--dest"], &archives, &suites)?;
    for archive in fs::read_dir(&archives).map_err(on_disk(&archives))?.flatten() {
        unpack(&archive.path(), workshop.path(), &made)?;
    }
    fs::write(made.join(HAD), wanted).map_err(on_disk(&made))?;
    registry::put(&made, &home)?;
    Ok(home)
}

fn pip(words: &[&str], into: &Path, list: &Path) -> Result<(), FetchError> {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]).args(words).arg(into);
    pip.arg("--requirement").arg(list).env("PATH", path_with_pg_config());
    registry::run(&mut pip).map_err(|tool| FetchError::Download { package: "asyncpg and psycopg2", tool })
}

/// psycopg2's source distribution asks `pg_config` for its version.
fn path_with_pg_config() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let newest = matrix::installations().ok().and_then(|mut installations| installations.pop());
    let own = newest.map(|installation| installation.bin_dir().to_path_buf());
    std::env::join_paths(std::env::split_paths(&path).chain(own)).unwrap_or(path)
}

/// Takes the tests alone: beside its sources, a driver would be imported from them, where it is not compiled.
fn unpack(archive: &Path, workshop: &Path, made: &Path) -> Result<(), FetchError> {
    let unpacked = workshop.join("unpacked");
    let mut tar = Command::new("python3");
    registry::run(tar.args(["-m", "tarfile", "-e"]).arg(archive).arg(&unpacked))
        .map_err(FetchError::Unpack)?;
    for package in fs::read_dir(&unpacked).map_err(on_disk(&unpacked))?.flatten() {
        let name = package.file_name().to_string_lossy().into_owned();
        let suite = made.join("suites").join(name.split('-').next().unwrap_or(&name));
        fs::create_dir_all(&suite).map_err(on_disk(&suite))?;
        let tests = package.path().join("tests");
        fs::rename(&tests, suite.join("tests")).map_err(on_disk(&tests))?;
    }
    fs::remove_dir_all(&unpacked).map_err(on_disk(&unpacked))
}

/// The lists that it was fetched by.
const HAD: &str = ".fetched";
