use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::becoming::in_words;
use crate::study::mending::end_membership;

pub(super) const RULE: Rule = Rule {
    id: "role.write_all_data",
    title: "a login writes every table, and every table to come",
    capability: Capability::AllWrite,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("predefined-roles", "Predefined Roles"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::owasp("LLM06", "Excessive Agency"),
    ],
    explanation: "`pg_write_all_data` is INSERT, UPDATE and DELETE on everything in every database, and on what is made tomorrow. Grant the verbs on \
the tables that are meant.",
    check,
    cases: &[Case {
        shows: "a login is a member, through a group that it does not inherit from",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_write_all_data_team NOLOGIN;
                     CREATE ROLE role_write_all_data_app LOGIN NOINHERIT;
                     GRANT pg_write_all_data TO role_write_all_data_team;
                     GRANT role_write_all_data_team TO role_write_all_data_app;",
        finds: &[("role pg_write_all_data", "role_write_all_data_app")],
        sound: "CREATE ROLE role_write_all_data_nobody_ok NOLOGIN;
                    CREATE ROLE role_write_all_data_app_ok LOGIN;
                    GRANT pg_write_all_data TO role_write_all_data_nobody_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (login, _) in study.low_logins() {
        for role in study.becomes(login).filter(|role| ROLES.contains(&role.as_str())) {
            let way = study.way(login, role);
            let Some(last) = way.last() else { continue };
            let message =
                format!("role {} writes every table of every database ({})", login.quoted(), role.quoted());
            let fix = end_membership(last.membership, study.version());
            findings
                .add(Subject::Role(role.clone()), Some(login.clone().into()), message, fix)
                .shown_by(in_words(login, &way));
        }
    }
}

const ROLES: &[&str] = &["pg_write_all_data"];
