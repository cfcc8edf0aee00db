//! Diagnostics for machines.

use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Source;
use crate::source::span::Span;

/// One diagnostic as JSON: `code`, `name`, `severity`, `file`, `line`, `column`, `message` and what else there is.
pub fn to_json(diagnostic: &Diagnostic, sources: &[Source]) -> Value {
    let mut object = place(diagnostic.span, sources);
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("code", diagnostic.code.number().into());
    put("name", diagnostic.code.name().into());
    put(
        "severity",
        match diagnostic.severity {
            Severity::Error => "error".into(),
            Severity::Warning => "warning".into(),
        },
    );
    put("message", diagnostic.message.as_str().into());
    put("detail", diagnostic.detail.as_deref().into());
    put("hint", diagnostic.hint.as_deref().into());
    let labels = diagnostic.labels.iter().map(|label| {
        let mut object = place(label.span, sources);
        object.insert("text".to_owned(), label.text.as_str().into());
        Value::Object(object)
    });
    put("related", labels.collect());
    Value::Object(object)
}

fn place(span: Span, sources: &[Source]) -> serde_json::Map<String, Value> {
    let file = sources.get(span.file.0 as usize).map(|source| source.name.as_str());
    let value = json!({
        "file": file,
        "line": span.start.line.max(1),
        "column": span.start.column.max(1),
        "end_line": span.end.line.max(1),
        "end_column": span.end.column.max(1),
    });
    match value {
        Value::Object(object) => object,
        _ => serde_json::Map::new(),
    }
}
