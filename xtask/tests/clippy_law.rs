//! The law of `pure/` is in force: clippy finds `pure/clippy.toml` from a crate below, and refuses what it forbids.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn a_pure_crate_that_reaches_out_is_refused() {
    let said = clippy_says(
        "pub fn now() -> std::time::Duration { std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default() }\n\
         pub fn home() -> Option<std::ffi::OsString> { std::env::var_os(\"HOME\") }\n\
         pub fn read() -> Vec<u8> { std::fs::read(\"/etc/passwd\").unwrap_or_default() }\n\
         pub fn call() { let _ = std::net::TcpStream::connect(\"localhost:5432\"); }\n\
         pub fn run() { let _ = std::process::Command::new(\"true\").status(); }\n\
         pub fn wait() { std::thread::sleep(std::time::Duration::ZERO); }\n",
    );
    for forbidden in [
        "use of a disallowed type `std::time::SystemTime`",
        "use of a disallowed method `std::env::var_os`",
        "use of a disallowed method `std::fs::read`",
        "use of a disallowed type `std::net::TcpStream`",
        "use of a disallowed type `std::process::Command`",
        "use of a disallowed method `std::thread::sleep`",
    ] {
        assert!(said.contains(forbidden), "not refused: {forbidden}\n{said}");
    }
}

#[test]
fn a_pure_crate_that_decides_is_fine_and_the_law_names_things_that_exist() {
    let said = clippy_says("pub fn decide(now: std::time::Duration) -> bool { now.is_zero() }\n");
    assert!(!said.contains("warning") && !said.contains("error"), "{said}");
}

/// What clippy says about a crate that lies below a folder with our `clippy.toml`.
fn clippy_says(text: &str) -> String {
    let law = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("pure").join("clippy.toml");
    let floor = tempfile::tempdir().unwrap();
    fs::copy(law, floor.path().join("clippy.toml")).unwrap();
    let member = floor.path().join("member");
    fs::create_dir_all(member.join("src")).unwrap();
    let manifest = "[package]\nname = \"member\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(member.join("Cargo.toml"), manifest).unwrap();
    fs::write(member.join("src").join("lib.rs"), text).unwrap();
    let clippy = Command::new(env!("CARGO"))
        .args(["clippy", "--offline", "--quiet", "--color", "never"])
        .env("CARGO_TARGET_DIR", floor.path().join("target"))
        .env_remove("CLIPPY_CONF_DIR")
        .env_remove("RUSTFLAGS")
        .current_dir(&member)
        .output()
        .unwrap();
    String::from_utf8_lossy(&clippy.stderr).into_owned()
}
