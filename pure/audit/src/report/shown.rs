//! Text for people that somebody else wrote, in Markdown; what cannot be seen is escaped as everywhere.

use pgward_catalog::shown::shown;

/// The same text on one line of Markdown: what it would read as its own is escaped as well.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_shows_what_was_written() {
        assert_eq!(shown_in_markdown("[x](y) | <b>"), "\\[x\\](y) \\| \\<b\\>");
        assert_eq!(fenced(&["SELECT '```'".to_owned()]), "````sql\nSELECT '```';\n````");
    }
}
