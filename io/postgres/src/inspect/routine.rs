//! Functions, procedures and aggregates.

use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::{Facts, ObjectKey, Origin, RoutineFacts};
use pgward_catalog::setting::Settings;

use crate::inspect::array_text;
use crate::inspect::failure::InspectError;
use crate::inspect::reading::{Found, Reading, worth_reading};
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![Statement::new("routines", routines_sql("", &is_read()), take_routine)]
}

/// The statement for the rows that a condition selects; one that would not be read otherwise is noted.
pub(super) fn renewed<'a>(condition: &str) -> Statement<Reading<'a>> {
    let is_read = is_read();
    Statement::new("routines", routines_sql(&format!(", {is_read}"), condition), |reading, row| {
        reading.renew(row.flag(13)?, row, take_routine)
    })
}

/// The built-in ones of this name, a literal, whoever has touched them.
pub(super) fn built_in<'a>(name: &str) -> Statement<Reading<'a>> {
    let condition = format!("proname = {name} and pronamespace = 'pg_catalog'::regnamespace");
    Statement::new("routines", routines_sql("", &condition), take_routine)
}

/// The constructors of a range type are the server's, like the type's array: they belong to the bootstrap superuser,
/// whoever made the type, and are read when somebody has touched them.
/// What initdb makes leakproof it makes in its bootstrap transaction, 1: a row of another was changed since.
fn is_read() -> String {
    let is_read = worth_reading(CATALOG, "oid", "proowner", "proacl");
    format!(
        "(({is_read}) and not (made_by_server and proowner = 10 and proacl is null))
            or prosecdef or proconfig is not null
            or proleakproof and proacl is null and xmin <> '1'"
    )
}

fn routines_sql(besides: &str, is_read: &str) -> String {
    format!(
        "select oid, pronamespace, proname, prokind, proowner, proacl::text, pg_catalog.oidvectortypes(proargtypes),
                prosecdef, proleakproof, prolang, proconfig::text,
                prorettype in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype), made_by_server{besides}
         from pg_catalog.pg_proc p,
              lateral (select exists (select from pg_catalog.pg_depend d
                                      where d.classid = {CATALOG} and d.objid = p.oid and d.deptype = 'i'
                                        and d.refclassid = 1247) as made_by_server) m
         where {is_read}"
    )
}

fn take_routine(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let oid = row.number(0)?;
    let Some(schema) = reading.schema(row.number(1)?)? else { return Ok(()) };
    let name = row.text(2)?;
    let class = match row.text(3)? {
        "f" | "w" => Class::Function,
        "p" => Class::Procedure,
        "a" => Class::Aggregate,
        letter => {
            let object = format!("routine {}.{}", schema.quoted(), Name::from(name).quoted());
            return Err(InspectError::UnknownKind {
                column: "pg_proc.prokind",
                letter: letter.to_owned(),
                object,
            });
        }
    };
    let language: u32 = row.number(9)?;
    let facts = RoutineFacts {
        security_definer: row.flag(7)?,
        leakproof: row.flag(8)?,
        language: reading
            .languages
            .get(&language)
            .cloned()
            .ok_or_else(|| reading.moved(format!("language {language}")))?,
        settings: match row.optional(10)? {
            Some(text) => array_text::settings(text).ok_or_else(|| row.form(10, text))?,
            None => Settings::new(),
        },
        trigger: row.flag(11)?,
    };
    let key = ObjectKey::routine(class, schema, name, row.text(6)?);
    let (owner, acl) = (row.number(4)?, row.optional(5)?);
    let place = (CATALOG, oid);
    reading.add(Found { place, key, owner, acl, facts: Facts::Routine(facts) })?;
    if row.flag(12)?
        && let Some(object) = reading.object(place)
        && object.origin == Origin::User
    {
        object.origin = Origin::System;
    }
    Ok(())
}

/// `pg_proc`.
const CATALOG: u32 = 1255;
