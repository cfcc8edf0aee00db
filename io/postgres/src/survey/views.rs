//! Views: what is written through them, and which secrets of the catalogs they show. Both are read from the trees that the server keeps
//! of their queries: dependencies on what initdb made are not recorded, and no text is parsed.

use pgward_catalog::name::Name;
use pgward_survey::anatomy::SecretShown;

use crate::inspect::InspectError;
use crate::inspect::place::FIRST_NORMAL_OID;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use crate::survey::reading::Reading;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![
        Statement::new("what views write to", writes_sql(), take_write),
        Statement::new("views that ask who is there", asks_who_sql(), take_asks_who),
        Statement::new("secrets that views show", secrets_sql(), take_secret),
    ]
}

/// A view that is written through by itself reads one relation, by a query without what keeps rows from being told apart; the relation
/// comes first in the tree (before PostgreSQL 16 the view itself comes before it, twice). `pg_relation_is_updatable` says the same, and
/// calls the handlers of foreign-data wrappers, which may be anybody's.
fn writes_sql() -> String {
    format!(
        "select c.oid, (select (m.found[1])::oid
                        from pg_catalog.regexp_matches(t.head, ':relid ([0-9]+) ', 'g') with ordinality as m(found, place)
                        where (m.found[1])::oid <> c.oid order by m.place limit 1)
         from pg_catalog.pg_class c join pg_catalog.pg_rewrite r on r.ev_class = c.oid and r.rulename = '_RETURN',
              lateral (select pg_catalog.strpos(r.ev_action::text, ':jointree') as cut) at,
              lateral (select pg_catalog.left(r.ev_action::text, at.cut) as head,
                              pg_catalog.substr(r.ev_action::text, at.cut) as body) t
         where c.relkind = 'v' and c.oid >= {FIRST_NORMAL_OID}
           and t.head !~ ':(hasAggs|hasWindowFuncs|hasTargetSRFs) true|:rtekind [1-9]'
           and t.body ~ '^:jointree [{{]FROMEXPR :fromlist [(][{{]RANGETBLREF :rtindex [0-9]+[}}][)] '
           and t.body ~ ':groupClause <> [^{{}}]*:havingQual <> [^{{}}]*:distinctClause <> :sortClause (<>|[(][^()]*[)]) :limitOffset <> :limitCount <>[^{{}}]*:setOperations <>[^{{}}]*[}}][)]$'"
    )
}

/// What stands between the relations and the columns of a query's tree are its conditions; words of SQL for the user are numbers there,
/// functions are their OIDs, which initdb gives them.
fn asks_who_sql() -> String {
    format!(
        "select c.oid
         from pg_catalog.pg_class c join pg_catalog.pg_rewrite r on r.ev_class = c.oid and r.rulename = '_RETURN',
              lateral (select pg_catalog.substr(r.ev_action::text, pg_catalog.strpos(r.ev_action::text, ':jointree')) as rest) f,
              lateral (select pg_catalog.left(f.rest, pg_catalog.strpos(f.rest, ' :targetList')) as conditions) t
         where c.relkind = 'v' and c.oid >= {FIRST_NORMAL_OID}
           and (t.conditions ~ 'SQLVALUEFUNCTION :op (9|10|11|12) '
                or exists (select from pg_catalog.regexp_matches(t.conditions, ':funcid ([0-9]+) ', 'g') as m(found)
                           join pg_catalog.pg_proc p on p.oid = (m.found[1])::oid
                           where p.pronamespace = 11
                             and p.proname in ('current_setting', 'pg_has_role', 'current_user', 'session_user', 'system_user')))"
    )
}

fn take_asks_who(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    if let Some(view) = reading.relation(row.number(0)?)
        && let Some(relation) = reading.anatomy.relations.get_mut(view)
    {
        relation.compares_rows_with_user = true;
    }
    Ok(())
}

fn take_write(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let Some(target) = row.optional(1)? else { return Ok(()) };
    let target: u32 = target.parse().map_err(|_| row.form(1, target))?;
    let (view, target) = (reading.relation(row.number(0)?), reading.relation(target));
    if let (Some(view), Some(target)) = (view, target)
        && let Some(relation) = reading.anatomy.relations.get_mut(view)
    {
        relation.writes_to = Some(target.clone());
    }
    Ok(())
}

/// A target entry says which column of which relation it is, if it is nothing but that. From the secrets, through views of views.
fn secrets_sql() -> String {
    let secrets = SECRETS.map(|(relation, column)| format!("('{relation}', '{column}')")).join(", ");
    format!(
        "with recursive secrets as (
           select c.oid as source, a.attnum, c.relname, a.attname
           from (values {secrets}) as s(relation, secret)
           join pg_catalog.pg_class c on c.relname = s.relation
                and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = 'pg_catalog')
           join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = s.secret
         ), suspects as (
           select r.ev_class, r.ev_action
           from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
           where r.rulename = '_RETURN' and c.relkind in ('v', 'm') and c.oid >= {FIRST_NORMAL_OID}
             and r.ev_action::text ~ (select ':relid (' || pg_catalog.string_agg(distinct source::text, '|') || ') ' from secrets)
         ), followers(oid) as (
           select ev_class from suspects
           union
           select r.ev_class from followers f
           join pg_catalog.pg_depend d on d.refclassid = 1259 and d.refobjid = f.oid and d.classid = 2618
           join pg_catalog.pg_rewrite r on r.oid = d.objid and r.rulename = '_RETURN'
         ), entries as materialized (
           select r.ev_class as shows, (m[1])::int2 as number, (m[2])::oid as origin, (m[3])::int2 as of_origin
           from followers f join pg_catalog.pg_rewrite r on r.ev_class = f.oid and r.rulename = '_RETURN',
                lateral pg_catalog.regexp_matches(r.ev_action::text,
                  ':resno ([0-9]+) :resname [^{{}}]*? :ressortgroupref [0-9]+ :resorigtbl ([0-9]+) :resorigcol ([0-9]+) ', 'g') as m
         ), shown as (
           select e.shows, e.number, s.relname, s.attname
           from entries e join secrets s on s.source = e.origin and s.attnum = e.of_origin
           union
           select e.shows, e.number, w.relname, w.attname
           from shown w join entries e on e.origin = w.shows and e.of_origin = w.number
         )
         select w.shows, a.attname, w.relname, w.attname
         from shown w join pg_catalog.pg_attribute a on a.attrelid = w.shows and a.attnum = w.number order by 1, 2, 3, 4"
    )
}

fn take_secret(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let Some(view) = reading.relation(row.number(0)?) else { return Ok(()) };
    let shown = SecretShown {
        view: view.clone(),
        column: Name::from(row.text(1)?),
        source: Name::from(row.text(2)?),
        secret: Name::from(row.text(3)?),
    };
    reading.anatomy.secrets_shown.push(shown);
    Ok(())
}

/// What is kept from everybody but superusers.
const SECRETS: [(&str, &str); 18] = [
    ("pg_authid", "rolpassword"),
    ("pg_shadow", "passwd"),
    ("pg_user_mapping", "umoptions"),
    ("pg_subscription", "subconninfo"),
    ("pg_largeobject", "data"),
    ("pg_statistic", "stavalues1"),
    ("pg_statistic", "stavalues2"),
    ("pg_statistic", "stavalues3"),
    ("pg_statistic", "stavalues4"),
    ("pg_statistic", "stavalues5"),
    ("pg_statistic_ext_data", "stxdmcv"),
    ("pg_statistic_ext_data", "stxdexpr"),
    ("pg_hba_file_rules", "user_name"),
    ("pg_hba_file_rules", "address"),
    ("pg_hba_file_rules", "auth_method"),
    ("pg_hba_file_rules", "options"),
    ("pg_file_settings", "name"),
    ("pg_file_settings", "setting"),
];
