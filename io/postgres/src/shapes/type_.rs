//! The types that columns and arguments have.

use std::sync::Arc;

use pgward_proof::shape::TypeKind;

use crate::inspect::InspectError;
use crate::inspect::array_text;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use crate::shapes::reading::Reading;
use crate::shapes::unwrapped::{Domain, Type};

/// Every type of these relations' columns and these routines' arguments, with the domains unwrapped.
pub(super) fn statements(relations: &str, routines: &str) -> Vec<Statement<Reading>> {
    let sql = format!(
        "with recursive used (oid) as (
           select atttypid from pg_catalog.pg_attribute
             where attrelid in ({relations}) and attnum > 0 and not attisdropped
           union
           select a.oid from pg_catalog.pg_proc p, pg_catalog.unnest(p.proargtypes) a (oid)
             where p.oid in ({routines})),
         unwrapped (oid, base, typmod, depth, not_null, has_default, constrained) as (
           select oid, oid, -1, 0, false, false, false from used
           union all
           select u.oid, t.typbasetype, t.typtypmod, u.depth + 1,
                  u.not_null or t.typnotnull,
                  u.has_default or t.typdefault is not null,
                  u.constrained or exists (select from pg_catalog.pg_constraint c
                                           where c.contypid = t.oid and c.contype = 'c')
           from unwrapped u join pg_catalog.pg_type t on t.oid = u.base where t.typtype = 'd'),
         bases as (select distinct on (oid) * from unwrapped order by oid, depth desc)
         select b.oid, t.typtype,
                t.typelem <> 0 and t.typsubscript = 'pg_catalog.array_subscript_handler'::regproc,
                case when b.depth > 0 then pg_catalog.format_type(b.base, b.typmod) end,
                b.not_null, b.has_default, b.constrained,
                case t.typtype when 'e' then
                  (select pg_catalog.array_agg(e.enumlabel order by e.enumsortorder)::text
                   from pg_catalog.pg_enum e where e.enumtypid = t.oid) end,
                (select pg_catalog.count(*) from pg_catalog.pg_attribute a
                 where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)
         from bases b join pg_catalog.pg_type t on t.oid = b.base"
    );
    vec![Statement::new("types", sql, take_type)]
}

fn take_type(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let kind = match row.text(1)? {
        "b" if row.flag(2)? => TypeKind::Array,
        "b" => TypeKind::Base,
        "r" => TypeKind::Range,
        "m" => TypeKind::Multirange,
        "c" => TypeKind::Composite(row.number(8)?),
        "p" => TypeKind::Pseudo,
        "e" => TypeKind::Enum(match row.optional(7)? {
            Some(labels) => array_text::elements(labels).ok_or_else(|| row.form(7, labels))?,
            None => Vec::new(),
        }),
        letter => {
            return Err(InspectError::UnknownKind {
                column: "pg_type.typtype",
                letter: letter.to_owned(),
                object: format!("type {}", row.text(0)?),
            });
        }
    };
    let domain = Domain { not_null: row.flag(4)?, has_default: row.flag(5)?, constrained: row.flag(6)? };
    let base = row.optional(3)?.map(Arc::from);
    reading.types.insert(row.number(0)?, Type { kind, base, domain });
    Ok(())
}
