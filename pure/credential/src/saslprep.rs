//! SASLprep as PostgreSQL does it.
//!
//! It differs from RFC 4013 in three ways, and a verifier made by the RFC would lock people out:
//! ASCII passes untouched, control characters included; prohibited characters and bidirectional text are looked for
//! before the normalisation, not after; and a password that cannot be prepared is used as it is.

use std::borrow::Cow;
use stringprep::tables;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// The password as PostgreSQL hashes it: prepared, or as it is where it cannot be.
#[must_use]
pub fn prepare(password: &str) -> Cow<'_, str> {
    if password.is_ascii() {
        return Cow::Borrowed(password);
    }
    let mapped: Zeroizing<String> = Zeroizing::new(password.chars().filter_map(map).collect());
    if mapped.is_empty() || mapped.chars().any(prohibited) || breaks_bidi_rules(&mapped) {
        return Cow::Borrowed(password);
    }
    Cow::Owned(mapped.nfkc().collect())
}

/// Spaces of every kind become the one space; what is invisible goes. U+200B is in both lists: a space, says PostgreSQL.
fn map(c: char) -> Option<char> {
    if tables::non_ascii_space_character(c) {
        Some(' ')
    } else if tables::commonly_mapped_to_nothing(c) {
        None
    } else {
        Some(c)
    }
}

/// What RFC 3454 lists in C.1.2 to C.9, and what Unicode 3.2 had not assigned yet.
fn prohibited(c: char) -> bool {
    tables::non_ascii_space_character(c)
        || tables::ascii_control_character(c)
        || tables::non_ascii_control_character(c)
        || tables::private_use(c)
        || tables::non_character_code_point(c)
        || tables::inappropriate_for_plain_text(c)
        || tables::inappropriate_for_canonical_representation(c)
        || tables::change_display_properties_or_deprecated(c)
        || tables::tagging_character(c)
        || tables::unassigned_code_point(c)
}

/// A text with right-to-left letters must start and end with one and hold no left-to-right letter.
fn breaks_bidi_rules(text: &str) -> bool {
    let ends_right_to_left = |end: Option<char>| end.is_some_and(tables::bidi_r_or_al);
    text.contains(tables::bidi_r_or_al)
        && (text.contains(tables::bidi_l)
            || !ends_right_to_left(text.chars().next())
            || !ends_right_to_left(text.chars().next_back()))
}

#[cfg(test)]
mod tests {
    use super::prepare;

    #[track_caller]
    fn check(password: &str, prepared: &str) {
        assert_eq!(prepare(password), prepared, "{password:?}");
    }

    #[test]
    fn ascii_is_used_as_it_is_control_characters_included() {
        check("pencil", "pencil");
        check("tab\tand\u{7f}", "tab\tand\u{7f}");
        check("", "");
    }

    #[test]
    fn spaces_are_made_one_and_the_invisible_goes() {
        check("a\u{a0}b\u{3000}c\u{200b}d", "a b c d");
        check("I\u{ad}X", "IX");
    }

    #[test]
    fn compatibility_characters_are_folded() {
        check("\u{2168}", "IX");
        check("\u{aa}", "a");
        check("e\u{301}", "\u{e9}");
    }

    #[test]
    fn what_cannot_be_prepared_is_used_as_it_is() {
        check("\u{ad}", "\u{ad}"); // nothing would be left
        check("\u{e9}\u{7}", "\u{e9}\u{7}"); // a control character
        check("\u{627}1", "\u{627}1"); // right-to-left, but does not end so
        check("\u{627}a\u{627}", "\u{627}a\u{627}");
        check("\u{1f600}\u{2168}", "\u{1f600}\u{2168}"); // an emoji Unicode 3.2 did not know
    }

    #[test]
    fn prohibited_is_decided_before_the_normalisation() {
        check("\u{1f100}", "\u{1f100}"); // would become "0.", but was unassigned in Unicode 3.2
    }

    #[test]
    fn right_to_left_text_passes() {
        check("\u{627}1\u{628}", "\u{627}1\u{628}");
    }
}
