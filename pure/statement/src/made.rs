//! Tables that a session makes, which no other connection sees before its transaction ends, and temporary ones never.
//!
//! A table of nothing but columns runs nothing when it is read: its types were judged where it was made. What is made of something else (a
//! view, a partition, a child, the copy of another table's definition, a table of a type) is not known from its text.

use crate::settings::milliseconds;
use crate::view::Resets;

/// What holds in one session and no other.
#[derive(Debug, Clone, Copy, Default)]
pub struct Own<'s> {
    /// The tables that it has made.
    pub tables: &'s [Made],
    /// Limits of time that it may set for itself, with the most that its lease lets it have, in milliseconds.
    pub limits: &'s [(&'static str, u64)],
}

impl Own<'_> {
    /// Whether a setting is a limit that the session makes no looser than its lease has it.
    pub(crate) fn may_limit(&self, name: &str, value: Option<&str>, resets: Resets) -> bool {
        let Some((_, most)) = self.limits.iter().find(|(known, _)| *known == name) else { return false };
        match value {
            Some(value) => milliseconds(value).is_some_and(|wanted| wanted <= *most),
            // Back to its lease's.
            None => resets == Resets::BackToPins,
        }
    }
}

/// A table that a statement makes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Made {
    /// The schema, where the text names one.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// Whether it is gone with the session, and seen by nobody else.
    pub temporary: bool,
}

impl Made {
    /// Whether a name means this table, where no catalog knows another one of that name.
    pub(crate) fn is_called(&self, schema: Option<&str>, name: &str, path: &[String]) -> bool {
        if self.name != name {
            return false;
        }
        match (self.schema.as_deref(), schema) {
            _ if self.temporary => matches!(schema, None | Some(TEMPORARY)),
            (Some(own), Some(schema)) => own == schema,
            (Some(own), None) => path.iter().any(|place| place == own),
            (None, Some(schema)) => path.first().is_some_and(|place| place == schema),
            (None, None) => true,
        }
    }
}

/// The schema of a session's temporary tables.
pub(crate) const TEMPORARY: &str = "pg_temp";
