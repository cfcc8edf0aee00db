#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use pgward_cluster::{Cluster, Options, Search};
use pgward_contract::source::Source;
use pgward_lease::ask::ask;
use pgward_lease::from_contract::policy_of;
use pgward_lease::lease::Stage;
use pgward_lease::request::{Ask, Purpose};
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;

use super::changes::{Change, Changes};
use super::sessions::{Kill, SeenSession};
use super::*;

fn policy() -> Policy {
    let (contract, found) = pgward_contract::read::read(&[Source::new("c.yaml", CONTRACT)]);
    assert_eq!(found, []);
    policy_of(&contract.access.unwrap(), BTreeMap::new()).unwrap()
}

const CONTRACT: &str = "contract: 1
databases: {shop: {}}
access:
  targets: {shop: {database: shop}}
  people: {ada: {}, carol: {}, dan: {}, dora: {}}
  groups: {ciso: [carol], dba: [dan, dora]}
  tiers:
    read_only: {ttl: 1h, max: 8h, approval: [auto]}
    admin: {ttl: 15m, max: 1h, approval: [{all: [ciso, dba]}]}
";

fn begun(number: u8, tier: &str) -> (Lease, Vec<Effect>) {
    let asked = Ask {
        by: "ada".to_owned(),
        target: "shop".into(),
        tier: tier.into(),
        purpose: Purpose::Sessions,
        reason: "it's \"broken\" \u{1f600}".to_owned(),
        length: None,
    };
    ask(LeaseId::of_random([number; LeaseId::RANDOM_BYTES]), &asked, minute(0), &policy()).unwrap()
}

fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_second(minutes * 60).unwrap()
}

fn approve(by: &str) -> Event {
    Event::Approve { by: by.to_owned(), instead_of: None }
}

fn revoke() -> Event {
    Event::Revoke { by: None, reason: "role escape".to_owned() }
}

/// The same story on each kind of database, with two desks.
async fn the_story(place: &Place) {
    let policy = policy();
    let (mut one, mut other) = (Leases::open(place).await.unwrap(), Leases::open(place).await.unwrap());
    let (lease, effects) = begun(1, "admin");
    let id = lease.id.clone();
    let kept = one.begin(&lease, &effects, minute(0)).await.unwrap();
    assert_eq!(other.get(&id).await.unwrap(), Some(kept.clone()));
    assert!(other.begin(&lease, &effects, minute(0)).await.is_err(), "kept twice");

    // Both desks have read it; one is first, the other learns of it.
    let (first, _) = step(&lease, &approve("dan"), minute(1), &policy).unwrap();
    let (second, _) = step(&lease, &approve("dora"), minute(1), &policy).unwrap();
    assert!(one.replace(&kept, &first, &approve("dan"), &[], minute(1)).await.unwrap().is_some());
    assert_eq!(other.replace(&kept, &second, &approve("dora"), &[], minute(1)).await.unwrap(), None);
    // Dora's approval happens to what Dan's has left: the seat is taken.
    let refused = other.change(&id, &approve("dora"), minute(2), &policy).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Refused(Refusal::NotNeeded)), "{refused}");
    let (kept, effects) = other.change(&id, &approve("carol"), minute(2), &policy).await.unwrap();
    assert!(matches!(kept.lease.stage, Stage::Granted(_)) && kept.version == 3);
    assert!(effects.contains(&Effect::MakeRole { until: minute(17) }));

    // A look that finds nothing is not kept.
    let (looked, nothing) = one.change(&id, &Event::Tick, minute(3), &policy).await.unwrap();
    assert_eq!((looked.version, nothing), (3, Vec::new()));
    let unknown = LeaseId::of_random([9; LeaseId::RANDOM_BYTES]);
    let missing = one.change(&unknown, &Event::Tick, minute(3), &policy).await.unwrap_err();
    assert!(matches!(missing, ChangeError::NoLease(_)), "{missing}");

    // What is over and done with is asked for, or not.
    for event in [Event::RoleMade, revoke(), Event::RoleGone] {
        one.change(&id, &event, minute(4), &policy).await.unwrap();
    }
    let (reads, effects) = begun(2, "read_only");
    one.begin(&reads, &effects, minute(5)).await.unwrap();
    let ids = |leases: Vec<Kept>| leases.into_iter().map(|kept| kept.lease.id).collect::<Vec<_>>();
    assert!(ids(other.list(&Wanted::default()).await.unwrap()).iter().eq([&reads.id]));
    let all = Wanted { unsettled: Unsettled::AndSettled, person: Some("ada".into()) };
    assert_eq!(ids(other.list(&all).await.unwrap()), [reads.id, id]);
    let somebodys = Wanted { person: Some("carol".into()), ..all };
    assert_eq!(ids(other.list(&somebodys).await.unwrap()), []);
}

/// What one desk lets happen, the other is told; so is one that was away.
async fn changes_are_told(place: &Place) {
    let policy = policy();
    let mut one = Leases::open(place).await.unwrap();
    let (lease, effects) = begun(1, "read_only");
    one.begin(&lease, &effects, minute(0)).await.unwrap();
    one.change(&lease.id, &Event::RoleMade, minute(0), &policy).await.unwrap();

    let mut other = Changes::from_now(place).await.unwrap();
    let before = other.last();
    let revoking = async {
        // The other waits by then, or finds it at its first look.
        tokio::task::yield_now().await;
        one.change(&lease.id, &revoke(), minute(1), &policy).await.unwrap();
    };
    let (told, ()) = tokio::join!(tokio::time::timeout(Duration::from_secs(60), other.next()), revoking);
    let told = told.unwrap().unwrap();
    let [change] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((&change.lease, change.version), (&lease.id, 3));
    assert!(change.effects.contains(&Effect::CutSessions));
    assert_eq!(other.last(), change.number);

    // A desk that was away is told all of it, in its order.
    let mut away = Changes::after(place, 0).await.unwrap();
    let versions: Vec<i64> = away.next().await.unwrap().iter().map(|change| change.version).collect();
    assert_eq!(versions, [1, 2, 3]);
    let mut away = Changes::after(place, before).await.unwrap();
    assert_eq!(away.next().await.unwrap().len(), 1);
    // And then there is nothing more.
    assert!(tokio::time::timeout(Duration::from_millis(200), away.next()).await.is_err());
}

/// Many desks let things happen to one lease: each happens once, and none is lost.
async fn nothing_is_lost(place: &Place) {
    let mut leases = Leases::open(place).await.unwrap();
    let (lease, effects) = begun(1, "read_only");
    leases.begin(&lease, &effects, minute(0)).await.unwrap();
    leases.change(&lease.id, &Event::RoleMade, minute(0), &policy()).await.unwrap();
    leases.change(&lease.id, &revoke(), minute(0), &policy()).await.unwrap();
    let mut together = tokio::task::JoinSet::new();
    for desk in 0..6 {
        let (place, id) = (place.clone(), lease.id.clone());
        let stays = async move {
            let mut leases = Leases::open(&place).await?;
            for time in 0..4 {
                let event = Event::RoleStays { words: format!("desk {desk}, time {time}") };
                leases.change(&id, &event, minute(1), &policy()).await?;
            }
            Ok::<(), ChangeError>(())
        };
        // Each on a thread of its own: SQLite waits where it is.
        together.spawn_blocking(move || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(stays)
        });
    }
    while let Some(done) = together.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(leases.get(&lease.id).await.unwrap().unwrap().version, 3 + 24);
    let mut told = Changes::after(place, 0).await.unwrap();
    let versions: Vec<i64> = told.next().await.unwrap().iter().map(|change| change.version).collect();
    assert_eq!(versions, (1..=27).collect::<Vec<i64>>());
}

/// What no ledger has is remembered, also of leases that are over.
async fn what_no_ledger_has_is_kept(place: &Place) {
    let mut leases = Leases::open(place).await.unwrap();
    let (lease, effects) = begun(7, "admin");
    leases.begin(&lease, &effects, minute(0)).await.unwrap();
    let numbers = |changes: &[Change]| changes.iter().map(|change| change.number).collect::<Vec<_>>();
    let mut desk = Changes::from_now(place).await.unwrap();
    let first = desk.unnoted().await.unwrap();
    assert_eq!(first.iter().filter(|change| change.lease == lease.id).count(), 1);
    desk.note().await.unwrap();
    assert_eq!(numbers(&desk.unnoted().await.unwrap()), [0_i64; 0]);

    let withdraw = Event::Withdraw { by: "ada".to_owned() };
    leases.change(&lease.id, &withdraw, minute(1), &policy()).await.unwrap();
    // It dies before its ledger has it; the next one finds it.
    assert_eq!(desk.next().await.unwrap().len(), 1);
    drop(desk);
    let mut next = Changes::from_now(place).await.unwrap();
    assert_eq!(numbers(&next.unnoted().await.unwrap()), [next.last()]);
    next.note().await.unwrap();
    assert_eq!(numbers(&next.unnoted().await.unwrap()), [0_i64; 0]);
}

/// Sessions of two desks: both see all of them, and each is told whom somebody wants to end.
async fn sessions_are_seen_everywhere(place: &Place) {
    let mut one = Leases::open(place).await.unwrap();
    let mut other = Leases::open(place).await.unwrap();
    let session = |id: &str, kind: &str| SeenSession {
        id: id.to_owned(),
        lease: LeaseId::of_random([7; LeaseId::RANDOM_BYTES]),
        address: "::1".to_owned(),
        began: minute(1),
        last_kind: kind.to_owned(),
        process: 4711,
    };
    let ids = |found: Vec<SeenSession>| found.into_iter().map(|one| one.id).collect::<Vec<_>>();
    one.tell_sessions("one", &[session("a", ""), session("b", "")], &[], minute(1)).await.unwrap();
    other.tell_sessions("other", &[session("c", "SelectStmt")], &[], minute(1)).await.unwrap();
    assert_eq!(ids(other.sessions(minute(1)).await.unwrap()), ["a", "b", "c"]);

    let kill = |by: &str| Kill { id: "a".to_owned(), by: by.to_owned(), reason: "it waits".to_owned() };
    assert!(other.kill_session(&kill("grace")).await.unwrap());
    assert!(other.kill_session(&kill("ada")).await.unwrap());
    assert!(!other.kill_session(&Kill { id: "d".to_owned(), ..kill("grace") }).await.unwrap());
    assert_eq!(other.kills("other").await.unwrap(), []);
    // What is told again keeps who wants to end it, and since when it is there.
    one.tell_sessions("one", &[session("a", "InsertStmt")], &[], minute(1)).await.unwrap();
    assert_eq!(one.kills("one").await.unwrap(), [kill("grace")]);
    assert!(one.sessions(minute(1)).await.unwrap().contains(&session("a", "InsertStmt")));
    one.tell_sessions("one", &[], &["a".to_owned()], minute(1)).await.unwrap();
    assert_eq!(ids(other.sessions(minute(1)).await.unwrap()), ["b", "c"]);

    // A desk that says nothing any more has no sessions; the other notices, and forgets them.
    assert_eq!(other.see_sessions("other", minute(4)).await.unwrap(), 1);
    assert_eq!(ids(one.sessions(minute(4)).await.unwrap()), ["c"]);
    assert_eq!(one.see_sessions("one", minute(4)).await.unwrap(), 0);
}

fn on_a_server(cluster: &Cluster, database: &str) -> Place {
    cluster.psql("postgres", &format!("CREATE DATABASE {database}")).unwrap();
    let pairs = cluster.superuser_env(database);
    let text = |(name, value): (&str, OsString)| (name.to_owned(), value.into_string().unwrap());
    let environment = Environment::of(pairs.into_iter().map(text));
    Place::Postgres(Box::new(ConnectionSettings::resolve(None, &environment).unwrap()))
}

#[tokio::test]
async fn leases_are_kept_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| Place::Sqlite(folder.path().join(name));
    the_story(&place("story")).await;
    changes_are_told(&place("changes")).await;
    nothing_is_lost(&place("together")).await;
    sessions_are_seen_everywhere(&place("sessions")).await;
    what_no_ledger_has_is_kept(&place("unnoted")).await;
}

#[tokio::test]
async fn leases_are_kept_in_postgresql() {
    let installation = Search::from_environment().find_any().unwrap();
    let cluster = Cluster::start(&installation, &Options::default()).unwrap();
    the_story(&on_a_server(&cluster, "story")).await;
    changes_are_told(&on_a_server(&cluster, "changes")).await;
    nothing_is_lost(&on_a_server(&cluster, "together")).await;
    sessions_are_seen_everywhere(&on_a_server(&cluster, "sessions")).await;
    what_no_ledger_has_is_kept(&on_a_server(&cluster, "unnoted")).await;
}
