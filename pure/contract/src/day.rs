//! Days, as a contract writes them.

use std::fmt;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::diagnostic::code::Code;
use crate::form::book::Book;
use crate::form::scalar::{Complaint, Scalar};

/// A day: `2027-03-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Scalar for Day {
    const WHAT: &'static str = "a day such as `2027-03-31`";

    fn understand(text: &str) -> Result<Self, Complaint> {
        let day: Option<Date> = text.parse().ok();
        // A point in time has a day too; what is meant by it is not known.
        let day = day.filter(|day| day.to_string() == text);
        day.map(Self).ok_or_else(|| {
            Complaint::new(Code::BadTime, format!("`{}` is not a day", text.escape_debug()))
                .hint("write year, month and day: `2027-03-31`")
        })
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn described(book: &mut Book) -> Value {
        book.refer("Day", |_| {
            json!({
                "description": "A day: year, month and day.",
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                "examples": ["2027-03-31"],
            })
        })
    }

    #[cfg(test)]
    fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
        let month = i8::try_from(1 + dice.roll(12)).unwrap_or(1);
        Self(Date::new(2000 + i16::from(dice.roll(99)), month, 28).unwrap_or(Date::ZERO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_year_a_month_and_a_day_that_exists() {
        assert_eq!(Day::understand("2028-02-29").ok().map(|day| day.text()).as_deref(), Some("2028-02-29"));
        for wrong in
            ["2027-02-29", "2027-2-3", "2027-03-31T00:00:00", "31.3.2027", "", "tomorrow", "20270331"]
        {
            assert!(Day::understand(wrong).is_err(), "{wrong}");
        }
    }
}
