//! The desired state once a role is gone: what it owned has another owner, what it held or granted is gone.

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::Facts;
use pgward_catalog::privilege::Privileges;

use crate::birth::parameter_at_birth;
use crate::ownership::GiveTo;

/// Takes the role out of the catalog. Its successor owns what it owned, in every database that was read.
pub(crate) fn retire(catalog: &mut Catalog, role: &RoleName, successor: &RoleName) {
    let objects = catalog.databases.values_mut().flat_map(|contents| contents.objects.values_mut());
    for object in catalog.cluster_objects.values_mut().chain(objects) {
        if object.owner == *role {
            object.give_to(successor);
        }
        forget(&mut object.acl, role, &object.owner);
        for acl in object.columns.values_mut() {
            forget(acl, role, &object.owner);
        }
        object.columns.retain(|_, acl| !acl.is_empty());
        if let Facts::Table(table) = &mut object.facts {
            let gone = Grantee::Role(role.clone());
            table
                .row_security
                .policies
                .retain(|_, policy| !policy.roles.remove(&gone) || !policy.roles.is_empty());
        }
    }
    let version = catalog.version;
    let born = parameter_at_birth(&catalog.bootstrap, version);
    catalog.cluster_objects.retain(|key, object| {
        key.class != Class::Parameter || (object.acl != born.acl && !object.acl.is_empty())
    });
    for contents in catalog.databases.values_mut() {
        contents.default_privileges.retain(|key, acl| {
            forget(acl, role, &key.creator);
            key.creator != *role && *acl != key.absent(version)
        });
    }
    forget_memberships(catalog, role);
    catalog.settings.retain(|scope, _| scope.role.as_ref() != Some(role));
    catalog.roles.remove(role);
}

/// Removes what the role holds and what it granted, and what was granted by that in turn.
fn forget(acl: &mut Acl, role: &RoleName, owner: &RoleName) {
    let mut open = vec![(role.clone(), Privileges::of(&pgward_catalog::privilege::Privilege::ALL))];
    acl.retain(|entry| entry.grantee.role() != Some(role));
    while let Some((grantor, lost)) = open.pop() {
        let given: Vec<Entry> =
            acl.entries().iter().filter(|entry| entry.grantor == grantor).cloned().collect();
        for entry in given {
            acl.revoke(&entry.grantee, &grantor, lost);
            if let Grantee::Role(grantee) = &entry.grantee {
                let gone = (entry.grantable & lost) - acl.grantable_of(&entry.grantee);
                if !gone.is_empty() && grantee != owner {
                    open.push((grantee.clone(), gone));
                }
            }
        }
    }
}

fn forget_memberships(catalog: &mut Catalog, role: &RoleName) {
    catalog.memberships.retain(|key, _| key.role != *role && key.member != *role);
    if !catalog.version.has_membership_options() {
        return;
    }
    let mut open = vec![role.clone()];
    while let Some(grantor) = open.pop() {
        let given: Vec<_> =
            catalog.memberships.keys().filter(|key| key.grantor == grantor).cloned().collect();
        for key in given {
            let still = catalog
                .memberships
                .iter()
                .any(|(other, options)| other.role == key.role && other.member == grantor && options.admin);
            if still {
                continue;
            }
            catalog.memberships.remove(&key);
            open.push(key.member);
        }
    }
}
