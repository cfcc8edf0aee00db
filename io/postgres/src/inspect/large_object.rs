//! Large objects: there may be millions, so nothing but their owner and ACL is read.

use pgward_catalog::class::Class;
use pgward_catalog::object::{Facts, ObjectKey};

use crate::inspect::place::LARGE_OBJECTS;
use crate::inspect::reading::{Found, Reading};
use crate::inspect::statement::Statement;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![Statement::new("large objects", METADATA, |reading, row| {
        let key = ObjectKey::bare(Class::LargeObject, row.text(0)?);
        let place = (LARGE_OBJECTS, row.number(0)?);
        reading.add(Found { place, key, owner: row.number(1)?, acl: row.optional(2)?, facts: Facts::None })
    })]
}

/// Everybody may read it, unlike the contents in `pg_largeobject`.
const METADATA: &str = "select oid, lomowner, lomacl::text from pg_catalog.pg_largeobject_metadata";
