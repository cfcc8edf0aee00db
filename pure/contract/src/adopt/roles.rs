//! Roles and memberships as a contract.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::predefined::{MEMBERSHIPS, is_from_initdb};
use pgward_catalog::role::{Attribute, PasswordKind, Role as Found};

use crate::adopt::words::{new, role, settings};
use crate::check::references::PREDEFINED;
use crate::expand::standing::is_predefined;
use crate::form::collection::Map;
use crate::form::scalar::Whole;
use crate::model::role::{Membership, PasswordRule, Role, RoleKind};
use crate::name;
use crate::source::span::Spanned;
use crate::time::Until;

/// All roles, each as it is; the bootstrap superuser as the administrators' role.
pub fn adopted(catalog: &Catalog) -> Map<name::RoleName, Role> {
    let mut memberships: BTreeMap<&RoleName, Vec<(&MembershipKey, &MembershipOptions)>> = BTreeMap::new();
    for (key, options) in &catalog.memberships {
        if !is_from_initdb(key, options, &catalog.bootstrap) {
            memberships.entry(&key.member).or_default().push((key, options));
        }
    }
    let owners = owners(catalog);
    let groups: BTreeSet<&RoleName> = catalog.memberships.keys().map(|key| &key.role).collect();
    let mut roles = Vec::new();
    for (name, found) in &catalog.roles {
        let mine = memberships.get(name).map(Vec::as_slice).unwrap_or_default();
        let made = if *name == catalog.bootstrap {
            let login = Some(new(found.has(Attribute::Login)));
            let mut made = Role { login, ..as_found(found, RoleKind::Dba) };
            add_memberships(catalog, found, mine, &mut made);
            add_settings(catalog, name, &mut made);
            made
        } else if is_predefined(name) {
            let starts_as_others = !catalog.settings.keys().any(|scope| scope.role.as_ref() == Some(name));
            let is_as_made = mine.is_empty() && starts_as_others && !lacks_what_initdb_gave(catalog, name);
            if is_as_made && PREDEFINED.contains(&name.as_str()) {
                continue;
            }
            let mut made = Role { kind: Some(new(RoleKind::External)), ..Role::default() };
            add_memberships(catalog, found, mine, &mut made);
            add_settings(catalog, name, &mut made);
            made
        } else {
            let kind = kind(found, owners.contains(name), groups.contains(name));
            let mut made = as_found(found, kind);
            add_memberships(catalog, found, mine, &mut made);
            add_settings(catalog, name, &mut made);
            made
        };
        roles.push((new(role(name)), made));
    }
    roles.into_iter().collect()
}

/// Whether somebody revoked a membership that initdb made it.
fn lacks_what_initdb_gave(catalog: &Catalog, name: &RoleName) -> bool {
    MEMBERSHIPS.into_iter().filter(|(_, member)| *member == name.as_str()).any(|(role, _)| {
        catalog.roles.contains_key(role)
            && !catalog.memberships.keys().any(|key| key.role.as_str() == role && key.member == *name)
    })
}

fn kind(found: &Found, owns: bool, has_members: bool) -> RoleKind {
    match found.has(Attribute::Login) {
        true => RoleKind::Login,
        false if found.has(Attribute::BypassRls) && owns && !has_members => RoleKind::Definer,
        false if owns => RoleKind::Owner,
        false => RoleKind::Group,
    }
}

fn as_found(found: &Found, kind: RoleKind) -> Role {
    let on = |attribute| found.has(attribute).then(|| new(true));
    let until = match found.valid_until.as_deref() {
        Some("infinity") => Some(Until::Infinity),
        Some(text) => text.parse::<Timestamp>().ok().map(Until::Instant),
        None => None,
    };
    Role {
        kind: Some(new(kind)),
        superuser: on(Attribute::Superuser),
        createdb: on(Attribute::CreateDb),
        createrole: on(Attribute::CreateRole),
        replication: on(Attribute::Replication),
        bypass_rls: on(Attribute::BypassRls),
        inherit: (!found.has(Attribute::Inherit)).then(|| new(false)),
        connections: found.connection_limit.map(|limit| new(Whole(i64::from(limit)))),
        valid_until: until.map(new),
        password: keeps_password(found).then(|| new(PasswordRule::Elsewhere)),
        ..Role::default()
    }
}

/// Whether it has a password, or may have one that could not be seen.
fn keeps_password(found: &Found) -> bool {
    match found.password {
        PasswordKind::Absent => false,
        PasswordKind::Scram | PasswordKind::Md5 => true,
        PasswordKind::NotVisible => found.has(Attribute::Login),
    }
}

fn add_memberships(
    catalog: &Catalog,
    found: &Found,
    memberships: &[(&MembershipKey, &MembershipOptions)],
    made: &mut Role,
) {
    let modern = catalog.version.has_membership_options();
    for (key, options) in memberships {
        let alone = memberships.iter().filter(|(other, _)| other.role == key.role).count() == 1;
        let is_default_grantor = key.grantor == catalog.bootstrap;
        let becomes = MembershipOptions { admin: false, inherit: Inheritance::NotInherited, set: true };
        if modern && alone && is_default_grantor && **options == becomes {
            made.may_become.push(new(role(&key.role)));
            continue;
        }
        let inherits = options.inherit == Inheritance::Inherited;
        let says_inherit = modern && inherits != found.has(Attribute::Inherit);
        let membership = Membership {
            role: new(role(&key.role)),
            admin: options.admin.then(|| new(true)),
            inherit: says_inherit.then(|| new(inherits)),
            set: (modern && !options.set).then(|| new(false)),
            granted_by: (!is_default_grantor).then(|| new(role(&key.grantor))),
        };
        made.member_of.push(new(membership));
    }
}

fn add_settings(catalog: &Catalog, name: &RoleName, made: &mut Role) {
    let mut in_databases: Vec<(Spanned<name::DatabaseName>, _)> = Vec::new();
    for (scope, found) in &catalog.settings {
        if scope.role.as_ref() != Some(name) {
            continue;
        }
        match &scope.database {
            None => made.settings = settings(found),
            Some(database) => in_databases.push((new(database_name(database)), settings(found))),
        }
    }
    made.settings_in = in_databases.into_iter().collect();
}

/// A database's name.
pub fn database_name(name: &DatabaseName) -> name::DatabaseName {
    name::DatabaseName(name.as_str().to_owned())
}

fn owners(catalog: &Catalog) -> BTreeSet<&RoleName> {
    catalog.objects().map(|(_, _, object)| &object.owner).collect()
}
