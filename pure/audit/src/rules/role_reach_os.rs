use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::becoming::in_words;
use crate::study::mending::end_membership;

pub(super) const RULE: Rule = Rule {
    id: "role.reach_os",
    title: "a login reaches programs or files of the server",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("predefined-roles", "Predefined Roles"),
        Reference::stig("V-233593", "access to external executables is restricted"),
        Reference::nist("CM-7", "Least Functionality"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
        Reference::owasp("LLM06", "Excessive Agency"),
    ],
    explanation: "`pg_execute_server_program` runs commands as the account of the server (`COPY ... TO PROGRAM`); `pg_write_server_files` writes \
`pg_hba.conf`; `pg_read_server_files` reads the files of every table. Each ends in superuser, and PostgreSQL's documentation says so. \
A program loads data with `COPY ... FROM STDIN`, which needs none of them.",
    check,
    cases: &[Case {
        shows: "a login is a member, through a group that it does not inherit from",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_reach_os_team NOLOGIN;
                     CREATE ROLE role_reach_os_app LOGIN NOINHERIT;
                     GRANT pg_execute_server_program TO role_reach_os_team;
                     GRANT role_reach_os_team TO role_reach_os_app;",
        finds: &[("role pg_execute_server_program", "role_reach_os_app")],
        sound: "CREATE ROLE role_reach_os_nobody_ok NOLOGIN;
                    CREATE ROLE role_reach_os_app_ok LOGIN;
                    GRANT pg_execute_server_program TO role_reach_os_nobody_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (login, _) in study.low_logins() {
        for role in study.becomes(login).filter(|role| ROLES.contains(&role.as_str())) {
            let way = study.way(login, role);
            let Some(last) = way.last() else { continue };
            let (capability, what) = match role.as_str() {
                "pg_read_server_files" => (Capability::ServerFiles, "files of the server"),
                _ => (Capability::OperatingSystem, "the operating system"),
            };
            let message = format!("role {} reaches {what} ({})", login.quoted(), role.quoted());
            let fix = end_membership(last.membership, study.version());
            findings
                .add(Subject::Role(role.clone()), Some(login.clone().into()), message, fix)
                .reaching(capability, Precondition::Login)
                .shown_by(in_words(login, &way));
        }
    }
}

const ROLES: &[&str] = &["pg_execute_server_program", "pg_write_server_files", "pg_read_server_files"];
