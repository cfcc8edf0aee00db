//! What PostgreSQL lets nobody but a superuser do to roles, or only who has ADMIN OPTION on them (PostgreSQL 16 and later):
//! said when a plan is made, rather than by the server in the middle of it.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::RoleName;
use pgward_catalog::role::{Attribute, Role};

use crate::change::Change;
use crate::executor::Hand;
use crate::order::ordered::Ordered;
use crate::simulate::make;

/// Blocks what the executor may not do to roles; none: it may do anything.
pub(crate) fn block_forbidden(
    observed: &Catalog,
    changes: &[Change],
    executor: Option<&RoleName>,
    ordered: &mut Ordered,
) {
    let known = executor.and_then(|executor| Some((executor, observed.roles.get(executor)?)));
    let Some((executor, own)) = known else { return };
    // Who only reads and plans for somebody else is told what differs.
    if !own.has(Attribute::CreateRole) {
        return;
    }
    let mut people = Catalog {
        memberships: observed.memberships.clone(),
        ..Catalog::empty(observed.version, observed.bootstrap.clone())
    };
    for change in changes.iter().filter(|change| matches!(change, Change::CreatorMembership { .. })) {
        // A membership is only ever put in.
        let _ = make(&mut people, change);
    }
    let rights = Rights { observed, executor, own, hand: Hand { rows: &people.memberships, executor } };
    for (index, change) in changes.iter().enumerate() {
        if let Some(reason) = rights.refusal(change) {
            ordered.block_executor(index, reason);
        }
    }
}

/// What PostgreSQL asks about who creates, alters or drops a role.
struct Rights<'a> {
    observed: &'a Catalog,
    executor: &'a RoleName,
    own: &'a Role,
    hand: Hand<'a>,
}

/// Attributes that only who has them may give or take, from PostgreSQL 16 on; before, only a superuser.
const GUARDED: [Attribute; 2] = [Attribute::Replication, Attribute::BypassRls];

impl Rights<'_> {
    fn refusal(&self, change: &Change) -> Option<String> {
        match change {
            Change::CreateRole { role, after } => self.attributes(role, &Role::plain(), after),
            Change::AlterRole { role, before, after } => self
                .attributes(role, before, after)
                .or_else(|| self.of_superuser(role, "alter"))
                .or_else(|| self.of_replication(role))
                .or_else(|| self.without_admin(role, "alter")),
            Change::DropRole { role, .. } => {
                self.of_superuser(role, "drop").or_else(|| self.without_admin(role, "drop"))
            }
            Change::SetPassword { role, .. } | Change::RemovePassword { role } if role != self.executor => {
                self.of_superuser(role, "alter")
                    .or_else(|| self.of_replication(role))
                    .or_else(|| self.without_admin(role, "alter"))
            }
            _ => None,
        }
    }

    fn attributes(&self, role: &RoleName, before: &Role, after: &Role) -> Option<String> {
        let differs = |attribute: Attribute| before.has(attribute) != after.has(attribute);
        if differs(Attribute::Superuser) {
            return Some(format!(
                "only a superuser may give or take SUPERUSER, and role {} is none; let a superuser apply this",
                self.executor.quoted()
            ));
        }
        let is_guarded = self.observed.version.has_membership_options();
        let refused = |attribute: &Attribute| match attribute {
            Attribute::CreateDb => is_guarded && !self.own.has(Attribute::CreateDb),
            other => !is_guarded || !self.own.has(*other),
        };
        let one = [Attribute::CreateDb].into_iter().chain(GUARDED);
        let one = one.filter(|attribute| differs(*attribute)).find(refused)?;
        let who = if is_guarded { "a superuser or a role that has it" } else { "a superuser" };
        Some(format!(
            "only {who} may give or take {}, and role {}, which would alter role {}, is not one",
            one.keyword(),
            self.executor.quoted(),
            role.quoted()
        ))
    }

    fn of_superuser(&self, role: &RoleName, verb: &str) -> Option<String> {
        let is_superuser = self.observed.roles.get(role).is_some_and(|role| role.has(Attribute::Superuser));
        is_superuser.then(|| {
            format!(
                "role {} is a superuser, which role {} may not {verb}; let a superuser apply this",
                role.quoted(),
                self.executor.quoted()
            )
        })
    }

    /// Before PostgreSQL 16, a role with REPLICATION is a superuser's to alter.
    fn of_replication(&self, role: &RoleName) -> Option<String> {
        let replicates = self.observed.roles.get(role).is_some_and(|role| role.has(Attribute::Replication));
        (replicates && !self.observed.version.has_membership_options())
            .then(|| format!("role {} has REPLICATION, so that only a superuser may alter it", role.quoted()))
    }

    fn without_admin(&self, role: &RoleName, verb: &str) -> Option<String> {
        let needs_admin = self.observed.version.has_membership_options();
        (needs_admin && !self.hand.administers(role)).then(|| {
            format!(
                "role {executor} has no ADMIN OPTION on role {role} and may not {verb} it; let a superuser apply this, or GRANT \
                 {role} TO {executor} WITH ADMIN OPTION",
                executor = self.executor.quoted(),
                role = role.quoted()
            )
        })
    }
}
