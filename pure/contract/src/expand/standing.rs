//! How each role stands with the contract.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pgward_catalog::acl::Grantee;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::RoleName;

use crate::model::contract::Contract;
use crate::model::role::{Role, RoleKind};
use crate::pattern::glob::NamePattern;
use crate::source::span::Spanned;

/// How a role stands with the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Declared, and made as declared.
    Declared,
    /// Declared, and kept elsewhere: left alone, but accounted for.
    External,
    /// Declared as the administrators' role: left alone, and nothing it holds is drift.
    Dba,
    /// Listed as retired, or in scope and not declared: it must go.
    Retired,
    /// In scope and not declared, but it owns something and has no successor, so it cannot go.
    Unretirable,
    /// Left alone, and not reported.
    Ignored,
    /// Not the contract's.
    Undeclared,
}

/// How all roles stand with the contract.
#[derive(Debug)]
pub struct Standings<'c> {
    declared: BTreeMap<RoleName, &'c Role>,
    special: BTreeMap<RoleName, Standing>,
    /// The standing of every role that is declared or special.
    known: HashMap<RoleName, Standing>,
    any_leave: bool,
    /// Who takes over what a retired role owns.
    pub successors: BTreeMap<RoleName, RoleName>,
    /// Retired roles whose possessions are dropped.
    pub dropping: BTreeSet<RoleName>,
}

impl<'c> Standings<'c> {
    /// Finds out how the roles of the contract, and those that are there, stand.
    pub fn of(contract: &'c Contract, observed: &Catalog) -> Self {
        let declared: BTreeMap<RoleName, &Role> =
            contract.roles.iter().map(|(name, role)| (RoleName::from(name.as_str()), role)).collect();
        let owners = all_owners(observed);
        let mut special = BTreeMap::new();
        let mut successors = BTreeMap::new();
        let mut dropping = BTreeSet::new();
        for (name, retirement) in &contract.retired_roles {
            let role = RoleName::from(name.as_str());
            if let Some(successor) = &retirement.reassign_to {
                successors.insert(role.clone(), RoleName::from(successor.as_str()));
            } else if retirement.drop_owned() {
                dropping.insert(role.clone());
            }
            let stays =
                owners.contains(&role) && !successors.contains_key(&role) && !dropping.contains(&role);
            special.insert(role, if stays { Standing::Unretirable } else { Standing::Retired });
        }
        for role in observed.roles.keys() {
            if any_matches(&contract.scope.ignore.roles, role) {
                special.insert(role.clone(), Standing::Ignored);
                continue;
            }
            let is_ours = declared.contains_key(role) || special.contains_key(role);
            let is_given = is_predefined(role) || *role == observed.bootstrap;
            let in_scope = contract.scope.roles.as_ref().is_some_and(|scope| any_matches(scope, role));
            if in_scope && !is_ours && !is_given {
                let standing = if owners.contains(role) { Standing::Unretirable } else { Standing::Retired };
                special.insert(role.clone(), standing);
            }
        }
        let of_kind = |role: &Role| match role.kind() {
            RoleKind::External => Standing::External,
            RoleKind::Dba => Standing::Dba,
            _ => Standing::Declared,
        };
        let mut known: HashMap<RoleName, Standing> =
            declared.iter().map(|(name, role)| (name.clone(), of_kind(role))).collect();
        known.extend(special.iter().map(|(name, standing)| (name.clone(), *standing)));
        let any_leave = special.values().any(|standing| *standing == Standing::Retired);
        Self { declared, special, known, any_leave, successors, dropping }
    }

    /// How this role stands.
    pub fn standing(&self, role: &RoleName) -> Standing {
        self.known.get(role).copied().unwrap_or(Standing::Undeclared)
    }

    /// Its declaration.
    pub fn declaration(&self, role: &RoleName) -> Option<&'c Role> {
        self.declared.get(role).copied()
    }

    /// Whether the contract declares it, kept elsewhere or not.
    pub fn is_declared(&self, role: &RoleName) -> bool {
        self.declared.contains_key(role)
    }

    /// Whether any role will not be there.
    pub fn any_leave(&self) -> bool {
        self.any_leave
    }

    /// Whether the role will not be there.
    pub fn is_leaving(&self, role: &RoleName) -> bool {
        self.any_leave && self.standing(role) == Standing::Retired
    }

    /// Whether the contract declares it as kept elsewhere.
    pub fn is_kept_elsewhere(&self, role: &RoleName) -> bool {
        self.standing(role) == Standing::External
    }

    /// All declared names.
    pub fn declared(&self) -> impl Iterator<Item = (&RoleName, &'c Role)> {
        self.declared.iter().map(|(name, role)| (name, *role))
    }

    /// The roles with a standing of their own beside the declared ones.
    pub fn special(&self) -> impl Iterator<Item = (&RoleName, Standing)> {
        self.special.iter().map(|(name, standing)| (name, *standing))
    }

    /// Whether what this grantee holds on objects is the contract's to say, wherever it is.
    pub fn answers_for(&self, grantee: &Grantee) -> bool {
        match grantee {
            Grantee::Public => true,
            Grantee::Role(role) => match self.standing(role) {
                // PostgreSQL's own roles are on every server, and nobody else's to speak for.
                Standing::Undeclared => is_predefined(role),
                Standing::Ignored | Standing::Dba => false,
                _ => true,
            },
        }
    }

    /// Whether what this grantee holds is left alone even where the contract says everything.
    pub fn leaves_alone(&self, grantee: &Grantee) -> bool {
        grantee.role().is_some_and(|role| matches!(self.standing(role), Standing::Ignored | Standing::Dba))
    }
}

/// Whether a role is one of PostgreSQL's own.
pub fn is_predefined(role: &RoleName) -> bool {
    role.as_str().starts_with("pg_")
}

/// Whether one of the patterns matches.
pub fn any_matches(patterns: &[Spanned<NamePattern>], role: &RoleName) -> bool {
    patterns.iter().any(|pattern| pattern.matches(role.as_str()))
}

fn all_owners(observed: &Catalog) -> BTreeSet<RoleName> {
    let mut owners = BTreeSet::new();
    for (_, _, object) in observed.objects() {
        if !owners.contains(&object.owner) {
            owners.insert(object.owner.clone());
        }
    }
    owners
}
