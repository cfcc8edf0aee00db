//! The server: its settings, its authentication rules, its sessions, comments on roles.

use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::version::Version;
use pgward_survey::server::{HbaConnection, HbaRule, IdentMapping, Server, Setting};
use pgward_survey::session::Session;
use tokio_postgres::Client;

use crate::inspect::InspectError;
use crate::inspect::array_text;
use crate::inspect::row::Row;
use crate::inspect::statement::{Statement, run};
use crate::survey::sights::Sights;
use crate::survey::texts::Texts;

/// What has been read of the server so far.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) server: Server,
    pub(super) sessions: Vec<Session>,
    /// Settings that the role or the database overrides for this session, where nothing tells what the server's are.
    pub(super) hidden: Vec<String>,
}

/// Reads it, inside a transaction.
pub(super) async fn read(
    client: &Client,
    sights: &Sights,
    reading: &mut Reading,
) -> Result<(), InspectError> {
    let texts = Texts::of(client).await?;
    let mut statements = vec![
        Statement::new(
            "the server's version",
            "select pg_catalog.version()",
            |reading: &mut Reading, row| {
                reading.server.version_text = row.text(0)?.to_owned();
                Ok(())
            },
        ),
        Statement::new("settings", settings_sql(sights), take_setting),
        Statement::new("sessions", sessions_sql(texts), take_session),
        Statement::new("comments on roles", comments_sql(texts), |reading, row| {
            reading.server.role_comments.insert(RoleName::from(row.text(0)?), row.text(1)?.to_owned());
            Ok(())
        }),
    ];
    let has_patterns = crate::inspect::server::Server::look(client).await?.version.major() >= 16;
    if sights.ident {
        statements.push(Statement::new("maps of user names", ident_sql(has_patterns), take_mapping));
    }
    if sights.hba {
        statements.push(Statement::new("authentication rules", hba_sql(client).await?, take_hba));
        if has_patterns {
            statements.push(Statement::new("what authentication rules match", PATTERNS, take_pattern));
        }
    }
    run(client, &DatabaseName::from(""), &statements, reading).await
}

/// `reset_val` is what this session would go back to: the server's own value, unless the role, the database or the client
/// says otherwise. Then it is the file's, where that may be read. A text that nobody gave is empty.
fn settings_sql(sights: &Sights) -> String {
    let (of_file, files) = if sights.file_settings {
        (
            "coalesce(f.setting, s.boot_val, '')",
            "left join lateral (select f.setting from pg_catalog.pg_file_settings f
                                where o.name is not null and f.name = s.name and f.applied
                                order by f.seqno desc limit 1) f on true",
        )
    } else {
        ("null", "")
    };
    format!(
        "select s.name, case when o.name is null then coalesce(s.reset_val, '') else {of_file} end, s.boot_val, s.context
         from pg_catalog.pg_settings s
         left join (select distinct pg_catalog.lower(pg_catalog.split_part(setting, '=', 1)) as name
                    from pg_catalog.pg_db_role_setting d
                    join pg_catalog.pg_roles r on r.rolname = session_user and d.setrole in (0, r.oid)
                    join pg_catalog.pg_database b on b.datname = pg_catalog.current_database()
                                                  and d.setdatabase in (0, b.oid),
                         lateral pg_catalog.unnest(d.setconfig) as setting) o
                on o.name = pg_catalog.lower(s.name)
         {files}"
    )
}

fn take_setting(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let name = row.text(0)?.to_owned();
    let default = row.optional(2)?.map(str::to_owned);
    match row.optional(1)? {
        Some(value) => {
            let setting = Setting { value: value.to_owned(), default, context: row.text(3)?.to_owned() };
            reading.server.settings.insert(name, setting);
        }
        None => reading.hidden.push(name),
    }
    Ok(())
}

fn sessions_sql(texts: Texts) -> String {
    format!(
        "select a.usename, a.datname, {}, pg_catalog.host(a.client_addr), coalesce(s.ssl, false)
         from pg_catalog.pg_stat_activity a left join pg_catalog.pg_stat_ssl s on s.pid = a.pid
         where a.backend_type = 'client backend' and a.usename is not null and a.pid <> pg_catalog.pg_backend_pid()
         order by 1, 2, 3, 4, 5",
        texts.sql("a.application_name")
    )
}

fn take_session(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    reading.sessions.push(Session {
        role: RoleName::from(row.text(0)?),
        database: row.optional(1)?.map(DatabaseName::from),
        application: row.optional(2)?.unwrap_or_default().to_owned(),
        address: row.optional(3)?.map(str::to_owned),
        tls: row.flag(4)?,
    });
    Ok(())
}

fn comments_sql(texts: Texts) -> String {
    format!(
        "select r.rolname, {} from pg_catalog.pg_shdescription d join pg_catalog.pg_roles r on r.oid = d.objoid
         where d.classoid = 1260",
        texts.sql("d.description")
    )
}

/// The columns of the view that came with PostgreSQL 16 are asked for where they are.
async fn hba_sql(client: &Client) -> Result<String, InspectError> {
    let server = crate::inspect::server::Server::look(client).await?;
    let (file, order) = if server.version.major() >= 16 {
        ("file_name", "rule_number, line_number")
    } else {
        ("null", "line_number")
    };
    Ok(format!(
        "select line_number, {file}, type, database::text, user_name::text, address, netmask, auth_method,
                (select pg_catalog.array_agg(
                          case when option like 'ldapbindpasswd=%' then 'ldapbindpasswd'
                               when option like 'radiussecrets=%' then 'radiussecrets' else option end)::text
                 from pg_catalog.unnest(options) as option), error
         from pg_catalog.pg_hba_file_rules order by {order}"
    ))
}

/// The server's own regular expressions decide, as they do when somebody connects: advanced ones, by the rules of "C".
const PATTERNS: &str = r#"
with patterns as materialized (
  select distinct pattern from pg_catalog.pg_hba_file_rules h,
         lateral pg_catalog.unnest(h.user_name || h.database) as pattern
  where h.error is null and pattern like '/%')
select p.pattern, 'role', r.rolname from patterns p join pg_catalog.pg_roles r
  on r.rolname::text ~ (pg_catalog.substr(p.pattern, 2) collate pg_catalog."C")
union all
select p.pattern, 'database', d.datname from patterns p join pg_catalog.pg_database d
  on d.datname::text ~ (pg_catalog.substr(p.pattern, 2) collate pg_catalog."C")
union all
select p.pattern, 'none', '' from patterns p"#;

fn take_pattern(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let matched = reading.server.hba_patterns.entry(row.text(0)?.to_owned()).or_default();
    match row.text(1)? {
        "role" => drop(matched.roles.insert(RoleName::from(row.text(2)?))),
        "database" => drop(matched.databases.insert(DatabaseName::from(row.text(2)?))),
        _ => {}
    }
    Ok(())
}

/// Somebody of whom nobody has heard is matched only by an expression that matches everybody.
fn ident_sql(has_files: bool) -> String {
    let order = if has_files { "map_number, line_number" } else { "line_number" };
    format!(
        r#"select line_number, map_name, sys_name, pg_username,
                  case when sys_name like '/%'
                       then 'pgward.nobody-4711' ~ (pg_catalog.substr(sys_name, 2) collate pg_catalog."C") else false end
           from pg_catalog.pg_ident_file_mappings where error is null order by {order}"#
    )
}

fn take_mapping(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    reading.server.ident.push(IdentMapping {
        line: row.number(0)?,
        map: row.text(1)?.to_owned(),
        system_user: row.text(2)?.to_owned(),
        database_user: row.text(3)?.to_owned(),
        matches_anybody: row.flag(4)?,
    });
    Ok(())
}

/// Why the maps that authentication goes by are not known; none: they are, or it goes by none.
pub(super) fn unread_maps(server: &Server, sights: &Sights, version: Version) -> Option<String> {
    let goes_by_map =
        server.hba.iter().any(|line| line.options.iter().any(|option| option.starts_with("map=")));
    match (goes_by_map, sights.ident, version.major()) {
        (false, ..) | (_, true, _) => None,
        (.., ..15) => Some("PostgreSQL shows the maps of pg_ident.conf from 15 on".to_owned()),
        _ => Some(format!("role {} may not read pg_ident_file_mappings", sights.user.quoted())),
    }
}

fn take_hba(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let line = row.number(0)?;
    if let Some(error) = row.optional(9)? {
        reading.server.hba_errors.push((line, error.to_owned()));
        return Ok(());
    }
    let list = |column| match row.optional(column)? {
        Some(text) => array_text::elements(text).ok_or_else(|| row.form(column, text)),
        None => Ok(Vec::new()),
    };
    reading.server.hba.push(HbaRule {
        line,
        file: row.optional(1)?.map(str::to_owned),
        connection: match row.text(2)? {
            "local" => HbaConnection::Local,
            "host" => HbaConnection::Host,
            "hostssl" => HbaConnection::HostSsl,
            "hostnossl" => HbaConnection::HostNoSsl,
            "hostgssenc" => HbaConnection::HostGssEnc,
            "hostnogssenc" => HbaConnection::HostNoGssEnc,
            other => return Err(row.form(2, other)),
        },
        databases: list(3)?,
        users: list(4)?,
        address: row.optional(5)?.map(str::to_owned),
        netmask: row.optional(6)?.map(str::to_owned),
        method: row.text(7)?.to_owned(),
        options: list(8)?,
    });
    Ok(())
}
