//! Patterns over objects that live in a schema, and the exact names of such objects.

use std::fmt;

use serde_json::{Value, json};

use crate::form::book::Book;
use crate::form::scalar::{Complaint, Scalar};
use crate::name::check_name;
use crate::pattern::glob::{Glob, NamePattern};
use crate::pattern::parts::{self, Parts, bad};
use crate::pattern::routine::RoutinePattern;

/// A pattern over tables, views, sequences, types: `schema.name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectPattern {
    /// Over the schema's name.
    pub schema: Glob,
    /// Over the object's name.
    pub name: Glob,
}

impl ObjectPattern {
    /// Whether an object called `name` in `schema` matches.
    pub fn matches(&self, schema: &str, name: &str) -> bool {
        self.schema.matches(schema) && self.name.matches(name)
    }

    /// The one object it matches, if it has no wildcards.
    pub fn plain(&self) -> Option<ObjectName> {
        Some(ObjectName { schema: self.schema.plain()?, name: self.name.plain()? })
    }
}

impl fmt::Display for ObjectPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", parts::print(&self.schema), parts::print(&self.name))
    }
}

impl Scalar for ObjectPattern {
    const WHAT: &'static str = "a pattern `schema.name`";

    fn understand(text: &str) -> Result<Self, Complaint> {
        let Parts { names, arguments } = parts::parse(text)?;
        if arguments.is_some() {
            return Err(bad("only functions have argument types"));
        }
        match <[Glob; 2]>::try_from(names) {
            Ok([schema, name]) => Ok(Self { schema, name }),
            Err(names) if names.len() == 1 => {
                Err(bad(format!("`{}` does not name a schema", text.escape_debug()))
                    .hint(format!("write `schema.name`, for example `public.{text}` or `{text}.*`")))
            }
            Err(_) => Err(bad("there are more than two parts")
                .hint("write `schema.name`; a name with a dot in it stands in double quotes")),
        }
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn described(book: &mut Book) -> Value {
        book.refer("ObjectPattern", |_| {
            json!({
                "description": "A pattern over objects in schemas, written `schema.name`. `*` stands for any characters and \
                                `?` for one, in either part; a part in double quotes stands for itself.",
                "type": "string",
                "minLength": 3,
                "examples": ["public.*", "public.orders", "*.audit_?", "public.\"Order Items\""],
            })
        })
    }

    #[cfg(test)]
    fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
        Self { schema: Glob::rolled(dice), name: Glob::rolled(dice) }
    }
}

/// The exact name of a table or another object in a schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// The schema's name.
    pub schema: String,
    /// The object's name.
    pub name: String,
}

impl ObjectName {
    /// The pattern that only it matches.
    pub fn pattern(&self) -> ObjectPattern {
        ObjectPattern { schema: Glob::exactly(&self.schema), name: Glob::exactly(&self.name) }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pattern().fmt(f)
    }
}

impl Scalar for ObjectName {
    const WHAT: &'static str = "the name of one table, `schema.name`";

    fn understand(text: &str) -> Result<Self, Complaint> {
        let pattern = ObjectPattern::understand(text)?;
        let name = pattern.plain().ok_or_else(|| {
            bad(format!("`{}` is a pattern, and one table is wanted here", text.escape_debug()))
                .hint("write its full name; a `*` that belongs to a name stands in double quotes")
        })?;
        check_name(&name.schema, "a schema name")?;
        check_name(&name.name, "a table name")?;
        Ok(name)
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn described(book: &mut Book) -> Value {
        book.refer("ObjectName", |_| {
            json!({
                "description": "The exact name of one table, written `schema.name`, without wildcards.",
                "type": "string",
                "minLength": 3,
                "examples": ["public.orders"],
            })
        })
    }

    #[cfg(test)]
    fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
        Self { schema: dice.text(), name: dice.text() }
    }
}

/// What an `except` takes away: written like what it is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Exception {
    /// A name that stands alone: of schemas, languages, servers.
    Name(NamePattern),
    /// An object in a schema.
    Object(ObjectPattern),
    /// A function or procedure with its argument types.
    Routine(RoutinePattern),
}

impl Scalar for Exception {
    const WHAT: &'static str = "a pattern, written like what it takes from";

    fn understand(text: &str) -> Result<Self, Complaint> {
        let Parts { names, arguments } = parts::parse(text)?;
        match (<[Glob; 1]>::try_from(names), arguments) {
            (Ok([name]), None) => Ok(Exception::Name(NamePattern(name))),
            (_, Some(_)) => RoutinePattern::understand(text).map(Exception::Routine),
            _ => ObjectPattern::understand(text).map(Exception::Object),
        }
    }

    fn text(&self) -> String {
        match self {
            Exception::Name(pattern) => parts::print(&pattern.0),
            Exception::Object(pattern) => pattern.text(),
            Exception::Routine(pattern) => pattern.with_arguments(),
        }
    }

    fn described(book: &mut Book) -> Value {
        let object = ObjectPattern::described(book);
        let routine = RoutinePattern::described(book);
        let name = NamePattern::described(book);
        json!({ "anyOf": [object, routine, name] })
    }

    #[cfg(test)]
    fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
        match dice.roll(3) {
            0 => Exception::Name(NamePattern::rolled(dice)),
            1 => Exception::Object(ObjectPattern::rolled(dice)),
            _ => Exception::Routine(RoutinePattern::rolled(dice)),
        }
    }
}
