//! Writes a contract as YAML, always the same way: what is read from it is what was written.

use crate::form::Form;
use crate::form::tree::Tree;
use crate::model::contract::Contract;

/// Comments for a contract, by the place they stand above.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    above: std::collections::BTreeMap<String, String>,
}

impl Notes {
    /// Puts `text` above the place `path`, such as `roles.shop_app` or `databases.shop.grants[3]`; the empty path is
    /// the top of the file.
    pub fn above(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.above.insert(path.into(), text.into());
    }
}

/// The contract as YAML, with comments where `notes` has some.
pub fn print(contract: &Contract, notes: &Notes) -> String {
    let mut printer = Printer { text: String::new(), notes };
    printer.note("", 0);
    match contract.print() {
        Some(Tree::Mapping(entries)) => {
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 1 {
                    printer.text.push('\n');
                }
                printer.entry(key, value, key, 0);
            }
        }
        Some(other) => printer.text.push_str(&flow(&other)),
        None => {}
    }
    printer.text
}

struct Printer<'n> {
    text: String,
    notes: &'n Notes,
}

impl Printer<'_> {
    fn entry(&mut self, key: &str, value: &Tree, path: &str, indent: usize) {
        self.note(path, indent);
        self.indent(indent);
        self.text.push_str(&key_text(key));
        self.text.push(':');
        self.value(value, path, indent);
    }

    /// A value after its key: on the same line where it is short, else as a block below.
    fn value(&mut self, value: &Tree, path: &str, indent: usize) {
        let line = flow(value);
        if self.fits(&line, path) || is_leaf(value) {
            self.text.push(' ');
            self.text.push_str(&line);
            self.text.push('\n');
            return;
        }
        self.text.push('\n');
        match value {
            Tree::Mapping(entries) => {
                for (key, value) in entries {
                    self.entry(key, value, &format!("{path}.{key}"), indent + INDENT);
                }
            }
            Tree::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.item(item, &format!("{path}[{index}]"), indent + INDENT);
                }
            }
            Tree::Bare(_) | Tree::Text(_) => {}
        }
    }

    fn item(&mut self, item: &Tree, path: &str, indent: usize) {
        self.note(path, indent);
        self.indent(indent);
        self.text.push('-');
        let line = flow(item);
        match item {
            Tree::Mapping(entries) if !(self.fits(&line, path) || is_leaf(item)) => {
                // The first key stands behind the dash, the others below it.
                let inner = indent + INDENT;
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index == 0 {
                        self.text.push(' ');
                    } else {
                        self.indent(inner);
                    }
                    self.text.push_str(&key_text(key));
                    self.text.push(':');
                    self.value(value, &format!("{path}.{key}"), inner);
                }
            }
            _ => {
                self.text.push(' ');
                self.text.push_str(&line);
                self.text.push('\n');
            }
        }
    }

    fn fits(&self, line: &str, path: &str) -> bool {
        let top =
            ["roles", "retired_roles", "databases", "presets", "tablespaces", "parameters"].contains(&path);
        let started = self.text.rsplit('\n').next().unwrap_or_default();
        let room = LINE_MAX.saturating_sub(started.chars().count() + 1);
        !top && line.chars().count() <= room && !self.has_notes_below(path)
    }

    fn has_notes_below(&self, path: &str) -> bool {
        let after = self.notes.above.range(path.to_owned()..).map(|(place, _)| place);
        after
            .take_while(|place| place.starts_with(path))
            .any(|place| place.len() > path.len() && !path.is_empty())
    }

    fn note(&mut self, path: &str, indent: usize) {
        let Some(text) = self.notes.above.get(path) else { return };
        for line in text.lines() {
            self.indent(indent);
            let visible: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            self.text.push_str(format!("# {visible}").trim_end());
            self.text.push('\n');
        }
    }

    fn indent(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }
}

fn is_leaf(value: &Tree) -> bool {
    match value {
        Tree::Bare(_) | Tree::Text(_) => true,
        Tree::Sequence(items) => items.is_empty(),
        Tree::Mapping(entries) => entries.is_empty(),
    }
}

/// A value on one line.
fn flow(value: &Tree) -> String {
    match value {
        Tree::Bare(text) => text.clone(),
        Tree::Text(text) => quoted(text),
        Tree::Sequence(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Tree::Mapping(entries) => {
            let entry = |(key, value): &(String, Tree)| format!("{}: {}", key_text(key), flow(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A key as YAML: `on` is one of ours, and no YAML 1.2 reader takes it for a boolean.
fn key_text(key: &str) -> String {
    if key == "on" { key.to_owned() } else { quoted(key) }
}

/// A text as YAML: bare where every reader of YAML 1.1 and 1.2 takes it for that text, else in double quotes.
fn quoted(text: &str) -> String {
    if is_bare(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if needs_escape(c) && u32::from(c) <= 0xff => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if needs_escape(c) && u32::from(c) <= 0xffff => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)))
            }
            c if needs_escape(c) => out.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn needs_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{a0}')
}

fn is_bare(text: &str) -> bool {
    const WORDS: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let mut chars = text.chars();
    let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let is_number = text.chars().next().is_some_and(|c| c.is_ascii_digit())
        && text.parse::<u32>().is_ok_and(|number| number.to_string() == text);
    let is_time_or_size = text.chars().next().is_some_and(|c| ('1'..='9').contains(&c))
        && text.trim_start_matches(|c: char| c.is_ascii_digit()).chars().all(|c| "smhdwkMGTB".contains(c));
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-' | '(' | ')' | '$');
    let is_word = starts && chars.all(inside) && !WORDS.contains(&text.to_lowercase().as_str());
    // `public.*` is bare as well: a star means an alias only at the start of a value.
    let is_pattern = starts && text.contains('*') && text.chars().all(|c| inside(c) || c == '*');
    is_word || is_pattern || is_number || is_time_or_size
}

const INDENT: usize = 2;
const LINE_MAX: usize = 110;

#[cfg(test)]
mod tests;
