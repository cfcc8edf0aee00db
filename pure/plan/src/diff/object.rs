//! Differences between two versions of one object.

use std::collections::BTreeSet;

use pgward_catalog::acl::Acl;
use pgward_catalog::name::{Name, RoleName};
use pgward_catalog::object::{Object, ObjectRef};

use crate::acl_diff::{AclDifference, diff_acl};
use crate::change::{Change, Target};
use crate::diff::facts::diff_facts;
use crate::equivalences::Equivalences;
use crate::ownership::GiveTo;

/// The owner an object gets along with another one: a sequence, with the table whose column owns it.
pub(crate) struct AlongWith<'a>(pub(crate) Option<&'a RoleName>);

/// Every difference between the object as it is and as it should be.
pub(crate) fn diff_object(
    name: &ObjectRef,
    observed: &Object,
    desired: &Object,
    along: &AlongWith<'_>,
    equivalences: &Equivalences,
    changes: &mut Vec<Change>,
) {
    let before = along.0.unwrap_or(&observed.owner);
    if *before != desired.owner {
        changes.push(Change::ChangeOwner {
            object: name.clone(),
            before: before.clone(),
            after: desired.owner.clone(),
        });
    }
    if observed.owner == desired.owner && before == &desired.owner {
        diff_acls(name, observed, desired, changes);
    } else {
        // The owner's step from one to the next rewrites the ACL each time.
        let mut owned = observed.clone();
        owned.give_to(before);
        owned.give_to(&desired.owner);
        diff_acls(name, &owned, desired, changes);
    }
    diff_facts(name, &observed.facts, &desired.facts, equivalences, changes);
}

fn diff_acls(name: &ObjectRef, observed: &Object, desired: &Object, changes: &mut Vec<Change>) {
    diff_target(&Target::whole(name.clone()), &observed.acl, &desired.acl, changes);
    if observed.columns == desired.columns {
        return;
    }
    let nothing = Acl::EMPTY;
    let columns: BTreeSet<&Name> = observed.columns.keys().chain(desired.columns.keys()).collect();
    for column in columns {
        let target = Target::column(name.clone(), column.clone());
        let before = observed.columns.get(column).unwrap_or(&nothing);
        let after = desired.columns.get(column).unwrap_or(&nothing);
        diff_target(&target, before, after, changes);
    }
}

/// Every difference between two ACLs of one object or column.
pub(crate) fn diff_target(target: &Target, observed: &Acl, desired: &Acl, changes: &mut Vec<Change>) {
    diff_acl(observed, desired, |difference| {
        let target = target.clone();
        changes.push(match difference {
            AclDifference::Missing(entry) => Change::Grant { target, entry },
            AclDifference::Excess(entry) => Change::Revoke { target, entry },
            AclDifference::ExcessOption { grantee, grantor, privileges } => {
                Change::RevokeGrantOption { target, grantee, grantor, privileges }
            }
        });
    });
}
