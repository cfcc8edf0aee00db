//! Authentication: what the lines of `pg_hba.conf` let in. The first line that matches a connection decides, so a line that
//! comes after one that matches all it does is never reached.

use std::collections::BTreeSet;

use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::role::Attribute;

use crate::study::Study;
use pgward_survey::server::{HbaConnection, HbaRule};

/// From where a line lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A Unix socket.
    Socket,
    /// The machine itself.
    Loopback,
    /// Some network.
    Network,
    /// Everywhere.
    Anywhere,
}

/// Where a line leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// To every database, or to one that depends on who comes.
    Anywhere,
    /// To these; to none, where the line is for replication alone or for databases that are not there.
    To(BTreeSet<DatabaseName>),
}

impl<'a> Study<'a> {
    /// The lines that let somebody in and are reached.
    pub fn entrances(&self) -> impl Iterator<Item = &'a HbaRule> {
        let lines = &self.survey.server.hba;
        lines.iter().enumerate().filter_map(move |(position, line)| {
            let hidden = lines.iter().take(position).any(|earlier| self.covers(earlier, line));
            (line.method != "reject" && !hidden).then_some(line)
        })
    }

    /// The lines by which a role can come in: those that match it, and before which nothing else that matches it decides. A regular
    /// expression matches what the server says it does.
    pub fn entrances_of(&self, role: &RoleName) -> Vec<&'a HbaRule> {
        let lines: Vec<&HbaRule> =
            self.survey.server.hba.iter().filter(|line| self.names(line, role)).collect();
        let reached = lines.iter().enumerate().filter(|(position, line)| {
            line.method != "reject"
                && !lines.iter().take(*position).any(|earlier| self.covers_all_but_users(earlier, line))
        });
        reached.map(|(_, line)| *line).collect()
    }

    /// Whether the line is about the role, by name, group or regular expression.
    pub fn names(&self, line: &HbaRule, role: &RoleName) -> bool {
        line.users.iter().any(|user| match user.strip_prefix('+') {
            Some(group) => self.acts_as(role, &RoleName::from(group)),
            None => user == "all" || user == role.as_str() || self.matches(user, role),
        })
    }

    /// Whether a regular expression of a line matches the role.
    fn matches(&self, pattern: &str, role: &RoleName) -> bool {
        self.survey.server.hba_patterns.get(pattern).is_some_and(|matched| matched.roles.contains(role))
    }

    /// Where the line leads: the databases that it names or that its regular expressions match.
    pub fn leads(&self, line: &HbaRule) -> Leads {
        let mut named = BTreeSet::new();
        for database in &line.databases {
            match database.as_str() {
                "all" | "sameuser" | "samerole" | "samegroup" => return Leads::Anywhere,
                "replication" => {}
                other => {
                    let there = self.every_database().filter(|there| self.is_database(other, there));
                    named.extend(there);
                }
            }
        }
        if !named.is_empty() && self.every_database().all(|database| named.contains(&database)) {
            return Leads::Anywhere;
        }
        Leads::To(named)
    }

    /// Whether every role is meant by the line, by its word or by a regular expression.
    pub fn is_for_everybody(&self, line: &HbaRule) -> bool {
        let matches_all = |pattern: &String| {
            let matched = self.survey.server.hba_patterns.get(pattern);
            matched.is_some_and(|matched| {
                self.catalog
                    .roles
                    .iter()
                    .all(|(name, role)| !role.has(Attribute::Login) || matched.roles.contains(name))
            })
        };
        line.users.iter().any(|user| user == "all" || matches_all(user))
    }

    fn every_database(&self) -> impl Iterator<Item = DatabaseName> {
        let databases = self.catalog.cluster_objects.keys().filter(|key| key.class == Class::Database);
        databases.map(|key| DatabaseName::from(key.name.as_str()))
    }

    /// Whether this word of a line means the database: its name, or a regular expression that matches it.
    fn is_database(&self, word: &str, database: &DatabaseName) -> bool {
        let matched = self.survey.server.hba_patterns.get(word);
        word == database.as_str() || matched.is_some_and(|matched| matched.databases.contains(database))
    }

    /// Whether the earlier line matches every connection that the later one does.
    fn covers(&self, earlier: &HbaRule, later: &HbaRule) -> bool {
        let is_covered = |user: &String| {
            let is_a_name = !user.starts_with(['+', '/']) && user != "all";
            earlier.users.iter().any(|name| name == "all" || name == user)
                || is_a_name && self.names(earlier, &RoleName::from(user.as_str()))
        };
        later.users.iter().all(is_covered) && self.covers_all_but_users(earlier, later)
    }

    /// The same for somebody whom both of them match.
    fn covers_all_but_users(&self, earlier: &HbaRule, later: &HbaRule) -> bool {
        let kind = match (earlier.connection, later.connection) {
            (a, b) if a == b => true,
            (HbaConnection::Host, other) => other != HbaConnection::Local,
            _ => false,
        };
        let is_covered = |database: &String| {
            let is_a_name = !database.starts_with('/') && !KEYWORDS.contains(&database.as_str());
            earlier.databases.iter().any(|word| {
                // `all` databases are not `replication`.
                word == database
                    || word == "all" && database != "replication"
                    || is_a_name && self.is_database(word, &DatabaseName::from(database.as_str()))
            })
        };
        let addresses = later.connection == HbaConnection::Local
            || earlier.address.as_deref() == Some("all")
            || earlier.address == later.address && earlier.netmask == later.netmask
            || origin(earlier) == Origin::Anywhere && is_v6(earlier) == is_v6(later);
        kind && later.databases.iter().all(is_covered) && addresses
    }

    /// Whether a superuser can come in by the line, as far as its users go.
    pub fn lets_superusers_in(&self, line: &HbaRule) -> bool {
        line.users.iter().any(|user| match user.strip_prefix('+') {
            Some(group) => {
                let group = RoleName::from(group);
                self.catalog
                    .roles
                    .keys()
                    .any(|role| self.is_superuser(role) && (*role == group || self.can_be(role, &group)))
            }
            None => {
                user == "all"
                    || self.is_superuser(&RoleName::from(user.as_str()))
                    || self
                        .catalog
                        .roles
                        .keys()
                        .any(|role| self.is_superuser(role) && self.matches(user, role))
            }
        })
    }
}

/// From where.
pub fn origin(line: &HbaRule) -> Origin {
    if line.connection == HbaConnection::Local {
        return Origin::Socket;
    }
    let Some(address) = line.address.as_deref() else { return Origin::Anywhere };
    let mask = line.netmask.as_deref();
    match address {
        "all" => Origin::Anywhere,
        "samehost" | "localhost" => Origin::Loopback,
        "0.0.0.0" if mask.is_none_or(|mask| mask == "0.0.0.0") => Origin::Anywhere,
        "::" if mask.is_none_or(|mask| mask == "::") => Origin::Anywhere,
        "::1" => Origin::Loopback,
        _ if address.starts_with("127.") => Origin::Loopback,
        _ if mask.is_some_and(|mask| mask == "0.0.0.0" || mask == "::") => Origin::Anywhere,
        _ => Origin::Network,
    }
}

/// The line in words: `line 4 of pg_hba.conf: host all all 0.0.0.0/0 trust`.
pub fn in_words(line: &HbaRule) -> String {
    let file = line.file.as_deref().and_then(|file| file.rsplit('/').next()).unwrap_or("pg_hba.conf");
    let kind = match line.connection {
        HbaConnection::Local => "local",
        HbaConnection::Host => "host",
        HbaConnection::HostSsl => "hostssl",
        HbaConnection::HostNoSsl => "hostnossl",
        HbaConnection::HostGssEnc => "hostgssenc",
        HbaConnection::HostNoGssEnc => "hostnogssenc",
    };
    let mut words =
        format!("line {} of {file}: {kind} {} {}", line.line, line.databases.join(","), line.users.join(","));
    if let Some(address) = &line.address {
        words.push_str(&format!(" {address}"));
        if let Some(bits) = line.netmask.as_deref().and_then(prefix_length) {
            words.push_str(&format!("/{bits}"));
        }
    }
    format!("{words} {}", line.method)
}

/// The map of `pg_ident.conf` that the line goes by.
pub fn map_of(line: &HbaRule) -> Option<&str> {
    line.options.iter().find_map(|option| option.strip_prefix("map="))
}

/// `255.255.255.0` is 24.
fn prefix_length(mask: &str) -> Option<u32> {
    match mask.parse().ok()? {
        std::net::IpAddr::V4(mask) => Some(mask.to_bits().leading_ones()),
        std::net::IpAddr::V6(mask) => Some(mask.to_bits().leading_ones()),
    }
}

/// Words for databases that are no names.
const KEYWORDS: [&str; 5] = ["all", "sameuser", "samerole", "samegroup", "replication"];

fn is_v6(line: &HbaRule) -> Option<bool> {
    line.address.as_deref().and_then(|address| {
        let parsed: Option<std::net::IpAddr> = address.parse().ok();
        parsed.map(|address| address.is_ipv6())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use pgward_catalog::catalog::Catalog;
    use pgward_catalog::version::Version;
    use pgward_survey::Survey;
    use pgward_survey::server::Matched;

    fn line(text: &str) -> HbaRule {
        let mut words = text.split(' ').map(str::to_owned);
        let connection = match words.next().unwrap().as_str() {
            "local" => HbaConnection::Local,
            "hostssl" => HbaConnection::HostSsl,
            _ => HbaConnection::Host,
        };
        let list = |word: String| word.split(',').map(str::to_owned).collect();
        let databases = list(words.next().unwrap());
        let users = list(words.next().unwrap());
        let (address, netmask) = if connection == HbaConnection::Local {
            (None, None)
        } else {
            let word = words.next().unwrap();
            match word.split_once('/') {
                Some((address, mask)) => (Some(address.to_owned()), Some(mask.to_owned())),
                None => (Some(word), None),
            }
        };
        let method = words.next().unwrap();
        HbaRule {
            line: 1,
            file: None,
            connection,
            databases,
            users,
            address,
            netmask,
            method,
            options: Vec::new(),
        }
    }

    #[test]
    fn a_line_after_one_that_matches_all_it_does_is_not_reached() {
        let mut survey = Survey {
            catalog: Catalog::empty(Version(180_006), "postgres".into()),
            databases: Default::default(),
            server: Default::default(),
            sessions: Vec::new(),
            kept: Default::default(),
            lent: None,
            passwords: Default::default(),
            asked_for: None,
            blind: Default::default(),
        };
        let shop = Matched { databases: ["shop".into()].into(), roles: ["app".into()].into() };
        survey.server.hba_patterns = [("/^sh".to_owned(), shop.clone()), ("/^a".to_owned(), shop)].into();
        let study = Study::of(&survey, None, "2026-11-22");
        let covers = |earlier: &str, later: &str| study.covers(&line(earlier), &line(later));
        assert!(covers("local all all reject", "local shop app trust"));
        assert!(covers(
            "host all all 0.0.0.0/0.0.0.0 scram-sha-256",
            "hostssl shop app 10.0.0.0/255.0.0.0 trust"
        ));
        assert!(!covers("host all all 0.0.0.0/0.0.0.0 scram-sha-256", "host all all ::1/ffff:: trust"));
        assert!(!covers("local all all reject", "local replication all trust"));
        assert!(!covers("hostssl all all all scram-sha-256", "host all all all trust"));
        assert!(!covers("local all app reject", "local all all trust"));
        // One list within another, and what an expression matches.
        assert!(covers("local shop,other app,web reject", "local other web trust"));
        assert!(!covers("local shop app reject", "local shop,other app trust"));
        assert!(covers("local /^sh /^a reject", "local shop app trust"));
        assert!(!covers("local /^sh all reject", "local all app trust"));
        assert!(!covers("local /^sh all reject", "local hr app trust"));
        assert!(!covers("local shop all reject", "local /^sh app trust"));
        assert!(!covers("local /^sh all reject", "local replication app trust"));
    }

    #[test]
    fn where_a_line_lets_in_from() {
        assert_eq!(origin(&line("local all all trust")), Origin::Socket);
        assert_eq!(origin(&line("host all all 127.0.0.1/255.255.255.255 trust")), Origin::Loopback);
        assert_eq!(origin(&line("host all all ::1 trust")), Origin::Loopback);
        assert_eq!(origin(&line("host all all 0.0.0.0/0.0.0.0 trust")), Origin::Anywhere);
        assert_eq!(origin(&line("host all all 10.0.0.0/255.0.0.0 trust")), Origin::Network);
        assert_eq!(
            in_words(&line("host all all 10.0.0.0/255.0.0.0 trust")),
            "line 1 of pg_hba.conf: host all all 10.0.0.0/8 trust"
        );
    }
}
