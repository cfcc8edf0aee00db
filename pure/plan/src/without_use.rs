//! Grants without effect: on something in a schema that nobody who holds them may use.

use std::collections::BTreeMap;

use pgward_catalog::acl::Grantee;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::effective::Effective;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::role::Attribute;

use crate::change::Change;

/// Who may use which schemas once the plan is done.
pub(crate) struct WithoutUse<'a> {
    after: &'a Catalog,
    effective: Option<Effective<'a>>,
    known: BTreeMap<(&'a RoleName, ObjectRef), bool>,
}

impl<'a> WithoutUse<'a> {
    /// In this state, to which the changes lead.
    pub(crate) fn of(after: &'a Catalog, planned: &[Change]) -> Self {
        let grants = planned.iter().any(|change| matches!(change, Change::Grant { .. }));
        Self { after, effective: grants.then(|| Effective::of(after)), known: BTreeMap::new() }
    }

    /// The words about a change, and that it will be without effect if it will.
    pub(crate) fn said_with(&mut self, change: &Change, words: Option<String>) -> Option<String> {
        match (self.words(change), words) {
            (None, words) => words,
            (Some(without), None) => Some(without),
            (Some(without), Some(words)) => Some(format!("{words}; {without}")),
        }
    }

    fn words(&mut self, change: &Change) -> Option<String> {
        let Change::Grant { target, entry } = change else { return None };
        let Grantee::Role(grantee) = &entry.grantee else { return None };
        let schema = target.object.key.schema.as_ref()?;
        let key = ObjectKey::bare(Class::Schema, schema.as_str());
        let schema = ObjectRef { database: target.object.database.clone(), key };
        (!self.is_used(grantee, schema.clone())).then(|| {
            format!(
                "without effect as long as {} does not have USAGE on {}, which this plan does not give",
                grantee.quoted(),
                schema.key
            )
        })
    }

    /// Whether the role, or one that has its privileges, may use the schema. Superusers need no grant.
    fn is_used(&mut self, grantee: &RoleName, schema: ObjectRef) -> bool {
        let (Some(effective), Some(database)) = (&self.effective, schema.database.clone()) else {
            return true;
        };
        let (Some((grantee, _)), Some(_)) =
            (self.after.roles.get_key_value(grantee), self.after.object(&schema))
        else {
            return true;
        };
        let roles = &self.after.roles;
        let has = |role: &RoleName| {
            let superuser = roles.get(role).is_some_and(|role| role.has(Attribute::Superuser));
            role == grantee || !superuser && effective.membership(role, grantee, &database).inherits
        };
        *self.known.entry((grantee, schema)).or_insert_with_key(|(_, schema)| {
            let mut users =
                effective.everyone(schema).filter(|(_, held)| held.now.privileges.contains(Privilege::Usage));
            users.any(|(role, _)| has(role))
        })
    }
}
