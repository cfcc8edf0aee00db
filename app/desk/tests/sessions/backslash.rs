//! psql's backslash commands, through the desk and without it.

use crate::stage::{Locks, Stage, Way, with_a_tier};
use pgward_cluster::matrix;
use pgward_contract::model::tier::Tier;

const THERE: &str = include_str!("../psql/there.sql");
const COMMANDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/psql/commands.sql");

/// What the commands show and what they complain about, line by line.
fn shown(stage: &Stage, way: Way) -> [Vec<String>; 2] {
    let connection = stage.connection(way);
    let mut settings: Vec<_> = connection.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if way == Way::Direct {
        // What the desk pins.
        settings.push(("PGOPTIONS", "-c default_transaction_read_only=on -c idle_session_timeout=1h"));
    }
    let output = stage.psql(&["-f", COMMANDS], &settings);
    [output.stdout, output.stderr]
        .map(|told| String::from_utf8(told).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn every_backslash_command_shows_through_the_desk_what_it_shows_without_it() {
    for installation in matrix::installations().unwrap() {
        let stage = Stage::behind(&installation, Locks { grammar: true, role: true, mode: true }, THERE);
        let (direct, through) = (shown(&stage, Way::Direct), shown(&stage, Way::Through));
        for (direct, through) in direct.iter().zip(&through) {
            let differs = direct.iter().zip(through).find(|(direct, through)| direct != through);
            assert_eq!(differs, None, "PostgreSQL {}", installation.major());
            assert_eq!(direct.len(), through.len(), "PostgreSQL {}", installation.major());
        }
        let [told, complaints] = &through;
        assert_eq!(told.last().map(String::as_str), Some("done"));
        assert!(told.len() > 1000, "{} lines", told.len());
        assert!(!complaints.iter().any(|line| line.contains("tier")), "{complaints:#?}");
        if installation.major() == 18 {
            assert!(!complaints.iter().any(|line| line.contains("invalid command")), "{complaints:#?}");
        }
    }
}

/// A large object in, out and away, as psql does it: by the OIDs of functions, without a statement.
fn large_objects(stage: &Stage) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let [import, export, script] = ["in", "out", "script"].map(|name| folder.path().join(name));
    std::fs::write(&import, "all of it").unwrap();
    let (from, to) = (import.display(), export.display());
    let commands = format!("\\lo_import {from}\n\\lo_export :LASTOID {to}\n\\lo_unlink :LASTOID\n");
    std::fs::write(&script, commands).unwrap();
    let told = stage.psql(&["-f", script.to_str().unwrap()], &[]);
    let exported = std::fs::read_to_string(&export).unwrap_or_default();
    (exported, String::from_utf8(told.stderr).unwrap())
}

#[test]
fn large_objects_are_called_for_without_a_statement_and_judged_as_with_one() {
    with_a_tier(Tier::ReadLimitedWrite, |stage| {
        let (exported, complaints) = large_objects(stage);
        assert_eq!((exported.as_str(), complaints.as_str()), ("all of it", ""));
    });
    with_a_tier(Tier::ReadOnly, |stage| {
        let (exported, complaints) = large_objects(stage);
        assert_eq!(exported, "");
        assert!(
            complaints.contains("tier read_only does not allow function pg_catalog.lo_creat"),
            "{complaints}"
        );
        let left = stage.cluster.psql("postgres", "SELECT count(*) FROM pg_largeobject_metadata").unwrap();
        assert_eq!(left, "0\n");
    });
}
