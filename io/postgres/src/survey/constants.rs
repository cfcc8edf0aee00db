//! String constants in expressions and queries that the server keeps parsed, read from its trees: to have them printed would take locks
//! on the relations that they name, and a table that somebody has locked would hold up the audit.

use pgward_catalog::name::Name;
use pgward_survey::anatomy::{Constant, DisabledTrigger};

use crate::inspect::InspectError;
use crate::inspect::place::FIRST_NORMAL_OID;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use crate::survey::reading::Reading;
use crate::survey::routines::ROUTINES;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![
        Statement::new("constants of expressions", constants_sql(), take_constant),
        Statement::new("arguments of triggers", arguments_sql(), take_arguments),
        Statement::new("disabled triggers", DISABLED, take_disabled),
    ]
}

/// In a tree a constant of a type of strings is `{CONST :consttype 25 ... :constvalue 9 [ 36 0 0 0 104 ... ]}`: its bytes as they lie in
/// memory, as signed numbers.
fn constants_sql() -> String {
    let of = |class: u32, on: &str, part: &str, column: &str, tree: &str, from: &str, condition: &str| {
        format!(
            "select {class}::oid as class, {on} as id, {part} as part, {column} as name, {tree} as tree
             from pg_catalog.{from} where {on} >= {FIRST_NORMAL_OID} {condition}"
        )
    };
    let branches = [
        of(
            1259,
            "r.ev_class",
            "case when r.rulename <> '_RETURN' then 'rule ' || pg_catalog.quote_ident(r.rulename) end",
            "null::text",
            "r.ev_action::text || coalesce(r.ev_qual::text, '')",
            "pg_rewrite r",
            "",
        ),
        of(
            1259,
            "d.adrelid",
            "'default of column ' || pg_catalog.quote_ident(a.attname)",
            "a.attname::text",
            "d.adbin::text",
            "pg_attrdef d join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum",
            "",
        ),
        of(
            1259,
            "p.polrelid",
            "'policy ' || pg_catalog.quote_ident(p.polname)",
            "null::text",
            "coalesce(p.polqual::text, '') || coalesce(p.polwithcheck::text, '')",
            "pg_policy p",
            "",
        ),
        of(
            1259,
            "i.indrelid",
            "'index ' || pg_catalog.quote_ident(c.relname)",
            "null::text",
            "coalesce(i.indexprs::text, '') || coalesce(i.indpred::text, '')",
            "pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid",
            "and (i.indexprs is not null or i.indpred is not null)",
        ),
        of(
            1259,
            "k.conrelid",
            "'constraint ' || pg_catalog.quote_ident(k.conname)",
            "null::text",
            "k.conbin::text",
            "pg_constraint k",
            "and k.conbin is not null",
        ),
        of(
            1247,
            "k.contypid",
            "'constraint ' || pg_catalog.quote_ident(k.conname)",
            "null::text",
            "k.conbin::text",
            "pg_constraint k",
            "and k.conbin is not null",
        ),
        of(
            1259,
            "t.tgrelid",
            "'trigger ' || pg_catalog.quote_ident(t.tgname)",
            "null::text",
            "t.tgqual::text",
            "pg_trigger t",
            "and t.tgqual is not null",
        ),
    ];
    format!(
        "with written as ({})
         select class, id, part, name, (m[1])::oid, m[2]
         from written, lateral pg_catalog.regexp_matches(tree, ':consttype (25|1042|1043|705|19|114) [^][{{}}]*\\[([-0-9 ]+)\\]', 'g') as m",
        branches.join(" union all ")
    )
}

fn take_constant(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let Some(on) = reading.key((row.number(0)?, row.number(1)?)) else { return Ok(()) };
    let on = on.clone();
    let numbers = row.text(5)?;
    let bytes: Option<Vec<u8>> = numbers
        .split_ascii_whitespace()
        .map(|number| number.parse::<i8>().ok().map(i8::cast_unsigned))
        .collect();
    let bytes = bytes.ok_or_else(|| row.form(5, numbers))?;
    // What has a length has it in its first four bytes; `name` and `unknown` end with a zero.
    let content = match row.number::<u32>(4)? {
        NAME | UNKNOWN => bytes.split(|byte| *byte == 0).next(),
        _ => bytes.get(4..),
    };
    let text = String::from_utf8_lossy(content.unwrap_or_default()).into_owned();
    let part = row.optional(2)?.map(str::to_owned);
    let column = row.optional(3)?.map(Name::from);
    reading.anatomy.constants.push(Constant { on, part, column, text });
    Ok(())
}

/// They end with a zero each, and are printed as hexadecimal digits: nobody's encoding matters.
fn arguments_sql() -> String {
    format!(
        "select 1259::oid, tgrelid, 'trigger ' || pg_catalog.quote_ident(tgname), pg_catalog.encode(tgargs, 'hex')
         from pg_catalog.pg_trigger where tgnargs > 0 and not tgisinternal and tgrelid >= {FIRST_NORMAL_OID}"
    )
}

fn take_arguments(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let Some(on) = reading.key((row.number(0)?, row.number(1)?)) else { return Ok(()) };
    let on = on.clone();
    let digits = row.text(3)?;
    let bytes: Option<Vec<u8>> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let bytes = bytes.ok_or_else(|| row.form(3, "digits that are none"))?;
    for argument in bytes.split(|byte| *byte == 0).filter(|argument| !argument.is_empty()) {
        let text = String::from_utf8_lossy(argument).into_owned();
        let part = row.optional(2)?.map(str::to_owned);
        reading.anatomy.constants.push(Constant { on: on.clone(), part, column: None, text });
    }
    Ok(())
}

fn take_disabled(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let Some(table) = reading.relation(row.number(0)?) else { return Ok(()) };
    let trigger = DisabledTrigger {
        table: table.clone(),
        name: Name::from(row.text(1)?),
        constraint: row.optional(2)?.map(Name::from),
        routine: reading.key((ROUTINES, row.number(3)?)).cloned(),
    };
    reading.anatomy.disabled.push(trigger);
    Ok(())
}

/// `name`.
const NAME: u32 = 19;

/// `unknown`.
const UNKNOWN: u32 = 705;

const DISABLED: &str = "select t.tgrelid, t.tgname, k.conname, t.tgfoid
    from pg_catalog.pg_trigger t
    left join pg_catalog.pg_constraint k on t.tgisinternal and k.oid = t.tgconstraint
    where t.tgenabled = 'D' and (not t.tgisinternal or k.contype = 'f')
    order by t.tgrelid, t.tgname";
