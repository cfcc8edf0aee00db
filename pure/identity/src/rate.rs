//! How often something may be done from one place or under one name: a bucket that fills again.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use pgward_lease::clock::until;

/// So many at once, and one more in every interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// How long until there is one more.
    pub refill: Duration,
}

/// The buckets of many names. Full ones are forgotten, so that it holds no more than those who were here lately; beyond its
/// bound it refuses whoever is new.
#[derive(Debug)]
pub struct Buckets {
    rate: Rate,
    names_max: usize,
    spent: BTreeMap<String, Spent>,
}

#[derive(Debug, Clone, Copy)]
struct Spent {
    /// How much is missing, in time until it is full again.
    missing: Duration,
    /// As of when.
    at: Timestamp,
}

impl Buckets {
    /// Buckets that are all full, for so many names at most.
    #[must_use]
    pub fn new(rate: Rate, names_max: usize) -> Buckets {
        Buckets { rate, names_max, spent: BTreeMap::new() }
    }

    /// Takes one, if there is one; else says how long until there is.
    ///
    /// # Errors
    /// How long to wait.
    pub fn take(&mut self, name: &str, now: Timestamp) -> Result<(), Duration> {
        let size = self.rate.refill.saturating_mul(self.rate.burst);
        if !self.spent.contains_key(name) && self.spent.len() >= self.names_max {
            self.spent.retain(|_, spent| !spent.missing_at(now).is_zero());
            if self.spent.len() >= self.names_max {
                return Err(self.rate.refill);
            }
        }
        let before = self.spent.get(name).copied();
        let missing = before.map_or(Duration::ZERO, |spent| spent.missing_at(now));
        let after = missing.saturating_add(self.rate.refill);
        if after > size {
            return Err(after.saturating_sub(size));
        }
        // A clock that goes back fills nothing.
        let at = before.map_or(now, |spent| spent.at.max(now));
        self.spent.insert(name.to_owned(), Spent { missing: after, at });
        Ok(())
    }
}

impl Spent {
    fn missing_at(self, now: Timestamp) -> Duration {
        self.missing.saturating_sub(until(self.at, now.max(self.at)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate { burst: 3, refill: Duration::from_secs(10) };

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn three_at_once_and_one_more_every_ten_seconds() {
        let mut buckets = Buckets::new(RATE, 10);
        let taken: Vec<bool> =
            [0, 0, 0, 0, 9, 10, 10, 40, 40, 40, 40].map(|at| buckets.take("ada", second(at)).is_ok()).into();
        let expected = [true, true, true, false, false, true, false, true, true, true, false];
        assert_eq!(taken, expected);
        assert_eq!(buckets.take("ada", second(43)), Err(Duration::from_secs(7)));
        assert_eq!(buckets.take("bob", second(43)), Ok(()));
    }

    #[test]
    fn who_is_new_is_refused_when_too_many_are_here() {
        let mut buckets = Buckets::new(RATE, 2);
        assert_eq!(buckets.take("a", second(0)), Ok(()));
        assert_eq!(buckets.take("b", second(0)), Ok(()));
        assert!(buckets.take("c", second(5)).is_err());
        assert_eq!(buckets.take("a", second(5)), Ok(()));
        assert_eq!(buckets.take("c", second(11)), Ok(()));
    }

    proptest! {
        #[test]
        fn never_more_than_the_rate(steps in proptest::collection::vec(-30_i64..30, 1..100)) {
            let mut buckets = Buckets::new(RATE, 10);
            let (mut now, mut latest, mut taken) = (0_i64, 0_i64, 0_i64);
            for step in steps {
                now = (now + step).max(0);
                latest = latest.max(now);
                taken += i64::from(buckets.take("ada", second(now)).is_ok());
                prop_assert!(taken <= 3 + latest / 10);
            }
        }
    }
}
