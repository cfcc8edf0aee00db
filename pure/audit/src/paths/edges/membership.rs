//! Memberships: SET ROLE, inheritance, and ADMIN, which grants the rest.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::name::RoleName;

use crate::finding::Fix;
use crate::paths::edges::found::{Edges, Step};
use crate::paths::graph::{Edge, Node};
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
        let mut step = |to: Node, mechanism, fix: Fix| {
            let step = Step {
                mechanism,
                precondition: Precondition::Login,
                database: None,
                cause: cause.clone(),
                fix,
                object: None,
            };
            edges.add(&key.member, to, step);
        };
        let may_set = options.set || !version.has_membership_options();
        // A superuser's attribute is not inherited, only its grants and what it owns: SET ROLE is what makes one. Neither may
        // anybody but a superuser grant a superuser's role.
        let is_superuser = matches!(to, Node::Sink(_));
        if inherits(catalog, key, options) && !is_superuser {
            let to = if may_set { to.clone() } else { Node::Privileges(key.role.clone()) };
            step(to, Mechanism::Inheriting, end_membership(key, version));
        }
        if may_set {
            step(to, Mechanism::SetRole, end_membership(key, version));
        } else if options.admin && !is_superuser {
            step(to, Mechanism::AdminOption, revoke_admin_option(key, version));
        }
    }
}

/// Steps of those who have a role's privileges and may not be it: all of the role's own, but those that only come with being it.
pub(super) fn hand_down(edges: &mut Edges<'_, '_>) {
    let mut own: BTreeMap<RoleName, Vec<Edge>> = BTreeMap::new();
    let mut wanted: Vec<RoleName> = Vec::new();
    for edge in &edges.edges {
        if let Node::Role(role) = &edge.from {
            own.entry(role.clone()).or_default().push(edge.clone());
        }
        if let Node::Privileges(role) = &edge.to {
            wanted.push(role.clone());
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(role) = wanted.pop() {
        if !seen.insert(role.clone()) {
            continue;
        }
        for edge in own.get(&role).into_iter().flatten().filter(|edge| !edge.mechanism.takes_being()) {
            let mut edge = edge.clone();
            edge.from = Node::Privileges(role.clone());
            if edge.mechanism == Mechanism::Inheriting
                && let Node::Role(next) | Node::Privileges(next) = edge.to
            {
                edge.to = Node::Privileges(next.clone());
                wanted.push(next);
            }
            edges.edges.push(edge);
        }
    }
}
