use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::role::Attribute;
use std::collections::BTreeMap;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Placed;
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "role.login_owns_objects",
    title: "a login owns tables, schemas or functions",
    capability: Capability::AllWrite,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("ddl-priv", "Privileges"),
        Reference::stig("V-233539", "privileges to change objects are limited to owners that are authorised"),
        Reference::nist("CM-5(6)", "Access Restrictions for Change | Limit Library Privileges"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "An owner alters, drops and grants what it owns, takes row security off it and puts triggers on it, whatever the ACL says. A login that \
owns is one stolen password away from that. Let a NOLOGIN role own, and let the login that migrates become it for the migration.",
    check,
    cases: &[Case {
        shows: "a program's login owns its schema and its table",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_login_owns_objects_app LOGIN;
                     CREATE SCHEMA role_login_owns_objects AUTHORIZATION role_login_owns_objects_app;
                     CREATE TABLE role_login_owns_objects.t (a int);
                     ALTER TABLE role_login_owns_objects.t OWNER TO role_login_owns_objects_app;",
        finds: &[("role role_login_owns_objects_app", "role_login_owns_objects_app")],
        sound: "CREATE ROLE role_login_owns_objects_owner_ok NOLOGIN;
                    CREATE SCHEMA role_login_owns_objects_ok AUTHORIZATION role_login_owns_objects_owner_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let mut owned: BTreeMap<(&DatabaseName, &RoleName), Vec<Placed<'_>>> = BTreeMap::new();
    for placed in study.made().filter(|placed| counts(placed.key.class)) {
        let owner = &placed.object.owner;
        let is_login = study.catalog.roles.get(owner).is_some_and(|role| role.has(Attribute::Login));
        if is_login && !study.is_superuser(owner) && !study.is_administrative(owner) {
            owned.entry((placed.database, owner)).or_default().push(placed);
        }
    }
    for ((database, owner), objects) in owned {
        let message = format!(
            "login {} owns {} objects in database {}",
            owner.quoted(),
            objects.len(),
            database.quoted()
        );
        let finding = findings.add(
            Subject::Role(owner.clone()),
            Some(owner.clone().into()),
            message,
            to_an_owner(study, owner),
        );
        for placed in objects.iter().take(NAMED) {
            finding.shown_by(placed.key.to_string());
        }
    }
}

/// Gives what the login owns to a role that nobody is. Not to a superuser: a definer function would become one's.
fn to_an_owner(study: &Study<'_>, login: &RoleName) -> Fix {
    let owner = RoleName::from(format!("{login}_owner").as_str());
    let mut statements = Vec::new();
    if !study.catalog.roles.contains_key(&owner) {
        statements.push(format!("CREATE ROLE {} NOLOGIN", owner.quoted()));
    }
    statements.push(format!("REASSIGN OWNED BY {} TO {}", login.quoted(), owner.quoted()));
    Fix::Sql(statements)
}

/// Sequences and indexes go with their tables, types of rows with theirs.
fn counts(class: Class) -> bool {
    class.is_table_like() || class.is_routine() || class == Class::Schema
}

const NAMED: usize = 5;
