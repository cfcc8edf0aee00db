//! How an access control list comes about: what it is born with, what the contract gives, what is left alone.

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::class::Class;
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::Object;
use pgward_catalog::privilege::Privileges;
use pgward_catalog::version::Version;

use crate::expand::standing::Standings;
use crate::model::grant::Grantee as Written;
use crate::name::Principal;

/// What the contract changes about an ACL.
#[derive(Debug, Default)]
pub struct Wanted {
    /// What is taken from what the object is born with.
    pub taken: Vec<Entry>,
    /// What is given.
    pub given: Vec<Entry>,
}

/// Which privileges the contract's list is complete for; of the others, undeclared roles keep what they have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Complete(pub Privileges);

impl Complete {
    /// For all: the object is in a schema that the contract describes.
    pub fn for_all() -> Self {
        Self(pgward_catalog::privilege::Privilege::ALL.into_iter().collect())
    }

    /// For none: the object is outside.
    pub fn for_none() -> Self {
        Self(Privileges::NONE)
    }
}

/// What the object carries while nobody grants or revokes anything: what `acldefault` says, or what initdb or its
/// extension's script left, had this owner been its owner from the start.
pub fn born_with(class: Class, object: &Object, owner: &RoleName, version: Version) -> Acl {
    match &object.initial_acl {
        Some(initial) => with_owner(initial, owner),
        None if class.has_acl() => default_acl(class, owner, version),
        None => Acl::EMPTY,
    }
}

/// An initial ACL as it reads after ALTER ... OWNER: who gave everything in it was the owner.
pub fn with_owner(initial: &Acl, owner: &RoleName) -> Acl {
    let Some(first) = initial.entries().first() else { return Acl::EMPTY };
    if initial.entries().iter().any(|entry| entry.grantor != first.grantor) {
        return initial.clone();
    }
    initial.with_owner_changed(&first.grantor, owner)
}

/// The ACL as it should be. `found` is the one that is there, rewritten for the owner that should be.
pub fn composed(
    standings: &Standings<'_>,
    found: &Acl,
    mut born: Acl,
    wanted: &Wanted,
    complete: Complete,
) -> Acl {
    for entry in &wanted.taken {
        if entry.grantable.is_empty() {
            born.revoke(&entry.grantee, &entry.grantor, entry.privileges);
        } else {
            born.revoke_grant_option(&entry.grantee, &entry.grantor, entry.grantable);
        }
    }
    let ours = born.entries().iter().filter_map(|entry| {
        if entry.grantee == Grantee::Public {
            // INVARIANT: an absence gives nothing. What PostgreSQL gives to PUBLIC by itself is there, or stays away.
            let there = found.entry(&entry.grantee, &entry.grantor);
            return masked(entry, there.map_or(Privileges::NONE, |there| there.privileges));
        }
        if standings.answers_for(&entry.grantee) {
            return Some(entry.clone());
        }
        let kept = if standings.leaves_alone(&entry.grantee) { Privileges::NONE } else { complete.0 };
        masked(entry, kept)
    });
    let theirs = found.entries().iter().filter_map(|entry| {
        if standings.answers_for(&entry.grantee) {
            return None;
        }
        if standings.leaves_alone(&entry.grantee) {
            Some(entry.clone())
        } else {
            masked_out(entry, complete.0)
        }
    });
    let all = ours.chain(theirs).chain(wanted.given.iter().cloned());
    if !standings.any_leave() {
        return all.collect();
    }
    all.filter(|entry| {
        let grantee_leaves = entry.grantee.role().is_some_and(|role| standings.is_leaving(role));
        !grantee_leaves && !standings.is_leaving(&entry.grantor)
    })
    .collect()
}

/// What PostgreSQL gives to PUBLIC by itself, nothing in the contract takes or gives, and somebody took.
pub fn withheld_from_public(found: &Acl, born: &Acl, wanted: &Wanted) -> Privileges {
    let of_public = |entries: &[Entry]| {
        let public = entries.iter().filter(|entry| entry.grantee == Grantee::Public);
        public.fold(Privileges::NONE, |all, entry| all | entry.privileges)
    };
    let there = found.privileges_of(&Grantee::Public);
    of_public(born.entries()) - of_public(&wanted.taken) - of_public(&wanted.given) - there
}

/// The ACL of something in a database that the contract does not describe: roles that are kept elsewhere are not its
/// business there, so they hold what they hold.
pub fn composed_outside(standings: &Standings<'_>, found: &Acl, mut born: Acl) -> Acl {
    let is_elsewhere =
        |entry: &Entry| entry.grantee.role().is_some_and(|role| standings.is_kept_elsewhere(role));
    born.retain(|entry| !is_elsewhere(entry));
    let kept = found.entries().iter().filter(|entry| is_elsewhere(entry)).cloned();
    let wanted = Wanted { given: kept.collect(), ..Wanted::default() };
    composed(standings, found, born, &wanted, Complete::for_none())
}

/// The entry with these privileges only.
pub fn masked(entry: &Entry, mask: Privileges) -> Option<Entry> {
    let privileges = entry.privileges & mask;
    let grantable = entry.grantable & mask;
    (!privileges.is_empty()).then(|| Entry { privileges, grantable, ..entry.clone() })
}

/// The entry without these privileges.
pub fn masked_out(entry: &Entry, mask: Privileges) -> Option<Entry> {
    let privileges = entry.privileges - mask;
    let grantable = entry.grantable - mask;
    (!privileges.is_empty()).then(|| Entry { privileges, grantable, ..entry.clone() })
}

/// A written grantee, ready to be given things on many objects.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// Who.
    pub grantee: Grantee,
    /// Who gives it; none: the owner of each object.
    pub grantor: Option<RoleName>,
    /// Whether it may be given on.
    pub grant_option: bool,
}

impl Recipient {
    /// The recipient that a list names.
    pub fn of(written: &Written) -> Self {
        Self {
            grantee: grantee(&written.role),
            grantor: written.granted_by.as_ref().map(|role| RoleName::from(role.as_str())),
            grant_option: written.grant_option(),
        }
    }

    /// What it is given on an object of this owner.
    pub fn entry(&self, privileges: Privileges, owner: &RoleName) -> Entry {
        Entry {
            grantee: self.grantee.clone(),
            grantor: self.grantor.as_ref().unwrap_or(owner).clone(),
            privileges,
            grantable: if self.grant_option { privileges } else { Privileges::NONE },
        }
    }
}

/// The entry that a written grantee stands for, on an object of this owner.
pub fn entry(written: &Written, privileges: Privileges, owner: &RoleName) -> Entry {
    Recipient::of(written).entry(privileges, owner)
}

/// Who is meant.
pub fn grantee(principal: &Principal) -> Grantee {
    match principal {
        Principal::Public => Grantee::Public,
        Principal::Role(role) => Grantee::Role(RoleName::from(role.as_str())),
    }
}
