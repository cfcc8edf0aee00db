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
    reasons: Vec<Reason>,
    grants: BTreeMap<ObjectRef, Vec<Because>>,
    defaults: BTreeMap<(DatabaseName, DefaultKey), Vec<Because>>,
}

/// Whom an entry of the contract gives what, and which entry it is.
#[derive(Debug, Clone)]
struct Because {
    grantee: Grantee,
    privileges: Privileges,
    reason: u32,
}

/// An entry of the contract, to be given as reason for many grants.
#[derive(Debug, Clone, Copy)]
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

    fn find(&self, all: &[Because], grantee: &Grantee, privilege: Privilege) -> Option<&Reason> {
        let because = all
            .iter()
            .find(|because| because.grantee == *grantee && because.privileges.contains(privilege))?;
        self.reasons.get(usize::try_from(because.reason).ok()?)
    }

    /// Makes a reason that can be given many times.
    pub fn add(&mut self, span: Span, because: Option<String>) -> ReasonId {
        self.reasons.push(Reason { span, because });
        ReasonId(u32::try_from(self.reasons.len().saturating_sub(1)).unwrap_or(u32::MAX))
    }

    /// This entry gives the grantee these privileges on the object.
    pub fn give(&mut self, object: ObjectRef, grantee: Grantee, privileges: Privileges, reason: ReasonId) {
        let because = Because { grantee, privileges, reason: reason.0 };
        self.grants.entry(object).or_default().push(because);
    }

    /// This entry gives the grantee these privileges on new objects.
    pub fn give_default(
        &mut self,
        database: &DatabaseName,
        default: &DefaultKey,
        grantee: Grantee,
        privileges: Privileges,
        reason: ReasonId,
    ) {
        let because = Because { grantee, privileges, reason: reason.0 };
        self.defaults.entry((database.clone(), default.clone())).or_default().push(because);
    }

    /// A list of grantees, each for itself: `connect`, `use`.
    pub fn of_list(&mut self, object: &ObjectRef, privileges: Privileges, list: &[Spanned<Written>]) {
        for written in list {
            let reason = self.add(written.span, None);
            self.give(object.clone(), grantee(&written.role), privileges, reason);
        }
    }
}
