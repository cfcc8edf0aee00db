//! Publications, subscriptions and event triggers: what runs for somebody without being called by them.

use pgward_catalog::class::Class;
use pgward_catalog::name::{Name, SchemaName};
use pgward_catalog::object::{Facts, GeneratedColumns, ObjectKey, PublicationFacts, PublicationOptions};
use pgward_catalog::setting::sealed_connection;
use pgward_catalog::version::Version;

use crate::inspect::array_text;
use crate::inspect::failure::InspectError;
use crate::inspect::firing::fires;
use crate::inspect::place::RELATIONS;
use crate::inspect::reading::{Found, Reading};
use crate::inspect::row::Row;
use crate::inspect::server::Sight;
use crate::inspect::statement::Statement;

pub(super) fn statements<'a>(version: Version, connections: Sight) -> Vec<Statement<Reading<'a>>> {
    let filters = version.major() >= 15;
    let mut statements = vec![
        Statement::new(
            "publications",
            if version.major() >= 18 { PUBLICATIONS } else { PUBLICATIONS_14 },
            take_publication,
        ),
        Statement::new(
            "tables of publications",
            if filters { PUBLISHED_TABLES } else { PUBLISHED_TABLES_14 },
            take_published_table,
        ),
        Statement::new("subscriptions", subscriptions_sql(version, connections), take_subscription),
        Statement::new("event triggers", EVENT_TRIGGERS, take_event_trigger),
    ];
    if filters {
        statements.push(Statement::new("schemas of publications", PUBLISHED_SCHEMAS, take_published_schema));
    }
    statements
}

fn take_publication(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let key = ObjectKey::bare(Class::Publication, row.text(1)?);
    let generated_columns = match row.text(9)? {
        "n" => GeneratedColumns::None,
        "s" => GeneratedColumns::Stored,
        letter => {
            return Err(InspectError::UnknownKind {
                column: "pg_publication.pubgencols",
                letter: letter.to_owned(),
                object: key.to_string(),
            });
        }
    };
    let options = PublicationOptions {
        insert: row.flag(4)?,
        update: row.flag(5)?,
        delete: row.flag(6)?,
        truncate: row.flag(7)?,
        via_partition_root: row.flag(8)?,
        generated_columns,
    };
    let facts = Facts::Publication(PublicationFacts {
        all_tables: row.flag(3)?,
        options,
        ..PublicationFacts::default()
    });
    reading.add(Found { place: (PUBLICATION, row.number(0)?), key, owner: row.number(2)?, acl: None, facts })
}

fn take_published_table(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let oid: u32 = row.number(1)?;
    let Some(table) = reading.key((RELATIONS, oid)).map(ObjectKey::quoted) else {
        return Err(reading.moved(format!("relation {oid}, which is published,")));
    };
    let mut what = Vec::new();
    if let Some(columns) = row.optional(2)? {
        let columns = array_text::elements(columns).ok_or_else(|| row.form(2, columns))?;
        let columns: Vec<String> =
            columns.iter().map(|column| Name::from(column.as_str()).quoted()).collect();
        what.push(format!("({})", columns.join(", ")));
    }
    if let Some(filter) = row.optional(3)? {
        what.push(format!("WHERE {filter}"));
    }
    if let Some(facts) = publication(reading, row.number(0)?) {
        facts.tables.insert(table, what.join(" "));
    }
    Ok(())
}

fn take_published_schema(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let schema: Option<SchemaName> = reading.schema(row.number(1)?)?;
    if let Some(facts) = publication(reading, row.number(0)?)
        && let Some(schema) = schema
    {
        facts.schemas.push(schema);
        facts.schemas.sort();
    }
    Ok(())
}

fn publication<'r>(reading: &'r mut Reading<'_>, oid: u32) -> Option<&'r mut PublicationFacts> {
    match &mut reading.object((PUBLICATION, oid))?.facts {
        Facts::Publication(facts) => Some(facts),
        _ => None,
    }
}

fn take_subscription(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let key = ObjectKey::bare(Class::Subscription, row.text(1)?);
    let publications = row.text(6)?;
    let names = array_text::elements(publications).ok_or_else(|| row.form(6, publications))?;
    let mut publications: Vec<Name> = names.iter().map(|name| Name::from(name.as_str())).collect();
    publications.sort();
    let connection = row.optional(7)?.map(|connection| sealed_connection(key.name.as_str(), connection));
    if connection.is_none() {
        reading.hidden_connections.push(key.to_string());
    }
    let facts = Facts::Subscription {
        enabled: row.flag(3)?,
        run_as_owner: row.flag(4)?,
        password_required: row.flag(5)?,
        publications,
        connection,
    };
    reading.add(Found { place: (SUBSCRIPTION, row.number(0)?), key, owner: row.number(2)?, acl: None, facts })
}

fn take_event_trigger(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let key = ObjectKey::bare(Class::EventTrigger, row.text(1)?);
    let enabled = fires(row, 4)?;
    let tags = match row.optional(8)? {
        Some(tags) => array_text::elements(tags).ok_or_else(|| row.form(8, tags))?,
        None => Vec::new(),
    };
    let function = ObjectKey::routine(Class::Function, row.text(5)?, row.text(6)?, row.text(7)?);
    let facts = Facts::EventTrigger { event: row.text(3)?.to_owned(), enabled, function, tags };
    reading.add(Found {
        place: (EVENT_TRIGGER, row.number(0)?),
        key,
        owner: row.number(2)?,
        acl: None,
        facts,
    })
}

/// `pg_publication`.
const PUBLICATION: u32 = 6104;

/// `pg_subscription`.
const SUBSCRIPTION: u32 = 6100;

/// `pg_event_trigger`.
const EVENT_TRIGGER: u32 = 3466;

const PUBLICATIONS: &str = "select oid, pubname, pubowner, puballtables,
       pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot, pubgencols
    from pg_catalog.pg_publication";

/// Before version 18 no generated column is sent out that is not listed.
const PUBLICATIONS_14: &str = "select oid, pubname, pubowner, puballtables,
       pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot, 'n'
    from pg_catalog.pg_publication";

const PUBLISHED_TABLES: &str = "select prpubid, prrelid,
       case when prattrs is not null then
         (select pg_catalog.array_agg(a.attname order by a.attnum)::text from pg_catalog.pg_attribute a
          where a.attrelid = prrelid and a.attnum = any (prattrs)) end,
       pg_catalog.pg_get_expr(prqual, prrelid)
    from pg_catalog.pg_publication_rel";

const PUBLISHED_TABLES_14: &str = "select prpubid, prrelid, null, null from pg_catalog.pg_publication_rel";

const PUBLISHED_SCHEMAS: &str = "select pnpubid, pnnspid from pg_catalog.pg_publication_namespace";

/// The connection, which may hold a password, is asked for only where this role may read it, and sealed the moment it is read.
fn subscriptions_sql(version: Version, connections: Sight) -> String {
    let options = match version.major() >= 16 {
        true => "subrunasowner, subpasswordrequired",
        // Before version 16 there were no such options; these are their defaults.
        false => "false, true",
    };
    let connection = match connections {
        Sight::Seen => "subconninfo",
        Sight::Unseen => "null",
    };
    format!(
        "select oid, subname, subowner, subenabled, {options}, subpublications::text, {connection}
         from pg_catalog.pg_subscription
         where subdbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())"
    )
}

const EVENT_TRIGGERS: &str =
    "select e.oid, e.evtname, e.evtowner, e.evtevent, e.evtenabled, n.nspname, p.proname,
       pg_catalog.oidvectortypes(p.proargtypes),
       (select pg_catalog.array_agg(tag order by tag)::text from pg_catalog.unnest(e.evttags) tag)
    from pg_catalog.pg_event_trigger e
    join pg_catalog.pg_proc p on p.oid = e.evtfoid
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace";
