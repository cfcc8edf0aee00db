//! The commit of the repository that a contract is in, for evidence.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::history::commit_of;

/// The commit: what CI says it is, else what is checked out where the contract is. None where there is no repository,
/// or where nothing was committed yet.
pub fn revision(contract: &Path) -> Option<String> {
    let told = BY_CI.into_iter().filter_map(|name| env::var(name).ok());
    let told = told.into_iter().find(|commit| is_commit(commit));
    // Where there is no git, its files say what is checked out.
    told.or_else(|| commit_of(contract)).or_else(|| checked_out(contract))
}

/// What is checked out in the repository around this path.
fn checked_out(path: &Path) -> Option<String> {
    let place = path.canonicalize().ok()?;
    let dot_git = place.ancestors().map(|folder| folder.join(".git")).find(|dot_git| dot_git.exists())?;
    let folder = folder_of(&dot_git)?;
    let head = fs::read_to_string(folder.join("HEAD")).ok()?;
    let Some(name) = head.trim().strip_prefix("ref: ") else { return commit_in(&head) };
    // A worktree has a HEAD of its own, and its branches where the repository has them.
    let shared = match fs::read_to_string(folder.join("commondir")) {
        Ok(shared) => folder.join(shared.trim()),
        Err(_) => folder,
    };
    let loose = fs::read_to_string(shared.join(name)).ok();
    loose.and_then(|text| commit_in(&text)).or_else(|| packed(&shared, name))
}

/// `.git` is a folder; in a worktree or a submodule it is a file that says where the folder is.
fn folder_of(dot_git: &Path) -> Option<PathBuf> {
    if dot_git.is_dir() {
        return Some(dot_git.to_owned());
    }
    let text = fs::read_to_string(dot_git).ok()?;
    let named = text.trim().strip_prefix("gitdir: ")?;
    Some(dot_git.parent()?.join(named))
}

/// The commit of a branch among those that git has packed into one file: a commit and a name on each line.
fn packed(folder: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join("packed-refs")).ok()?;
    text.lines().find_map(|line| {
        let (commit, of) = line.split_once(' ')?;
        if of == name { commit_in(commit) } else { None }
    })
}

fn commit_in(text: &str) -> Option<String> {
    let text = text.trim();
    is_commit(text).then(|| text.to_owned())
}

/// SHA-1 or SHA-256, in hexadecimal.
fn is_commit(text: &str) -> bool {
    [40, 64].contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Where GitHub Actions (and Gitea, Forgejo) and GitLab CI say which commit they run for.
const BY_CI: [&str; 2] = ["GITHUB_SHA", "CI_COMMIT_SHA"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(".git/refs/heads")).unwrap();
        fs::create_dir_all(folder.path().join("contracts")).unwrap();
        fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        folder
    }

    fn check(folder: &tempfile::TempDir, commit: Option<&str>) {
        assert_eq!(checked_out(&folder.path().join("contracts")).as_deref(), commit);
    }

    #[test]
    fn a_branch_is_a_file_or_a_line_among_packed_ones() {
        let folder = repository();
        check(&folder, None);
        let packed = format!(
            "# pack-refs with: peeled\n{} refs/heads/main2\n{COMMIT} refs/heads/main\n",
            "f".repeat(40)
        );
        fs::write(folder.path().join(".git/packed-refs"), packed).unwrap();
        check(&folder, Some(COMMIT));
        let newer = "a".repeat(40);
        fs::write(folder.path().join(".git/refs/heads/main"), format!("{newer}\n")).unwrap();
        check(&folder, Some(&newer));
    }

    #[test]
    fn a_detached_head_is_a_commit_itself() {
        let folder = repository();
        fs::write(folder.path().join(".git/HEAD"), format!("{COMMIT}\n")).unwrap();
        check(&folder, Some(COMMIT));
        fs::write(folder.path().join(".git/HEAD"), "not a commit\n").unwrap();
        check(&folder, None);
    }

    #[test]
    fn a_worktree_says_where_its_repository_is() {
        let folder = repository();
        fs::write(folder.path().join(".git/refs/heads/other"), format!("{COMMIT}\n")).unwrap();
        let own = folder.path().join(".git/worktrees/beside");
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("HEAD"), "ref: refs/heads/other\n").unwrap();
        fs::write(own.join("commondir"), "../..\n").unwrap();
        let beside = tempfile::tempdir().unwrap();
        fs::write(beside.path().join(".git"), format!("gitdir: {}\n", own.display())).unwrap();
        assert_eq!(checked_out(beside.path()).as_deref(), Some(COMMIT));
    }
}
