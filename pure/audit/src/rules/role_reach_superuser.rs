use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::becoming::in_words;
use crate::study::mending::end_membership;

pub(super) const RULE: Rule = Rule {
    id: "role.reach_superuser",
    title: "a login can become a superuser by SET ROLE",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("role-membership", "Role Membership"),
        Reference::cis("4.3", "excessive administrative privileges are revoked"),
        Reference::stig("V-233614", "privileged functions are kept from non-privileged users"),
        Reference::nist("AC-6", "Least Privilege"),        Reference::iso("A.8.2", "Privileged access rights"),        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "A login that is not a superuser and is a member of one, at any distance, is one `SET ROLE` away from everything. `NOINHERIT` \
does not prevent it: it only means that the command has to be typed. From PostgreSQL 16 on, the SET option of each membership on \
the way decides. End the last membership of the way, or give the person a role that is lent for an hour.",
    check,
    cases: &[Case {
            shows: "a login reaches a superuser through a group it does not inherit from",
            versions: Versions::ALL,
            flawed: "CREATE ROLE role_reach_superuser_root NOLOGIN SUPERUSER;
                     CREATE ROLE role_reach_superuser_team NOLOGIN;
                     CREATE ROLE role_reach_superuser_app LOGIN NOINHERIT;
                     GRANT role_reach_superuser_root TO role_reach_superuser_team;
                     GRANT role_reach_superuser_team TO role_reach_superuser_app;",
            finds: &[("role role_reach_superuser_root", "role_reach_superuser_app")],
            sound: "CREATE ROLE role_reach_superuser_plain_ok NOLOGIN;
                    CREATE ROLE role_reach_superuser_app_ok LOGIN;
                    GRANT role_reach_superuser_plain_ok TO role_reach_superuser_app_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
        Case {
            shows: "a membership without the SET option does not make a superuser",
            versions: Versions::from(16),
            flawed: "CREATE ROLE role_reach_superuser_set NOLOGIN SUPERUSER;
                     CREATE ROLE role_reach_superuser_login LOGIN;
                     GRANT role_reach_superuser_set TO role_reach_superuser_login WITH SET TRUE;",
            finds: &[("role role_reach_superuser_set", "role_reach_superuser_login")],
            sound: "CREATE ROLE role_reach_superuser_noset_ok NOLOGIN SUPERUSER;
                    CREATE ROLE role_reach_superuser_login_ok LOGIN;
                    GRANT role_reach_superuser_noset_ok TO role_reach_superuser_login_ok WITH SET FALSE, INHERIT TRUE;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (login, _) in study.low_logins() {
        for role in study.becomes(login).filter(|role| study.is_superuser(role)) {
            let Some(way) = study.way_by_set_role(login, role) else { continue };
            let Some(last) = way.last() else { continue };
            let message = format!("role {} can become superuser {}", login.quoted(), role.quoted());
            let fix = end_membership(last.membership, study.version());
            findings
                .add(Subject::Role(role.clone()), Some(login.clone().into()), message, fix)
                .shown_by(in_words(login, &way));
        }
    }
}
