//! Extensions, foreign servers and subscriptions: what leads out of the database, and with what.

use std::collections::BTreeSet;

use pgward_catalog::class::Class;
use pgward_catalog::name::{Name, RoleName, SchemaName};
use pgward_catalog::object::ObjectKey;
use pgward_catalog::version::Version;
use pgward_survey::anatomy::{Extension, ForeignOptions, Subscription};

use crate::inspect::InspectError;
use crate::inspect::array_text;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use crate::survey::reading::Reading;
use crate::survey::sights::Sights;

pub(super) fn statements<'a>(sights: &Sights, version: Version) -> Vec<Statement<Reading<'a>>> {
    let mut statements = vec![
        Statement::new("extensions", extensions_sql(sights), take_extension),
        Statement::new("options of foreign servers", foreign_sql(), take_foreign),
    ];
    if sights.subscriptions {
        statements.push(Statement::new(
            "subscriptions",
            subscriptions_sql(sights, version),
            take_subscription,
        ));
    }
    statements
}

fn extensions_sql(sights: &Sights) -> String {
    let (available, files) = if sights.available_extensions {
        ("a.default_version", "left join pg_catalog.pg_available_extensions a on a.name = e.extname")
    } else {
        ("null", "")
    };
    format!(
        "select e.extname, n.nspname, e.extversion, {available}
         from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace {files}"
    )
}

fn take_extension(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let extension = Extension {
        schema: SchemaName::from(row.text(1)?),
        version: row.text(2)?.to_owned(),
        available: row.optional(3)?.map(str::to_owned),
    };
    reading.anatomy.extensions.insert(Name::from(row.text(0)?), extension);
    Ok(())
}

/// The names of options; the value of `password_required` only. Options of a mapping that this role may not see are NULL,
/// as those of a mapping without any, so what the view goes by is asked again.
fn foreign_sql() -> String {
    let names = |options: &str| {
        format!(
            "(select pg_catalog.array_agg(pg_catalog.split_part(option, '=', 1))::text
              from pg_catalog.unnest({options}) as option)"
        )
    };
    let required = |options: &str| {
        format!(
            "(select pg_catalog.lower(pg_catalog.substr(option, 19)) not in ('false', 'off', '0', 'no', 'f', 'n')
              from pg_catalog.unnest({options}) as option where option like 'password\\_required=%')"
        )
    };
    let value = |options: &str, name: &str| {
        format!(
            "(select pg_catalog.substr(option, {}) from pg_catalog.unnest({options}) as option
              where pg_catalog.starts_with(option, '{name}=') limit 1)",
            name.len() + 2
        )
    };
    // No host is the server's own socket; a path is a socket's.
    let leads_here = format!(
        "(coalesce(h.host, '') in ('', 'localhost', '::1', pg_catalog.host(pg_catalog.inet_server_addr()))
          or h.host like '/%' or h.host like '127.%')
         and coalesce({}, '5432') = pg_catalog.current_setting('port')",
        value("s.srvoptions", "port")
    );
    format!(
        "select 'wrapper', w.fdwname, null, w.fdwname, r.rolname, true, {}, {}, null::oid, false, null
         from pg_catalog.pg_foreign_data_wrapper w join pg_catalog.pg_roles r on r.oid = w.fdwowner
         union all
         select 'server', s.srvname, s.srvname, w.fdwname, r.rolname, true, {}, {}, null::oid, coalesce({leads_here}, false), null
         from pg_catalog.pg_foreign_server s join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
         join pg_catalog.pg_roles r on r.oid = s.srvowner
         cross join lateral (select coalesce({}, {}) as host) h
         union all
         select 'mapping', null, s.srvname, w.fdwname, r.rolname,
                m.umoptions is not null or (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
                  or m.umuser = 0 and pg_catalog.pg_has_role(s.srvowner, 'usage')
                  or r.rolname = current_user and (pg_catalog.pg_has_role(s.srvowner, 'usage')
                                                   or pg_catalog.has_server_privilege(s.oid, 'usage')), {}, {}, m.umid,
                false, {}
         from pg_catalog.pg_user_mappings m join pg_catalog.pg_foreign_server s on s.oid = m.srvid
         join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
         left join pg_catalog.pg_roles r on r.oid = m.umuser",
        names("w.fdwoptions"),
        required("w.fdwoptions"),
        names("s.srvoptions"),
        required("s.srvoptions"),
        value("s.srvoptions", "hostaddr"),
        value("s.srvoptions", "host"),
        names("m.umoptions"),
        required("m.umoptions"),
        value("m.umoptions", "user"),
    )
}

fn take_foreign(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let object = match row.text(0)? {
        "wrapper" => ObjectKey::bare(Class::ForeignDataWrapper, row.text(1)?),
        "server" => ObjectKey::bare(Class::ForeignServer, row.text(1)?),
        _ => match reading.key((MAPPINGS, row.number(8)?)) {
            Some(key) => key.clone(),
            None => return Ok(()),
        },
    };
    let options = if row.flag(5)? {
        let names = match row.optional(6)? {
            Some(text) => array_text::elements(text).ok_or_else(|| row.form(6, text))?,
            None => Vec::new(),
        };
        Some(names.into_iter().collect::<BTreeSet<_>>())
    } else {
        reading.hidden_mappings = true;
        None
    };
    reading.anatomy.foreign.push(ForeignOptions {
        object,
        user: row.optional(4)?.map(RoleName::from),
        server: Name::from(row.optional(2)?.unwrap_or_default()),
        wrapper: Name::from(row.text(3)?),
        options,
        password_required: row.optional(7)?.map(|value| value == "t"),
        leads_here: row.flag(9)?,
        there: row.optional(10)?.map(RoleName::from),
    });
    Ok(())
}

/// Whether there is a password in a connection string is decided on the server: as a keyword, in a URI's query, or
/// before the host of a URI.
fn subscriptions_sql(sights: &Sights, version: Version) -> String {
    let holds_password = if sights.connection_strings {
        r"s.subconninfo ~* '(^|[[:space:]?&])(ssl)?password[[:space:]]*=' or s.subconninfo ~* '^postgres(ql)?://[^/?@]*:[^/?@]+@'"
    } else {
        "null"
    };
    let runs_as_owner = if version.major() >= 16 { "s.subrunasowner" } else { "true" };
    format!(
        "select s.subname, r.rolname, {runs_as_owner}, ({holds_password})::text,
                coalesce((select pg_catalog.array_agg(t.srrelid)::text from pg_catalog.pg_subscription_rel t
                          where t.srsubid = s.oid), '{{}}')
         from pg_catalog.pg_subscription s
         join pg_catalog.pg_database b on b.oid = s.subdbid and b.datname = pg_catalog.current_database()
         join pg_catalog.pg_roles r on r.oid = s.subowner"
    )
}

fn take_subscription(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let tables = row.oids(4)?.into_iter().filter_map(|oid| reading.relation(oid).cloned()).collect();
    reading.anatomy.subscriptions.push(Subscription {
        name: Name::from(row.text(0)?),
        owner: RoleName::from(row.text(1)?),
        runs_as_owner: row.flag(2)?,
        holds_password: row.optional(3)?.map(|value| value == "true"),
        tables,
    });
    Ok(())
}

/// `pg_user_mapping`.
const MAPPINGS: u32 = 1418;
