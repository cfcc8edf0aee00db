//! Row security, interfaces and view options, as a contract.

use std::collections::BTreeSet;

use pgward_catalog::acl::{Entry, Grantee};
use pgward_catalog::catalog::Contents;
use pgward_catalog::object::{self, Facts, Object, ObjectKey, Origin, RoutineFacts, ViewFacts};
use pgward_catalog::policy::{PolicyCommand, PolicyKind, RowSecurity};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::version::Version;

use crate::adopt::words::{self, AS_FOUND, arguments, because, new, role};
use crate::expand::acl::born_with;
use crate::expand::interfaces::is_special;
use crate::expand::settings::{items, joined};
use crate::form::collection::OneOrMany;
use crate::model::database::{CheckOption, Database, View};
use crate::model::grant::Grantee as Written;
use crate::model::interface::{Interface, Security};
use crate::model::rows::{self, Policy, Rows};
use crate::name::{Name, SchemaName};
use crate::pattern::object::ObjectName;
use crate::pattern::routine::RoutineName;
use crate::source::span::Spanned;
use crate::text::Expression;

/// The routines that are said one by one, with who may call them: definers, and those with settings.
pub fn interfaces(contents: &Contents, version: Version) -> BTreeSet<ObjectKey> {
    let special = contents.objects.iter().filter(|(key, object)| is_special(key, object, version));
    special.map(|(key, _)| key.clone()).collect()
}

/// Writes the rows, interfaces and views of the database.
pub fn adopt(contents: &Contents, is_interface: &BTreeSet<ObjectKey>, version: Version, said: &mut Database) {
    let mut rows = Vec::new();
    let mut views = Vec::new();
    let mut interfaces = Vec::new();
    for (key, object) in &contents.objects {
        match &object.facts {
            Facts::Table(table) if table.row_security != RowSecurity::default() => {
                rows.push((new(object_name(key)), new(rows_of(&table.row_security))));
            }
            Facts::View(view) if object.origin != Origin::System && *view != ViewFacts::default() => {
                let options = View {
                    security_invoker: view.security_invoker.then(|| new(true)),
                    security_barrier: view.security_barrier.then(|| new(true)),
                    check_option: match view.check_option {
                        object::CheckOption::None => None,
                        object::CheckOption::Local => Some(new(CheckOption::Local)),
                        object::CheckOption::Cascaded => Some(new(CheckOption::Cascaded)),
                    },
                    because: None,
                };
                views.push((new(object_name(key)), new(options)));
            }
            Facts::Routine(routine) if is_interface.contains(key) => {
                interfaces.push((new(routine_name(key)), new(interface(key, object, routine, version))));
            }
            _ => {}
        }
    }
    said.rows = rows.into_iter().collect();
    said.views = views.into_iter().collect();
    said.interfaces = interfaces.into_iter().collect();
}

/// The name of something in a schema, as a contract writes it.
pub fn object_name(key: &ObjectKey) -> ObjectName {
    let schema = key.schema.as_ref().map_or("", |schema| schema.as_str()).to_owned();
    ObjectName { schema, name: key.name.as_str().to_owned() }
}

/// The name of a routine, as a contract writes it.
pub fn routine_name(key: &ObjectKey) -> RoutineName {
    let ObjectName { schema, name } = object_name(key);
    RoutineName { schema, name, arguments: arguments(key) }
}

fn rows_of(found: &RowSecurity) -> Rows {
    let policies = found.policies.iter().map(|(name, policy)| {
        let expression = |text: &Option<String>| text.as_ref().map(|text| new(Expression(text.clone())));
        let written = Policy {
            to: OneOrMany(policy.roles.iter().map(|to| new(words::principal(to))).collect()),
            r#for: match policy.command {
                PolicyCommand::All => None,
                PolicyCommand::Select => Some(new(rows::PolicyCommand::Select)),
                PolicyCommand::Insert => Some(new(rows::PolicyCommand::Insert)),
                PolicyCommand::Update => Some(new(rows::PolicyCommand::Update)),
                PolicyCommand::Delete => Some(new(rows::PolicyCommand::Delete)),
            },
            r#as: match policy.kind {
                PolicyKind::Permissive => None,
                PolicyKind::Restrictive => Some(new(rows::PolicyKind::Restrictive)),
            },
            using: expression(&policy.using),
            check: expression(&policy.check),
            because: None,
        };
        (new(Name(name.as_str().to_owned())), new(written))
    });
    Rows {
        enable: (!found.enabled).then(|| new(false)),
        force: found.forced.then(|| new(true)),
        policies: policies.collect(),
        ..Rows::default()
    }
}

fn interface(key: &ObjectKey, object: &Object, routine: &RoutineFacts, version: Version) -> Interface {
    let mut settings = routine.settings.clone();
    let path = settings.remove("search_path").and_then(|path| items(&path));
    let is_empty = |path: &[String]| joined(path) == joined::<&str>(&[]);
    let is_unsafe = path.as_ref().is_none_or(|path| path.iter().any(|schema| schema == "$user"));
    let owner = Grantee::Role(object.owner.clone());
    // What an extension made may be born without its owner's own entry.
    let born = born_with(key.class, object, &object.owner, version);
    let is_born = |entry: &Entry| born.entries().iter().any(|one| one == entry);
    let execute = object.acl.entries().iter().filter(|entry| {
        let is_owner = entry.grantee == owner && entry.grantor == object.owner;
        let is_said = !is_owner || !entry.grantable.is_empty() || !is_born(entry);
        entry.privileges.contains(Privilege::Execute) && is_said
    });
    Interface {
        owner: Some(new(role(&object.owner))),
        security: (!routine.security_definer).then(|| new(Security::Invoker)),
        search_path: path.map(|path| match is_empty(&path) {
            true => Vec::new(),
            false => path.into_iter().map(|schema| new(SchemaName(schema))).collect(),
        }),
        settings: words::settings(&settings),
        leakproof: routine.leakproof.then(|| new(true)),
        execute: execute.map(|entry| listed(entry, &object.owner)).collect(),
        because: (routine.security_definer && is_unsafe).then(|| because(AS_FOUND)).flatten(),
    }
}

/// An entry of an ACL as a grantee in a list.
pub fn listed(
    entry: &pgward_catalog::acl::Entry,
    owner: &pgward_catalog::name::RoleName,
) -> Spanned<Written> {
    new(Written {
        role: new(words::principal(&entry.grantee)),
        grant_option: (!entry.grantable.is_empty()).then(|| new(true)),
        granted_by: (entry.grantor != *owner).then(|| new(role(&entry.grantor))),
    })
}
