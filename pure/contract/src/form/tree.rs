//! What is about to be written as YAML.

use serde_json::Value;

/// A value to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// A word, number or boolean that is written as it is.
    Bare(String),
    /// A text, quoted where YAML would read something else.
    Text(String),
    /// A list.
    Sequence(Vec<Tree>),
    /// Keys and values.
    Mapping(Vec<(String, Tree)>),
}

impl Tree {
    /// `[]`.
    pub fn empty_sequence() -> Self {
        Tree::Sequence(Vec::new())
    }

    /// `{}`.
    pub fn empty_mapping() -> Self {
        Tree::Mapping(Vec::new())
    }

    /// The same value as JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Tree::Bare(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str())),
            Tree::Text(text) => Value::from(text.as_str()),
            Tree::Sequence(items) => items.iter().map(Tree::to_json).collect(),
            Tree::Mapping(entries) => {
                Value::Object(entries.iter().map(|(key, value)| (key.clone(), value.to_json())).collect())
            }
        }
    }
}
