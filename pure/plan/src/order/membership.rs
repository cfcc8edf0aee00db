//! Memberships: who may grant them, and what else goes with a revoked ADMIN OPTION (PostgreSQL 16 and later).
//!
//! A membership granted by a role depends on that role's ADMIN OPTION. So the order is found by trying: whatever
//! PostgreSQL would accept now is done now, grants before revokes, until nothing is left.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::membership::{MembershipKey, MembershipOptions};
use pgward_catalog::name::RoleName;
use pgward_catalog::role::{Attribute, Role};

use crate::change::Change;
use crate::executor::Hand;
use crate::order::ordered::Ordered;
use crate::sql;

/// GRANT and REVOKE of memberships, in an order that PostgreSQL accepts. The executor is none where it may do anything.
pub(crate) fn grant_and_revoke(
    observed: &Catalog,
    changes: &[Change],
    executor: Option<&RoleName>,
    ordered: &mut Ordered,
) {
    let mut pending: Vec<Pending> = changes.iter().enumerate().filter_map(Pending::of).collect();
    if pending.is_empty() {
        return;
    }
    pending.sort_by_key(|pending| pending.rank());
    let mut state = State {
        rows: observed.memberships.clone(),
        bootstrap: &observed.bootstrap,
        tracks_grantors: observed.version.has_membership_options(),
        superusers: superusers_after(observed, changes),
        executor: executor.filter(|_| observed.version.has_membership_options()),
    };
    for change in changes {
        if let Change::CreatorMembership { membership, after } = change {
            state.rows.insert(membership.clone(), *after);
        }
    }
    let mut vanishing = vanishing(observed, changes);
    vanishing.retain(|pending| state.refused(pending).is_none());
    while !pending.is_empty() {
        let before = pending.len();
        pending.retain(|pending| {
            let possible = state.allows(pending);
            if possible {
                state.make(pending);
                ordered.sql(None, pending.change, pending.sql(&state, Cascade::No));
            }
            !possible
        });
        if pending.len() < before {
            continue;
        }
        // What goes along with a dropped role goes before, if it is in the way.
        if !vanishing.is_empty() {
            pending.append(&mut vanishing);
            continue;
        }
        // Only a circle is left: cut it where something goes anyway, and grant again what goes along.
        let is_cut = |pending: &Pending| pending.after.is_none() && state.refused(pending).is_none();
        let Some(cut) = pending.iter().position(is_cut) else { break };
        let cut = pending.remove(cut);
        let lost = state.cascade(&cut);
        ordered.sql(None, cut.change, cut.sql(&state, Cascade::Yes));
        let wanted = lost.into_iter().filter(|(key, _)| !pending.iter().any(|p| p.key == *key));
        let again: Vec<Pending> = wanted
            .map(|(key, options)| Pending { change: cut.change, key, before: None, after: Some(options) })
            .collect();
        // What was to be revoked and is gone now is done.
        pending.retain(|pending| pending.after.is_some() || state.rows.contains_key(&pending.key));
        pending.extend(again);
    }
    for stuck in pending {
        match state.refused(&stuck) {
            Some(reason) => ordered.block_executor(stuck.change, reason),
            None => ordered.block(stuck.change, stuck.words()),
        }
    }
}

/// The superusers while memberships are granted: roles are created and altered before.
fn superusers_after(observed: &Catalog, changes: &[Change]) -> BTreeSet<RoleName> {
    let is_super = |role: &Role| role.has(Attribute::Superuser);
    let known = observed.roles.iter().filter(|(_, role)| is_super(role));
    let mut superusers: BTreeSet<RoleName> = known.map(|(name, _)| name.clone()).collect();
    for change in changes {
        if let Change::CreateRole { role, after } | Change::AlterRole { role, after, .. } = change {
            match is_super(after) {
                true => superusers.insert(role.clone()),
                false => superusers.remove(role),
            };
        }
    }
    superusers
}

/// The memberships that are gone once their roles are dropped.
fn vanishing(observed: &Catalog, changes: &[Change]) -> Vec<Pending> {
    let dropped: BTreeMap<&RoleName, usize> = changes
        .iter()
        .enumerate()
        .filter_map(|(index, change)| match change {
            Change::DropRole { role, .. } => Some((role, index)),
            _ => None,
        })
        .collect();
    let of = |key: &MembershipKey| dropped.get(&key.role).or(dropped.get(&key.member)).copied();
    observed
        .memberships
        .iter()
        .filter_map(|(key, options)| {
            Some(Pending { change: of(key)?, key: key.clone(), before: Some(*options), after: None })
        })
        .collect()
}

/// A membership on its way from one state to another.
struct Pending {
    change: usize,
    key: MembershipKey,
    before: Option<MembershipOptions>,
    after: Option<MembershipOptions>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cascade {
    Yes,
    No,
}

impl Pending {
    fn of((index, change): (usize, &Change)) -> Option<Self> {
        let (key, before, after) = match change {
            Change::GrantMembership { membership, after } => (membership, None, Some(*after)),
            Change::AlterMembership { membership, before, after } => {
                (membership, Some(*before), Some(*after))
            }
            Change::RevokeMembership { membership, before } => (membership, Some(*before), None),
            _ => return None,
        };
        Some(Self { change: index, key: key.clone(), before, after })
    }

    fn rank(&self) -> u8 {
        match (self.before, self.after) {
            (None, _) => 0,
            (Some(_), Some(_)) => 1,
            (Some(_), None) => 2,
        }
    }

    fn gains_admin(&self) -> bool {
        self.after.is_some_and(|after| after.admin) && !self.before.is_some_and(|before| before.admin)
    }

    fn loses_admin(&self) -> bool {
        self.before.is_some_and(|before| before.admin) && !self.after.is_some_and(|after| after.admin)
    }

    fn sql(&self, state: &State<'_>, cascade: Cascade) -> String {
        let grantor =
            (state.tracks_grantors && self.key.grantor != *state.bootstrap).then_some(&self.key.grantor);
        let text = match self.after {
            Some(after) => sql::membership::grant(
                &self.key,
                self.before.as_ref(),
                &after,
                grantor,
                state.tracks_grantors,
            ),
            None => sql::membership::revoke(&self.key, grantor),
        };
        if cascade == Cascade::Yes { format!("{text} CASCADE") } else { text }
    }

    fn words(&self) -> String {
        match self.after {
            Some(_) => format!(
                "PostgreSQL would refuse it: role {} has no ADMIN OPTION on role {} by then, or the two would be \
                 members of each other; grant {} by another role",
                self.key.grantor.quoted(),
                self.key.role.quoted(),
                self.key.role.quoted(),
            ),
            None => format!(
                "role {} granted role {} on to others; their memberships depend on this one and have to go first",
                self.key.member.quoted(),
                self.key.role.quoted(),
            ),
        }
    }
}

#[derive(Clone)]
struct State<'a> {
    rows: BTreeMap<MembershipKey, MembershipOptions>,
    bootstrap: &'a RoleName,
    tracks_grantors: bool,
    superusers: BTreeSet<RoleName>,
    /// Who executes it, if there is something that it may not do.
    executor: Option<&'a RoleName>,
}

impl State<'_> {
    /// Why the executor may not do it as things are, in words.
    fn refused(&self, pending: &Pending) -> Option<String> {
        let executor = self.executor?;
        let key = &pending.key;
        let (role, name) = (key.role.quoted(), executor.quoted());
        if self.superusers.contains(&key.role) {
            return Some(format!(
                "role {role} is a superuser, and only superusers grant or revoke it; role {name} is none"
            ));
        }
        let hand = Hand { rows: &self.rows, executor };
        if !hand.administers(&key.role) {
            return Some(format!(
                "role {name} has no ADMIN OPTION on role {role}; have it granted: GRANT {role} TO {name} WITH ADMIN TRUE"
            ));
        }
        (!hand.has_privileges_of(&key.grantor)).then(|| {
            format!(
                "the membership is granted by role {}, in whose name role {name} cannot act; apply it as a superuser",
                key.grantor.quoted()
            )
        })
    }

    fn allows(&self, pending: &Pending) -> bool {
        if self.refused(pending).is_some() {
            return false;
        }
        let key = &pending.key;
        if pending.before.is_none() && self.is_member(&key.role, &key.member) {
            return false;
        }
        if !self.tracks_grantors {
            return true;
        }
        let grantor_may = key.grantor == *self.bootstrap || self.administers(&key.grantor, &key.role);
        if pending.after.is_some() && !grantor_may {
            return false;
        }
        if pending.gains_admin() && key.grantor != *self.bootstrap {
            let mut without = self.clone();
            without.rows.retain(|row, _| row.role != key.role || row.member != key.member);
            without.drop_orphans(&key.role);
            if !without.administers(&key.grantor, &key.role) {
                return false;
            }
        }
        !pending.loses_admin() || {
            let mut after = self.clone();
            after.make(pending);
            after.orphans(&key.role).is_empty()
        }
    }

    fn make(&mut self, pending: &Pending) {
        match pending.after {
            Some(after) => self.rows.insert(pending.key.clone(), after),
            None => self.rows.remove(&pending.key),
        };
    }

    /// Revokes it with everything that depends on it, and returns that.
    fn cascade(&mut self, pending: &Pending) -> Vec<(MembershipKey, MembershipOptions)> {
        self.rows.remove(&pending.key);
        self.drop_orphans(&pending.key.role)
    }

    fn drop_orphans(&mut self, role: &RoleName) -> Vec<(MembershipKey, MembershipOptions)> {
        let mut lost = Vec::new();
        loop {
            let orphans = self.orphans(role);
            if orphans.is_empty() {
                return lost;
            }
            for key in orphans {
                if let Some(options) = self.rows.remove(&key) {
                    lost.push((key, options));
                }
            }
        }
    }

    /// Memberships in the role whose grantor has no ADMIN OPTION on it any more.
    fn orphans(&self, role: &RoleName) -> Vec<MembershipKey> {
        self.rows
            .keys()
            .filter(|row| row.role == *role && row.grantor != *self.bootstrap)
            .filter(|row| !self.administers(&row.grantor, role))
            .cloned()
            .collect()
    }

    fn administers(&self, grantor: &RoleName, role: &RoleName) -> bool {
        self.rows.iter().any(|(row, options)| row.role == *role && row.member == *grantor && options.admin)
    }

    /// Whether `member` is a member of `role`, directly or not, whatever the options.
    fn is_member(&self, member: &RoleName, role: &RoleName) -> bool {
        let mut seen = BTreeSet::from([member]);
        let mut open = vec![member];
        while let Some(next) = open.pop() {
            if next == role {
                return true;
            }
            for row in self.rows.keys().filter(|row| row.member == *next) {
                if seen.insert(&row.role) {
                    open.push(&row.role);
                }
            }
        }
        false
    }
}
