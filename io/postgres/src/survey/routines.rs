//! Routines and their sources; comments; extensions.

use pgward_catalog::class::Class;
use pgward_catalog::object::ObjectKey;
use pgward_survey::anatomy::{Comment, Routine, Volatility};

use crate::inspect::InspectError;
use crate::inspect::place::FIRST_NORMAL_OID;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use crate::survey::reading::Reading;
use crate::survey::texts::Texts;

pub(super) fn statements<'a>(texts: Texts) -> Vec<Statement<Reading<'a>>> {
    let source = texts.sql("coalesce(pg_catalog.pg_get_function_sqlbody(oid), prosrc)");
    vec![
        Statement::new(
            "sources of routines",
            format!(
                "select oid, provolatile, {source}, probin, prosqlbody is not null,
                        proretset or exists (select from pg_catalog.pg_type t
                                             where t.oid = prorettype and (t.typtype = 'c' or t.oid = 2249))
                 from pg_catalog.pg_proc where oid >= {FIRST_NORMAL_OID}"
            ),
            take_routine,
        ),
        Statement::new("comments", comments_sql(texts), take_comment),
        Statement::new(
            "when statistics were reset",
            "select pg_catalog.pg_stat_get_db_stat_reset_time(oid)::text from pg_catalog.pg_database
             where datname = pg_catalog.current_database()",
            |reading: &mut Reading<'_>, row| {
                reading.anatomy.statistics_since = row.optional(0)?.map(str::to_owned);
                Ok(())
            },
        ),
    ]
}

fn take_routine(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let Some(key) = reading.key((ROUTINES, row.number(0)?)) else { return Ok(()) };
    let volatility = match row.text(1)? {
        "i" => Volatility::Immutable,
        "s" => Volatility::Stable,
        "v" => Volatility::Volatile,
        other => return Err(row.form(1, other)),
    };
    let routine = Routine {
        volatility,
        source: row.text(2)?.to_owned(),
        parsed: row.flag(4)?,
        library: row.optional(3)?.map(str::to_owned),
        returns_rows: row.flag(5)?,
    };
    reading.anatomy.routines.insert(key.clone(), routine);
    Ok(())
}

/// Comments on parts of a relation are looked up by what they are parts of.
fn comments_sql(texts: Texts) -> String {
    let text = texts.sql("d.description");
    let part = |word: &str, catalog: u32, table: &str, relation: &str, name: &str| {
        format!(
            "select 1259::oid, p.{relation}, '{word} ' || pg_catalog.quote_ident(p.{name}), {text}
             from pg_catalog.pg_description d join pg_catalog.{table} p on p.oid = d.objoid
             where d.classoid = {catalog} and p.{relation} >= {FIRST_NORMAL_OID}"
        )
    };
    [
        format!(
            "select d.classoid, d.objoid, 'column ' || pg_catalog.quote_ident(a.attname), {text}
             from pg_catalog.pg_description d
             left join pg_catalog.pg_attribute a on d.objsubid > 0 and a.attrelid = d.objoid and a.attnum = d.objsubid
             where d.objoid >= {FIRST_NORMAL_OID}"
        ),
        format!(
            "select 1259::oid, i.indrelid, 'index ' || pg_catalog.quote_ident(c.relname), {text}
             from pg_catalog.pg_description d join pg_catalog.pg_index i on i.indexrelid = d.objoid
             join pg_catalog.pg_class c on c.oid = i.indexrelid
             where d.classoid = 1259 and d.objoid >= {FIRST_NORMAL_OID}"
        ),
        part("constraint", 2606, "pg_constraint", "conrelid", "conname"),
        part("trigger", 2620, "pg_trigger", "tgrelid", "tgname"),
        part("policy", 3256, "pg_policy", "polrelid", "polname"),
        part("rule", 2618, "pg_rewrite", "ev_class", "rulename"),
        format!(
            "select 1262::oid, b.oid, null, {text} from pg_catalog.pg_shdescription d
             join pg_catalog.pg_database b on b.oid = d.objoid
             where d.classoid = 1262 and b.datname = pg_catalog.current_database()"
        ),
    ]
    .join(" union all ")
}

fn take_comment(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let (catalog, oid) = (row.number(0)?, row.number(1)?);
    let on = if catalog == DATABASES {
        Some(ObjectKey::bare(Class::Database, reading.database().as_str()))
    } else {
        reading.key((catalog, oid)).cloned()
    };
    if let Some(on) = on {
        let part = row.optional(2)?.map(str::to_owned);
        reading.anatomy.comments.push(Comment { on, part, text: row.text(3)?.to_owned() });
    }
    Ok(())
}

/// `pg_proc`.
pub(super) const ROUTINES: u32 = 1255;

/// `pg_database`.
const DATABASES: u32 = 1262;
