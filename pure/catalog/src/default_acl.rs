//! What a NULL access control list means: PostgreSQL's `acldefault`, for each class and version.

use crate::acl::{Acl, Entry, Grantee};
use crate::class::Class;
use crate::name::RoleName;
use crate::privilege::{Privilege, Privileges};
use crate::version::Version;

/// The ACL an object of this class has while nobody has granted or revoked anything on it
/// (`acldefault`; PostgreSQL documentation, section 5.8, table "Summary of Access Privileges").
pub fn default_acl(class: Class, owner: &RoleName, version: Version) -> Acl {
    let entry = |grantee, privileges| Entry {
        grantee,
        grantor: owner.clone(),
        privileges,
        grantable: Privileges::NONE,
    };
    // Parameters have no owner; `acldefault('p', ...)` is not what a NULL entry means, since there are none.
    let owners = if class == Class::Parameter { Privileges::NONE } else { class.privileges(version) };
    [entry(Grantee::Public, public_privileges(class)), entry(Grantee::Role(owner.clone()), owners)]
        .into_iter()
        .collect()
}

/// What PUBLIC holds on a new object of the class.
pub fn public_privileges(class: Class) -> Privileges {
    match class {
        Class::Database => Privileges::of(&[Privilege::Temporary, Privilege::Connect]),
        Class::Function | Class::Procedure | Class::Aggregate => Privilege::Execute.into(),
        Class::Language | Class::Type | Class::Domain => Privilege::Usage.into(),
        _ => Privileges::NONE,
    }
}
