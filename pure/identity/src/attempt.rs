//! Lock-outs: who guesses a password waits, longer each time.

use std::time::Duration;

use jiff::Timestamp;
use pgward_lease::clock::{after, until};
use serde::{Deserialize, Serialize};

/// What is known of the attempts on an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempts {
    /// How many failed in a row.
    failed: u32,
    /// When the last of them was.
    last: Option<Timestamp>,
}

/// Whether somebody may try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// They may.
    Try,
    /// They may after this long. The password is not even looked at.
    Wait(Duration),
}

impl Attempts {
    /// Whether an attempt may be made. A clock that goes back makes nobody wait for less.
    #[must_use]
    pub fn may(&self, now: Timestamp) -> May {
        let Some(last) = self.last else { return May::Try };
        let free = after(last, self.wait());
        if now >= free { May::Try } else { May::Wait(until(now.max(last), free)) }
    }

    /// After an attempt that failed.
    #[must_use]
    pub fn after_failure(self, now: Timestamp) -> Attempts {
        let last = self.last.map_or(now, |last| last.max(now));
        // A day without an attempt is a new beginning.
        let forgotten = self.last.is_some_and(|last| now >= after(last, FORGOTTEN));
        let failed = if forgotten { 0 } else { self.failed };
        Attempts { failed: failed.saturating_add(1), last: Some(last) }
    }

    /// After one that succeeded.
    #[must_use]
    pub fn after_success(self) -> Attempts {
        Attempts::default()
    }

    /// How many failed in a row.
    #[must_use]
    pub fn failed(&self) -> u32 {
        self.failed
    }

    /// A few attempts are free; then half a minute, doubling up to an hour.
    fn wait(&self) -> Duration {
        let Some(doublings) = self.failed.checked_sub(FREE) else { return Duration::ZERO };
        let factor = 2_u32.saturating_pow(doublings.min(16));
        FIRST_WAIT.saturating_mul(factor).min(LONGEST_WAIT)
    }
}

/// How many attempts in a row may fail before anybody waits.
const FREE: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// Not for ever: whoever knows a name could shut its owner out.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
const FORGOTTEN: Duration = Duration::from_secs(86_400);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn after_five_failures_the_wait_doubles_up_to_an_hour() {
        let (mut attempts, mut now, mut waits) = (Attempts::default(), 0, Vec::new());
        for _ in 0..14 {
            attempts = attempts.after_failure(second(now));
            match attempts.may(second(now)) {
                May::Try => waits.push(0),
                May::Wait(wait) => {
                    waits.push(wait.as_secs());
                    now += i64::try_from(wait.as_secs()).unwrap();
                    assert_eq!(attempts.may(second(now)), May::Try);
                    assert_ne!(attempts.may(second(now - 1)), May::Try);
                }
            }
        }
        assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        assert_eq!(attempts.after_success().may(second(now)), May::Try);
        let a_day_later = attempts.after_failure(second(now + 86_400 + 1));
        assert_eq!(a_day_later.failed(), 1);
    }

    proptest! {
        #[test]
        fn a_clock_that_goes_back_opens_nothing(failures in 5_u32..20, at in 100_000_i64..200_000, back in 0_i64..100_000) {
            let mut attempts = Attempts::default();
            for _ in 0..failures {
                attempts = attempts.after_failure(second(at));
            }
            prop_assert_ne!(attempts.may(second(at - back)), May::Try);
            let again = attempts.after_failure(second(at - back));
            prop_assert_ne!(again.may(second(at)), May::Try);
        }
    }
}
