use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::becoming::in_words;
use crate::study::mending::end_membership;

pub(super) const RULE: Rule = Rule {
    id: "role.predefined_other",
    title: "a login has a predefined role of the server's own",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("predefined-roles", "Predefined Roles"),
        Reference::cis("4.9", "predefined roles are used and reviewed"),
        Reference::nist("AC-6", "Least Privilege"),
    ],
    explanation: "These roles see other roles' statements (`pg_monitor`, `pg_read_all_stats`), end their sessions (`pg_signal_backend`), lock their \
tables (`pg_maintain`) or make connections out of the server (`pg_create_subscription`). A monitoring account has use for them; a \
program that serves people has not.",
    check,
    cases: &[Case {
        shows: "a login is a member, through a group that it does not inherit from",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_predefined_other_team NOLOGIN;
                     CREATE ROLE role_predefined_other_app LOGIN NOINHERIT;
                     GRANT pg_read_all_stats TO role_predefined_other_team;
                     GRANT role_predefined_other_team TO role_predefined_other_app;",
        finds: &[("role pg_read_all_stats", "role_predefined_other_app")],
        sound: "CREATE ROLE role_predefined_other_nobody_ok NOLOGIN;
                    CREATE ROLE role_predefined_other_app_ok LOGIN;
                    GRANT pg_read_all_stats TO role_predefined_other_nobody_ok;",
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
                format!("role {} has a role of the server's own ({})", login.quoted(), role.quoted());
            let fix = end_membership(last.membership, study.version());
            findings
                .add(Subject::Role(role.clone()), Some(login.clone().into()), message, fix)
                .shown_by(in_words(login, &way));
        }
    }
}

const ROLES: &[&str] = &[
    "pg_monitor",
    "pg_read_all_settings",
    "pg_read_all_stats",
    "pg_stat_scan_tables",
    "pg_signal_backend",
    "pg_checkpoint",
    "pg_maintain",
    "pg_create_subscription",
    "pg_use_reserved_connections",
    "pg_signal_autovacuum_worker",
];
