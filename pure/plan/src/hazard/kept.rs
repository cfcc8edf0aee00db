//! What a role still holds after a plan: a REVOKE of what it holds in another way as well loses it nothing.

use pgward_catalog::acl::{Acl, Grantee};
use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::{Facts, ObjectKey, TableFacts};
use pgward_catalog::privilege::Privileges;
use pgward_catalog::role::Attribute;

use crate::authority::Authority;
use crate::change::Target;

/// The state after the plan, asked about what is still held.
pub(crate) struct Kept<'a> {
    after: &'a Catalog,
    authority: Authority<'a>,
}

impl<'a> Kept<'a> {
    /// In this state.
    pub(crate) fn in_state(after: &'a Catalog) -> Self {
        Self { after, authority: Authority::of(&after.roles, &after.memberships) }
    }

    /// Which of these privileges the grantee no longer holds in any way that ACLs know: by another grantor, by PUBLIC, by a
    /// role it inherits from, on the whole table. Nothing is lost to a role that is gone.
    pub(crate) fn lost(&self, target: &Target, grantee: &Grantee, privileges: Privileges) -> Privileges {
        if grantee.role().is_some_and(|role| !self.after.roles.contains_key(role) || self.is_superuser(role))
        {
            return Privileges::NONE;
        }
        let Some(object) = self.after.object(&target.object) else { return privileges };
        let column = target.column.as_ref().and_then(|column| object.columns.get(column));
        let held = [Some(&object.acl), column].into_iter().flatten().map(|acl| self.held(acl, grantee));
        held.fold(privileges, |lost, held| lost - held)
    }

    /// Whether the role is still there, and a member of the other one.
    pub(crate) fn is_gone_or_member(&self, member: &RoleName, role: &RoleName) -> bool {
        !self.after.roles.contains_key(member)
            || !self.after.roles.contains_key(role)
            || self.authority.has_privileges_of(member, role)
    }

    /// The attribute by which a role is more powerful than its grants, if it has one.
    pub(crate) fn power_of(&self, role: &RoleName) -> Option<Attribute> {
        let role = self.after.roles.get(role)?;
        POWERS.into_iter().find(|power| role.has(*power))
    }

    /// The table, with row security, of which this is a partition that has none of its own: its policies are those of the table that a
    /// query names (PostgreSQL docs, section 5.9).
    pub(crate) fn guarded_parent(&self, target: &Target) -> Option<ObjectKey> {
        let contents = self.after.databases.get(target.object.database.as_ref()?)?;
        let mut object = contents.objects.get(&target.object.key)?;
        if object.row_security().is_some_and(|rows| rows.enabled) {
            return None;
        }
        // A partition has one parent, and no table is above itself.
        while let Facts::Table(TableFacts { partition_of: Some(parent), .. }) = &object.facts {
            object = contents.objects.get(parent)?;
            if object.row_security().is_some_and(|rows| rows.enabled) {
                return Some(parent.clone());
            }
        }
        None
    }

    fn is_superuser(&self, role: &RoleName) -> bool {
        self.authority.is_superuser(role)
    }

    fn held(&self, acl: &Acl, grantee: &Grantee) -> Privileges {
        let reaches = |entry: &Grantee| match (grantee, entry) {
            (_, Grantee::Public) => true,
            (Grantee::Public, Grantee::Role(_)) => false,
            (Grantee::Role(role), Grantee::Role(other)) => self.authority.has_privileges_of(role, other),
        };
        let entries = acl.entries().iter().filter(|entry| reaches(&entry.grantee));
        entries.fold(Privileges::NONE, |all, entry| all | entry.privileges)
    }
}

/// The attributes that make a role more powerful than its grants.
pub(crate) const POWERS: [Attribute; 5] = [
    Attribute::Superuser,
    Attribute::CreateDb,
    Attribute::CreateRole,
    Attribute::Replication,
    Attribute::BypassRls,
];
