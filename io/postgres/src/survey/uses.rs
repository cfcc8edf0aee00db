//! Who runs whose code, and reads which relation, without calling it: from `pg_depend` and the columns that name routines.
//!
//! What initdb made is pinned and leaves no trace in `pg_depend`; it is nobody's but the server's, so nothing is lost.

use pgward_catalog::class::Class;
use pgward_catalog::name::{Name, RoleName};
use pgward_catalog::object::{ObjectKey, Origin};
use pgward_survey::anatomy::{Use, User};

use crate::inspect::InspectError;
use crate::inspect::place::FIRST_NORMAL_OID;
use crate::inspect::place::RELATIONS;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use crate::survey::reading::Reading;
use crate::survey::routines::ROUTINES;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![
        Statement::new("who uses whose code", uses_sql(), take_use),
        Statement::new("domains of columns", domains_sql(), take_use),
        Statement::new("casts", casts_sql(), take_cast),
    ]
}

/// Each branch: what uses, its name, its letter, what that belongs to, what is used. An operator stands for its function.
fn uses_sql() -> String {
    let expression = |kind: &str,
                      name: &str,
                      catalog: &str,
                      of: &str,
                      on: &str,
                      expressions: &str,
                      also: &str| {
        format!(
            "select {kind}, u.{name}::text, null::text, {of}, u.{on}, r.refclassid, r.refobjid
             from pg_catalog.{catalog} u join refs r on r.classid = {expressions} and r.objid = u.oid where true {also}"
        )
    };
    let support = |kind: &str, catalog: &str, class: u32, id: &str, columns: &[&str]| {
        let columns = columns.iter().map(|column| format!("({column}::oid)")).collect::<Vec<_>>().join(", ");
        format!(
            "select '{kind}', null, null, {class}::oid, {id}, {ROUTINES}::oid, used.routine
             from pg_catalog.{catalog}, lateral (values {columns}) as used(routine) where used.routine >= {FIRST_NORMAL_OID}"
        )
    };
    let branches = [
        "select 'trigger', tgname::text, tgenabled::text, 1259::oid, tgrelid, 1255::oid, tgfoid
         from pg_catalog.pg_trigger where not tgisinternal"
            .to_owned(),
        "select 'trigger', u.tgname::text, u.tgenabled::text, 1259::oid, u.tgrelid, r.refclassid, r.refobjid
         from pg_catalog.pg_trigger u join refs r on r.classid = 2620 and r.objid = u.oid
         where not u.tgisinternal and r.refclassid = 1255"
            .to_owned(),
        "select 'event trigger', evtname::text, evtenabled::text, 1262::oid, 0::oid, 1255::oid, evtfoid
         from pg_catalog.pg_event_trigger"
            .to_owned(),
        "select case when u.rulename <> '_RETURN' then 'rule' when c.relkind = 'm' then 'materialized view' else 'view' end,
                u.rulename::text, null, 1259::oid, u.ev_class, r.refclassid, r.refobjid
         from pg_catalog.pg_rewrite u join pg_catalog.pg_class c on c.oid = u.ev_class
         join refs r on r.classid = 2618 and r.objid = u.oid where not (r.refclassid = 1259 and r.refobjid = u.ev_class)"
            .to_owned(),
        "select 'index', c.relname::text, null, 1259::oid, u.indrelid, r.refclassid, r.refobjid
         from pg_catalog.pg_index u join pg_catalog.pg_class c on c.oid = u.indexrelid
         join refs r on r.classid = 1259 and r.objid = u.indexrelid and r.refclassid = 1255"
            .to_owned(),
        "select 'partition key', null, null, 1259::oid, u.partrelid, r.refclassid, r.refobjid
         from pg_catalog.pg_partitioned_table u
         join refs r on r.classid = 1259 and r.objid = u.partrelid and r.objsubid = 0 and r.refclassid = 1255"
            .to_owned(),
        "select case a.attgenerated when '' then 'default' else 'generated' end, a.attname::text, null, 1259::oid,
                u.adrelid, r.refclassid, r.refobjid
         from pg_catalog.pg_attrdef u
         join pg_catalog.pg_attribute a on a.attrelid = u.adrelid and a.attnum = u.adnum
         join refs r on r.classid = 2604 and r.objid = u.oid and r.refclassid = 1255"
            .to_owned(),
        // Before PostgreSQL 15 it is the column that depends, not its expression.
        "select 'generated', a.attname::text, null, 1259::oid, a.attrelid, r.refclassid, r.refobjid
         from refs r join pg_catalog.pg_attribute a on a.attrelid = r.objid and a.attnum = r.objsubid and a.attgenerated <> ''
         where r.classid = 1259 and r.objsubid > 0 and r.refclassid = 1255"
            .to_owned(),
        expression("'check'", "conname", "pg_constraint", "1259::oid", "conrelid", "2606",
            "and u.contype = 'c' and u.conrelid <> 0 and r.refclassid = 1255"),
        expression("'domain check'", "conname", "pg_constraint", "1247::oid", "contypid", "2606",
            "and u.contypid <> 0 and r.refclassid = 1255"),
        expression("'policy'", "polname", "pg_policy", "1259::oid", "polrelid", "3256",
            "and not (r.refclassid = 1259 and r.refobjid = u.polrelid)"),
        expression("'statistics'", "stxname", "pg_statistic_ext", "1259::oid", "stxrelid", "3381",
            "and r.refclassid = 1255"),
        "select 'routine', null, null, 1255::oid, r.objid, r.refclassid, r.refobjid
         from refs r join pg_catalog.pg_proc p on p.oid = r.objid and p.prokind <> 'a'
         where r.classid = 1255 and r.refobjid <> r.objid"
            .to_owned(),
        support("operator", "pg_operator", 2617, "oid", &["oprcode", "oprrest", "oprjoin"]),
        support("type", "pg_range", 1247, "rngtypid", &["rngcanonical", "rngsubdiff"]),
        support("type", "pg_type", 1247, "oid", &[
            "typinput", "typoutput", "typreceive", "typsend", "typmodin", "typmodout", "typanalyze", "typsubscript",
        ]),
        support("aggregate", "pg_aggregate", 1255, "aggfnoid", &[
            "aggtransfn", "aggfinalfn", "aggcombinefn", "aggserialfn", "aggdeserialfn", "aggmtransfn", "aggminvtransfn",
            "aggmfinalfn",
        ]),
        support("operator class", "pg_amproc", 2753, "amprocfamily", &["amproc"]),
        support("language", "pg_language", 2612, "oid", &["lanplcallfoid", "laninline", "lanvalidator"]),
    ];
    format!(
        "with refs as materialized (
           select distinct classid, objid, objsubid, refclassid, refobjid from pg_catalog.pg_depend
           where refclassid in (1255, 1259) and refobjid >= {FIRST_NORMAL_OID} and deptype in ('n', 'a')
             and classid in (1255, 1259, 2604, 2606, 2618, 2620, 3256, 3381)
           union
           select d.classid, d.objid, d.objsubid, 1255, o.oprcode
           from pg_catalog.pg_depend d join pg_catalog.pg_operator o on o.oid = d.refobjid
           where d.refclassid = 2617 and d.refobjid >= {FIRST_NORMAL_OID} and o.oprcode >= {FIRST_NORMAL_OID}::oid)
         {}",
        branches.join(" union all ")
    )
}

fn take_use(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let name = || Ok::<Name, InspectError>(Name::from(row.text(1)?));
    let enabled = || row.text(2)?.chars().next().ok_or_else(|| row.form(2, ""));
    let by = match row.text(0)? {
        "trigger" => User::Trigger { name: name()?, enabled: enabled()? },
        "event trigger" => User::EventTrigger { name: name()?, enabled: enabled()? },
        "view" => User::View,
        "materialized view" => User::MaterializedView,
        "rule" => User::RewriteRule(name()?),
        "index" => User::Index(name()?),
        "partition key" => User::PartitionKey,
        "default" => User::Default(name()?),
        "generated" => User::Generated(name()?),
        "check" => User::Check(name()?),
        "domain check" => User::DomainCheck(name()?),
        "domain of column" => User::DomainOfColumn(name()?),
        "policy" => User::Policy(name()?),
        "statistics" => User::Statistics(name()?),
        "routine" => User::Routine,
        "operator" => User::Operator,
        "type" => User::Type,
        "aggregate" => User::Aggregate,
        "operator class" => User::OperatorClass,
        "language" => User::Language,
        other => return Err(row.form(0, other)),
    };
    let catalog = row.number(3)?;
    let (on, on_owner) = if catalog == DATABASES {
        (ObjectKey::bare(Class::Database, reading.database().as_str()), reading.owner().clone())
    } else {
        // What has no place is a session's own, or the server's.
        let Some(key) = reading.key((catalog, row.number(4)?)) else { return Ok(()) };
        let Some(object) = reading.object(key) else { return Ok(()) };
        (key.clone(), object.owner.clone())
    };
    add(reading, by, on, on_owner, (row.number(5)?, row.number(6)?))
}

fn add(
    reading: &mut Reading<'_>,
    by: User,
    on: ObjectKey,
    on_owner: RoleName,
    target: (u32, u32),
) -> Result<(), InspectError> {
    debug_assert!(matches!(target.0, ROUTINES | RELATIONS | TYPES));
    let Some(target) = reading.key(target) else { return Ok(()) };
    let Some(object) = reading.object(target) else { return Ok(()) };
    if object.origin != Origin::System {
        reading.anatomy.uses.push(Use {
            by,
            on,
            on_owner,
            target: target.clone(),
            target_owner: object.owner.clone(),
            target_origin: object.origin.clone(),
        });
    }
    Ok(())
}

/// Columns of tables, and the domains their types are or are made of: elements of arrays, attributes of composite types, bounds
/// of ranges, what a domain is over.
fn domains_sql() -> String {
    format!(
        "with recursive parts(whole, part) as materialized (
           select oid, typbasetype from pg_catalog.pg_type where typtype = 'd'
           union all
           select oid, typelem from pg_catalog.pg_type where typcategory = 'A' and typelem >= {FIRST_NORMAL_OID}
           union all
           select t.oid, a.atttypid from pg_catalog.pg_type t join pg_catalog.pg_attribute a on a.attrelid = t.typrelid
           where t.typtype = 'c' and a.attnum > 0 and not a.attisdropped and a.atttypid >= {FIRST_NORMAL_OID}
           union all
           select rngtypid, rngsubtype from pg_catalog.pg_range where rngsubtype >= {FIRST_NORMAL_OID}
           union all
           select rngmultitypid, rngtypid from pg_catalog.pg_range where rngtypid >= {FIRST_NORMAL_OID}),
         made_of(relation, name, type) as (
           select a.attrelid, a.attname, a.atttypid from pg_catalog.pg_attribute a
           join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'f')
           where a.attnum > 0 and not a.attisdropped and a.atttypid >= {FIRST_NORMAL_OID}
           union
           select made_of.relation, made_of.name, parts.part from made_of join parts on parts.whole = made_of.type)
         select 'domain of column', made_of.name::text, null::text, {RELATIONS}::oid, made_of.relation, {TYPES}::oid, t.oid
         from made_of join pg_catalog.pg_type t on t.oid = made_of.type and t.typtype = 'd'"
    )
}

/// Both types of a cast; it belongs to the one that somebody made, and has no name but theirs.
fn casts_sql() -> String {
    format!(
        "select pg_catalog.format_type(c.castsource, null), pg_catalog.format_type(c.casttarget, null), c.castfunc,
                n.nspname, t.typname, t.typtype, r.rolname
         from pg_catalog.pg_cast c
         join pg_catalog.pg_type t on t.oid = case when c.castsource >= {FIRST_NORMAL_OID} then c.castsource else c.casttarget end
         join pg_catalog.pg_namespace n on n.oid = t.typnamespace
         join pg_catalog.pg_roles r on r.oid = t.typowner
         where c.castfunc >= {FIRST_NORMAL_OID}"
    )
}

fn take_cast(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let words = format!("cast ({} as {})", row.text(0)?, row.text(1)?);
    let class = if row.text(5)? == "d" { Class::Domain } else { Class::Type };
    let on = ObjectKey::in_schema(class, row.text(3)?, row.text(4)?);
    add(reading, User::Cast(words), on, RoleName::from(row.text(6)?), (ROUTINES, row.number(2)?))
}

/// `pg_database`.
const DATABASES: u32 = 1262;
/// `pg_type`.
const TYPES: u32 = 1247;
