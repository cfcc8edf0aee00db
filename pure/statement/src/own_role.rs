//! The desk's own roles: those of leases, those whose privileges it lends, and its own login. Nobody who borrows makes, changes, removes
//! or gives them, whatever the server would let them: up to PostgreSQL 15 a role with CREATEROLE changes every role that is no superuser.

use pg_raw_parse::{Node, raw};
use pgward_catalog::role::LENT_PREFIX;

use crate::view::View;

/// Whether this is a word for the session's own role.
pub(crate) const fn is_oneself(node: Node<'_>) -> bool {
    use raw::RoleSpecType as R;
    match node {
        Node::RoleSpec(role) => {
            matches!(
                role.roletype,
                R::ROLESPEC_CURRENT_USER | R::ROLESPEC_CURRENT_ROLE | R::ROLESPEC_SESSION_USER
            )
        }
        _ => false,
    }
}

/// The name of one of the desk's own roles, where `node` is what makes, changes or gives it.
pub(crate) fn named<'t>(node: Node<'t>, view: &View) -> Option<&'t str> {
    let is_own = |name: &&str| name.starts_with(LENT_PREFIX) || view.own_roles.iter().any(|own| own == name);
    match node {
        // Whoever stands in a list of roles: ALTER and DROP ROLE, GRANT TO, OWNER TO, REASSIGN OWNED ...
        Node::RoleSpec(role) => match role.roletype {
            // The session's own role is one that the desk has made.
            raw::RoleSpecType::ROLESPEC_CURRENT_USER => Some("current_user"),
            raw::RoleSpecType::ROLESPEC_CURRENT_ROLE => Some("current_role"),
            raw::RoleSpecType::ROLESPEC_SESSION_USER => Some("session_user"),
            _ => role.rolename().filter(is_own),
        },
        Node::CreateRoleStmt(create) => create.role().filter(is_own),
        // GRANT role: a role is written where a privilege would be.
        Node::AccessPriv(granted) => granted.priv_name().filter(is_own),
        Node::RenameStmt(rename) if rename.rename_type == raw::ObjectType::OBJECT_ROLE => {
            [rename.subname(), rename.newname()].into_iter().flatten().find(is_own)
        }
        _ => None,
    }
}
