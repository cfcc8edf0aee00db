//! What ALTER ... OWNER TO does to an object's access control lists.

use pgward_catalog::name::RoleName;
use pgward_catalog::object::Object;

/// ALTER ... OWNER TO, as far as ACLs are concerned.
pub(crate) trait GiveTo {
    /// Makes the role the owner.
    fn give_to(&mut self, owner: &RoleName);
}

impl GiveTo for Object {
    fn give_to(&mut self, owner: &RoleName) {
        if self.owner == *owner {
            return;
        }
        self.acl = self.acl.with_owner_changed(&self.owner, owner);
        for acl in self.columns.values_mut() {
            *acl = acl.with_owner_changed(&self.owner, owner);
        }
        self.owner = owner.clone();
    }
}
