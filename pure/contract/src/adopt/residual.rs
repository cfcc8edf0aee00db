//! What an ACL holds beyond what its object is born with, and what it lacks of it.

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::name::RoleName;
use pgward_catalog::privilege::Privileges;

/// What kind of entry in a contract makes up for a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// A grant.
    Grant,
    /// A grant with grant option.
    GrantWithOption,
    /// Taking away what the object is born with.
    Take,
    /// Taking away the grant option that the object is born with.
    TakeOption,
}

/// One difference between what an object is born with and what it carries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Residue {
    /// What to write.
    pub deed: Deed,
    /// For whom.
    pub grantee: Grantee,
    /// Who gives it; none: the owner.
    pub grantor: Option<RoleName>,
    /// The privileges.
    pub privileges: Privileges,
}

/// Everything that leads from `born` to `found`.
pub fn residues(born: &Acl, found: &Acl, owner: &RoleName) -> Vec<Residue> {
    let mut residues = Vec::new();
    let mut add = |deed, entry: &Entry, privileges: Privileges| {
        if !privileges.is_empty() {
            let grantor = (entry.grantor != *owner).then(|| entry.grantor.clone());
            residues.push(Residue { deed, grantee: entry.grantee.clone(), grantor, privileges });
        }
    };
    for entry in found.entries() {
        let before = born.entry(&entry.grantee, &entry.grantor);
        let (held, option) =
            before.map_or((Privileges::NONE, Privileges::NONE), |b| (b.privileges, b.grantable));
        let new_option = entry.grantable - option;
        add(Deed::GrantWithOption, entry, new_option);
        add(Deed::Grant, entry, (entry.privileges - held) - new_option);
        add(Deed::Take, entry, held - entry.privileges);
        add(Deed::TakeOption, entry, (option & entry.privileges) - entry.grantable);
    }
    for entry in born.entries() {
        if found.entry(&entry.grantee, &entry.grantor).is_none() {
            add(Deed::Take, entry, entry.privileges);
        }
    }
    residues
}

impl Deed {
    /// Whether the entry in the contract says `revoke: true`.
    pub fn takes(self) -> bool {
        matches!(self, Deed::Take | Deed::TakeOption)
    }

    /// Whether the entry in the contract says `grant_option: true`.
    pub fn is_about_option(self) -> bool {
        matches!(self, Deed::GrantWithOption | Deed::TakeOption)
    }
}
