//! Keys and constraints.

use pgward_catalog::name::Name;
use pgward_catalog::object::ObjectKey;
use pgward_proof::shape::ForeignKey;

use crate::inspect::InspectError;
use crate::inspect::array_text;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use crate::shapes::reading::Reading;
use crate::shapes::relation::class;

pub(super) fn statements(relations: &str) -> Vec<Statement<Reading>> {
    // An index on an expression has a zero among its columns, and one with a condition says nothing of all rows.
    let unique = format!(
        "select i.indrelid,
                (select pg_catalog.array_agg(a.attname order by k.position)::text
                 from pg_catalog.unnest(i.indkey::int2[]) with ordinality k (attnum, position)
                 join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
                 where k.position <= i.indnkeyatts)
         from pg_catalog.pg_index i
         where i.indrelid in ({relations}) and i.indisunique and i.indisvalid
           and i.indpred is null and i.indexprs is null
         order by i.indrelid, i.indisprimary desc, i.indexrelid"
    );
    let columns = |keys: &str, relation: &str| {
        format!(
            "(select pg_catalog.array_agg(a.attname order by k.position)::text
              from pg_catalog.unnest({keys}) with ordinality k (attnum, position)
              join pg_catalog.pg_attribute a on a.attrelid = {relation} and a.attnum = k.attnum)"
        )
    };
    // A foreign key of a partitioned table, or on one, has a row for each partition; the one above them says it all.
    let foreign = format!(
        "select c.conrelid, {}, p.relkind, n.nspname, p.relname, {}
         from pg_catalog.pg_constraint c
         join pg_catalog.pg_class p on p.oid = c.confrelid
         join pg_catalog.pg_namespace n on n.oid = p.relnamespace
         where c.conrelid in ({relations}) and c.contype = 'f'
           and not exists (select from pg_catalog.pg_constraint above
                           where above.oid = c.conparentid and above.conrelid = c.conrelid)
         order by c.conrelid, c.oid",
        columns("c.conkey", "c.conrelid"),
        columns("c.confkey", "c.confrelid"),
    );
    let checks = format!(
        "select conrelid, pg_catalog.pg_get_constraintdef(oid) from pg_catalog.pg_constraint
         where conrelid in ({relations}) and contype = 'c' order by conrelid, conname"
    );
    vec![
        Statement::new("unique keys", unique, take_unique),
        Statement::new("foreign keys", foreign, take_foreign),
        Statement::new("check constraints", checks, |reading, row| {
            let check = row.text(1)?.to_owned();
            if let Some(shape) = reading.relation(row)? {
                shape.checks.push(check);
            }
            Ok(())
        }),
    ]
}

fn take_unique(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let columns = names(row, 1)?;
    if let Some(shape) = reading.relation(row)? {
        shape.unique.push(columns);
    }
    Ok(())
}

fn take_foreign(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let letter = row.text(2)?;
    let class = class(letter).ok_or_else(|| row.form(2, letter))?;
    let key = ForeignKey {
        columns: names(row, 1)?,
        parent: ObjectKey::in_schema(class, row.text(3)?, row.text(4)?),
        parent_columns: names(row, 5)?,
    };
    if let Some(shape) = reading.relation(row)? {
        shape.foreign_keys.push(key);
    }
    Ok(())
}

fn names(row: &Row<'_>, column: usize) -> Result<Vec<Name>, InspectError> {
    let text = row.text(column)?;
    let elements = array_text::elements(text).ok_or_else(|| row.form(column, text))?;
    Ok(elements.iter().map(|name| Name::from(name.as_str())).collect())
}
