#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use std::time::Duration;

use expect_test::expect;

use crate::approver::{Approvals, Approver};
use crate::ask::ask;
use crate::fixture::{COMPANY, asking, held, id, minute, policy};
use crate::lease::Basis;
use crate::request::Purpose;

#[test]
fn a_contract_says_who_must_agree() {
    let policy = policy(COMPANY);
    let approval = |tier: &str| policy.tiers.get(&tier.into()).unwrap().approval.clone();
    assert_eq!(approval("read_only"), Approvals::Automatic);
    let Approvals::Steps(steps) = approval("admin") else { panic!("nobody agrees") };
    let group = |name: &str| vec![Approver::Group(name.into())];
    assert_eq!(steps.first().unwrap().seats, [group("ciso"), group("dba")]);
    let Approvals::Steps(steps) = approval("read_full_write") else { panic!("nobody agrees") };
    assert_eq!(steps.first().unwrap().seats, [vec![Approver::Manager]]);
    assert_eq!(steps.get(1).unwrap().within, Duration::from_secs(3600));
    assert_eq!(policy.targets.get(&"shop".into()).unwrap().role_of(&"admin".into()), "pgward_admin");
}

/// Who asks for what: what they get, or why not.
fn check(by: &str, tier: &str, purpose: Purpose, reason: &str, minutes: Option<u64>) -> String {
    let policy = policy(COMPANY);
    let length = minutes.map(|minutes| Duration::from_secs(60 * minutes));
    let mut asked = asking(by, tier, purpose);
    (asked.reason, asked.length) = (reason.to_owned(), length);
    match ask(id(), &asked, minute(5000), &policy) {
        Ok((lease, _)) => {
            let basis = match lease.basis {
                None => "waits".to_owned(),
                Some(Basis::Rule(rule)) => format!("rule {rule}"),
                Some(basis) => format!("{basis:?}").to_lowercase(),
            };
            format!("{basis}, {}m", lease.request.length.as_secs() / 60)
        }
        Err(refusal) => refusal.to_string(),
    }
}

#[test]
fn what_can_be_asked_for() {
    let sessions = |by, tier, reason, minutes| check(by, tier, Purpose::Sessions, reason, minutes);
    let emergency = |by, tier, reason, minutes| check(by, tier, Purpose::Emergency, reason, minutes);
    let said = [
        sessions("ada", "read_only", "look", None),
        sessions("ada", "read_only", "look", Some(480)),
        sessions("ada", "read_only", "look", Some(481)),
        sessions("ada", "read_only", "look", Some(0)),
        sessions("ada", "read_only", " \n", None),
        sessions("ada", "read_only", "\u{7}ding", None),
        sessions("ada", "read_only", &"x".repeat(2001), None),
        sessions("dora", "read_limited_write", "look", Some(30)),
        sessions("dora", "read_limited_write", "look", Some(31)),
        sessions("ada", "read_everything", "look", None),
        sessions("mallory", "read_only", "look", None),
        emergency("dora", "admin", "the primary has lost its disk", None),
        emergency("dora", "admin", "the primary has lost its disk", Some(31)),
        emergency("dora", "admin", "disk", None),
        emergency("ada", "admin", "the primary has lost its disk", None),
        emergency("dora", "read_full_write", "the primary has lost its disk", None),
        check("bot", "read_only", held(), "bid", None),
    ];
    expect![[r#"
        automatic, 60m
        automatic, 480m
        that is longer than it is lent
        that is no time at all
        a reason is needed
        the reason has characters that cannot be seen
        the reason is too long: it may have 2000 characters
        rule 0, 30m
        nobody else who is known could agree at step 1 (manager)
        no tier `read_everything` is lent
        nobody called `mallory` is known
        emergency, 15m
        that is longer than it is lent
        the reason is too short: it needs 20 characters
        ada is in none of the groups that may take access in an emergency
        `read_full_write` is not given in an emergency
        waits, 1m
    "#]]
    .assert_eq(&(said.join("\n") + "\n"));
}
