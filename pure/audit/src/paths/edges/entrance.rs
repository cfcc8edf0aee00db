//! Entrances: lines of `pg_hba.conf` that let somebody in as a role without asking for anything.

use pgward_catalog::name::RoleName;
use pgward_catalog::role::{Attribute, Role};
use pgward_survey::server::HbaRule;

use crate::finding::Fix;
use crate::paths::edges::found::{Edges, Step};
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::authentication::{Leads, Origin, in_words, origin};

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    let study = edges.study;
    for (name, role) in study.catalog.roles.iter().filter(|(_, role)| role.has(Attribute::Login)) {
        for line in study.entrances_of(name).into_iter().filter(|line| asks_nothing(line)) {
            let Some(to) = arrival(edges, line, name, role) else { continue };
            // Where it leads to one database only, the step is taken there.
            let database = match study.leads(line) {
                Leads::To(databases) if databases.len() == 1 => databases.into_iter().next(),
                _ => None,
            };
            // Whoever has an account of the machine may come over the socket or the loopback.
            let near = origin(line) <= Origin::Loopback;
            let words = in_words(line);
            let step = Step {
                mechanism: Mechanism::TrustLine,
                precondition: if near { Precondition::Configuration } else { Precondition::Login },
                database: database.as_ref(),
                fix: Fix::words(format!("have {words} ask for scram-sha-256, then SELECT pg_reload_conf()")),
                cause: words,
                object: None,
            };
            edges.add(Node::Public, to, step);
        }
    }
}

/// `ident` believes what the client's machine says; over the socket it is `peer`, which asks the kernel.
fn asks_nothing(line: &HbaRule) -> bool {
    match line.method.as_str() {
        "trust" => true,
        "ident" => origin(line) > Origin::Socket,
        _ => false,
    }
}

/// Whoever comes in for replication alone copies everything and does nothing else.
fn arrival(edges: &Edges<'_, '_>, line: &HbaRule, name: &RoleName, role: &Role) -> Option<Node> {
    if line.databases.iter().all(|database| database == "replication") {
        let may = role.has(Attribute::Replication) || role.has(Attribute::Superuser);
        return may.then_some(Node::Sink(Sink::AllRead));
    }
    match edges.study.leads(line) {
        // It is for databases that are not there: nobody gets in.
        Leads::To(databases) if databases.is_empty() => None,
        _ => Some(edges.identity(name)),
    }
}
