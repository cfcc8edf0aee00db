//! `cargo xtask sign-on`: the OpenID provider that the tests of single sign-on run against, from a package registry.
//!
//! Nothing is installed: it is a folder, `.cache/oidc`, with what `tools/oidc/package-lock.json` pins, checked against its digests.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::registry::{FetchError, on_disk, put, run as run_to_end};
use crate::say;

/// Fetches it, where it is not there yet.
pub(crate) fn run(root: &Path) -> ExitCode {
    match provide(root) {
        Ok(said) => {
            say::out(&format!("oidc-provider: {said}"));
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            say::err(&format!("sign-on: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

fn provide(root: &Path) -> Result<&'static str, FetchError> {
    let (pinned, shelf) = (root.join("tools/oidc"), root.join(".cache"));
    let place = shelf.join("oidc");
    let lock = "package-lock.json";
    let wanted = fs::read(pinned.join(lock)).map_err(on_disk(&pinned.join(lock)))?;
    // The lock is put beside what it pins last of all.
    if place.join("node_modules").is_dir() && fs::read(place.join(lock)).is_ok_and(|found| found == wanted) {
        return Ok("is there");
    }
    fs::create_dir_all(&shelf).map_err(on_disk(&shelf))?;
    let workshop = tempfile::tempdir_in(&shelf).map_err(on_disk(&shelf))?;
    let made = workshop.path().join("oidc");
    fs::create_dir(&made).map_err(on_disk(&made))?;
    for name in ["package.json", lock] {
        fs::copy(pinned.join(name), made.join(name)).map_err(on_disk(&pinned.join(name)))?;
    }
    // No script of any package is run.
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&made);
    run_to_end(&mut npm).map_err(|tool| FetchError::Download { package: "oidc-provider", tool })?;
    put(&made, &place)?;
    Ok("fetched")
}
