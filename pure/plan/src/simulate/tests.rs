#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use super::*;
use crate::arbitrary::{Dice, edited, inventory};
use crate::diff::diff;
use crate::equivalences::Equivalences;
use pgward_catalog::version::Version;

fn pair(seed: u64) -> (Catalog, Catalog) {
    let mut dice = Dice::new(seed);
    let versions = [140_012, 150_020, 160_004, 170_001, 180_000];
    let base = inventory(Version(*dice.pick(&versions).unwrap()));
    let a = edited(&base, &mut dice, 40);
    let b = edited(&a, &mut dice, 25);
    (a, b)
}

/// A validity cannot be unset; infinity stands for it.
fn normal(mut catalog: Catalog) -> Catalog {
    for role in catalog.roles.values_mut() {
        role.valid_until.take_if(|until| until == "infinity");
    }
    catalog
}

#[test]
fn the_differences_lead_from_one_to_the_other_both_ways() {
    for seed in 0..600 {
        let (a, b) = pair(seed);
        for (from, to) in [(&a, &b), (&b, &a)] {
            let changes = diff(from, to, &Equivalences::none());
            let after = simulate(from, &changes).unwrap();
            let (after, to) = (normal(after), normal(to.clone()));
            let left = diff(&after, &to, &Equivalences::none());
            assert!(after == to, "seed {seed}: {left:?}\nafter {changes:?}");
        }
    }
}

#[test]
fn nothing_differs_from_itself() {
    for seed in 0..100 {
        let (a, _) = pair(seed);
        assert_eq!(diff(&a, &a, &Equivalences::none()), []);
    }
}
