//! Roles the contract does not declare, or keeps elsewhere, that hold power over what it describes.

use pgward_catalog::class::Class;
use pgward_catalog::membership::MembershipKey;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::{Object, ObjectRef};
use pgward_catalog::privilege::Privileges;
use pgward_catalog::role::Attribute;

use crate::expand::described::is_system;
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::memberships::comes_with_creating;
use crate::expand::standing::{Standing, is_predefined};

/// Finds them.
pub fn find(expanding: &mut Expanding<'_>) {
    for (name, role) in &expanding.observed.roles {
        if expanding.standings.standing(name) != Standing::Undeclared || *name == expanding.observed.bootstrap
        {
            continue;
        }
        let mut powers: Vec<String> =
            POWERS.iter().filter(|power| role.has(**power)).map(|power| power.keyword().to_owned()).collect();
        powers.extend(created_by(expanding, name));
        if !powers.is_empty() {
            let message = format!("role \"{name}\" is not in the contract and has {}", powers.join(", "));
            let hint = format!(
                "declare it (`{name}: {{kind: dba}}` for an administrator), or take it away with ALTER ROLE"
            );
            let drift = Drift::new(DriftKind::UndeclaredPower, message, hint);
            expanding.drift.push(drift.of_role(name));
        }
    }
    for (key, options) in &expanding.observed.memberships {
        if comes_with_creating(expanding, key, options) {
            continue;
        }
        if let Some(drift) = unaccounted(expanding, key) {
            expanding.drift.push(drift);
        }
    }
    given(expanding);
}

/// What a role has by having created declared ones: it goes with CREATEROLE, and is told with it.
fn created_by(expanding: &Expanding<'_>, name: &RoleName) -> Option<String> {
    let rows = expanding.observed.memberships.iter().filter(|(key, _)| key.member == *name);
    let roles: Vec<String> = rows
        .filter(|(key, options)| comes_with_creating(expanding, key, options))
        .map(|(key, _)| format!("\"{}\"", key.role))
        .collect();
    (!roles.is_empty()).then(|| format!("ADMIN OPTION on {}", roles.join(", ")))
}

/// Parameters and PostgreSQL's own objects, given to roles that the contract does not declare: who may set
/// `archive_command`, read `pg_authid` or call `pg_read_file` is as good as a superuser.
fn given(expanding: &mut Expanding<'_>) {
    let observed = expanding.observed;
    let parameters = observed.cluster_objects.iter().filter(|(key, _)| key.class == Class::Parameter);
    let parameters = parameters.map(|(key, object)| (ObjectRef::of_cluster(key.clone()), object));
    let declared = observed.databases.iter().filter(|(name, _)| expanding.declaration(name).is_some());
    let system = declared.flat_map(|(database, contents)| {
        let all = contents.objects.iter().filter(|(key, _)| {
            let schema = key.schema.as_ref();
            schema.is_some_and(|schema| is_system(schema.as_str()) && !expanding.ignores_schema(schema))
        });
        all.map(|(key, object)| (ObjectRef::within(database, key.clone()), object))
    });
    let found: Vec<Drift> =
        parameters.chain(system).flat_map(|(name, object)| given_on(expanding, &name, object)).collect();
    expanding.drift.extend(found);
}

fn given_on(expanding: &Expanding<'_>, name: &ObjectRef, object: &Object) -> Vec<Drift> {
    let columns = object.columns.iter().map(|(column, acl)| (acl, object.initial_columns.get(column)));
    let acls = columns.chain([(&object.acl, object.initial_acl.as_ref())]);
    let entries = acls.flat_map(|(acl, initial)| acl.entries().iter().map(move |entry| (entry, initial)));
    let found = entries.filter_map(|(entry, initial)| {
        let role =
            entry.grantee.role().filter(|role| is_stranger(expanding, role) && **role != object.owner)?;
        let initial = initial.map_or(Privileges::NONE, |initial| initial.privileges_of(&entry.grantee));
        let more = entry.privileges - initial;
        if more.is_empty() {
            return None;
        }
        let message = format!("role \"{role}\" is not in the contract and holds {more} on {name}");
        let hint = format!("grant it in the contract, or take it away: REVOKE ... FROM {}", role.quoted());
        let drift = Drift::new(DriftKind::UndeclaredPower, message, hint);
        Some(drift.of_role(role).of_objects(vec![name.clone()]))
    });
    found.collect()
}

fn is_stranger(expanding: &Expanding<'_>, role: &RoleName) -> bool {
    let is_undeclared = expanding.standings.standing(role) == Standing::Undeclared;
    is_undeclared && *role != expanding.observed.bootstrap && !is_predefined(role)
}

fn unaccounted(expanding: &Expanding<'_>, key: &MembershipKey) -> Option<Drift> {
    let (role, member) = (&key.role, &key.member);
    if is_from_initdb(role, member) || expanding.standings.is_leaving(role) {
        return None;
    }
    match expanding.standings.standing(member) {
        Standing::Undeclared if *member != expanding.observed.bootstrap => {
            if !is_predefined(role) && !expanding.standings.is_declared(role) {
                return None;
            }
            let message = format!("role \"{member}\" is not in the contract and is a member of \"{role}\"");
            let hint = format!(
                "declare it with `member_of: [{role}]`, or take it away: REVOKE {} FROM {}",
                role.quoted(),
                member.quoted()
            );
            Some(Drift::new(DriftKind::UndeclaredPower, message, hint).of_role(member))
        }
        Standing::External => {
            let said = expanding.standings.declaration(member)?;
            let is_listed = said.member_of.iter().any(|written| written.role.as_str() == role.as_str())
                || said.may_become.iter().any(|written| written.as_str() == role.as_str());
            if is_listed {
                return None;
            }
            let message = format!(
                "role \"{member}\", which is kept elsewhere, is a member of \"{role}\", and the contract does not say so"
            );
            let hint = format!("list it: `member_of: [{role}]`, or take it away where the role is kept");
            Some(Drift::new(DriftKind::UnaccountedMembership, message, hint).of_role(member))
        }
        _ => None,
    }
}

/// Memberships among predefined roles that every server has.
pub fn is_from_initdb(role: &RoleName, member: &RoleName) -> bool {
    member.as_str() == "pg_monitor"
        && matches!(role.as_str(), "pg_read_all_settings" | "pg_read_all_stats" | "pg_stat_scan_tables")
}

const POWERS: [Attribute; 5] = [
    Attribute::Superuser,
    Attribute::CreateRole,
    Attribute::CreateDb,
    Attribute::Replication,
    Attribute::BypassRls,
];
