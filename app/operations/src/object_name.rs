//! Finding the object that a person means by `public.orders`, `schema app` or `function app.f(integer)`.

use std::fmt;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{ObjectKey, ObjectRef};

/// Why a text does not name one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectNameError {
    /// A quote that is never closed, an empty part, too many parts.
    Malformed(String),
    /// Nothing of that name is there.
    NotFound {
        /// What was asked for.
        text: String,
        /// Names that look like it.
        alike: Vec<String>,
    },
    /// Several objects have that name.
    Ambiguous {
        /// What was asked for.
        text: String,
        /// The objects, each as it can be asked for.
        candidates: Vec<String>,
    },
}

/// The object that the text names, among those in the catalog. With `database`, only that one is looked into.
pub fn find_object(
    catalog: &Catalog,
    database: Option<&DatabaseName>,
    text: &str,
) -> Result<ObjectRef, ObjectNameError> {
    let (classes, name) = leading_class(text.trim());
    let wanted = Wanted::parse(name).ok_or_else(|| ObjectNameError::Malformed(text.to_owned()))?;
    let mut found: Vec<ObjectRef> = catalog
        .objects()
        .filter(|(within, _, _)| within.is_none() || database.is_none() || *within == database)
        .filter(|(_, key, _)| {
            classes.is_none_or(|classes| classes.contains(&key.class)) && wanted.matches(key)
        })
        .map(|(within, key, _)| ObjectRef { database: within.cloned(), key: key.clone() })
        .collect();
    // A table's own name is meant before the row type, the schema or the database that shares it.
    if classes.is_none() && found.iter().any(|object| object.key.class.is_table_like()) {
        found.retain(|object| object.key.class.is_table_like());
    }
    match found.len() {
        0 => Err(ObjectNameError::NotFound { text: text.to_owned(), alike: alike(catalog, &wanted) }),
        1 => found.pop().ok_or_else(|| ObjectNameError::Malformed(text.to_owned())),
        _ => Err(ObjectNameError::Ambiguous {
            text: text.to_owned(),
            candidates: found.iter().map(ToString::to_string).collect(),
        }),
    }
}

/// The bare name that the text has, without class, schema and arguments; none if it is no name.
pub fn bare_name(text: &str) -> Option<String> {
    Wanted::parse(leading_class(text.trim()).1).map(|wanted| wanted.name)
}

impl fmt::Display for ObjectNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectNameError::Malformed(text) => write!(f, "cannot read {text:?} as the name of an object"),
            ObjectNameError::NotFound { text, alike } => {
                write!(f, "there is no object {text:?}")?;
                if !alike.is_empty() {
                    write!(f, "; did you mean {}?", alike.join(", "))?;
                }
                Ok(())
            }
            ObjectNameError::Ambiguous { text, candidates } => {
                write!(f, "{text:?} names several objects: {}", candidates.join("; "))
            }
        }
    }
}

impl std::error::Error for ObjectNameError {}

/// The class that the first words name, if they do, and the rest.
fn leading_class(text: &str) -> (Option<&'static [Class]>, &str) {
    for (words, classes) in WORDS {
        if let Some(head) = text.get(..words.len())
            && head.eq_ignore_ascii_case(words)
            && let Some(rest) = text.get(words.len()..)
            && rest.starts_with([' ', ':'])
        {
            return (Some(classes), rest.trim_start_matches([' ', ':']));
        }
    }
    (None, text)
}

/// A name taken apart: schema, name and, for routines, the text between the parentheses.
struct Wanted {
    schema: Option<String>,
    name: String,
    arguments: Option<String>,
}

impl Wanted {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let (part, tail) = identifier(rest)?;
            parts.push(part);
            match tail.strip_prefix('.') {
                Some(next) => rest = next,
                None => {
                    rest = tail.trim();
                    break;
                }
            }
        }
        let arguments = match rest {
            "" => None,
            rest => Some(rest.strip_prefix('(')?.strip_suffix(')')?.trim().to_owned()),
        };
        let name = parts.pop()?;
        let schema = parts.pop();
        parts.is_empty().then_some(Self { schema, name, arguments })
    }

    fn matches(&self, key: &ObjectKey) -> bool {
        key.name.as_str() == self.name
            && self
                .schema
                .as_deref()
                .is_none_or(|schema| key.schema.as_ref().is_some_and(|s| s.as_str() == schema))
            && match (&self.arguments, &key.signature) {
                (Some(arguments), Some(signature)) => same_types(arguments, signature),
                (Some(_), None) => false,
                (None, _) => true,
            }
    }
}

/// One identifier, folded as PostgreSQL folds it unless it is in quotes, and what follows.
fn identifier(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut name = String::new();
        let mut letters = quoted.chars();
        loop {
            match letters.next()? {
                '"' => match letters.as_str().strip_prefix('"') {
                    Some(after) => {
                        name.push('"');
                        letters = after.chars();
                    }
                    None => return (!name.is_empty()).then_some((name, letters.as_str())),
                },
                letter => name.push(letter),
            }
        }
    }
    let (name, rest) = text.split_at(text.find(['.', '(']).unwrap_or(text.len()));
    let name = name.trim();
    (!name.is_empty()).then(|| (name.to_ascii_lowercase(), rest))
}

/// Whether two lists of types are the same but for white space and the usual short names.
fn same_types(asked: &str, signature: &str) -> bool {
    let normal = |list: &str| {
        let words: String = list.split(',').map(|one| spelled_out(one.trim())).collect::<Vec<_>>().join(",");
        words
    };
    normal(asked) == normal(signature)
}

fn spelled_out(name: &str) -> String {
    let (base, array) = match name.strip_suffix("[]") {
        Some(base) => (base, "[]"),
        None => (name, ""),
    };
    let long = SHORT_TYPES.iter().find(|(short, _)| short.eq_ignore_ascii_case(base)).map(|(_, long)| *long);
    format!("{}{array}", long.unwrap_or(base))
}

fn alike(catalog: &Catalog, wanted: &Wanted) -> Vec<String> {
    let mut near: Vec<(usize, String)> = catalog
        .objects()
        .map(|(_, key, _)| (strsim::damerau_levenshtein(key.name.as_str(), &wanted.name), key))
        .filter(|(distance, key)| *distance <= 1 + key.name.as_str().len() / 4)
        .map(|(distance, key)| (distance, key.to_string()))
        .collect();
    near.sort();
    near.dedup();
    near.into_iter().map(|(_, name)| name).take(3).collect()
}

const ROUTINES: &[Class] = &[Class::Function, Class::Procedure, Class::Aggregate];
const TABLES: &[Class] =
    &[Class::Table, Class::PartitionedTable, Class::View, Class::MaterializedView, Class::ForeignTable];

/// Longest first, so that `foreign table` is not read as something called `foreign`.
const WORDS: &[(&str, &[Class])] = &[
    ("foreign data wrapper", &[Class::ForeignDataWrapper]),
    ("materialized view", &[Class::MaterializedView]),
    ("foreign server", &[Class::ForeignServer]),
    ("foreign table", &[Class::ForeignTable]),
    ("event trigger", &[Class::EventTrigger]),
    ("large object", &[Class::LargeObject]),
    ("subscription", &[Class::Subscription]),
    ("publication", &[Class::Publication]),
    ("tablespace", &[Class::Tablespace]),
    ("procedure", &[Class::Procedure]),
    ("parameter", &[Class::Parameter]),
    ("aggregate", &[Class::Aggregate]),
    ("extension", &[Class::Extension]),
    ("sequence", &[Class::Sequence]),
    ("function", ROUTINES),
    ("database", &[Class::Database]),
    ("language", &[Class::Language]),
    ("routine", ROUTINES),
    ("domain", &[Class::Domain]),
    ("schema", &[Class::Schema]),
    ("server", &[Class::ForeignServer]),
    ("table", TABLES),
    ("view", &[Class::View, Class::MaterializedView]),
    ("type", &[Class::Type, Class::Domain]),
];

const SHORT_TYPES: &[(&str, &str)] = &[
    ("int", "integer"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("int2", "smallint"),
    ("bool", "boolean"),
    ("varchar", "character varying"),
    ("float8", "double precision"),
    ("float4", "real"),
    ("decimal", "numeric"),
    ("timestamptz", "timestamp with time zone"),
    ("timestamp", "timestamp without time zone"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use pgward_catalog::acl::Acl;
    use pgward_catalog::name::RoleName;
    use pgward_catalog::object::Object;
    use pgward_catalog::version::Version;

    fn check(text: &str, expected: &str) {
        let owner = RoleName::from("o");
        let mut catalog = Catalog::empty(Version(150_000), owner.clone());
        let contents = catalog.databases.entry(DatabaseName::from("shop")).or_default();
        for key in [
            ObjectKey::in_schema(Class::Table, "public", "orders"),
            ObjectKey::in_schema(Class::Type, "public", "orders"),
            ObjectKey::in_schema(Class::Table, "We ird", "Ta.ble"),
            ObjectKey::bare(Class::Schema, "app"),
            ObjectKey::routine(Class::Function, "app", "f", "integer"),
            ObjectKey::routine(Class::Function, "app", "f", "text, character varying"),
        ] {
            contents.objects.insert(key, Object::new(owner.clone(), Acl::EMPTY));
        }
        let found = match find_object(&catalog, None, text) {
            Ok(object) => object.key.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_name_is_found_with_or_without_its_class_and_schema() {
        check("public.orders", "table public.orders");
        check("ORDERS", "table public.orders");
        check("table:public.orders", "table public.orders");
        check("type public.orders", "type public.orders");
        check("schema app", "schema app");
        check("\"We ird\".\"Ta.ble\"", "table \"We ird\".\"Ta.ble\"");
    }

    #[test]
    fn a_routine_is_found_by_its_types_however_they_are_spelled() {
        check("app.f(int)", "function app.f(integer)");
        check("function app.f( text,varchar )", "function app.f(text, character varying)");
        check(
            "app.f",
            "\"app.f\" names several objects: function app.f(integer) in database shop; \
             function app.f(text, character varying) in database shop",
        );
    }

    #[test]
    fn what_is_not_there_or_not_a_name_is_said_so() {
        check(
            "public.ordres",
            "there is no object \"public.ordres\"; did you mean table public.orders, type public.orders?",
        );
        check("\"open", "cannot read \"\\\"open\" as the name of an object");
        check("a.b.c.d", "cannot read \"a.b.c.d\" as the name of an object");
        check("", "cannot read \"\" as the name of an object");
    }
}
