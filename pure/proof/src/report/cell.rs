//! Texts as Markdown takes them.

use pgward_catalog::shown::shown;

/// A text inside a table or a line: what Markdown would read as its own is escaped.
pub fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in shown(text).chars() {
        match letter {
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' => {
                out.push('\\');
                out.push(letter);
            }
            other => out.push(other),
        }
    }
    out
}
