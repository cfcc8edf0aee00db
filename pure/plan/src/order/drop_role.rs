//! The end of a role: only when nothing names it any more.

use std::collections::BTreeMap;

use pgward_catalog::acl::{Acl, Grantee};
use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;

use crate::change::Change;
use crate::order::ordered::Ordered;
use crate::simulate::make;
use crate::statement::Action;
use crate::user_mapping;

/// DROP ROLE, once everything else is done; blocked while something would still name the role.
pub(crate) fn drop_roles(observed: &Catalog, changes: &[Change], ordered: &mut Ordered) {
    let dropped = |change: &Change| matches!(change, Change::DropRole { .. });
    if !changes.iter().any(|change| dropped(change) || matches!(change, Change::TerminateSessions { .. })) {
        return;
    }
    let mut after = observed.clone();
    for change in changes.iter().filter(|change| !dropped(change)) {
        // What cannot be simulated is blocked where it is ordered.
        let _ = make(&mut after, change);
    }
    let references = references(&after);
    // The sessions have to be known before the role is gone.
    for (index, change) in changes.iter().enumerate() {
        if let Change::TerminateSessions { role } = change {
            ordered.action(index, Action::TerminateSessions { role: role.clone() });
        }
    }
    for (index, change) in changes.iter().enumerate() {
        if let Change::DropRole { role, .. } = change {
            match references.get(role) {
                Some(left) => ordered.block(index, still_named(role, left)),
                None => ordered.sql(None, index, format!("DROP ROLE {}", role.quoted())),
            }
        }
    }
}

const SHOWN_MAX: usize = 3;

fn still_named(role: &RoleName, left: &[String]) -> String {
    let shown = left.iter().take(SHOWN_MAX).cloned().collect::<Vec<_>>().join(", ");
    let more = match left.len().saturating_sub(SHOWN_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("role {} cannot be dropped while it is named by {shown}{more}", role.quoted())
}

/// Everything that names each role and would keep it from being dropped.
pub(crate) fn references(catalog: &Catalog) -> BTreeMap<RoleName, Vec<String>> {
    let mut found = Found::default();
    for (database, key, object) in catalog.objects() {
        let name = ObjectRef { database: database.cloned(), key: key.clone() };
        found.add(&object.owner, || format!("the owner of {name}"));
        found.add_acl(&object.acl, Some(&object.owner), || format!("a privilege on {name}"));
        for (column, acl) in &object.columns {
            let at = || format!("a privilege on column {} of {name}", column.quoted());
            found.add_acl(acl, Some(&object.owner), at);
        }
        for (policy, facts) in object.row_security().into_iter().flat_map(|security| &security.policies) {
            for role in facts.roles.iter().filter_map(Grantee::role) {
                found.add(role, || format!("policy {} on {name}", policy.quoted()));
            }
        }
    }
    for (database, contents) in &catalog.databases {
        for (key, acl) in &contents.default_privileges {
            let at = || {
                format!("default privileges of {} in database {}", key.creator.quoted(), database.quoted())
            };
            found.add(&key.creator, at);
            found.add_acl(acl, Some(&key.creator), at);
        }
    }
    if catalog.version.has_membership_options() {
        for key in catalog.memberships.keys().filter(|key| key.grantor != catalog.bootstrap) {
            if key.grantor != key.role && key.grantor != key.member {
                let (member, role) = (key.member.quoted(), key.role.quoted());
                found.add(&key.grantor, || format!("the membership of {member} in {role} that it granted"));
            }
        }
    }
    let mut found = found.0;
    user_mapping::add_references(catalog, &mut found);
    found
}

#[derive(Default)]
struct Found(BTreeMap<RoleName, Vec<String>>);

impl Found {
    fn add(&mut self, role: &RoleName, what: impl FnOnce() -> String) {
        self.0.entry(role.clone()).or_default().push(what());
    }

    fn add_acl(&mut self, acl: &Acl, owner: Option<&RoleName>, what: impl Fn() -> String) {
        for entry in acl.entries() {
            let named = entry.grantee.role().into_iter().chain([&entry.grantor]);
            for role in named.filter(|role| Some(*role) != owner) {
                self.add(role, &what);
            }
        }
    }
}
