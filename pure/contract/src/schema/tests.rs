#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Report;
use crate::form::dice::Dice;
use crate::source::Source;
use crate::source::span::FileId;
use crate::source::yaml;

/// Evaluates the keywords our schema uses; an unknown keyword fails the test that meets it.
fn accepts(schema: &Value, value: &Value, root: &Value) -> bool {
    let Value::Object(keywords) = schema else { panic!("not a schema: {schema}") };
    keywords.iter().all(|(keyword, expected)| match keyword.as_str() {
        "$schema" | "$id" | "$defs" | "title" | "description" | "default" | "examples" | "pattern" => true,
        "$ref" => {
            accepts(root.pointer(expected.as_str().unwrap().strip_prefix('#').unwrap()).unwrap(), value, root)
        }
        "type" => match expected {
            Value::Array(types) => types.iter().any(|one| is_a(value, one.as_str().unwrap())),
            one => is_a(value, one.as_str().unwrap()),
        },
        "const" => value == expected,
        "oneOf" => expected.as_array().unwrap().iter().filter(|one| accepts(one, value, root)).count() == 1,
        "anyOf" => expected.as_array().unwrap().iter().any(|one| accepts(one, value, root)),
        "minimum" => value.as_i64().is_none_or(|number| number >= expected.as_i64().unwrap()),
        "maximum" => value.as_i64().is_none_or(|number| number <= expected.as_i64().unwrap()),
        "minLength" => {
            value.as_str().is_none_or(|text| text.chars().count() as i64 >= expected.as_i64().unwrap())
        }
        "maxLength" => {
            value.as_str().is_none_or(|text| text.chars().count() as i64 <= expected.as_i64().unwrap())
        }
        "minItems" => value.as_array().is_none_or(|items| items.len() as i64 >= expected.as_i64().unwrap()),
        "items" => {
            value.as_array().is_none_or(|items| items.iter().all(|item| accepts(expected, item, root)))
        }
        "required" => value.as_object().is_none_or(|object| {
            expected.as_array().unwrap().iter().all(|key| object.contains_key(key.as_str().unwrap()))
        }),
        "properties" => value.as_object().is_none_or(|object| {
            expected
                .as_object()
                .unwrap()
                .iter()
                .all(|(key, one)| object.get(key).is_none_or(|value| accepts(one, value, root)))
        }),
        "additionalProperties" => value.as_object().is_none_or(|object| {
            let known = keywords.get("properties").and_then(Value::as_object);
            let mut others =
                object.iter().filter(|(key, _)| known.is_none_or(|known| !known.contains_key(*key)));
            match expected {
                Value::Bool(allowed) => *allowed || others.next().is_none(),
                schema => others.all(|(_, value)| accepts(schema, value, root)),
            }
        }),
        "propertyNames" => value.as_object().is_none_or(|object| {
            object.keys().all(|key| accepts(expected, &Value::from(key.as_str()), root))
        }),
        other => panic!("the schema uses `{other}`, which this test does not know"),
    })
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        other => panic!("unknown type {other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_contract_that_can_be_printed_satisfies_the_schema(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let schema = schema();
        let value = Contract::sample(&mut Dice::new(bytes)).print().unwrap().to_json();
        prop_assert!(accepts(&schema, &value, &schema), "{}", value);
    }
}

#[test]
fn the_worked_example_satisfies_the_schema() {
    let schema = schema();
    let value = yaml::to_json(crate::reference::EXAMPLE).unwrap();
    assert!(accepts(&schema, &value, &schema));
}

#[test]
fn the_schema_refuses_an_unknown_key_a_missing_key_and_a_wrong_word() {
    let schema = schema();
    for text in [
        "{contract: 1, rolls: {}}",
        "{cluster: a}",
        "{contract: 2}",
        "{contract: 1, roles: {a: {kind: admin}}}",
        "{contract: 1, roles: {a: {superuser: \"true\"}}}",
        "{contract: 1, databases: {a: {grants: [{to: a, on: {tables: public.*}}]}}}",
        "{contract: 1, presets: [{three_rolls: {database: a}}]}",
    ] {
        assert!(!accepts(&schema, &yaml::to_json(text).unwrap(), &schema), "{text}");
    }
}

#[test]
fn every_example_can_be_read_where_it_stands() {
    let (_, book) = described();
    assert!(book.examples().len() > 20);
    for example in book.examples() {
        let mut report = Report::default();
        let node = yaml::read(&Source::new("example", example.text), FileId(0), &mut report);
        let read = node.is_some_and(|node| (example.read)(&node, &mut report));
        let found = report.into_sorted();
        assert!(read && found.is_empty(), "{}: `{}` {found:?}", example.place, example.text);
    }
}

#[test]
fn every_key_and_word_is_described() {
    let schema = schema();
    let mut bare = Vec::new();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        if definition["description"].as_str().is_none_or(str::is_empty) && definition.get("anyOf").is_none() {
            bare.push(name.clone());
        }
    }
    assert!(bare.is_empty(), "without description: {bare:?}");
}
