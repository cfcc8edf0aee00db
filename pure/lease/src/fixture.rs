//! A small company, for the tests.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use jiff::Timestamp;
use pgward_contract::diagnostic::Severity;
use pgward_contract::read::read;
use pgward_contract::source::Source;

use crate::from_contract::policy_of;
use crate::name::LeaseId;
use crate::policy::Policy;
use crate::request::{Ask, BoundStatement, Parameter, Purpose};

/// The policy of a contract's section `access`.
pub(crate) fn policy(access: &str) -> Policy {
    let text = format!("contract: 1\ndatabases: {{shop: {{}}}}\naccess:\n{access}");
    let (contract, found) = read(&[Source::new("c.yaml", text.as_str())]);
    let wrong: Vec<_> = found.iter().filter(|one| one.severity == Severity::Error).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    policy_of(&contract.access.unwrap(), BTreeMap::new()).unwrap()
}

/// Ada asks, her bot asks for her; Grace manages her; Carol is CISO, Dan and Dora are DBAs, Dora is on call.
pub(crate) const COMPANY: &str = "  targets: {shop: {database: shop}}
  people:
    ada: {manager: grace, also: [ada@example.com]}
    bot: {kind: agent, responsible: ada}
    grace: {}
    carol: {}
    dan: {}
    dora: {}
    tim: {}
    zoe: {}
  groups: {ciso: [carol], dba: [dan, dora], oncall: [dora], cto: [tim], security: [tim], dev: [ada]}
  delegations:
    - {from: carol, to: zoe, until: \"1970-01-02T00:00:00Z\"}
    - {from: ada, to: dan, since: \"1970-01-03T00:00:00Z\", until: \"1970-01-04T00:00:00Z\"}
  revoke: [security]
  tiers:
    read_only: {ttl: 1h, max: 8h, approval: [auto]}
    read_limited_write: {ttl: 1h, max: 4h, tables: [public.orders], approval: [manager], automatic: [{for: oncall, up_to: 30m}]}
    read_full_write: {ttl: 30m, max: 2h, approval: [{any: manager, within: 2h}, {any: ciso, within: 1h, escalate: [cto]}]}
    admin: {ttl: 15m, max: 1h, approval: [{all: [ciso, dba]}]}
  emergency: {who: [dba], tiers: [admin], max: 30m, tell: [cto], review: [ciso], within: 12h}
  holds:
    bids: {tables: [public.insights], commands: insert, when: [{column: max_bid, above: 500000}], approval: [{any: dba, within: 10m}]}
";

/// An instant, in minutes from the beginning of time.
pub(crate) fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_second(minutes * 60).unwrap()
}

/// The id of the lease of the tests.
pub(crate) fn id() -> LeaseId {
    LeaseId::of_random([7; LeaseId::RANDOM_BYTES])
}

/// Somebody asks for a tier.
pub(crate) fn asking(by: &str, tier: &str, purpose: Purpose) -> Ask {
    Ask {
        by: by.to_owned(),
        target: "shop".into(),
        tier: tier.into(),
        purpose,
        reason: "the nightly job left half an order behind".to_owned(),
        length: None,
    }
}

/// A statement with one value.
pub(crate) fn statement(value: &str) -> BoundStatement {
    BoundStatement {
        text: "DELETE FROM orders WHERE id = $1".to_owned(),
        types: vec![23],
        parameters: vec![Parameter::Text(value.to_owned())],
    }
}

/// A statement that the rule about bids held.
pub(crate) fn held() -> Purpose {
    Purpose::Held { lease: id(), rule: "bids".to_owned(), statement: statement("1") }
}
