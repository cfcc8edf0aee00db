use pgward_survey::sight::Sight;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "live.cleartext_session",
    title: "somebody is connected from another machine without encryption",
    capability: Capability::AllRead,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[Sight::Sessions],
    references: &[
        Reference::page("ssl-tcp", "Secure TCP/IP Connections with SSL"),
        Reference::cis("6.8", "TLS is enabled and configured correctly"),
        Reference::nist("SC-8", "Transmission Confidentiality and Integrity"),
        Reference::iso("A.8.24", "Use of cryptography"),
        Reference::soc2("CC6.7", "Transmission and movement of information is restricted"),
    ],
    explanation: "Statements, rows and, with the method `password`, passwords go over the network as they are. Let `pg_hba.conf` have `hostssl` lines only, \
and clients ask for `sslmode=verify-full`.",
    check,
    cases: &[],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for session in study.survey.sessions.iter().filter(|session| session.is_remote() && !session.tls) {
        let address = session.address.as_deref().unwrap_or_default();
        let message = format!("{} is connected from {address} without TLS", session.role.quoted());
        let fix = Fix::words("let pg_hba.conf have hostssl lines only, and clients use sslmode=verify-full");
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
    fn a_remote_session_without_tls_is_found() {
        assert_eq!(
            found(&[("app", "web", Some("10.1.2.3"), false)]),
            ["app is connected from 10.1.2.3 without TLS"]
        );
    }

    #[test]
    fn an_encrypted_one_and_one_on_the_machine_are_not() {
        assert!(
            found(&[
                ("app", "web", Some("10.1.2.3"), true),
                ("app", "web", Some("127.0.0.1"), false),
                ("app", "", None, false)
            ])
            .is_empty()
        );
    }
}
