//! Differences between two access control lists.

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::name::RoleName;
use pgward_catalog::privilege::Privileges;

/// What differs in the entry that one grantor gave one grantee.
pub(crate) enum AclDifference {
    /// Privileges, or grant options, are missing.
    Missing(Entry),
    /// Privileges are there that should not be.
    Excess(Entry),
    /// Only the grant options should not be there.
    ExcessOption { grantee: Grantee, grantor: RoleName, privileges: Privileges },
}

/// Every difference, in the order of grantees and grantors.
pub(crate) fn diff_acl(observed: &Acl, desired: &Acl, mut found: impl FnMut(AclDifference)) {
    if observed == desired {
        return;
    }
    let mut before = observed.entries().iter().peekable();
    let mut after = desired.entries().iter().peekable();
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(a), Some(b)) => (&a.grantee, &a.grantor).cmp(&(&b.grantee, &b.grantor)),
        };
        let was = if order.is_le() { before.next() } else { None };
        let will = if order.is_ge() { after.next() } else { None };
        diff_entry(was, will, &mut found);
    }
}

fn diff_entry(was: Option<&Entry>, will: Option<&Entry>, found: &mut impl FnMut(AclDifference)) {
    let Some(named) = was.or(will) else { return };
    let held = |entry: Option<&Entry>| entry.map_or(Privileges::NONE, |entry| entry.privileges);
    let option = |entry: Option<&Entry>| entry.map_or(Privileges::NONE, |entry| entry.grantable);
    let entry = |privileges, grantable| Entry { privileges, grantable, ..named.clone() };

    let excess = held(was) - held(will);
    if !excess.is_empty() {
        found(AclDifference::Excess(entry(excess, option(was) & excess)));
    }
    let excess_option = option(was) - option(will) - excess;
    if !excess_option.is_empty() {
        found(AclDifference::ExcessOption {
            grantee: named.grantee.clone(),
            grantor: named.grantor.clone(),
            privileges: excess_option,
        });
    }
    let missing_option = option(will) - option(was);
    let missing = (held(will) - held(was)) | missing_option;
    if !missing.is_empty() {
        found(AclDifference::Missing(entry(missing, missing_option)));
    }
}
