//! The columns of tables and of everything like them.

use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::ObjectKey;
use pgward_proof::shape::{ColumnShape, IdentityKind, RelationShape};

use crate::inspect::InspectError;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use crate::shapes::reading::Reading;

/// The class that a letter of `pg_class.relkind` stands for, of those that have rows.
pub(super) fn class(relkind: &str) -> Option<Class> {
    Some(match relkind {
        "r" => Class::Table,
        "p" => Class::PartitionedTable,
        "v" => Class::View,
        "m" => Class::MaterializedView,
        "f" => Class::ForeignTable,
        _ => return None,
    })
}

pub(super) fn take_oid(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let Some(class) = class(row.text(1)?) else { return Ok(()) };
    let key = ObjectKey::in_schema(class, row.text(2)?, row.text(3)?);
    if reading.wanted.contains(&key) {
        reading.relations.insert(row.number(0)?, (key, RelationShape::default(), Vec::new()));
    }
    Ok(())
}

pub(super) fn statements(relations: &str) -> Vec<Statement<Reading>> {
    let columns = format!(
        "select attrelid, attname, atttypid, pg_catalog.format_type(atttypid, atttypmod), attnotnull,
                atthasdef, attidentity, attgenerated
         from pg_catalog.pg_attribute
         where attrelid in ({relations}) and attnum > 0 and not attisdropped
         order by attrelid, attnum"
    );
    let descendants = format!(
        "with recursive below (root, child) as (
           select inhparent, inhrelid from pg_catalog.pg_inherits where inhparent in ({relations})
           union select below.root, i.inhrelid from below join pg_catalog.pg_inherits i on i.inhparent = below.child)
         select below.root, c.relkind, n.nspname, c.relname
         from below join pg_catalog.pg_class c on c.oid = below.child
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         order by below.root, n.nspname, c.relname"
    );
    vec![
        Statement::new("columns", columns, take_column),
        Statement::new("partitions and tables that inherit", descendants, take_descendant),
    ]
}

/// An index has partitions as well.
fn take_descendant(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let Some(class) = class(row.text(1)?) else { return Ok(()) };
    let key = ObjectKey::in_schema(class, row.text(2)?, row.text(3)?);
    if let Some(shape) = reading.relation(row)? {
        shape.descendants.push(key);
    }
    Ok(())
}

fn take_column(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let domain = reading.types.domain(row.number(2)?);
    let sql = row.text(3)?;
    let type_ = reading.types.shape(row.number(2)?, sql).ok_or_else(|| row.form(2, sql))?;
    let name = Name::from(row.text(1)?);
    let generated = !row.text(7)?.is_empty();
    let identity = match row.text(6)? {
        "" => None,
        "a" => Some(IdentityKind::Always),
        "d" => Some(IdentityKind::ByDefault),
        letter => {
            return Err(InspectError::UnknownKind {
                column: "pg_attribute.attidentity",
                letter: letter.to_owned(),
                object: format!("column {}", name.quoted()),
            });
        }
    };
    let column = ColumnShape {
        name,
        type_,
        not_null: row.flag(4)? || domain.not_null,
        has_default: row.flag(5)? && !generated || domain.has_default,
        identity,
        generated,
    };
    if let Some(shape) = reading.relation(row)? {
        shape.columns.push(column);
    }
    Ok(())
}
