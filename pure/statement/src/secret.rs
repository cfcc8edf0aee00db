//! Secrets in a text: what may be written down of a statement that has a password in it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use pg_raw_parse::normalize::normalize;
use pg_raw_parse::{Node, ParseResult};
use pgward_catalog::setting::{holds_a_secret, option_holds_a_secret};

use crate::constant::constant;
use crate::judge::{Bounds, is_readable};
use crate::kind::{Kind, children, kind};
use crate::words::verb;

/// What may be written down of a text that has a secret in it; none where it has none, and may be written down as it is.
///
/// A statement with a secret is left without its constants (`ALTER ROLE a PASSWORD $1`), or without all but its verb (`CREATE SERVER ...`)
/// where they cannot be told from the rest. Nothing is left of a text that speaks of secrets and cannot be read.
#[must_use]
pub fn without_secrets(sql: &str, bounds: &Bounds) -> Option<String> {
    // Most texts do not speak of secrets, and are not parsed for it.
    if !speaking().is_match(sql) {
        return None;
    }
    if !is_readable(sql, bounds) {
        return Some(String::new());
    }
    // The bindings panic where a node is not of the kind that PostgreSQL's headers promise: nothing is written down then.
    let read = catch_unwind(AssertUnwindSafe(|| match pg_raw_parse::parse(sql) {
        Ok(tree) => over(&tree, sql),
        Err(_) => Some(String::new()),
    }));
    read.unwrap_or_else(|_| Some(String::new()))
}

/// Finds all of [`SPEAKING`] in one pass, in letters of either case.
fn speaking() -> &'static AhoCorasick {
    static SPEAKS: OnceLock<AhoCorasick> = OnceLock::new();
    #[allow(clippy::expect_used, reason = "a dozen words are far below the automaton's limits")]
    SPEAKS.get_or_init(|| {
        let mut builder = AhoCorasick::builder();
        let builder = builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA));
        builder.build(SPEAKING).expect("a dozen words make a small automaton")
    })
}

fn over(tree: &ParseResult, sql: &str) -> Option<String> {
    if !tree.iter().any(|raw| has_secret(raw.stmt())) {
        return None;
    }
    // What stands between statements is left out: a comment may say anything.
    let told = tree.iter().map(|raw| {
        let from = usize::try_from(raw.stmt_location).unwrap_or(0);
        let rest = sql.get(from..).unwrap_or_default();
        // A length of 0 is the rest.
        let length = usize::try_from(raw.stmt_len).ok().filter(|length| *length > 0).unwrap_or(rest.len());
        let text = rest.get(..length).unwrap_or_default().trim();
        let without = |root| without_constants(text).unwrap_or_else(|| format!("{} ...", verb(root)));
        if has_secret(raw.stmt()) { without(raw.stmt()) } else { text.to_owned() }
    });
    Some(told.collect::<Vec<_>>().join("; "))
}

/// The statement with numbers in place of its constants; none unless it is certain that none of them is left.
fn without_constants(text: &str) -> Option<String> {
    let normal = normalize(text).ok()?;
    let mut after_dollars = normal.split('$').skip(1);
    let is_left = normal.contains('\'')
        || COMMENTS.iter().any(|begin| normal.contains(begin))
        || after_dollars.any(|after| !after.starts_with(|first: char| first.is_ascii_digit()));
    (!is_left).then_some(normal)
}

/// Whether there is a secret anywhere in a statement. Without recursion, as a tree may be as deep as its text is long.
fn has_secret(root: Node<'_>) -> bool {
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        // What is in a node that the bindings do not know (CREATE FOREIGN TABLE), nobody can tell.
        if is_secret(node) || matches!(node, Node::Invalid(_)) || matches!(kind(node), Kind::Foreign) {
            return true;
        }
        children(node, |_, child| pending.push(child));
    }
    false
}

fn is_secret(node: Node<'_>) -> bool {
    match node {
        // PASSWORD NULL has no argument.
        Node::DefElem(option) => match (option.defname(), option.arg()) {
            (_, Node::None) | (None, _) => false,
            (Some(name), Node::String(value)) => {
                option_holds_a_secret(name, value.sval().unwrap_or_default())
            }
            (Some(name), _) => name == "password",
        },
        // A command line may say anything, in any way.
        Node::CopyStmt(copy) => copy.is_program,
        // Whatever a wrapper calls its options, they are for logging in.
        Node::CreateUserMappingStmt(mapping) => !mapping.options().is_empty(),
        Node::AlterUserMappingStmt(mapping) => !mapping.options().is_empty(),
        Node::VariableSetStmt(set) => !set.args().is_empty() && set.name().is_some_and(holds_a_secret),
        Node::CreateSubscriptionStmt(subscription) => subscription.conninfo().is_some_and(says_one),
        Node::AlterSubscriptionStmt(subscription) => subscription.conninfo().is_some_and(says_one),
        Node::FuncCall(call) => {
            let name = call.funcname().iter().filter_map(Node::as_str).next_back();
            let setting = call.args().iter().next().and_then(constant);
            let sets_one =
                name == Some("set_config") && setting.is_some_and(|setting| holds_a_secret(&setting));
            // A key or a password is among what is not a column.
            let is_given = |argument: Node<'_>| {
                matches!(argument, Node::A_Const(_) | Node::ParamRef(_) | Node::TypeCast(_))
            };
            sets_one || name.is_some_and(takes_one) && call.args().iter().any(is_given)
        }
        Node::A_Const(_) => constant(node).is_some_and(|text| says_one(&text)),
        // The body of a function or of DO.
        Node::String(text) => text.sval().is_some_and(says_one),
        _ => false,
    }
}

/// Whether a text within the statement is a connection string with a password, or code that has a password and a constant.
fn says_one(text: &str) -> bool {
    let folded = text.to_ascii_lowercase();
    option_holds_a_secret("", text) || folded.contains("password") && folded.contains(['\'', '$', '='])
}

/// The functions of pgcrypto that take a password or a key.
fn takes_one(function: &str) -> bool {
    matches!(function, "crypt" | "hmac" | "encrypt" | "encrypt_iv" | "decrypt" | "decrypt_iv")
        || ["pgp_sym_", "pgp_pub_decrypt"].iter().any(|begins| function.starts_with(begins))
}

/// What a text with a secret has in it, in lower case.
const SPEAKING: &[&str] = &[
    "pass",
    "pwd",
    "crypt",
    "hmac",
    "secret",
    "token",
    "credential",
    "jwt",
    "key",
    "user mapping",
    "mapping",
    "program",
    "://",
    "u&",
];

const COMMENTS: &[&str] = &["--", "/*"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::without_secrets;
    use crate::judge::Bounds;

    fn told(sql: &str) -> Option<String> {
        without_secrets(sql, &Bounds::default())
    }

    #[test]
    fn what_pgcrypto_is_given_is_not_told() {
        for (sql, without) in [
            ("SELECT 1 FROM t WHERE pw = crypt('typed', pw)", "SELECT $1 FROM t WHERE pw = crypt($2, pw)"),
            ("SELECT pgp_sym_encrypt('x', 'k')", "SELECT pgp_sym_encrypt($1, $2)"),
            (
                "SELECT public.hmac(a, 'k'::bytea, 'sha256') FROM t",
                "SELECT public.hmac(a, $1::bytea, $2) FROM t",
            ),
            ("COPY t TO PROGRAM 'curl -u a:pw https://example.org'", "COPY ..."),
            ("SELECT id FROM t WHERE pw = crypt($1, pw)", "SELECT id FROM t WHERE pw = crypt($1, pw)"),
        ] {
            assert_eq!(told(sql).as_deref(), Some(without), "{sql}");
        }
    }

    #[test]
    fn what_has_no_secret_is_told_as_it_is() {
        for sql in [
            "SELECT crypt(a, b), encrypted FROM t",
            "SELECT password FROM logins",
            "SELECT * FROM pg_settings WHERE name = 'password_encryption'",
            "ALTER ROLE a PASSWORD NULL",
            "SET app.tenant = 'a key'",
            "SELECT token, key FROM t WHERE key = 'k' AND secret IS NULL",
            "CREATE TABLE t (id int PRIMARY KEY, pass text)",
            "SET password_encryption = 'md5'",
            "SELECT 'https://example.org/a'",
        ] {
            assert_eq!(told(sql), None, "{sql}");
        }
    }

    #[test]
    fn a_statement_with_a_secret_loses_its_constants() {
        for (sql, left) in [
            ("ALTER ROLE a PASSWORD 'hush'", "ALTER ROLE a PASSWORD $1"),
            (
                "alter user a with encrypted password 'hush' valid until '2030-01-01'",
                "alter user a with encrypted password $1 valid until $2",
            ),
            ("CREATE ROLE a LOGIN PASSWORD E'hu\\sh'", "CREATE ROLE a LOGIN PASSWORD $1"),
            ("CREATE ROLE a LOGIN PASSWORD $x$hush$x$", "CREATE ROLE a LOGIN PASSWORD $1"),
            ("SELECT 1; ALTER ROLE a PASSWORD 'hush'; -- hush", "SELECT 1; ALTER ROLE a PASSWORD $1"),
            ("ALTER ROLE a /* hush */ PASSWORD 'hush'", "ALTER ROLE ..."),
            ("SET app.jwt_secret = 'hush'", "SET app.jwt_secret = $1"),
            ("SELECT set_config('app.jwt_secret', 'hush', false)", "SELECT set_config($1, $2, $3)"),
            ("SELECT dblink_connect('host=a password=hush')", "SELECT dblink_connect($1)"),
        ] {
            assert_eq!(told(sql).as_deref(), Some(left), "{sql}");
        }
    }

    #[test]
    fn no_form_of_a_secret_is_left() {
        for sql in [
            "CREATE ROLE a LOGIN PASSWORD U&'hush'",
            "CREATE ROLE a PASSWORD 'hu' \n 'hush'",
            "CREATE GROUP a PASSWORD 'hush'",
            "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'b', password 'hush')",
            "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'b', geheim 'hush')",
            "ALTER USER MAPPING FOR a SERVER s OPTIONS (SET password 'hush')",
            "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h', password 'hush')",
            "ALTER SERVER s OPTIONS (ADD U&\"p\\0061ssword\" 'hush')",
            "ALTER SERVER s OPTIONS (ADD uri 'http://me:hush@h/')",
            "CREATE FOREIGN TABLE t (id int) SERVER s OPTIONS (password 'hush')",
            "ALTER ROLE a SET app.api_key = 'hush'",
            "ALTER ROLE a IN DATABASE d SET app.api_key TO 'hush'",
            "ALTER DATABASE d SET app.secret TO 'hush'",
            "ALTER SYSTEM SET primary_conninfo = 'host=a password=hush'",
            "ALTER SYSTEM SET app.token = 'hush'",
            "CREATE SUBSCRIPTION s CONNECTION 'host=a password=hush' PUBLICATION p",
            "ALTER SUBSCRIPTION s CONNECTION 'host=a password=hush'",
            "DO $$BEGIN ALTER ROLE a PASSWORD 'hush'; END$$",
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ALTER ROLE a PASSWORD 'hush'$$",
            "EXPLAIN SELECT set_config('app.jwt_secret', 'hush', false)",
            "PREPARE p AS SELECT set_config('app.jwt_secret', 'hush', false)",
            "ALTER ROLE a PASSWORD 'hush",
            "ALTER ROLE a PASSWORD hush",
            "ALTER ROLE a PASSWORT 'x'; ALTER ROLE b PASSWORD 'hush'",
        ] {
            let told = told(sql);
            assert!(told.as_ref().is_some_and(|told| !told.contains("hush")), "{sql}: {told:?}");
        }
        assert_eq!(told("ALTER ROLE a PASSWORD 'hush"), Some(String::new()));
    }
}
