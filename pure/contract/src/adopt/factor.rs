//! Many sets of objects, said with few patterns.

use std::collections::HashMap;

/// What is said of a place: all of it, all but some, or some.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extent {
    /// Every object there.
    All,
    /// Every object there but these, by position.
    AllBut(Vec<u32>),
    /// These objects, by position.
    Only(Vec<u32>),
}

/// Says a set of objects, of `count` there are, with as few names as it can.
///
/// `harmless` tells of objects outside the set about which saying it anyway changes nothing.
pub fn extent(set: &[u32], count: u32, harmless: impl Fn(u32) -> bool) -> Extent {
    let size = u32::try_from(set.len()).unwrap_or(u32::MAX);
    // A name is as short as a pattern, and promises less.
    if count < 2 || size == 0 {
        return Extent::Only(set.to_vec());
    }
    let mut others = Vec::new();
    let mut members = set.iter().copied().peekable();
    for position in 0..count {
        if members.next_if_eq(&position).is_some() || harmless(position) {
            continue;
        }
        others.push(position);
        // Leaving out as many as are meant is no shorter.
        if others.len().saturating_mul(2) > set.len() {
            return Extent::Only(set.to_vec());
        }
    }
    if others.is_empty() { Extent::All } else { Extent::AllBut(others) }
}

/// Gathers which objects each thing is said of; what is said of the same objects is said together.
#[derive(Debug)]
pub struct Gathering<K> {
    sets: HashMap<K, Vec<u32>>,
}

impl<K> Default for Gathering<K> {
    fn default() -> Self {
        Self { sets: HashMap::new() }
    }
}

impl<K: std::hash::Hash + Eq + Ord + Clone> Gathering<K> {
    /// Says `what` of an object. Objects come in the order of their positions.
    pub fn say(&mut self, what: K, position: u32) {
        let set = self.sets.entry(what).or_default();
        if set.last() != Some(&position) {
            set.push(position);
        }
    }

    /// Each thing with its objects, in order.
    pub fn into_sets(self) -> Vec<(K, Vec<u32>)> {
        let mut sets: Vec<(K, Vec<u32>)> = self.sets.into_iter().collect();
        sets.sort();
        sets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_said_the_shorter_way() {
        assert_eq!(extent(&[0, 1, 2, 3], 4, |_| false), Extent::All);
        assert_eq!(extent(&[0, 1, 3], 4, |_| false), Extent::AllBut(vec![2]));
        assert_eq!(extent(&[0, 1, 3], 4, |position| position == 2), Extent::All);
        assert_eq!(extent(&[0, 1], 4, |_| false), Extent::Only(vec![0, 1]));
        assert_eq!(extent(&[0], 1, |_| false), Extent::Only(vec![0]));
        assert_eq!(extent(&[], 4, |_| false), Extent::Only(vec![]));
    }
}
