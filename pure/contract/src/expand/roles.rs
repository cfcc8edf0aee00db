//! Roles as they should be.

use std::collections::BTreeMap;

use jiff::Timestamp;
use pgward_catalog::name::RoleName;
use pgward_catalog::role::{Attribute, Attributes, PasswordKind, Role as Desired};

use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::standing::{Standing, is_predefined};
use crate::model::role::{PasswordRule, Role};
use crate::time::Until;

/// All roles: the declared ones as declared, the retired ones gone, the others as they are.
pub fn desired(expanding: &mut Expanding<'_>) -> BTreeMap<RoleName, Desired> {
    let mut roles = expanding.observed.roles.clone();
    roles.retain(|name, _| !expanding.standings.is_leaving(name));
    for (name, role) in expanding.standings.declared() {
        let found = expanding.observed.roles.get(name);
        match (expanding.standings.standing(name), found) {
            (Standing::Declared, found) => {
                let drift = found.and_then(|found| unaccounted_password(name, role, found));
                expanding.drift.extend(drift);
                roles.insert(name.clone(), as_declared(role, found));
            }
            (Standing::External | Standing::Dba, None) if !is_predefined(name) => {
                let message = format!("role \"{name}\" is kept elsewhere, and it does not exist");
                let hint = "create it where it is kept, or remove it from the contract";
                let span = expanding.contract.roles.keys().find(|key| key.as_str() == name.as_str());
                let drift = Drift::new(DriftKind::Missing, message, hint).of_role(name);
                expanding.drift.push(Drift { span: span.map(|key| key.span), ..drift });
            }
            _ => {}
        }
    }
    for (name, standing) in expanding.standings.special() {
        if standing == Standing::Unretirable && expanding.observed.roles.contains_key(name) {
            let message = format!("role \"{name}\" should go, but it owns objects");
            let hint =
                format!("say under `retired_roles` who takes them over: `{name}: {{reassign_to: ...}}`");
            expanding.drift.push(Drift::new(DriftKind::Unretirable, message, hint).of_role(name));
        }
    }
    roles
}

/// A role as it is declared; what is not written is as CREATE ROLE makes it.
pub fn as_declared(role: &Role, found: Option<&Desired>) -> Desired {
    let switches = [
        (Attribute::Superuser, role.superuser()),
        (Attribute::CreateDb, role.createdb()),
        (Attribute::CreateRole, role.createrole()),
        (Attribute::Inherit, role.inherit()),
        (Attribute::Login, role.can_login().unwrap_or_default()),
        (Attribute::Replication, role.replication()),
        (Attribute::BypassRls, role.bypass_rls()),
    ];
    let attributes: Attributes = switches.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect();
    let valid_until = role.valid_until.as_ref().map(|until| until.value);
    Desired {
        attributes,
        connection_limit: i32::try_from(role.connections().0).ok().filter(|limit| *limit >= 0),
        valid_until: validity(valid_until, found.and_then(|found| found.valid_until.as_deref())),
        password: match (found.map(|found| found.password), role.secret.is_some()) {
            (None | Some(PasswordKind::Absent), true) => PasswordKind::Scram,
            (Some(found), _) if found != PasswordKind::NotVisible && has_none(role) => PasswordKind::Absent,
            (found, _) => found.unwrap_or(PasswordKind::Absent),
        },
        comment: found.and_then(|found| found.comment.clone()),
    }
}

fn has_none(role: &Role) -> bool {
    role.password.as_ref().is_some_and(|rule| rule.value == PasswordRule::None)
}

/// A password that somebody took away where the contract says that there is one, or that somebody set and of which the contract says nothing. It may be what somebody logs in with, so that
/// nobody is locked out by an absence.
fn unaccounted_password(name: &RoleName, role: &Role, found: &Desired) -> Option<Drift> {
    let is_elsewhere = role.password.as_ref().is_some_and(|rule| rule.value == PasswordRule::Elsewhere);
    if is_elsewhere && found.password == PasswordKind::Absent {
        let message =
            format!("role \"{name}\" has no password, and the contract says that one is kept elsewhere");
        let hint =
            "whoever keeps it sets it again; or remove `password: elsewhere`, if the role is to have none";
        return Some(Drift::new(DriftKind::Missing, message, hint).of_role(name));
    }
    let is_there = matches!(found.password, PasswordKind::Scram | PasswordKind::Md5);
    if !is_there || role.secret.is_some() || role.password.is_some() {
        return None;
    }
    let message = format!("role \"{name}\" has a password, which the contract does not say");
    let hint = "keep it here (`secret: {store: file, path: ...}`), say that somebody else does (`password: elsewhere`), or have it \
                taken away (`password: none`)";
    Some(Drift::new(DriftKind::UnaccountedPassword, message, hint).of_role(name))
}

/// The same moment is written as it was found; and what was once limited can only be made unlimited by `infinity`,
/// since PostgreSQL has no way back to "never set".
fn validity(declared: Option<Until>, found: Option<&str>) -> Option<String> {
    match (declared, found) {
        (None, None) => None,
        (None, Some(_)) | (Some(Until::Infinity), _) => Some("infinity".to_owned()),
        (Some(Until::Instant(instant)), Some(found))
            if found.parse::<Timestamp>().is_ok_and(|found| found == instant) =>
        {
            Some(found.to_owned())
        }
        (Some(Until::Instant(instant)), _) => Some(instant.to_string()),
    }
}
