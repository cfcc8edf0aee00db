//! `cargo xtask structure`: draws the house and fails where the walls are broken.
//!
//! The laws are in ARCHITECTURE.md and STYLE; what each of them checks is in a file of its own:
//! [`floors`] between crates, [`files`] inside a crate, [`names`] on disk.

mod files;
mod floors;
mod imports;
mod names;
mod picture;
mod source;
mod workspace;

use std::path::Path;
use std::process::ExitCode;

use crate::say;
use crate::structure::workspace::{Workspace, WorkspaceError};

/// Prints the picture, then every breach; fails if there is one.
pub(crate) fn run(root: &Path) -> ExitCode {
    let (workspace, breaches) = match inspect(root) {
        Ok(inspected) => inspected,
        Err(trouble) => {
            say::err(&format!("structure: {trouble}"));
            return ExitCode::FAILURE;
        }
    };
    say::out(&picture::draw(&workspace));
    for breach in &breaches {
        say::err(&format!("structure: {breach}"));
    }
    let crates = workspace.crates.len();
    if breaches.is_empty() {
        say::out(&format!("structure: {crates} crates, no breach"));
        ExitCode::SUCCESS
    } else {
        say::err(&format!("structure: {crates} crates, {} breaches", breaches.len()));
        ExitCode::FAILURE
    }
}

fn inspect(root: &Path) -> Result<(Workspace, Vec<String>), WorkspaceError> {
    let workspace = workspace::read(root)?;
    let mut breaches = floors::breaches(&workspace);
    for member in &workspace.crates {
        let sources = source::read(member)?;
        breaches.extend(files::breaches(member, &sources));
        breaches.extend(imports::breaches(member, &sources));
        breaches.extend(names::breaches(root, &member.folder)?);
    }
    Ok((workspace, breaches))
}
