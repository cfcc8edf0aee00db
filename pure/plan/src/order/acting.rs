//! As whom a statement runs.

use pgward_catalog::name::RoleName;

use crate::authority::Authority;

/// The executor, unless it is a superuser, and who has whose privileges.
pub(crate) struct Acting<'a> {
    pub(crate) executor: Option<&'a RoleName>,
    pub(crate) authority: Authority<'a>,
}

impl Acting<'_> {
    /// The role to be for what only the owner may do: the owner, where the executor may become it but does not have its
    /// privileges by itself (`may_become`, INHERIT FALSE).
    pub(crate) fn as_owner(&self, owner: &RoleName) -> Option<RoleName> {
        let executor = self.executor?;
        (!self.authority.has_privileges_of(executor, owner)).then(|| owner.clone())
    }
}
