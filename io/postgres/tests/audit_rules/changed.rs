//! Cases about servers that are not to be had: what was surveyed on a plain one is changed in the one respect that matters.

use std::collections::BTreeSet;

use pgward_audit::rule::Needs;
use pgward_cluster::Installation;

use crate::selected::cases;
use crate::tried::{Complaints, compare, findings, listed, pair};
use crate::world::World;

/// Each rule finds exactly its flaws in the flawed survey, and nothing in the sound one.
pub(crate) fn rules_find_their_flaws(installation: &Installation) {
    let major = installation.major();
    let cases: Vec<_> =
        cases(major).into_iter().filter(|(_, case)| matches!(case.needs, Needs::Survey { .. })).collect();
    if cases.is_empty() {
        return;
    }
    let world = World::start(installation, &[], None);
    for (rule, case) in &cases {
        world.make(&format!("{} ({})", rule.id, case.shows), case.flawed);
    }
    let surveyed = world.survey();
    let mut complaints = Complaints::default();
    for (rule, case) in &cases {
        let Needs::Survey { flawed, sound } = case.needs else { continue };
        for (change, expected) in [(flawed, listed(case.finds)), (sound, BTreeSet::new())] {
            let mut survey = surveyed.clone();
            change(&mut survey);
            let found = findings(rule, &survey, None, &mut complaints);
            compare(rule, &found.iter().map(pair).collect(), &expected, &mut complaints);
        }
    }
    complaints.settle(&format!("PostgreSQL {major}"));
}
