//! Memberships: SET ROLE, inheritance, and ADMIN, which grants the rest.

use crate::finding::Fix;
use crate::paths::edges::{Edges, Step};
use crate::paths::graph::Node;
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::becoming::inherits;
use crate::study::mending::{end_membership, revoke_admin_option};

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    let catalog = edges.study.catalog;
    let version = catalog.version;
    for name in catalog.roles.keys().filter(|name| !edges.study.is_superuser(name)) {
        edges.always(name, Node::Public, Mechanism::BeingPublic);
    }
    for (key, options) in &catalog.memberships {
        if edges.study.is_superuser(&key.member) {
            continue;
        }
        let to = edges.identity(&key.role);
        let cause = format!("membership of {} in {}", key.member.quoted(), key.role.quoted());
        let mut step = |mechanism, fix: Fix| {
            let step = Step {
                mechanism,
                precondition: Precondition::Login,
                database: None,
                cause: cause.clone(),
                fix,
            };
            edges.add(&key.member, to.clone(), step);
        };
        if inherits(catalog, key, options) {
            // A superuser's attribute is not inherited, only its grants and what it owns: SET ROLE is what makes one.
            if !matches!(to, Node::Sink(_)) {
                step(Mechanism::Inheriting, end_membership(key, version));
            }
        }
        if options.set || !version.has_membership_options() {
            step(Mechanism::SetRole, end_membership(key, version));
        } else if options.admin {
            step(Mechanism::AdminOption, revoke_admin_option(key, version));
        }
    }
}
