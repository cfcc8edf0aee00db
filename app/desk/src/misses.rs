//! Log-ins that failed, as they are written down: each, up to a bound, and how many more there were. A flood of them fills no disk.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What was written down lately.
#[derive(Default)]
pub(crate) struct Misses {
    lately: Mutex<Lately>,
}

#[derive(Default)]
struct Lately {
    since: Option<Instant>,
    written: usize,
    by_address: HashMap<IpAddr, usize>,
    /// Not written down.
    withheld: u64,
}

impl Misses {
    /// Somebody at this address could not log in: whether that is written down, or only counted.
    pub(crate) fn count(&self, address: IpAddr, now: Instant) -> bool {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        if lately.since.is_none_or(|since| now.duration_since(since) >= WINDOW) {
            *lately = Lately { since: Some(now), withheld: lately.withheld, ..Lately::default() };
        }
        let Lately { written, by_address, withheld, .. } = &mut *lately;
        let own = by_address.entry(address).or_default();
        if *own >= OWN_MAX || *written >= WRITTEN_MAX {
            *withheld += 1;
            // Who is not written down needs no count of their own.
            if *own == 0 {
                by_address.remove(&address);
            }
            return false;
        }
        *own += 1;
        *written += 1;
        true
    }

    /// How many were only counted since this was asked for last.
    pub(crate) fn withheld(&self) -> u64 {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut lately.withheld)
    }
}

/// In this time so many are written down, in all and of one address.
const WINDOW: Duration = Duration::from_secs(60);
const WRITTEN_MAX: usize = 100;
const OWN_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::{Misses, OWN_MAX, WINDOW, WRITTEN_MAX};
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Instant;

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(number))
    }

    #[test]
    fn one_address_leaves_room_for_others_and_all_of_them_for_the_disk() {
        let (misses, now) = (Misses::default(), Instant::now());
        let written = |from: u32, times: usize, at: Instant| {
            std::iter::repeat_n(from, times).filter(|from| misses.count(address(*from), at)).count()
        };
        assert_eq!(written(1, 1000, now), OWN_MAX);
        assert_eq!(written(2, 1, now), 1);
        assert_eq!(misses.withheld(), 990);
        assert_eq!(misses.withheld(), 0);
        let all: usize = (3..10_000).map(|from| written(from, 1, now)).sum();
        assert_eq!(all, WRITTEN_MAX - OWN_MAX - 1);
        assert_eq!(written(1, 1, now + WINDOW), 1);
        assert_eq!(misses.withheld(), 9_997 - 89);
    }
}
