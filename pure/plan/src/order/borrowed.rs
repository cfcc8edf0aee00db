//! Roles lent to the executor: who may grant a role, but not be it, lets itself be it for as long as it takes.
//!
//! From PostgreSQL 16 on the creator of a role has ADMIN OPTION on it and nothing else, and ALTER ... OWNER TO, CREATE
//! SCHEMA ... AUTHORIZATION and SET ROLE all ask for more. What is lent is taken back at the end of the statements it is
//! needed for, which are one transaction: nobody else ever sees it.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::role::Attribute;

use crate::change::Change;
use crate::executor::{Hand, admin_of};
use crate::order::acting::Acting;
use crate::order::ordered::Ordered;
use crate::sql;
use crate::statement::{Action, Statement};

/// Puts what is lent around the statements from this position on; blocks the changes for which it cannot be lent.
pub(crate) fn surround(
    ordered: &mut Ordered,
    from: usize,
    database: Option<&DatabaseName>,
    changes: &[Change],
    people: &Catalog,
    acting: &Acting<'_>,
) {
    let Some(executor) = acting.executor else { return };
    let lender = Lender { people, acting, executor };
    let mut before = Vec::new();
    let mut after = Vec::new();
    for (role, need) in needs(ordered.statements.get(from..).unwrap_or_default(), changes) {
        let Some(what) = lender.lacking(&role, &need) else { continue };
        match lender.loan(&role, what) {
            Ok(loan) => {
                let statement = |sql| Statement {
                    database: database.cloned(),
                    as_role: None,
                    action: Action::Sql { sql },
                    changes: need.changes.iter().copied().collect(),
                };
                before.push(statement(loan.lend));
                after.insert(0, statement(loan.take_back));
            }
            Err(reason) => {
                need.changes.iter().for_each(|change| ordered.block_executor(*change, reason.clone()))
            }
        }
    }
    ordered.statements.splice(from..from, before);
    ordered.statements.extend(after);
}

/// What a role is needed for.
#[derive(Default)]
struct Need {
    /// To be it, or to give something to it: SET ROLE.
    set: bool,
    /// To give away what it owns: its privileges.
    privileges: bool,
    changes: BTreeSet<usize>,
}

/// The roles that these statements need the executor to be.
fn needs(statements: &[Statement], changes: &[Change]) -> BTreeMap<RoleName, Need> {
    let mut needs: BTreeMap<RoleName, Need> = BTreeMap::new();
    for statement in statements {
        if let Some(role) = &statement.as_role {
            let need = needs.entry(role.clone()).or_default();
            need.set = true;
            need.changes.extend(&statement.changes);
        }
        for index in &statement.changes {
            match changes.get(*index) {
                Some(Change::ChangeOwner { before, after, .. }) => {
                    let new = needs.entry(after.clone()).or_default();
                    new.set = true;
                    new.changes.insert(*index);
                    let old = needs.entry(before.clone()).or_default();
                    old.privileges = true;
                    old.changes.insert(*index);
                }
                Some(Change::DropOwned { role, .. }) => {
                    let need = needs.entry(role.clone()).or_default();
                    need.privileges = true;
                    need.changes.insert(*index);
                }
                Some(Change::CreateSchema { owner, .. }) => {
                    let need = needs.entry(owner.clone()).or_default();
                    need.set = true;
                    need.changes.insert(*index);
                }
                _ => {}
            }
        }
    }
    needs
}

/// What the executor lacks of a role.
struct Lacking {
    set: bool,
    privileges: bool,
}

struct Loan {
    lend: String,
    take_back: String,
}

struct Lender<'a> {
    people: &'a Catalog,
    acting: &'a Acting<'a>,
    executor: &'a RoleName,
}

impl Lender<'_> {
    fn lacking(&self, role: &RoleName, need: &Need) -> Option<Lacking> {
        let is_implied = self.acting.authority.has_privileges_of(self.executor, &RoleName::from(IMPLIED));
        let may_become = || self.hand().may_become(role) || (role.as_str() == IMPLIED && is_implied);
        let lacking = Lacking {
            set: need.set && !may_become(),
            privileges: need.privileges && !self.acting.authority.has_privileges_of(self.executor, role),
        };
        (lacking.set || lacking.privileges).then_some(lacking)
    }

    /// The statements that lend the role and take it back; or, in words, why it cannot be lent.
    fn loan(&self, role: &RoleName, lacking: Lacking) -> Result<Loan, String> {
        let has_options = self.people.version.has_membership_options();
        self.may_lend(role, &lacking, has_options)?;
        let grantor = if has_options {
            admin_of(self.people, self.executor, role)
        } else {
            self.people.bootstrap.clone()
        };
        let key =
            MembershipKey { role: role.clone(), member: self.executor.clone(), grantor: grantor.clone() };
        let held = self.people.memberships.get(&key);
        let named = has_options.then_some(&grantor);
        let lent = self.lent(held, &lacking, has_options);
        let take_back = match held {
            Some(held) => sql::membership::grant(&key, Some(&lent), held, named, has_options),
            None => sql::membership::revoke(&key, named),
        };
        Ok(Loan { lend: sql::membership::grant(&key, held, &lent, named, has_options), take_back })
    }

    fn lent(
        &self,
        held: Option<&MembershipOptions>,
        lacking: &Lacking,
        has_options: bool,
    ) -> MembershipOptions {
        let nothing = match has_options {
            true => MembershipOptions { admin: false, inherit: Inheritance::NotInherited, set: false },
            false => MembershipOptions { admin: false, inherit: Inheritance::ByAttribute, set: true },
        };
        let mut lent = held.copied().unwrap_or(nothing);
        lent.set |= lacking.set;
        if lacking.privileges && has_options {
            lent.inherit = Inheritance::Inherited;
        }
        lent
    }

    fn may_lend(&self, role: &RoleName, lacking: &Lacking, has_options: bool) -> Result<(), String> {
        let (name, executor) = (role.quoted(), self.executor.quoted());
        let needed = match lacking.set {
            true => format!("role {executor} cannot SET ROLE to {name}, which this takes"),
            false => format!("role {executor} has no privileges of role {name}, which owns it"),
        };
        let attributes =
            |role: &RoleName, attribute| self.people.roles.get(role).is_some_and(|role| role.has(attribute));
        if attributes(role, Attribute::Superuser) {
            return Err(format!("{needed}: it is a superuser; apply it as a superuser"));
        }
        if (Hand { rows: &self.people.memberships, executor: role }).is_member_of(self.executor) {
            return Err(format!("{needed}, and cannot let itself do so: {name} is a member of {executor}"));
        }
        let may = match has_options {
            true => self.hand().administers(role),
            // Before 16 whoever has CREATEROLE may grant any role; the member's own INHERIT decides what comes with it.
            false => {
                let may_grant =
                    attributes(self.executor, Attribute::CreateRole) || self.hand().administers(role);
                let inherits = attributes(self.executor, Attribute::Inherit);
                may_grant && !self.hand().is_member_of(role) && (inherits || !lacking.privileges)
            }
        };
        if may {
            return Ok(());
        }
        let options = match (has_options, lacking.privileges) {
            (false, _) => "",
            (true, true) => " WITH INHERIT TRUE, SET TRUE",
            (true, false) => " WITH SET TRUE",
        };
        Err(format!(
            "{needed}; have it granted: GRANT {name} TO {executor}{options}, or apply it as a superuser"
        ))
    }

    fn hand(&self) -> Hand<'_> {
        Hand { rows: &self.people.memberships, executor: self.executor }
    }
}

/// Its only member is the owner of the database, and no row says so.
const IMPLIED: &str = "pg_database_owner";
