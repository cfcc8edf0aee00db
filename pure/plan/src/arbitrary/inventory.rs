//! A cluster with one of everything, as nobody has touched it yet.

use std::collections::BTreeMap;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{
    DatabaseFacts, Facts, Object, ObjectKey, ObjectRef, RoutineFacts, TableFacts, ViewFacts,
};
use pgward_catalog::role::{Attribute, Role};
use pgward_catalog::version::Version;

/// Names of roles, some of which have to be quoted.
pub(crate) const ROLES: [&str; 8] = ["ada", "Bob", "we ird", "qu\"ote", "ünï🙂", "user", "PUBLIC", "r%s"];

/// A cluster of this version with a database `shop` that holds an object of every class with privileges.
pub fn inventory(version: Version) -> Catalog {
    let bootstrap = RoleName::from("postgres");
    let mut catalog = Catalog::empty(version, bootstrap.clone());
    let attributes = [Attribute::Superuser, Attribute::Inherit, Attribute::Login].into_iter().collect();
    catalog.roles.insert(bootstrap.clone(), Role { attributes, ..Role::plain() });
    for role in ROLES {
        catalog.roles.insert(RoleName::from(role), Role::plain());
    }
    let shop = DatabaseName::from("shop");
    let make = |class, facts| Object {
        facts,
        ..Object::new(bootstrap.clone(), default_acl(class, &bootstrap, version))
    };
    let database = DatabaseFacts { connection_limit: None, allow_connections: true, template: false };
    catalog
        .cluster_objects
        .insert(ObjectRef::database(&shop).key, make(Class::Database, Facts::Database(database)));
    let contents = catalog.databases.entry(shop).or_default();
    let objects = &mut contents.objects;
    let mut add = |key: ObjectKey, facts: Facts| {
        let class = key.class;
        objects.insert(key, make(class, facts));
    };
    for schema in ["public", "App"] {
        add(ObjectKey::bare(Class::Schema, schema), Facts::None);
    }
    let orders = ObjectKey::in_schema(Class::Table, "App", "orders");
    for table in [orders.clone(), ObjectKey::in_schema(Class::Table, "public", "t 1")] {
        add(table, Facts::Table(TableFacts::default()));
    }
    add(ObjectKey::in_schema(Class::PartitionedTable, "App", "events"), Facts::Table(TableFacts::default()));
    add(
        ObjectKey::in_schema(Class::Sequence, "App", "orders_id_seq"),
        Facts::OwnedSequence { table: orders, column: Name::from("id") },
    );
    add(ObjectKey::in_schema(Class::Sequence, "public", "counter"), Facts::None);
    add(ObjectKey::in_schema(Class::View, "App", "v"), Facts::View(ViewFacts::default()));
    add(ObjectKey::in_schema(Class::MaterializedView, "App", "mv"), Facts::View(ViewFacts::default()));
    for (class, name) in [(Class::Function, "f"), (Class::Procedure, "p")] {
        let facts = RoutineFacts {
            security_definer: false,
            leakproof: false,
            language: Name::from("sql"),
            settings: BTreeMap::new(),
            trigger: false,
        };
        add(ObjectKey::routine(class, "App", name, "integer"), Facts::Routine(facts));
    }
    add(ObjectKey::in_schema(Class::Type, "App", "color"), Facts::None);
    add(ObjectKey::in_schema(Class::Domain, "App", "positive"), Facts::None);
    add(ObjectKey::bare(Class::LargeObject, "4711"), Facts::None);
    catalog
}
