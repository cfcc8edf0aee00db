#![allow(clippy::unwrap_used, reason = "tests")]
use super::ReadError;
use crate::file_store::FileStore;
use rustix::fs::{CWD, FileType, Mode};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

/// A store with one file of this content and mode, read.
fn read(content: &[u8], mode: u32) -> Result<String, ReadError> {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("app");
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let read = FileStore::at(scratch.path()).read(Path::new("app"));
    read.map(|secret| secret.expose().to_owned())
}

/// A store in which something else than a file is called `app`, read.
fn read_instead(make: impl FnOnce(PathBuf)) -> ReadError {
    let scratch = tempfile::tempdir().unwrap();
    make(scratch.path().join("app"));
    FileStore::at(scratch.path()).read(Path::new("app")).err().unwrap()
}

#[test]
fn one_line_break_at_the_end_is_not_part_of_the_secret() {
    for content in ["hunter2", "hunter2\n", "hunter2\r\n"] {
        assert_eq!(read(content.as_bytes(), 0o600).unwrap(), "hunter2");
    }
    assert_eq!(read(b" sp aces ", 0o400).unwrap(), " sp aces ");
}

#[test]
fn a_file_open_to_others_is_refused() {
    for mode in [0o640, 0o604, 0o620, 0o601, 0o644, 0o666, 0o700] {
        let refused = read(b"hunter2", mode).unwrap_err();
        assert!(matches!(refused, ReadError::Mode { mode: found, .. } if found == mode), "{refused}");
        assert!(refused.to_string().contains(&format!("{mode:04o}")), "{refused}");
    }
}

#[test]
fn what_is_not_one_line_of_text_is_refused() {
    for content in [&b""[..], b"\n", b"a\nb", b"a\0b", b"\xff\xfe", &[b'x'; 70_000]] {
        let refused = read(content, 0o600).unwrap_err();
        assert!(matches!(refused, ReadError::NotALine { .. }), "{refused}");
    }
}

#[test]
fn a_file_of_somebody_else_is_refused() {
    let refused = if rustix::process::geteuid().is_root() {
        read_instead(|path| {
            fs::write(&path, "planted").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            chown(&path, Some(12_345), None).unwrap();
        })
    } else {
        FileStore::at("/etc").read(Path::new("passwd")).err().unwrap() // root's, and only root can give a file away
    };
    assert!(matches!(refused, ReadError::Owner { .. }), "{refused}");
}

#[test]
fn links_pipes_and_folders_are_refused() {
    let link = read_instead(|path| {
        let target = path.with_file_name("target");
        fs::write(&target, "x").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(target, path).unwrap();
    });
    assert!(matches!(link, ReadError::Io { .. }), "{link}");
    let pipe = read_instead(|path| {
        rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    });
    assert!(matches!(pipe, ReadError::NotAFile { .. }), "{pipe}");
    let folder = read_instead(|path| fs::create_dir(path).unwrap());
    assert!(matches!(folder, ReadError::NotAFile { .. }), "{folder}");
}

#[test]
fn a_missing_file_is_said_to_be_missing() {
    let refused = read_instead(|_| {});
    assert!(matches!(refused, ReadError::Missing { .. }), "{refused}");
}

#[test]
fn names_that_leave_the_store_are_refused() {
    let store = FileStore::at("/");
    for name in ["../etc/shadow", "/etc/shadow", "etc/../../shadow"] {
        assert!(matches!(store.read(Path::new(name)), Err(ReadError::Path(_))), "{name}");
    }
}
