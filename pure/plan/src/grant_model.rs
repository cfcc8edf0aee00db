//! What GRANT and REVOKE do to the ACLs of one object, exactly as PostgreSQL does it (`aclchk.c`, `acl.c`).
//!
//! Three things make this more than adding and removing bits: a REVOKE on a table takes the same privileges on its
//! columns along; a grant option that is lost makes what was granted by it a dependent privilege; and whether it is
//! lost depends on what the role holds through its memberships.

use std::collections::BTreeMap;

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::class::Class;
use pgward_catalog::name::{Name, RoleName};
use pgward_catalog::privilege::Privileges;

use crate::authority::Authority;

/// The ACLs of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectAcls {
    pub(crate) class: Class,
    pub(crate) owner: RoleName,
    pub(crate) whole: Acl,
    pub(crate) columns: BTreeMap<Name, Acl>,
}

/// One GRANT or REVOKE of one grantor to one grantee, on the object or one column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Operation {
    pub(crate) verb: Verb,
    pub(crate) column: Option<Name>,
    pub(crate) grantee: Grantee,
    pub(crate) grantor: RoleName,
    pub(crate) privileges: Privileges,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    Grant,
    GrantWithOption,
    Revoke(Behavior),
    RevokeOption(Behavior),
}

/// What happens to dependent privileges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Behavior {
    Restrict,
    Cascade,
}

/// Why PostgreSQL would refuse an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The grantor holds no grant option.
    NoGrantOption,
    /// The grantor is a superuser, and would act as the owner.
    GrantorIsSuperuser,
    /// Privileges granted by the grantee depend on it.
    Dependents,
    /// Grant options cannot be granted back to one's own grantor, nor to PUBLIC.
    Circular,
}

impl ObjectAcls {
    /// Carries the operation out, or says why PostgreSQL would not.
    pub(crate) fn execute(&mut self, op: &Operation, authority: &Authority<'_>) -> Result<(), Refusal> {
        self.check_grantor(op, authority)?;
        let rules = Rules { owner: &self.owner, authority };
        match op.verb {
            Verb::Grant => {
                acl_mut(&mut self.whole, &mut self.columns, &op.column).grant(entry(op, Privileges::NONE))
            }
            Verb::GrantWithOption => {
                let mut acl = acl_mut(&mut self.whole, &mut self.columns, &op.column).clone();
                let checked = rules.check_circularity(&acl, op);
                if checked.is_ok() {
                    acl.grant(entry(op, op.privileges));
                    *acl_mut(&mut self.whole, &mut self.columns, &op.column) = acl;
                }
                self.columns.retain(|_, acl| !acl.is_empty());
                checked?;
            }
            Verb::Revoke(behavior) | Verb::RevokeOption(behavior) => {
                let mut after = self.clone();
                let acl = acl_mut(&mut after.whole, &mut after.columns, &op.column);
                rules.take(acl, op, op.privileges, behavior)?;
                let on_columns = op.privileges & self.class.column_privileges();
                if op.column.is_none() && !on_columns.is_empty() {
                    for acl in after.columns.values_mut() {
                        rules.take(acl, op, on_columns, behavior)?;
                    }
                }
                after.columns.retain(|_, acl| !acl.is_empty());
                *self = after;
            }
        }
        self.columns.retain(|_, acl| !acl.is_empty());
        Ok(())
    }

    /// The grant options that a role holds itself, for the whole object or this column (`aclmask_direct`).
    pub(crate) fn options_of(&self, role: &RoleName, column: Option<&Name>) -> Privileges {
        if *role == self.owner {
            return self.class.privileges(pgward_catalog::version::Version(u32::MAX));
        }
        let role = Grantee::Role(role.clone());
        let on_column = column.and_then(|column| self.columns.get(column));
        self.whole.grantable_of(&role) | on_column.map_or(Privileges::NONE, |acl| acl.grantable_of(&role))
    }

    /// Whether anybody but the owner has granted something here, or is about to.
    pub(crate) fn has_other_grantors(&self, pending: &[Operation]) -> bool {
        let acls = self.columns.values().chain([&self.whole]);
        acls.flat_map(Acl::entries).any(|entry| entry.grantor != self.owner)
            || pending.iter().any(|op| op.grantor != self.owner)
    }

    fn check_grantor(&self, op: &Operation, authority: &Authority<'_>) -> Result<(), Refusal> {
        if op.grantor == self.owner {
            return Ok(());
        }
        if authority.is_superuser(&op.grantor) {
            return Err(Refusal::GrantorIsSuperuser);
        }
        if self.options_of(&op.grantor, op.column.as_ref()).covers(op.privileges) {
            Ok(())
        } else {
            Err(Refusal::NoGrantOption)
        }
    }
}

fn acl_mut<'a>(
    whole: &'a mut Acl,
    columns: &'a mut BTreeMap<Name, Acl>,
    column: &Option<Name>,
) -> &'a mut Acl {
    match column {
        None => whole,
        Some(column) => columns.entry(column.clone()).or_default(),
    }
}

fn entry(op: &Operation, grantable: Privileges) -> Entry {
    Entry { grantee: op.grantee.clone(), grantor: op.grantor.clone(), privileges: op.privileges, grantable }
}

struct Rules<'a> {
    owner: &'a RoleName,
    authority: &'a Authority<'a>,
}

impl Rules<'_> {
    /// `aclupdate` with ACL_MODECHG_DEL.
    fn take(
        &self,
        acl: &mut Acl,
        op: &Operation,
        privileges: Privileges,
        behavior: Behavior,
    ) -> Result<(), Refusal> {
        let held = acl.entry(&op.grantee, &op.grantor);
        let option_lost = held.map_or(Privileges::NONE, |entry| entry.grantable) & privileges;
        match op.verb {
            Verb::RevokeOption(_) => acl.revoke_grant_option(&op.grantee, &op.grantor, privileges),
            _ => acl.revoke(&op.grantee, &op.grantor, privileges),
        }
        match (&op.grantee, option_lost.is_empty()) {
            (Grantee::Role(grantee), false) => self.take_dependents(acl, grantee, option_lost, behavior),
            _ => Ok(()),
        }
    }

    /// `recursive_revoke`: what the role granted by an option that it no longer holds in any way.
    fn take_dependents(
        &self,
        acl: &mut Acl,
        role: &RoleName,
        lost: Privileges,
        behavior: Behavior,
    ) -> Result<(), Refusal> {
        if role == self.owner {
            return Ok(());
        }
        let lost = lost - self.options_held(acl, role);
        loop {
            let dependent = acl
                .entries()
                .iter()
                .find(|entry| entry.grantor == *role && !(entry.privileges & lost).is_empty())
                .cloned();
            let Some(dependent) = dependent else { return Ok(()) };
            if behavior == Behavior::Restrict {
                return Err(Refusal::Dependents);
            }
            let op = Operation {
                verb: Verb::Revoke(behavior),
                column: None,
                grantee: dependent.grantee,
                grantor: dependent.grantor,
                privileges: lost,
            };
            self.take(acl, &op, lost, behavior)?;
        }
    }

    /// The grant options a role has in any way (`aclmask`): its own, PUBLIC's, those of roles it inherits from.
    fn options_held(&self, acl: &Acl, role: &RoleName) -> Privileges {
        if self.authority.has_privileges_of(role, self.owner) {
            return Privileges::of(&pgward_catalog::privilege::Privilege::ALL);
        }
        acl.entries()
            .iter()
            .filter(|entry| !entry.grantable.is_empty())
            .filter(|entry| match &entry.grantee {
                Grantee::Public => true,
                Grantee::Role(other) => self.authority.has_privileges_of(role, other),
            })
            .fold(Privileges::NONE, |all, entry| all | entry.grantable)
    }

    /// `check_circularity`: without everything that came from the grantee, the grantor must still hold the option.
    fn check_circularity(&self, acl: &Acl, op: &Operation) -> Result<(), Refusal> {
        let Grantee::Role(grantee) = &op.grantee else { return Err(Refusal::Circular) };
        if op.grantor == *self.owner {
            return Ok(());
        }
        let mut without = acl.clone();
        loop {
            let held = without
                .entries()
                .iter()
                .find(|entry| entry.grantee == op.grantee && !entry.grantable.is_empty())
                .cloned();
            let Some(held) = held else { break };
            let all = held.grantable;
            without.revoke(&held.grantee, &held.grantor, held.privileges);
            self.take_dependents(&mut without, grantee, all, Behavior::Cascade)?;
        }
        if self.options_held(&without, &op.grantor).covers(op.privileges) {
            Ok(())
        } else {
            Err(Refusal::Circular)
        }
    }
}
