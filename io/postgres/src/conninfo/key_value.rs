//! Connection strings of the form `host=localhost dbname='my shop'`.

use crate::conninfo::parameters::Parameters;
use crate::conninfo::refusal::{Origin, SettingsError};
use pgward_credential::Secret;
use std::iter::Peekable;
use std::str::Chars;

/// Reads the string into settings. The last of several for one keyword counts.
pub(crate) fn parse(text: &str) -> Result<Parameters, SettingsError> {
    let mut parameters = Parameters::default();
    let mut rest = text.chars().peekable();
    loop {
        skip_blanks(&mut rest);
        if rest.peek().is_none() {
            return Ok(parameters);
        }
        let name = read_name(&mut rest)?;
        let value = match rest.peek() {
            Some('\'') => read_quoted(&mut rest, &name)?,
            _ => read_bare(&mut rest),
        };
        parameters.set(&name, Secret::new(value), Origin::ConnectionString)?;
    }
}

/// The keyword, and past the `=` with the blanks around it.
fn read_name(rest: &mut Peekable<Chars<'_>>) -> Result<String, SettingsError> {
    let mut name = String::new();
    while let Some(c) = rest.next_if(|c| *c != '=' && !is_blank(*c)) {
        name.push(c);
    }
    skip_blanks(rest);
    if rest.next_if_eq(&'=').is_none() {
        // Not the word itself: a password with a blank in it ends up here.
        let what = "a word without \"=\" after it (a value with blanks must be in single quotes)".to_owned();
        return Err(SettingsError::Syntax { what });
    }
    skip_blanks(rest);
    Ok(name)
}

fn read_bare(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut value = String::new();
    while let Some(c) = rest.next_if(|c| !is_blank(*c)) {
        match c {
            '\\' => value.extend(rest.next()),
            _ => value.push(c),
        }
    }
    value
}

fn read_quoted(rest: &mut Peekable<Chars<'_>>, name: &str) -> Result<String, SettingsError> {
    rest.next();
    let mut value = String::new();
    loop {
        match rest.next() {
            None => {
                return Err(SettingsError::Syntax {
                    what: format!("unterminated quoted string after \"{name}=\""),
                });
            }
            Some('\'') => return Ok(value),
            Some('\\') => value.extend(rest.next()),
            Some(c) => value.push(c),
        }
    }
}

fn skip_blanks(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|c| is_blank(*c)).is_some() {}
}

/// C's `isspace`, which libpq asks.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::parse;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&'static str, &str)]) {
        let parameters = parse(text).map_err(|error| error.to_string()).unwrap();
        for (name, value) in expected {
            assert_eq!(
                parameters.get(name).map(|given| given.text).unwrap_or_default(),
                *value,
                "{name} of {text:?}"
            );
        }
    }

    #[track_caller]
    fn refuse(text: &str, expected: &str) {
        assert_eq!(parse(text).err().unwrap().to_string(), expected);
    }

    #[test]
    fn words_are_read() {
        check("host=localhost port=5433", &[("host", "localhost"), ("port", "5433"), ("user", "")]);
        check("  host =\t'a'port = 1 ", &[("host", "a"), ("port", "1")]);
        check("dbname='my shop' user=o\\'neil", &[("dbname", "my shop"), ("user", "o'neil")]);
        check("dbname='it\\'s \\\\' user=a\\ b", &[("dbname", "it's \\"), ("user", "a b")]);
        check("host=a host=b", &[("host", "b")]);
        check("host= port=1", &[("host", "port=1")]); // blanks after "=" are skipped, as in libpq
        check("host='' port=1", &[("host", ""), ("port", "1")]);
        check("dbname=größe", &[("dbname", "größe")]);
        check("user=a'b'c", &[("user", "a'b'c")]);
        check("", &[]);
    }

    #[test]
    fn what_libpq_refuses_is_refused() {
        refuse(
            "host",
            "invalid connection string: a word without \"=\" after it (a value with blanks must be in single quotes)",
        );
        refuse("dbname='x", "invalid connection string: unterminated quoted string after \"dbname=\"");
        refuse("hots=x", "invalid connection option \"hots\" in the connection string");
        refuse("=x", "invalid connection option \"\" in the connection string");
        refuse(
            "sslcrl=x",
            "connection option \"sslcrl\" from the connection string is not supported: certificate revocation lists are not checked",
        );
    }

    #[test]
    fn a_password_with_a_blank_is_not_repeated_in_the_message() {
        let refused = parse("password=hun ter2").err().unwrap();
        assert!(!format!("{refused} {refused:?}").contains("ter2"));
    }

    proptest! {
        #[test]
        fn quoted_values_come_back(value in any::<String>()) {
            let quoted = value.replace('\\', "\\\\").replace('\'', "\\'");
            let parsed = parse(&format!("dbname='{quoted}' user=x")).map_err(|error| error.to_string()).unwrap();
            prop_assert_eq!(parsed.get("dbname").map(|given| given.text).unwrap_or_default(), value);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
