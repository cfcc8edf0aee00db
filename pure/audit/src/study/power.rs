//! Power: what running code as a role reaches, by what the role is, holds and owns.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::class::Class;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::Origin;
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::role::Attribute;

use crate::severity::Capability;
use crate::source_text::files::of_function;
use crate::study::{Study, is_predefined};

impl<'a> Study<'a> {
    /// What running code as the role reaches. A role that holds nothing beyond what everybody has is worth nothing by itself.
    pub fn power_of(&self, role: &RoleName) -> Capability {
        let known = self.powers.get_or_init(|| {
            let runners: BTreeSet<&RoleName> =
                self.definers().map(|(placed, _)| &placed.object.owner).collect();
            runners.into_iter().map(|role| (role.clone(), self.power(role))).collect::<BTreeMap<_, _>>()
        });
        known.get(role).copied().unwrap_or_else(|| self.power(role))
    }

    fn power(&self, role: &RoleName) -> Capability {
        if self.is_superuser(role) {
            return Capability::Superuser;
        }
        let mut identities: BTreeSet<&RoleName> = self.becomes(role).collect();
        identities.insert(role);
        let by_role =
            identities.iter().filter(|held| is_predefined(held)).filter_map(|held| self.worth(held));
        let by_role = by_role.map(|worth| worth.capability).max().unwrap_or(Capability::Hygiene);
        let is = |attribute| self.catalog.roles.get(role).is_some_and(|role| role.has(attribute));
        let is_somebody = is(Attribute::CreateRole) || identities.iter().any(|held| self.is_superuser(held));
        let held = self.held_by(&identities);
        let held = match held {
            Capability::SomeData if is(Attribute::BypassRls) => Capability::AllWrite,
            Capability::SomeData => self.share(role),
            other => other,
        };
        let is_somebody = if is_somebody { Capability::AllWrite } else { Capability::Hygiene };
        by_role.max(held).max(is_somebody)
    }

    /// By what these roles own and were granted. Routines that they own are their own hands; everything else that is owned is
    /// read, changed and given away.
    fn held_by(&self, identities: &BTreeSet<&RoleName>) -> Capability {
        let mut worst = Capability::Hygiene;
        for (_, key, object) in self.catalog.objects() {
            let owns = identities.contains(&object.owner) && !key.class.is_routine();
            let columns = object.columns.values().flat_map(|acl| acl.entries());
            let granted = object.acl.entries().iter().chain(columns).any(|entry| {
                entry.grantee.role().is_some_and(|role| *role != object.owner && identities.contains(role))
            });
            let reached = match key.class {
                _ if owns
                    && (key.class.is_table_like()
                        || matches!(key.class, Class::Schema | Class::Database)) =>
                {
                    Capability::AllWrite
                }
                class if granted && class.is_routine() && object.origin != Origin::User => {
                    of_function(key.name.as_str()).map_or(Capability::SomeData, |how| how.capability())
                }
                _ if owns || granted => Capability::SomeData,
                _ => continue,
            };
            worst = worst.max(reached);
        }
        worst
    }

    /// Some of the users' tables, or all of them.
    fn share(&self, role: &RoleName) -> Capability {
        let all = |wanted: Privileges| {
            let mut tables = self
                .made()
                .filter(|placed| matches!(placed.key.class, Class::Table | Class::PartitionedTable))
                .peekable();
            tables.peek().is_some()
                && tables.all(|placed| {
                    let held = self.effective.privileges(role, &placed.at()).now.privileges;
                    (wanted - held).is_empty()
                })
        };
        if all(Privileges::of(&[Privilege::Insert, Privilege::Update, Privilege::Delete])) {
            Capability::AllWrite
        } else if all(Privilege::Select.into()) {
            Capability::AllRead
        } else {
            Capability::SomeData
        }
    }
}
