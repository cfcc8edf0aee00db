#![allow(clippy::unwrap_used, reason = "tests")]
use crate::ask::ask;
use crate::event::Event;
use crate::fixture::{COMPANY, asking, id, minute, policy};
use crate::lease::{Lease, Stage};
use crate::policy::Policy;
use crate::request::Purpose;
use crate::step::step;

/// Who asks for which tier, at minute 1000 where nothing else is said, and who then approves: what comes of each.
fn check(access: &str, start: i64, request: (&str, &str), approvals: &[(&str, Option<&str>)]) -> Vec<String> {
    let policy = policy(access);
    let begun = ask(id(), &asking(request.0, request.1, Purpose::Sessions), minute(start), &policy);
    let mut lease = match begun {
        Ok((lease, _)) => lease,
        Err(refusal) => return vec![refusal.to_string()],
    };
    let mut said = Vec::new();
    for (number, (by, instead_of)) in approvals.iter().enumerate() {
        let event = Event::Approve { by: (*by).to_owned(), instead_of: instead_of.map(str::to_owned) };
        let now = minute(start + 1 + i64::try_from(number).unwrap());
        match step(&lease, &event, now, &policy) {
            Ok((next, _)) => {
                said.push(where_it_is(&next, &policy));
                lease = next;
            }
            Err(refusal) => said.push(refusal.to_string()),
        }
    }
    said
}

fn where_it_is(lease: &Lease, policy: &Policy) -> String {
    match &lease.stage {
        Stage::Waiting(approval) => {
            let round = super::Round { requester: &lease.request.by, directory: &policy.directory };
            let who: Vec<_> =
                approval.who_can_agree(round, lease.seen).iter().map(ToString::to_string).collect();
            format!("step {} waits for {}", approval.step() + 1, who.join(" or "))
        }
        stage => stage.word().to_owned(),
    }
}

#[test]
fn steps_are_taken_in_their_order() {
    let said = check(
        COMPANY,
        5000,
        ("ada", "read_full_write"),
        &[("carol", None), ("grace", None), ("carol", None)],
    );
    assert_eq!(said, ["carol is not among those who are asked now", "step 2 waits for carol", "granted"]);
}

#[test]
fn each_of_all_groups_agrees_by_a_person_of_its_own() {
    let said = check(
        COMPANY,
        5000,
        ("ada", "admin"),
        &[("dan", None), ("dora", None), ("dan", None), ("carol", None)],
    );
    assert_eq!(
        said,
        [
            "step 1 waits for carol",
            "somebody else has agreed in this place; others are missing",
            "dan has counted already, and nobody counts twice",
            "granted"
        ]
    );
    // Carol is in both groups, and is one person.
    let both = COMPANY.replace("dba: [dan, dora]", "dba: [dan, carol]");
    let said = check(&both, 5000, ("ada", "admin"), &[("carol", None), ("carol", None), ("dan", None)]);
    assert_eq!(
        said,
        ["step 1 waits for dan", "carol has counted already, and nobody counts twice", "granted"]
    );
    // And where nobody else is left, it is not even asked.
    let alone = COMPANY.replace("dba: [dan, dora]", "dba: [carol]");
    let said = check(&alone, 5000, ("ada", "admin"), &[]);
    assert_eq!(said, ["nobody else who is known could agree at step 1 (ciso, dba)"]);
}

#[test]
fn nobody_agrees_to_their_own_request_by_any_route() {
    let own = "nobody agrees to their own request";
    // As a member of the group that is asked, under another name, by the program they answer for.
    let ciso = COMPANY.replace("ciso: [carol]", "ciso: [carol, ada]");
    assert_eq!(check(&ciso, 5000, ("ada", "admin"), &[("ada", None)]), [own]);
    assert_eq!(check(&ciso, 5000, ("ada", "admin"), &[("ada@example.com", None)]), [own]);
    assert_eq!(check(&ciso, 5000, ("bot", "admin"), &[("ada", None)]), [own]);
    // By deciding for somebody who is asked.
    let deputy = COMPANY
        .replace("{from: carol, to: zoe, until: \"1970-01-02", "{from: carol, to: ada, until: \"1980-01-02");
    assert_eq!(check(&deputy, 5000, ("ada", "admin"), &[("ada", Some("carol"))]), [own]);
    // By somebody who decides for them, in whatever capacity: Dan is a DBA, and decides for Ada on the third day.
    let third_day = 2 * 24 * 60 + 5;
    let said =
        check(COMPANY, third_day, ("ada", "admin"), &[("dan", None), ("dan", Some("ada")), ("dora", None)]);
    let refused = "dan decides for who asked, and cannot agree to what they asked for";
    assert_eq!(said, [refused, refused, "step 1 waits for carol"]);
    // Nor once he does not decide for her any more: he did after she asked.
    let at_the_end = 3 * 24 * 60 - 1;
    assert_eq!(check(COMPANY, at_the_end, ("ada", "admin"), &[("dan", None)]), [refused]);
    // By what somebody who asked could decide for others.
    let circle = COMPANY
        .replace("{from: carol, to: zoe, until: \"1970-01-02", "{from: ada, to: carol, until: \"1980-01-02");
    let said = check(&circle, 10, ("ada", "admin"), &[]);
    assert_eq!(said, ["nobody else who is known could agree at step 1 (ciso, dba)"]);
}

#[test]
fn who_decides_for_somebody_counts_as_both() {
    // Zoe decides for Carol on the first day.
    let said = check(
        COMPANY,
        10,
        ("ada", "admin"),
        &[("zoe", None), ("carol", None), ("zoe", None), ("dora", None)],
    );
    assert_eq!(
        said,
        [
            "step 1 waits for dan or dora",
            "carol has counted already, and nobody counts twice",
            "zoe has counted already, and nobody counts twice",
            "granted"
        ]
    );
    let later = check(COMPANY, 5000, ("ada", "admin"), &[("zoe", None), ("zoe", Some("carol"))]);
    assert_eq!(later, ["zoe is not among those who are asked now", "carol has not let you decide for them"]);
}

#[test]
fn only_humans_who_are_known_agree() {
    let bots = COMPANY.replace("dba: [dan, dora]", "dba: [dan, bot]");
    let said = check(&bots, 5000, ("grace", "admin"), &[("bot", None), ("mallory", None)]);
    let no_human = "only humans who are not shut out agree to requests, and bot is none";
    assert_eq!(said, [no_human, "nobody called `mallory` is known"]);
}

#[test]
fn a_request_that_nobody_can_agree_to_is_refused_at_once() {
    // Grace has no manager.
    let said = check(COMPANY, 5000, ("grace", "read_limited_write"), &[]);
    assert_eq!(said, ["nobody else who is known could agree at step 1 (manager)"]);
}
