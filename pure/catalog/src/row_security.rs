//! Which rows a role meets on a table: row security narrows what a privilege reaches, and is no privilege itself.

use crate::acl::Grantee;
use crate::action::Action;
use crate::effective::Effective;
use crate::name::{Name, RoleName};
use crate::policy::{PolicyCommand, PolicyKind};
use crate::privilege::Privilege;
use crate::question::Question;
use crate::role::Attribute;

/// What row security does to a role on a table where it is enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Every row: superusers ignore row security.
    AllAsSuperuser,
    /// Every row: the role has BYPASSRLS.
    AllByAttribute,
    /// Every row: the role owns the table, or has its owner's privileges, and row security is not forced.
    AllAsOwner,
    /// The rows that at least one permissive policy and every restrictive one let through; none without a
    /// permissive one.
    ByPolicies {
        /// The permissive policies that apply to the role.
        permissive: Vec<Name>,
        /// The restrictive ones.
        restrictive: Vec<Name>,
    },
}

impl Effective<'_> {
    /// What row security does to this role, as it is, in this question; none where it is not enabled or has no say.
    /// It has none over TRUNCATE, REFERENCES and what is done by ownership.
    pub fn rows_of(&self, role: &RoleName, question: &Question) -> Option<Rows> {
        rows(self, role, question)
    }
}

fn rows(effective: &Effective<'_>, role: &RoleName, question: &Question) -> Option<Rows> {
    let Action::Use(privilege) = question.action() else { return None };
    let command = match privilege {
        Privilege::Select => PolicyCommand::Select,
        Privilege::Insert => PolicyCommand::Insert,
        Privilege::Update => PolicyCommand::Update,
        Privilege::Delete => PolicyCommand::Delete,
        _ => return None,
    };
    let object = question.on()?;
    let found = effective.catalog.object(object)?;
    let security = found.row_security().filter(|security| security.enabled)?;
    let principals = &effective.principals;
    let id = principals.id(role.as_str())?;
    let place = effective.place(object.database.as_ref(), &object.key);
    let acts_as = |other: &RoleName| {
        principals.id(other.as_str()).is_some_and(|other| principals.inherits(id, other, place))
    };
    if principals.has(id, Attribute::Superuser) {
        return Some(Rows::AllAsSuperuser);
    }
    if principals.has(id, Attribute::BypassRls) {
        return Some(Rows::AllByAttribute);
    }
    if !security.forced && acts_as(&found.owner) {
        return Some(Rows::AllAsOwner);
    }
    let applies = |grantee: &Grantee| grantee.role().is_none_or(acts_as);
    let named = |kind: PolicyKind| {
        security
            .policies
            .iter()
            .filter(|(_, policy)| policy.kind == kind)
            .filter(|(_, policy)| policy.command == PolicyCommand::All || policy.command == command)
            .filter(|(_, policy)| policy.roles.iter().any(applies))
            .map(|(name, _)| name.clone())
            .collect()
    };
    Some(Rows::ByPolicies {
        permissive: named(PolicyKind::Permissive),
        restrictive: named(PolicyKind::Restrictive),
    })
}
