//! The Merkle tree over the entries (RFC 6962, section 2.1), kept as what the next leaf needs: one root for each
//! perfect subtree.

use crate::hash::{Digest, content, node};

/// A tree that grows at its right end.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tree {
    size: u64,
    /// The roots of the perfect subtrees, the largest first: as many as the size has ones in binary.
    peaks: Vec<Digest>,
}

impl Tree {
    /// The tree of this size with these perfect subtrees, if there are as many as such a tree has.
    #[must_use]
    pub fn of_peaks(size: u64, peaks: Vec<Digest>) -> Option<Tree> {
        (usize::try_from(size.count_ones()) == Ok(peaks.len())).then_some(Tree { size, peaks })
    }

    /// Adds a leaf at the right.
    pub fn push(&mut self, leaf: Digest) {
        let mut root = leaf;
        // Each one at the end of the size is a perfect subtree that the new leaf completes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                root = node(&left, &root);
            }
        }
        self.peaks.push(root);
        self.size += 1;
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The perfect subtrees, the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Digest] {
        &self.peaks
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Digest {
        let from_the_right = self.peaks.iter().rev().copied();
        from_the_right.reduce(|right, left| node(&left, &right)).unwrap_or_else(|| content(b""))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::hash::entry;

    /// The definition of RFC 6962, word for word.
    fn root_by_definition(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => content(b""),
            [one] => *one,
            _ => {
                let half = leaves.len().next_power_of_two() / 2;
                node(&root_by_definition(&leaves[..half]), &root_by_definition(&leaves[half..]))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_the_definition_at_every_size() {
        let leaves: Vec<Digest> = (0..200_u32).map(|n| entry(&n.to_be_bytes())).collect();
        let mut tree = Tree::default();
        for size in 0..=leaves.len() {
            assert_eq!(tree.root(), root_by_definition(&leaves[..size]), "size {size}");
            let again = Tree::of_peaks(tree.size(), tree.peaks().to_vec()).unwrap();
            assert_eq!(again, tree);
            if let Some(leaf) = leaves.get(size) {
                tree.push(*leaf);
            }
        }
        assert_eq!(Tree::of_peaks(3, vec![Digest::NONE]), None);
    }
}
