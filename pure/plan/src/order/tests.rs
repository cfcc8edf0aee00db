#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use super::*;
use crate::arbitrary::{Dice, edited, inventory};
use crate::diff::diff;
use crate::equivalences::Equivalences;
use pgward_catalog::version::Version;

#[test]
fn every_change_has_a_statement_or_a_reason() {
    let mut planned = 0;
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let version = *dice.pick(&[140_012, 150_020, 160_004, 170_001, 180_000]).unwrap();
        let a = edited(&inventory(Version(version)), &mut dice, 40);
        let b = edited(&a, &mut dice, 25);
        let changes = diff(&a, &b, &Equivalences::none());
        let ordered = order(&a, &changes, &OrderContext::default());
        let covered: BTreeSet<usize> = ordered
            .statements
            .iter()
            .flat_map(|statement| statement.changes.iter().copied())
            .chain(ordered.blocked.iter().map(|blocked| blocked.change))
            .collect();
        let missed: Vec<_> = (0..changes.len()).filter(|index| !covered.contains(index)).collect();
        assert!(
            missed.is_empty(),
            "seed {seed}: {:#?}",
            missed.first().and_then(|first| changes.get(*first))
        );
        assert_eq!(ordered.blocked, [], "seed {seed}");
        planned += changes.len();
    }
    assert!(planned > 4_000);
}
