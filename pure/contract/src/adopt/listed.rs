//! Lists of objects, written role by role or object by object.

use std::collections::{BTreeMap, HashMap};

use pgward_catalog::acl::Grantee;
use pgward_catalog::privilege::Privileges;

use crate::adopt::saying::Saying;

/// What is said of lists of objects, to be written the shorter way: role by role, or object by object.
#[derive(Default)]
pub struct Listed {
    by_grantee: Vec<(Saying, Grantee, Vec<u32>)>,
}

impl Listed {
    /// Says it of these objects.
    pub fn add(&mut self, saying: Saying, grantee: Grantee, set: Vec<u32>) {
        if !set.is_empty() {
            self.by_grantee.push((saying, grantee, set));
        }
    }

    /// Everything that was said, the shorter way.
    pub fn shortest(self) -> Vec<(Saying, Vec<Grantee>, Vec<u32>)> {
        let mut by_set: BTreeMap<(Saying, &[u32]), Vec<Grantee>> = BTreeMap::new();
        let mut by_object: HashMap<(u32, &Saying), Vec<Grantee>> = HashMap::new();
        // What a role holds on one object may come from several sets; object by object it is one privilege list.
        let mut per_object: BTreeMap<(Saying, u32, &Grantee), Privileges> = BTreeMap::new();
        for (saying, grantee, set) in &self.by_grantee {
            by_set.entry((saying.clone(), set)).or_default().push(grantee.clone());
            let base = Saying { privileges: Privileges::NONE, ..saying.clone() };
            for position in set {
                let held = per_object.entry((base.clone(), *position, grantee)).or_insert(Privileges::NONE);
                *held |= saying.privileges;
            }
        }
        let sayings: Vec<(Saying, u32, &Grantee)> = per_object
            .iter()
            .map(|((base, position, grantee), held)| {
                (Saying { privileges: *held, ..base.clone() }, *position, *grantee)
            })
            .collect();
        for (saying, position, grantee) in &sayings {
            by_object.entry((*position, saying)).or_default().push((*grantee).clone());
        }
        let mut grouped: BTreeMap<(Saying, Vec<Grantee>), Vec<u32>> = BTreeMap::new();
        for ((position, saying), mut grantees) in by_object {
            grantees.sort();
            grouped.entry((saying.clone(), grantees)).or_default().push(position);
        }
        let cost_by_set: usize =
            by_set.iter().map(|((_, set), grantees)| set.len() + grantees.len() + 4).sum();
        let cost_by_object: usize =
            grouped.iter().map(|((_, grantees), set)| set.len() + grantees.len() + 4).sum();
        if cost_by_set <= cost_by_object {
            by_set.into_iter().map(|((saying, set), grantees)| (saying, grantees, set.to_vec())).collect()
        } else {
            grouped
                .into_iter()
                .map(|((saying, grantees), mut set)| {
                    set.sort_unstable();
                    (saying, grantees, set)
                })
                .collect()
        }
    }
}
