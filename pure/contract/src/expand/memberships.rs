//! Memberships as they should be.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::RoleName;
use pgward_catalog::role::{Attribute, LEASE_PREFIX};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::Code;
use crate::expand::expanding::Expanding;
use crate::expand::standing::Standing;
use crate::model::role::{Membership, Role};
use crate::source::span::Span;

type Memberships = BTreeMap<MembershipKey, MembershipOptions>;

/// All memberships: those of declared members as declared, the others as they are, without roles that leave.
pub fn desired(expanding: &mut Expanding<'_>) -> Memberships {
    let mut memberships = expanding.observed.memberships.clone();
    memberships.retain(|key, options| {
        let standings = &expanding.standings;
        let leaving =
            [&key.role, &key.member, &key.grantor].into_iter().any(|role| standings.is_leaving(role));
        let is_others = standings.standing(&key.member) != Standing::Declared;
        !leaving && (is_others || comes_with_creating(expanding, key, options))
    });
    let declared: Vec<(RoleName, &Role)> =
        expanding.standings.declared().map(|(name, role)| (name.clone(), role)).collect();
    for (member, role) in declared {
        if matches!(expanding.standings.standing(&member), Standing::Declared | Standing::External) {
            add_declared(expanding, &member, role, &mut memberships);
        }
    }
    memberships
}

/// The memberships that are listed of a role, by whoever gave them.
pub fn listed(expanding: &mut Expanding<'_>, member: &RoleName, role: &Role) -> Memberships {
    let mut made = Memberships::new();
    add_declared(expanding, member, role, &mut made);
    made
}

fn add_declared(expanding: &mut Expanding<'_>, member: &RoleName, role: &Role, made: &mut Memberships) {
    let modern = expanding.observed.version.has_membership_options();
    let mut taken = BTreeSet::new();
    for written in &role.member_of {
        for (option, name) in [(&written.inherit, "inherit"), (&written.set, "set")] {
            if let (Some(option), false) = (option, modern) {
                expanding.report.add(no_such_option(name, option.span, expanding.observed.version.major()));
            }
        }
        let inherit = match (modern, &written.inherit) {
            (false, _) => Inheritance::ByAttribute,
            (true, Some(inherit)) if !inherit.value => Inheritance::NotInherited,
            (true, None) if !role.inherit() => Inheritance::NotInherited,
            (true, _) => Inheritance::Inherited,
        };
        let set = !modern || written.set.as_ref().is_none_or(|set| set.value);
        let options = MembershipOptions { admin: written.admin(), inherit, set };
        let key = key_for(expanding, member, written, options, &taken);
        taken.insert(key.clone());
        made.insert(key, options);
    }
    for becomes in &role.may_become {
        let inherit = if modern { Inheritance::NotInherited } else { Inheritance::ByAttribute };
        let options = MembershipOptions { admin: false, inherit, set: true };
        let written =
            Membership { role: becomes.clone(), admin: None, inherit: None, set: None, granted_by: None };
        let key = key_for(expanding, member, &written, options, &taken);
        if made.contains_key(&key) && !taken.insert(key.clone()) {
            // Written under `member_of` as well: that one says more.
            continue;
        }
        if !modern && role.inherit() {
            let major = expanding.observed.version.major();
            expanding.report.add(inherits_all_the_same(member, becomes.span, major));
        }
        made.insert(key, options);
    }
}

/// Whether it is what PostgreSQL gives the creator of a role who is no superuser (16 and later): ADMIN OPTION and nothing
/// else, in the name of the bootstrap superuser. With CREATEROLE it explains itself, and its holder cannot give it up.
pub fn comes_with_creating(
    expanding: &Expanding<'_>,
    key: &MembershipKey,
    options: &MembershipOptions,
) -> bool {
    let observed = expanding.observed;
    let creates_roles = || {
        let declared = expanding.standings.declaration(&key.member);
        let is_made = expanding.standings.standing(&key.member) == Standing::Declared;
        match declared.filter(|_| is_made) {
            Some(role) => role.createrole() && !role.superuser(),
            None => observed
                .roles
                .get(&key.member)
                .is_some_and(|role| role.has(Attribute::CreateRole) && !role.has(Attribute::Superuser)),
        }
    };
    let role = expanding.standings.standing(&key.role);
    // No contract declares the roles of leases. Without this the desk could not take them away again.
    let is_lease = role == Standing::Undeclared && key.role.as_str().starts_with(LEASE_PREFIX);
    observed.version.has_membership_options()
        && may_have_created(observed, &key.member, &key.role)
        && key.grantor == observed.bootstrap
        && *options == MembershipOptions::OF_CREATOR
        && (matches!(role, Standing::Declared | Standing::Ignored) || is_lease)
        && creates_roles()
}

/// Since 16 nobody without SUPERUSER makes a role with attributes that it does not have itself (PostgreSQL docs, CREATE ROLE). A role that
/// got them from somebody else afterwards has no creator's membership either: whoever administers it is more than when it was made.
fn may_have_created(observed: &Catalog, creator: &RoleName, role: &RoleName) -> bool {
    let (Some(creator), Some(role)) = (observed.roles.get(creator), observed.roles.get(role)) else {
        return true;
    };
    [Attribute::Superuser, Attribute::BypassRls, Attribute::Replication, Attribute::CreateDb]
        .into_iter()
        .all(|attribute| creator.has(attribute) || !role.has(attribute))
}

/// Where the contract does not say who grants it, a membership that is there and alike is taken for it.
fn key_for(
    expanding: &Expanding<'_>,
    member: &RoleName,
    written: &Membership,
    options: MembershipOptions,
    taken: &BTreeSet<MembershipKey>,
) -> MembershipKey {
    let bootstrap = &expanding.observed.bootstrap;
    let key = |grantor: &RoleName| MembershipKey {
        role: RoleName::from(written.role.as_str()),
        member: member.clone(),
        grantor: grantor.clone(),
    };
    if !expanding.observed.version.has_membership_options() {
        return key(bootstrap);
    }
    if let Some(grantor) = &written.granted_by {
        return key(&RoleName::from(grantor.as_str()));
    }
    let own = key(bootstrap);
    let is_creators = |key: &MembershipKey, found: &MembershipOptions| {
        *found != options && comes_with_creating(expanding, key, found)
    };
    let there = expanding.observed.memberships.get(&own);
    let is_taken = there.is_some_and(|found| is_creators(&own, found));
    if there.is_some() && !is_taken && !taken.contains(&own) {
        return own;
    }
    // What its creator has of a role besides, it has given itself.
    let own = if is_taken { key(member) } else { own };
    let mut alike: Vec<_> = expanding
        .observed
        .memberships
        .iter()
        .filter(|(found, _)| found.role == own.role && found.member == own.member && !taken.contains(*found))
        .filter(|(found, options)| !is_creators(found, options))
        .collect();
    alike.sort_by_key(|(_, found)| **found != options);
    alike.first().map_or(own, |(found, _)| (*found).clone())
}

fn no_such_option(name: &str, span: Span, major: u32) -> Diagnostic {
    let message = format!("PostgreSQL {major} has no `{name}` option for memberships");
    Diagnostic::error(Code::NotInThisVersion, span, message)
        .detail("memberships have INHERIT and SET options of their own since PostgreSQL 16")
        .hint("remove it; before 16 a member inherits as its own `inherit` says, and may always SET ROLE")
}

fn inherits_all_the_same(member: &RoleName, span: Span, major: u32) -> Diagnostic {
    let message = format!("role \"{member}\" has the privileges of this role even before it becomes it");
    Diagnostic::warning(Code::NotInThisVersion, span, message)
        .detail(format!("in PostgreSQL {major} the member's own INHERIT attribute decides, and it has it"))
        .hint(format!("declare `{member}` with `inherit: false` to hold them back until SET ROLE"))
}
