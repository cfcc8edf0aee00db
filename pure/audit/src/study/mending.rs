//! Mending: SQL that takes away exactly what gives the access, run by a superuser in the object's database.

use pgward_catalog::acl::Entry;
use pgward_catalog::class::Class;
use pgward_catalog::membership::MembershipKey;
use pgward_catalog::name::{Name, RoleName};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::privilege::Privileges;
use pgward_catalog::version::Version;

use crate::finding::Fix;

/// Takes privileges of an ACL entry. A superuser's REVOKE acts as the owner, so what another role granted is revoked as that
/// role.
pub fn revoke(key: &ObjectKey, object: &Object, entry: &Entry, privileges: Privileges) -> Fix {
    as_grantor(
        object,
        entry,
        format!("REVOKE {privileges} ON {} FROM {}", target(key), entry.grantee.quoted()),
    )
}

/// Takes the grant option only.
pub fn revoke_grant_option(key: &ObjectKey, object: &Object, entry: &Entry, privileges: Privileges) -> Fix {
    let statement = format!(
        "REVOKE GRANT OPTION FOR {privileges} ON {} FROM {} CASCADE",
        target(key),
        entry.grantee.quoted()
    );
    as_grantor(object, entry, statement)
}

/// The privileges as GRANT and REVOKE write them for one column.
pub fn of_column(privileges: Privileges, column: &Name) -> String {
    let each = privileges.iter().map(|privilege| format!("{} ({})", privilege.keyword(), column.quoted()));
    each.collect::<Vec<_>>().join(", ")
}

/// Takes privileges of a column's ACL entry.
pub fn revoke_column(
    key: &ObjectKey,
    object: &Object,
    column: &Name,
    entry: &Entry,
    privileges: Privileges,
) -> Fix {
    let columns = of_column(privileges, column);
    as_grantor(object, entry, format!("REVOKE {columns} ON {} FROM {}", target(key), entry.grantee.quoted()))
}

/// Takes the grant option of a column's ACL entry only.
pub fn revoke_column_grant_option(
    key: &ObjectKey,
    object: &Object,
    column: &Name,
    entry: &Entry,
    privileges: Privileges,
) -> Fix {
    let columns = of_column(privileges, column);
    let statement = format!(
        "REVOKE GRANT OPTION FOR {columns} ON {} FROM {} CASCADE",
        target(key),
        entry.grantee.quoted()
    );
    as_grantor(object, entry, statement)
}

fn as_grantor(object: &Object, entry: &Entry, statement: String) -> Fix {
    if entry.grantor == object.owner {
        Fix::Sql(vec![statement])
    } else {
        Fix::Sql(vec![format!("SET ROLE {}", entry.grantor.quoted()), statement, "RESET ROLE".to_owned()])
    }
}

/// Ends a membership: from PostgreSQL 16 on each grantor's is one of its own.
pub fn end_membership(key: &MembershipKey, version: Version) -> Fix {
    Fix::sql(format!("REVOKE {} FROM {}{}", key.role.quoted(), key.member.quoted(), granted_by(key, version)))
}

/// Takes the ADMIN option of a membership.
pub fn revoke_admin_option(key: &MembershipKey, version: Version) -> Fix {
    Fix::sql(format!(
        "REVOKE ADMIN OPTION FOR {} FROM {}{} CASCADE",
        key.role.quoted(),
        key.member.quoted(),
        granted_by(key, version)
    ))
}

fn granted_by(key: &MembershipKey, version: Version) -> String {
    if version.has_membership_options() {
        format!(" GRANTED BY {}", key.grantor.quoted())
    } else {
        String::new()
    }
}

/// Takes an attribute: `ALTER ROLE app NOSUPERUSER`.
pub fn without_attribute(role: &RoleName, attribute: &str) -> Fix {
    Fix::sql(format!("ALTER ROLE {} NO{attribute}", role.quoted()))
}

/// Gives an object to another owner.
pub fn change_owner(key: &ObjectKey, owner: &RoleName) -> Fix {
    Fix::sql(format!("ALTER {} {} OWNER TO {}", key.class.alter_keyword(), key.quoted(), owner.quoted()))
}

/// The object as GRANT and REVOKE name it: `TABLE public.orders`, `FUNCTION public.f(integer)`.
pub fn target(key: &ObjectKey) -> String {
    let keyword = match key.class {
        Class::Function | Class::Aggregate => "FUNCTION",
        Class::Procedure => "PROCEDURE",
        other => other.grant_keyword().unwrap_or_else(|| other.alter_keyword()),
    };
    format!("{keyword} {}", key.quoted())
}
