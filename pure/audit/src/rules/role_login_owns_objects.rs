use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::role::Attribute;
use std::collections::BTreeMap;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Placed;
use crate::study::Study;
use crate::study::mending::{of_column, target};

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
            to_an_owner(study, database, owner),
        );
        for placed in objects.iter().take(NAMED) {
            finding.shown_by(placed.key.to_string());
        }
        finding.shown_by(NOT_GIVEN_BACK);
        let runs_as_owner = |placed: &&Placed<'_>| {
            placed.key.class == Class::View
                || placed.key.class == Class::MaterializedView
                || placed.object.routine().is_some_and(|facts| facts.security_definer)
        };
        if let Some(first) = objects.iter().find(runs_as_owner) {
            finding.shown_by(format!(
                "{} and its like run with their owner's rights: grant the new owner what they use of others' first",
                first.key
            ));
        }
        let keeps_rows = |placed: &&Placed<'_>| {
            placed.object.row_security().is_some_and(|rows| rows.enabled && !rows.forced)
        };
        if let Some(first) = objects.iter().find(keeps_rows) {
            finding.shown_by(format!(
                "row security of {} holds for the login once it is not the owner",
                first.key
            ));
        }
    }
}

/// Gives what the login owns to a role that nobody is, and gives the login back what programs use of it. Not to a superuser: a definer
/// function would become one's.
fn to_an_owner(study: &Study<'_>, database: &DatabaseName, login: &RoleName) -> Fix {
    let owner = RoleName::from(format!("{login}_owner").as_str());
    let mut statements = Vec::new();
    if !study.catalog.roles.contains_key(&owner) {
        statements.push(format!("CREATE ROLE {} NOLOGIN", owner.quoted()));
    }
    statements.push(format!("REASSIGN OWNED BY {} TO {}", login.quoted(), owner.quoted()));
    statements.extend(given_back(study, database, login));
    statements.extend(defaults_of(study, database, login, &owner));
    Fix::Sql(statements)
}

/// GRANTs of what the login holds as the owner, without what only owners need: with TRIGGER, REFERENCES and CREATE it could still put code
/// where others run it. What everybody holds is left as it is.
fn given_back(study: &Study<'_>, database: &DatabaseName, login: &RoleName) -> Vec<String> {
    let contents = study.catalog.databases.get(database);
    let within = contents.into_iter().flat_map(|contents| &contents.objects);
    let of_cluster = study.catalog.cluster_objects.iter().filter(|(key, _)| {
        key.class == Class::Tablespace
            || key.class == Class::Database && key.name.as_str() == database.as_str()
    });
    let owned = within.chain(of_cluster).filter(|(_, object)| object.owner == *login);
    let me = Grantee::Role(login.clone());
    let mut by_words: BTreeMap<(String, Privileges), Vec<String>> = BTreeMap::new();
    let mut of_columns = Vec::new();
    for (key, object) in owned {
        let mut kept = Privileges::of(&OWNERS_ONLY);
        if object.row_security().is_some_and(|rows| rows.enabled) {
            kept |= Privilege::Truncate.into();
        }
        let held = object.acl.privileges_of(&me) - object.acl.privileges_of(&Grantee::Public) - kept;
        let target = target(key);
        if !held.is_empty()
            && let Some(keyword) = target.strip_suffix(&key.quoted())
        {
            by_words.entry((keyword.trim_end().to_owned(), held)).or_default().push(key.quoted());
        }
        for (column, acl) in &object.columns {
            let more = acl.privileges_of(&me) - held - kept;
            if !more.is_empty() {
                of_columns.push(format!(
                    "GRANT {} ON {target} TO {}",
                    of_column(more, column),
                    login.quoted()
                ));
            }
        }
    }
    let whole = by_words.into_iter().map(|((keyword, held), names)| {
        format!("GRANT {held} ON {keyword} {} TO {}", names.join(", "), login.quoted())
    });
    whole.chain(of_columns).collect()
}

/// What the login's future objects would have been granted to others, for those of the new owner.
fn defaults_of(
    study: &Study<'_>,
    database: &DatabaseName,
    login: &RoleName,
    owner: &RoleName,
) -> Vec<String> {
    let Some(contents) = study.catalog.databases.get(database) else { return Vec::new() };
    let mut statements = Vec::new();
    for (key, acl) in contents.default_privileges.iter().filter(|(key, _)| key.creator == *login) {
        let place =
            key.schema.as_ref().map(|schema| format!(" IN SCHEMA {}", schema.quoted())).unwrap_or_default();
        let begin = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}{place}", owner.quoted());
        let kind = key.kind.keyword();
        let usual = default_acl(key.kind.class(), login, study.version()).privileges_of(&Grantee::Public);
        if key.schema.is_none() && !(usual - acl.privileges_of(&Grantee::Public)).is_empty() {
            statements.push(format!("{begin} REVOKE {usual} ON {kind} FROM PUBLIC"));
        }
        for entry in acl.entries().iter().filter(|entry| entry.grantee.role() != Some(login)) {
            let is_usual = entry.grantee == Grantee::Public && (entry.privileges - usual).is_empty();
            let plain = entry.privileges - entry.grantable;
            for (privileges, option) in [(plain, ""), (entry.grantable, " WITH GRANT OPTION")] {
                if !privileges.is_empty() && (key.schema.is_some() || !is_usual) {
                    let to = entry.grantee.quoted();
                    statements.push(format!("{begin} GRANT {privileges} ON {kind} TO {to}{option}"));
                }
            }
        }
    }
    statements
}

/// Sequences and indexes go with their tables, types of rows with theirs.
fn counts(class: Class) -> bool {
    class.is_table_like() || class.is_routine() || class == Class::Schema
}

const NAMED: usize = 5;
/// What a login that does not own has no use for, and could plant code with.
const OWNERS_ONLY: [Privilege; 4] =
    [Privilege::Trigger, Privilege::References, Privilege::Maintain, Privilege::Create];
const NOT_GIVEN_BACK: &str = "the fix grants it back what it holds there now, without TRIGGER, REFERENCES, MAINTAIN and CREATE, and what an owner may: to alter and to drop";
