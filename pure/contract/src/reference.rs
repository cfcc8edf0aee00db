//! The pages of the manual that are made from the types: every key of the contract, every diagnostic.

use std::fmt::Write;

use serde_json::Value;

use crate::diagnostic::code::Code;
use crate::form::Form as _;
use crate::form::book::Book;
use crate::model::desk_file::DeskFile;
use crate::schema::schema;

/// The worked example: the tone to hit.
pub const EXAMPLE: &str = include_str!("reference/example.yaml");

/// `docs/contract.md`.
pub fn contract_page() -> String {
    let mut page = String::from(include_str!("reference/preface.md"));
    page.push_str("```yaml\n");
    page.push_str(EXAMPLE);
    page.push_str("```\n");
    let schema = schema();
    let definitions: Vec<_> = schema.get("$defs").and_then(Value::as_object).into_iter().flatten().collect();
    sections(&mut page, &definitions);
    page
}

/// `docs/desk.md`.
pub fn desk_page() -> String {
    let mut page = String::from(include_str!("reference/desk.md"));
    let mut book = Book::default();
    DeskFile::schema(&mut book);
    let definitions = book.into_definitions();
    sections(&mut page, &definitions.iter().collect::<Vec<_>>());
    page
}

fn sections(page: &mut String, definitions: &[(&String, &Value)]) {
    for (title, wanted) in SECTIONS {
        let of_shape: Vec<_> =
            definitions.iter().filter(|(_, definition)| Shape::of(definition) == *wanted).collect();
        if !of_shape.is_empty() {
            let _ = write!(page, "\n## {title}\n");
        }
        for (name, definition) in of_shape {
            section(page, name, definition);
        }
    }
}

/// `docs/contract-diagnostics.md`.
pub fn diagnostics_page() -> String {
    let mut page = String::from(
        "# Diagnostics of the contract\n\n\
         <!-- This page is made from pure/contract/src/diagnostic/code.rs by its tests; change it there. -->\n\n\
         Numbers stay what they are: none is used again for something else. `C00xx` are about how the contract is written,\n\
         `C01xx` about what it means.\n",
    );
    for code in Code::ALL {
        let _ = write!(page, "\n## {} {}\n\n{}\n", code.number(), code.name(), code.explanation());
    }
    page
}

const SECTIONS: &[(&str, Shape)] = &[
    ("Entries", Shape::Record),
    ("Choices", Shape::Choice),
    ("Words", Shape::Words),
    ("Names, patterns and values", Shape::Scalar),
];

#[derive(PartialEq)]
enum Shape {
    Record,
    Choice,
    Words,
    Scalar,
}

impl Shape {
    fn of(definition: &Value) -> Shape {
        let first = definition.get("oneOf").and_then(|choices| choices.get(0));
        match first {
            Some(choice) if choice.get("const").is_some() => Shape::Words,
            Some(_) => Shape::Choice,
            None if properties(definition).is_some() => Shape::Record,
            None => Shape::Scalar,
        }
    }
}

/// The keys of a record, whether or not it can also be written as one bare value.
fn properties(definition: &Value) -> Option<&Value> {
    let inner = definition.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    std::iter::once(definition).chain(inner).find(|one| one.get("properties").is_some())
}

fn section(page: &mut String, name: &str, definition: &Value) {
    let _ = write!(page, "\n### {name}\n\n{}\n", text(definition, "description"));
    if let Some(object) = properties(definition) {
        if let Some(bare) = definition.get("anyOf").and_then(|anyof| anyof.get(0)) {
            let _ = write!(
                page,
                "\nWhere nothing else is to be said, the bare value will do: {}.\n",
                type_of(bare)
            );
        }
        page.push_str("\n| key | value | meaning |\n|---|---|---|\n");
        let required = object.get("required").and_then(Value::as_array);
        for (key, property) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let needed =
                required.is_some_and(|required| required.iter().any(|one| one.as_str() == Some(key)));
            let _ = writeln!(
                page,
                "| `{key}`{} | {} | {} |",
                if needed { " *" } else { "" },
                type_of(property),
                meaning(property)
            );
        }
        if required.is_some() {
            page.push_str("\n\\* required\n");
        }
        return;
    }
    let choices = definition.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let choices: Vec<&Value> = choices.collect();
    if !choices.is_empty() {
        page.push_str("\n| word | meaning |\n|---|---|\n");
    }
    for choice in choices {
        let described = text(choice, "description");
        match (
            choice.get("const").and_then(Value::as_str),
            choice.get("properties").and_then(Value::as_object),
        ) {
            (Some(word), _) => {
                let _ = writeln!(page, "| `{word}` | {described} |");
            }
            (None, Some(properties)) => {
                for (word, content) in properties {
                    let _ = writeln!(page, "| `{word}` | {described} {} |", type_of(content));
                }
            }
            _ => {}
        }
    }
    let examples = definition.get("examples").and_then(Value::as_array);
    if let Some(examples) = examples {
        let shown: Vec<String> = examples.iter().map(|one| format!("`{}`", shown(one))).collect();
        let _ = write!(page, "\nFor example {}.\n", shown.join(", "));
    }
}

fn meaning(property: &Value) -> String {
    let mut meaning = text(property, "description").replace("\n\n", " ");
    if let Some(default) = property.get("default") {
        let _ = write!(meaning, " Default: `{}`.", shown(default));
    }
    for example in property.get("examples").and_then(Value::as_array).into_iter().flatten() {
        let _ = write!(meaning, " Example: `{}`.", shown(example));
    }
    meaning.replace('|', "\\|")
}

fn type_of(schema: &Value) -> String {
    if let Some(name) =
        schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/"))
    {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some([one, many]) = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) {
        return match many.get("items") {
            Some(_) => format!("one or a list of {}", type_of(one)),
            None => format!("{} or {}", type_of(one), type_of(many)),
        };
    }
    if let Some(value) = schema.get("const") {
        return format!("`{value}`");
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => format!("list of {}", schema.get("items").map(type_of).unwrap_or_default()),
        Some("object") => {
            let key = schema.get("propertyNames").map(type_of).unwrap_or_default();
            let value = schema.get("additionalProperties").map(type_of).unwrap_or_default();
            format!("mapping of {key} to {value}")
        }
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("integer") => "whole number".to_owned(),
        Some(other) => other.to_owned(),
        None => "value".to_owned(),
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A JSON value as YAML would write it on one line.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.starts_with(['*', '?']) || text.contains([',', '"', '\'', ' ']) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key}: {}", shown(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    #[test]
    fn the_reference_says_what_the_types_say() {
        expect_file!["../../../docs/contract.md"].assert_eq(&contract_page());
    }

    #[test]
    fn the_page_of_the_desk_says_what_the_types_say() {
        expect_file!["../../../docs/desk.md"].assert_eq(&desk_page());
    }

    #[test]
    fn the_page_of_diagnostics_explains_every_code() {
        expect_file!["../../../docs/contract-diagnostics.md"].assert_eq(&diagnostics_page());
    }

    #[test]
    fn codes_have_numbers_and_names_of_their_own() {
        let mut numbers: Vec<&str> = Code::ALL.iter().map(|code| code.number()).collect();
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert!(numbers.is_sorted());
        numbers.dedup();
        names.sort_unstable();
        names.dedup();
        assert_eq!((numbers.len(), names.len()), (Code::ALL.len(), Code::ALL.len()));
    }
}
