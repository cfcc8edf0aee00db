use pgward_catalog::acl::{Entry, Grantee};
use pgward_catalog::name::Name;
use pgward_catalog::privilege::Privilege;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Placed;
use crate::study::Study;
use crate::study::mending::{revoke, revoke_column, target};
use pgward_survey::anatomy::{Column, Relation};

pub(super) const RULE: Rule = Rule {
    id: "data.sensitive_column",
    title: "a column with credentials or personal data is readable beyond what is declared",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-priv", "Privileges"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.8.12", "Data leakage prevention"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "A column whose name says password, token, secret, card or social security number, or that the contract declares sensitive, is readable by \
this role. Grant SELECT on the other columns, or show the table through a view without it. The statement takes SELECT on the table; whether \
the role gets the other columns instead is for a person to say, since by then another fix may have taken from it what they would give back. \
With a contract that grants it, this is silent.",
    check,
    cases: &[Case {
            shows: "a table with a password, and a column grant on a token",
            versions: Versions::ALL,
            flawed: r#"CREATE ROLE data_sensitive_column_app LOGIN;
                     CREATE SCHEMA data_sensitive_column;
                     CREATE TABLE data_sensitive_column.users (id int, email text, password_hash text, "pwHash" text);
                     GRANT SELECT ON data_sensitive_column.users TO data_sensitive_column_app;
                     CREATE TABLE data_sensitive_column.calls (id int, api_key text);
                     GRANT SELECT (id, api_key) ON data_sensitive_column.calls TO data_sensitive_column_app;"#,
            finds: &[
                (
                    "column password_hash of table data_sensitive_column.users in database audited",
                    "data_sensitive_column_app",
                ),
                (
                    "column \"pwHash\" of table data_sensitive_column.users in database audited",
                    "data_sensitive_column_app",
                ),
                ("column api_key of table data_sensitive_column.calls in database audited", "data_sensitive_column_app"),
            ],
            sound: "CREATE ROLE data_sensitive_column_app_ok LOGIN;
                    CREATE SCHEMA data_sensitive_column_ok;
                    CREATE TABLE data_sensitive_column_ok.users (id int, email text, password_hash text, spinning int);
                    CREATE TABLE data_sensitive_column_ok.logins (id int, password_changed_at timestamptz, token_count int, has_secret bool);
                    GRANT SELECT ON data_sensitive_column_ok.logins TO data_sensitive_column_app_ok;
                    GRANT SELECT (id, email, spinning) ON data_sensitive_column_ok.users TO data_sensitive_column_app_ok;
                    GRANT INSERT, UPDATE ON data_sensitive_column_ok.users TO data_sensitive_column_app_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made().filter(|placed| placed.key.class.is_table_like()) {
        let Some(relation) = study.relation(&placed) else { continue };
        let declared = study.declared.and_then(|declared| declared.sensitive.get(&placed.at()));
        let sensitive: Vec<&Name> = relation
            .columns
            .iter()
            .filter(|column| {
                declared.is_some_and(|declared| declared.contains(&column.name)) || is_sensitive(column)
            })
            .map(|column| &column.name)
            .collect();
        for column in sensitive {
            for (on, entry) in study.let_at(placed.object, Privilege::Select.into()) {
                if on.is_some_and(|on| on != column) || is_declared(study, &placed, column, &entry.grantee) {
                    continue;
                }
                let message = format!(
                    "{} reads column {} of {}",
                    entry.grantee.quoted(),
                    column.quoted(),
                    placed.key.quoted()
                );
                let fix = match on {
                    Some(on) => revoke_column(placed.key, placed.object, on, entry, Privilege::Select.into()),
                    None => revoke(placed.key, placed.object, entry, Privilege::Select.into()),
                };
                let subject = Subject::part(placed.at(), format!("column {}", column.quoted()));
                let finding = findings
                    .add(subject, Some(entry.grantee.clone()), message, fix)
                    .shown_by(format!("SELECT granted by {}", entry.grantor.quoted()));
                if let Some(decision) =
                    on.is_none().then(|| decision(&placed, relation, column, entry)).flatten()
                {
                    finding.shown_by(decision);
                }
            }
        }
    }
}

/// What a person decides with it: SELECT on every other column in place of SELECT on the table. No fix grants that: run after
/// another fix that took SELECT from the grantee, it would give back what that took.
fn decision(placed: &Placed<'_>, relation: &Relation, column: &Name, entry: &Entry) -> Option<String> {
    let others: Vec<String> = relation
        .columns
        .iter()
        .filter(|other| other.name != *column && !is_sensitive(other))
        .map(|other| other.name.quoted())
        .collect();
    (!others.is_empty()).then(|| {
        format!(
            "if a person decides that it reads the rest: GRANT SELECT ({}) ON {} TO {}",
            others.join(", "),
            target(placed.key),
            entry.grantee.quoted()
        )
    })
}

/// Whether the contract gives the column to the grantee.
fn is_declared(study: &Study<'_>, placed: &Placed<'_>, column: &Name, grantee: &Grantee) -> bool {
    let Some(declared) = study.declared else { return false };
    let Some(object) = declared.desired.object(&placed.at()) else { return false };
    let on_column = object.columns.get(column).map(|acl| acl.privileges_of(grantee)).unwrap_or_default();
    let described = grantee.role().is_some_and(|role| declared.described.contains(role));
    described && (object.acl.privileges_of(grantee) | on_column).contains(Privilege::Select)
}

/// Whether the name says so, and the type can hold it.
fn is_sensitive(column: &Column) -> bool {
    match Holds::of(&column.type_name) {
        Holds::Texts => sounds_sensitive(column.name.as_str()),
        Holds::Numbers => sounds_like_a_number(column.name.as_str()),
        Holds::Neither => false,
    }
}

/// What a type can hold of a secret.
enum Holds {
    Texts,
    /// Of secrets only those that are numbers: a pin, a card's.
    Numbers,
    /// A time, a flag.
    Neither,
}

impl Holds {
    /// Of a type as `format_type` prints it.
    fn of(type_name: &str) -> Holds {
        let element = type_name.trim_end_matches("[]");
        let word = element.split([' ', '(']).next().unwrap_or(element);
        match word {
            "smallint" | "integer" | "bigint" | "numeric" => Holds::Numbers,
            "boolean" | "timestamp" | "date" | "time" | "interval" | "real" | "double" | "tsrange"
            | "tstzrange" | "daterange" => Holds::Neither,
            _ => Holds::Texts,
        }
    }
}

/// Whether the name says so: one of its words, or several that follow each other; not where its first or last word says that it is about
/// the secret: `password_changed_at`, `max_token`.
fn sounds_sensitive(name: &str) -> bool {
    let words = words(name);
    !is_about(&words) && (words.iter().any(|word| WORDS.contains(&word.as_str())) || follows(&words, JOINED))
}

/// The same for secrets that are numbers.
fn sounds_like_a_number(name: &str) -> bool {
    let words = words(name);
    !is_about(&words)
        && (words.iter().any(|word| NUMBERS.contains(&word.as_str())) || follows(&words, JOINED_NUMBERS))
}

fn words(name: &str) -> Vec<String> {
    let lower = snake(name);
    let words = lower.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn is_about(words: &[String]) -> bool {
    let first = words.first().is_some_and(|word| FIRST.contains(&word.as_str()));
    let last = words.last().is_some_and(|word| LAST.contains(&word.as_str()));
    // The id of a secret is one: half of a machine's login.
    let is_id = words.last().is_some_and(|word| word == "id") && !words.iter().any(|word| word == "secret");
    words.len() > 1 && (first || last || is_id)
}

/// Whether words that follow each other begin with one of these, written together: `api_key`, `apikey`, not `postcard_number`.
fn follows(words: &[String], pieces: &[&str]) -> bool {
    (0..words.len()).any(|from| {
        let rest = words.iter().skip(from).map(String::as_str).collect::<String>();
        pieces.iter().any(|piece| rest.starts_with(piece))
    })
}

/// `pwHash` as `pw_hash`.
fn snake(name: &str) -> String {
    let mut words = String::new();
    let mut was_small = false;
    for letter in name.chars() {
        if letter.is_uppercase() && was_small {
            words.push('_');
        }
        was_small = letter.is_lowercase();
        words.extend(letter.to_lowercase());
    }
    words
}

const WORDS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "pw",
    "passphrase",
    "secret",
    "secrets",
    "token",
    "ssn",
    "cvv",
    "cvc",
    "iban",
    "otp",
    "totp",
    "pin",
    "credential",
    "credentials",
];
const JOINED: &[&str] = &[
    "passwordhash",
    "hashedpassword",
    "encryptedpassword",
    "apikey",
    "accesstoken",
    "refreshtoken",
    "sessiontoken",
    "privatekey",
    "secretkey",
    "clientsecret",
    "creditcard",
    "cardnumber",
    "socialsecurity",
    "passportnumber",
    "bankaccount",
    "mfasecret",
    "totpsecret",
];
const NUMBERS: &[&str] = &["ssn", "cvv", "cvc", "pin", "otp", "totp"];
const JOINED_NUMBERS: &[&str] =
    &["creditcard", "cardnumber", "socialsecurity", "passportnumber", "bankaccount"];
/// Words at the front of a name that is about a secret and holds none.
const FIRST: &[&str] =
    &["is", "has", "had", "needs", "requires", "allow", "allows", "max", "min", "num", "total", "count", "n"];
/// And at its end.
const LAST: &[&str] = &[
    "at",
    "on",
    "by",
    "date",
    "time",
    "timestamp",
    "count",
    "attempts",
    "tries",
    "failures",
    "length",
    "len",
    "size",
    "expiry",
    "expires",
    "expiration",
    "expired",
    "ttl",
    "age",
    "changed",
    "updated",
    "rotated",
    "enabled",
    "required",
    "set",
    "type",
    "kind",
    "name",
    "label",
    "status",
    "state",
    "policy",
    "version",
    "algorithm",
    "algo",
    "url",
    "uri",
    "usage",
    "limit",
    "budget",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn is(name: &str, type_name: &str) -> bool {
        is_sensitive(&Column { name: name.into(), type_name: type_name.to_owned() })
    }

    #[test]
    fn a_secret_is_told_by_whole_words_and_by_what_its_type_can_hold() {
        for name in [
            "password",
            "password_hash",
            "pwHash",
            "api_key",
            "apikey",
            "user_token",
            "secret_id",
            "totp_secret",
            "otp",
        ] {
            assert!(is(name, "text"), "{name}");
            assert!(is(name, "character varying(80)"), "{name}");
            assert!(is(name, "bytea"), "{name}");
        }
        assert!(is("pin", "integer") && is("card_number", "bigint") && is("bank_account", "numeric(20,0)"));
        for (name, type_name) in [
            ("password_changed_at", "timestamp with time zone"),
            ("password_changed", "date"),
            ("token_count", "integer"),
            ("token", "integer"),
            ("max_token", "bigint"),
            ("has_password", "boolean"),
            ("is_secret", "boolean"),
            ("password_policy", "text"),
            ("token_type", "text"),
            ("token_id", "uuid"),
            ("postcard_number", "text"),
            ("spinning", "text"),
            ("secretary", "text"),
            ("pin_attempts", "integer"),
            ("secret_rotated_at", "text"),
        ] {
            assert!(!is(name, type_name), "{name} {type_name}");
        }
    }
}
