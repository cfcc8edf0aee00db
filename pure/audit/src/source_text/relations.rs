//! Relations that a text names: what stands after FROM, JOIN, INSERT INTO, UPDATE, DELETE FROM, TABLE.
//!
//! Words are read, not a grammar: a name may be that of a CTE or a variable. Whoever asks looks whether there is such a relation.

use crate::source_text::{Token, tokens};

/// A relation that is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The schema, if it was written.
    pub schema: Option<String>,
    /// The name.
    pub name: String,
    /// Whether it is written to.
    pub written: bool,
}

/// The relations that a text names, in its order.
pub fn relations(text: &str) -> Vec<Named> {
    let words = tokens(text);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| words.get(at));
        let follows = |keyword: &str| before.is_some_and(|before| before.is(keyword));
        let written = word.is("into") && (follows("insert") || follows("merge"))
            || word.is("update") && !follows("for") && !follows("key") && !follows("do")
            || word.is("from") && follows("delete");
        // IS DISTINCT FROM a value.
        let read = word.is("from") && !follows("distinct")
            || word.is("join")
            || word.is("using")
            || word.is("table");
        if written || read {
            list(words.get(at + 1..).unwrap_or_default(), written, &mut found);
        }
    }
    found
}

/// `a`, `only a`, `a x, s.b AS y`: names with their aliases, until something else comes.
fn list(mut words: &[Token], written: bool, found: &mut Vec<Named>) {
    loop {
        if let [only, rest @ ..] = words
            && only.is("only")
        {
            words = rest;
        }
        let (schema, name, rest) = match words {
            [schema, dot, name, rest @ ..] if dot.is_symbol(".") => (schema.name(), name.name(), rest),
            [name, rest @ ..] => (None, name.name(), rest),
            [] => return,
        };
        let Some(name) = name else { return };
        // A function's rows are no relation.
        if rest.first().is_some_and(|next| next.is_symbol("(")) && !written {
            return;
        }
        let named = Named { schema: schema.map(str::to_owned), name: name.to_owned(), written };
        if !found.contains(&named) {
            found.push(named);
        }
        words = match rest {
            [comma, rest @ ..] if comma.is_symbol(",") => rest,
            [_, comma, rest @ ..] if comma.is_symbol(",") => rest,
            [alias, _, comma, rest @ ..] if alias.is("as") && comma.is_symbol(",") => rest,
            _ => return,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = relations(text)
            .into_iter()
            .map(|named| {
                let schema = named.schema.map(|schema| format!("{schema}.")).unwrap_or_default();
                format!("{}{schema}{}", if named.written { "!" } else { "" }, named.name)
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn what_is_read_and_what_is_written_is_named() {
        check("SELECT 1 FROM a, s.b x, \"C\" AS y JOIN d USING (id)", &["a", "s.b", "C", "d"]);
        check("INSERT INTO s.t (a) VALUES (1)", &["!s.t"]);
        check("UPDATE ONLY t SET a = 1 FROM u", &["!t", "u"]);
        check("DELETE FROM t USING u WHERE a IS DISTINCT FROM b", &["!t", "u"]);
        check("SELECT a INTO v FROM generate_series(1, 2)", &[]);
        check("-- from nothing\nSELECT 'from a' FROM t FOR UPDATE", &["t"]);
    }
}
