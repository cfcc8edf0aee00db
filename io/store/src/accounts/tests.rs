#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;
use crate::accounts::sign_on::Welcome;
use std::collections::BTreeSet;
use std::time::Duration;

use pgward_cluster::{Cluster, Options, Search};
use pgward_identity::account::Subject;
use pgward_identity::attempt::Attempts;
use pgward_identity::token::{Scope, Token, Vouched, digest_of, spelled};
use pgward_lease::name::{GroupName, LeaseId};
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// The same story on each kind of database, with two desks.
async fn the_story(place: &Place) {
    let (mut one, mut other) = (Accounts::open(place).await.unwrap(), Accounts::open(place).await.unwrap());
    let ada = Account {
        person: "ada".into(),
        responsible: None,
        autonomous: false,
        groups: ["dba".into()].into(),
        manager: None,
        closed: false,
        attempts: Attempts::default(),
        sign_on: None,
    };
    let password = KeptPassword::of(&secret("correct horse"), [7; 16]).unwrap();
    one.keep(&ada, Some(&password)).await.unwrap();
    assert_eq!(other.all().await.unwrap(), [ada]);
    assert_eq!(other.log_in("ada", &secret("correct horse"), at(0)).await.unwrap(), Ok("ada".into()));
    assert_eq!(other.log_in("eve", &secret("correct horse"), at(0)).await.unwrap(), Err(NotIn::Nobody));
    // Who guesses at two desks waits at both.
    for desk in [&mut one, &mut other] {
        for _ in 0..3 {
            desk.log_in("ada", &secret("correct house"), at(1)).await.unwrap().unwrap_err();
        }
    }
    let locked = one.log_in("ada", &secret("correct horse"), at(2)).await.unwrap();
    assert!(matches!(locked, Err(NotIn::Locked(_))), "{locked:?}");
    // Once for each wait that begins, by whoever has begun it: the sixth failure makes it longer.
    let told: Vec<AccountEvent> =
        one.unwritten().await.unwrap().into_iter().map(|unwritten| unwritten.event).collect();
    let locked = |failed, seconds| AccountEvent::Locked {
        person: "ada".into(),
        failed,
        wait: Duration::from_secs(seconds),
    };
    assert_eq!(told, [locked(5, 30)]);
    assert_eq!(one.log_in("ada", &secret("correct horse"), at(100)).await.unwrap(), Ok("ada".into()));

    // Whoever signs on has the groups of the provider, and their password; and nobody else is them.
    let subject = |name: &str| Subject { issuer: "https://id".to_owned(), subject: name.to_owned() };
    let groups = |names: &[&str]| names.iter().map(|name| GroupName::from(*name)).collect::<BTreeSet<_>>();
    for now in [groups(&["oncall"]), groups(&[])] {
        assert_eq!(one.sign_on(&"ada".into(), &subject("u-1"), now.clone()).await.unwrap(), Welcome::In);
        assert_eq!(other.all().await.unwrap()[0].groups, now);
    }
    let stranger = other.sign_on(&"ada".into(), &subject("u-2"), groups(&["dba"])).await.unwrap();
    assert_eq!(stranger, Welcome::SomebodyElse);
    assert_eq!(one.sign_on(&"bob".into(), &subject("u-2"), groups(&["dba"])).await.unwrap(), Welcome::In);
    assert_eq!(one.log_in("ada", &secret("correct horse"), at(100)).await.unwrap(), Ok("ada".into()));
    let shut = Account { closed: true, ..other.all().await.unwrap()[1].clone() };
    one.keep(&shut, None).await.unwrap();
    assert_eq!(one.sign_on(&"bob".into(), &subject("u-2"), groups(&["dba"])).await.unwrap(), Welcome::Closed);
    assert_eq!(other.all().await.unwrap()[1].groups, groups(&["dba"]));

    let shown = spelled([7; Token::RANDOM_BYTES]);
    let token = Token {
        digest: digest_of(&shown).unwrap(),
        person: "ada".into(),
        made_by: None,
        label: "nightly".to_owned(),
        scope: Scope::default(),
        made: at(0),
        until: at(100),
        revoked: None,
        vouched: Vouched::Here,
    };
    let (made, lease) = (AccountEvent::made(&token), LeaseId::of_random([7; LeaseId::RANDOM_BYTES]));
    one.keep_token(&token, &made, at(3)).await.unwrap();
    one.asked_with(&token, &lease).await.unwrap();
    assert_eq!(other.leases_of(&token).await.unwrap(), [lease]);
    assert_eq!(other.token(&shown).await.unwrap(), Some(token.clone()));
    assert_eq!(other.token(&spelled([8; Token::RANDOM_BYTES])).await.unwrap(), None);
    let revoked = Token { revoked: Some(at(5)), ..token };
    let taken =
        AccountEvent::TokenRevoked { by: "ada".into(), person: "ada".into(), token: revoked.id(), leases: 1 };
    other.keep_token(&revoked, &taken, at(5)).await.unwrap();
    assert_eq!(one.tokens().await.unwrap(), [revoked]);
    // What one desk has written no other desk writes.
    let unwritten = one.unwritten().await.unwrap();
    assert_eq!(unwritten.iter().map(|one| &one.event).skip(1).collect::<Vec<_>>(), [&made, &taken]);
    one.written(&unwritten).await.unwrap();
    assert_eq!(other.unwritten().await.unwrap(), []);
}

#[tokio::test]
async fn accounts_are_kept_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    the_story(&Place::Sqlite(folder.path().join("desk.sqlite"))).await;
}

#[tokio::test]
async fn accounts_are_kept_in_postgresql() {
    let cluster =
        Cluster::start(&Search::from_environment().find_any().unwrap(), &Options::default()).unwrap();
    let pairs = cluster.superuser_env("postgres").into_iter();
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.into_string().unwrap()));
    let settings = ConnectionSettings::resolve(None, &Environment::of(pairs)).unwrap();
    the_story(&Place::Postgres(Box::new(settings))).await;
}
