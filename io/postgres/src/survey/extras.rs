//! What extensions know: statements that were run (`pg_stat_statements`), jobs (`pg_cron`).
//!
//! These are not `pg_catalog`'s. They are read only when they are what their name says: members of the extension, owned by a
//! superuser or the provider, the function written in C in the library of that name, the table a plain one whose policies
//! do not apply to this role. Anybody else could have put something of theirs in their place.

use std::collections::BTreeMap;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::role::Attribute;
use pgward_survey::anatomy::{CronJob, StatementUse};
use pgward_survey::provider::Provider;
use tokio_postgres::Client;

use crate::inspect::InspectError;
use crate::inspect::row::Row;
use crate::inspect::statement::{Statement, run};
use crate::survey::sights::Sights;
use crate::survey::texts::Texts;

/// What was run, by the database it was run in.
pub(super) type StatementsUsed = BTreeMap<DatabaseName, Vec<StatementUse>>;

/// What there is of them in a database.
#[derive(Default)]
pub(super) struct Extras {
    statements: Option<Statements>,
    jobs: Option<Jobs>,
}

/// The function of `pg_stat_statements`.
struct Statements {
    schema: SchemaName,
    owner: RoleName,
    owner_trusted: bool,
    /// Written in C, in the library of that name.
    genuine: bool,
    /// The library is loaded, without which the function fails.
    loaded: bool,
    allowed: bool,
    /// Every database has the same encoding; otherwise the function may fail on a text.
    one_encoding: bool,
}

/// The table `cron.job`.
struct Jobs {
    owner: RoleName,
    owner_trusted: bool,
    /// A plain table of the extension.
    genuine: bool,
    allowed: bool,
    /// Policies would show this role its own jobs only, and run whatever they call.
    filtered: bool,
}

/// Looks at what there is, in the database of this session.
pub(super) async fn look(client: &Client, catalog: &Catalog) -> Result<Extras, InspectError> {
    struct Looking<'a> {
        extras: Extras,
        catalog: &'a Catalog,
    }
    let statements = [
        Statement::new("pg_stat_statements", LOOK_FOR_STATEMENTS, |looking: &mut Looking<'_>, row| {
            let owner = RoleName::from(row.text(1)?);
            looking.extras.statements = Some(Statements {
                schema: SchemaName::from(row.text(0)?),
                owner_trusted: is_trusted(looking.catalog, &owner),
                owner,
                genuine: row.flag(2)?,
                loaded: row.flag(3)?,
                allowed: row.flag(4)?,
                one_encoding: row.flag(5)?,
            });
            Ok(())
        }),
        Statement::new("pg_cron", LOOK_FOR_JOBS, |looking, row| {
            let owner = RoleName::from(row.text(0)?);
            looking.extras.jobs = Some(Jobs {
                owner_trusted: is_trusted(looking.catalog, &owner),
                owner,
                genuine: row.flag(1)?,
                allowed: row.flag(2)?,
                filtered: row.flag(3)?,
            });
            Ok(())
        }),
    ];
    let mut looking = Looking { extras: Extras::default(), catalog };
    run(client, &DatabaseName::from(""), &statements, &mut looking).await?;
    Ok(looking.extras)
}

fn is_trusted(catalog: &Catalog, owner: &RoleName) -> bool {
    let superuser = catalog.roles.get(owner).is_some_and(|role| role.has(Attribute::Superuser));
    superuser || Provider::of(catalog).owns_as(owner)
}

/// What was run, or why it is not read; none if there is no such extension in this database.
pub(super) async fn statements(
    client: &Client,
    sights: &Sights,
    extras: &Extras,
) -> Result<Option<Result<StatementsUsed, String>>, InspectError> {
    let Some(found) = &extras.statements else { return Ok(None) };
    let user = sights.user.quoted();
    let refused = if !found.genuine {
        Some("pg_stat_statements() is not what its extension made".to_owned())
    } else if !found.owner_trusted {
        Some(format!("pg_stat_statements() belongs to {}, who is no superuser", found.owner.quoted()))
    } else if !found.loaded {
        Some("pg_stat_statements is not in shared_preload_libraries".to_owned())
    } else if !found.allowed {
        Some(format!("role {user} may not execute pg_stat_statements()"))
    } else if !sights.statistics {
        Some(format!("role {user} is no member of pg_read_all_stats"))
    } else if !found.one_encoding {
        Some(
            "databases have different encodings, and a statement of one may not be readable in another"
                .to_owned(),
        )
    } else {
        None
    };
    if let Some(why) = refused {
        return Ok(Some(Err(why)));
    }
    let mut used = StatementsUsed::new();
    let text = Texts::of(client).await?.sql("s.query");
    let sql = format!(
        "select d.datname, r.rolname, {text}, pg_catalog.sum(s.calls)
         from {}.pg_stat_statements(true) s
         join pg_catalog.pg_roles r on r.oid = s.userid join pg_catalog.pg_database d on d.oid = s.dbid
         where s.query is not null group by 1, 2, 3 order by 1, 2, 3",
        found.schema.quoted()
    );
    let statement = Statement::new("statements that were run", sql, take_statement);
    run(client, &DatabaseName::from(""), &[statement], &mut used).await?;
    Ok(Some(Ok(used)))
}

fn take_statement(used: &mut StatementsUsed, row: &Row<'_>) -> Result<(), InspectError> {
    used.entry(DatabaseName::from(row.text(0)?)).or_default().push(StatementUse {
        role: RoleName::from(row.text(1)?),
        text: row.text(2)?.to_owned(),
        calls: row.number(3)?,
    });
    Ok(())
}

/// The jobs, or why they are not read; no job where there is no `pg_cron`.
pub(super) async fn jobs(
    client: &Client,
    extras: &Extras,
) -> Result<Result<Vec<CronJob>, String>, InspectError> {
    let Some(found) = &extras.jobs else { return Ok(Ok(Vec::new())) };
    if !found.genuine {
        return Ok(Err("cron.job is not what the extension pg_cron made".to_owned()));
    }
    if !found.owner_trusted {
        return Ok(Err(format!("cron.job belongs to {}, who is no superuser", found.owner.quoted())));
    }
    if !found.allowed {
        return Ok(Err("this role may not read cron.job".to_owned()));
    }
    if found.filtered {
        return Ok(Err("row security of cron.job shows this role its own jobs only".to_owned()));
    }
    let mut jobs = Vec::new();
    let text = Texts::of(client).await?.sql("command");
    let sql = format!("select jobid, username, database, active, {text} from cron.job order by jobid");
    let statement = Statement::new("jobs of pg_cron", sql, |jobs: &mut Vec<CronJob>, row| {
        jobs.push(CronJob {
            number: row.number(0)?,
            role: RoleName::from(row.text(1)?),
            database: DatabaseName::from(row.text(2)?),
            active: row.flag(3)?,
            command: row.text(4)?.to_owned(),
        });
        Ok(())
    });
    run(client, &DatabaseName::from(""), &[statement], &mut jobs).await?;
    Ok(Ok(jobs))
}

/// A setting of an extension that nobody has loaded is a placeholder, which `pg_settings` does not show.
const LOOK_FOR_STATEMENTS: &str = "
select n.nspname, o.rolname, l.lanname = 'c' and p.probin = '$libdir/pg_stat_statements',
       exists (select from pg_catalog.pg_settings where name = 'pg_stat_statements.max' and context = 'postmaster'),
       pg_catalog.has_function_privilege(p.oid, 'execute') and pg_catalog.has_schema_privilege(n.oid, 'usage'),
       not exists (select from pg_catalog.pg_database b where b.encoding <> (
         select c.encoding from pg_catalog.pg_database c where c.datname = pg_catalog.current_database()))
from pg_catalog.pg_extension e
join pg_catalog.pg_depend d on d.refclassid = 3079 and d.refobjid = e.oid and d.deptype = 'e' and d.classid = 1255
join pg_catalog.pg_proc p on p.oid = d.objid and p.proname = 'pg_stat_statements' and p.prokind = 'f'
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_language l on l.oid = p.prolang
join pg_catalog.pg_roles o on o.oid = p.proowner
where e.extname = 'pg_stat_statements'";

const LOOK_FOR_JOBS: &str = "
select o.rolname,
       c.relkind = 'r' and exists (select from pg_catalog.pg_depend d
                                   join pg_catalog.pg_extension e on d.refclassid = 3079 and e.oid = d.refobjid
                                   where d.classid = 1259 and d.objid = c.oid and d.deptype = 'e' and e.extname = 'pg_cron'),
       pg_catalog.has_table_privilege(c.oid, 'select') and pg_catalog.has_schema_privilege(n.oid, 'usage'),
       pg_catalog.row_security_active(c.oid)
from pg_catalog.pg_namespace n
join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = 'job' and c.relkind in ('r', 'p', 'v', 'm', 'f')
join pg_catalog.pg_roles o on o.oid = c.relowner
where n.nspname = 'cron'";
