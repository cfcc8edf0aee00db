//! Credentials: an MD5 verifier logs in by itself, so whoever reads it is its role.

use pgward_catalog::class::Class;
use pgward_catalog::object::{Object, ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::role::{Attribute, PasswordKind};

use crate::finding::Fix;
use crate::paths::edges::found::{Edges, Step};
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::mending::{revoke, revoke_column};

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    let study = edges.study;
    let md5 = study.catalog.roles.iter().filter(|(_, role)| {
        role.has(Attribute::Login) && role.has(Attribute::Superuser) && role.password == PasswordKind::Md5
    });
    for (name, _) in md5 {
        let step = Step {
            mechanism: Mechanism::Md5Verifier,
            precondition: Precondition::Login,
            database: None,
            cause: format!("MD5 verifier of superuser {}", name.quoted()),
            fix: Fix::words(format!(
                "set password_encryption to scram-sha-256 and a new password for {}",
                name.quoted()
            )),
            object: None,
        };
        edges.add(Node::Sink(Sink::AllRead), Node::Sink(Sink::Superuser), step);
    }
    through_views(edges);
    for (database, contents) in &study.catalog.databases {
        for (key, object) in contents.objects.iter().filter(|(key, _)| holds_verifiers(key)) {
            for (grantee, fix) in readers(edges, key, object) {
                let step = Step {
                    mechanism: Mechanism::CredentialCatalog,
                    precondition: Precondition::Login,
                    database: Some(database),
                    cause: format!("SELECT on {} for {grantee}", key.quoted()),
                    fix,
                    object: Some(ObjectRef::within(database, key.clone())),
                };
                edges.add(grantee, Node::Sink(Sink::AllRead), step);
            }
        }
    }
}

/// Views that show verifiers.
fn through_views(edges: &mut Edges<'_, '_>) {
    for hole in edges.study.peepholes() {
        if !matches!(hole.shown.source.as_str(), "pg_authid" | "pg_shadow") {
            continue;
        }
        let (key, object, grantee) = (hole.view.key, hole.view.object, &hole.entry.grantee);
        let given = Privilege::Select.into();
        let step = Step {
            mechanism: Mechanism::CredentialCatalog,
            precondition: Precondition::Login,
            database: Some(hole.view.database),
            cause: format!("SELECT on {} for {grantee}", key.quoted()),
            fix: match hole.column {
                Some(column) => revoke_column(key, object, column, hole.entry, given),
                None => revoke(key, object, hole.entry, given),
            },
            object: Some(hole.view.at()),
        };
        edges.add(grantee, Node::Sink(Sink::AllRead), step);
    }
}

/// The relations that show verifiers: with a column grant, the column of the verifier is what counts.
fn holds_verifiers(key: &ObjectKey) -> bool {
    key.class.is_table_like()
        && key.class != Class::ForeignTable
        && key.schema.as_ref().is_some_and(|schema| schema.as_str() == "pg_catalog")
        && matches!(key.name.as_str(), "pg_authid" | "pg_shadow")
}

fn readers(edges: &Edges<'_, '_>, key: &ObjectKey, object: &Object) -> Vec<(Node, Fix)> {
    let whole = object
        .acl
        .entries()
        .iter()
        .filter(|entry| entry.privileges.contains(Privilege::Select) && edges.is_start(&entry.grantee))
        .map(|entry| (Node::from(&entry.grantee), revoke(key, object, entry, Privilege::Select.into())));
    let columns = object
        .columns
        .iter()
        .filter(|(column, _)| matches!(column.as_str(), "rolpassword" | "passwd"))
        .flat_map(|(column, acl)| acl.entries().iter().map(move |entry| (column, entry)))
        .filter(|(_, entry)| entry.privileges.contains(Privilege::Select) && edges.is_start(&entry.grantee))
        .map(|(column, entry)| {
            let fix = revoke_column(key, object, column, entry, Privilege::Select.into());
            (Node::from(&entry.grantee), fix)
        });
    whole.chain(columns).collect()
}
