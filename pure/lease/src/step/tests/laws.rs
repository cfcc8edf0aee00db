//! What holds whatever happens in whatever order.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use crate::approval::Vote;
use crate::approver::{Approvals, Approver, Step};
use crate::ask::ask;
use crate::effect::Effect;
use crate::event::Event;
use crate::fixture::{COMPANY, asking, held, id, policy, statement};
use crate::lease::{Basis, Lease, Stage, Term, Verdict};
use crate::name::PersonId;
use crate::policy::Policy;
use crate::request::Purpose;
use crate::step::step;

const PEOPLE: [&str; 10] =
    ["ada", "ada@example.com", "bot", "grace", "carol", "dan", "dora", "tim", "zoe", "mallory"];
const TIERS: [&str; 4] = ["read_only", "read_limited_write", "read_full_write", "admin"];

fn person() -> impl Strategy<Value = String> {
    proptest::sample::select(&PEOPLE[..]).prop_map(str::to_owned)
}

fn event() -> impl Strategy<Value = Event> {
    let words = || Just("because".to_owned());
    prop_oneof![
        2 => Just(Event::Tick),
        8 => (person(), proptest::option::of(person()))
            .prop_map(|(by, instead_of)| Event::Approve { by, instead_of }),
        1 => (person(), words()).prop_map(|(by, reason)| Event::Deny { by, reason }),
        1 => person().prop_map(|by| Event::Withdraw { by }),
        1 => Just(Event::SessionOver),
        4 => Just(Event::RoleMade),
        1 => words().prop_map(|words| Event::RoleFailed { words }),
        2 => proptest::sample::select(&["1", "2"][..]).prop_map(|value| Event::Use { statement: statement(value) }),
        1 => Just(Event::Finished),
        3 => (person(), 0_u64..20_000, words())
            .prop_map(|(by, seconds, reason)| Event::Extend { by, length: Duration::from_secs(seconds), reason }),
        1 => person().prop_map(|by| Event::Return { by }),
        1 => (proptest::option::of(person()), words()).prop_map(|(by, reason)| Event::Revoke { by, reason }),
        1 => Just(Event::RoleGone),
        1 => words().prop_map(|words| Event::RoleStays { words }),
        1 => (person(), words())
            .prop_map(|(by, words)| Event::Review { by, verdict: Verdict::Justified, words }),
    ]
}

fn purpose() -> impl Strategy<Value = Purpose> {
    prop_oneof![
        4 => Just(Purpose::Sessions),
        1 => Just(Purpose::Emergency),
        2 => Just(Purpose::Statement(statement("1"))),
        2 => Just(held()),
    ]
}

/// The beginning of a story: half of them on the third day, when Dan decides for Ada.
fn start() -> impl Strategy<Value = i64> {
    prop_oneof![Just(1_000_i64), Just(2 * 86_400 + 100), Just(10 * 86_400)]
}

fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// Whether these votes are what the steps ask, found in another way than by matching: every order of the voters is tried.
fn satisfies(steps: &[Step], votes: &[Vote], requester: &PersonId, policy: &Policy) -> bool {
    steps.iter().enumerate().all(|(number, step)| {
        let voters: Vec<&PersonId> = votes
            .iter()
            .filter(|vote| vote.step == number)
            .map(|vote| vote.instead_of.as_ref().unwrap_or(&vote.by))
            .collect();
        voters.len() == step.seats.len() && seated(&step.seats, &step.escalate, &voters, requester, policy)
    })
}

fn seated(
    seats: &[Vec<Approver>],
    more: &[Approver],
    voters: &[&PersonId],
    requester: &PersonId,
    policy: &Policy,
) -> bool {
    let Some((seat, rest)) = seats.split_first() else { return voters.is_empty() };
    let directory = &policy.directory;
    (0..voters.len()).any(|index| {
        let mut others = voters.to_vec();
        let voter = others.remove(index);
        let fits = seat.iter().chain(more).any(|approver| match approver {
            Approver::Group(group) => directory.is_in(voter, group),
            Approver::Manager => directory.manager_of(requester) == Some(voter),
            Approver::Person(person) => person == voter,
        });
        fits && seated(rest, more, &others, requester, policy)
    })
}

/// The rules about who counts.
fn check_basis(lease: &Lease, policy: &Policy) {
    let directory = &policy.directory;
    match lease.basis.as_ref().unwrap() {
        Basis::Automatic => assert_eq!(lease.terms.approval, Approvals::Automatic),
        Basis::Rule(rule) => {
            let rule = lease.terms.automatic.get(*rule).unwrap();
            assert!(policy.is_in_any(&lease.request.by, &rule.groups));
            assert!(lease.request.length <= rule.up_to);
        }
        Basis::Emergency => {
            assert_eq!(lease.request.purpose, Purpose::Emergency);
            assert!(lease.review.is_some());
        }
        Basis::Approved(votes) => {
            let Approvals::Steps(steps) = &lease.terms.approval else { panic!("nobody had to agree") };
            assert!(satisfies(steps, votes, &lease.request.by, policy));
            let mut counted = BTreeSet::new();
            let themselves = [&lease.request.by, directory.behind(&lease.request.by)];
            for vote in votes {
                for person in std::iter::once(&vote.by).chain(&vote.instead_of) {
                    assert!(counted.insert(person.clone()), "{person} counted twice");
                    assert!(!themselves.contains(&person), "{person} agreed to what they asked for");
                    assert!(directory.is_open_human(person));
                    for who in themselves {
                        assert!(!directory.delegates_of(who, vote.at).any(|delegate| delegate == person));
                    }
                }
                if let Some(absent) = &vote.instead_of {
                    assert!(directory.decides_for(&vote.by, vote.at).any(|id| id == absent));
                }
            }
        }
    }
}

fn term(lease: &Lease) -> Option<Term> {
    match &lease.stage {
        Stage::Granted(term) => Some(*term),
        Stage::Active(active) => Some(active.term),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn laws(
        by in person(),
        tier in proptest::sample::select(&TIERS[..]),
        purpose in purpose(),
        start in start(),
        story in proptest::collection::vec((event(), -4_000_i64..4_000), 0..24),
    ) {
        let policy = policy(COMPANY);
        let Ok((mut lease, mut effects)) = ask(id(), &asking(&by, tier, purpose), instant(start), &policy) else {
            return Ok(());
        };
        let (mut now, mut latest) = (start, start);
        for (event, passed) in story {
            // Nothing is given without what the policy asks.
            if term(&lease).is_some() {
                check_basis(&lease, &policy);
            }
            // A clock may go back; the lease's does not.
            now += passed;
            latest = latest.max(now);
            let before = lease.clone();
            let Ok((next, done)) = step(&lease, &event, instant(now), &policy) else { continue };
            (lease, effects) = (next, done);
            prop_assert!(lease.seen >= before.seen);
            if let Some(term) = term(&lease) {
                // Never after its end, and never longer than the terms say.
                prop_assert!(lease.seen < term.until);
                prop_assert!(term.until.duration_since(term.from) <= lease.terms.length_max.try_into().unwrap());
                // The end moves by an extension alone, and a clock that goes back moves nothing.
                if let Some(Term { until, .. }) = self::term(&before) && until != term.until {
                    prop_assert!(term.until > until);
                    let asked = matches!(event, Event::Extend { .. } | Event::Approve { .. });
                    let told = effects.contains(&Effect::ProlongRole { until: term.until });
                    prop_assert!(asked && told);
                }
            }
            // What has ended does not come back.
            let over = |stage: &Stage| matches!(stage, Stage::Ending { .. } | Stage::Ended { .. } | Stage::Refused { .. });
            prop_assert!(!over(&before.stage) || over(&lease.stage));
            // Whatever was given and is over had its role removed.
            if term(&before).is_some() && matches!(lease.stage, Stage::Ending { .. }) {
                prop_assert!(effects.contains(&Effect::CutSessions) && effects.contains(&Effect::RemoveRole));
            }
            let kept: Lease = serde_json::from_str(&serde_json::to_string(&lease).unwrap()).unwrap();
            prop_assert_eq!(&kept, &lease);
        }
        if term(&lease).is_some() {
            check_basis(&lease, &policy);
        }
        // In the end everything is over, once whoever is asked in addition has not answered either.
        for days in [10, 20] {
            (lease, effects) = step(&lease, &Event::Tick, instant(latest + days * 86_400), &policy).unwrap();
        }
        prop_assert!(term(&lease).is_none() && !matches!(lease.stage, Stage::Waiting(_)));
        prop_assert!(effects.len() < 10);
    }
}
