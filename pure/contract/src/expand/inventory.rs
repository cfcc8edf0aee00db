//! The objects of one database, found by class, schema and name.

use std::collections::BTreeMap;
use std::ops::Bound;

use pgward_catalog::class::Class;
use pgward_catalog::name::{Name, SchemaName};
use pgward_catalog::object::{Object, ObjectKey, Origin};

/// What is in one database, ready to be asked.
#[derive(Clone, Copy)]
pub struct Inventory<'o> {
    objects: &'o BTreeMap<ObjectKey, Object>,
}

impl<'o> Inventory<'o> {
    /// These objects.
    pub fn of(objects: &'o BTreeMap<ObjectKey, Object>) -> Self {
        Self { objects }
    }

    /// The object of this name.
    pub fn get(&self, key: &ObjectKey) -> Option<(&'o ObjectKey, &'o Object)> {
        self.objects.get_key_value(key)
    }

    /// The schemas there are.
    pub fn schemas(&self) -> impl Iterator<Item = (&'o ObjectKey, &'o Object)> + use<'o> {
        self.bare(Class::Schema)
    }

    /// Objects of a class that is in no schema.
    pub fn bare(&self, class: Class) -> impl Iterator<Item = (&'o ObjectKey, &'o Object)> + use<'o> {
        self.from(first_of(class, None, ""))
            .take_while(move |(key, _)| key.class == class && key.schema.is_none())
    }

    /// Objects of a class in a schema.
    pub fn in_schema(
        &self,
        class: Class,
        schema: &SchemaName,
    ) -> impl Iterator<Item = (&'o ObjectKey, &'o Object)> + use<'o> {
        let schema = schema.clone();
        self.from(first_of(class, Some(schema.clone()), ""))
            .take_while(move |(key, _)| key.class == class && key.schema.as_ref() == Some(&schema))
    }

    /// Objects of a class of this name in a schema: one, or as many routines as share it.
    pub fn named(
        &self,
        class: Class,
        schema: Option<SchemaName>,
        name: &str,
    ) -> impl Iterator<Item = (&'o ObjectKey, &'o Object)> + use<'o> {
        let first = first_of(class, schema, name);
        self.from(first.clone()).take_while(move |(key, _)| {
            key.class == first.class && key.schema == first.schema && key.name == first.name
        })
    }

    fn from(&self, first: ObjectKey) -> impl Iterator<Item = (&'o ObjectKey, &'o Object)> + use<'o> {
        self.objects.range((Bound::Included(first), Bound::Unbounded))
    }
}

/// Whether wildcards cover the object. What extensions and initdb made is covered by its full name only: a pattern
/// speaks of what people made.
pub fn is_for_wildcards(object: &Object, class: Class) -> bool {
    match class {
        // The schema `public` is initdb's, and everybody means it as well.
        Class::Schema => true,
        _ => object.origin == Origin::User,
    }
}

/// The schema an object is in, or is.
pub fn schema_of(key: &ObjectKey) -> Option<SchemaName> {
    match key.class {
        Class::Schema => Some(SchemaName::from(key.name.as_str())),
        _ => key.schema.clone(),
    }
}

fn first_of(class: Class, schema: Option<SchemaName>, name: &str) -> ObjectKey {
    ObjectKey { class, schema, name: Name::from(name), signature: None }
}
