//! Proofs of RFC 6962: that one tree is the beginning of another, from at most 64 digests instead of all entries.

use crate::hash::{Digest, node};
use crate::tree::Tree;

/// The proof that the tree of the first `size` leaves is the beginning of the tree of all of them.
///
/// None when there are fewer leaves than that, or when there is nothing to prove (an empty tree begins every tree).
#[must_use]
pub fn prove(leaves: &[Digest], size: usize) -> Option<Vec<Digest>> {
    if size == 0 || size > leaves.len() {
        return None;
    }
    let mut proof = Vec::new();
    let (mut part, mut size, mut is_whole) = (leaves, size, true);
    let mut outside = Vec::new();
    while size < part.len() {
        let half = part.len().next_power_of_two() / 2;
        let (left, right) = part.split_at_checked(half)?;
        if size <= half {
            outside.push(root(right));
            part = left;
        } else {
            outside.push(root(left));
            part = right;
            size -= half;
            is_whole = false;
        }
    }
    if !is_whole {
        proof.push(root(part));
    }
    proof.extend(outside.into_iter().rev());
    Some(proof)
}

/// Whether the proof shows that the tree `before` is the beginning of the tree `after`. A size and a root say which.
#[must_use]
pub fn holds(before: (u64, Digest), after: (u64, Digest), proof: &[Digest]) -> bool {
    let ((size, root), (size_after, root_after)) = (before, after);
    if size == 0 || size > size_after {
        return false;
    }
    if size == size_after {
        return proof.is_empty() && root == root_after;
    }
    let mut rest = proof.iter();
    // The largest perfect subtree that ends where the smaller tree ends. It is the smaller tree itself, or given.
    let (mut at, mut last) = (size - 1, size_after - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let start = if size.is_power_of_two() { Some(&root) } else { rest.next() };
    let Some(&start) = start else { return false };
    let (mut old, mut new) = (start, start);
    for step in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old = node(step, &old);
            new = node(step, &new);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            new = node(&new, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && old == root && new == root_after
}

fn root(leaves: &[Digest]) -> Digest {
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::hash::entry;

    fn leaves(count: u32) -> Vec<Digest> {
        (0..count).map(|n| entry(&n.to_be_bytes())).collect()
    }

    #[test]
    fn every_tree_is_proven_to_be_the_beginning_of_every_larger_one_and_of_no_other() {
        let leaves = leaves(40);
        for after in 1..=leaves.len() {
            for before in 1..=after {
                let proof = prove(&leaves[..after], before).unwrap();
                let old = (before as u64, root(&leaves[..before]));
                let new = (after as u64, root(&leaves[..after]));
                assert!(holds(old, new, &proof), "{before} of {after}");
                let mut changed = leaves[..before].to_vec();
                changed[before - 1] = entry(b"changed");
                assert!(!holds((old.0, root(&changed)), new, &proof), "{before} of {after}");
                if before < after {
                    assert!(!holds(old, (new.0, root(&leaves[1..after])), &proof));
                    assert!(!holds(old, new, &proof[1..]), "{before} of {after}");
                    let longer = [&proof[..], &[Digest::NONE]].concat();
                    assert!(!holds(old, new, &longer), "{before} of {after}");
                }
            }
        }
    }

    #[test]
    fn there_is_no_proof_for_an_empty_or_a_larger_tree() {
        assert_eq!(prove(&leaves(3), 0), None);
        assert_eq!(prove(&leaves(3), 4), None);
        assert!(!holds((0, Digest::NONE), (3, Digest::NONE), &[]));
        assert!(!holds((4, Digest::NONE), (3, Digest::NONE), &[]));
    }
}
