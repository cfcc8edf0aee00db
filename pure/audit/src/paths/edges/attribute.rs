//! Attributes: what a role may do by what it is.

use pgward_catalog::role::Attribute;
use pgward_survey::sight::Sight;

use crate::paths::edges::found::{Edges, Step};
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::mending::without_attribute;

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    let catalog = edges.study.catalog;
    // A superuser does everything; whoever runs commands as the server's account makes itself one.
    edges.always(Node::Sink(Sink::Superuser), Node::Sink(Sink::OsCommand), Mechanism::SuperuserDoesAll);
    edges.always(Node::Sink(Sink::OsCommand), Node::Sink(Sink::Superuser), Mechanism::ServerAccount);
    for sink in [Sink::ServerFiles, Sink::BypassRls, Sink::AllRead, Sink::AllWrite] {
        edges.always(Node::Sink(Sink::Superuser), Node::Sink(sink), Mechanism::SuperuserDoesAll);
    }
    for (name, role) in &catalog.roles {
        let has = |edges: &mut Edges<'_, '_>, attribute: Attribute, to: Node, mechanism, precondition| {
            if role.has(attribute) {
                let step = Step {
                    mechanism,
                    precondition,
                    database: None,
                    cause: format!("attribute {} of {}", attribute.keyword(), name.quoted()),
                    fix: without_attribute(name, attribute.keyword()),
                    object: None,
                };
                edges.add(name, to, step);
            }
        };
        has(
            edges,
            Attribute::Superuser,
            Node::Sink(Sink::Superuser),
            Mechanism::SuperuserAttribute,
            Precondition::Login,
        );
        if role.has(Attribute::Superuser) {
            continue;
        }
        has(
            edges,
            Attribute::BypassRls,
            Node::Sink(Sink::BypassRls),
            Mechanism::BypassRlsAttribute,
            Precondition::Login,
        );
        has(edges, Attribute::CreateRole, Node::AnyPlainRole, Mechanism::CreateRole, Precondition::Login);
        // A line of pg_hba.conf has to let it in: for replication, or into a database, where BASE_BACKUP works as well.
        let blind = edges.study.survey.blind_to(Sight::HbaRules).is_some();
        if blind || !edges.study.entrances_of(name).is_empty() {
            let precondition = if blind { Precondition::Configuration } else { Precondition::Login };
            has(
                edges,
                Attribute::Replication,
                Node::Sink(Sink::AllRead),
                Mechanism::BaseBackup,
                precondition,
            );
        }
    }
    if catalog.roles.values().any(|role| role.has(Attribute::CreateRole) && !role.has(Attribute::Superuser)) {
        let plain = catalog.roles.iter().filter(|(_, role)| !role.has(Attribute::Superuser));
        // Nobody can be made a member of pg_database_owner.
        for (name, _) in plain.filter(|(name, _)| name.as_str() != "pg_database_owner") {
            edges.always(Node::AnyPlainRole, name, Mechanism::CreateRole);
        }
    }
}
