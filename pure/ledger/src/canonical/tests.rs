#![allow(clippy::unwrap_used, reason = "tests")]
use proptest::prelude::*;

use super::*;
use crate::canonical::read::{Wrong, read};

fn check(text: &str) {
    assert_eq!(read(text).unwrap().to_string(), text);
}

fn wrong(text: &str, expected: Wrong) {
    assert_eq!(read(text).map_err(|error| error.wrong), Err(expected), "{text}");
}

#[test]
fn what_is_spelled_canonically_is_read() {
    for text in [
        "null",
        "true",
        "-1",
        "0",
        "9007199254740991",
        "\"\"",
        "[]",
        "{}",
        "[1,[2,{}]]",
        "{\"a\":1,\"b\":[]}",
    ] {
        check(text);
    }
    check(r#""\b\t\n\f\r\"\\\u0000\u001f""#);
    check("\"é € 🦀 \u{7f} \u{2028} /\"");
}

#[test]
fn names_are_ordered_by_utf16_code_units() {
    // U+1F600 begins with a surrogate (D83D), which comes before U+FB33.
    check("{\"\u{20ac}\":1,\"\u{1f600}\":2,\"\u{fb33}\":3}");
    wrong("{\"\u{fb33}\":1,\"\u{1f600}\":2}", Wrong::Order);
}

#[test]
fn every_other_spelling_is_refused() {
    wrong("{\"b\":1,\"a\":2}", Wrong::Order);
    wrong("{\"a\":1,\"a\":1}", Wrong::Order);
    wrong("{\"a\": 1}", Wrong::Unexpected);
    wrong(" 1", Wrong::Unexpected);
    wrong("1 ", Wrong::Unexpected);
    wrong("[1,]", Wrong::Unexpected);
    wrong("nul", Wrong::Unexpected);
    wrong("", Wrong::End);
    wrong("\"a", Wrong::End);
    wrong("\"a\\", Wrong::End);
    for number in ["01", "-0", "1.0", "1e3", "9007199254740992", "-", "+1", "99999999999999999999"] {
        let expected = if number == "+1" { Wrong::Unexpected } else { Wrong::Number };
        wrong(number, expected);
    }
    for escape in [r"\/", r"\u0041", r"\u000a", r"\u001F", r"\ud83d\ude00", r"\x", r"\u00"] {
        wrong(&format!("\"{escape}\""), Wrong::Escape);
    }
    wrong("\"\t\"", Wrong::Unexpected);
    wrong(&"[".repeat(100_000), Wrong::Depth);
}

#[test]
fn numbers_that_doubles_would_change_become_texts() {
    assert_eq!(Canonical::from(u64::MAX).to_string(), "\"18446744073709551615\"");
    assert_eq!(Canonical::from(-9_007_199_254_740_992_i64).to_string(), "\"-9007199254740992\"");
    assert_eq!(Canonical::from(12_u64).to_string(), "12");
}

/// Compiles only while no secret can become a value of the ledger.
#[test]
fn a_secret_does_not_become_a_value() {
    use pgward_credential::Secret;
    trait Lacks<Marker> {
        fn proof() {}
    }
    impl<T: ?Sized> Lacks<()> for T {}
    struct Present;
    impl<T: Into<Canonical>> Lacks<Present> for T {}
    <Secret as Lacks<_>>::proof();
}

fn values() -> impl Strategy<Value = Canonical> {
    let leaf = prop_oneof![
        Just(Canonical::Null),
        any::<bool>().prop_map(Canonical::from),
        any::<i64>().prop_map(Canonical::from),
        any::<String>().prop_map(Canonical::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Canonical::List),
            prop::collection::vec((any::<String>(), inner), 0..5).prop_map(Canonical::map),
        ]
    })
}

proptest! {
    #[test]
    fn reading_what_was_printed_gives_it_back(value in values()) {
        prop_assert_eq!(read(&value.to_string()), Ok(value));
    }

    #[test]
    fn whatever_is_read_was_spelled_as_it_is_printed(text in "[\\[\\]{},:\"0-9a\\\\untr e.-]{0,12}") {
        if let Ok(value) = read(&text) {
            prop_assert_eq!(value.to_string(), text);
        }
    }

    #[test]
    fn what_is_printed_is_json(value in values()) {
        prop_assert!(serde_json::from_str::<serde_json::Value>(&value.to_string()).is_ok());
    }
}
