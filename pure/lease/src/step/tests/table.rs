//! Every state and every event, and what comes of it.

use std::time::Duration;

use expect_test::expect_file;
use jiff::Timestamp;

use crate::ask::ask;
use crate::effect::Effect;
use crate::event::Event;
use crate::fixture::{COMPANY, asking, held, id, minute, policy, statement};
use crate::lease::{Lease, Stage, Use, Verdict};
use crate::policy::Policy;
use crate::request::Purpose;
use crate::step::step;

/// The states, each with how a lease gets there and the minute at which things then happen.
fn states(policy: &Policy) -> Vec<(&'static str, Lease, Timestamp)> {
    let begin = |by: &str, tier: &str, purpose: Purpose, events: &[(i64, Event)]| {
        let (mut lease, _) = ask(id(), &asking(by, tier, purpose), minute(5000), policy).unwrap();
        for (now, event) in events {
            (lease, _) = step(&lease, event, minute(5000 + now), policy).unwrap();
        }
        lease
    };
    let at = |minutes: i64| minute(5000 + minutes);
    let approve = |by: &str| Event::Approve { by: by.to_owned(), instead_of: None };
    let revoke = || Event::Revoke { by: None, reason: "role escape".to_owned() };
    let stays = || Event::RoleStays { words: "it owns table a.b".to_owned() };
    let full = |events: &[(i64, Event)]| begin("ada", "read_full_write", Purpose::Sessions, events);
    let reads = |events: &[(i64, Event)]| begin("ada", "read_only", Purpose::Sessions, events);
    let limited = |events: &[(i64, Event)]| begin("ada", "read_limited_write", Purpose::Sessions, events);
    let once = |events: &[(i64, Event)]| {
        begin("ada", "read_limited_write", Purpose::Statement(statement("1")), events)
    };
    let taken = |events: &[(i64, Event)]| begin("dora", "admin", Purpose::Emergency, events);
    let holds = |events: &[(i64, Event)]| begin("bot", "read_only", held(), events);
    let (grace, dora) = (approve("grace"), approve("dora"));
    let longer = || extend(30);
    vec![
        ("waiting, first step", full(&[]), at(1)),
        ("waiting, second step", full(&[(0, grace.clone())]), at(1)),
        ("waiting, second step late", full(&[(0, grace.clone())]), at(60)),
        ("waiting, first step late", full(&[]), at(120)),
        ("granted", reads(&[]), at(1)),
        ("granted, late", reads(&[]), at(60)),
        ("active", reads(&[(0, Event::RoleMade)]), at(59)),
        ("active, late", reads(&[(0, Event::RoleMade)]), at(60)),
        ("active, longer asked", limited(&[(0, grace.clone()), (0, Event::RoleMade), (1, longer())]), at(2)),
        ("active, one statement", once(&[(0, grace.clone()), (0, Event::RoleMade)]), at(1)),
        (
            "active, one statement used",
            once(&[(0, grace), (0, Event::RoleMade), (1, Event::Use { statement: statement("1") })]),
            at(2),
        ),
        ("ending", reads(&[(0, Event::RoleMade), (1, revoke())]), at(2)),
        ("ending, in the way", reads(&[(0, Event::RoleMade), (1, revoke()), (1, stays())]), at(2)),
        ("ended", reads(&[(0, Event::RoleMade), (1, revoke()), (1, Event::RoleGone)]), at(2)),
        ("refused", full(&[(0, Event::Withdraw { by: "ada".to_owned() })]), at(1)),
        ("emergency, active", taken(&[(0, Event::RoleMade)]), at(1)),
        ("emergency, review late", taken(&[(0, Event::RoleMade), (40, Event::Tick)]), at(12 * 60)),
        ("held, waiting", holds(&[]), at(1)),
        ("held, waiting late", holds(&[]), at(10)),
        ("held, let go", holds(&[(0, dora.clone())]), at(0)),
        ("held, let go late", holds(&[(0, dora)]), at(1)),
    ]
}

fn extend(minutes: u64) -> Event {
    let (by, reason) = ("ada".to_owned(), "not done".to_owned());
    Event::Extend { by, length: Duration::from_secs(60 * minutes), reason }
}

fn events() -> Vec<(&'static str, Event)> {
    let approve = |by: &str| Event::Approve { by: by.to_owned(), instead_of: None };
    let deny = |by: &str| Event::Deny { by: by.to_owned(), reason: "no".to_owned() };
    let revoke = |by: &str| Event::Revoke { by: Some(by.to_owned()), reason: "enough".to_owned() };
    let review = |by: &str| Event::Review {
        by: by.to_owned(),
        verdict: Verdict::Justified,
        words: "the disk was full".to_owned(),
    };
    vec![
        ("tick", Event::Tick),
        ("approve grace", approve("grace")),
        ("approve carol", approve("carol")),
        ("approve dan", approve("dan")),
        ("approve tim", approve("tim")),
        ("approve ada", approve("ada")),
        ("deny carol", deny("carol")),
        ("deny ada", deny("ada")),
        ("withdraw ada", Event::Withdraw { by: "ada".to_owned() }),
        ("session over", Event::SessionOver),
        ("role made", Event::RoleMade),
        ("role failed", Event::RoleFailed { words: "no server".to_owned() }),
        ("use 1", Event::Use { statement: statement("1") }),
        ("use 2", Event::Use { statement: statement("2") }),
        ("finished", Event::Finished),
        ("extend 30m", extend(30)),
        ("extend 600m", extend(600)),
        ("return ada", Event::Return { by: "ada".to_owned() }),
        ("return zoe", Event::Return { by: "zoe".to_owned() }),
        ("revoke tim", revoke("tim")),
        ("revoke zoe", revoke("zoe")),
        ("revoke pgward", Event::Revoke { by: None, reason: "role escape".to_owned() }),
        ("role gone", Event::RoleGone),
        ("role stays", Event::RoleStays { words: "it owns table a.b".to_owned() }),
        ("review carol", review("carol")),
        ("review dora", review("dora")),
    ]
}

fn described(lease: &Lease) -> String {
    let mut said = lease.stage.word().to_owned();
    let since = |instant: Timestamp| (instant.as_second() / 60 - 5000).to_string();
    match &lease.stage {
        Stage::Waiting(approval) => {
            let deadline = since(approval.deadline());
            said += &format!(", step {}, until {deadline}", approval.step() + 1);
        }
        Stage::Granted(term) => said += &format!(" until {}", since(term.until)),
        Stage::Active(active) => {
            said += &format!(" until {}", since(active.term.until));
            said += if active.used == Use::Begun { ", used" } else { "" };
            said += if active.extension.is_some() { ", longer asked" } else { "" };
        }
        Stage::Ending { why, trouble, .. } => {
            said += &format!(": {why}");
            said += if trouble.is_some() { ", in the way" } else { "" };
        }
        Stage::Ended { why, .. } => said += &format!(": {why}"),
        Stage::Refused { because, .. } => said += &format!(": {because}"),
    }
    said + &lease.red().map(|red| format!("; RED {red}")).unwrap_or_default()
}

fn shown(effect: &Effect) -> String {
    match effect {
        Effect::Tell { to, news } => {
            let to: Vec<&str> = to.iter().map(|person| person.as_str()).collect();
            format!("tell {} {news:?}", to.join("+"))
        }
        Effect::MakeRole { .. } => "make role".to_owned(),
        Effect::ProlongRole { .. } => "prolong role".to_owned(),
        Effect::CutSessions => "cut sessions".to_owned(),
        Effect::RemoveRole => "remove role".to_owned(),
        Effect::Release => "release".to_owned(),
        Effect::Drop => "drop".to_owned(),
    }
}

#[test]
fn every_state_and_every_event() {
    let policy = policy(COMPANY);
    let mut table = String::new();
    for (name, lease, now) in states(&policy) {
        table += &format!("{name}\n");
        for (word, event) in events() {
            let outcome = match step(&lease, &event, now, &policy) {
                Ok((next, effects))
                    if next.stage == lease.stage && next.review == lease.review && effects.is_empty() =>
                {
                    "stays".to_owned()
                }
                Ok((next, effects)) => {
                    let effects: Vec<String> = effects.iter().map(shown).collect();
                    let reviewed = if next.review == lease.review { "" } else { ", review changed" };
                    format!("-> {}{reviewed} [{}]", described(&next), effects.join(", "))
                }
                Err(refusal) => format!("no: {refusal}"),
            };
            table += &format!("    {word:14} {outcome}\n");
        }
        table.push('\n');
    }
    expect_file!["table.txt"].assert_eq(&table);
}
