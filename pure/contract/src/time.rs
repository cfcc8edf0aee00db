//! Durations and points in time, as a contract writes them.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::diagnostic::code::Code;
use crate::form::book::Book;
use crate::form::scalar::{Complaint, Scalar};

/// A length of time, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Length(u64);

impl Length {
    /// The seconds.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// This many seconds.
    pub fn of_seconds(seconds: u64) -> Self {
        Self(seconds)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        // Weeks are read and never written: 90d says more than 12w6d.
        let mut rest = self.0;
        for (unit, seconds) in UNITS.iter().filter(|(unit, _)| *unit != 'w') {
            if rest >= *seconds {
                write!(f, "{}{unit}", rest / seconds)?;
                rest %= seconds;
            }
        }
        Ok(())
    }
}

impl Scalar for Length {
    const WHAT: &'static str = "a duration such as `30m`";

    fn understand(text: &str) -> Result<Self, Complaint> {
        let complain = || {
            Complaint::new(Code::BadTime, format!("`{}` is not a duration", text.escape_debug()))
                .hint("write numbers with `s`, `m`, `h`, `d` or `w`, the largest first: `90d`, `1h30m`")
        };
        let (mut total, mut number, mut larger) = (0_u64, None::<u64>, u64::MAX);
        for c in text.chars() {
            if let Some(digit) = c.to_digit(10) {
                let grown = number.unwrap_or(0).checked_mul(10).and_then(|n| n.checked_add(u64::from(digit)));
                number = Some(grown.ok_or_else(complain)?);
                continue;
            }
            let (_, seconds) = UNITS.iter().find(|(unit, _)| *unit == c).ok_or_else(complain)?;
            let part = number.take().and_then(|n| n.checked_mul(*seconds)).ok_or_else(complain)?;
            if *seconds >= larger {
                return Err(complain());
            }
            larger = *seconds;
            total = total.checked_add(part).ok_or_else(complain)?;
        }
        if number.is_some() || text.is_empty() || total > SECONDS_MAX {
            return Err(complain());
        }
        Ok(Self(total))
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn described(book: &mut Book) -> Value {
        book.refer("Duration", |_| {
            json!({
                "description": "A length of time: numbers with `s`, `m`, `h`, `d` or `w`, the largest first.",
                "type": "string",
                "pattern": "^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
                "minLength": 2,
                "examples": ["90d", "1h30m"],
            })
        })
    }

    #[cfg(test)]
    fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
        Self(u64::from(dice.roll(250)) * u64::from(dice.roll(250)) * u64::from(dice.roll(250)))
    }
}

const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
/// A hundred years.
const SECONDS_MAX: u64 = 36_525 * 86_400;

/// Until when a password is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Until {
    /// Until this instant.
    Instant(Timestamp),
    /// For ever, as PostgreSQL's `infinity`.
    Infinity,
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Until::Instant(instant) => instant.fmt(f),
            Until::Infinity => f.write_str("infinity"),
        }
    }
}

impl Scalar for Until {
    const WHAT: &'static str = "a time such as `2027-01-31T00:00:00Z`";

    fn understand(text: &str) -> Result<Self, Complaint> {
        if text == "infinity" {
            return Ok(Until::Infinity);
        }
        // PostgreSQL writes a space where ISO 8601 has a T; both are read.
        text.parse().map(Until::Instant).map_err(|_| {
            Complaint::new(Code::BadTime, format!("`{}` is not a point in time", text.escape_debug()))
                .hint("write ISO 8601 with an offset, such as `2027-01-31T00:00:00Z`, or `infinity`")
        })
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn described(book: &mut Book) -> Value {
        book.refer("Until", |_| {
            json!({
                "description": "A point in time, ISO 8601 with an offset, or `infinity`.",
                "type": "string",
                "examples": ["2027-01-31T00:00:00Z", "infinity"],
            })
        })
    }

    #[cfg(test)]
    fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
        match dice.roll(3) {
            0 => Until::Infinity,
            _ => Timestamp::from_second(i64::from(dice.roll(250)) * 31_556_952)
                .map_or(Until::Infinity, Until::Instant),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<u64>) {
        let length = Length::understand(text).ok();
        assert_eq!(length.map(Length::seconds), expected, "{text}");
        if let Some(length) = length {
            assert_eq!(Length::understand(&length.text()).ok(), Some(length));
        }
    }

    #[test]
    fn durations_are_numbers_with_units_the_largest_first() {
        check("90d", Some(7_776_000));
        check("1h30m", Some(5_400));
        check("2w", Some(1_209_600));
        check("0s", Some(0));
        for wrong in ["", "90", "d", "30m1h", "1h1h", "-1d", "1.5h", "99999999999999999999d", "1y", "90 d"] {
            check(wrong, None);
        }
    }
}
