//! Our own programs, built as they are released.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::bench::failure::BenchError;

/// Where the programs are.
pub(crate) struct Programs {
    pub(crate) pgward: PathBuf,
    /// An example of io/postgres that inspects and then computes everybody's privileges on everything.
    pub(crate) effective: PathBuf,
    /// An example of app/desk that judges statements and measures itself.
    pub(crate) judging: PathBuf,
    /// An example of app/desk that is a desk with one lease.
    pub(crate) relaying: PathBuf,
}

impl Programs {
    /// Builds them; cargo says what it does, and waits for others that build.
    pub(crate) fn build(root: &Path) -> Result<Programs, BenchError> {
        cargo(root, &["build", "--release", "--locked", "--package", "pgward"])?;
        let examples =
            [("pgward-postgres", "effective"), ("pgward-desk", "judging"), ("pgward-desk", "relaying")];
        for (package, example) in examples {
            let words = ["build", "--release", "--locked", "--package", package, "--example", example];
            cargo(root, &words)?;
        }
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Ok(Programs::within(&target.join("release")))
    }

    /// Those of a build that is there.
    pub(crate) fn within(release: &Path) -> Programs {
        let examples = release.join("examples");
        Programs {
            pgward: release.join("pgward"),
            effective: examples.join("effective"),
            judging: examples.join("judging"),
            relaying: examples.join("relaying"),
        }
    }
}

fn cargo(root: &Path, words: &[&str]) -> Result<(), BenchError> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(words).current_dir(root).stdout(Stdio::inherit());
    let named = || format!("cargo {}", words.join(" "));
    let status = cargo.status().map_err(|source| BenchError::DidNotRun { program: named(), source })?;
    if status.success() {
        return Ok(());
    }
    Err(BenchError::Failed { program: named(), status, said: "see above".to_owned() })
}
