use pgward_catalog::class::Class;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::change_owner;

pub(super) const RULE: Rule = Rule {
    id: "db.owner_login",
    title: "a database is owned by a role that can log in, or that a login can become",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("manage-ag-config", "Database Configuration"),
        Reference::page("ddl-schemas", "Schemas: usage patterns"),
        Reference::cve(
            "CVE-2018-1058",
            "Uncontrolled search path element in pg_dump and other client applications",
        ),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "The owner of a database sets its `search_path` and other settings for everybody who connects to it, superusers included, owns `public` \
through `pg_database_owner`, and drops it. Let a NOLOGIN role own it.",
    check,
    cases: &[Case {
        shows: "a program's login owns its database",
        versions: Versions::ALL,
        flawed: "CREATE ROLE db_owner_login_app LOGIN;
                     CREATE DATABASE db_owner_login OWNER db_owner_login_app;",
        finds: &[("database db_owner_login", "db_owner_login_app")],
        sound: "CREATE ROLE db_owner_login_owner_ok NOLOGIN;
                    CREATE DATABASE db_owner_login_ok OWNER db_owner_login_owner_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (key, object) in study.catalog.cluster_objects.iter().filter(|(key, _)| key.class == Class::Database)
    {
        let owner = &object.owner;
        for login in study.low_logins_of(owner) {
            if study.can_be(login, owner) && !is_declared(study, login, owner) {
                let message = if login == owner {
                    format!("login {} owns database {}", login.quoted(), key.name.quoted())
                } else {
                    format!(
                        "{} can become {}, which owns database {}",
                        login.quoted(),
                        owner.quoted(),
                        key.name.quoted()
                    )
                };
                let subject = Subject::object(ObjectRef::of_cluster(key.clone()));
                findings
                    .add(
                        subject,
                        Some(login.clone().into()),
                        message,
                        change_owner(key, &study.catalog.bootstrap),
                    )
                    .shown_by(study.way_in_words(login, owner));
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
