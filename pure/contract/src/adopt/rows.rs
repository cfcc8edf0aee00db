//! Row security, interfaces and view options, as a contract.

use std::collections::BTreeSet;

use pgward_catalog::acl::Grantee;
use pgward_catalog::catalog::Contents;
use pgward_catalog::object::{Facts, Object, ObjectKey, Origin, RoutineFacts};
use pgward_catalog::policy::{PolicyCommand, PolicyKind, RowSecurity};
use pgward_catalog::privilege::Privilege;

use crate::adopt::words::{self, AS_FOUND, arguments, because, new, role};
use crate::expand::settings::{items, joined};
use crate::form::collection::OneOrMany;
use crate::model::database::{Database, View};
use crate::model::grant::Grantee as Written;
use crate::model::interface::{Interface, Security};
use crate::model::rows::{self, Policy, Rows};
use crate::name::{Name, SchemaName};
use crate::pattern::object::ObjectName;
use crate::pattern::routine::RoutineName;
use crate::source::span::Spanned;
use crate::text::Expression;

/// The routines that are said one by one, with who may call them: definers, and those with settings.
pub fn interfaces(contents: &Contents) -> BTreeSet<ObjectKey> {
    let is_one = |object: &Object| {
        object.origin == Origin::User
            && object.routine().is_some_and(|routine| {
                routine.security_definer || routine.leakproof || !routine.settings.is_empty()
            })
    };
    contents.objects.iter().filter(|(_, object)| is_one(object)).map(|(key, _)| key.clone()).collect()
}

/// Writes the rows, interfaces and views of the database.
pub fn adopt(contents: &Contents, is_interface: &BTreeSet<ObjectKey>, said: &mut Database) {
    let mut rows = Vec::new();
    let mut views = Vec::new();
    let mut interfaces = Vec::new();
    for (key, object) in &contents.objects {
        if object.origin != Origin::User {
            continue;
        }
        match &object.facts {
            Facts::Table(table) if table.row_security != RowSecurity::default() => {
                rows.push((new(object_name(key)), new(rows_of(&table.row_security))));
            }
            Facts::View(view) if view.security_invoker || view.security_barrier => {
                let options = View {
                    security_invoker: view.security_invoker.then(|| new(true)),
                    security_barrier: view.security_barrier.then(|| new(true)),
                    because: None,
                };
                views.push((new(object_name(key)), new(options)));
            }
            Facts::Routine(routine) if is_interface.contains(key) => {
                interfaces.push((new(routine_name(key)), new(interface(object, routine))));
            }
            _ => {}
        }
    }
    said.rows = rows.into_iter().collect();
    said.views = views.into_iter().collect();
    said.interfaces = interfaces.into_iter().collect();
}

fn object_name(key: &ObjectKey) -> ObjectName {
    let schema = key.schema.as_ref().map_or("", |schema| schema.as_str()).to_owned();
    ObjectName { schema, name: key.name.as_str().to_owned() }
}

fn routine_name(key: &ObjectKey) -> RoutineName {
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

fn interface(object: &Object, routine: &RoutineFacts) -> Interface {
    let mut settings = routine.settings.clone();
    let path = settings.remove("search_path").and_then(|path| items(&path));
    let is_empty = |path: &[String]| joined(path) == joined::<&str>(&[]);
    let is_unsafe = path.as_ref().is_none_or(|path| path.iter().any(|schema| schema == "$user"));
    let execute = object.acl.entries().iter().filter(|entry| {
        let is_owner = entry.grantee == Grantee::Role(object.owner.clone()) && entry.grantor == object.owner;
        entry.privileges.contains(Privilege::Execute) && (!is_owner || !entry.grantable.is_empty())
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
