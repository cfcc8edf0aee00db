//! The law of names: a room is called after what is in it.

use std::fs;
use std::path::Path;

use crate::structure::workspace::WorkspaceError;

/// Every Rust file and folder of a crate that has a name which says nothing.
pub(crate) fn breaches(root: &Path, folder: &Path) -> Result<Vec<String>, WorkspaceError> {
    let mut breaches = Vec::new();
    walk(root, folder, &mut breaches)?;
    Ok(breaches)
}

fn walk(root: &Path, folder: &Path, breaches: &mut Vec<String>) -> Result<(), WorkspaceError> {
    if says_nothing(folder) {
        breaches.push(breach(root, folder));
    }
    let disk = |source| WorkspaceError::Disk { path: folder.to_path_buf(), source };
    for entry in fs::read_dir(folder).map_err(disk)? {
        let path = entry.map_err(disk)?.path();
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        if path.is_dir() {
            walk(root, &path, breaches)?;
        } else if is_rust && says_nothing(&path) {
            breaches.push(breach(root, &path));
        }
    }
    Ok(())
}

fn says_nothing(path: &Path) -> bool {
    // An audit rule's file is called after its id.
    if path.parent().is_some_and(|folder| folder.ends_with("pure/audit/src/rules")) {
        return false;
    }
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    stem.split(['_', '-']).any(|word| FORBIDDEN.contains(&word))
}

fn breach(root: &Path, path: &Path) -> String {
    format!(
        "{}: no room is called that; name what is in it",
        path.strip_prefix(root).unwrap_or(path).display()
    )
}

const FORBIDDEN: [&str; 12] = [
    "common", "data", "error", "errors", "helper", "helpers", "manager", "managers", "misc", "shared",
    "util", "utils",
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn names_that_say_nothing_are_found_wherever_they_stand() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("pure/plan/src/helpers")).unwrap();
        for file in ["src/change.rs", "src/string_utils.rs", "src/helpers/names.rs", "src/data.json"] {
            fs::write(root.path().join("pure/plan").join(file), "").unwrap();
        }
        let mut found = breaches(root.path(), &root.path().join("pure/plan")).unwrap();
        found.sort();
        assert_eq!(
            found,
            [
                "pure/plan/src/helpers: no room is called that; name what is in it",
                "pure/plan/src/string_utils.rs: no room is called that; name what is in it",
            ]
        );
    }
}
