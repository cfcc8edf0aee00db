//! The privileges that `information_schema` is born with. initdb grants them after it has filled `pg_init_privs`, so
//! they are recorded nowhere; they have been the same in every supported version.

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::class::Class;
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectKey;
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::version::Version;

/// What initdb grants on this object of `information_schema`, or on the schema itself; none for anything else.
pub(super) fn born_with(key: &ObjectKey, bootstrap: &RoleName, version: Version) -> Option<Acl> {
    let public = match &key.schema {
        None if key.class == Class::Schema && key.name.as_str() == SCHEMA => Privilege::Usage,
        // What stands behind the views is for the views alone.
        Some(schema) if schema.as_str() == SCHEMA && key.class.is_table_like() => {
            if key.name.as_str().starts_with("_pg_") || key.name.as_str() == "sql_parts" {
                return None;
            }
            Privilege::Select
        }
        _ => return None,
    };
    let mut acl = default_acl(key.class, bootstrap, version);
    acl.grant(Entry {
        grantee: Grantee::Public,
        grantor: bootstrap.clone(),
        privileges: public.into(),
        grantable: Privileges::NONE,
    });
    Some(acl)
}

const SCHEMA: &str = "information_schema";
