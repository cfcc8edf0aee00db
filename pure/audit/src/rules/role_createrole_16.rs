use pgward_catalog::role::Attribute;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::without_attribute;

pub(super) const RULE: Rule = Rule {
    id: "role.createrole_16",
    title: "a login with CREATEROLE makes roles and administers them",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::from(16),
    sees: &[],
    references: &[
        Reference::page("role-attributes", "Role Attributes"),
        Reference::page("runtime-config-client", "createrole_self_grant"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.8.2", "Privileged access rights"),
    ],
    explanation: "From PostgreSQL 16 on a role with CREATEROLE gets ADMIN on every role it makes and may grant itself those; with \
`createrole_self_grant` it inherits them at once. It cannot reach other roles, but what is given to a role it made is its own, and logins \
it makes outlive it. Roles are made by an administrator, or by a lent role.",
    check,
    cases: &[Case {
        shows: "a program's login has CREATEROLE",
        versions: Versions::from(16),
        flawed: "CREATE ROLE role_createrole_16_app LOGIN CREATEROLE;",
        finds: &[("role role_createrole_16_app", "role_createrole_16_app")],
        sound: "CREATE ROLE role_createrole_16_app_ok LOGIN; CREATE ROLE role_createrole_16_nobody_ok NOLOGIN CREATEROLE;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let grants_itself =
        study.survey.server.setting("createrole_self_grant").filter(|value| !value.is_empty());
    for (holder, role) in &study.catalog.roles {
        if !role.has(Attribute::CreateRole)
            || role.has(Attribute::Superuser)
            || study.is_administrative(holder)
        {
            continue;
        }
        for (login, _) in study.low_logins().filter(|(login, _)| study.can_be(login, holder)) {
            let message =
                format!("role {} may create roles, and has ADMIN on those it creates", login.quoted());
            let fix = study.unless_lending(holder, without_attribute(holder, "CREATEROLE"));
            let finding =
                findings.add(Subject::Role(holder.clone()), Some(login.clone().into()), message, fix);
            finding.shown_by(study.way_in_words(login, holder));
            if let Some(value) = grants_itself {
                finding.shown_by(format!("createrole_self_grant is {value}"));
            }
        }
    }
}
