//! Which numbers have been seen, and in which order.

use crate::flaw::Wrong;

/// The numbers seen so far.
#[derive(Default)]
pub(crate) struct Gaps {
    /// The number that comes next.
    next: u64,
    /// Ranges that were left out, both ends included.
    missing: Vec<(u64, u64)>,
    /// Lines since the last number that could not be read.
    unreadable: u64,
    is_out_of_order: bool,
    is_touched: bool,
}

impl Gaps {
    /// Nothing has been seen.
    pub(crate) fn is_untouched(&self) -> bool {
        !self.is_touched
    }

    /// Lets the numbers begin here.
    pub(crate) fn begin_at(&mut self, sequence: u64) {
        self.next = sequence;
    }

    /// A line had no number.
    pub(crate) fn unreadable(&mut self) {
        self.unreadable += 1;
        self.is_touched = true;
    }

    /// Takes a number in; says what is wrong with it.
    pub(crate) fn take(&mut self, sequence: u64) -> Option<Wrong> {
        self.is_touched = true;
        let unreadable = std::mem::take(&mut self.unreadable);
        if sequence >= self.next {
            // An unreadable line stands for the number that is not there.
            let from = self.next.saturating_add(unreadable);
            if sequence > from {
                self.missing.push((from, sequence - 1));
                self.is_out_of_order = true;
            }
            self.next = sequence.saturating_add(1);
            return None;
        }
        self.is_out_of_order = true;
        let range = self.missing.iter().position(|(from, to)| (*from..=*to).contains(&sequence));
        let Some(range) = range else { return Some(Wrong::Inserted { sequence }) };
        let (from, to) = self.missing.swap_remove(range);
        if from < sequence {
            self.missing.push((from, sequence - 1));
        }
        if sequence < to {
            self.missing.push((sequence + 1, to));
        }
        Some(Wrong::Moved { sequence })
    }

    /// Whether every number so far came after the one before it.
    pub(crate) fn is_in_order(&self) -> bool {
        !self.is_out_of_order
    }

    /// What was never seen.
    pub(crate) fn left(&self) -> Vec<(u64, u64)> {
        let mut left = self.missing.clone();
        left.sort_unstable();
        left
    }

    /// How many entries there have to be, by their numbers.
    pub(crate) fn end(&self) -> u64 {
        self.next.saturating_add(self.unreadable)
    }
}
