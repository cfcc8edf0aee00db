//! Types and domains.

use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::{Facts, ObjectKey};

use crate::inspect::failure::InspectError;
use crate::inspect::reading::{Found, Reading, worth_reading};
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    let is_read = worth_reading(CATALOG, "t.oid", "t.typowner", "t.typacl");
    // Arrays, the row types of relations and the multiranges that come with a range follow what they were made for,
    // unless somebody granted something on one.
    let sql = format!(
        "{TYPES}
         where t.typacl is not null
            or {is_read} and t.typtype <> 'm'
               and not (t.typelem <> 0 and t.typsubscript = 'pg_catalog.array_subscript_handler'::regproc)
               and (t.typtype <> 'c' or exists (select from pg_catalog.pg_class c
                                                where c.oid = t.typrelid and c.relkind = 'c'))"
    );
    vec![Statement::new("types", sql, take_type)]
}

/// The built-in one of this name, a literal, whoever has touched it.
pub(super) fn built_in<'a>(name: &str) -> Statement<Reading<'a>> {
    let sql = format!(
        "{TYPES}
         where t.typname = {name} and t.typnamespace = 'pg_catalog'::regnamespace and t.typelem = 0 and t.typrelid = 0"
    );
    Statement::new("types", sql, take_type)
}

fn take_type(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let oid = row.number(0)?;
    let Some(schema) = reading.schema(row.number(1)?)? else { return Ok(()) };
    let name = row.text(2)?;
    let class = match row.text(3)? {
        "d" => Class::Domain,
        "b" | "c" | "e" | "r" | "m" | "p" => Class::Type,
        letter => {
            let object = format!("type {}.{}", schema.quoted(), Name::from(name).quoted());
            return Err(InspectError::UnknownKind {
                column: "pg_type.typtype",
                letter: letter.to_owned(),
                object,
            });
        }
    };
    let key = ObjectKey::in_schema(class, schema, name);
    let (owner, acl) = (row.number(4)?, row.optional(5)?);
    reading.add(Found { place: (CATALOG, oid), key, owner, acl, facts: Facts::None })
}

/// What a row of a type says.
const TYPES: &str = "select t.oid, t.typnamespace, t.typname, t.typtype, t.typowner, t.typacl::text
         from pg_catalog.pg_type t";

/// `pg_type`.
const CATALOG: u32 = 1247;
