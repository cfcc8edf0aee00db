//! Whose code runs when a row is made or looked at.
//!
//! A row runs the functions of CHECK constraints, domains, generated columns, indexes, policies and triggers that always
//! fire. A function runs with the rights of the session, and in one that came from a superuser by SET SESSION AUTHORIZATION
//! it can go back to the superuser. So it matters who can change it.

use pgward_proof::shape::LoginCode;

use crate::inspect::statement::Statement;
use crate::shapes::reading::Reading;

pub(super) fn statements(relations: &str) -> Vec<Statement<Reading>> {
    // On what a generated column calls depends the table itself, or (in newer versions) the column's expression.
    // What depends on what is followed through operators, domains, views and SQL bodies that PostgreSQL has parsed.
    // Where no login owns a function nothing is followed at all.
    let of_logins = format!(
        "with recursive family (relation, member) as (
             select c.oid, c.oid from pg_catalog.pg_class c
             where c.oid in ({relations}) and exists (select from {LOGINS_FUNCTIONS})
           union
             select f.relation, i.inhrelid from family f
             join pg_catalog.pg_inherits i on i.inhparent = f.member
         ), reached (relation, classid, objid) as (
             select f.relation, k.classid, k.objid from family f cross join lateral (
                 select c.tableoid, c.oid from pg_catalog.pg_constraint c
                 where c.conrelid = f.member and c.contype in ('c', 'x')
               union all
                 select c.tableoid, c.oid from pg_catalog.pg_class c where c.oid = f.member
               union all
                 select d.tableoid, d.oid from pg_catalog.pg_attrdef d
                 join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
                 where d.adrelid = f.member and a.attgenerated <> ''
               union all
                 select 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid
                 from pg_catalog.pg_index i where i.indrelid = f.member
               union all
                 select p.tableoid, p.oid from pg_catalog.pg_policy p where p.polrelid = f.member
               union all
                 select t.tableoid, t.oid from pg_catalog.pg_trigger t
                 where t.tgrelid = f.member and not t.tgisinternal and t.tgenabled = 'A'
               union all
                 select 'pg_catalog.pg_type'::pg_catalog.regclass, a.atttypid from pg_catalog.pg_attribute a
                 where a.attrelid = f.member and a.attnum > 0 and not a.attisdropped
             ) k (classid, objid)
           union
             select r.relation, k.classid, k.objid from reached r cross join lateral (
                 select d.refclassid, d.refobjid from pg_catalog.pg_depend d
                 where d.classid = r.classid and d.objid = r.objid
                   and (d.refclassid in ('pg_catalog.pg_proc'::pg_catalog.regclass,
                                         'pg_catalog.pg_operator'::pg_catalog.regclass,
                                         'pg_catalog.pg_type'::pg_catalog.regclass)
                        or d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                           and exists (select from pg_catalog.pg_class v where v.oid = d.refobjid and v.relkind = 'v'))
               union all
                 select 'pg_catalog.pg_proc'::pg_catalog.regclass, o.oprcode from pg_catalog.pg_operator o
                 where r.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass and o.oid = r.objid
               union all
                 select c.tableoid, c.oid from pg_catalog.pg_constraint c
                 where r.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and c.contypid = r.objid
               union all
                 select t.tableoid, b.oid from pg_catalog.pg_type t
                 cross join lateral (values (t.typbasetype), (t.typelem)) b (oid)
                 where r.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and t.oid = r.objid and b.oid <> 0
               union all
                 select w.tableoid, w.oid from pg_catalog.pg_rewrite w
                 where r.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and w.ev_class = r.objid
             ) k (classid, objid)
         )
         select r.relation, p.oid::pg_catalog.regprocedure::text, p.rolname
         from reached r
         join {LOGINS_FUNCTIONS} on r.classid = p.classid and r.objid = p.oid
         order by 1, 2"
    );
    vec![Statement::new("functions of logins behind tables", of_logins, |reading, row| {
        let code = LoginCode { routine: row.text(1)?.to_owned(), owner: row.text(2)?.into() };
        if let Some(shape) = reading.relation(row)? {
            shape.code_of_logins.push(code);
        }
        Ok(())
    })]
}

/// Functions that somebody can replace who logs in and is no superuser; those of extensions came with a superuser's word.
const LOGINS_FUNCTIONS: &str = "(select f.tableoid as classid, f.oid, l.rolname
      from pg_catalog.pg_proc f join pg_catalog.pg_roles l on l.oid = f.proowner
      where l.rolcanlogin and not l.rolsuper
        and not exists (select from pg_catalog.pg_depend d
                        where d.classid = f.tableoid and d.objid = f.oid and d.deptype = 'e')) p";
