//! What things are right after they come into being.

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::default_privileges::{DefaultKey, DefaultKind};
use pgward_catalog::name::RoleName;
use pgward_catalog::object::Object;
use pgward_catalog::privilege::Privileges;
use pgward_catalog::version::Version;

/// A schema as this owner's default privileges in the database make it.
pub(crate) fn schema_at_birth(contents: &Contents, owner: &RoleName, version: Version) -> Object {
    let key = DefaultKey { creator: owner.clone(), schema: None, kind: DefaultKind::Schemas };
    let acl = contents
        .default_privileges
        .get(&key)
        .cloned()
        .unwrap_or_else(|| default_acl(Class::Schema, owner, version));
    Object::new(owner.clone(), acl)
}

/// A parameter nobody was granted anything on. PostgreSQL keeps no row for it; the first GRANT makes one, with the
/// bootstrap superuser's own entry, and the REVOKE that leads back to this entry removes the row.
pub(crate) fn parameter_at_birth(bootstrap: &RoleName, version: Version) -> Object {
    let own = Entry {
        grantee: Grantee::Role(bootstrap.clone()),
        grantor: bootstrap.clone(),
        privileges: Class::Parameter.privileges(version),
        grantable: Privileges::NONE,
    };
    Object::new(bootstrap.clone(), Acl::from_iter([own]))
}
