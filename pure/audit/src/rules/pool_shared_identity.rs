use pgward_catalog::name::RoleName;
use pgward_survey::sight::Sight;
use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "pool.shared_identity",
    title: "several programs are connected as one role",
    capability: Capability::Hygiene,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[Sight::Sessions],
    references: &[
        Reference::page("runtime-config-logging", "application_name"),
        Reference::stig("V-233612", "users are identified and authenticated as themselves"),
        Reference::nist("IA-2", "Identification and Authentication (Organizational Users)"),
    ],
    explanation: "Sessions of one login name different applications, or come from many machines: it is shared. Nobody can tell afterwards who did what, and \
its password cannot be changed without stopping all of them. Give each program a login of its own.",
    check,
    cases: &[],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let mut programs: BTreeMap<&RoleName, BTreeSet<&str>> = BTreeMap::new();
    for session in study.survey.sessions.iter().filter(|session| !study.is_administrative(&session.role)) {
        if !session.application.is_empty() {
            programs.entry(&session.role).or_default().insert(&session.application);
        }
    }
    for (role, programs) in programs.into_iter().filter(|(_, programs)| programs.len() > 1) {
        let message = format!("{} programs are connected as {}", programs.len(), role.quoted());
        let fix = Fix::words("give each program a login of its own, with the privileges it needs");
        let finding = findings.add(Subject::Role(role.clone()), Some(role.clone().into()), message, fix);
        for program in programs {
            finding.shown_by(format!("application {program}"));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use pgward_catalog::catalog::Catalog;
    use pgward_catalog::name::{DatabaseName, RoleName};
    use pgward_catalog::role::{Attribute, Role};
    use pgward_catalog::version::Version;
    use pgward_survey::Survey;
    use pgward_survey::session::Session;

    use super::*;

    fn found(sessions: &[(&str, &str, Option<&str>, bool)]) -> Vec<String> {
        let bootstrap = RoleName::from("postgres");
        let mut catalog = Catalog::empty(Version(150_020), bootstrap.clone());
        for (name, attributes) in
            [("postgres", &[Attribute::Login, Attribute::Superuser][..]), ("app", &[Attribute::Login])]
        {
            let mut role = Role::plain();
            role.attributes = attributes.iter().copied().collect();
            catalog.roles.insert(RoleName::from(name), role);
        }
        let sessions = sessions.iter().map(|(role, application, address, tls)| Session {
            role: RoleName::from(*role),
            database: Some(DatabaseName::from("shop")),
            application: (*application).to_owned(),
            address: address.map(str::to_owned),
            tls: *tls,
        });
        let survey = Survey {
            catalog,
            databases: Default::default(),
            server: Default::default(),
            sessions: sessions.collect(),
            kept: Default::default(),
            lent: None,
            passwords: Default::default(),
            asked_for: None,
            blind: Default::default(),
        };
        let study = Study::of(&survey, None, "2026-11-22");
        let mut findings = RULE.findings();
        check(&study, &mut findings);
        findings.into_vec().into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn two_programs_of_one_login_are_found() {
        let sessions = [("app", "web", Some("10.1.2.3"), true), ("app", "worker", Some("10.1.2.4"), true)];
        assert_eq!(found(&sessions), ["2 programs are connected as app"]);
    }

    #[test]
    fn many_sessions_of_one_program_are_not() {
        let sessions = [
            ("app", "web", Some("10.1.2.3"), true),
            ("app", "web", Some("10.1.2.4"), true),
            ("postgres", "psql", None, true),
        ];
        assert!(found(&sessions).is_empty());
    }
}
