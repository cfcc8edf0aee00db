//! What PostgreSQL adds to, and takes from, the ACLs by rules of its own: predefined roles and system catalogs
//! (`pg_class_aclmask_ext`, `pg_namespace_aclmask_ext` and their like in PostgreSQL's `aclchk.c`).

use crate::class::Class;
use crate::membership::{Inheritance, MembershipKey, MembershipOptions};
use crate::name::RoleName;
use crate::object::{ObjectKey, Origin};
use crate::privilege::{Privilege, Privileges};
use crate::version::Version;

/// The owner of the current database is a member of it, without a membership being recorded.
pub const DATABASE_OWNER: &str = "pg_database_owner";
/// Reads every table, view and sequence, and uses every schema.
pub const READ_ALL_DATA: &str = "pg_read_all_data";
/// Writes every table, view and sequence, and uses every schema.
pub const WRITE_ALL_DATA: &str = "pg_write_all_data";
/// Maintains every table (17 and later).
pub const MAINTAIN: &str = "pg_maintain";
/// Runs programs on the server: COPY ... PROGRAM.
pub const EXECUTE_SERVER_PROGRAM: &str = "pg_execute_server_program";
/// Reads files of the server: COPY ... FROM 'file'.
pub const READ_SERVER_FILES: &str = "pg_read_server_files";
/// Writes files of the server: COPY ... TO 'file'.
pub const WRITE_SERVER_FILES: &str = "pg_write_server_files";

/// What members of predefined roles may do with an object of this class, whatever its ACL says; without grant options.
pub fn predefined_privileges(
    class: Class,
    version: Version,
) -> impl Iterator<Item = (&'static str, Privileges)> {
    use Privilege as P;
    let rows: &[(&str, &[P])] = match class {
        Class::Schema => &[(READ_ALL_DATA, &[P::Usage]), (WRITE_ALL_DATA, &[P::Usage])],
        Class::Sequence => &[(READ_ALL_DATA, &[P::Select]), (WRITE_ALL_DATA, &[P::Update])],
        _ if class.is_table_like() => &[
            (READ_ALL_DATA, &[P::Select]),
            (WRITE_ALL_DATA, &[P::Insert, P::Update, P::Delete]),
            (MAINTAIN, &[P::Maintain]),
        ],
        _ => &[],
    };
    let exist = class.privileges(version);
    rows.iter().map(move |(role, privileges)| (*role, Privileges::of(privileges) & exist))
}

/// What nobody but a superuser may do with an object, even if it was granted: writing into system catalogs.
/// System views are not protected, and column grants get past.
pub fn withheld(key: &ObjectKey, origin: &Origin) -> Privileges {
    let in_catalog = match key.schema.as_ref().map(|schema| schema.as_str()) {
        Some("pg_catalog") => *origin == Origin::System,
        // Where the rows of every table may continue, whoever made it.
        Some("pg_toast") => true,
        _ => false,
    };
    let is_relation = key.class == Class::Sequence || key.class.is_table_like() && key.class != Class::View;
    if in_catalog && is_relation {
        Privileges::of(&[
            Privilege::Insert,
            Privilege::Update,
            Privilege::Delete,
            Privilege::Truncate,
            Privilege::Usage,
        ])
    } else {
        Privileges::NONE
    }
}

/// The memberships that initdb makes in every supported version: a role and its member.
pub const MEMBERSHIPS: [(&str, &str); 3] = [
    ("pg_read_all_settings", "pg_monitor"),
    ("pg_read_all_stats", "pg_monitor"),
    ("pg_stat_scan_tables", "pg_monitor"),
];

/// Whether it is a membership that initdb makes, and still as initdb makes it.
pub fn is_from_initdb(key: &MembershipKey, options: &MembershipOptions, bootstrap: &RoleName) -> bool {
    MEMBERSHIPS.contains(&(key.role.as_str(), key.member.as_str()))
        && key.grantor == *bootstrap
        && options.inherit != Inheritance::NotInherited
        && options.set
        && !options.admin
}
