//! When the rows of the catalogs that say who may do what were last written, where the server keeps that
//! (`track_commit_timestamp`, `pg_xact_commit_timestamp`).
//!
//! What a row was last written for is not kept: the moment is the latest at which what it says can have come about, and
//! another change of the same object moves it. It is the server's word, for whoever looks into who did it.

use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::ObjectKey;
use pgward_catalog::setting::SettingScope;
use tokio_postgres::{Client, Error};

use crate::inspect::InspectError;

/// Something that has a row in a catalog, seen from a session in its database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Written {
    /// An object: its owner, its ACL, its options.
    Object(ObjectKey),
    /// A column of a relation: its ACL.
    Column(ObjectKey, Name),
    /// A policy of a table.
    Policy(ObjectKey, Name),
    /// The attributes of a role.
    Role(RoleName),
    /// What a role is a member of.
    Memberships(RoleName),
    /// Settings that sessions begin with.
    Settings(SettingScope),
    /// The default privileges for what a role makes.
    Defaults(RoleName),
}

/// Whether the server keeps when transactions were committed.
pub async fn commit_times_are_kept(client: &Client, database: &DatabaseName) -> Result<bool, InspectError> {
    let asked = async {
        let kept = "SELECT pg_catalog.current_setting('track_commit_timestamp') = 'on'";
        client.query_one(kept, &[]).await?.try_get(0)
    };
    asked.await.map_err(|error| InspectError::query("the times of commits", database, error))
}

/// The moments, in UTC as RFC 3339 has them, in the order of what is asked for; none where the row is not there (any more),
/// not visible to this role, or older than what the server remembers. [`commit_times_are_kept`] has to be true.
pub async fn last_written(
    client: &Client,
    database: &DatabaseName,
    asked: &[Written],
) -> Result<Vec<Option<String>>, InspectError> {
    let looked = async {
        // Types of arguments are written as inspection writes them: with their schemas.
        client.batch_execute("BEGIN READ ONLY; SET LOCAL search_path = ''").await?;
        let moments = moments(client, asked).await;
        client.batch_execute("ROLLBACK").await?;
        moments
    };
    looked.await.map_err(|error| InspectError::query("the times of commits", database, error))
}

async fn moments(client: &Client, asked: &[Written]) -> Result<Vec<Option<String>>, Error> {
    let sees_roles: bool = client
        .query_one("SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')", &[])
        .await?
        .try_get(0)?;
    let lines: Vec<Line> = asked.iter().map(line).collect();
    let column = |of: fn(&Line) -> &str| lines.iter().map(of).collect::<Vec<&str>>();
    let (kinds, schemas) = (column(|line| line.kind), column(|line| &line.schema));
    let (names, parts) = (column(|line| &line.name), column(|line| &line.part));
    let statement = if sees_roles {
        format!("{QUERY_HEAD}{ROLES}{QUERY_TAIL}")
    } else {
        format!("{QUERY_HEAD}{QUERY_TAIL}")
    };
    let mut moments = vec![None; asked.len()];
    for row in client.query(&statement, &[&kinds, &schemas, &names, &parts]).await? {
        let (number, moment): (i64, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
        let place = usize::try_from(number).ok().and_then(|number| moments.get_mut(number.checked_sub(1)?));
        if let Some(place) = place {
            *place = moment;
        }
    }
    Ok(moments)
}

/// What the statement compares with: the kind of row, and up to three names.
struct Line {
    kind: &'static str,
    schema: String,
    name: String,
    part: String,
}

fn line(written: &Written) -> Line {
    let of = |kind, key: &ObjectKey, part: &str| Line {
        kind,
        schema: key.schema.as_ref().map_or_else(String::new, |schema| schema.as_str().to_owned()),
        name: key.name.as_str().to_owned(),
        part: part.to_owned(),
    };
    let role = |kind, role: &RoleName| Line {
        kind,
        schema: String::new(),
        name: role.as_str().to_owned(),
        part: String::new(),
    };
    match written {
        Written::Object(key) => match key.class {
            Class::Function | Class::Procedure | Class::Aggregate => {
                of("routine", key, key.signature.as_deref().unwrap_or_default())
            }
            class => of(kind(class), key, ""),
        },
        Written::Column(key, column) => of("column", key, column.as_str()),
        Written::Policy(key, policy) => of("policy", key, policy.as_str()),
        Written::Role(name) => role("role", name),
        Written::Memberships(name) => role("memberships", name),
        Written::Defaults(name) => role("defaults", name),
        Written::Settings(scope) => Line {
            kind: "settings",
            schema: scope.database.as_ref().map_or_else(String::new, |name| name.as_str().to_owned()),
            name: scope.role.as_ref().map_or_else(String::new, |name| name.as_str().to_owned()),
            part: String::new(),
        },
    }
}

/// The catalog that has its rows, as the statement calls it. Classes that have none there are never found.
fn kind(class: Class) -> &'static str {
    match class {
        class if class.is_table_like() => "relation",
        Class::Sequence => "relation",
        Class::Schema => "schema",
        Class::Type | Class::Domain => "type",
        Class::Database => "database",
        Class::Tablespace => "tablespace",
        Class::Language => "language",
        Class::ForeignDataWrapper => "wrapper",
        Class::ForeignServer => "server",
        Class::Publication => "publication",
        Class::EventTrigger => "event trigger",
        Class::LargeObject => "large object",
        _ => "",
    }
}

const QUERY_HEAD: &str = "
WITH asked AS (
  SELECT * FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]),
                           pg_catalog.unnest($3::text[]), pg_catalog.unnest($4::text[]))
    WITH ORDINALITY AS a(kind, schema, name, part, number)
)
SELECT a.number, pg_catalog.to_char(
         pg_catalog.max(pg_catalog.pg_xact_commit_timestamp(w.xmin)) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
FROM asked AS a CROSS JOIN LATERAL (
  SELECT c.xmin FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE a.kind = 'relation' AND n.nspname = a.schema AND c.relname = a.name
  UNION ALL SELECT t.xmin FROM pg_catalog.pg_attribute AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.attrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE a.kind = 'column' AND n.nspname = a.schema AND c.relname = a.name AND t.attname = a.part
  UNION ALL SELECT p.xmin FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE a.kind = 'policy' AND n.nspname = a.schema AND c.relname = a.name AND p.polname = a.part
  UNION ALL SELECT p.xmin FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE a.kind = 'routine' AND n.nspname = a.schema AND p.proname = a.name
      AND pg_catalog.oidvectortypes(p.proargtypes) = a.part
  UNION ALL SELECT t.xmin FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    WHERE a.kind = 'type' AND n.nspname = a.schema AND t.typname = a.name
  UNION ALL SELECT n.xmin FROM pg_catalog.pg_namespace AS n WHERE a.kind = 'schema' AND n.nspname = a.name
  UNION ALL SELECT d.xmin FROM pg_catalog.pg_database AS d WHERE a.kind = 'database' AND d.datname = a.name
  UNION ALL SELECT t.xmin FROM pg_catalog.pg_tablespace AS t WHERE a.kind = 'tablespace' AND t.spcname = a.name
  UNION ALL SELECT l.xmin FROM pg_catalog.pg_language AS l WHERE a.kind = 'language' AND l.lanname = a.name
  UNION ALL SELECT f.xmin FROM pg_catalog.pg_foreign_data_wrapper AS f WHERE a.kind = 'wrapper' AND f.fdwname = a.name
  UNION ALL SELECT s.xmin FROM pg_catalog.pg_foreign_server AS s WHERE a.kind = 'server' AND s.srvname = a.name
  UNION ALL SELECT p.xmin FROM pg_catalog.pg_publication AS p WHERE a.kind = 'publication' AND p.pubname = a.name
  UNION ALL SELECT e.xmin FROM pg_catalog.pg_event_trigger AS e WHERE a.kind = 'event trigger' AND e.evtname = a.name
  UNION ALL SELECT l.xmin FROM pg_catalog.pg_largeobject_metadata AS l
    WHERE a.kind = 'large object' AND l.oid::text = a.name
  UNION ALL SELECT m.xmin FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
    WHERE a.kind = 'memberships' AND r.rolname = a.name
  UNION ALL SELECT f.xmin FROM pg_catalog.pg_default_acl AS f JOIN pg_catalog.pg_roles AS r ON r.oid = f.defaclrole
    WHERE a.kind = 'defaults' AND r.rolname = a.name
  UNION ALL SELECT s.xmin FROM pg_catalog.pg_db_role_setting AS s
    LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
    WHERE a.kind = 'settings' AND COALESCE(r.rolname, '') = a.name AND COALESCE(d.datname, '') = a.schema";

const ROLES: &str = "
  UNION ALL SELECT r.xmin FROM pg_catalog.pg_authid AS r WHERE a.kind = 'role' AND r.rolname = a.name";

const QUERY_TAIL: &str = "
) AS w GROUP BY a.number";
