//! StartupMessage: who wants what, with which settings.

use crate::fields::{self, Fields};
use crate::switches::{self, NotSettings};
use crate::version::Version;
use crate::violation::Violation;

/// What a client begins a session with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Startup {
    /// The protocol it asks for.
    pub version: Version,
    /// Who it says it is.
    pub user: String,
    /// The database it asks for; PostgreSQL takes the user's name where there is none.
    pub database: String,
    /// The settings it wants, those of `options` among them, in the order in which they take effect.
    pub settings: Vec<(String, String)>,
    /// The protocol's own options (`_pq_.`) that nobody here knows.
    pub unknown: Vec<String>,
}

/// Why nobody is let in with such a StartupMessage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotStartup {
    /// The bytes are not a StartupMessage.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// A version of the protocol that nobody speaks any more, or not yet.
    #[error(
        "unsupported frontend protocol {asked}: the desk supports {} to {}",
        Version::V3_0,
        Version::V3_2
    )]
    Version {
        /// What was asked for.
        asked: Version,
    },
    /// A parameter was given twice: which of them counts is nothing to guess about.
    #[error("start-up parameter \"{name}\" is given more than once")]
    Twice {
        /// The parameter.
        name: String,
    },
    /// Nobody said who they are.
    #[error("no PostgreSQL user name specified in startup packet")]
    NoUser,
    /// A connection that would stream the write-ahead log, or run commands that are no SQL.
    #[error("replication connections are not allowed through the desk")]
    Replication,
    /// `options` with something else than settings in it.
    #[error(transparent)]
    Options(#[from] NotSettings),
}

impl NotStartup {
    /// The SQLSTATE.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            NotStartup::Violation(_) | NotStartup::Twice { .. } => "08P01",
            NotStartup::Version { .. } => "0A000",
            NotStartup::NoUser => "28000",
            NotStartup::Replication => "42501",
            NotStartup::Options(_) => "42601",
        }
    }
}

impl Startup {
    /// Reads what is behind the version.
    ///
    /// # Errors
    /// Everything in [`NotStartup`].
    pub fn read(version: Version, fields: &mut Fields<'_>) -> Result<Startup, NotStartup> {
        if version.major != Version::V3_0.major {
            return Err(NotStartup::Version { asked: version });
        }
        let parameters = parameters(fields)?;
        let find = |wanted: &str| {
            parameters
                .iter()
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| *value)
                .filter(|value| !value.is_empty())
        };
        let user = find("user").ok_or(NotStartup::NoUser)?;
        if find("replication").is_some_and(|value| !is_false(value)) {
            return Err(NotStartup::Replication);
        }
        let mut settings = switches::settings(find("options").unwrap_or_default())?;
        let (protocol, own): (Vec<_>, Vec<_>) =
            parameters.iter().partition(|(name, _)| name.starts_with(PROTOCOL_OPTION));
        let own = own
            .into_iter()
            .filter(|(name, _)| !matches!(*name, "user" | "database" | "options" | "replication"));
        settings.extend(own.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Ok(Startup {
            version,
            user: user.to_owned(),
            database: find("database").unwrap_or(user).to_owned(),
            settings,
            unknown: protocol.into_iter().map(|(name, _)| (*name).to_owned()).collect(),
        })
    }

    /// Appends a StartupMessage of protocol 3.0.
    pub fn write(user: &str, database: &str, settings: &[(String, String)], out: &mut Vec<u8>) {
        fields::write_untagged(out, |body| {
            body.extend_from_slice(&Version::V3_0.code().to_be_bytes());
            let fixed = [("user", user), ("database", database)];
            let settings = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            for (name, value) in fixed.into_iter().chain(settings) {
                fields::write_text(body, name);
                fields::write_text(body, value);
            }
            body.push(0);
        });
    }
}

/// Names and values up to an empty name, each name once.
fn parameters<'a>(fields: &mut Fields<'a>) -> Result<Vec<(&'a str, &'a str)>, NotStartup> {
    let mut parameters: Vec<(&str, &str)> = Vec::new();
    loop {
        let name = fields.text()?;
        if name.is_empty() {
            break;
        }
        if parameters.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            return Err(NotStartup::Twice { name: name.to_owned() });
        }
        parameters.push((name, fields.text()?));
    }
    fields.end()?;
    Ok(parameters)
}

/// What PostgreSQL reads as false: any unambiguous beginning of the words.
fn is_false(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let begins = |word: &str, least: usize| value.len() >= least && word.starts_with(&value);
    begins("false", 1) || begins("no", 1) || begins("off", 2) || value == "0"
}

const PROTOCOL_OPTION: &str = "_pq_.";

#[cfg(test)]
mod tests {
    use super::Startup;
    use crate::fields::Fields;
    use crate::version::Version;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(parameters: &str, told: Expect) {
        let body = parameters.replace('|', "\0");
        let read = Startup::read(Version::V3_2, &mut Fields::new(0, body.as_bytes()));
        told.assert_eq(&match read {
            Ok(startup) => {
                format!("{}@{} {:?} {:?}", startup.user, startup.database, startup.settings, startup.unknown)
            }
            Err(refused) => format!("{} {refused}", refused.code()),
        });
    }

    #[test]
    fn a_user_is_enough() {
        check("user|app||", expect!["app@app [] []"]);
    }

    #[test]
    fn settings_of_every_spelling_are_found() {
        check(
            "user|app|database|shop|options|-c geqo=off|application_name|psql|_pq_.x|1||",
            expect![[r#"app@shop [("geqo", "off"), ("application_name", "psql")] ["_pq_.x"]"#]],
        );
    }

    #[test]
    fn whoever_is_two_is_nobody() {
        check(
            "user|app|user|postgres||",
            expect![[r#"08P01 start-up parameter "user" is given more than once"#]],
        );
        check(
            "user|app|USER|postgres||",
            expect![[r#"08P01 start-up parameter "USER" is given more than once"#]],
        );
        check("database|shop||", expect!["28000 no PostgreSQL user name specified in startup packet"]);
    }

    #[test]
    fn replication_is_refused_in_every_spelling() {
        let refused = || expect!["42501 replication connections are not allowed through the desk"];
        for value in ["true", "database", "1", "on", "yes", "o"] {
            check(&format!("user|app|replication|{value}||"), refused());
        }
        check("user|app|replication|false||", expect!["app@app [] []"]);
    }

    #[test]
    fn what_does_not_end_is_refused() {
        check("user|app", expect!["08P01 message of type startup is malformed: a text does not end"]);
        check(
            "user|app||x",
            expect!["08P01 message of type startup is malformed: there are bytes behind its last field"],
        );
    }

    #[test]
    fn another_major_version_is_refused() {
        let two = Startup::read(Version { major: 2, minor: 0 }, &mut Fields::new(0, b""));
        assert_eq!(
            two.map_err(|refused| refused.to_string()),
            Err("unsupported frontend protocol 2.0: the desk supports 3.0 to 3.2".to_owned())
        );
    }
}
