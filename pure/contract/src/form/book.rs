//! The JSON Schema as it grows: every record is described once and referred to by name.

use serde_json::{Map, Value, json};

use crate::diagnostic::Report;
use crate::source::node::Node;

/// The definitions so far, in the order they were met.
#[derive(Debug, Default)]
pub struct Book {
    definitions: Map<String, Value>,
    examples: Vec<Example>,
}

/// An example from a doc comment, and whether it can be read as what it is an example of.
#[derive(Debug)]
pub struct Example {
    /// The record and the key, such as `Role.connections`.
    pub place: String,
    /// The example as YAML.
    pub text: &'static str,
    /// Reads it as the type of the key.
    pub read: fn(&Node, &mut Report) -> bool,
}

impl Book {
    /// A reference to the definition called `name`, made by `describe` when it is met for the first time.
    pub fn refer(&mut self, name: &str, describe: impl FnOnce(&mut Book) -> Value) -> Value {
        if !self.definitions.contains_key(name) {
            // Holds the place, so that the order is that of first mention and a type may contain itself.
            self.definitions.insert(name.to_owned(), Value::Null);
            let described = describe(self);
            self.definitions.insert(name.to_owned(), described);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    /// Remembers an example.
    pub fn example(&mut self, example: Example) {
        self.examples.push(example);
    }

    /// All examples met so far.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// All definitions.
    pub fn into_definitions(self) -> Map<String, Value> {
        self.definitions
    }
}

/// Text of a doc comment: its lines joined, examples left out.
pub fn description(doc: &[&str]) -> String {
    let mut text = String::new();
    for line in doc.iter().map(|line| line.trim()).filter(|line| !line.starts_with(EXAMPLE)) {
        if line.is_empty() {
            text.push_str("\n\n");
        } else {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push(' ');
            }
            text.push_str(line);
        }
    }
    text.trim().to_owned()
}

/// The examples of a doc comment: what stands in backticks on lines that start with `Example:`.
pub fn examples<'d>(doc: &[&'d str]) -> Vec<&'d str> {
    let of_line = |line: &'d str| line.trim().strip_prefix(EXAMPLE);
    doc.iter()
        .filter_map(|line| of_line(line))
        .filter_map(|rest| rest.trim().strip_prefix('`')?.strip_suffix('`'))
        .collect()
}

const EXAMPLE: &str = "Example:";
