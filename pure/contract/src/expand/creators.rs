//! Who creates objects in a schema, so that default privileges are set for them.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::class::Class;
use pgward_catalog::name::{RoleName, SchemaName};
use pgward_catalog::object::{ObjectKey, Origin};

use crate::expand::described::Described;
use crate::expand::expanding::Expanding;
use crate::expand::standing::Standing;
use crate::expand::work::Works;
use crate::model::database::Database;

/// For each described schema, the roles that create objects there.
pub type Creators = BTreeMap<SchemaName, BTreeSet<RoleName>>;

/// The schema's owner, `objects_owner`, who may create, and who owns objects there; as far as the contract declares them.
pub fn of(
    expanding: &Expanding<'_>,
    said: &Database,
    described: &Described,
    database_owner: &RoleName,
    works: &Works<'_>,
) -> Creators {
    let mut creators: Creators = BTreeMap::new();
    for schema in &described.schemas {
        creators.insert(schema.clone(), BTreeSet::new());
    }
    let mut add = |schema: &SchemaName, role: &RoleName| {
        // Nobody can be `pg_database_owner` but the owner of the database.
        let role = if role.as_str() == "pg_database_owner" { database_owner } else { role };
        if expanding.standings.is_declared(role)
            && !matches!(expanding.standings.standing(role), Standing::Retired | Standing::Ignored)
            && let Some(roles) = creators.get_mut(schema)
        {
            roles.insert(role.clone());
        }
    };
    for (name, schema) in &said.schemas {
        let place = SchemaName::from(name.as_str());
        let listed = schema.create.iter().flatten().filter_map(|to| to.role.role());
        for role in schema.owner.iter().chain(&schema.objects_owner).map(|role| &role.value).chain(listed) {
            add(&place, &RoleName::from(role.as_str()));
        }
        let key = ObjectKey::bare(Class::Schema, name.as_str());
        if let Some(work) = works.get(&key) {
            add(&place, &work.owner);
        }
    }
    for (key, work) in works {
        if let Some(schema) = &key.schema
            && work.found.origin == Origin::User
            && expanding.standings.standing(&work.owner) == Standing::Declared
        {
            add(schema, &work.owner);
        }
    }
    creators
}
