//! Holding: whether somebody, or everybody, may use what a step is taken with.

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;

use crate::study::Study;

/// Whether a name in this object's schema can be said at all.
pub(super) fn may_use_schema(
    study: &Study<'_>,
    database: &DatabaseName,
    key: &ObjectKey,
    caller: &Grantee,
) -> bool {
    let Some(schema) = &key.schema else { return false };
    if schema.as_str() == "pg_catalog" {
        return true;
    }
    let schema = ObjectRef::within(database, ObjectKey::bare(Class::Schema, schema.as_str()));
    holds(study, &schema, caller, Privilege::Usage)
}

/// Whether somebody has a privilege, by SET ROLE if need be.
pub(super) fn holds(study: &Study<'_>, object: &ObjectRef, who: &Grantee, privilege: Privilege) -> bool {
    match who {
        Grantee::Role(role) => {
            study.effective.privileges(role, object).after_set_role.privileges.contains(privilege)
        }
        Grantee::Public => study
            .catalog
            .object(object)
            .is_some_and(|object| object.acl.privileges_of(&Grantee::Public).contains(privilege)),
    }
}
