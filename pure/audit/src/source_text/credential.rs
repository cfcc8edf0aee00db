//! Credentials in texts: what looks like a password, a key or a token that somebody wrote down. What was found is described,
//! never shown.

use crate::source_text::{Token, tokens};

/// What the first thing that looks like a credential in the source of a routine is, in words.
pub fn in_source(source: &str) -> Option<&'static str> {
    let words = tokens(source);
    let by_shape = words.iter().find_map(|word| match word {
        // A text may be SQL with strings of its own.
        Token::Text(text) => in_text(text).or_else(|| text.contains('\'').then(|| in_source(text)).flatten()),
        _ => None,
    });
    by_shape.or_else(|| assigned(&words))
}

/// What the first thing that looks like a credential in a text of people is: a comment, a value.
pub fn in_text(text: &str) -> Option<&'static str> {
    by_shape(text).or_else(|| named_in_text(text))
}

/// Whether a setting or an option of this name holds a credential.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_lowercase();
    let tail = name.rsplit('.').next().unwrap_or(&name);
    SECRET_NAMES.iter().any(|secret| tail == *secret || tail.ends_with(&format!("_{secret}")))
}

/// Whether a value is one that somebody would keep secret rather than a placeholder.
pub fn is_secret_value(value: &str) -> bool {
    let value = value.trim();
    let placeholder = value.chars().all(|letter| matches!(letter, '*' | 'x' | 'X' | '.' | '-'))
        || value.starts_with(['<', '{', '$', '%', ':'])
        || HARMLESS_VALUES.contains(&value.to_lowercase().as_str());
    value.chars().count() >= LENGTH_MIN && !placeholder && !value.chars().any(char::is_whitespace)
}

/// Keys and tokens that can be told by how they look.
fn by_shape(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    if url_with_password(text) {
        return Some("a URL with a password");
    }
    text.split(|letter: char| {
        !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/' | '+' | '='))
    })
    .find_map(shaped)
}

fn shaped(word: &str) -> Option<&'static str> {
    let (_, _, what) =
        SHAPES.iter().find(|(prefix, length, _)| word.len() >= *length && word.starts_with(prefix))?;
    Some(what)
}

/// `postgres://user:password@host`
fn url_with_password(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', ' ', '\n', '?', '\'', '"']).next().unwrap_or_default();
        authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).is_some_and(|(_, password)| {
            is_secret_value(password) || password.len() > 2 && !password.contains(['{', '<', '$', '*'])
        })
    })
}

/// `password=...`, `api key: ...` in a text that is no source.
fn named_in_text(text: &str) -> Option<&'static str> {
    let mut rest = text;
    while let Some(at) = rest.find(['=', ':']) {
        let (before, after) = rest.split_at(at);
        let value = after.trim_start_matches([':', '=', ' ', '\'', '"', '>']);
        let name = before
            .trim_end_matches([' ', '\'', '"', ':', '='])
            .rsplit(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.')))
            .next();
        let end = value
            .find(|letter: char| {
                letter.is_whitespace() || matches!(letter, '\'' | '"' | ',' | ';' | '&' | ')')
            })
            .unwrap_or(value.len());
        let (word, _) = value.split_at(end);
        if name.is_some_and(is_secret_name) && is_secret_value(word) {
            return Some("a password or key by its name");
        }
        rest = after.get(1..).unwrap_or_default();
    }
    None
}

/// `password := '...'`, `api_key => '...'`, `"token", '...'`, `PASSWORD '...'`, `= '...'` after a secret's name.
fn assigned(words: &[Token]) -> Option<&'static str> {
    for (position, word) in words.iter().enumerate() {
        let name = match word {
            Token::Word(name) | Token::Quoted(name) | Token::Text(name) => name,
            _ => continue,
        };
        if !is_secret_name(name) {
            continue;
        }
        let after: Vec<&Token> = words.iter().skip(position + 1).take(VALUE_WITHIN).collect();
        // A call of that name: `vault.secret('stripe')`.
        if after.first().is_some_and(|word| word.is_symbol("(")) {
            continue;
        }
        // The type and CONSTANT of a declaration, the sign of an assignment.
        let Some(at) = after.iter().position(|word| !is_between(word)) else { continue };
        let Some(Token::Text(value)) = after.get(at).copied() else { continue };
        // After a comma it may be any other value: `('token', 'refresh')`.
        let listed = after.iter().take(at).any(|word| word.is_symbol(","));
        let looks_made_up = value.chars().any(|letter| letter.is_ascii_digit());
        if is_secret_value(value) && (!listed || looks_made_up) {
            return Some("a password or key by its name");
        }
    }
    None
}

fn is_between(word: &Token) -> bool {
    ["=", ":=", "=>", "::", ",", "(", ")"].iter().any(|symbol| word.is_symbol(symbol))
        || ["text", "varchar", "constant", "default", "name", "bytea", "encrypted", "character", "varying"]
            .iter()
            .any(|keyword| word.is(keyword))
}

const VALUE_WITHIN: usize = 6;

/// Shorter words are seldom secrets, and often examples.
const LENGTH_MIN: usize = 6;

/// Names, and ends of names after an underscore.
const SECRET_NAMES: [&str; 17] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "secretkey",
    "secret_key",
    "token",
    "access_token",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
    "jwt_secret",
    "service_role_key",
    "credential",
    "credentials",
];

const HARMLESS_VALUES: &[&str] = &[
    "password",
    "secret",
    "token",
    "string",
    "varchar",
    "number",
    "boolean",
    "hidden",
    "redacted",
    "changeme",
    "required",
    "invalid",
    "expired",
    "missing",
    "scram-sha-256",
    "unknown",
];

/// What it begins with, how long it is at least, what it is.
const SHAPES: &[(&str, usize, &str)] = &[
    ("AKIA", 20, "an AWS access key"),
    ("ASIA", 20, "an AWS access key"),
    ("AIza", 35, "a Google API key"),
    ("ghp_", 36, "a GitHub token"),
    ("gho_", 36, "a GitHub token"),
    ("github_pat_", 40, "a GitHub token"),
    ("glpat-", 20, "a GitLab token"),
    ("sk_live_", 20, "a Stripe key"),
    ("rk_live_", 20, "a Stripe key"),
    ("sk-ant-", 24, "an API key"),
    ("sk-proj-", 24, "an API key"),
    ("sk-", 32, "an API key"),
    ("xoxb-", 20, "a Slack token"),
    ("xoxp-", 20, "a Slack token"),
    ("eyJhbGciOi", 40, "a JSON Web Token"),
    ("SG.", 40, "a SendGrid key"),
    ("npm_", 36, "an npm token"),
    ("hvs.", 24, "a Vault token"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_down_is_found() {
        for source in [
            "BEGIN PERFORM dblink_connect('host=db user=app password=hunter22'); END",
            "DECLARE api_key text := 'a1b2c3d4e5'; BEGIN NULL; END",
            "SELECT http_header('x-api-key', 'AKIAIOSFODNN7EXAMPLE')",
            "SELECT dblink('postgres://app:s3cr3tpw@db/shop', 'SELECT 1')",
            "BEGIN EXECUTE $x$ALTER ROLE app PASSWORD 'hunter22'$x$; END",
            "SELECT connect(password => 'hunter22')",
            "SELECT jsonb_build_object('token', 'abcdef123456')",
        ] {
            assert!(in_source(source).is_some(), "{source}");
        }
        for text in [
            "login app, password: hunter22",
            "API_KEY=abcdef123456",
            concat!("-----BEGIN RSA ", "PRIVATE KEY-----\nabc"),
        ] {
            assert!(in_text(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_only_talks_of_secrets_is_not() {
        for source in [
            "BEGIN UPDATE users SET password = crypt(new_password, gen_salt('bf')); END",
            "SELECT current_setting('app.jwt_secret')",
            "BEGIN IF password = '' THEN RAISE EXCEPTION 'the password is empty'; END IF; END",
            "-- password = 'hunter22'\nSELECT 1",
            "SELECT token FROM sessions WHERE kind = 'refresh'",
            "SELECT 'https://example.com/path:80@x'",
            "INSERT INTO audit (action) VALUES ('password changed')",
            "SELECT vault.secret('stripe')",
            "INSERT INTO kinds VALUES ('token', 'refresh')",
        ] {
            assert_eq!(in_source(source), None, "{source}");
        }
        for text in [
            "password: see the vault",
            "hash of the password (scram)",
            "token=<your token>",
            "secret: ********",
        ] {
            assert_eq!(in_text(text), None, "{text}");
        }
    }
}
