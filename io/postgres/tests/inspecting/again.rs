//! What is read again within a transaction is what a whole reading finds there, whichever way it was read.

use pgward_catalog::acl::{Entry, Grantee};
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_postgres::inspect::{Moment, add, inspect_noting_when, read_again, read_cluster, read_contents};
use tokio_postgres::Client;

use crate::inspecting::drift::CHANGES;
use crate::inspecting::server::{Server, newest, oldest};

#[tokio::test]
async fn every_change_is_found_again_as_a_whole_reading_finds_it() {
    // Three readings for each change are many: the oldest and the newest version will do.
    for server in [oldest(), newest()].map(Server::with_fixture) {
        server.sql("fixture", NOTHING_FIRES);
        let mut renewed = Vec::new();
        for (_, change) in CHANGES.iter().filter(|(since, _)| server.major >= *since) {
            // A session that has written nothing yet: the server counts by sessions.
            let client = server.client("fixture").await;
            let before = Before::read(&client).await;
            client.batch_execute(&format!("begin; {change}")).await.unwrap();
            let again = before.read_again(&client).await;
            let all = whole(&client).await;
            client.batch_execute("commit").await.unwrap();
            if again.is_renewed() {
                renewed.push(*change);
            }
            let found = again.without_mark(&all);
            assert!(found == all, "PostgreSQL {}: {change:?} is not found as it is", server.major);
        }
        for change in RENEWED {
            assert!(renewed.contains(change), "PostgreSQL {}: all was read after {change:?}", server.major);
        }
        for change in NOT_RENEWED {
            assert!(
                !renewed.contains(change),
                "PostgreSQL {}: {change:?} is more than its rows",
                server.major
            );
        }
    }
}

#[tokio::test]
async fn everything_is_read_again_where_more_may_have_changed() {
    let server = newest().with_fixture();
    server.sql("fixture", NOTHING_FIRES);
    let other = server.client("fixture").await;
    for Case { means, session, before, between, inside, renewed } in CASES {
        let client = server.client("fixture").await;
        client.batch_execute(session).await.unwrap();
        other.batch_execute(before).await.unwrap();
        let read = Before::read(&client).await;
        other.batch_execute(between).await.unwrap();
        client.batch_execute(&format!("begin; {inside}")).await.unwrap();
        let again = read.read_again(&client).await;
        let all = whole(&client).await;
        client.batch_execute("rollback").await.unwrap();
        assert_eq!(again.is_renewed(), *renewed, "{means}");
        assert!(again.without_mark(&all) == all, "{means}");
    }
}

/// What happens around a transaction that grants something.
struct Case {
    means: &'static str,
    /// What the session is set to.
    session: &'static str,
    /// What somebody else does before everything is read.
    before: &'static str,
    /// What he does after that.
    between: &'static str,
    /// The transaction.
    inside: &'static str,
    /// Whether only what it wrote is read again.
    renewed: bool,
}

const QUIET: Case = Case {
    means: "nobody does anything else",
    session: "",
    before: "",
    between: "",
    inside: "grant select on app.orders to app_reader",
    renewed: true,
};

const CASES: &[Case] = &[
    QUIET,
    Case {
        means: "somebody else has granted something",
        between: "grant select on app.measures to app_reader",
        renewed: false,
        ..QUIET
    },
    Case {
        means: "somebody else has dropped something",
        before: "create table app.short_lived (id int)",
        between: "drop table app.short_lived",
        renewed: false,
        ..QUIET
    },
    Case {
        means: "somebody else has only written to a table",
        before: "create table app.busy (id int)",
        between: "insert into app.busy values (1)",
        renewed: false,
        ..QUIET
    },
    Case {
        means: "somebody else is in the middle of something",
        between: "begin; grant select on app.measures to public",
        ..QUIET
    },
    Case { means: "that has come to an end", between: "commit", renewed: false, ..QUIET },
    Case {
        means: "something was taken back inside",
        inside: "grant select on app.orders to app_reader; savepoint one; create table app.no (id int); rollback to one",
        renewed: false,
        ..QUIET
    },
    Case { means: "the server does not count", session: "set track_counts = off", renewed: false, ..QUIET },
    Case {
        means: "a role gets another name",
        inside: "grant select on app.orders to app_reader; alter role app_reader rename to app_reading",
        renewed: false,
        ..QUIET
    },
    Case {
        means: "a table gets another name",
        inside: "alter table app.orders rename to ordered",
        renewed: false,
        ..QUIET
    },
    Case {
        means: "an event trigger may do anything",
        before: "alter event trigger \"guard it\" enable",
        renewed: false,
        ..QUIET
    },
];

#[tokio::test]
async fn what_subtransactions_have_written_is_read_again() {
    let server = newest().with_fixture();
    server.sql("fixture", NOTHING_FIRES);
    let client = server.client("fixture").await;
    let before = Before::read(&client).await;
    client
        .batch_execute(
            "begin; grant insert on app.measures to app_reader; savepoint one; \
             grant select on app.orders to app_reader; release one",
        )
        .await
        .unwrap();
    let again = before.read_again(&client).await;
    let all = whole(&client).await;
    assert!(again.is_renewed());
    assert!(again.without_mark(&all) == all);
    let orders = ObjectKey::in_schema(Class::Table, "app", "orders");
    let reader = Grantee::Role(RoleName::from("app_reader"));
    assert!(object(&all, &orders).acl.privileges_of(&reader).contains(Privilege::Select));
}

/// What was read before, with a mark on a table that no change is about: it says whether all was read again.
struct Before {
    marked: Catalog,
    moment: Moment,
}

/// What was read again.
struct Again(Catalog);

impl Before {
    async fn read(client: &Client) -> Before {
        let (mut marked, mut moments) = inspect_noting_when(client, &[]).await.unwrap();
        let moment = moments.remove(&fixture()).unwrap();
        marked.databases.get_mut(&fixture()).unwrap().objects.get_mut(&table()).unwrap().acl.grant(mark());
        Before { marked, moment }
    }

    async fn read_again(&self, client: &Client) -> Again {
        let mut found = read_again(client, self.marked.clone(), Some(&self.moment)).await.unwrap();
        found.unseen.clear();
        Again(found)
    }
}

impl Again {
    fn is_renewed(&self) -> bool {
        object(&self.0, &table()).acl.entry(&mark().grantee, &mark().grantor).is_some()
    }

    fn without_mark(mut self, all: &Catalog) -> Catalog {
        let unmarked = object(all, &table()).clone();
        self.0.databases.get_mut(&fixture()).unwrap().objects.insert(table(), unmarked);
        self.0
    }
}

async fn whole(client: &Client) -> Catalog {
    let cluster = read_cluster(client).await.unwrap();
    let database = read_contents(client, &cluster).await.unwrap();
    let mut catalog = cluster.catalog;
    add(&mut catalog, database);
    catalog.unseen.clear();
    catalog
}

fn object<'a>(catalog: &'a Catalog, key: &ObjectKey) -> &'a Object {
    &catalog.databases[&fixture()].objects[key]
}

fn fixture() -> DatabaseName {
    DatabaseName::from("fixture")
}

fn table() -> ObjectKey {
    ObjectKey::in_schema(Class::Table, "app", "€€€€€€€€€€€€€€€€€€€€€")
}

fn mark() -> Entry {
    let nobody = RoleName::from("nobody has this name");
    Entry {
        grantee: Grantee::Role(nobody.clone()),
        grantor: nobody,
        privileges: Privilege::Select.into(),
        grantable: Privileges::NONE,
    }
}

const NOTHING_FIRES: &str = "alter event trigger \"guard it\" disable";

/// Changes that are all in the rows that they write.
const RENEWED: &[&str] = &[
    "grant select on app.orders to app_reader",
    "grant delete on app.orders to public",
    "grant usage on sequence app.orders_id_seq to public",
    "grant execute on function app.total(int, numeric) to app_reader",
    "alter function app.total(int, numeric) security definer",
    "grant usage on schema empty_one to public",
    "grant connect on database postgres to app_reader",
    "alter table app.orders enable row level security",
    "create role by_hand",
    "grant app_owner to by_hand",
];

/// Changes to what is not read by its rows.
const NOT_RENEWED: &[&str] = &[
    "grant update (amount) on app.orders to \"1234\"",
    "create table not_mentioned.made_by_hand (id int)",
    "drop policy narrow on app.customers",
    "alter role app_reader login",
    "alter sequence app.alone owned by app.untouched.id",
    "alter function pg_catalog.upper(text) security definer",
];
