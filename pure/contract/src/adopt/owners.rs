//! Who owns what, as a contract.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::membership::{MembershipKey, MembershipOptions};
use pgward_catalog::name::{RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::predefined::is_from_initdb;
use pgward_catalog::role::Attribute;

use crate::adopt::place::{Target, joint};
use crate::adopt::words::{AS_FOUND, because, new, role};
use crate::expand::owners::is_for_objects_owner;
use crate::model::database::{Ownership, Schema};
use crate::model::kind::Kind;
use crate::source::span::Spanned;

/// What is being said about the owners in one schema.
pub struct Owning<'a> {
    /// The whole catalog.
    pub catalog: &'a Catalog,
    /// The schema.
    pub schema: &'a SchemaName,
    /// The objects in it.
    pub objects: Vec<(&'a ObjectKey, &'a Object)>,
    /// The kind that routines are spoken of as.
    pub routines: Kind,
}

/// Says who owns the objects of a schema: by `objects_owner`, or where someone creates there and could not become
/// that owner, by patterns with a reason.
pub fn adopt(owning: &Owning<'_>, said: &mut Schema, ownerships: &mut Vec<Spanned<Ownership>>) {
    let ours: Vec<(&ObjectKey, &Object)> =
        owning.objects.iter().filter(|(key, object)| is_for_objects_owner(object, key)).copied().collect();
    let mut counts: BTreeMap<&RoleName, usize> = BTreeMap::new();
    for (_, object) in &ours {
        *counts.entry(&object.owner).or_default() += 1;
    }
    let Some(most) = counts.iter().max_by_key(|(name, count)| (**count, std::cmp::Reverse(**name))) else {
        return;
    };
    let most = (*most.0).clone();
    let creators: Vec<RoleName> = said
        .create
        .iter()
        .flatten()
        .filter_map(|to| to.role.role())
        .map(|role| RoleName::from(role.as_str()))
        .collect();
    if creators.iter().all(|creator| becomes(owning.catalog, creator).contains(&most)) {
        said.objects_owner = Some(new(role(&most)));
    } else {
        let kinds: BTreeSet<Kind> =
            ours.iter().filter_map(|(key, _)| Kind::of(key.class, owning.routines)).collect();
        let targets = kinds.into_iter().map(|kind| (kind, vec![Target::all_in(owning.schema)])).collect();
        ownerships.push(ownership(&most, targets));
    }
    let mut others: BTreeMap<&RoleName, BTreeMap<Kind, Vec<Target>>> = BTreeMap::new();
    for (key, object) in ours {
        if let (true, Some(kind)) = (object.owner != most, Kind::of(key.class, owning.routines)) {
            let target = Target::names(vec![key.clone()]);
            others.entry(&object.owner).or_default().entry(kind).or_default().push(target);
        }
    }
    ownerships.extend(others.into_iter().map(|(owner, targets)| ownership(owner, targets)));
}

/// An entry of `owners`.
pub fn ownership(owner: &RoleName, targets: BTreeMap<Kind, Vec<Target>>) -> Spanned<Ownership> {
    new(Ownership { owner: new(role(owner)), on: new(joint(targets)), because: because(AS_FOUND) })
}

/// A role and all it is a member of, by any number of steps; a superuser may become everybody.
fn becomes(catalog: &Catalog, role: &RoleName) -> BTreeSet<RoleName> {
    let is_super = catalog.roles.get(role).is_some_and(|role| role.has(Attribute::Superuser));
    if is_super || *role == catalog.bootstrap {
        return catalog.roles.keys().cloned().collect();
    }
    let mut found = BTreeSet::from([role.clone()]);
    let mut queue = vec![role.clone()];
    while let Some(member) = queue.pop() {
        // Only what the contract says counts: it lists neither initdb's memberships nor the administrator's.
        let listed = |(key, options): &(&MembershipKey, &MembershipOptions)| {
            key.member == member
                && member != catalog.bootstrap
                && !is_from_initdb(key, options, &catalog.bootstrap)
        };
        for (key, _) in catalog.memberships.iter().filter(listed) {
            if found.insert(key.role.clone()) {
                queue.push(key.role.clone());
            }
        }
    }
    found
}
