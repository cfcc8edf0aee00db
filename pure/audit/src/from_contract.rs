//! From a contract to what an audit has to know of it.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_contract::diagnostic::Diagnostic;
use pgward_contract::expand::whole::expand;
use pgward_contract::model::contract::Contract;
use pgward_contract::model::role::RoleKind;
use pgward_contract::pattern::object::ObjectName;

use crate::declared::Declared;

/// What the contract declares, of a cluster that was observed; and what is wrong with it there. Tables that are not there are
/// left out.
pub fn declared(contract: &Contract, observed: &Catalog) -> (Declared, Vec<Diagnostic>) {
    let expansion = expand(contract, observed);
    let of_kind = |kind: RoleKind| -> BTreeSet<RoleName> {
        let roles = contract.roles.iter().filter(|(_, role)| role.kind() == kind);
        roles.map(|(name, _)| RoleName::from(name.as_str())).collect()
    };
    let mut tenants = BTreeMap::new();
    for (database, said) in &contract.databases {
        let database = DatabaseName::from(database.as_str());
        for (table, rows) in &said.rows {
            if let Some(tenant) = &rows.tenant
                && let Some(table) = table_named(observed, &database, table)
            {
                tenants.insert(table, Name::from(tenant.column.as_str()));
            }
        }
    }
    let declared = Declared {
        desired: expansion.desired,
        described: expansion.reach.declared,
        administrative: of_kind(RoleKind::Dba),
        definers: of_kind(RoleKind::Definer),
        append_only: BTreeSet::new(),
        tenants,
        sensitive: BTreeMap::new(),
        suppressions: Vec::new(),
    };
    (declared, expansion.diagnostics)
}

/// The relation of this name, of whichever class it is.
fn table_named(observed: &Catalog, database: &DatabaseName, name: &ObjectName) -> Option<ObjectRef> {
    let contents = observed.databases.get(database)?;
    let classes =
        [Class::Table, Class::PartitionedTable, Class::ForeignTable, Class::View, Class::MaterializedView];
    classes
        .into_iter()
        .map(|class| ObjectKey::in_schema(class, name.schema.as_str(), name.name.as_str()))
        .find(|key| contents.objects.contains_key(key))
        .map(|key| ObjectRef::within(database, key))
}
