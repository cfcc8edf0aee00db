//! Schemas, extensions and their members, languages, and what objects were born with.

use pgward_catalog::class::Class;
use pgward_catalog::name::{Name, SchemaName};
use pgward_catalog::object::{Facts, ObjectKey};

use crate::inspect::failure::InspectError;
use crate::inspect::place::RELATIONS;
use crate::inspect::reading::{Found, Reading, worth_reading};
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;

/// Extensions come first: everything else asks whether it belongs to one.
pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    let extension_is_read = worth_reading(EXTENSIONS, "oid", "extowner", "null::text");
    let schema_is_read = worth_reading(SCHEMAS, "oid", "nspowner", "nspacl");
    let language_is_read = worth_reading(LANGUAGES, "oid", "lanowner", "lanacl");
    vec![
        Statement::new("members of extensions", MEMBERS, |reading, row| {
            reading.members.insert((row.number(0)?, row.number(1)?), row.number(2)?);
            Ok(())
        }),
        Statement::new("initial privileges", INITIAL, take_initial),
        Statement::new(
            "schemas",
            format!(
                "select oid, nspname, nspowner, nspacl::text, {schema_is_read} or nspname = 'public'
                 from pg_catalog.pg_namespace"
            ),
            take_schema,
        ),
        Statement::new(
            "extensions",
            format!(
                "select oid, extname, extowner, extnamespace, extversion, {extension_is_read}
                 from pg_catalog.pg_extension"
            ),
            take_extension,
        ),
        // `internal` (12) and `c` (13) are nobody's to use, and what else initdb makes is everybody's, unless somebody has
        // marked it otherwise.
        Statement::new(
            "languages",
            languages_sql(&format!("{language_is_read} or lanpltrusted = (oid in (12, 13))")),
            take_language,
        ),
    ]
}

/// Only the names of schemas, for what is in them.
pub(super) fn names<'a>() -> Statement<Reading<'a>> {
    Statement::new("schemas", "select oid, nspname from pg_catalog.pg_namespace", |reading, row| {
        let (oid, name) = (row.number(0)?, row.text(1)?);
        reading.schemas.insert(oid, (!is_temporary(name)).then(|| SchemaName::from(name)));
        Ok(())
    })
}

/// The language of this name, a literal, whoever has touched it.
pub(super) fn languages_named<'a>(name: &str) -> Statement<Reading<'a>> {
    Statement::new("languages", languages_sql(&format!("lanname = {name}")), take_language)
}

fn languages_sql(is_read: &str) -> String {
    format!(
        "select oid, lanname, lanowner, lanacl::text, lanpltrusted, {is_read} from pg_catalog.pg_language"
    )
}

fn take_initial(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let place = (row.number(0)?, row.number(1)?);
    let text = row.text(3)?.to_owned();
    match row.optional(4)? {
        Some(column) if place.0 == RELATIONS => {
            reading.initial_columns.entry(place.1).or_default().push((Name::from(column), text));
        }
        Some(_) => return Err(row.form(0, "a column of something that is no relation")),
        None => {
            reading.initial.insert(place, text);
        }
    }
    Ok(())
}

fn take_schema(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let oid = row.number(0)?;
    let name = row.text(1)?;
    if is_temporary(name) {
        reading.schemas.insert(oid, None);
        return Ok(());
    }
    let key = ObjectKey::bare(Class::Schema, name);
    reading.schemas.insert(oid, Some(SchemaName::from(name)));
    if !row.flag(4)? {
        return Ok(());
    }
    let is_public = name == "public";
    let place = (SCHEMAS, oid);
    reading.add(Found { place, key, owner: row.number(2)?, acl: row.optional(3)?, facts: Facts::None })?;
    // initdb makes it, and everybody uses it as their own.
    if is_public && let Some(schema) = reading.object(place) {
        schema.origin = pgward_catalog::object::Origin::User;
    }
    Ok(())
}

/// The server names them `pg_temp_3` and `pg_toast_temp_3`; nobody else can begin a name with `pg_`.
fn is_temporary(schema: &str) -> bool {
    let number = schema.strip_prefix("pg_temp_").or_else(|| schema.strip_prefix("pg_toast_temp_"));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn take_extension(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let oid = row.number(0)?;
    let name = Name::from(row.text(1)?);
    reading.extensions.insert(oid, name.clone());
    if !row.flag(5)? {
        return Ok(());
    }
    let Some(schema) = reading.schema(row.number(3)?)? else { return Ok(()) };
    let key = ObjectKey::bare(Class::Extension, name);
    let facts = Facts::Extension { schema, version: row.text(4)?.to_owned() };
    reading.add(Found { place: (EXTENSIONS, oid), key, owner: row.number(2)?, acl: None, facts })
}

fn take_language(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let oid = row.number(0)?;
    let name = Name::from(row.text(1)?);
    reading.languages.insert(oid, name.clone());
    if !row.flag(5)? {
        return Ok(());
    }
    let key = ObjectKey::bare(Class::Language, name);
    let facts = Facts::Language { trusted: row.flag(4)? };
    reading.add(Found { place: (LANGUAGES, oid), key, owner: row.number(2)?, acl: row.optional(3)?, facts })
}

/// `pg_extension`.
const EXTENSIONS: u32 = 3079;

/// `pg_namespace`.
const SCHEMAS: u32 = 2615;

/// `pg_language`.
const LANGUAGES: u32 = 2612;

const MEMBERS: &str = "select classid, objid, refobjid from pg_catalog.pg_depend
    where refclassid = 'pg_catalog.pg_extension'::regclass and deptype = 'e'";

const INITIAL: &str = "select i.classoid, i.objoid, i.objsubid, i.initprivs::text, a.attname
    from pg_catalog.pg_init_privs i
    left join pg_catalog.pg_attribute a on i.objsubid > 0 and a.attrelid = i.objoid and a.attnum = i.objsubid";
