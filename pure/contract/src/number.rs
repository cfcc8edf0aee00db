//! Decimal numbers of any length, compared exactly.

use std::cmp::Ordering;

/// A number as its digits say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// Without leading zeros.
    whole: String,
    /// Without trailing zeros.
    fraction: String,
}

impl Decimal {
    /// Reads a number in plain digits, with a sign and a point. Every other spelling (exponents, `0x`, `NaN`, underscores) is
    /// none: who compares must treat it as unknown.
    pub fn parse(text: &str) -> Option<Decimal> {
        let text = text.trim_ascii();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Decimal {
            negative: negative && !is_zero,
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        })
    }

    fn size(&self, other: &Decimal) -> Ordering {
        let whole = self.whole.len().cmp(&other.whole.len()).then_with(|| self.whole.cmp(&other.whole));
        // Fractions without trailing zeros compare as texts do.
        whole.then_with(|| self.fraction.cmp(&other.fraction))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.size(other),
            (true, true) => other.size(self),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_digits_are_a_number() {
        for text in ["", "-", ".", "1e6", "0x10", "NaN", "infinity", "1_000", "1.2.3", "--1", "１"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        let number = |text| Decimal::parse(text).unwrap();
        assert_eq!(number(" +007.50 "), number("7.5"));
        assert_eq!(number("-0.0"), number("0"));
        assert!(number("500000.0000000000000000000000001") > number("500000"));
        assert!(number("-2") < number("-1.5"));
        assert!(number("10") > number("9.9"));
        assert!(number(".5") > number(".45"));
    }

    proptest! {
        #[test]
        fn numbers_compare_as_integers_do(a in any::<i64>(), b in any::<i64>(), scale in 1_usize..10) {
            let spelled = |number: i64| {
                let digits = format!("{:0>25}", number.unsigned_abs());
                let (whole, fraction) = digits.split_at(25 - scale);
                format!("{}{whole}.{fraction}", if number < 0 { "-" } else { "" })
            };
            let (x, y) = (Decimal::parse(&spelled(a)).unwrap(), Decimal::parse(&spelled(b)).unwrap());
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        }
    }
}
