#![allow(clippy::unwrap_used, reason = "tests")]
use super::{Existing, WriteError};
use crate::file_store::{FileStore, PathError};
use pgward_credential::Secret;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use tempfile::TempDir;

fn store() -> (TempDir, FileStore) {
    let scratch = tempfile::tempdir().unwrap();
    let store = FileStore::at(scratch.path().join("store"));
    (scratch, store)
}

fn put(store: &FileStore, name: &str, text: &str, existing: Existing) -> Result<(), WriteError> {
    store.write(Path::new(name), &Secret::new(text.to_owned()), existing)
}

fn get(store: &FileStore, name: &str) -> String {
    store.read(Path::new(name)).unwrap().expose().to_owned()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_secret_is_written_for_its_owner_alone_and_read_back() {
    let (_scratch, store) = store();
    put(&store, "shop/deep/migrator", "s3cret", Existing::Keep).unwrap();
    assert_eq!(get(&store, "shop/deep/migrator"), "s3cret");
    assert_eq!(mode(&store.locate(Path::new("shop/deep/migrator"))), 0o600);
    for folder in ["", "shop", "shop/deep"] {
        assert_eq!(mode(&store.locate(Path::new(folder))), 0o700, "{folder:?}");
    }
}

#[test]
fn an_existing_secret_is_kept_unless_replacing_is_asked_for() {
    let (_scratch, store) = store();
    put(&store, "app", "first", Existing::Keep).unwrap();
    let refused = put(&store, "app", "second", Existing::Keep).unwrap_err();
    assert!(matches!(refused, WriteError::Exists { .. }), "{refused}");
    assert_eq!(get(&store, "app"), "first");

    put(&store, "app", "third", Existing::Replace).unwrap();
    assert_eq!(get(&store, "app"), "third");
    assert_eq!(names(&store.locate(Path::new(""))), ["app"], "no draft stays behind");
}

#[test]
fn ten_writers_at_once_leave_exactly_one_winner() {
    let (_scratch, store) = store();
    let won = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..10)
            .map(|n| {
                scope.spawn({
                    let store = &store;
                    move || put(store, "a/b", &format!("w{n}"), Existing::Keep)
                })
            })
            .collect();
        writers.into_iter().map(|w| w.join().unwrap()).filter(Result::is_ok).count()
    });
    assert_eq!(won, 1);
    assert_eq!(names(&store.locate(Path::new("a"))), ["b"]);
}

#[test]
fn names_that_leave_the_store_or_name_no_file_are_refused() {
    let (scratch, store) = store();
    for name in ["../outside", "a/../../outside", "/etc/outside", ".."] {
        let refused = put(&store, name, "x", Existing::Keep).unwrap_err();
        assert!(matches!(refused, WriteError::Path(PathError::Outside { .. })), "{name}: {refused}");
    }
    for name in ["", ".", "a/", "./"] {
        let refused = put(&store, name, "x", Existing::Keep).unwrap_err();
        assert!(matches!(refused, WriteError::Path(PathError::NoFile { .. })), "{name}: {refused}");
    }
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn a_folder_that_is_a_symbolic_link_is_not_entered() {
    let (scratch, store) = store();
    let outside = scratch.path().join("outside");
    fs::create_dir(&outside).unwrap();
    put(&store, "seed", "x", Existing::Keep).unwrap();
    symlink(&outside, store.locate(Path::new("linked"))).unwrap();
    assert!(matches!(put(&store, "linked/app", "x", Existing::Replace), Err(WriteError::Io { .. })));
    assert_eq!(names(&outside).len(), 0);
}

#[test]
fn replacing_a_symbolic_link_replaces_the_link_not_what_it_points_to() {
    let (scratch, store) = store();
    put(&store, "seed", "x", Existing::Keep).unwrap();
    let target = scratch.path().join("target");
    fs::write(&target, "untouched").unwrap();
    symlink(&target, store.locate(Path::new("app"))).unwrap();
    assert!(matches!(put(&store, "app", "new", Existing::Keep), Err(WriteError::Exists { .. })));
    put(&store, "app", "new", Existing::Replace).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "untouched");
    assert_eq!(get(&store, "app"), "new");
}

#[test]
fn a_secret_that_is_not_one_line_is_refused_and_no_message_holds_it() {
    let (_scratch, store) = store();
    for text in ["hun\nter2", "hun\0ter2", ""] {
        let refused = put(&store, "app", text, Existing::Keep).unwrap_err();
        assert!(
            matches!(refused, WriteError::NotALine { .. })
                && !format!("{refused} {refused:?}").contains("ter2")
        );
    }
}
