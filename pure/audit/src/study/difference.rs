//! Differences: what declared roles can use, against what the contract gives them.

use std::collections::BTreeSet;

use pgward_catalog::effective::Effective;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;
use pgward_catalog::privilege::Privileges;

use crate::study::Study;

/// One role and one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The role.
    pub role: RoleName,
    /// The object.
    pub object: ObjectRef,
    /// What it can use and should.
    pub both: Privileges,
    /// What it can use and should not.
    pub excess: Privileges,
    /// What it should be able to use and cannot.
    pub missing: Privileges,
}

/// Every declared role against every object that the contract knows: what is usable after SET ROLE. Pairs on which there is
/// nothing are left out; administrative roles are not looked at.
pub fn differences(study: &Study<'_>) -> Vec<Difference> {
    let Some(declared) = study.declared else { return Vec::new() };
    let desired = Effective::of(&declared.desired);
    let roles: Vec<&RoleName> =
        declared.described.iter().filter(|role| !study.is_administrative(role)).collect();
    let made = study.made().filter(|placed| placed.key.class.has_acl()).map(|placed| placed.at());
    let cluster = study.catalog.cluster_objects.keys().map(|key| ObjectRef::of_cluster(key.clone()));
    let objects: BTreeSet<ObjectRef> =
        made.chain(cluster).filter(|object| declared.desired.object(object).is_some()).collect();
    let mut found = Vec::new();
    for object in objects {
        for role in &roles {
            let held = study.effective.privileges(role, &object).after_set_role.privileges;
            let wanted = desired.privileges(role, &object).after_set_role.privileges;
            if !(held | wanted).is_empty() {
                found.push(Difference {
                    role: (*role).clone(),
                    object: object.clone(),
                    both: held & wanted,
                    excess: held - wanted,
                    missing: wanted - held,
                });
            }
        }
    }
    found
}
