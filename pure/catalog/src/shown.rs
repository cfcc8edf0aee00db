//! Text for people that somebody else wrote: names of roles, bodies of policies, comments. What would move the cursor, break a
//! line or turn the direction of reading is written as an escape, so that a name cannot pretend to be another line of a report.

/// The same text on one line, with nothing in it that is not seen.
pub fn shown(text: &str) -> String {
    escaped(text, |_| false)
}

/// The same of a text of several lines, each of which is one.
pub fn shown_lines(text: &str) -> String {
    escaped(text, |letter| letter == '\n')
}

fn escaped(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if (letter.is_control() || is_invisible(letter)) && !is_kept(letter) {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}

/// Letters without a shape: directions, joins, marks of order, line and paragraph ends, tags.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_written_out() {
        assert_eq!(shown("a\nb"), "a\\u{a}b");
        assert_eq!(shown_lines("a\r\nb"), "a\\u{d}\nb");
        assert_eq!(shown("\u{1b}[31m"), "\\u{1b}[31m");
        assert_eq!(shown("\u{9b}2K"), "\\u{9b}2K");
        assert_eq!(shown("nimda\u{202e}"), "nimda\\u{202e}");
        assert_eq!(shown("Ünïcode 🦀 'q' \"d\""), "Ünïcode 🦀 'q' \"d\"");
        assert_eq!(shown(&shown("a\nb")), shown("a\nb"));
    }
}
