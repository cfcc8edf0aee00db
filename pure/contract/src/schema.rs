//! The JSON Schema of the contract (draft 2020-12), made from the types; editors complete and check with it.

use serde_json::{Value, json};

use crate::form::Form;
use crate::form::book::Book;
use crate::model::contract::Contract;

/// The JSON Schema.
pub fn schema() -> Value {
    let (root, book) = described();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:pgward:contract:1",
        "title": "pgward contract",
    });
    if let (Value::Object(schema), Value::Object(root)) = (&mut schema, root) {
        schema.extend(root);
        schema.insert("$defs".to_owned(), Value::Object(book.into_definitions()));
    }
    schema
}

/// A reference to the contract's definition, and the book it is in.
pub fn described() -> (Value, Book) {
    let mut book = Book::default();
    let root = Contract::schema(&mut book);
    (root, book)
}

#[cfg(test)]
mod tests;
