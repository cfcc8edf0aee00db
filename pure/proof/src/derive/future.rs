//! Objects that do not exist yet: one of each kind is made now, in the subtransaction, by each role that makes
//! objects there, and everybody is tried on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use pgward_catalog::acl::Acl;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::default_privileges::{DefaultKey, DefaultKind};
use pgward_catalog::effective::Effective;
use pgward_catalog::name::{Name, RoleName, SchemaName};
use pgward_catalog::object::{Facts, Object, ObjectKey, RoutineFacts, TableFacts};
use pgward_catalog::privilege::Privilege;

use crate::case::Step;
use crate::claim::Topic;
use crate::derive::book::Book;
use crate::derive::privilege::{Cell, add_cell, schema_key};
use crate::promises::Creator;
use crate::shape::{
    ColumnShape, RelationShape, RoutineKind, RoutineShape, Shapes, TypeKind, TypeShape, Volatility,
};

/// Adds the claims about what a creator will make in its schema.
pub(super) fn derive(book: &mut Book<'_>, effective: &Effective<'_>, creator: &Creator) {
    let schema = book.object(&schema_key(&creator.schema));
    if effective.privileges(&creator.role, &schema).now.privileges.contains(Privilege::Create) {
        for made in [table(creator), sequence(creator), function(creator)] {
            try_everybody(book, creator, made);
        }
    }
}

/// An object that is made in the case itself.
struct Made {
    key: ObjectKey,
    facts: Facts,
    kind: DefaultKind,
    sql: String,
}

fn try_everybody(book: &mut Book<'_>, creator: &Creator, made: Made) {
    let acl =
        acl_of_new(&book.promises.desired, book.name.as_str(), &creator.role, &creator.schema, made.kind);
    let object = Object { facts: made.facts, ..Object::new(creator.role.clone(), acl) };
    // The catalog as it would be with the new object, without the objects that have nothing to do with it.
    let mut tomorrow = Catalog { databases: BTreeMap::new(), ..book.promises.desired.clone() };
    let mut contents = pgward_catalog::catalog::Contents::default();
    let schema = schema_key(&creator.schema);
    if let Some(known) = book.promises.desired.object(&book.object(&schema)) {
        contents.objects.insert(schema, known.clone());
    }
    contents.objects.insert(made.key.clone(), object.clone());
    tomorrow.databases.insert(book.name.clone(), contents);
    let effective = Effective::of(&tomorrow);
    let prelude = [Step::As(creator.role.clone(), made.sql)];
    let circumstance: Arc<str> = format!("when role {} makes it", creator.role.quoted()).into();
    let roles: Vec<RoleName> = book.promises.roles.iter().map(|role| role.name.clone()).collect();
    for role in roles.iter().filter(|role| **role != creator.role) {
        let cell = Cell {
            role,
            key: &made.key,
            object: &object,
            topic: Topic::FutureObject,
            circumstance: Some(circumstance.clone()),
        };
        add_cell(book, &effective, &cell, &prelude);
    }
}

/// What PostgreSQL gives a new object (`get_user_default_acl`): the creator's global defaults, or what is built in,
/// and what is added for the schema.
fn acl_of_new(
    desired: &Catalog,
    database: &str,
    creator: &RoleName,
    schema: &SchemaName,
    kind: DefaultKind,
) -> Acl {
    let global = DefaultKey { creator: creator.clone(), schema: None, kind };
    let local = DefaultKey { schema: Some(schema.clone()), ..global.clone() };
    let defaults = desired.databases.get(database).map(|contents| &contents.default_privileges);
    let known = |key: &DefaultKey| {
        defaults
            .and_then(|defaults| defaults.get(key))
            .cloned()
            .unwrap_or_else(|| key.absent(desired.version))
    };
    known(&global).entries().iter().chain(known(&local).entries()).cloned().collect()
}

/// The shapes of what is made, to be known beside those of what is there.
pub(super) fn add_shapes(shapes: &mut Shapes, creators: &[Creator]) {
    let column = ColumnShape {
        name: Name::from("id"),
        type_: TypeShape {
            sql: "integer".into(),
            base: "integer".into(),
            kind: TypeKind::Base,
            constrained: false,
        },
        not_null: false,
        has_default: false,
        identity: None,
        generated: false,
    };
    let routine = RoutineShape {
        arguments: Vec::new(),
        variadic: false,
        kind: RoutineKind::Function,
        volatility: Volatility::Volatile,
        has_outputs: false,
        code_of_logins: Arc::default(),
    };
    for creator in creators {
        let relation = RelationShape { columns: vec![column.clone()], ..RelationShape::default() };
        shapes.relations.insert(table(creator).key, relation);
        shapes.routines.insert(function(creator).key, routine.clone());
    }
}

fn table(creator: &Creator) -> Made {
    let key = ObjectKey::in_schema(Class::Table, creator.schema.clone(), "pgward_new_table");
    let sql = format!("CREATE TABLE {} (id pg_catalog.int4)", key.quoted());
    Made { key, facts: Facts::Table(TableFacts::default()), kind: DefaultKind::Tables, sql }
}

fn sequence(creator: &Creator) -> Made {
    let key = ObjectKey::in_schema(Class::Sequence, creator.schema.clone(), "pgward_new_sequence");
    let sql = format!("CREATE SEQUENCE {}", key.quoted());
    Made { key, facts: Facts::None, kind: DefaultKind::Sequences, sql }
}

fn function(creator: &Creator) -> Made {
    let key = ObjectKey::routine(Class::Function, creator.schema.clone(), "pgward_new_function", "");
    let sql = format!(
        "CREATE FUNCTION {} RETURNS pg_catalog.int4 LANGUAGE sql VOLATILE AS 'SELECT 1'",
        key.quoted()
    );
    let facts = RoutineFacts {
        security_definer: false,
        leakproof: false,
        language: Name::from("sql"),
        settings: BTreeMap::new(),
        trigger: false,
    };
    Made { key, facts: Facts::Routine(facts), kind: DefaultKind::Functions, sql }
}
