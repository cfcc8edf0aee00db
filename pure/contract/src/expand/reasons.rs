//! Why a grant should be: the place in the contract that says so, and what it says about it.

use std::collections::BTreeMap;

use pgward_catalog::acl::Grantee;
use pgward_catalog::default_privileges::DefaultKey;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::ObjectRef;
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::expand::acl::grantee;
use crate::model::grant::Grantee as Written;
use crate::source::span::{Span, Spanned};

/// A place in the contract, and the reason that stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The entry.
    pub span: Span,
    /// Its `because`.
    pub because: Option<String>,
}

/// Why grants should be.
#[derive(Debug, Clone, Default)]
pub struct Reasons {
    entries: Vec<Given>,
    grants: BTreeMap<ObjectRef, Vec<ReasonId>>,
    defaults: BTreeMap<(DatabaseName, DefaultKey), Vec<ReasonId>>,
}

/// An entry of the contract, and whom it gives what.
#[derive(Debug, Clone)]
struct Given {
    reason: Reason,
    to: Vec<Grantee>,
    privileges: Privileges,
}

/// An entry of the contract, as the reason for many grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonId(u32);

impl Reasons {
    /// Why the grantee should hold this privilege on the object; none if no entry of the contract gives it.
    pub fn of_grant(&self, object: &ObjectRef, grantee: &Grantee, privilege: Privilege) -> Option<&Reason> {
        self.find(self.grants.get(object)?, grantee, privilege)
    }

    /// Why the grantee should hold this privilege on new objects.
    pub fn of_default(
        &self,
        database: &DatabaseName,
        default: &DefaultKey,
        grantee: &Grantee,
        privilege: Privilege,
    ) -> Option<&Reason> {
        self.find(self.defaults.get(&(database.clone(), default.clone()))?, grantee, privilege)
    }

    fn find(&self, all: &[ReasonId], grantee: &Grantee, privilege: Privilege) -> Option<&Reason> {
        let entries = all.iter().filter_map(|id| self.entries.get(usize::try_from(id.0).ok()?));
        let mut giving =
            entries.filter(|entry| entry.privileges.contains(privilege) && entry.to.contains(grantee));
        giving.next().map(|entry| &entry.reason)
    }

    /// An entry that gives these grantees these privileges; on which objects is said by [`Reasons::give`].
    pub fn add(
        &mut self,
        span: Span,
        because: Option<String>,
        to: Vec<Grantee>,
        privileges: Privileges,
    ) -> ReasonId {
        self.entries.push(Given { reason: Reason { span, because }, to, privileges });
        ReasonId(u32::try_from(self.entries.len().saturating_sub(1)).unwrap_or(u32::MAX))
    }

    /// These entries give privileges on the object.
    pub fn give(&mut self, object: ObjectRef, mut reasons: Vec<ReasonId>) {
        if !reasons.is_empty() {
            self.grants.entry(object).or_default().append(&mut reasons);
        }
    }

    /// This entry gives privileges on new objects.
    pub fn give_default(&mut self, database: &DatabaseName, default: &DefaultKey, reason: ReasonId) {
        let reasons = self.defaults.entry((database.clone(), default.clone())).or_default();
        if reasons.last() != Some(&reason) {
            reasons.push(reason);
        }
    }

    /// A list of grantees, each for itself: `connect`, `use`.
    pub fn of_list(&mut self, object: &ObjectRef, privileges: Privileges, list: &[Spanned<Written>]) {
        let mut reasons = Vec::new();
        for written in list {
            reasons.push(self.add(written.span, None, vec![grantee(&written.role)], privileges));
        }
        self.give(object.clone(), reasons);
    }
}
