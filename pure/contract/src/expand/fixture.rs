//! Catalogs as text, for tests: a line for each role, membership, setting, object and default privilege.
//!
//! ```text
//! role app login connections=5
//! member app of app_rw admin inherit=false set=false by=boss
//! set role=app database=shop work_mem=64MB
//! database shop owner=o acl={=Tc/o}
//! shop schema public owner=o acl={o=UC/o} origin=system initial={=U/o}
//! shop table public.orders owner=o acl={app=r/o} column:id={app=w/o} rls forced
//! shop function app.f(integer) owner=o definer set:search_path=pg_catalog
//! shop default o in public tables {app=r/o}
//! ```
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Write;

use pgward_catalog::acl::Acl;
use pgward_catalog::acl_text::parse_acl;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::default_privileges::{DefaultKey, DefaultKind};
use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::{DatabaseName, Interner, Name, RoleName, SchemaName};
use pgward_catalog::object::{
    DatabaseFacts, Facts, Object, ObjectKey, Origin, RoutineFacts, TableFacts, ViewFacts,
};
use pgward_catalog::role::{Attribute, PasswordKind, Role};
use pgward_catalog::setting::SettingScope;
use pgward_catalog::version::Version;

/// The catalog of this text on this major version; `postgres` is its bootstrap superuser.
pub fn catalog(major: u32, text: &str) -> Catalog {
    let mut catalog = Catalog::empty(Version(major * 10_000), RoleName::from("postgres"));
    line(&mut catalog, "role postgres superuser login createdb createrole replication bypassrls");
    for role in ["pg_database_owner", "pg_read_all_data", "pg_monitor"] {
        line(&mut catalog, &format!("role {role}"));
    }
    for text in text.lines().map(str::trim).filter(|text| !text.is_empty()) {
        line(&mut catalog, text);
    }
    catalog
}

fn line(catalog: &mut Catalog, text: &str) {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["role", name, options @ ..] => role(catalog, name, options),
        ["member", member, "of", role, options @ ..] => membership(catalog, member, role, options),
        ["set", options @ ..] => setting(catalog, options),
        ["database", name, options @ ..] => {
            catalog.databases.entry(DatabaseName::from(*name)).or_default();
            let key = ObjectKey::bare(Class::Database, *name);
            let object = object(catalog, Class::Database, options);
            catalog.cluster_objects.insert(key, object);
        }
        [database, "default", creator, rest @ ..] => default(catalog, database, creator, rest),
        [database, class, name, options @ ..] => {
            let class = Class::ALL.into_iter().find(|known| known.word().replace(' ', "_") == *class);
            let class = class.unwrap_or_else(|| panic!("{text}"));
            let object = object(catalog, class, options);
            let contents = catalog.databases.entry(DatabaseName::from(*database)).or_default();
            contents.objects.insert(key(class, name), object);
        }
        _ => panic!("{text}"),
    }
}

fn key(class: Class, name: &str) -> ObjectKey {
    let (name, signature) = match name.split_once('(') {
        Some((name, signature)) => (name, Some(signature.trim_end_matches(')').replace(',', ", "))),
        None => (name, None),
    };
    let mut key = match name.split_once('.') {
        Some((schema, name)) => ObjectKey::in_schema(class, schema, name),
        None => ObjectKey::bare(class, name),
    };
    key.signature = signature.map(Into::into);
    key
}

fn role(catalog: &mut Catalog, name: &str, options: &[&str]) {
    let mut role = Role::plain();
    for option in options {
        let attribute = Attribute::ALL.into_iter().find(|known| known.keyword().eq_ignore_ascii_case(option));
        match (attribute, option.split_once('=')) {
            (Some(attribute), _) => role.attributes = role.attributes.with(attribute),
            (None, Some(("connections", limit))) => role.connection_limit = Some(limit.parse().unwrap()),
            (None, Some(("valid", until))) => role.valid_until = Some(until.to_owned()),
            _ if *option == "password" => role.password = PasswordKind::Scram,
            _ if *option == "noinherit" => role.attributes = role.attributes.without(Attribute::Inherit),
            _ => panic!("{option}"),
        }
    }
    catalog.roles.insert(RoleName::from(name), role);
}

fn membership(catalog: &mut Catalog, member: &str, role: &str, options: &[&str]) {
    let modern = catalog.version.has_membership_options();
    let inherit = if modern { Inheritance::Inherited } else { Inheritance::ByAttribute };
    let mut made = MembershipOptions { admin: false, inherit, set: true };
    let mut grantor = RoleName::from("postgres");
    for option in options {
        match option.split_once('=') {
            None => made.admin = true,
            Some(("by", name)) => grantor = RoleName::from(name),
            Some(("inherit", _)) => made.inherit = Inheritance::NotInherited,
            Some(_) => made.set = false,
        }
    }
    let key = MembershipKey { role: RoleName::from(role), member: RoleName::from(member), grantor };
    catalog.memberships.insert(key, made);
}

fn setting(catalog: &mut Catalog, options: &[&str]) {
    let mut scope = SettingScope::default();
    for option in options {
        match option.split_once('=').unwrap() {
            ("role", name) => scope.role = Some(RoleName::from(name)),
            ("database", name) => scope.database = Some(DatabaseName::from(name)),
            (name, value) => {
                let settings = catalog.settings.entry(scope.clone()).or_default();
                settings
                    .insert(Name::from(name), value.replace('_', " ").replace("pg catalog", "pg_catalog"));
            }
        }
    }
}

fn acl(text: &str) -> Acl {
    parse_acl(text, &mut Interner::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn object(catalog: &Catalog, class: Class, options: &[&str]) -> Object {
    let owner = options.iter().find_map(|option| option.strip_prefix("owner=")).unwrap_or("postgres");
    let owner = RoleName::from(owner);
    let mut object = Object::new(owner.clone(), default_acl(class, &owner, catalog.version));
    if !class.has_acl() {
        object.acl = Acl::EMPTY;
    }
    let mut table = TableFacts::default();
    let mut view = ViewFacts::default();
    let mut routine = RoutineFacts {
        security_definer: false,
        leakproof: false,
        language: Name::from("sql"),
        settings: Default::default(),
        trigger: false,
    };
    for option in options {
        match option.split_once('=') {
            None if *option == "rls" => table.row_security.enabled = true,
            None if *option == "forced" => table.row_security.forced = true,
            None if *option == "definer" => routine.security_definer = true,
            None if *option == "leakproof" => routine.leakproof = true,
            None if *option == "invoker" => view.security_invoker = true,
            Some(("owner", _)) => {}
            Some(("acl", text)) => object.acl = acl(text),
            Some(("initial", text)) => object.initial_acl = Some(acl(text)),
            Some(("origin", "system")) => object.origin = Origin::System,
            Some(("origin", name)) => object.origin = Origin::Extension(Name::from(name)),
            Some(("partition_of", name)) => table.partition_of = Some(key(Class::PartitionedTable, name)),
            Some((column, text)) if column.starts_with("column:") => {
                object.columns.insert(Name::from(column.trim_start_matches("column:")), acl(text));
            }
            Some((name, value)) if name.starts_with("set:") => {
                routine.settings.insert(Name::from(name.trim_start_matches("set:")), value.to_owned());
            }
            _ => panic!("{option}"),
        }
    }
    object.facts = match class {
        Class::Database => Facts::Database(DatabaseFacts {
            connection_limit: None,
            allow_connections: true,
            template: false,
        }),
        Class::View | Class::MaterializedView => Facts::View(view),
        _ if class.is_table_like() => Facts::Table(table),
        _ if class.is_routine() => Facts::Routine(routine),
        _ => Facts::None,
    };
    object
}

fn default(catalog: &mut Catalog, database: &str, creator: &str, rest: &[&str]) {
    let (schema, kind, text) = match rest {
        ["in", schema, kind, text] => (Some(SchemaName::from(*schema)), *kind, *text),
        [kind, text] => (None, *kind, *text),
        _ => panic!("{rest:?}"),
    };
    let kind = match kind {
        "tables" => DefaultKind::Tables,
        "sequences" => DefaultKind::Sequences,
        "functions" => DefaultKind::Functions,
        "types" => DefaultKind::Types,
        other => panic!("{other}"),
    };
    let key = DefaultKey { creator: RoleName::from(creator), schema, kind };
    let contents = catalog.databases.entry(DatabaseName::from(database)).or_default();
    contents.default_privileges.insert(key, acl(text));
}

/// What differs between two catalogs, a line each: `-` as it is, `+` as it should be.
pub fn differences(observed: &Catalog, desired: &Catalog) -> String {
    let (before, after) = (lines(observed), lines(desired));
    let mut text = String::new();
    for line in before.iter().filter(|line| !after.contains(line.as_str())) {
        writeln!(text, "- {line}").unwrap();
    }
    for line in after.iter().filter(|line| !before.contains(line.as_str())) {
        writeln!(text, "+ {line}").unwrap();
    }
    text
}

fn lines(catalog: &Catalog) -> std::collections::BTreeSet<String> {
    let mut lines = std::collections::BTreeSet::new();
    for (name, role) in &catalog.roles {
        lines.insert(format!(
            "role {name} {:?} connections={:?} valid={:?} password={:?}",
            role.attributes, role.connection_limit, role.valid_until, role.password
        ));
    }
    for (key, options) in &catalog.memberships {
        lines.insert(format!(
            "member {} of {} by {} admin={} {:?} set={}",
            key.member, key.role, key.grantor, options.admin, options.inherit, options.set
        ));
    }
    for (scope, settings) in &catalog.settings {
        for (name, value) in settings {
            lines.insert(format!("set role={:?} database={:?} {name}={value}", scope.role, scope.database));
        }
    }
    for (database, key, object) in catalog.objects() {
        let name = format!("{}{key}", database.map_or(String::new(), |database| format!("{database}: ")));
        lines.insert(format!("{name} owner {}", object.owner));
        lines.insert(format!("{name} is {:?}", object.facts));
        acl_lines(&name, &object.acl, &mut lines);
        for (column, acl) in &object.columns {
            acl_lines(&format!("{name} column {column}"), acl, &mut lines);
        }
    }
    for (database, contents) in &catalog.databases {
        for (key, acl) in &contents.default_privileges {
            let place = key.schema.as_ref().map_or(String::new(), |schema| format!(" in {schema}"));
            let name = format!("{database}: default of {}{place} on {}", key.creator, key.kind.keyword());
            acl_lines(&name, acl, &mut lines);
        }
    }
    lines
}

fn acl_lines(name: &str, acl: &Acl, lines: &mut std::collections::BTreeSet<String>) {
    for entry in acl.entries() {
        for privilege in entry.privileges.iter() {
            let option = if entry.grantable.contains(privilege) { " with grant option" } else { "" };
            lines.insert(format!("{name}: {privilege} to {} by {}{option}", entry.grantee, entry.grantor));
        }
    }
}
