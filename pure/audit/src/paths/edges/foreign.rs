//! From the server to itself: a connection that the server makes is let in where the server trusts its own machine.

use pgward_catalog::object::{ObjectRef, Origin};
use pgward_catalog::privilege::Privilege;

use crate::finding::Fix;
use crate::paths::edges::found::{Edges, Step};
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::Study;
use crate::study::mending::revoke;
use pgward_survey::server::{HbaConnection, Server};
use pgward_survey::sight::Sight;

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    let study = edges.study;
    if !may_trust_itself(study) {
        return;
    }
    for (database, contents, anatomy) in study.databases() {
        for mapping in anatomy.foreign.iter().filter(|mapping| mapping.password_required == Some(false)) {
            let from = mapping.user.as_ref().map_or(Node::Public, Node::from);
            let who = mapping.user.as_ref().map_or_else(|| "PUBLIC".to_owned(), |user| user.quoted());
            let server = mapping.server.quoted();
            let step = Step {
                mechanism: Mechanism::ForeignLoopback,
                precondition: Precondition::Configuration,
                database: Some(database),
                cause: format!("user mapping for {who} on server {server} in database {}", database.quoted()),
                fix: Fix::sql(format!(
                    "ALTER USER MAPPING FOR {who} SERVER {server} OPTIONS (SET password_required 'true')"
                )),
                object: None,
            };
            edges.add(from, Node::Sink(Sink::Superuser), step);
        }
        for (key, object) in &contents.objects {
            if key.name.as_str() != "dblink_connect_u" || !matches!(object.origin, Origin::Extension(_)) {
                continue;
            }
            for entry in study.given_with(object, Privilege::Execute) {
                let step = Step {
                    mechanism: Mechanism::DblinkLoopback,
                    precondition: Precondition::Configuration,
                    database: Some(database),
                    cause: format!(
                        "EXECUTE on {key} in database {} for {}",
                        database.quoted(),
                        entry.grantee.quoted()
                    ),
                    fix: revoke(key, object, entry, Privilege::Execute.into()),
                    object: Some(ObjectRef::within(database, key.clone())),
                };
                edges.add(&entry.grantee, Node::Sink(Sink::Superuser), step);
            }
        }
    }
}

/// Whether a client on the server's own machine gets in as it likes. Where the rules of authentication cannot be seen, nobody can
/// say that it does not.
pub(super) fn may_trust_itself(study: &Study<'_>) -> bool {
    study.survey.blind_to(Sight::HbaRules).is_some() || trusts_itself(&study.survey.server)
}

fn trusts_itself(server: &Server) -> bool {
    server.hba.iter().any(|rule| {
        let own = match rule.connection {
            HbaConnection::Local => true,
            _ => rule.address.as_deref().is_some_and(|address| {
                address.starts_with("127.") || address.starts_with("::1") || OWN_ADDRESSES.contains(&address)
            }),
        };
        // `peer` lets the server's account in as the superuser of its name.
        own && matches!(rule.method.as_str(), "trust" | "peer" | "ident")
            && !rule.databases.iter().all(|database| database == "replication")
    })
}

const OWN_ADDRESSES: &[&str] =
    &["localhost", "samehost", "samenet", "all", "0.0.0.0", "0.0.0.0/0", "::", "::/0"];
