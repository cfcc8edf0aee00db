//! Authentication: what the lines of `pg_hba.conf` let in. The first line that matches a connection decides, so a line that
//! comes after one that matches all it does is never reached.

use pgward_catalog::name::RoleName;

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

impl<'a> Study<'a> {
    /// The lines that let somebody in and are reached.
    pub fn entrances(&self) -> impl Iterator<Item = &'a HbaRule> {
        let lines = &self.survey.server.hba;
        lines.iter().enumerate().filter_map(move |(position, line)| {
            let hidden = lines.iter().take(position).any(|earlier| covers(earlier, line));
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
                && !lines.iter().take(*position).any(|earlier| covers_all_but_users(earlier, line))
        });
        reached.map(|(_, line)| *line).collect()
    }

    fn names(&self, line: &HbaRule, role: &RoleName) -> bool {
        line.users.iter().any(|user| match user.strip_prefix('+') {
            Some(group) => self.acts_as(role, &RoleName::from(group)),
            None => user == "all" || user == role.as_str() || self.matches(user, role),
        })
    }

    /// Whether a regular expression of a line matches the role.
    fn matches(&self, pattern: &str, role: &RoleName) -> bool {
        self.survey.server.hba_patterns.get(pattern).is_some_and(|matched| matched.roles.contains(role))
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

/// That nobody has looked as whom a line lets in, where a map of `pg_ident.conf` says so.
pub fn by_map(line: &HbaRule) -> Option<String> {
    let map = line.options.iter().find_map(|option| option.strip_prefix("map="))?;
    Some(format!("as whom it lets in stands in map {map} of pg_ident.conf, which is not assessed"))
}

/// `255.255.255.0` is 24.
fn prefix_length(mask: &str) -> Option<u32> {
    match mask.parse().ok()? {
        std::net::IpAddr::V4(mask) => Some(mask.to_bits().leading_ones()),
        std::net::IpAddr::V6(mask) => Some(mask.to_bits().leading_ones()),
    }
}

/// Whether the earlier line matches every connection that the later one does.
fn covers(earlier: &HbaRule, later: &HbaRule) -> bool {
    let users = earlier.users == later.users || earlier.users.iter().any(|name| name == "all");
    users && covers_all_but_users(earlier, later)
}

/// The same for somebody whom both of them match.
fn covers_all_but_users(earlier: &HbaRule, later: &HbaRule) -> bool {
    let kind = match (earlier.connection, later.connection) {
        (a, b) if a == b => true,
        (HbaConnection::Host, other) => other != HbaConnection::Local,
        _ => false,
    };
    // `all` databases are not `replication`.
    let replication = |line: &HbaRule| line.databases.iter().any(|name| name == "replication");
    let databases = earlier.databases == later.databases
        || earlier.databases.iter().any(|name| name == "all") && !replication(later);
    let addresses = later.connection == HbaConnection::Local
        || earlier.address.as_deref() == Some("all")
        || earlier.address == later.address && earlier.netmask == later.netmask
        || origin(earlier) == Origin::Anywhere && is_v6(earlier) == is_v6(later);
    kind && databases && addresses
}

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
        assert!(covers(&line("local all all reject"), &line("local shop app trust")));
        assert!(covers(
            &line("host all all 0.0.0.0/0.0.0.0 scram-sha-256"),
            &line("hostssl shop app 10.0.0.0/255.0.0.0 trust")
        ));
        assert!(!covers(
            &line("host all all 0.0.0.0/0.0.0.0 scram-sha-256"),
            &line("host all all ::1/ffff:: trust")
        ));
        assert!(!covers(&line("local all all reject"), &line("local replication all trust")));
        assert!(!covers(&line("hostssl all all all scram-sha-256"), &line("host all all all trust")));
        assert!(!covers(&line("local all app reject"), &line("local all all trust")));
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
