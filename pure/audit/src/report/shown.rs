//! Text for people that somebody else wrote: names of roles, bodies of policies, comments. What would move the cursor, break a
//! line or turn the direction of reading is written as an escape, so that a name cannot pretend to be another line of a report.

/// The same text on one line, with nothing in it that is not seen.
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() || is_invisible(letter) {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}

/// The same for Markdown: what it would read as its own is escaped as well.
pub fn shown_in_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in shown(text).chars() {
        if matches!(
            letter,
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' | '~' | '&' | '@' | '!' | '$'
        ) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// SQL between fences of Markdown; more backticks than are in it.
pub fn fenced(statements: &[String]) -> String {
    let lines: Vec<String> = statements.iter().map(|statement| format!("{};", shown(statement))).collect();
    let text = lines.join("\n");
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}sql\n{text}\n{fence}")
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
        assert_eq!(shown("\u{1b}[31m"), "\\u{1b}[31m");
        assert_eq!(shown("nimda\u{202e}"), "nimda\\u{202e}");
        assert_eq!(shown("Ünïcode 🦀 'q' \"d\""), "Ünïcode 🦀 'q' \"d\"");
    }

    #[test]
    fn markdown_shows_what_was_written() {
        assert_eq!(shown_in_markdown("[x](y) | <b>"), "\\[x\\](y) \\| \\<b\\>");
        assert_eq!(fenced(&["SELECT '```'".to_owned()]), "````sql\nSELECT '```';\n````");
    }
}
