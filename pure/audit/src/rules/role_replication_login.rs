use pgward_catalog::role::Attribute;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::without_attribute;

pub(super) const RULE: Rule = Rule {
    id: "role.replication_login",
    title: "a login may copy the whole cluster",
    capability: Capability::AllRead,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::soc2("A1.2", "Backup processes are protected"),
        Reference::page("role-attributes", "Role Attributes"),
        Reference::cis("7.1", "replication has an account of its own"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.8.2", "Privileged access rights"),
    ],
    explanation: "`REPLICATION` is the right to `pg_basebackup`: every byte of every database, `pg_authid` included, past every privilege and policy. \
A line of `pg_hba.conf` for `replication` is not needed: a connection with `replication=database` comes in by the lines of that database, \
and `BASE_BACKUP` works there. Give it to a login that does nothing else, from the addresses of the replicas.",
    check,
    cases: &[Case {
        shows: "a login has it, and another becomes a role that has it",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_replication_login_app LOGIN REPLICATION;
                     CREATE ROLE role_replication_login_group NOLOGIN REPLICATION;
                     CREATE ROLE role_replication_login_member LOGIN NOINHERIT;
                     GRANT role_replication_login_group TO role_replication_login_member;",
        finds: &[
            ("role role_replication_login_app", "role_replication_login_app"),
            ("role role_replication_login_group", "role_replication_login_member"),
        ],
        sound: "CREATE ROLE role_replication_login_app_ok LOGIN;
                    CREATE ROLE role_replication_login_nobody_ok NOLOGIN REPLICATION;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (holder, role) in &study.catalog.roles {
        if !role.has(Attribute::Replication)
            || role.has(Attribute::Superuser)
            || study.is_administrative(holder)
        {
            continue;
        }
        for (login, _) in study.low_logins().filter(|(login, _)| study.can_be(login, holder)) {
            let message = format!(
                "role {} may take a base backup, which holds every row and every password verifier, as {}",
                login.quoted(),
                holder.quoted()
            );
            let message = if login == holder {
                format!(
                    "role {} may take a base backup, which holds every row and every password verifier",
                    login.quoted()
                )
            } else {
                message
            };
            let fix = without_attribute(holder, "REPLICATION");
            findings
                .add(Subject::Role(holder.clone()), Some(login.clone().into()), message, fix)
                .shown_by(study.way_in_words(login, holder));
        }
    }
}
