//! Which schemas a contract describes: those it lists, and those that its entries reach into.

use std::collections::BTreeSet;

use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, SchemaName};
use pgward_catalog::object::ObjectKey;

use crate::expand::choice::Choice;
use crate::expand::expanding::Expanding;
use crate::expand::inventory::Inventory;
use crate::model::database::Database;
use crate::pattern::glob::Glob;

/// The schemas of one database, from the contract's point of view.
#[derive(Debug, Default)]
pub struct Described {
    /// Those that are as the contract says.
    pub schemas: BTreeSet<SchemaName>,
    /// Those that are left alone.
    pub ignored: BTreeSet<SchemaName>,
}

impl Described {
    /// Finds them, and notes which may be changed.
    pub fn of(
        expanding: &mut Expanding<'_>,
        database: &DatabaseName,
        said: &Database,
        found: &Contents,
    ) -> Self {
        let mut described = Self::default();
        let inventory = Inventory::of(&found.objects);
        for (name, _) in &said.schemas {
            described.schemas.insert(SchemaName::from(name.as_str()));
        }
        for grant in &said.grants {
            described.reach(&Choice::of(&grant.on), inventory);
        }
        for ownership in &said.owners {
            described.reach(&Choice::of(&ownership.on), inventory);
        }
        let named = said.rows.keys().chain(said.views.keys()).map(|name| name.schema.as_str());
        let routines = said.interfaces.keys().map(|name| name.schema.as_str());
        let defaults = said.defaults.iter().filter_map(|default| default.schema.as_ref());
        for schema in named.chain(routines).chain(defaults.map(|schema| schema.as_str())) {
            described.add(schema, inventory);
        }
        for (key, _) in inventory.schemas() {
            let schema = SchemaName::from(key.name.as_str());
            if expanding.ignores_schema(&schema) {
                described.schemas.remove(&schema);
                described.ignored.insert(schema);
            }
        }
        if expanding.may_change(database) {
            let schemas = described.schemas.iter().map(|schema| (database.clone(), schema.clone()));
            expanding.reach.schemas.extend(schemas);
        }
        described
    }

    fn reach(&mut self, choice: &Choice<'_>, inventory: Inventory<'_>) {
        for glob in choice.members.iter().filter_map(|member| member.pattern.schemas()) {
            self.reach_by(glob, inventory);
        }
    }

    fn reach_by(&mut self, glob: &Glob, inventory: Inventory<'_>) {
        match glob.plain() {
            Some(schema) => self.add(&schema, inventory),
            None => {
                let all = inventory.schemas().map(|(key, _)| key.name.as_str());
                let reached: Vec<&str> = all.filter(|schema| glob.matches(schema)).collect();
                for schema in reached {
                    self.add(schema, inventory);
                }
            }
        }
    }

    /// An entry about one of PostgreSQL's own schemas is about that object, and not about all of the schema.
    fn add(&mut self, schema: &str, inventory: Inventory<'_>) {
        let is_there = inventory.get(&ObjectKey::bare(Class::Schema, schema)).is_some();
        if is_there && !is_system(schema) && !self.schemas.contains(schema) {
            self.schemas.insert(SchemaName::from(schema));
        }
    }
}

/// Whether a schema is PostgreSQL's own.
pub fn is_system(schema: &str) -> bool {
    schema == "information_schema" || schema.starts_with("pg_")
}
