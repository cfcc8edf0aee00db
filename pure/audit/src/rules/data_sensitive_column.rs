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
use pgward_survey::anatomy::Relation;

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
            .map(|column| &column.name)
            .filter(|name| {
                declared.is_some_and(|declared| declared.contains(*name)) || sounds_sensitive(name.as_str())
            })
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
        .map(|other| &other.name)
        .filter(|other| *other != column && !sounds_sensitive(other.as_str()))
        .map(Name::quoted)
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

/// Whether the name says so: one of its words, or two that follow each other.
fn sounds_sensitive(name: &str) -> bool {
    let lower = snake(name);
    let words: Vec<&str> = lower.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
    let joined = words.concat();
    words.iter().any(|word| WORDS.contains(word)) || JOINED.iter().any(|piece| joined.contains(piece))
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
