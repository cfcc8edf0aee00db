use pgward_catalog::role::Attribute;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::without_attribute;

pub(super) const RULE: Rule = Rule {
    id: "role.createdb",
    title: "a login may create databases",
    capability: Capability::Hygiene,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("role-attributes", "Role Attributes"),
        Reference::cis("4.3", "excessive administrative privileges are revoked"),
        Reference::nist("AC-6", "Least Privilege"),
    ],
    explanation: "Whoever creates a database owns it: it sets its search path for everybody who comes, fills the disk, and copies any template it may \
connect to. Programs have no use for it.",
    check,
    cases: &[Case {
        shows: "a login has it, and another becomes a role that has it",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_createdb_app LOGIN CREATEDB;
                     CREATE ROLE role_createdb_group NOLOGIN CREATEDB;
                     CREATE ROLE role_createdb_member LOGIN NOINHERIT;
                     GRANT role_createdb_group TO role_createdb_member;",
        finds: &[
            ("role role_createdb_app", "role_createdb_app"),
            ("role role_createdb_group", "role_createdb_member"),
        ],
        sound: "CREATE ROLE role_createdb_app_ok LOGIN;
                    CREATE ROLE role_createdb_nobody_ok NOLOGIN CREATEDB;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (holder, role) in &study.catalog.roles {
        if !role.has(Attribute::CreateDb) || role.has(Attribute::Superuser) || study.is_administrative(holder)
        {
            continue;
        }
        for (login, _) in study.low_logins().filter(|(login, _)| study.can_be(login, holder)) {
            let message = format!(
                "role {} may create databases, and owns what it creates, as {}",
                login.quoted(),
                holder.quoted()
            );
            let message = if login == holder {
                format!("role {} may create databases, and owns what it creates", login.quoted())
            } else {
                message
            };
            let fix = without_attribute(holder, "CREATEDB");
            findings
                .add(Subject::Role(holder.clone()), Some(login.clone().into()), message, fix)
                .shown_by(study.way_in_words(login, holder));
        }
    }
}
