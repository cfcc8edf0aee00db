//! What a setting of the server shows by itself, or the authentication rules do, and what that says of a survey.

use pgward_survey::Survey;
use pgward_survey::server::{HbaConnection, HbaRule, Server};
use pgward_survey::sight::Sight;

use crate::framework::evidence::EvidenceRow;

/// What shows a control.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// A setting with the value that is wanted.
    Setting(&'static str, Wanted),
    /// The methods of the rules for sockets of the machine.
    LocalRules,
    /// The methods of the rules for connections by TCP/IP.
    HostRules,
}

/// What a setting is wanted to be.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// On: whatever is neither empty nor a word for off.
    On,
    /// Off.
    Off,
    /// Not empty.
    Filled,
    /// A number above zero.
    AboveZero,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Each of these, somewhere in it.
    With(&'static [&'static str]),
    /// This, in the list that it is.
    Listed(&'static str),
}

impl By {
    /// What the survey says of it.
    pub fn row(self, survey: &Survey) -> EvidenceRow {
        match self {
            By::Setting(name, wanted) => {
                setting(&survey.server, name, wanted, survey.blind_to(Sight::Settings))
            }
            By::LocalRules => {
                rules(survey, "pg_hba.conf: local", |rule| rule.connection == HbaConnection::Local)
            }
            By::HostRules => {
                rules(survey, "pg_hba.conf: host", |rule| rule.connection != HbaConnection::Local)
            }
        }
    }
}

fn setting(server: &Server, name: &'static str, wanted: Wanted, blind: Option<&str>) -> EvidenceRow {
    let (outcome, line) = match (server.setting(name), blind) {
        (Some(value), _) => {
            let outcome = if wanted.is_met(value) { "passed" } else { "failed" };
            (outcome, format!("{name} is {}; wanted: {}", quoted(value), wanted.words()))
        }
        (None, Some(why)) => ("not assessed", why.to_owned()),
        (None, None) => ("not assessed", "this server shows no such setting".to_owned()),
    };
    EvidenceRow { rule: name, title: "setting of the server", outcome, lines: vec![line] }
}

fn rules(survey: &Survey, name: &'static str, is_meant: impl Fn(&HbaRule) -> bool) -> EvidenceRow {
    let title = "authentication methods";
    if let Some(why) = survey.blind_to(Sight::HbaRules) {
        return EvidenceRow { rule: name, title, outcome: "not assessed", lines: vec![why.to_owned()] };
    }
    let meant: Vec<&HbaRule> = survey.server.hba.iter().filter(|rule| is_meant(rule)).collect();
    let weak = meant.iter().filter(|rule| WEAK.contains(&rule.method.as_str()));
    let lines: Vec<String> = weak
        .map(|rule| {
            let (databases, users) = (rule.databases.join(","), rule.users.join(","));
            format!("line {}: {} for {users} in {databases}", rule.line, rule.method)
        })
        .collect();
    let outcome = match (meant.is_empty(), lines.is_empty()) {
        (true, _) => "no subject",
        (false, true) => "passed",
        (false, false) => "failed",
    };
    EvidenceRow { rule: name, title, outcome, lines }
}

impl Wanted {
    fn is_met(self, value: &str) -> bool {
        match self {
            Wanted::On => !OFF.contains(&value.trim().to_lowercase().as_str()),
            Wanted::Off => OFF.contains(&value.trim().to_lowercase().as_str()),
            Wanted::Filled => !value.trim().is_empty(),
            Wanted::AboveZero => value.trim().parse::<i64>().is_ok_and(|number| number > 0),
            Wanted::OneOf(words) => words.contains(&value),
            Wanted::With(parts) => parts.iter().all(|part| value.contains(part)),
            Wanted::Listed(word) => value.split(',').any(|one| one.trim().trim_matches('"') == word),
        }
    }

    fn words(self) -> String {
        match self {
            Wanted::On => "on".to_owned(),
            Wanted::Off => "off".to_owned(),
            Wanted::Filled => "not empty".to_owned(),
            Wanted::AboveZero => "more than 0".to_owned(),
            Wanted::OneOf(words) => words.join(" or "),
            Wanted::With(parts) => format!("with {}", parts.join(" ")),
            Wanted::Listed(word) => format!("{word} among others"),
        }
    }
}

fn quoted(value: &str) -> String {
    format!("'{value}'")
}

// From PostgreSQL 18 on log_connections is a list, and the empty one is off.
const OFF: [&str; 6] = ["off", "", "false", "no", "0", "none"];

/// Methods that take somebody's word for who they are, or let who listens become them.
const WEAK: [&str; 4] = ["trust", "password", "ident", "md5"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_as_wanted_or_it_is_not() {
        for (wanted, good, bad) in [
            (Wanted::On, "receipt,authentication", ""),
            (Wanted::On, "on", "off"),
            (Wanted::Off, "off", "on"),
            (Wanted::Filled, "stderr", " "),
            (Wanted::AboveZero, "1440", "0"),
            (Wanted::AboveZero, "1", "-1"),
            (Wanted::OneOf(&["ddl", "all"]), "ddl", "none"),
            (Wanted::With(&["%u", "%d"]), "%m %u@%d", "%m %u"),
            (Wanted::Listed("pgaudit"), "auto_explain, \"pgaudit\"", "pgauditlogtofile"),
        ] {
            assert!(wanted.is_met(good) && !wanted.is_met(bad), "{wanted:?}");
        }
    }

    #[test]
    fn what_is_not_visible_is_not_assessed() {
        let mut server = Server::default();
        let hidden = setting(&server, "archive_mode", Wanted::On, Some("no right"));
        assert_eq!((hidden.outcome, hidden.lines), ("not assessed", vec!["no right".to_owned()]));
        assert_eq!(setting(&server, "archive_mode", Wanted::On, None).outcome, "not assessed");
        let value = |value: &str| pgward_survey::server::Setting {
            value: value.to_owned(),
            default: None,
            context: "postmaster".to_owned(),
        };
        server.settings.insert("archive_mode".to_owned(), value("off"));
        let seen = setting(&server, "archive_mode", Wanted::On, Some("no right"));
        assert_eq!(
            (seen.outcome, seen.lines),
            ("failed", vec!["archive_mode is 'off'; wanted: on".to_owned()])
        );
    }
}
