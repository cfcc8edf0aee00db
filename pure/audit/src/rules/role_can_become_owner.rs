use pgward_catalog::name::RoleName;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::becoming::in_words;
use crate::study::mending::end_membership;

pub(super) const RULE: Rule = Rule {
    id: "role.can_become_owner",
    title: "a login can become the role that owns tables",
    capability: Capability::AllWrite,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::nist("AC-6(5)", "Least Privilege | Privileged Accounts"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "The owner of a table takes its row security off, drops it and grants it. A login that can act as the owner has that all the time, \
not only while it migrates. A migrator is meant to: the contract says so (`may_become`), and then this is silent about it.",
    check,
    cases: &[
        Case {
            shows: "a program is a member of the role that owns its tables",
            versions: Versions::ALL,
            flawed: "CREATE ROLE role_can_become_owner_owner NOLOGIN;
                     CREATE ROLE role_can_become_owner_app LOGIN NOINHERIT;
                     GRANT role_can_become_owner_owner TO role_can_become_owner_app;
                     CREATE SCHEMA role_can_become_owner;
                     CREATE TABLE role_can_become_owner.t (a int);
                     ALTER TABLE role_can_become_owner.t OWNER TO role_can_become_owner_owner;",
            finds: &[("role role_can_become_owner_owner", "role_can_become_owner_app")],
            sound: "CREATE ROLE role_can_become_owner_owner_ok NOLOGIN;
                    CREATE ROLE role_can_become_owner_app_ok LOGIN;
                    CREATE SCHEMA role_can_become_owner_ok;
                    CREATE TABLE role_can_become_owner_ok.t (a int);
                    ALTER TABLE role_can_become_owner_ok.t OWNER TO role_can_become_owner_owner_ok;
                    GRANT USAGE ON SCHEMA role_can_become_owner_ok TO role_can_become_owner_app_ok;
                    GRANT SELECT ON role_can_become_owner_ok.t TO role_can_become_owner_app_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
        Case {
            shows: "an owner of a schema and a function, and of no table",
            versions: Versions::ALL,
            flawed: "CREATE ROLE role_can_become_owner_keeper NOLOGIN;
                     CREATE ROLE role_can_become_owner_member LOGIN;
                     GRANT role_can_become_owner_keeper TO role_can_become_owner_member;
                     CREATE SCHEMA role_can_become_owner2 AUTHORIZATION role_can_become_owner_keeper;",
            finds: &[("role role_can_become_owner_keeper", "role_can_become_owner_member")],
            sound: "CREATE ROLE role_can_become_owner_group_ok NOLOGIN;
                    CREATE ROLE role_can_become_owner_member_ok LOGIN;
                    GRANT role_can_become_owner_group_ok TO role_can_become_owner_member_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
    ],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, ..) in study.databases() {
        for (owner, objects) in study.owners(database) {
            if study.is_superuser(owner) || study.is_administrative(owner) {
                continue;
            }
            let others = study.low_logins().map(|(login, _)| login).filter(|login| *login != owner);
            for login in
                others.filter(|login| study.acts_as(login, owner) && !is_declared(study, login, owner))
            {
                let way = study.way(login, owner);
                let Some(last) = way.last() else { continue };
                let message = format!(
                    "role {} can become {}, which owns {objects} objects in database {}",
                    login.quoted(),
                    owner.quoted(),
                    database.quoted()
                );
                let fix = end_membership(last.membership, study.version());
                findings
                    .add(Subject::Role(owner.clone()), Some(login.clone().into()), message, fix)
                    .shown_by(in_words(login, &way));
            }
        }
    }
}

/// Whether the contract makes the login a member of the owner.
fn is_declared(study: &Study<'_>, login: &RoleName, owner: &RoleName) -> bool {
    study.declared.is_some_and(|declared| {
        declared.described.contains(login)
            && declared.desired.memberships.keys().any(|key| key.member == *login && key.role == *owner)
    })
}
