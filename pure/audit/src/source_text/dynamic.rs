//! Dynamic SQL: whether the text that a body gives to EXECUTE, or to a function that runs it, is put together out of values nobody
//! quoted.
//!
//! What is followed: string constants, `quote_ident`, `quote_literal`, `quote_nullable`, `format` with `%I` and `%L`,
//! casts to types that cannot carry SQL, and variables that the body itself fills with such text. What is not: what other
//! functions return, and text that was stored in a table.

use std::collections::BTreeMap;

use crate::source_text::{Token, tokens};

/// A text with somebody else's words in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// The first, as the body writes it.
    pub words: String,
    /// What becomes of it.
    pub how: How,
}

/// What becomes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It is run as SQL, here.
    Runs,
    /// It says which relation is read.
    Reads,
    /// It is the name of a parameter that is set.
    Sets,
    /// It is run as SQL by the server of a connection.
    Elsewhere,
    /// It says to which server, and as whom, a connection is made.
    Connects,
}

/// The first text the body executes that somebody else's words may be in. `textual_arguments` says whether any argument of
/// the routine can carry text at all.
pub fn injectable(source: &str, textual_arguments: bool) -> Option<Handed> {
    let words = tokens(source);
    let body = Body::of(&words, textual_arguments, Quoting::Helps);
    executed(&words)
        .into_iter()
        .find(|expression| !body.is_safe(expression, &mut Vec::new()))
        .map(|expression| Handed { words: format!("EXECUTE {}", print(expression)), how: How::Runs })
        .or_else(|| body.handed_on())
}

/// Whether a routine with these input types can be given text.
pub fn takes_text(signature: &str) -> bool {
    signature
        .split(',')
        .map(|argument| argument.trim().trim_end_matches("[]"))
        .any(|argument| !argument.is_empty() && !HARMLESS_TYPES.contains(&argument))
}

/// A body that is asked where its texts come from.
pub(super) struct Body<'t> {
    words: &'t [Token],
    /// Declared variables by name: whether their type can carry text.
    variables: BTreeMap<String, bool>,
    textual_arguments: bool,
    quoting: Quoting,
}

/// Whether a quoted value is as good as a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// It is: it stays one name or one string.
    Helps,
    /// It is not: which name or which string it is matters.
    IsNoHelp,
}

/// The expressions after EXECUTE, up to INTO, USING, LOOP or the end of the statement.
pub(super) fn executed(words: &[Token]) -> Vec<&[Token]> {
    let mut found = Vec::new();
    for (position, _) in words.iter().enumerate().filter(|(_, word)| word.is("execute")) {
        let Some(rest) = words.get(position + 1..) else { continue };
        // EXECUTE FUNCTION of a CREATE TRIGGER, EXECUTE ON FUNCTION of a GRANT.
        if rest.first().is_none_or(|next| next.is("function") || next.is("procedure") || next.is("on")) {
            continue;
        }
        found.push(up_to(rest, &["into", "using", "loop"]));
    }
    found
}

/// The words before any of these, or a semicolon, outside of parentheses.
pub(super) fn up_to<'t>(words: &'t [Token], ends: &[&str]) -> &'t [Token] {
    let mut depth = 0_i32;
    for (position, word) in words.iter().enumerate() {
        match word {
            Token::Symbol("(" | "[") => depth += 1,
            Token::Symbol(")" | "]") => depth -= 1,
            Token::Symbol(";") => return words.get(..position).unwrap_or(words),
            Token::Word(word) if depth == 0 && ends.contains(&word.as_str()) => {
                return words.get(..position).unwrap_or(words);
            }
            _ => {}
        }
        if depth < 0 {
            return words.get(..position).unwrap_or(words);
        }
    }
    words
}

/// `name type` between DECLARE and BEGIN.
fn variables(words: &[Token]) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    let mut rest = words;
    while let Some(begin) = rest.iter().position(|word| word.is("declare")) {
        let Some(after) = rest.get(begin + 1..) else { break };
        let end = after.iter().position(|word| word.is("begin")).unwrap_or(after.len());
        let (declarations, next) = after.split_at(end);
        for declaration in declarations.split(|word| word.is_symbol(";")) {
            let mut parts = declaration.iter().filter(|word| !word.is("constant"));
            let name = parts.next().and_then(Token::name);
            let kind = parts.next().and_then(Token::name);
            if let (Some(name), Some(kind)) = (name, kind) {
                found.insert(name.to_owned(), !HARMLESS_TYPES.contains(&kind));
            }
        }
        rest = next;
    }
    found.extend(counters(words));
    found
}

/// Variables of `FOR i IN 1..10 LOOP`, which count.
fn counters(words: &[Token]) -> impl Iterator<Item = (String, bool)> {
    words.windows(3).enumerate().filter_map(move |(position, window)| {
        let [begin, name, middle] = window else { return None };
        let range = up_to(words.get(position + 3..).unwrap_or_default(), &["loop"]);
        let counts = range.iter().any(|word| matches!(word, Token::Number(number) if number.contains("..")))
            || range.windows(2).any(|pair| pair.iter().all(|word| word.is_symbol(".")));
        (begin.is("for") && middle.is("in") && counts).then(|| Some((name.name()?.to_owned(), false)))?
    })
}

impl<'t> Body<'t> {
    /// The body with these words.
    pub(super) fn of(words: &'t [Token], textual_arguments: bool, quoting: Quoting) -> Self {
        Self { words, variables: variables(words), textual_arguments, quoting }
    }

    /// A call of a function that runs what it is given as SQL, or reads the relation that it is told to.
    fn handed_on(&self) -> Option<Handed> {
        calls_with_arguments(self.words).find_map(|(name, arguments)| {
            let values = divided(arguments);
            let how = match RUNNING.iter().find(|(running, ..)| *running == name) {
                Some((_, places)) => {
                    let unsafe_at = places.iter().find(|(place, _)| {
                        values.get(*place).is_some_and(|value| !self.is_safe(value, &mut Vec::new()))
                    });
                    unsafe_at.map(|(_, how)| *how)
                }
                None if READING.contains(&name) => {
                    values.first().filter(|value| self.is_chosen(value)).map(|_| How::Reads)
                }
                None => EVERYTHING.contains(&name).then_some(How::Reads),
            };
            how.map(|how| Handed { words: format!("{name} ( {} )", print(arguments)), how })
        })
    }

    /// The string constants that an expression is put together of, those of its variables among them.
    pub(super) fn constants(&self, expression: &[Token], asked: &mut Vec<String>) -> Vec<String> {
        let mut found = Vec::new();
        for word in expression {
            match word {
                Token::Text(text) => found.push(text.clone()),
                Token::Word(name) | Token::Quoted(name)
                    if self.variables.contains_key(name) && !asked.contains(name) =>
                {
                    asked.push(name.clone());
                    for given in self.given_to(name) {
                        found.extend(self.constants(given, asked));
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// Whether the caller has a say in which relation it is. A cast to `regclass` keeps SQL out, and nothing else.
    fn is_chosen(&self, value: &[Token]) -> bool {
        value.iter().any(|word| match word {
            Token::Parameter(_) => true,
            Token::Word(word) => {
                !KEYWORDS.contains(&word.as_str()) && !HARMLESS_TYPES.contains(&word.as_str())
            }
            Token::Quoted(_) => true,
            _ => false,
        })
    }

    /// Whether an expression holds nothing but constants and quoted values. `asked` are variables on whose account this is
    /// asked: a variable that is added to itself is as safe as what is added.
    pub(super) fn is_safe(&self, expression: &[Token], asked: &mut Vec<String>) -> bool {
        let mut position = 0;
        while let Some(word) = expression.get(position) {
            let next = expression.get(position + 1);
            let rest = expression.get(position + 2..).unwrap_or_default();
            match word {
                Token::Word(name) | Token::Quoted(name) if next.is_some_and(|next| next.is_symbol("(")) => {
                    let arguments = up_to(rest, &[]);
                    if self.quoting == Quoting::IsNoHelp || !QUOTING.contains(&name.as_str()) {
                        let safe = match name.as_str() {
                            "format" => self.is_safe_format(arguments, asked),
                            // Whatever the session has set it to.
                            "current_setting" => false,
                            _ => self.is_safe(arguments, asked),
                        };
                        if !safe && !self.is_cast(expression, position + 3 + arguments.len()) {
                            return false;
                        }
                    }
                    position += 3 + arguments.len();
                    continue;
                }
                Token::Symbol("(") => {
                    let inner = up_to(expression.get(position + 1..).unwrap_or_default(), &[]);
                    let end = position + 2 + inner.len();
                    if !self.is_cast(expression, end) && !self.is_safe(inner, asked) {
                        return false;
                    }
                    position = end;
                    continue;
                }
                // The type of a cast.
                Token::Symbol("::") => position += 1,
                // A subselect's tables are not its text.
                Token::Word(name) if name == "from" => return true,
                Token::Word(name) if KEYWORDS.contains(&name.as_str()) => {}
                Token::Word(name) | Token::Quoted(name) => {
                    let end = self.end_of_name(expression, position);
                    if !self.is_cast(expression, end) && !self.is_harmless(name, end - position > 1, asked) {
                        return false;
                    }
                    position = end;
                    continue;
                }
                Token::Parameter(_) if self.textual_arguments && !self.is_cast(expression, position + 1) => {
                    return false;
                }
                _ => {}
            }
            position += 1;
        }
        true
    }

    /// `a.b.c`
    pub(super) fn end_of_name(&self, expression: &[Token], position: usize) -> usize {
        let mut end = position + 1;
        while expression.get(end).is_some_and(|dot| dot.is_symbol("."))
            && expression.get(end + 1).is_some_and(|name| name.name().is_some())
        {
            end += 2;
        }
        end
    }

    fn is_cast(&self, expression: &[Token], position: usize) -> bool {
        expression.get(position).is_some_and(|cast| cast.is_symbol("::"))
            && expression
                .get(position + 1)
                .and_then(Token::name)
                .is_some_and(|kind| HARMLESS_TYPES.contains(&kind))
    }

    /// A variable that the body fills with safe text, or a value that cannot be text.
    fn is_harmless(&self, name: &str, dotted: bool, asked: &mut Vec<String>) -> bool {
        if asked.iter().any(|known| known == name) {
            return true;
        }
        match self.variables.get(name) {
            Some(false) => true,
            // A field of a record, or of NEW: whatever a row holds.
            _ if dotted => false,
            Some(true) => {
                asked.push(name.to_owned());
                let given = self.given_to(name);
                !given.is_empty() && given.iter().all(|expression| self.is_safe(expression, asked))
            }
            None => !self.textual_arguments && !["new", "old", "tg_argv"].contains(&name),
        }
    }

    /// What is assigned to a variable: `name := ...`, `name = ...`, and its default. A variable that a query or a loop
    /// fills is assigned nothing known.
    pub(super) fn given_to(&self, name: &str) -> Vec<&[Token]> {
        let mut found = Vec::new();
        for (position, word) in self.words.iter().enumerate() {
            if word.name() != Some(name) {
                continue;
            }
            let before = position.checked_sub(1).and_then(|at| self.words.get(at));
            let begins = before.is_none_or(|before| {
                before.is_symbol(";")
                    || ["begin", "then", "else", "loop", "declare"].iter().any(|word| before.is(word))
            });
            if before.is_some_and(|before| before.is("into") || before.is("for") || before.is("foreach")) {
                // Filled by a query: that text is nobody's constant.
                return Vec::new();
            }
            let after = self.words.get(position + 1..).unwrap_or_default();
            if begins && after.first().is_some_and(|sign| sign.is_symbol(":=") || sign.is_symbol("=")) {
                found.push(up_to(after.get(1..).unwrap_or_default(), &[]));
            } else if begins && self.variables.contains_key(name) {
                let statement = up_to(after, &[]);
                let default = statement
                    .iter()
                    .position(|word| word.is_symbol(":=") || word.is_symbol("=") || word.is("default"));
                if let Some(default) = default {
                    found.push(statement.get(default + 1..).unwrap_or_default());
                }
            }
        }
        found
    }

    /// `format('... %I %L ...', ...)`; with `%s`, everything it is given has to be safe.
    fn is_safe_format(&self, arguments: &[Token], asked: &mut Vec<String>) -> bool {
        match arguments {
            [Token::Text(template), Token::Symbol(","), rest @ ..] => {
                self.quoting == Quoting::Helps && !has_plain_placeholder(template)
                    || self.are_plain_values_safe(template, rest, asked)
            }
            [Token::Text(_)] => true,
            other => self.is_safe(other, asked),
        }
    }

    fn are_plain_values_safe(&self, template: &str, rest: &[Token], asked: &mut Vec<String>) -> bool {
        let values = divided(rest);
        let kinds = placeholders(template);
        // Numbered placeholders are rare: then every value has to be safe.
        let in_order = !template.contains('$') && kinds.len() == values.len();
        values.iter().enumerate().all(|(position, value)| {
            let quoted = self.quoting == Quoting::Helps
                && in_order
                && kinds.get(position).is_some_and(|kind| *kind != 's');
            quoted || self.is_safe(value, asked)
        })
    }
}

fn has_plain_placeholder(template: &str) -> bool {
    placeholders(template).contains(&'s')
}

/// The letters of a template's placeholders, in order; `%%` is none.
fn placeholders(template: &str) -> Vec<char> {
    let mut found = Vec::new();
    let mut letters = template.chars();
    while let Some(letter) = letters.next() {
        if letter == '%'
            && let Some(kind) = letters.by_ref().find(|letter| letter.is_alphabetic() || *letter == '%')
            && kind != '%'
        {
            found.push(kind);
        }
    }
    found
}

/// What a text calls by name, and the words of the arguments.
pub(super) fn calls_with_arguments(words: &[Token]) -> impl Iterator<Item = (&str, &[Token])> {
    words.iter().enumerate().filter_map(|(position, word)| {
        let name = word.name()?;
        words.get(position + 1).filter(|next| next.is_symbol("("))?;
        Some((name, up_to(words.get(position + 2..)?, &[])))
    })
}

/// Arguments, divided by commas outside of parentheses.
pub(super) fn divided(arguments: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_i32;
    arguments
        .split(|word| {
            match word {
                Token::Symbol("(" | "[") => depth += 1,
                Token::Symbol(")" | "]") => depth -= 1,
                _ => {}
            }
            depth == 0 && word.is_symbol(",")
        })
        .collect()
}

/// An expression for people, its strings shortened to nothing.
pub(super) fn print(expression: &[Token]) -> String {
    let words = expression.iter().take(WORDS_SHOWN).map(|word| match word {
        Token::Word(word) => word.clone(),
        Token::Quoted(name) => format!("\"{name}\""),
        Token::Text(_) => "'...'".to_owned(),
        Token::Number(number) => number.clone(),
        Token::Parameter(number) => format!("${number}"),
        Token::Symbol(symbol) => (*symbol).to_owned(),
        Token::Other(letter) => letter.to_string(),
    });
    words.collect::<Vec<_>>().join(" ")
}

const WORDS_SHOWN: usize = 12;

/// Functions that run a text as SQL, and which of their arguments it is.
const RUNNING: [(&str, &[(usize, How)]); 13] = [
    ("set_config", &[(0, How::Sets)]),
    ("query_to_xml", &[(0, How::Runs)]),
    ("query_to_xmlschema", &[(0, How::Runs)]),
    ("query_to_xml_and_xmlschema", &[(0, How::Runs)]),
    ("ts_stat", &[(0, How::Runs)]),
    ("ts_rewrite", &[(1, How::Runs)]),
    ("crosstab", &[(0, How::Runs), (1, How::Runs)]),
    ("dblink", &[(0, How::Connects), (1, How::Elsewhere)]),
    ("dblink_exec", &[(0, How::Connects), (1, How::Elsewhere)]),
    ("dblink_connect", &[(0, How::Connects), (1, How::Connects)]),
    ("dblink_connect_u", &[(0, How::Connects), (1, How::Connects)]),
    ("dblink_open", &[(1, How::Elsewhere), (2, How::Elsewhere)]),
    ("xpath_table", &[(2, How::Runs), (4, How::Runs)]),
];

/// Functions that read the relation, schema or cursor they are told.
const READING: [&str; 7] = [
    "table_to_xml",
    "table_to_xmlschema",
    "table_to_xml_and_xmlschema",
    "schema_to_xml",
    "schema_to_xml_and_xmlschema",
    "cursor_to_xml",
    "cursor_to_xmlschema",
];

/// Functions that read all there is.
const EVERYTHING: [&str; 2] = ["database_to_xml", "database_to_xml_and_xmlschema"];

const QUOTING: [&str; 3] = ["quote_ident", "quote_literal", "quote_nullable"];

/// Words of expressions that are no values.
pub(super) const KEYWORDS: [&str; 32] = [
    "case",
    "when",
    "then",
    "else",
    "end",
    "and",
    "or",
    "not",
    "is",
    "null",
    "in",
    "like",
    "true",
    "false",
    "select",
    "distinct",
    "order",
    "by",
    "asc",
    "desc",
    "current_date",
    "current_timestamp",
    "current_user",
    "session_user",
    "current_schema",
    "tg_op",
    "tg_when",
    "tg_level",
    "tg_relid",
    "as",
    "array",
    "current_database",
];

/// Types whose values cannot carry SQL.
const HARMLESS_TYPES: [&str; 29] = [
    "integer",
    "int",
    "int2",
    "int4",
    "int8",
    "bigint",
    "smallint",
    "oid",
    "numeric",
    "decimal",
    "real",
    "double",
    "double precision",
    "boolean",
    "bool",
    "uuid",
    "date",
    "timestamp",
    "timestamptz",
    "timestamp with time zone",
    "timestamp without time zone",
    "time",
    "interval",
    "regclass",
    "regproc",
    "regprocedure",
    "regtype",
    "inet",
    "regrole",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Option<&str>) {
        let found = injectable(body, true).map(|handed| handed.words);
        assert_eq!(found.as_deref().map(|text| text.trim_start_matches("EXECUTE ")), expected, "{body}");
    }

    #[test]
    fn words_of_the_caller_in_executed_text_are_found() {
        check("BEGIN EXECUTE 'DROP TABLE ' || name; END", Some("'...' || name"));
        check(
            "BEGIN RETURN QUERY EXECUTE format('SELECT %s', what) USING a; END",
            Some("format ( '...' , what )"),
        );
        check("BEGIN EXECUTE $1; END", Some("$1"));
        check("DECLARE s text; BEGIN s := 'SELECT ' || a; EXECUTE s; END", Some("s"));
        check("DECLARE s text := 'x'; BEGIN s = s || a; EXECUTE s INTO r; END", Some("s"));
        check("BEGIN FOR r IN EXECUTE 'SELECT ' || a LOOP NULL; END LOOP; END", Some("'...' || a"));
        check("BEGIN EXECUTE concat('SELECT ', upper(a)); END", Some("concat ( '...' , upper ( a ) )"));
        check("BEGIN EXECUTE 'UPDATE t SET a = ' || NEW.a; RETURN NEW; END", Some("'...' || new . a"));
        check("DECLARE s text; BEGIN SELECT q INTO s FROM t; EXECUTE s; END", Some("s"));
        check("BEGIN EXECUTE format('%I %s', a, b); END", Some("format ( '...' , a , b )"));
        check(
            "BEGIN EXECUTE 'SET ROLE ' || current_setting('app.role'); END",
            Some("'...' || current_setting ( '...' )"),
        );
    }

    #[test]
    fn quoted_words_and_constants_are_not() {
        check("BEGIN EXECUTE 'VACUUM'; END", None);
        check("BEGIN EXECUTE format('DROP TABLE %I.%I', a, b); END", None);
        check("BEGIN EXECUTE 'DROP TABLE ' || quote_ident(a) || ' CASCADE'; END", None);
        check("BEGIN EXECUTE format('SELECT %s', quote_ident(a)); END", None);
        check("BEGIN EXECUTE format('SELECT %L, %s', a, b::regclass); END", None);
        check("DECLARE s text; BEGIN s := format('%I', a); EXECUTE s USING b; END", None);
        check(
            "DECLARE s text := 'SELECT 1'; BEGIN s := s || ' WHERE ' || quote_literal(a); EXECUTE s; END",
            None,
        );
        check("DECLARE n integer; BEGIN n := a; EXECUTE 'SELECT ' || n; END", None);
        check("BEGIN EXECUTE 'ALTER TABLE ' || tg_relid::regclass || ' ENABLE TRIGGER x'; END", None);
        check("BEGIN FOR i IN 1..10 LOOP EXECUTE 'DROP TABLE t_' || i; END LOOP; END", None);
        check("BEGIN FOR i IN low..high LOOP EXECUTE 'DROP TABLE t_' || i; END LOOP; END", None);
        check("BEGIN -- EXECUTE 'a' || b\n NULL; END", None);
        check(
            "BEGIN EXECUTE (SELECT string_agg(format('DROP TABLE %I', relname), ';') FROM pg_class); END",
            None,
        );
    }

    #[test]
    fn functions_that_run_what_they_are_given_are_found() {
        check("SELECT query_to_xml(q, true, false, '')", Some("query_to_xml ( q , true , false , '...' )"));
        check("SELECT word FROM ts_stat('SELECT v FROM ' || $1)", Some("ts_stat ( '...' || $1 )"));
        check(
            "SELECT table_to_xml(t::regclass, true, false, '')",
            Some("table_to_xml ( t :: regclass , true , false , '...' )"),
        );
        check("SELECT database_to_xml(true, false, '')", Some("database_to_xml ( true , false , '...' )"));
        check(
            "BEGIN RETURN cursor_to_xml(c, 10, false, false, ''); END",
            Some("cursor_to_xml ( c , 10 , false , false , '...' )"),
        );
        check("SELECT set_config(n, v, false)", Some("set_config ( n , v , false )"));
        check("SELECT set_config('app.tenant', v, false)", None);
        check("SELECT query_to_xml('SELECT 1', true, false, '')", None);
        check("SELECT query_to_xml(format('SELECT * FROM t WHERE a = %L', q), true, false, '')", None);
        check("SELECT table_to_xml('app.t'::regclass, true, false, '')", None);
        check("SELECT word FROM ts_stat('SELECT v FROM t')", None);
    }

    #[test]
    fn a_number_cannot_carry_sql() {
        assert_eq!(injectable("BEGIN EXECUTE 'SELECT ' || a; END", false), None);
        assert!(takes_text("integer, character varying") && takes_text("jsonb") && takes_text("text[]"));
        assert!(!takes_text("integer, bigint[], uuid") && !takes_text(""));
    }
}
