//! Classes that have an owner and no privileges: collations, operators, text search objects and the like.

use pgward_catalog::class::Class;
use pgward_catalog::object::{Facts, ObjectKey};

use crate::inspect::failure::InspectError;
use crate::inspect::reading::{Found, Reading, worth_reading};
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;

/// All of them have the same four columns under other names, so one query reads them all.
pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    let queries: Vec<String> = OWNED
        .iter()
        .map(|Owned { oid, catalog, prefix, signature, .. }| {
            let is_read = worth_reading(*oid, "oid", &format!("{prefix}owner"), "null::text");
            format!(
                "select {oid}, oid, {prefix}namespace, {prefix}name, {prefix}owner, {signature}
                 from pg_catalog.{catalog} where {is_read}"
            )
        })
        .collect();
    vec![Statement::new("collations, operators and the like", queries.join("\nunion all "), take)]
}

fn take(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let catalog: u32 = row.number(0)?;
    let Some(owned) = OWNED.iter().find(|owned| owned.oid == catalog) else {
        return Err(row.form(0, row.text(0)?));
    };
    let Some(schema) = reading.schema(row.number(2)?)? else { return Ok(()) };
    let key = ObjectKey {
        signature: row.optional(5)?.map(Into::into),
        ..ObjectKey::in_schema(owned.class, schema, row.text(3)?)
    };
    let place = (catalog, row.number(1)?);
    reading.add(Found { place, key, owner: row.number(4)?, acl: None, facts: Facts::None })
}

/// A catalog of objects that are owned.
struct Owned {
    class: Class,
    oid: u32,
    catalog: &'static str,
    /// What its columns begin with.
    prefix: &'static str,
    /// SQL for what else it takes to name one.
    signature: &'static str,
}

const fn owned(class: Class, oid: u32, catalog: &'static str, prefix: &'static str) -> Owned {
    Owned { class, oid, catalog, prefix, signature: "null" }
}

const OWNED: [Owned; 8] = [
    owned(Class::Collation, 3456, "pg_collation", "coll"),
    owned(Class::Conversion, 2607, "pg_conversion", "con"),
    Owned {
        signature: "case oprleft when 0 then 'NONE' else pg_catalog.format_type(oprleft, null) end || ', '
            || case oprright when 0 then 'NONE' else pg_catalog.format_type(oprright, null) end",
        ..owned(Class::Operator, 2617, "pg_operator", "opr")
    },
    Owned {
        signature: "(select pg_catalog.quote_ident(amname) from pg_catalog.pg_am where pg_am.oid = opcmethod)",
        ..owned(Class::OperatorClass, 2616, "pg_opclass", "opc")
    },
    Owned {
        signature: "(select pg_catalog.quote_ident(amname) from pg_catalog.pg_am where pg_am.oid = opfmethod)",
        ..owned(Class::OperatorFamily, 2753, "pg_opfamily", "opf")
    },
    owned(Class::StatisticsObject, 3381, "pg_statistic_ext", "stx"),
    owned(Class::TextSearchConfiguration, 3602, "pg_ts_config", "cfg"),
    owned(Class::TextSearchDictionary, 3600, "pg_ts_dict", "dict"),
];
