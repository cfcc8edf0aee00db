//! Reading every class of a cluster, against one statement that explodes its ACLs.

use crate::bench::failure::BenchError;
use crate::bench::loaded::{DATABASE, Loaded};
use crate::bench::programs::Programs;
use crate::bench::race::{Contestant, race};
use crate::bench::table::{Row, at_most};

pub(super) fn measure(programs: &Programs, loaded: &Loaded, rounds: usize) -> Result<Vec<Row>, BenchError> {
    let fingerprint = || {
        let mut pgward = loaded.client(&programs.pgward);
        pgward.args(["fingerprint", DATABASE]);
        pgward
    };
    let contestants = [
        Contestant::new("`pgward fingerprint`", fingerprint),
        Contestant::new("`psql -f explode.sql`", || loaded.psql("explode.sql")),
    ];
    let standings = race(&contestants, rounds)?;
    let [ours, statement] = standings.as_slice() else { return Ok(Vec::new()) };
    Ok(vec![
        Row::of(loaded.size, ours).verdict(at_most(ours.ratio(statement), "the statement", 1.5)),
        Row::of(loaded.size, statement),
    ])
}
