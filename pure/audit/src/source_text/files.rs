//! Files and programs of the server that a body opens where somebody else says which.
//!
//! What is seen: calls of the functions that do it, and COPY in executed text. A name that the body itself fixes is none of its
//! caller's business; COPY that is not executed text has a fixed name always.

use crate::severity::{Capability, Precondition};
use crate::source_text::dynamic::{Body, Quoting, calls_with_arguments, divided, executed, print};
use crate::source_text::{Token, tokens};

/// Something of the server that a body opens by a name it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// As the body writes it.
    pub words: String,
    /// What is done with it.
    pub how: Opens,
    /// The function that does it; none: COPY.
    pub function: Option<&'static str>,
}

/// What is done with what is opened, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Opens {
    /// A file is made a large object, which others may or may not read.
    Imports,
    /// A file is read as text.
    Text,
    /// A file is read as bytes: those of tables among them.
    Bytes,
    /// A file is written.
    Writes,
    /// A program is run.
    Runs,
}

impl Opens {
    /// What whoever says the name reaches.
    pub fn capability(self) -> Capability {
        match self {
            Opens::Imports | Opens::Text | Opens::Bytes => Capability::ServerFiles,
            Opens::Writes | Opens::Runs => Capability::OperatingSystem,
        }
    }

    /// What that takes.
    pub fn precondition(self) -> Precondition {
        match self {
            Opens::Imports => Precondition::Configuration,
            Opens::Text | Opens::Bytes | Opens::Writes | Opens::Runs => Precondition::Login,
        }
    }

    /// In words, after the routine's name.
    pub fn words(self) -> &'static str {
        match self {
            Opens::Imports => "makes a large object of any file of the server",
            Opens::Text | Opens::Bytes => "reads any file of the server",
            Opens::Writes => "writes any file of the server",
            Opens::Runs => "runs any program of the server",
        }
    }
}

/// What a function of PostgreSQL or of an extension opens; none: no file.
pub fn of_function(name: &str) -> Option<Opens> {
    FUNCTIONS.iter().find(|(function, ..)| *function == name).map(|(.., how)| *how)
}

/// What the body opens by a name that somebody else may choose.
pub fn opened(source: &str, textual_arguments: bool) -> Vec<Opening> {
    let words = tokens(source);
    let body = Body::of(&words, textual_arguments, Quoting::IsNoHelp);
    let is_chosen = |value: &[Token]| !body.is_safe(value, &mut Vec::new());
    let mut found: Vec<Opening> = Vec::new();
    for (name, arguments) in calls_with_arguments(&words) {
        let Some((function, place, how)) = FUNCTIONS.iter().find(|(function, ..)| *function == name) else {
            continue;
        };
        if divided(arguments).get(*place).is_some_and(|value| is_chosen(value)) {
            let words = format!("{name} ( {} )", print(arguments));
            found.push(Opening { words, how: *how, function: Some(function) });
        }
    }
    for expression in executed(&words).into_iter().filter(|expression| is_chosen(expression)) {
        if let Some(how) = body.constants(expression, &mut Vec::new()).iter().find_map(|text| copies(text)) {
            found.push(Opening { words: format!("EXECUTE {}", print(expression)), how, function: None });
        }
    }
    found
}

/// What a text that begins a COPY opens, if it says so: `COPY t FROM PROGRAM ...`. What is in parentheses is a query.
fn copies(text: &str) -> Option<Opens> {
    let words = tokens(text);
    let mut depth = 0_i32;
    let mut begun = false;
    let mut direction = None;
    for word in &words {
        match word {
            Token::Symbol("(") => depth += 1,
            Token::Symbol(")") => depth -= 1,
            Token::Word(word) if depth == 0 => match word.as_str() {
                "copy" => begun = true,
                "program" if begun => return Some(Opens::Runs),
                "stdin" | "stdout" if begun => return None,
                "from" if begun && direction.is_none() => direction = Some(Opens::Text),
                "to" if begun && direction.is_none() => direction = Some(Opens::Writes),
                _ => {}
            },
            _ => {}
        }
    }
    direction
}

/// Functions that open a file, and which of their arguments is its name.
const FUNCTIONS: &[(&str, usize, Opens)] = &[
    ("pg_read_file", 0, Opens::Text),
    ("pg_read_file_old", 0, Opens::Text),
    ("pg_file_read", 0, Opens::Text),
    ("pg_read_binary_file", 0, Opens::Bytes),
    ("lo_import", 0, Opens::Imports),
    ("lo_export", 1, Opens::Writes),
    ("pg_file_write", 0, Opens::Writes),
    ("pg_file_rename", 0, Opens::Writes),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &[Opens]) {
        let found: Vec<Opens> = opened(body, true).iter().map(|opening| opening.how).collect();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn a_name_that_the_caller_gives_is_seen() {
        check("SELECT pg_read_file(p)", &[Opens::Text]);
        check("SELECT pg_catalog.pg_read_binary_file('/srv/' || $1)", &[Opens::Bytes]);
        check("BEGIN RETURN lo_import(quote_literal(f)); END", &[Opens::Imports]);
        check("BEGIN PERFORM lo_export(1, f); END", &[Opens::Writes]);
        check("BEGIN EXECUTE format('COPY t FROM %L', f); END", &[Opens::Text]);
        check("BEGIN EXECUTE format('COPY (SELECT a FROM t) TO %L', f); END", &[Opens::Writes]);
        check("BEGIN EXECUTE 'COPY t FROM PROGRAM ' || quote_literal(c); END", &[Opens::Runs]);
        check(
            "DECLARE s text; BEGIN s := format('COPY t FROM PROGRAM %L', c); EXECUTE s; END",
            &[Opens::Runs],
        );
    }

    #[test]
    fn a_name_that_the_body_fixes_is_not() {
        check("SELECT pg_read_file('/srv/version')", &[]);
        check("BEGIN PERFORM lo_export(a, '/srv/out'); END", &[]);
        check("BEGIN EXECUTE 'COPY t FROM ''/srv/in'''; END", &[]);
        check("BEGIN EXECUTE format('COPY t_%s FROM STDIN', a); END", &[]);
        check("BEGIN EXECUTE format('COPY t FROM ''/srv/%s''', 7::integer); END", &[]);
        check("-- pg_read_file(p)\nSELECT 1", &[]);
        assert_eq!(opened("SELECT pg_read_file('/srv/' || a)", false), []);
    }
}
