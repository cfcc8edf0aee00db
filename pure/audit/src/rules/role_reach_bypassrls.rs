use pgward_catalog::role::Attribute;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::without_attribute;

pub(super) const RULE: Rule = Rule {
    id: "role.reach_bypassrls",
    title: "a login bypasses row security",
    capability: Capability::AllWrite,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::cis("4.7", "row security is configured"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "`BYPASSRLS` makes every policy of every table void for its holder, so it sees and changes the rows of every tenant it has privileges on. \
Definer functions of a NOLOGIN role that nobody can become are the narrow way to what has to be read across tenants.",
    check,
    cases: &[Case {
        shows: "a login has it, and another becomes a role that has it",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_reach_bypassrls_app LOGIN BYPASSRLS;
                     CREATE ROLE role_reach_bypassrls_group NOLOGIN BYPASSRLS;
                     CREATE ROLE role_reach_bypassrls_member LOGIN NOINHERIT;
                     GRANT role_reach_bypassrls_group TO role_reach_bypassrls_member;",
        finds: &[
            ("role role_reach_bypassrls_app", "role_reach_bypassrls_app"),
            ("role role_reach_bypassrls_group", "role_reach_bypassrls_member"),
        ],
        sound: "CREATE ROLE role_reach_bypassrls_app_ok LOGIN;
                    CREATE ROLE role_reach_bypassrls_nobody_ok NOLOGIN BYPASSRLS;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (holder, role) in &study.catalog.roles {
        if !role.has(Attribute::BypassRls)
            || role.has(Attribute::Superuser)
            || study.is_administrative(holder)
        {
            continue;
        }
        for (login, _) in study.low_logins().filter(|(login, _)| study.can_be(login, holder)) {
            let message = format!("role {} bypasses row security as {}", login.quoted(), holder.quoted());
            let message = if login == holder {
                format!("role {} bypasses row security", login.quoted())
            } else {
                message
            };
            let fix = without_attribute(holder, "BYPASSRLS");
            findings
                .add(Subject::Role(holder.clone()), Some(login.clone().into()), message, fix)
                .shown_by(study.way_in_words(login, holder));
        }
    }
}
