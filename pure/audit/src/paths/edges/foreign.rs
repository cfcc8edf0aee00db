//! From the server to itself: a connection that the server makes is let in where the server trusts its own machine.

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::{ObjectKey, ObjectRef, Origin};
use pgward_catalog::privilege::Privilege;

use crate::finding::Fix;
use crate::paths::edges::found::{Edges, Step};
use crate::paths::edges::holding::holds;
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::Study;
use crate::study::mending::revoke;
use pgward_survey::server::{HbaConnection, Server};
use pgward_survey::sight::Sight;

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    with_password(edges);
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

/// A mapping with a password to a server that is this very one lets its user in as whoever the password is of.
fn with_password(edges: &mut Edges<'_, '_>) {
    let study = edges.study;
    for (database, contents, anatomy) in study.databases() {
        let leads_here = |server: &Name| {
            let servers = anatomy.foreign.iter().filter(|found| found.object.class == Class::ForeignServer);
            servers.into_iter().any(|found| found.leads_here && found.server == *server)
        };
        let has_dblink = anatomy.extensions.contains_key(&Name::from("dblink"));
        for mapping in &anatomy.foreign {
            let is_stored = mapping.options.as_ref().is_some_and(|options| options.contains("password"));
            let Some(there) = mapping.there.as_ref().filter(|_| is_stored && leads_here(&mapping.server))
            else {
                continue;
            };
            let key = ObjectKey::bare(Class::ForeignServer, mapping.server.as_str());
            let Some(server) = contents.objects.get(&key) else { continue };
            if !study.catalog.roles.contains_key(there) || mapping.user.as_ref() == Some(there) {
                continue;
            }
            let users: Vec<Grantee> = match &mapping.user {
                Some(user) => vec![Grantee::Role(user.clone())],
                None => {
                    study.given_with(server, Privilege::Usage).map(|entry| entry.grantee.clone()).collect()
                }
            };
            let at = ObjectRef::within(database, key.clone());
            for user in users.into_iter().filter(|user| holds(study, &at, user, Privilege::Usage)) {
                // A foreign table of one's own, or dblink with the server's name.
                let makes = match &user {
                    Grantee::Role(role) => study.may_make_code(database, role),
                    Grantee::Public => study.may_everybody_make_code(database),
                };
                if !makes && !has_dblink {
                    continue;
                }
                let who = mapping.user.as_ref().map_or_else(|| "PUBLIC".to_owned(), |user| user.quoted());
                let name = mapping.server.quoted();
                let step = Step {
                    mechanism: Mechanism::ForeignLoopback,
                    precondition: Precondition::Configuration,
                    database: Some(database),
                    cause: format!(
                        "user mapping for {who} on server {name} in database {}, with a password of {}, to this server's own address",
                        database.quoted(),
                        there.quoted()
                    ),
                    fix: Fix::sql(format!("DROP USER MAPPING FOR {who} SERVER {name}")),
                    object: None,
                };
                let to = edges.identity(there);
                edges.add(&user, to, step);
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
