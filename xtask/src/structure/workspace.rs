//! The workspace as Cargo sees it: its crates and what each depends on.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The crates of the workspace, in the order of their folders.
pub(crate) struct Workspace {
    pub(crate) crates: Vec<Crate>,
}

/// One crate.
pub(crate) struct Crate {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Its folder below the workspace's, such as `pure/catalog`.
    pub(crate) place: String,
    /// The places of the workspace's crates it depends on, tests included.
    pub(crate) inside: Vec<String>,
    /// The names of the crates from elsewhere it depends on, tests left out.
    pub(crate) outside: Vec<String>,
}

/// Asks Cargo, which reads `Cargo.toml` better than anybody.
pub(crate) fn read(root: &Path) -> Result<Workspace, WorkspaceError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(root);
    let answer = command.output().map_err(WorkspaceError::NoCargo)?;
    if !answer.status.success() {
        return Err(WorkspaceError::Refused(String::from_utf8_lossy(&answer.stderr).trim().to_owned()));
    }
    let metadata: Value = serde_json::from_slice(&answer.stdout).map_err(WorkspaceError::NotJson)?;
    let packages = metadata.get("packages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut crates: Vec<Crate> = packages.iter().filter_map(|package| read_crate(root, package)).collect();
    crates.sort_by(|left, right| left.place.cmp(&right.place));
    Ok(Workspace { crates })
}

fn read_crate(root: &Path, package: &Value) -> Option<Crate> {
    let manifest = PathBuf::from(package.get("manifest_path")?.as_str()?);
    let folder = manifest.parent()?.to_path_buf();
    let dependencies = package.get("dependencies")?.as_array()?;
    let path_of = |dependency: &Value| Some(PathBuf::from(dependency.get("path")?.as_str()?));
    let for_tests = |dependency: &Value| dependency.get("kind").and_then(Value::as_str) == Some("dev");
    let mut inside: Vec<String> =
        dependencies.iter().filter_map(path_of).map(|path| place_of(root, &path)).collect();
    inside.sort();
    inside.dedup();
    let outside = dependencies
        .iter()
        .filter(|dependency| path_of(dependency).is_none() && !for_tests(dependency))
        .filter_map(|dependency| Some(dependency.get("name")?.as_str()?.to_owned()));
    Some(Crate { place: place_of(root, &folder), outside: outside.collect(), inside, folder })
}

fn place_of(root: &Path, folder: &Path) -> String {
    folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().into_owned()
}

/// Why the workspace could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkspaceError {
    #[error("could not run cargo")]
    NoCargo(#[source] io::Error),
    #[error("cargo metadata failed: {0}")]
    Refused(String),
    #[error("cargo metadata is not JSON: {0}")]
    NotJson(serde_json::Error),
    #[error("{}: {source}", path.display())]
    Disk {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("module `{module}` is declared and has no file: neither {} nor the flat one", path.display())]
    NoFile { module: String, path: PathBuf },
    #[error("{}: not Rust: {reason}", path.display())]
    NotRust { path: PathBuf, reason: String },
}
