//! The start-up parameter `options`: settings, spelled as switches of the server's command line.

/// Takes the settings out of `options`: `-c name=value` and `--name=value`, words apart by spaces, a backslash before what is
/// meant literally (`pg_split_opts` and `process_postgres_switches` of the server).
///
/// # Errors
/// Any other switch, and one without a name or a value: what the desk does not understand does not reach the server. A
/// bare `-c=` sent one pooler round in circles (CVE-2026-107349).
pub fn settings(options: &str) -> Result<Vec<(String, String)>, NotSettings> {
    let mut words = words(options).into_iter();
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        let refused = || NotSettings { switch: word.clone() };
        let assignment = match (word.strip_prefix("--"), word.strip_prefix("-c")) {
            (Some(long), _) => long.to_owned(),
            (None, Some("")) => words.next().ok_or_else(refused)?,
            (None, Some(short)) => short.to_owned(),
            (None, None) => return Err(refused()),
        };
        let (name, value) = assignment.split_once('=').ok_or_else(refused)?;
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '$'))
        {
            return Err(refused());
        }
        // The server takes statement-timeout for statement_timeout.
        settings.push((name.replace('-', "_"), value.to_owned()));
    }
    Ok(settings)
}

/// Words apart by white space; a backslash makes the next character part of its word.
fn words(options: &str) -> Vec<String> {
    let (mut words, mut word, mut characters) = (Vec::new(), None::<String>, options.chars());
    while let Some(c) = characters.next() {
        if c.is_ascii_whitespace() || c == '\u{b}' {
            words.extend(word.take());
            continue;
        }
        let literal = if c == '\\' { characters.next() } else { Some(c) };
        word.get_or_insert_default().extend(literal);
    }
    words.extend(word);
    words
}

/// A switch that is not a setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{switch}\" in the start-up parameter \"options\" is not a setting of the form -c name=value")]
pub struct NotSettings {
    switch: String,
}

#[cfg(test)]
mod tests {
    use super::settings;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    #[track_caller]
    fn check(options: &str, told: Expect) {
        told.assert_eq(&match settings(options) {
            Ok(settings) => format!("{settings:?}"),
            Err(refused) => refused.to_string(),
        });
    }

    #[test]
    fn settings_are_taken_out() {
        check("", expect!["[]"]);
        check(
            "-c geqo=off  -cstatement_timeout=5min --idle-in-transaction-session-timeout=0",
            expect![[
                r#"[("geqo", "off"), ("statement_timeout", "5min"), ("idle_in_transaction_session_timeout", "0")]"#
            ]],
        );
        check(r"-c search_path=a,\ b\\c", expect![[r#"[("search_path", "a, b\\c")]"#]]);
        check("-c x.y==", expect![[r#"[("x.y", "=")]"#]]);
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        for options in
            ["-c=", "-c", "-c =", "-c geqo", "--", "-B 5", "geqo=off", "-", "-c a'b=1", "--=1", r"\"]
        {
            assert!(settings(options).is_err(), "{options}");
        }
        check(
            "-c geqo=off -p 5",
            expect![[
                r#""-p" in the start-up parameter "options" is not a setting of the form -c name=value"#
            ]],
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(options in any::<String>()) {
            let _ = settings(&options);
        }

        #[test]
        fn what_is_escaped_comes_back(value in "[^\\x00]{0,20}") {
            let escaped: String = value.chars().flat_map(|c| ['\\', c]).collect();
            prop_assert_eq!(settings(&format!("-c a={escaped}")).unwrap_or_default(), [("a".to_owned(), value)]);
        }
    }
}
