//! Drivers of other languages, through the desk and without it: what a session of theirs prints is the same. `cargo xtask drivers` fetches
//! them.

use crate::stage::{Locks, Stage, Way};
use pgward_cluster::matrix;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is there. Without the desk, the sessions of the role are read-only all the same.
const THERE: &str = "CREATE TABLE kept (i int); INSERT INTO kept VALUES (1); GRANT ALL ON kept TO pgward_l_1;
    ALTER ROLE pgward_l_1 SET default_transaction_read_only = on";

/// Where the drivers are.
fn shelf() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache/drivers")
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drivers").join(name)
}

/// What a session of a driver prints; it must end well.
fn printed(stage: &Stage, way: Way, driver: &mut Command) -> String {
    driver.envs(stage.connection(way));
    let output = driver.output().unwrap_or_else(|trouble| {
        panic!("{}: {trouble}: scripts/setup.sh test installs it", driver.get_program().display())
    });
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "{way:?}: {complaints}\n(cargo xtask drivers fetches drivers that are missing)"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A session of a driver with all locks in place, and the same without the desk.
fn check(last: &str, driver: impl Fn() -> Command) {
    let newest = matrix::installations().unwrap().pop().unwrap();
    let stage = Stage::behind(&newest, Locks { grammar: true, role: true, mode: true }, THERE);
    let through = printed(&stage, Way::Through, &mut driver());
    assert_eq!(printed(&stage, Way::Direct, &mut driver()), through);
    let end = through.lines().last().unwrap_or_default();
    assert!(end.starts_with(last), "{through}");
    assert_eq!(stage.cluster.psql("postgres", "SELECT count(*) FROM kept").unwrap(), "1\n");
}

fn python(name: &str) -> Command {
    let mut python = Command::new("python3");
    python.arg(script(name)).env("PYTHONPATH", shelf().join("python")).env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

#[test]
fn psycopg_works_as_without_the_desk() {
    check("cancelled: 57014", || python("psycopg_session.py"));
}

#[test]
fn asyncpg_works_as_without_the_desk() {
    check("pool: 190", || python("asyncpg_session.py"));
}

#[test]
fn node_postgres_works_as_without_the_desk() {
    check("pool: 190", || {
        let mut node = Command::new("node");
        node.arg(script("node_postgres.cjs")).env("NODE_PATH", shelf().join("node/node_modules"));
        node
    });
}

#[test]
fn pgjdbc_works_as_without_the_desk() {
    check("cancelled: 57014", || {
        let mut java = Command::new("java");
        java.arg("-cp").arg(shelf().join("java/postgresql.jar")).arg(script("Pgjdbc.java"));
        java
    });
}
