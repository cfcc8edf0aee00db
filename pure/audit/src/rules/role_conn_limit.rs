use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "role.conn_limit",
    title: "a login may open as many connections as the server has",
    capability: Capability::Hygiene,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("sql-createrole", "CREATE ROLE"),
        Reference::cis("5.5", "each account has a connection limit"),
        Reference::stig("V-233522", "concurrent sessions are limited"),
        Reference::nist("AC-10", "Concurrent Session Control"),
    ],
    explanation: "Without a limit one program, or whoever has its password, takes every connection of the server, and keeps everybody else out.",
    check,
    cases: &[Case {
        shows: "a login without a limit",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_conn_limit_app LOGIN;",
        finds: &[("role role_conn_limit_app", "role_conn_limit_app")],
        sound: "CREATE ROLE role_conn_limit_app_ok LOGIN CONNECTION LIMIT 20;",
        fix: FixWorks::CannotRun("the number is somebody's to choose"),
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (name, _) in study.low_logins().filter(|(_, role)| role.connection_limit.is_none()) {
        let message = format!("role {} may open any number of connections", name.quoted());
        let fix = Fix::words(format!("ALTER ROLE {} CONNECTION LIMIT the most it needs", name.quoted()));
        findings.add(Subject::Role(name.clone()), Some(name.clone().into()), message, fix);
    }
}
