use pgward_survey::sight::Sight;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "live.superuser_remote",
    title: "a superuser is connected from another machine",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[Sight::Sessions],
    references: &[
        Reference::page("auth-pg-hba-conf", "The pg_hba.conf File"),
        Reference::nist("AC-17", "Remote Access"),
    ],
    explanation: "A superuser's session that comes over the network shows that its password, or its certificate, is kept on another machine, where whoever \
gets hold of it has the server. People log in as themselves and are lent what they need; programs are no superusers.",
    check,
    cases: &[],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let remote = study
        .survey
        .sessions
        .iter()
        .filter(|session| session.is_remote() && study.is_superuser(&session.role));
    for session in remote {
        let address = session.address.as_deref().unwrap_or_default();
        let message = format!("superuser {} is connected from {address}", session.role.quoted());
        let fix = Fix::words(format!(
            "give {} a role of its own; let superusers in from the machine itself only",
            session.application
        ));
        let subject = Subject::Session(format!("session of {} from {address}", session.role.quoted()));
        findings.add(subject, Some(session.role.clone().into()), message, fix);
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
    fn a_superuser_from_another_machine_is_found() {
        let expected = ["superuser postgres is connected from 10.1.2.3"];
        assert_eq!(found(&[("postgres", "psql", Some("10.1.2.3"), true)]), expected);
    }

    #[test]
    fn a_superuser_on_the_machine_and_a_program_from_elsewhere_are_not() {
        let sessions = [
            ("postgres", "psql", None, false),
            ("postgres", "psql", Some("127.0.0.1"), true),
            ("app", "web", Some("10.1.2.3"), true),
        ];
        assert!(found(&sessions).is_empty());
    }
}
