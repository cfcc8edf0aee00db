//! Catalogs as text, for tests: one line for each role, membership and object of database `shop`.
//!
//! ```text
//! role app login noinherit
//! member app of app_rw inherit=false set=false admin by=boss
//! database shop owner=o acl={=Tc/o}
//! table public.orders owner=o acl={app=r/o} column:id={app=w/o} rls forced
//! policy public.orders own for=select to=app restrictive
//! ```
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use crate::acl::Grantee;
use crate::acl_text::parse_acl;
use crate::catalog::Catalog;
use crate::class::Class;
use crate::default_acl::default_acl;
use crate::membership::{Inheritance, MembershipKey, MembershipOptions};
use crate::name::{DatabaseName, Interner, Name, RoleName};
use crate::object::{DatabaseFacts, Facts, Object, ObjectKey, ObjectRef, Origin, TableFacts};
use crate::policy::{Policy, PolicyCommand, PolicyKind};
use crate::role::{Attribute, Role};
use crate::version::Version;

/// The catalog of this text on this major version; `postgres` is its bootstrap superuser.
pub(crate) fn catalog(major: u32, text: &str) -> Catalog {
    let mut catalog = Catalog::empty(Version(major * 10_000), RoleName::from("postgres"));
    catalog.databases.insert(DatabaseName::from("shop"), Default::default());
    line(&mut catalog, "role postgres superuser login");
    for role in ["pg_database_owner", "pg_read_all_data", "pg_write_all_data", "pg_execute_server_program"] {
        line(&mut catalog, &format!("role {role}"));
    }
    line(&mut catalog, "database shop owner=postgres");
    text.lines().map(str::trim).filter(|text| !text.is_empty()).for_each(|text| line(&mut catalog, text));
    catalog
}

/// The object that `table public.orders` names.
pub(crate) fn object(text: &str) -> ObjectRef {
    let (class, name) = text.rsplit_once(' ').unwrap();
    let class =
        Class::ALL.into_iter().find(|known| known.word() == class).unwrap_or_else(|| panic!("{class}"));
    let key = match name.split_once('.') {
        Some((schema, name)) if class.is_routine() => ObjectKey::routine(class, schema, name, ""),
        Some((schema, name)) if !class.is_cluster_wide() => ObjectKey::in_schema(class, schema, name),
        _ => ObjectKey::bare(class, name),
    };
    let database = (!class.is_cluster_wide()).then(|| DatabaseName::from("shop"));
    ObjectRef { database, key }
}

fn line(catalog: &mut Catalog, text: &str) {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["role", name, options @ ..] => role(catalog, name, options),
        ["member", member, "of", role, options @ ..] => membership(catalog, member, role, options),
        ["policy", table, name, options @ ..] => policy(catalog, table, name, options),
        _ => {
            let at =
                words.iter().position(|word| word.starts_with("owner=")).unwrap_or_else(|| panic!("{text}"));
            let (named, rest) = words.split_at(at);
            add(catalog, &named.join(" "), rest.first().unwrap(), rest.get(1..).unwrap());
        }
    }
}

fn role(catalog: &mut Catalog, name: &str, options: &[&str]) {
    let mut role = Role::plain();
    for option in options {
        let attribute = Attribute::ALL.into_iter().find(|known| known.keyword().eq_ignore_ascii_case(option));
        role.attributes = match attribute {
            Some(attribute) => role.attributes.with(attribute),
            None if *option == "noinherit" => role.attributes.without(Attribute::Inherit),
            None => panic!("{option}"),
        };
    }
    catalog.roles.insert(RoleName::from(name), role);
}

fn membership(catalog: &mut Catalog, member: &str, role: &str, options: &[&str]) {
    let grantor = options.iter().find_map(|option| option.strip_prefix("by=")).unwrap_or("postgres");
    let key = MembershipKey { role: role.into(), member: member.into(), grantor: grantor.into() };
    let inherit = match catalog.version.has_membership_options() {
        true if options.contains(&"inherit=false") => Inheritance::NotInherited,
        true => Inheritance::Inherited,
        false => Inheritance::ByAttribute,
    };
    let set = !options.contains(&"set=false");
    let admin = options.contains(&"admin");
    catalog.memberships.insert(key, MembershipOptions { admin, inherit, set });
}

fn add(catalog: &mut Catalog, named: &str, owner: &str, options: &[&str]) {
    let reference = object(named);
    let class = reference.key.class;
    let owner = RoleName::from(owner.strip_prefix("owner=").unwrap());
    let mut found = Object::new(owner.clone(), default_acl(class, &owner, catalog.version));
    let mut names = Interner::default();
    let mut table = TableFacts::default();
    for option in options {
        if let Some(acl) = option.strip_prefix("acl=") {
            found.acl = parse_acl(acl, &mut names).unwrap();
        } else if let Some((column, acl)) =
            option.strip_prefix("column:").and_then(|column| column.split_once('='))
        {
            found.columns.insert(Name::from(column), parse_acl(acl, &mut names).unwrap());
        } else {
            match *option {
                "system" => found.origin = Origin::System,
                "rls" => table.row_security.enabled = true,
                "forced" => table.row_security.forced = true,
                "untrusted" => found.facts = Facts::Language { trusted: false },
                other => panic!("{other}"),
            }
        }
    }
    match class {
        Class::Table => found.facts = Facts::Table(table),
        Class::Database => {
            found.facts = Facts::Database(DatabaseFacts {
                connection_limit: None,
                allow_connections: true,
                template: false,
            });
        }
        _ => {}
    }
    match &reference.database {
        None => catalog.cluster_objects.insert(reference.key, found),
        Some(database) => catalog.databases.get_mut(database).unwrap().objects.insert(reference.key, found),
    };
}

fn policy(catalog: &mut Catalog, table: &str, name: &str, options: &[&str]) {
    let value = |key: &str| options.iter().find_map(|option| option.strip_prefix(key));
    let command = match value("for=") {
        None => PolicyCommand::All,
        Some("select") => PolicyCommand::Select,
        Some(other) => panic!("{other}"),
    };
    let kind =
        if options.contains(&"restrictive") { PolicyKind::Restrictive } else { PolicyKind::Permissive };
    let roles =
        value("to=").unwrap_or("PUBLIC").split(',').map(|role| Grantee::from(role.to_owned())).collect();
    let policy = Policy { kind, command, roles, using: Some("true".to_owned()), check: None };
    match &mut catalog.object_mut(&object(&format!("table {table}"))).unwrap().facts {
        Facts::Table(facts) => facts.row_security.policies.insert(Name::from(name), policy),
        _ => panic!("{table}"),
    };
}
