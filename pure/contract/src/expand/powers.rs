//! Roles the contract does not declare, or keeps elsewhere, that hold power over what it describes.

use pgward_catalog::membership::{MembershipKey, MembershipOptions};
use pgward_catalog::name::RoleName;
use pgward_catalog::predefined::{MEMBERSHIPS, is_from_initdb};
use pgward_catalog::role::{Attribute, Role};

use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::memberships::comes_with_creating;
use crate::expand::standing::Standing;

/// Finds them.
pub fn find(expanding: &mut Expanding<'_>) {
    for (name, role) in &expanding.observed.roles {
        let drift = match expanding.standings.standing(name) {
            Standing::Undeclared if *name != expanding.observed.bootstrap => {
                undeclared(name, role, created_by(expanding, name))
            }
            Standing::External => {
                let is_described =
                    expanding.standings.declaration(name).is_some_and(|said| said.is_described());
                let powers: &[Attribute] = if is_described { &[] } else { &POWERS };
                beyond_declared(name, role, powers, created_by(expanding, name))
            }
            _ => None,
        };
        expanding.drift.extend(drift);
    }
    for (key, options) in &expanding.observed.memberships {
        if comes_with_creating(expanding, key, options) {
            continue;
        }
        if let Some(drift) = unaccounted(expanding, key, options) {
            expanding.drift.push(drift);
        }
    }
    let revoked: Vec<Drift> = revoked_from_initdb(expanding).collect();
    expanding.drift.extend(revoked);
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

/// What a role has beyond what CREATE ROLE gives. That it may log in says nothing by itself.
fn undeclared(name: &RoleName, role: &Role, created: Option<String>) -> Option<Drift> {
    let mut powers: Vec<String> =
        POWERS.iter().filter(|power| role.has(**power)).map(|power| power.keyword().to_owned()).collect();
    if !role.has(Attribute::Inherit) {
        powers.push("NOINHERIT".to_owned());
    }
    powers.extend(role.connection_limit.map(|limit| format!("CONNECTION LIMIT {limit}")));
    let until = role.valid_until.as_ref().filter(|until| *until != "infinity");
    powers.extend(until.map(|until| format!("VALID UNTIL {until}")));
    powers.extend(created);
    if powers.is_empty() {
        return None;
    }
    let message = format!("role \"{name}\" is not in the contract and has {}", powers.join(", "));
    let hint =
        format!("declare it (`{name}: {{kind: dba}}` for an administrator), or take it away with ALTER ROLE");
    Some(Drift::new(DriftKind::UndeclaredPower, message, hint).of_role(name))
}

/// The power of a role that is kept elsewhere: it may log in and be a member, but who administers is of kind `dba`.
///
/// Where the contract describes the role, it says its powers itself.
fn beyond_declared(
    name: &RoleName,
    role: &Role,
    powers: &[Attribute],
    created: Option<String>,
) -> Option<Drift> {
    let mut powers: Vec<String> =
        powers.iter().filter(|power| role.has(**power)).map(|power| power.keyword().to_owned()).collect();
    powers.extend(created);
    if powers.is_empty() {
        return None;
    }
    let powers = powers.join(", ");
    let message =
        format!("role \"{name}\" is kept elsewhere and has {powers}, which the contract does not say");
    let hint =
        "declare it with `kind: dba` if it administers the server, or take it away where the role is kept";
    Some(Drift::new(DriftKind::UndeclaredPower, message, hint).of_role(name))
}

fn unaccounted(expanding: &Expanding<'_>, key: &MembershipKey, options: &MembershipOptions) -> Option<Drift> {
    let (role, member) = (&key.role, &key.member);
    if is_from_initdb(key, options, &expanding.observed.bootstrap) || expanding.standings.is_leaving(role) {
        return None;
    }
    match expanding.standings.standing(member) {
        Standing::Undeclared if *member != expanding.observed.bootstrap => {
            if expanding.standings.standing(role) == Standing::Ignored {
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
            // Of a role that is left alone, its creator's ADMIN option is as well.
            let is_ignored = expanding.standings.standing(role) == Standing::Ignored;
            if is_listed || is_ignored && comes_with_creating(expanding, key, options) {
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

/// Memberships that initdb makes and somebody revoked. Who declares the member says himself what it is a member of.
fn revoked_from_initdb<'e>(expanding: &'e Expanding<'_>) -> impl Iterator<Item = Drift> + 'e {
    let observed = expanding.observed;
    let is_there = |name: &str| observed.roles.contains_key(name);
    let revoked = MEMBERSHIPS.into_iter().filter(move |(role, member)| {
        is_there(role)
            && is_there(member)
            && !expanding.standings.is_declared(&RoleName::from(*member))
            && !observed
                .memberships
                .keys()
                .any(|key| key.role.as_str() == *role && key.member.as_str() == *member)
    });
    revoked.map(|(role, member)| {
        let message = format!("role \"{member}\" is no member of \"{role}\", which initdb makes it");
        let hint = format!(
            "GRANT {role} TO {member}, or declare the role as it should be: `{member}: {{kind: external, member_of: [...]}}`"
        );
        Drift::new(DriftKind::UnaccountedMembership, message, hint).of_role(&RoleName::from(member))
    })
}

const POWERS: [Attribute; 5] = [
    Attribute::Superuser,
    Attribute::CreateRole,
    Attribute::CreateDb,
    Attribute::Replication,
    Attribute::BypassRls,
];
