//! Random numbers that a seed repeats (SplitMix64).

/// A row of numbers that depends on its seed alone.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    /// Yes, this often out of a hundred times.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Some of these, at least one.
    pub(crate) fn some<'a>(&mut self, from: &[&'a str]) -> Vec<&'a str> {
        let one = self.below(from.len());
        from.iter()
            .enumerate()
            .filter(|(at, _)| *at == one || self.chance(35))
            .map(|(_, word)| *word)
            .collect()
    }
}
