//! The end of the world: every catalog column that holds privileges or points at a role is one we know.
//!
//! The server itself lists them. A column that is not on our lists belongs to a class of objects that nothing here
//! reads, and what is granted or owned there would go unnoticed; so that is an error that names it.

use crate::inspect::failure::InspectError;
use crate::inspect::reading::Reading;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![
        Statement::new("the columns that hold access control lists", ACL_COLUMNS, |_, row| {
            known(row, &READ_AS_ACL, "access control lists")
        }),
        Statement::new("the columns that refer to roles", ROLE_COLUMNS, |_, row| {
            known(row, &READ_AS_ROLE, "owners or other references to roles")
        }),
    ]
}

fn known(row: &Row<'_>, read: &[(&str, &str)], holds: &'static str) -> Result<(), InspectError> {
    let (catalog, column) = (row.text(0)?, row.text(1)?);
    if read.contains(&(catalog, column)) {
        return Ok(());
    }
    Err(InspectError::UnknownClass { catalog: catalog.to_owned(), column: column.to_owned(), holds })
}

/// 1034 is `aclitem[]`. The index on `attrelid` finds the columns of the few hundred system catalogs.
const ACL_COLUMNS: &str = "select c.relname, a.attname
    from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.atttypid = 1034
    where c.relnamespace = 11 and c.relkind = 'r' and c.oid < 16384 and a.attrelid < 16384";

const ROLE_COLUMNS: &str = "select c.relname, u.name
    from pg_catalog.pg_get_catalog_foreign_keys() k
    join pg_catalog.pg_class c on c.oid = k.fktable,
    unnest(k.fkcols) u (name)
    where k.pktable = 1260::regclass";

/// The columns that hold access control lists, all of which are read.
const READ_AS_ACL: [(&str, &str); 14] = [
    ("pg_attribute", "attacl"),
    ("pg_class", "relacl"),
    ("pg_database", "datacl"),
    ("pg_default_acl", "defaclacl"),
    ("pg_foreign_data_wrapper", "fdwacl"),
    ("pg_foreign_server", "srvacl"),
    ("pg_init_privs", "initprivs"),
    ("pg_language", "lanacl"),
    ("pg_largeobject_metadata", "lomacl"),
    ("pg_namespace", "nspacl"),
    ("pg_parameter_acl", "paracl"),
    ("pg_proc", "proacl"),
    ("pg_tablespace", "spcacl"),
    ("pg_type", "typacl"),
];

/// The columns that refer to roles, all of which are read.
const READ_AS_ROLE: [(&str, &str); 29] = [
    ("pg_auth_members", "grantor"),
    ("pg_auth_members", "member"),
    ("pg_auth_members", "roleid"),
    ("pg_class", "relowner"),
    ("pg_collation", "collowner"),
    ("pg_conversion", "conowner"),
    ("pg_database", "datdba"),
    ("pg_db_role_setting", "setrole"),
    ("pg_default_acl", "defaclrole"),
    ("pg_event_trigger", "evtowner"),
    ("pg_extension", "extowner"),
    ("pg_foreign_data_wrapper", "fdwowner"),
    ("pg_foreign_server", "srvowner"),
    ("pg_language", "lanowner"),
    ("pg_largeobject_metadata", "lomowner"),
    ("pg_namespace", "nspowner"),
    ("pg_opclass", "opcowner"),
    ("pg_operator", "oprowner"),
    ("pg_opfamily", "opfowner"),
    ("pg_policy", "polroles"),
    ("pg_proc", "proowner"),
    ("pg_publication", "pubowner"),
    ("pg_statistic_ext", "stxowner"),
    ("pg_subscription", "subowner"),
    ("pg_tablespace", "spcowner"),
    ("pg_ts_config", "cfgowner"),
    ("pg_ts_dict", "dictowner"),
    ("pg_type", "typowner"),
    ("pg_user_mapping", "umuser"),
];
