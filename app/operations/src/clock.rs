//! What time it is, and how long to pause: the only place in the operations that knows.

use std::time::Duration;

use jiff::Timestamp;

/// Where the time comes from.
pub trait Clock {
    /// Now, in RFC 3339 and UTC.
    fn now(&self) -> String;

    /// How long to pause before the next try, after this many.
    fn pause(&self, tries: u32) -> Duration;
}

/// The system's own clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> String {
        Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    fn pause(&self, tries: u32) -> Duration {
        // Processes that collided once do not collide again: each waits for another fraction of the step.
        let step = 20 * 2_u64.saturating_pow(tries.min(8));
        let fraction = u64::from(std::process::id()) * 7919 % 100;
        Duration::from_millis(step + step * fraction / 100)
    }
}
