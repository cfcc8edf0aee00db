//! Statements about roles, owners and privileges that a body executes with names somebody else chooses. Quoting keeps a name one
//! name; it does not say which.

use crate::source_text::dynamic::{Body, Quoting, executed, print};
use crate::source_text::pieces::Piece;
use crate::source_text::{Token, tokens};

/// A statement that whoever is named by its caller gains by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// As the body writes it.
    pub words: String,
    /// What is given.
    pub gives: Gives,
}

/// What a statement gives to whoever its caller names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gives {
    /// SELECT on any table.
    Reading,
    /// Other privileges on any table.
    Writing,
    /// Anything that has an owner.
    Ownership,
    /// Another password for any role.
    Password,
    /// Membership in any role.
    Membership,
    /// SUPERUSER.
    Superuser,
}

impl Gives {
    /// In words, after the routine's name.
    pub fn words(self) -> &'static str {
        match self {
            Gives::Reading => "grants SELECT on any table to any role",
            Gives::Writing => "grants privileges on any table to any role",
            Gives::Ownership => "gives any object to any role",
            Gives::Password => "sets the password of any role",
            Gives::Membership => "grants any role to any role",
            Gives::Superuser => "makes any role a superuser",
        }
    }
}

/// The statements of this kind that a body executes. `textual_arguments` says whether any argument of the routine can carry a name.
pub fn named(source: &str, textual_arguments: bool) -> Vec<Naming> {
    let words = tokens(source);
    let body = Body::of(&words, textual_arguments, Quoting::IsNoHelp);
    let mut found = Vec::new();
    for expression in executed(&words) {
        let text = template(&body.pieces(expression, &mut Vec::new()));
        let given = tokens(&text);
        for gives in given.split(|word| word.is_symbol(";")).filter_map(gives) {
            found.push(Naming { words: format!("EXECUTE {}", print(expression)), gives });
        }
    }
    found
}

/// The text with a letter for each value in it: one that the caller chooses, or one that the body fixes.
fn template(pieces: &[Piece]) -> String {
    let words = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Chosen => format!(" {CHOSEN} "),
        Piece::Fixed => format!(" {FIXED} "),
    });
    words.collect()
}

fn gives(statement: &[Token]) -> Option<Gives> {
    let at = |keyword: &str| statement.iter().position(|word| word.is(keyword));
    let chosen = |from: usize, until: usize| {
        statement.get(from..until).is_some_and(|words| words.contains(&Token::Other(CHOSEN)))
    };
    let end = statement.len();
    let first = statement.first()?;
    let second = statement.get(1)?;
    let is_role = second.is("role") || second.is("user") || second.is("group");
    if first.is("grant") {
        let to = at("to")?;
        return match at("on").filter(|on| *on < to) {
            None => (chosen(1, to) && chosen(to, end)).then_some(Gives::Membership),
            Some(on) if chosen(on, to) && chosen(to, end) && is_of_tables(statement.get(on + 1..to)?) => {
                let reads = statement.get(1..on)?.iter().all(|word| word.is("select"));
                Some(if reads { Gives::Reading } else { Gives::Writing })
            }
            Some(_) => None,
        };
    }
    if (first.is("alter") || first.is("create")) && is_role && chosen(2, 3) {
        // CREATE ROLE makes one that nobody was before: whose it is takes a password of the caller's, or no other.
        let of = if first.is("alter") { at("password") } else { None };
        if at("superuser").is_some() {
            return Some(Gives::Superuser);
        }
        if of.is_some_and(|password| chosen(password, end)) {
            return Some(Gives::Password);
        }
        let within = statement
            .windows(2)
            .position(|pair| matches!(pair, [a, b] if a.is("in") && (b.is("role") || b.is("group"))));
        return within.filter(|within| chosen(*within, end)).map(|_| Gives::Membership);
    }
    let owner = at("owner").filter(|owner| statement.get(owner + 1).is_some_and(|next| next.is("to")))?;
    (first.is("alter") && chosen(1, owner) && chosen(owner, end)).then_some(Gives::Ownership)
}

/// Whether what stands after ON is a table, or all of a schema's.
fn is_of_tables(words: &[Token]) -> bool {
    let [first, rest @ ..] = words else { return false };
    let others = [
        "schema",
        "function",
        "procedure",
        "routine",
        "database",
        "sequence",
        "language",
        "type",
        "domain",
        "foreign",
        "large",
        "tablespace",
        "parameter",
    ];
    match first {
        Token::Word(word) if word == "all" => rest.first().is_some_and(|next| next.is("tables")),
        Token::Word(word) => !others.contains(&word.as_str()),
        _ => true,
    }
}

/// Stands for a value that the caller chooses.
const CHOSEN: char = '\u{1}';
/// Stands for one that the body fixes.
const FIXED: char = '\u{2}';

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &[Gives]) {
        let found: Vec<Gives> = named(body, true).iter().map(|naming| naming.gives).collect();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn names_of_the_caller_are_seen_through_their_quotes() {
        check("BEGIN EXECUTE format('grant %I to %I', r, u); END", &[Gives::Membership]);
        check("BEGIN EXECUTE format('GRANT %2$I TO %1$I', u, r); END", &[Gives::Membership]);
        check("BEGIN EXECUTE format('grant %I to %I', r, session_user); END", &[Gives::Membership]);
        check(
            "BEGIN EXECUTE 'GRANT ' || quote_ident(r) || ' TO ' || quote_ident(u); END",
            &[Gives::Membership],
        );
        check(
            "DECLARE s text; BEGIN s := format('GRANT %I', r); s := s || format(' TO %I', u); EXECUTE s; END",
            &[Gives::Membership],
        );
        check("BEGIN EXECUTE format('alter role %I password %L', u, p); END", &[Gives::Password]);
        check(
            "BEGIN EXECUTE format('ALTER USER %I WITH ENCRYPTED PASSWORD %L', u, p); END",
            &[Gives::Password],
        );
        check("BEGIN EXECUTE format('alter role %I superuser', u); END", &[Gives::Superuser]);
        check("BEGIN EXECUTE format('create role %I in role %I', u, r); END", &[Gives::Membership]);
        check("BEGIN EXECUTE format('alter table %I.%I owner to %I', s, t, u); END", &[Gives::Ownership]);
        check("BEGIN EXECUTE format('grant select on %I.%I to %I', s, t, u); END", &[Gives::Reading]);
        check(
            "BEGIN EXECUTE format('grant select on all tables in schema %I to %I', s, u); END",
            &[Gives::Reading],
        );
        check("BEGIN EXECUTE format('grant all on table %s to %I', t::regclass, u); END", &[Gives::Writing]);
        check(
            "BEGIN EXECUTE 'COMMENT ON ROLE x IS NULL; GRANT ' || r || ' TO ' || u; END",
            &[Gives::Membership],
        );
    }

    #[test]
    fn what_the_body_fixes_is_its_own() {
        check("BEGIN EXECUTE format('grant app_reader to %I', u); END", &[]);
        check("BEGIN EXECUTE format('grant %I to %I', 'app_reader', u); END", &[]);
        check("BEGIN EXECUTE format('grant %I to app', r); END", &[]);
        check("BEGIN EXECUTE format('grant select on app.t to %I', u); END", &[]);
        check("BEGIN EXECUTE format('grant usage on schema %I to %I', s, u); END", &[]);
        check("BEGIN EXECUTE format('alter role %I set work_mem = 1', u); END", &[]);
        check("BEGIN EXECUTE format('create role %I login password %L', u, p); END", &[]);
        check("BEGIN EXECUTE format('alter table %I owner to app_owner', t); END", &[]);
        check("BEGIN EXECUTE format('select %L', 'grant a to b'); END", &[]);
        check("BEGIN RAISE NOTICE 'grant % to %', r, u; END", &[]);
        assert_eq!(named("BEGIN EXECUTE format('grant %I to %I', a, b); END", false), []);
    }
}
