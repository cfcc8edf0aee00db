//! What is sent as a form, or stands behind the question mark of an address.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Fields as `application/x-www-form-urlencoded` spells them.
#[must_use]
pub fn spelled(fields: &[(&str, &str)]) -> String {
    let one = |(name, value): &(&str, &str)| format!("{}={}", escaped(name), escaped(value));
    fields.iter().map(one).collect::<Vec<_>>().join("&")
}

/// A text of which nothing means anything in a form or an address.
#[must_use]
pub fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_mean_nothing_but_themselves() {
        let fields = [("scope", "openid email"), ("code", "a&b=c+d%2F"), ("name", "Ä")];
        assert_eq!(spelled(&fields), "scope=openid%20email&code=a%26b%3Dc%2Bd%252F&name=%C3%84");
    }
}
