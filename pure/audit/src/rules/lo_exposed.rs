use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) const RULE: Rule = Rule {
    id: "lo.exposed",
    title: "large objects are open to everybody",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("lo-implementation", "Large Objects: Implementation Features"),
        Reference::page(
            "runtime-config-compatible",
            "Version and Platform Compatibility: lo_compat_privileges",
        ),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "`lo_compat_privileges` switches all checks of large objects off: every login reads and writes each of them. A \
large object granted to PUBLIC is open by itself. Switch the setting off, and grant to the roles that need it.",
    check,
    cases: &[Case {
        shows: "the checks switched off, and a large object for everybody",
        versions: Versions::ALL,
        flawed: "SELECT lo_create(4104001); GRANT SELECT, UPDATE ON LARGE OBJECT 4104001 TO PUBLIC;
                 SELECT lo_create(4104); GRANT SELECT ON LARGE OBJECT 4104 TO PUBLIC;",
        finds: &[
            ("setting lo_compat_privileges", "PUBLIC"),
            ("large object 4104001 in database audited", "PUBLIC"),
            ("large object 4104 in database audited", "PUBLIC"),
        ],
        sound: "CREATE ROLE lo_app LOGIN; SELECT lo_create(4104002); GRANT SELECT ON LARGE OBJECT 4104002 TO lo_app;
                SELECT lo_create(4105); GRANT SELECT ON LARGE OBJECT 4105 TO lo_app;",
        fix: FixWorks::Runs,
        needs: Needs::Server {
            flawed: ServerSetup { settings: &[("lo_compat_privileges", "on")], hba: None },
            sound: ServerSetup { settings: &[("lo_compat_privileges", "off")], hba: None },
        },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    if study.survey.server.setting("lo_compat_privileges") == Some("on") {
        findings
            .add(
                Subject::Setting("setting lo_compat_privileges".to_owned()),
                Some(Grantee::Public),
                "privileges on large objects are not checked",
                Fix::Sql(vec![
                    "ALTER SYSTEM SET lo_compat_privileges = off".to_owned(),
                    "SELECT pg_catalog.pg_reload_conf()".to_owned(),
                ]),
            )
            .shown_by("lo_compat_privileges is on");
    }
    for placed in study.made().filter(|placed| placed.key.class == Class::LargeObject) {
        for entry in study.given(placed.object).filter(|entry| entry.grantee == Grantee::Public) {
            let message = format!("everybody holds {} on {}", entry.privileges, placed.key);
            findings
                .add(
                    Subject::object(placed.at()),
                    Some(Grantee::Public),
                    message,
                    revoke(placed.key, placed.object, entry, entry.privileges),
                )
                .shown_by(format!("granted by {}", entry.grantor.quoted()));
        }
    }
}
