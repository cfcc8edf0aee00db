//! The figures, by name.

use std::fmt;

use crate::bench::failure::BenchError;
use crate::bench::loaded::Loaded;
use crate::bench::programs::Programs;
use crate::bench::table::Row;

mod apply;
mod audit;
mod effective;
mod inspect;
mod plan;
mod prove;

/// One thing that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    Inspect,
    Plan,
    Apply,
    Effective,
    Prove,
    Audit,
}

impl Figure {
    pub(crate) const ALL: [Figure; 6] =
        [Figure::Inspect, Figure::Plan, Figure::Apply, Figure::Effective, Figure::Prove, Figure::Audit];

    /// The word that asks for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Figure::Inspect => "inspect",
            Figure::Plan => "plan",
            Figure::Apply => "apply",
            Figure::Effective => "effective",
            Figure::Prove => "prove",
            Figure::Audit => "audit",
        }
    }

    /// Measures it on a loaded server, which is in the same state afterwards.
    pub(crate) fn measure(
        self,
        programs: &Programs,
        loaded: &Loaded,
        rounds: usize,
    ) -> Result<Vec<Row>, BenchError> {
        match self {
            Figure::Inspect => inspect::measure(programs, loaded, rounds),
            Figure::Plan => plan::measure(programs, loaded, rounds),
            Figure::Apply => apply::measured(programs, loaded, rounds),
            Figure::Effective => effective::measure(programs, loaded, rounds),
            Figure::Prove => prove::measure(programs, loaded, rounds),
            Figure::Audit => audit::measure(programs, loaded, rounds),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
