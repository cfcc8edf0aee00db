//! Where PostgreSQL's binaries are looked for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::installation::Installation;

/// The folders to look into, best first: what the caller named, what the environment names, `.cache/pg` here or
/// above, PATH, and the folders that distributions use.
#[derive(Debug, Clone)]
pub struct Search {
    named: Vec<PathBuf>,
    found: Vec<PathBuf>,
}

impl Search {
    /// Looks where this process's environment and working directory say.
    #[must_use]
    pub fn from_environment() -> Search {
        let current_dir = std::env::current_dir().unwrap_or_default();
        Search::with(&|name| std::env::var_os(name), &current_dir, Path::new("/"))
    }

    /// The same with a `bin` folder (or the folder above it) that comes before all others.
    #[must_use]
    pub fn preferring(mut self, folder: &Path) -> Search {
        self.named.splice(0..0, both_spellings(folder));
        self
    }

    /// Every installation that runs, best first, each once.
    #[must_use]
    pub fn installations(&self) -> Vec<Installation> {
        let mut installations: Vec<Installation> = Vec::new();
        for installation in self.folders().filter_map(|folder| Installation::at(folder).ok()) {
            if !installations.contains(&installation) {
                installations.push(installation);
            }
        }
        installations
    }

    /// The best installation of a major version.
    ///
    /// # Errors
    /// None of the folders has it; the error tells which were looked into and what to do.
    pub fn find(&self, major: u32) -> Result<Installation, NotFound> {
        let mut installations = self.folders().filter_map(|folder| Installation::at(folder).ok());
        installations
            .find(|installation| installation.major() == major)
            .ok_or_else(|| NotFound { wanted: format!("PostgreSQL {major}"), looked_in: self.looked_in() })
    }

    /// The installation to use where any supported version will do: the one that was named, else the newest.
    ///
    /// # Errors
    /// There is no PostgreSQL 14 or later in any of the folders.
    pub fn find_any(&self) -> Result<Installation, NotFound> {
        let supported = |installation: &Installation| installation.major() >= OLDEST_MAJOR;
        let named = self.named.iter().filter_map(|folder| Installation::at(folder).ok()).find(supported);
        if let Some(installation) = named {
            return Ok(installation);
        }
        // `max_by_key` keeps the last of equals; the best place comes first.
        let found = self.installations().into_iter().rev().filter(supported);
        found.max_by_key(Installation::major).ok_or_else(|| NotFound {
            wanted: format!("PostgreSQL {OLDEST_MAJOR} or later"),
            looked_in: self.looked_in(),
        })
    }

    fn with(variable: &dyn Fn(&str) -> Option<OsString>, current_dir: &Path, root: &Path) -> Search {
        let listed = |name| variable(name).map(|value| std::env::split_paths(&value).collect::<Vec<_>>());
        let named_by = |name| listed(name).unwrap_or_default();
        let named =
            VARIABLES.iter().flat_map(|name| named_by(name)).flat_map(|folder| both_spellings(&folder));
        let path = named_by("PATH");
        Search { named: named.collect(), found: [fetched(current_dir), path, packaged(root)].concat() }
    }

    fn folders(&self) -> impl Iterator<Item = &PathBuf> {
        self.named.iter().chain(&self.found)
    }

    fn looked_in(&self) -> Vec<PathBuf> {
        self.folders().cloned().collect()
    }
}

/// A folder may be given as `bin` or as what lies above it.
fn both_spellings(folder: &Path) -> [PathBuf; 2] {
    [folder.to_path_buf(), folder.join("bin")]
}

/// What `cargo xtask pg-matrix` fetched, in this folder or the nearest one above that has any.
fn fetched(current_dir: &Path) -> Vec<PathBuf> {
    let shelves = current_dir.ancestors().map(|folder| folder.join(".cache").join("pg"));
    let nearest = shelves.into_iter().find(|shelf| shelf.is_dir());
    nearest.map(|shelf| subfolders(&shelf, "", "bin")).unwrap_or_default()
}

/// The usual folders of Debian, RHEL, Homebrew, Postgres.app and self-built installations.
fn packaged(root: &Path) -> Vec<PathBuf> {
    let places: [(&str, &str, &str); 8] = [
        ("usr/lib/postgresql", "", "bin"),
        ("usr", "pgsql-", "bin"),
        ("usr/lib64", "pgsql-", "bin"),
        ("opt/homebrew/opt", "postgresql@", "bin"),
        ("usr/local/opt", "postgresql@", "bin"),
        ("home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
        ("Applications/Postgres.app/Contents/Versions", "", "bin"),
        ("usr/local", "pgsql", "bin"),
    ];
    places.iter().flat_map(|(folder, prefix, bin)| subfolders(&root.join(folder), prefix, bin)).collect()
}

/// `shelf/PREFIX*/bin` for every subfolder there is, the newest version first.
fn subfolders(shelf: &Path, prefix: &str, bin: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(shelf).into_iter().flatten().filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut versions: Vec<(u32, String)> = names
        .filter_map(|name| {
            let version = name.strip_prefix(prefix)?.parse().or_else(|_| unversioned(&name, prefix)).ok()?;
            Some((version, name))
        })
        .collect();
    versions.sort_by(|left, right| right.cmp(left));
    versions.into_iter().map(|(_, name)| shelf.join(name).join(bin)).collect()
}

/// `/usr/local/pgsql` carries no version in its name.
fn unversioned(name: &str, prefix: &str) -> Result<u32, ()> {
    if !prefix.is_empty() && name == prefix { Ok(0) } else { Err(()) }
}

/// No binaries of the wanted version were found.
#[derive(Debug, thiserror::Error)]
#[error("{wanted} was not found\n{}\n{HINT}", listing(looked_in))]
pub struct NotFound {
    wanted: String,
    looked_in: Vec<PathBuf>,
}

fn listing(folders: &[PathBuf]) -> String {
    let lines: Vec<String> = folders.iter().map(|folder| format!("  {}", folder.display())).collect();
    format!("detail: looked into\n{}", lines.join("\n"))
}

const HINT: &str = "\
hint: install it (Debian: apt-get install postgresql; macOS: brew install postgresql@17)
hint: or fetch it with `cargo xtask pg-matrix`, or set PGWARD_PG_BIN to the folder of `postgres` and `initdb`";

/// The variables that name folders, the tests' own first.
const VARIABLES: [&str; 2] = ["PGWARD_TEST_PG", "PGWARD_PG_BIN"];

/// The oldest major version that pgward supports.
const OLDEST_MAJOR: u32 = 14;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A root folder with made-up servers that answer with a version and do no more.
    struct Disk(tempfile::TempDir);

    impl Disk {
        fn with(servers: &[(&str, &str)]) -> Disk {
            let disk = Disk(tempfile::tempdir().unwrap());
            for (folder, version) in servers {
                let bin = disk.path(folder);
                std::fs::create_dir_all(&bin).unwrap();
                for program in ["postgres", "initdb"] {
                    let path = bin.join(program);
                    std::fs::write(&path, format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n"))
                        .unwrap();
                    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
                }
            }
            disk
        }

        fn path(&self, folder: &str) -> PathBuf {
            self.0.path().canonicalize().unwrap().join(folder)
        }

        fn search(&self, variables: &[(&str, &str)], current_dir: &str) -> Search {
            let value = |name: &str| {
                let (_, folders) = variables.iter().find(|(variable, _)| *variable == name)?;
                std::env::join_paths(folders.split(':').map(|folder| self.path(folder))).ok()
            };
            Search::with(&value, &self.path(current_dir), &self.path(""))
        }

        fn relative(&self, installation: &Installation) -> String {
            installation.bin_dir().strip_prefix(self.path("")).unwrap().display().to_string()
        }
    }

    #[test]
    fn every_distributions_folder_is_known() {
        let disk = Disk::with(&[
            ("usr/lib/postgresql/15/bin", "15.20"),
            ("usr/pgsql-16/bin", "16.15"),
            ("opt/homebrew/opt/postgresql@17/bin", "17.11"),
            ("usr/local/opt/postgresql@14/bin", "14.23"),
            ("Applications/Postgres.app/Contents/Versions/18/bin", "18.6"),
            ("usr/local/pgsql/bin", "13.1"),
        ]);
        let search = disk.search(&[], "");
        for (major, place) in [
            (15, "usr/lib/postgresql/15/bin"),
            (16, "usr/pgsql-16/bin"),
            (17, "opt/homebrew/opt/postgresql@17/bin"),
            (14, "usr/local/opt/postgresql@14/bin"),
            (18, "Applications/Postgres.app/Contents/Versions/18/bin"),
            (13, "usr/local/pgsql/bin"),
        ] {
            assert_eq!(disk.relative(&search.find(major).unwrap()), place);
        }
        assert_eq!(search.find_any().unwrap().major(), 18);
        assert_eq!(search.installations().len(), 6);
    }

    #[test]
    fn the_named_folder_wins_then_the_environment_then_the_cache_then_path() {
        let disk = Disk::with(&[
            ("named", "17.1"),
            ("tests/bin", "17.2"),
            ("users/bin", "17.3"),
            ("checkout/.cache/pg/17/bin", "17.4"),
            ("path", "17.5"),
            ("usr/lib/postgresql/17/bin", "17.6"),
        ]);
        let variables = [("PGWARD_TEST_PG", "tests"), ("PGWARD_PG_BIN", "users/bin"), ("PATH", "path")];
        let found = |search: &Search| disk.relative(&search.find(17).unwrap());
        let inside = disk.search(&variables, "checkout/io/cluster");
        assert_eq!(found(&inside.clone().preferring(&disk.path("named"))), "named");
        assert_eq!(found(&inside), "tests/bin");
        assert_eq!(found(&disk.search(&variables[1..], "checkout/io/cluster")), "users/bin");
        assert_eq!(found(&disk.search(&variables[2..], "checkout/io/cluster")), "checkout/.cache/pg/17/bin");
        assert_eq!(found(&disk.search(&variables[2..], "elsewhere")), "path");
        assert_eq!(found(&disk.search(&[], "elsewhere")), "usr/lib/postgresql/17/bin");
        assert_eq!(inside.installations().len(), 5);
    }

    #[test]
    fn what_was_named_comes_before_what_is_newer() {
        let disk = Disk::with(&[("named/bin", "15.1"), ("usr/lib/postgresql/18/bin", "18.1")]);
        let search = disk.search(&[], "");
        assert_eq!(search.find_any().unwrap().major(), 18);
        assert_eq!(search.preferring(&disk.path("named")).find_any().unwrap().major(), 15);
    }

    #[test]
    fn a_missing_major_is_told_with_the_folders_and_the_way_out() {
        let disk = Disk::with(&[("usr/lib/postgresql/15/bin", "15.20")]);
        let refusal = disk.search(&[], "").find(16).unwrap_err().to_string();
        assert!(refusal.starts_with("PostgreSQL 16 was not found\n"), "{refusal}");
        assert!(refusal.contains("usr/lib/postgresql/15/bin"), "{refusal}");
        assert!(refusal.contains("cargo xtask pg-matrix"), "{refusal}");
    }
}
