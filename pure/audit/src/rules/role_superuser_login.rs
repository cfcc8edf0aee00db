use pgward_catalog::role::Attribute;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::without_attribute;

pub(super) const RULE: Rule = Rule {
    id: "role.superuser_login",
    title: "a login other than the bootstrap superuser is a superuser",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("role-attributes", "Role Attributes"),
        Reference::cis("4.3", "excessive administrative privileges are revoked"),
        Reference::stig("V-233614", "privileged functions are kept from non-privileged users"),
        Reference::nist(
            "AC-6(10)",
            "Least Privilege | Prohibit Non-privileged Users from Executing Privileged Functions",
        ),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
        Reference::owasp("LLM06", "Excessive Agency"),
    ],
    explanation: "A superuser passes every check: it reads and changes every row, becomes every role, and runs commands as \
the operating system account of the server (`COPY ... TO PROGRAM`). Whoever gets hold of this login has the machine. \
Give the program a role of its own with the privileges it needs, and keep superusers for people, for as long as they need it.",
    check,
    cases: &[Case {
        shows: "an application logs in as a superuser",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_superuser_login_app LOGIN SUPERUSER;",
        finds: &[("role role_superuser_login_app", "role_superuser_login_app")],
        sound: "CREATE ROLE role_superuser_login_app_ok LOGIN; CREATE ROLE role_superuser_login_dba_ok NOLOGIN SUPERUSER;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (name, role) in study.logins().filter(|(_, role)| role.has(Attribute::Superuser)) {
        let message = format!("role {} may log in and is a superuser", name.quoted());
        findings
            .add(
                Subject::Role(name.clone()),
                Some(name.clone().into()),
                message,
                without_attribute(name, "SUPERUSER"),
            )
            .shown_by(format!("attributes: {:?}", role.attributes));
    }
}
