//! Time as it comes in.

use std::time::Duration;

use jiff::Timestamp;

/// An instant this much later; the last there is where it would be beyond it.
#[must_use]
pub fn after(instant: Timestamp, length: Duration) -> Timestamp {
    instant.checked_add(length).unwrap_or(Timestamp::MAX)
}

/// What is left from one instant to another; nothing where it is over.
#[must_use]
pub fn until(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(from.duration_until(to)).unwrap_or_default()
}
