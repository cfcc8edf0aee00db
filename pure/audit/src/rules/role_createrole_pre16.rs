use pgward_catalog::role::Attribute;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::without_attribute;

pub(super) const RULE: Rule = Rule {
    id: "role.createrole_pre16",
    title: "CREATEROLE before PostgreSQL 16 makes its holder every role that is not a superuser",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Login,
    versions: Versions::until(15),
    sees: &[],
    references: &[
        Reference::page("role-attributes", "Role Attributes"),
        Reference::stig("V-233614", "privileged functions are kept from non-privileged users"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "Until PostgreSQL 15 a role with CREATEROLE may grant itself any role that is not a superuser, `pg_execute_server_program` and \
`pg_write_server_files` among them, and set the password of any role that is not a superuser. It is superuser in two statements. \
Take the attribute away, and let a superuser, or a lent role, make roles.",
    check,
    cases: &[Case {
        shows: "a login with CREATEROLE, and one that may become such a role",
        versions: Versions::until(15),
        flawed: "CREATE ROLE role_createrole_pre16_app LOGIN CREATEROLE;
                     CREATE ROLE role_createrole_pre16_group NOLOGIN CREATEROLE;
                     CREATE ROLE role_createrole_pre16_member LOGIN;
                     GRANT role_createrole_pre16_group TO role_createrole_pre16_member;",
        finds: &[
            ("role role_createrole_pre16_app", "role_createrole_pre16_app"),
            ("role role_createrole_pre16_group", "role_createrole_pre16_member"),
        ],
        sound: "CREATE ROLE role_createrole_pre16_app_ok LOGIN;
                    CREATE ROLE role_createrole_pre16_nobody_ok NOLOGIN CREATEROLE;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (holder, role) in &study.catalog.roles {
        if !role.has(Attribute::CreateRole)
            || role.has(Attribute::Superuser)
            || study.is_administrative(holder)
        {
            continue;
        }
        for (login, _) in study.low_logins().filter(|(login, _)| study.can_be(login, holder)) {
            let message = format!(
                "role {} has CREATEROLE, so {} may grant itself pg_execute_server_program",
                holder.quoted(),
                login.quoted()
            );
            let fix = study.unless_lending(holder, without_attribute(holder, "CREATEROLE"));
            findings
                .add(Subject::Role(holder.clone()), Some(login.clone().into()), message, fix)
                .shown_by(study.way_in_words(login, holder));
        }
    }
}
