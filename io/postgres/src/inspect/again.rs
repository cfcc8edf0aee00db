//! Reading a database again within the transaction that has changed it.
//!
//! What a transaction has written to `pg_class` and `pg_proc` is in rows that bear its number, and reading only these is
//! as good as reading all, as long as nothing else can have changed: nobody has committed anything since the database was
//! read, the server counted what our own transaction wrote to every catalog, and no catalog is among them of which that
//! would not do. Where any of it does not hold, everything is read.

use futures_util::future::join;
use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::class::Class;
use pgward_catalog::object::{Facts, Object};
use tokio_postgres::Client;

use crate::inspect::cluster::{ClusterPart, read_cluster};
use crate::inspect::contents::read_contents;
use crate::inspect::database::Database;
use crate::inspect::failure::InspectError;
use crate::inspect::moment::{Moment, NOW};
use crate::inspect::reading::Reading;
use crate::inspect::statement::{Statement, run};
use crate::inspect::written::{Renewable, Written};
use crate::inspect::{default_privilege, relation, routine, schema};

/// Reads the cluster and the database of this session again, inside a transaction that may have changed both. Of other
/// databases it says what was read before; so it does of what this one did not change, if it was read at a moment that
/// is known.
pub async fn read_again(
    client: &Client,
    before: Catalog,
    moment: Option<&Moment>,
) -> Result<Catalog, InspectError> {
    let (cluster, written) = join(read_cluster(client), Written::so_far(client)).await;
    let (cluster, written) = (cluster?, written?);
    let mut databases = before.databases;
    let found = databases.remove(&cluster.server.database);
    let renewed = match found.zip(moment) {
        Some((contents, moment)) => renew(client, &cluster, contents, &written, moment).await?,
        None => None,
    };
    let database = match renewed {
        Some(contents) => Database { name: cluster.server.database.clone(), contents, unseen: Vec::new() },
        None => read_contents(client, &cluster).await?,
    };
    let mut catalog = cluster.catalog;
    databases.insert(database.name, database.contents);
    catalog.databases = databases;
    catalog.unseen.extend(database.unseen);
    Ok(catalog)
}

/// What was read before, with what this transaction has written since; none if that is not all there is to it.
async fn renew(
    client: &Client,
    cluster: &ClusterPart,
    before: Contents,
    written: &Written,
    moment: &Moment,
) -> Result<Option<Contents>, InspectError> {
    // Names have to be looked through one by one there, and code that answers to what others do may do anything.
    if cluster.server.encoding == "SQL_ASCII" || before.objects.values().any(fires) {
        return Ok(None);
    }
    let Some(renewable) = written.renewable_since(moment) else { return Ok(None) };
    let mut reading = Reading::new(cluster, &cluster.server);
    run(client, &cluster.server.database, &statements(&renewable), &mut reading).await?;
    // Each query saw a moment of its own; if nobody has committed anything until the last, they all saw the same.
    let last = reading.last_moment.take();
    let is_all = last.is_some_and(|last| moment.is_followed_only_by(renewable.own, &last));
    if reading.passed_over || !is_all {
        return Ok(None);
    }
    Ok(merge(before, reading.finish()?.contents, renewable.reads_schemas()))
}

/// Whether it is an event trigger that may run code of somebody's.
fn fires(object: &Object) -> bool {
    matches!(object.facts, Facts::EventTrigger { enabled, .. } if enabled != 'D')
}

/// The small catalogs as wholes where they were written or are referred to, and of the others what this transaction has
/// written: its own number, and those of its subtransactions, which come later.
fn statements<'a>(renewable: &Renewable) -> Vec<Statement<Reading<'a>>> {
    let own = renewable.own % (1 << 32);
    let is_ours = format!("pg_catalog.age(xmin) <= (select pg_catalog.age('{own}'::xid))");
    let mut statements = match renewable.reads_schemas() {
        true => schema::statements(),
        false => vec![schema::names()],
    };
    statements.push(relation::renewed(&is_ours));
    if renewable.routines {
        statements.push(routine::renewed(&is_ours));
    }
    statements.extend(default_privilege::statements());
    statements.push(Statement::new("what a transaction sees", NOW, |reading, row| {
        reading.last_moment = Some(Moment::of(row, 0)?);
        Ok(())
    }));
    statements
}

/// None if something is there that was not there before, under its name.
fn merge(before: Contents, renewed: Contents, with_schemas: bool) -> Option<Contents> {
    let Contents { mut objects, rules, .. } = before;
    if with_schemas {
        objects.retain(|key, _| !is_read_whole(key.class));
    }
    for (key, object) in renewed.objects {
        if with_schemas && is_read_whole(key.class) {
            objects.insert(key, object);
        } else {
            take_over(objects.get_mut(&key)?, object);
        }
    }
    Some(Contents { objects, default_privileges: renewed.default_privileges, rules })
}

/// The classes that [`schema::statements`] reads.
fn is_read_whole(class: Class) -> bool {
    matches!(class, Class::Schema | Class::Extension | Class::Language)
}

/// Takes over what a row of `pg_class` or `pg_proc` says; what other catalogs say has not changed.
fn take_over(object: &mut Object, row: Object) {
    object.owner = row.owner;
    object.acl = row.acl;
    match (&mut object.facts, row.facts) {
        (Facts::Table(table), Facts::Table(renewed)) => {
            table.row_security.enabled = renewed.row_security.enabled;
            table.row_security.forced = renewed.row_security.forced;
        }
        (Facts::OwnedSequence { .. }, Facts::None) => {}
        (facts, renewed) => *facts = renewed,
    }
}
