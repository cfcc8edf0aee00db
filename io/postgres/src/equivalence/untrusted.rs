//! Functions that planning an expression could run with our privileges, and whose owners do not have those.

use pgward_catalog::name::DatabaseName;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::inspect::InspectError;

/// The names by which an expression can call such functions.
pub(super) struct Untrusted {
    names: Vec<Callable>,
}

struct Callable {
    /// What has to be written to call it; nothing for a cast, which may be implied.
    text: String,
    /// What it is, for people.
    what: String,
}

impl Untrusted {
    /// Reads them.
    pub(super) async fn read(client: &Client) -> Result<Untrusted, InspectError> {
        let failed = |source| InspectError::query("functions", &DatabaseName::from(""), source);
        let answer = client.simple_query(UNTRUSTED).await.map_err(failed)?;
        let rows = answer.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let column = |value: Result<Option<&str>, _>| value.map(Option::unwrap_or_default).map(str::to_owned);
        let names: Result<Vec<Callable>, _> = rows
            .map(|row| Ok(Callable { text: column(row.try_get(0))?, what: column(row.try_get(1))? }))
            .collect();
        Ok(Untrusted { names: names.map_err(failed)? })
    }

    /// Whether there is none at all.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// One that the expression may call. Whoever calls a function writes its name: an expression in which the name is
    /// not a word of its own cannot. An identifier may be spelled in capitals or with escapes.
    pub(super) fn called_by(&self, expression: &str) -> Option<&str> {
        let folded = expression.to_lowercase();
        let escaped = folded.contains("u&\"");
        self.names
            .iter()
            .find(|name| escaped || mentions(&folded, &name.text.to_lowercase().replace('"', "\"\"")))
            .map(|name| name.what.as_str())
    }
}

/// Whether the text holds this word, or these characters if they are an operator's.
fn mentions(text: &str, name: &str) -> bool {
    if !name.chars().any(is_of_word) {
        return text.contains(name);
    }
    text.match_indices(name).any(|(start, _)| {
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let after = text.get(start + name.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
    })
}

/// Whether the letter can be part of an unquoted identifier.
fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$') || !letter.is_ascii()
}

/// Functions that the planner may run (all but volatile ones) or put in line (those in SQL), operators on them, and
/// casts, except those of superusers and our own.
const UNTRUSTED: &str = "
with untrusted as (
  select p.oid, p.proname, p.oid::pg_catalog.regprocedure::text as signature, r.rolname
  from pg_catalog.pg_proc p
  join pg_catalog.pg_roles r on r.oid = p.proowner
  join pg_catalog.pg_language l on l.oid = p.prolang
  where p.oid >= 16384 and not r.rolsuper and r.rolname <> current_user
    and p.prokind = 'f' and (p.provolatile <> 'v' or l.lanname = 'sql'))
select proname, 'function ' || signature || ' of role ' || pg_catalog.quote_ident(rolname) from untrusted
union all
select o.oprname, 'operator ' || o.oid::pg_catalog.regoperator::text || ' of role ' || pg_catalog.quote_ident(u.rolname)
from pg_catalog.pg_operator o join untrusted u on u.oid = o.oprcode::oid
union all
select '', 'the cast by ' || u.signature || ' of role ' || pg_catalog.quote_ident(u.rolname)
from pg_catalog.pg_cast c join untrusted u on u.oid = c.castfunc";

#[cfg(test)]
mod tests {
    use super::*;

    fn untrusted(text: &str) -> Untrusted {
        Untrusted { names: vec![Callable { text: text.to_owned(), what: format!("function {text}()") }] }
    }

    #[test]
    fn a_function_is_called_by_its_letters_in_any_spelling() {
        let me = untrusted("me");
        assert_eq!(me.called_by("owner = app.ME()"), Some("function me()"));
        assert_eq!(me.called_by("app.\"me\"() = 1"), Some("function me()"));
        assert_eq!(me.called_by("U&\"\\006de\"() = 1"), Some("function me()"));
        assert_eq!(me.called_by("tenant = 1 or name = 'x' or me_2 or time"), None);
        assert_eq!(untrusted("a\"b").called_by("\"a\"\"b\"() = 1"), Some("function a\"b()"));
        assert_eq!(untrusted("").called_by("tenant = 1"), Some("function ()"), "a cast may be implied");
    }
}
