//! Roles that the contract leaves as they are, of kind `external` or `dba`, where it describes them: what is not as it says is
//! reported, and changed by nobody here.

use std::collections::BTreeSet;

use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::RoleName;
use pgward_catalog::predefined::is_from_initdb;
use pgward_catalog::role::{Attribute, PasswordKind, Role as Found};

use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::memberships;
use crate::expand::roles::as_declared;
use crate::expand::standing::Standing;
use crate::model::role::{PasswordRule, Role};

/// Reports such roles that are not as they are described.
pub fn report(expanding: &mut Expanding<'_>) {
    let declared: Vec<(RoleName, &Role)> =
        expanding.standings.declared().map(|(name, role)| (name.clone(), role)).collect();
    for (name, role) in declared {
        let standing = expanding.standings.standing(&name);
        let Some(found) = expanding.observed.roles.get(&name) else { continue };
        if !matches!(standing, Standing::External | Standing::Dba) {
            continue;
        }
        if role.is_described() {
            let different = attributes(role, found).into_iter().chain(limits(role, found));
            let mut drift: Vec<Drift> = different
                .map(|message| about(DriftKind::UnaccountedRole, &name, &message))
                .chain(password(role, found).map(|said| about(DriftKind::UnaccountedPassword, &name, said)))
                .collect();
            expanding.drift.append(&mut drift);
        }
        // What an external role is a member of is granted to it, and reported, like anything else.
        if standing == Standing::Dba && (role.is_described() || role.says_memberships()) {
            let mut drift = of_memberships(expanding, &name, role);
            expanding.drift.append(&mut drift);
        }
    }
}

fn about(kind: DriftKind, name: &RoleName, said: &str) -> Drift {
    let hint = "write it as it is, or set it back by hand: the contract leaves this role as it is";
    Drift::new(kind, format!("role \"{name}\" {said}"), hint).of_role(name)
}

/// What is not written is off, and whether it can log in is not looked at where it is not written.
fn attributes(role: &Role, found: &Found) -> Vec<String> {
    let wanted = as_declared(role, Some(found));
    let counts = |attribute: &Attribute| *attribute != Attribute::Login || role.login.is_some();
    let different = Attribute::ALL.into_iter().filter(counts);
    let different = different.filter(|attribute| wanted.has(*attribute) != found.has(*attribute));
    let said = different.map(|attribute| match found.has(attribute) {
        true => format!("has {}, which the contract does not say", attribute.keyword()),
        false => format!("has not {}, which the contract says", attribute.keyword()),
    });
    said.collect()
}

fn limits(role: &Role, found: &Found) -> Vec<String> {
    let wanted = as_declared(role, Some(found));
    let mut different = Vec::new();
    if wanted.connection_limit != found.connection_limit {
        let of = |limit: Option<i32>| {
            limit.map_or("no connection limit".to_owned(), |limit| format!("connection limit {limit}"))
        };
        let (is, should) = (of(found.connection_limit), of(wanted.connection_limit));
        different.push(format!("has {is}, and the contract says {should}"));
    }
    // Never set and infinite are the same.
    let until = |role: &Found| role.valid_until.clone().unwrap_or_else(|| "infinity".to_owned());
    let (is, should) = (until(found), until(&wanted));
    if is != should {
        different.push(format!("is valid until {is}, and the contract says {should}"));
    }
    different
}

/// Where the server shows whether there is one.
fn password(role: &Role, found: &Found) -> Option<&'static str> {
    let wants_one = role.password.as_ref().is_some_and(|rule| rule.value == PasswordRule::Elsewhere);
    match (found.password, wants_one) {
        (PasswordKind::Absent, true) => {
            Some("has no password, and the contract says that one is kept elsewhere")
        }
        (PasswordKind::Scram | PasswordKind::Md5, false) => {
            Some("has a password, which the contract does not say")
        }
        _ => None,
    }
}

fn of_memberships(expanding: &mut Expanding<'_>, name: &RoleName, role: &Role) -> Vec<Drift> {
    let wanted = memberships::listed(expanding, name, role);
    let observed = expanding.observed;
    let is_own = |(key, options): &(&MembershipKey, &MembershipOptions)| {
        key.member == *name
            && !is_from_initdb(key, options, &observed.bootstrap)
            && (wanted.contains_key(*key) || !memberships::comes_with_creating(expanding, key, options))
    };
    let found = observed.memberships.iter().filter(is_own).map(|(key, _)| key);
    let keys: BTreeSet<&MembershipKey> = found.chain(wanted.keys()).collect();
    let mut drift = Vec::new();
    for key in keys {
        let said = match (observed.memberships.get(key), wanted.get(key)) {
            (Some(is), Some(should)) if is != should => format!(
                "is a member of \"{}\" with {}, and the contract says with {}",
                key.role,
                options(is),
                options(should)
            ),
            (Some(is), None) => {
                format!(
                    "is a member of \"{}\" with {}, which the contract does not say",
                    key.role,
                    options(is)
                )
            }
            (None, Some(_)) => format!("is no member of \"{}\", which the contract says", key.role),
            _ => continue,
        };
        drift.push(about(DriftKind::UnaccountedMembership, name, &said));
    }
    drift
}

fn options(options: &MembershipOptions) -> String {
    let inherit = match options.inherit {
        Inheritance::Inherited => ", INHERIT true",
        Inheritance::NotInherited => ", INHERIT false",
        Inheritance::ByAttribute => "",
    };
    let set = if options.set { "" } else { ", SET false" };
    format!("ADMIN {}{inherit}{set}", options.admin)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::expand::tests::check;

    const DESCRIBED: &str = "contract: 1
roles:
  postgres: {kind: dba, login: true, superuser: true, createdb: true, createrole: true, replication: true, bypass_rls: true, member_of: [keepers]}
  keepers: {kind: group}
  hr: {kind: external, superuser: true, password: elsewhere, connections: 4, valid_until: '2040-01-01T00:00:00Z'}
  left: {kind: external}
";

    #[test]
    fn what_is_as_it_is_described_is_no_drift_and_what_is_not_described_is_not_looked_at() {
        let observed = "
            role keepers
            role hr superuser login password connections=4 valid=2040-01-01T00:00:00Z
            role left login password connections=7
            member postgres of keepers";
        check(16, observed, DESCRIBED, expect![[""]]);
        let dba = "contract: 1\nroles: {postgres: {kind: dba}}";
        let changed = "role postgres login password connections=3\nmember postgres of pg_monitor";
        check(16, changed, dba, expect![[""]]);
    }

    #[test]
    fn everything_that_is_changed_by_hand_is_told_and_left_alone() {
        let observed = "
            role keepers
            role postgres superuser login createdb createrole bypassrls noinherit password connections=3 valid=2030-01-01T00:00:00Z
            role hr createrole
            role left
            member postgres of pg_monitor admin
            member postgres of keepers set=false";
        check(
            16,
            observed,
            DESCRIBED,
            expect![[r#"
            drift unaccounted_membership: role "postgres" is a member of "keepers" with ADMIN false, INHERIT true, SET false, and the contract says with ADMIN false, INHERIT true
            drift unaccounted_membership: role "postgres" is a member of "pg_monitor" with ADMIN true, INHERIT true, which the contract does not say
            drift unaccounted_role: role "hr" has CREATEROLE, which the contract does not say
            drift unaccounted_role: role "hr" has no connection limit, and the contract says connection limit 4
            drift unaccounted_role: role "hr" has not SUPERUSER, which the contract says
            drift unaccounted_role: role "hr" is valid until infinity, and the contract says 2040-01-01T00:00:00Z
            drift unaccounted_role: role "postgres" has connection limit 3, and the contract says no connection limit
            drift unaccounted_role: role "postgres" has not INHERIT, which the contract says
            drift unaccounted_role: role "postgres" has not REPLICATION, which the contract says
            drift unaccounted_role: role "postgres" is valid until 2030-01-01T00:00:00Z, and the contract says infinity
            drift unaccounted_password: role "hr" has no password, and the contract says that one is kept elsewhere
            drift unaccounted_password: role "postgres" has a password, which the contract does not say
        "#]],
        );
    }
}
