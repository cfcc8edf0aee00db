//! Whose code runs when a statement on a table, a view or a routine is tried.
//!
//! A row runs the functions of CHECK constraints, domains, generated columns, indexes, policies and triggers that always
//! fire. The planner evaluates calls of functions that are not volatile, whoever may use the table: in views, policies, defaults,
//! in the expressions of indexes, of statistics and of partition keys, and in SQL functions that it puts in line. A function runs
//! with the rights of the session, so it matters who can change it.

use pgward_catalog::object::ObjectKey;
use pgward_proof::shape::{LoginCode, Run};
use tokio_postgres::Client;

use crate::inspect::InspectError;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use crate::shapes::reading::Reading;

pub(super) fn statements(relations: &str, routines: &str) -> Vec<Statement<Reading>> {
    let behind_tables = format!(
        "{REACHED}
         select r.objid, l.signature, l.rolname, pg_catalog.bool_and(r.by_default)
         from reached r join logins l on l.oid = r.seed
         where r.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and r.objid in ({relations})
         group by 1, 2, 3 order by 1, 4, 2"
    );
    // What is not in line is called, and a call that is tried is never made; an aggregate begins with a value of its type.
    let behind_routines = format!(
        "{REACHED}
         select distinct p.oid, l.signature, l.rolname, false
         from pg_catalog.pg_proc p
         join pg_catalog.pg_language g on g.oid = p.prolang
         cross join reached r join logins l on l.oid = r.seed
         where p.oid in ({routines})
           and (r.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and r.objid = p.oid
                   and (g.lanname = 'sql' or p.prokind = 'a')
                or r.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
                   and (r.objid = p.prorettype or r.objid = any (p.proargtypes)))
         order by 1, 2"
    );
    // Where triggers are kept from firing, those of replicas fire instead.
    let behind_events = format!(
        "{REACHED}
         select distinct 0, l.signature, l.rolname, false
         from pg_catalog.pg_event_trigger e
         join reached r on r.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and r.objid = e.evtfoid
         join logins l on l.oid = r.seed
         where e.evtenabled in ('A', 'R') or e.evtenabled = 'O' and not {IS_SUPERUSER}
         order by 2"
    );
    vec![
        Statement::new("functions of logins behind tables", behind_tables, |reading, row| {
            let code = code(row)?;
            if let Some((_, _, known)) = reading.relations.get_mut(&row.number(0)?) {
                known.push(code);
            }
            Ok(())
        }),
        Statement::new("functions of logins behind routines", behind_routines, |reading, row| {
            let code = code(row)?;
            if let Some((_, _, known)) = reading.routines.get_mut(&row.number(0)?) {
                known.push(code);
            }
            Ok(())
        }),
        Statement::new("functions of logins behind event triggers", behind_events, |reading, row| {
            reading.event_code.push(code(row)?);
            Ok(())
        }),
    ]
}

/// Whose code planning a statement on the table would run, of somebody who may log in: the function and its owner, for people.
pub(crate) async fn behind_planning(
    client: &Client,
    table: &ObjectKey,
) -> Result<Option<String>, tokio_postgres::Error> {
    let sql = format!(
        "{REACHED}
         select 'function ' || l.signature || ' of role ' || pg_catalog.quote_ident(l.rolname)
         from reached r join logins l on l.oid = r.seed
         where r.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and not r.by_default
           and l.rolname <> current_user and r.objid = pg_catalog.to_regclass($1)::pg_catalog.oid
         order by 1 limit 1"
    );
    client.query_opt(&sql, &[&table.quoted()]).await?.map(|row| row.try_get(0)).transpose()
}

fn code(row: &Row<'_>) -> Result<LoginCode, InspectError> {
    let run = if row.flag(3)? { Run::ByDefaults } else { Run::ByRows };
    Ok(LoginCode { routine: row.text(1)?.to_owned(), owner: row.text(2)?.into(), run })
}

const IS_SUPERUSER: &str = "(select s.rolsuper from pg_catalog.pg_roles s where s.rolname = session_user)";

/// Everything that is made of a function which somebody can replace who logs in and is no superuser: as its owner, as a member of
/// the owner, whatever the membership's options (ADMIN gives itself the others), or by CREATEROLE, which before 16 grants itself every
/// role. Those of extensions came with a superuser's word; what the prover itself may replace it could run anyway. What depends on what is followed from the function up: through operators, domains, views, bodies that
/// PostgreSQL has parsed, and functions in whose text a name occurs.
const REACHED: &str = r"with recursive logins as materialized (
     select f.oid, f.oid::pg_catalog.regprocedure::text as signature, l.rolname
     from pg_catalog.pg_proc f join pg_catalog.pg_roles l on l.oid = f.proowner
     where not l.rolsuper
       and exists (select from pg_catalog.pg_roles g
                   where g.rolcanlogin and not g.rolsuper and (g.oid = l.oid or g.rolname <> session_user)
                     and (pg_catalog.pg_has_role(g.oid, l.oid, 'MEMBER')
                          or pg_catalog.current_setting('server_version_num')::int < 160000
                             and exists (select from pg_catalog.pg_roles c
                                         where c.rolcreaterole and pg_catalog.pg_has_role(g.oid, c.oid, 'MEMBER'))))
       and not exists (select from pg_catalog.pg_depend d
                       where d.classid = f.tableoid and d.objid = f.oid and d.deptype = 'e')
 ), named as (
     select p.tableoid as classid, p.oid, pg_catalog.lower(p.proname) as name
     from pg_catalog.pg_proc p where p.oid >= 16384
     union all
     select o.tableoid, o.oid, o.oprname from pg_catalog.pg_operator o where o.oid >= 16384
     union all
     select t.tableoid, t.oid, pg_catalog.lower(t.typname)
     from pg_catalog.pg_type t where t.oid >= 16384 and t.typtype = 'd'
 ), texts as (
     select p.oid, pg_catalog.lower(p.prosrc) as said
     from pg_catalog.pg_proc p join pg_catalog.pg_language g on g.oid = p.prolang
     where p.oid >= 16384 and g.lanname not in ('internal', 'c')
 ), mentions as materialized (
     select n.classid, n.oid as used, t.oid as user_oid from named n join texts t on t.oid <> n.oid
     where exists (select from logins) and case
         when pg_catalog.strpos(t.said, n.name) = 0 then false
         when n.name ~ '^[a-z0-9_]+$' then t.said ~ ('\m' || n.name || '\M') else true end
 ), reached (seed, classid, objid, by_default) as (
     select l.oid, 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid, l.oid, false from logins l
   union
     select r.seed, k.classid, k.objid, r.by_default or k.by_default from reached r cross join lateral (
         select d.classid, d.objid, false from pg_catalog.pg_depend d
         where d.refclassid = r.classid and d.refobjid = r.objid and d.deptype in ('n', 'a', 'i', 'P', 'S')
           and case d.classid
               when 'pg_catalog.pg_constraint'::pg_catalog.regclass then exists (
                   select from pg_catalog.pg_constraint c where c.oid = d.objid and c.contype in ('c', 'x'))
               when 'pg_catalog.pg_trigger'::pg_catalog.regclass then exists (
                   select from pg_catalog.pg_trigger t where t.oid = d.objid and not t.tgisinternal
                     and (t.tgenabled in ('A', 'R') or t.tgenabled = 'O' and not (
                          select s.rolsuper from pg_catalog.pg_roles s where s.rolname = session_user)))
               when 'pg_catalog.pg_rewrite'::pg_catalog.regclass then not exists (
                   select from pg_catalog.pg_rewrite w join pg_catalog.pg_class v on v.oid = w.ev_class
                   where w.oid = d.objid and v.relkind = 'm')
               when 'pg_catalog.pg_type'::pg_catalog.regclass then
                   r.classid <> 'pg_catalog.pg_class'::pg_catalog.regclass
               when 'pg_catalog.pg_class'::pg_catalog.regclass then not exists (
                   select from pg_catalog.pg_class s where s.oid = d.objid and s.relkind in ('S', 't'))
               else true end
       union all
         select 'pg_catalog.pg_class'::pg_catalog.regclass, c.conrelid, false from pg_catalog.pg_constraint c
         where r.classid = c.tableoid and c.oid = r.objid and c.conrelid <> 0
       union all
         select 'pg_catalog.pg_type'::pg_catalog.regclass, c.contypid, false from pg_catalog.pg_constraint c
         where r.classid = c.tableoid and c.oid = r.objid and c.contypid <> 0
       union all
         select 'pg_catalog.pg_class'::pg_catalog.regclass, d.adrelid, a.attgenerated = ''
         from pg_catalog.pg_attrdef d
         join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
         where r.classid = d.tableoid and d.oid = r.objid
       union all
         select 'pg_catalog.pg_class'::pg_catalog.regclass, p.polrelid, false from pg_catalog.pg_policy p
         where r.classid = p.tableoid and p.oid = r.objid
       union all
         select 'pg_catalog.pg_class'::pg_catalog.regclass, t.tgrelid, false from pg_catalog.pg_trigger t
         where r.classid = t.tableoid and t.oid = r.objid
       union all
         select 'pg_catalog.pg_class'::pg_catalog.regclass, w.ev_class, false from pg_catalog.pg_rewrite w
         where r.classid = w.tableoid and w.oid = r.objid
       union all
         select 'pg_catalog.pg_class'::pg_catalog.regclass, s.stxrelid, false from pg_catalog.pg_statistic_ext s
         where r.classid = s.tableoid and s.oid = r.objid
       union all
         select 'pg_catalog.pg_class'::pg_catalog.regclass, i.indrelid, false from pg_catalog.pg_index i
         where r.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.indexrelid = r.objid
       union all
         select 'pg_catalog.pg_class'::pg_catalog.regclass, i.inhparent, false from pg_catalog.pg_inherits i
         where r.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.inhrelid = r.objid
       union all
         select 'pg_catalog.pg_type'::pg_catalog.regclass, c.reltype, false from pg_catalog.pg_class c
         where r.classid = c.tableoid and c.oid = r.objid and c.relkind = 'c'
       union all
         select 'pg_catalog.pg_proc'::pg_catalog.regclass, m.user_oid, false from mentions m
         where m.classid = r.classid and m.used = r.objid
     ) k (classid, objid, by_default)
 )";
