//! Names as PostgreSQL keeps them: exact, case and all; quoted only when they are written into SQL.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::keyword::is_reserved;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as the catalog holds it.
            pub fn new(name: impl Into<Arc<str>>) -> Self {
                Self(name.into())
            }

            /// The bare name, unquoted.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The name as SQL text: in double quotes wherever PostgreSQL's `quote_identifier` would put them.
            pub fn quoted(&self) -> String {
                quote_identifier(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(Arc::from(name))
            }
        }

        impl From<Arc<str>> for $name {
            fn from(name: Arc<str>) -> Self {
                Self(name)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

names! {
    /// The name of a role (`pg_roles.rolname`).
    RoleName;
    /// The name of a database (`pg_database.datname`).
    DatabaseName;
    /// The name of a schema (`pg_namespace.nspname`).
    SchemaName;
    /// The name of anything else: a table, a column, a setting, a policy.
    Name;
}

/// An identifier as PostgreSQL's `quote_identifier` writes it.
pub fn quote_identifier(name: &str) -> String {
    let mut letters = name.bytes();
    let plain = letters.next().is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
        && letters.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !is_reserved(name);
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A string as a PostgreSQL literal; `E'...'` when it holds a backslash, as `quote_literal` does.
pub fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// Hands out one shared copy of each text, so that ten thousand mentions of a role cost one allocation.
#[derive(Default)]
pub struct Interner(HashSet<Arc<str>>);

impl Interner {
    /// The shared copy of this text.
    pub fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let fresh: Arc<str> = Arc::from(text);
        self.0.insert(fresh.clone());
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_when_postgresql_would_fold_or_refuse_it() {
        for (name, sql) in [
            ("orders", "orders"),
            ("_x9", "_x9"),
            ("9lives", "\"9lives\""),
            ("Orders", "\"Orders\""),
            ("user", "\"user\""),
            ("we ird", "\"we ird\""),
            ("a\"b", "\"a\"\"b\""),
            ("ünï🙂", "\"ünï🙂\""),
            ("", "\"\""),
        ] {
            assert_eq!(quote_identifier(name), sql);
        }
    }

    #[test]
    fn a_literal_survives_quotes_and_backslashes() {
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal(r"a\b"), r"E'a\\b'");
    }
}
