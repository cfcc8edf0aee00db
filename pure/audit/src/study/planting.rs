//! Planting: who may put code of their own somewhere, or write anew what they own. Owning a function is not enough: CREATE OR REPLACE takes
//! CREATE in its schema.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey, ObjectRef};
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::severity::Precondition;
use crate::source_text::relations::relations;
use crate::source_text::{calls, tokens};
use crate::study::{Placed, Study};

impl<'a> Study<'a> {
    /// Whether the owner of a routine or view, or a login that can act as the owner, may write it anew.
    pub fn may_rewrite(&self, database: &DatabaseName, what: &ObjectKey, owner: &RoleName) -> bool {
        let Some(schema) = &what.schema else { return true };
        let may_create = |role: &RoleName| {
            let at = ObjectRef::within(database, ObjectKey::bare(Class::Schema, schema.as_str()));
            // A schema that is not in the catalog is one of PostgreSQL's own.
            self.schema(database, schema).is_some()
                && self
                    .effective
                    .privileges_from(database, role, &at)
                    .now
                    .privileges
                    .contains(Privilege::Create)
        };
        may_create(owner) || self.logins_reaching(owner).into_iter().any(may_create)
    }

    /// Whether the role may make a function somewhere in the database: temporary, in a schema, or in one that it makes.
    pub fn may_make_code(&self, database: &DatabaseName, role: &RoleName) -> bool {
        let holds = |at: &ObjectRef, privileges: Privileges| {
            let held = self.effective.privileges_from(database, role, at).now.privileges;
            !(held & privileges).is_empty()
        };
        holds(&ObjectRef::database(database), Privileges::of(&[Privilege::Temporary, Privilege::Create]))
            || self.schemas(database).any(|(schema, _)| {
                holds(&ObjectRef::within(database, schema.clone()), Privilege::Create.into())
            })
    }

    /// Whether the role may put a function where others look: in a schema, or in one that it makes.
    pub fn may_make_code_for_others(&self, database: &DatabaseName, role: &RoleName) -> bool {
        let creates = |at: &ObjectRef| {
            self.effective.privileges_from(database, role, at).now.privileges.contains(Privilege::Create)
        };
        creates(&ObjectRef::database(database))
            || self.schemas(database).any(|(schema, _)| creates(&ObjectRef::within(database, schema.clone())))
    }

    /// What it takes to mislead the names of a definer routine that are looked up along its caller's path: its callers may make
    /// something that is found first; somebody else may, where they look; or nobody may, and nothing is reached.
    pub fn takes_to_mislead(&self, placed: &Placed<'_>) -> Option<Precondition> {
        let owner = &placed.object.owner;
        let makers: Vec<&RoleName> = self
            .makers_of_code(placed.database)
            .into_iter()
            .filter(|role| !self.acts_as(role, owner))
            .collect();
        let calls = |role: &&RoleName| {
            let object = ObjectRef::within(placed.database, placed.key.clone());
            self.effective.privileges(role, &object).after_set_role.privileges.contains(Privilege::Execute)
        };
        // Whoever fires a trigger runs it as well.
        let is_fired = placed.object.routine().is_some_and(|facts| facts.trigger);
        if makers.iter().any(|role| is_fired || calls(role)) {
            Some(Precondition::Create)
        } else if makers.iter().any(|role| self.may_make_code_for_others(placed.database, role)) {
            Some(Precondition::Victim)
        } else {
            None
        }
    }

    /// Whether everybody may.
    pub fn may_everybody_make_code(&self, database: &DatabaseName) -> bool {
        let gives = |object: &Object, privileges: Privileges| {
            !(object.acl.privileges_of(&Grantee::Public) & privileges).is_empty()
        };
        let of_database = Privileges::of(&[Privilege::Temporary, Privilege::Create]);
        self.catalog.object(&ObjectRef::database(database)).is_some_and(|object| gives(object, of_database))
            || self.schemas(database).any(|(_, object)| gives(object, Privilege::Create.into()))
    }

    /// Roles that low logins are or become, and that may make a function in the database.
    pub fn makers_of_code(&self, database: &DatabaseName) -> Vec<&'a RoleName> {
        let roles = self.catalog.roles.keys().filter(|role| self.is_low(role));
        roles.filter(|role| self.may_make_code(database, role)).collect()
    }

    /// What a role that owns code can do to it, in words after its name: it may rewrite it; or it owns it, and what it has put there
    /// is what it is.
    pub fn hold_in_words(&self, database: &DatabaseName, code: &ObjectKey, owner: &RoleName) -> &'static str {
        if self.may_rewrite(database, code, owner) { "may rewrite" } else { "owns, and may not rewrite now" }
    }

    /// What others have in schemas of owners that cannot act as them: the owner of a schema drops what is in it, whoever owns that, and
    /// puts something else of the same name there. One object for each owner in each schema.
    pub fn at_the_mercy_of_schemas(
        &self,
        database: &DatabaseName,
    ) -> Vec<(&'a ObjectKey, &'a RoleName, Placed<'a>)> {
        let mut found: BTreeMap<(&ObjectKey, &RoleName), (&RoleName, Placed<'_>)> = BTreeMap::new();
        for placed in self.made_in(database) {
            let Some(name) = placed.key.schema.as_ref() else { continue };
            let key = ObjectKey::bare(Class::Schema, name.as_str());
            let contents = self.catalog.databases.get(database);
            let Some((key, schema)) = contents.and_then(|contents| contents.objects.get_key_value(&key))
            else {
                continue;
            };
            let (over, owner) = (self.resolved(database, &schema.owner), &placed.object.owner);
            let is_used = placed.key.class.is_table_like() || placed.key.class.is_routine();
            if is_used
                && self.is_within_reach(over)
                && !self.acts_as(over, owner)
                && !self.acts_as(owner, over)
            {
                found.entry((key, owner)).or_insert((over, placed));
            }
        }
        found.into_iter().map(|((schema, _), (over, placed))| (schema, over, placed)).collect()
    }

    fn schemas(&self, database: &DatabaseName) -> impl Iterator<Item = (&'a ObjectKey, &'a Object)> {
        let contents = self.catalog.databases.get(database);
        contents
            .into_iter()
            .flat_map(|contents| &contents.objects)
            .filter(|(key, _)| key.class == Class::Schema)
    }

    /// The schemas in which names of a body are that are neither in these nor in `pg_catalog`: what a pinned path has to name beside
    /// them. None: one of the names is in several, and nobody but a person knows which is meant.
    pub fn schemas_of_names(
        &self,
        database: &DatabaseName,
        source: &str,
        own: &[SchemaName],
    ) -> Option<Vec<SchemaName>> {
        let contents = self.catalog.databases.get(database)?;
        let mut needed: Vec<SchemaName> = Vec::new();
        let mut ambiguous = false;
        let mut note = |found: BTreeSet<&SchemaName>| {
            let is_known = |schema: &&SchemaName| own.contains(schema) || schema.as_str() == "pg_catalog";
            if found.iter().any(is_known) {
                return;
            }
            ambiguous |= found.len() > 1;
            needed.extend(found.into_iter().cloned());
        };
        for named in relations(source).iter().filter(|named| named.schema.is_none()) {
            let there = contents.objects.keys();
            let there = there.filter(|key| key.class.is_table_like() && key.name.as_str() == named.name);
            note(there.filter_map(|key| key.schema.as_ref()).collect());
        }
        for call in calls(&tokens(source)).iter().filter(|call| call.schema.is_none()) {
            let there = contents.objects.keys();
            let there = there.filter(|key| key.class.is_routine() && key.name.as_str() == call.name);
            note(there.filter_map(|key| key.schema.as_ref()).collect());
        }
        needed.sort();
        needed.dedup();
        (!ambiguous).then_some(needed)
    }
}

/// What has to be said before the owner of code is changed.
pub const READ_FIRST: &str = "read its body first, or make it anew from your own source: what has been put into it stays, and goes on running";
