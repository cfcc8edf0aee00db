//! Patterns over functions and procedures, and the exact signatures of such.

use std::fmt;

use serde_json::{Value, json};

use crate::form::book::Book;
use crate::form::scalar::{Complaint, Scalar};
use crate::name::check_name;
use crate::pattern::glob::Glob;
use crate::pattern::parts::{self, Parts, bad};

/// A pattern over functions: `schema.name(types)`, `schema.name(*)`, or `schema.name` for any arguments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoutinePattern {
    /// Over the schema's name.
    pub schema: Glob,
    /// Over the function's name.
    pub name: Glob,
    /// Which of the functions of that name.
    pub arguments: Arguments,
}

/// Which of the functions that share a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Arguments {
    /// Whatever arguments it takes.
    Any,
    /// The one that takes exactly these input types, each as `format_type` writes it.
    Exactly(Vec<String>),
}

impl RoutinePattern {
    /// Whether the function `name` in `schema` with these argument types matches.
    pub fn matches(&self, schema: &str, name: &str, arguments: &[String]) -> bool {
        self.schema.matches(schema)
            && self.name.matches(name)
            && match &self.arguments {
                Arguments::Any => true,
                Arguments::Exactly(types) => types == arguments,
            }
    }

    /// The one function it matches, if it has no wildcards.
    pub fn plain(&self) -> Option<RoutineName> {
        let Arguments::Exactly(arguments) = &self.arguments else { return None };
        Some(RoutineName {
            schema: self.schema.plain()?,
            name: self.name.plain()?,
            arguments: arguments.clone(),
        })
    }

    /// The text with brackets in any case, so that it cannot be taken for a table.
    pub fn with_arguments(&self) -> String {
        let name = format!("{}.{}", parts::print(&self.schema), parts::print(&self.name));
        match &self.arguments {
            Arguments::Any => format!("{name}(*)"),
            Arguments::Exactly(types) => format!("{name}({})", types.join(", ")),
        }
    }
}

impl fmt::Display for RoutinePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.with_arguments();
        f.write_str(text.strip_suffix("(*)").unwrap_or(&text))
    }
}

impl Scalar for RoutinePattern {
    const WHAT: &'static str = "a pattern `schema.name(argument types)`";

    fn understand(text: &str) -> Result<Self, Complaint> {
        let Parts { names, arguments } = parts::parse(text)?;
        let [schema, name] = <[Glob; 2]>::try_from(names).map_err(|_| {
            bad(format!("`{}` is not a function in a schema", text.escape_debug()))
                .hint("write `schema.name(argument types)`, or `schema.*` for all functions of a schema")
        })?;
        let arguments = match arguments.as_deref().map(str::trim) {
            None | Some("*") => Arguments::Any,
            Some(list) => Arguments::Exactly(argument_types(list)?),
        };
        Ok(Self { schema, name, arguments })
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn described(book: &mut Book) -> Value {
        book.refer("RoutinePattern", |_| {
            json!({
                "description": "A pattern over functions and procedures: `schema.name(argument types)` is one of them, \
                                `schema.name` or `schema.name(*)` all that share the name, `schema.*` all of the schema. \
                                Argument types are those of the input arguments, without names, in PostgreSQL's own \
                                spelling or a usual short one (`int`, `timestamptz`).",
                "type": "string",
                "minLength": 3,
                "examples": ["public.*", "public.f(integer, text)", "public.f(*)"],
            })
        })
    }

    #[cfg(test)]
    fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
        let arguments = match dice.roll(3) {
            0 => Arguments::Any,
            1 => Arguments::Exactly(Vec::new()),
            _ => Arguments::Exactly(vec!["integer".to_owned(), "character varying[]".to_owned()]),
        };
        Self { schema: Glob::rolled(dice), name: Glob::rolled(dice), arguments }
    }
}

/// The exact signature of a function or procedure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoutineName {
    /// The schema's name.
    pub schema: String,
    /// The function's name.
    pub name: String,
    /// The types of its input arguments, each as `format_type` writes it.
    pub arguments: Vec<String>,
}

impl RoutineName {
    /// The pattern that only it matches.
    pub fn pattern(&self) -> RoutinePattern {
        RoutinePattern {
            schema: Glob::exactly(&self.schema),
            name: Glob::exactly(&self.name),
            arguments: Arguments::Exactly(self.arguments.clone()),
        }
    }
}

impl fmt::Display for RoutineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern().with_arguments())
    }
}

impl Scalar for RoutineName {
    const WHAT: &'static str = "the signature of one function, `schema.name(argument types)`";

    fn understand(text: &str) -> Result<Self, Complaint> {
        let pattern = RoutinePattern::understand(text)?;
        let hint =
            "write its full signature, such as `security.list_tenant_ids()` or `public.f(integer, text)`";
        let name = pattern
            .plain()
            .ok_or_else(|| bad(format!("`{}` does not name one function", text.escape_debug())).hint(hint))?;
        check_name(&name.schema, "a schema name")?;
        check_name(&name.name, "a function name")?;
        Ok(name)
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn described(book: &mut Book) -> Value {
        book.refer("RoutineName", |_| {
            json!({
                "description": "The signature of one function or procedure: `schema.name(argument types)`, brackets included.",
                "type": "string",
                "pattern": "\\)\\s*$",
                "examples": ["security.list_tenant_ids()", "public.f(integer, text)"],
            })
        })
    }

    #[cfg(test)]
    fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
        Self { schema: dice.text(), name: dice.text(), arguments: vec!["integer".to_owned()] }
    }
}

/// Takes a list of types apart at its commas and writes each the way `format_type` does.
pub fn argument_types(list: &str) -> Result<Vec<String>, Complaint> {
    if list.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut types = vec![String::new()];
    let (mut depth, mut quoted) = (0_usize, false);
    for c in list.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.checked_sub(1).ok_or_else(|| bad("a `)` too many"))?,
            ',' if !quoted && depth == 0 => {
                types.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = types.last_mut() {
            last.push(c);
        }
    }
    if quoted || depth > 0 {
        return Err(bad("a quote or bracket among the argument types is not closed"));
    }
    types.iter().map(|text| type_name(text)).collect()
}

fn type_name(text: &str) -> Result<String, Complaint> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return Err(bad("an argument type is missing between two commas"));
    }
    if text.contains('*') && !text.contains('"') {
        return Err(bad("a `*` among argument types").hint("`(*)` alone stands for any arguments"));
    }
    if text.contains('"') {
        return Ok(text);
    }
    let text = text.to_lowercase();
    let brackets = text.find('[').unwrap_or(text.len());
    let (base, array) = text.split_at_checked(brackets).unwrap_or((text.as_str(), ""));
    let base = base.trim();
    let base = base.strip_prefix("pg_catalog.").unwrap_or(base);
    let dimensions = if array.is_empty() { "" } else { "[]" };
    let base = without_modifier(base);
    let known = SHORT_NAMES.iter().find(|(short, _)| *short == base).map_or(base.as_str(), |(_, long)| long);
    Ok(format!("{known}{dimensions}"))
}

/// `varchar(20)` takes part in a signature as `varchar`, `timestamp(3) with time zone` without the `(3)`.
fn without_modifier(base: &str) -> String {
    match (base.split_once('('), base.split_once(')')) {
        (Some((before, _)), Some((_, after))) => format!("{}{}", before.trim_end(), after),
        _ => base.to_owned(),
    }
}

/// The spellings PostgreSQL's grammar accepts for built-in types, and what `format_type` calls them.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("int", "integer"),
    ("int4", "integer"),
    ("int2", "smallint"),
    ("int8", "bigint"),
    ("bool", "boolean"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("float", "double precision"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("varchar", "character varying"),
    ("char varying", "character varying"),
    ("bpchar", "character"),
    ("char", "character"),
    ("varbit", "bit varying"),
    ("timestamptz", "timestamp with time zone"),
    ("timestamp", "timestamp without time zone"),
    ("timetz", "time with time zone"),
    ("time", "time without time zone"),
];
