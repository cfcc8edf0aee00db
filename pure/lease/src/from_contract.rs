//! The policy that a contract says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use pgward_contract::form::scalar::Scalar as _;
use pgward_contract::model::access::{Access as Lent, PersonKind as Kind, Terms as Written};
use pgward_contract::model::hold::{Condition as WrittenCondition, HeldCommand, Hold};
use pgward_contract::model::lent::{Emergency as WrittenEmergency, Step as WrittenStep};
use pgward_contract::name::Name;
use pgward_contract::number::Decimal;
use pgward_contract::source::span::Spanned;
use pgward_contract::time::{Length, Until};

use crate::approver::{Approvals, Approver, Step};
use crate::directory::{Access, Delegation, Directory, DirectoryFlaw, Person, PersonKind};
use crate::hold::{Command, Condition, HoldRule, Test};
use crate::name::{GroupName, PersonId};
use crate::policy::{AutomaticRule, Emergency, Policy, Target, Terms};

/// The policy of a contract without errors, for these people besides those the contract names: accounts and whoever single
/// sign-on knows. What the contract says of a person is added to what is known of them.
///
/// # Errors
/// A name is two people's, or nobody answers for a program.
pub fn policy_of(lent: &Lent, others: BTreeMap<PersonId, Person>) -> Result<Policy, DirectoryFlaw> {
    let targets = lent.targets.iter().map(|(name, target)| {
        let one = Target {
            database: target.database.value.as_str().to_owned(),
            role_prefix: target.role_prefix().as_str().to_owned(),
            read_only_via: target.read_only_via.as_ref().map(|via| via.value.as_str().to_owned()),
            lag: target.lag.as_ref().map(|lag| duration(lag.value)),
        };
        (name.value.as_str().into(), one)
    });
    let tiers = lent.tiers.iter().map(|(tier, written)| (tier.value.word().into(), terms(written)));
    let holds = lent.holds.iter().map(|(name, hold)| (name.value.as_str().to_owned(), rule(hold)));
    Ok(Policy {
        directory: directory(lent, others)?,
        targets: targets.collect(),
        tiers: tiers.collect(),
        revokers: groups(&lent.revoke),
        emergency: lent.emergency.as_ref().map(|emergency| of_emergency(emergency)),
        holds: holds.collect(),
    })
}

fn directory(lent: &Lent, others: BTreeMap<PersonId, Person>) -> Result<Directory, DirectoryFlaw> {
    let mut people = others;
    for (name, written) in &lent.people {
        let id = PersonId::from(name.value.as_str());
        let known = people.remove(&id);
        let mut person = known.unwrap_or_else(human);
        let responsible = written.responsible.as_ref().map(|who| PersonId::from(who.value.as_str()));
        person.kind = match (written.kind(), responsible) {
            (Kind::Human, _) => PersonKind::Human,
            // Nobody answers for it: the directory refuses whoever answers for themselves.
            (Kind::Machine, who) => PersonKind::Machine { responsible: who.unwrap_or_else(|| id.clone()) },
            (Kind::Agent, who) => PersonKind::Agent { responsible: who.unwrap_or_else(|| id.clone()) },
        };
        person.also.extend(written.also.iter().map(|name| name.value.as_str().to_owned()));
        if let Some(manager) = &written.manager {
            person.manager = Some(PersonId::from(manager.value.as_str()));
        }
        people.insert(id, person);
    }
    for (group, members) in &lent.groups {
        for member in members {
            let id = PersonId::from(member.value.as_str());
            let person = people.entry(id).or_insert_with(human);
            person.groups.insert(group.value.as_str().into());
        }
    }
    let delegations = lent.delegations.iter().map(|delegation| Delegation {
        from: delegation.from.value.as_str().into(),
        to: delegation.to.value.as_str().into(),
        since: delegation.since.as_ref().map_or(Timestamp::MIN, |since| instant(since.value)),
        until: instant(delegation.until.value),
    });
    Directory::new(people, delegations.collect())
}

/// Somebody of whom no more is known.
fn human() -> Person {
    Person {
        kind: PersonKind::Human,
        also: BTreeSet::new(),
        groups: BTreeSet::new(),
        manager: None,
        access: Access::Open,
    }
}

fn terms(written: &Written) -> Terms {
    let automatic = written.automatic.iter().map(|rule| AutomaticRule {
        groups: groups(&rule.r#for.0),
        up_to: duration(rule.up_to.as_ref().map_or(written.ttl.value, |up_to| up_to.value)),
    });
    Terms {
        length: duration(written.ttl.value),
        length_max: duration(written.max.value),
        approval: approvals(&written.approval),
        who: groups(&written.who),
        automatic: automatic.collect(),
        connections: u32::try_from(written.connections().0).unwrap_or(1),
        statement_timeout: written.statement_timeout.as_ref().map(|timeout| duration(timeout.value)),
        idle_in_transaction: duration(written.idle_in_transaction()),
        owner: written.owner.as_ref().map(|owner| owner.value.as_str().to_owned()),
    }
}

fn approvals(written: &[Spanned<WrittenStep>]) -> Approvals {
    let alone = match written {
        [step] => {
            step.any.as_ref().is_some_and(|any| matches!(any.0.as_slice(), [one] if one.as_str() == AUTO))
        }
        _ => false,
    };
    if alone { Approvals::Automatic } else { Approvals::Steps(steps(written)) }
}

fn steps(written: &[Spanned<WrittenStep>]) -> Vec<Step> {
    let one = |step: &Spanned<WrittenStep>| {
        let seats = match (&step.any, &step.all) {
            (Some(any), None) => {
                let anybody = approvers(&any.0);
                let count = usize::try_from(step.count().0).unwrap_or(1);
                std::iter::repeat_n(anybody, count).collect()
            }
            (None, Some(all)) => all.0.iter().map(|one| vec![approver(&one.value)]).collect(),
            // Not one that can be read without an error: nobody ever agrees.
            _ => Vec::new(),
        };
        Step { seats, within: duration(step.within()), escalate: approvers(&step.escalate) }
    };
    written.iter().map(one).collect()
}

fn approvers(names: &[Spanned<Name>]) -> Vec<Approver> {
    names.iter().map(|name| approver(&name.value)).collect()
}

fn approver(name: &Name) -> Approver {
    match name.as_str() {
        MANAGER => Approver::Manager,
        group => Approver::Group(group.into()),
    }
}

fn of_emergency(written: &WrittenEmergency) -> Emergency {
    Emergency {
        who: groups(&written.who.0),
        tiers: written.tiers.iter().map(|tier| tier.value.word().into()).collect(),
        length_max: duration(written.max.value),
        tell: groups(&written.tell),
        review: groups(&written.review.0),
        review_within: duration(written.within()),
        reason_min: usize::try_from(written.reason().0).unwrap_or(1),
    }
}

fn rule(hold: &Hold) -> HoldRule {
    HoldRule {
        targets: hold.targets.iter().map(|target| target.value.as_str().into()).collect(),
        tables: hold.tables.iter().map(|table| table.value.clone()).collect(),
        commands: hold.commands.iter().map(|command| of_command(command.value)).collect(),
        when: hold.when.iter().map(|written| condition(written)).collect(),
        steps: steps(&hold.approval),
        release: duration(hold.release()),
    }
}

fn of_command(command: HeldCommand) -> Command {
    match command {
        HeldCommand::Select => Command::Select,
        HeldCommand::Insert => Command::Insert,
        HeldCommand::Update => Command::Update,
        HeldCommand::Delete => Command::Delete,
        HeldCommand::Truncate => Command::Truncate,
    }
}

fn condition(written: &WrittenCondition) -> Condition {
    let words = |list: &pgward_contract::form::collection::OneOrMany<
        Spanned<pgward_contract::text::Words>,
    >| { list.iter().map(|word| word.value.text()).collect::<Vec<_>>() };
    // A bound that is no number cannot be read without an error; it is left out, and more is held.
    let number = |bound: &Spanned<pgward_contract::text::Words>| Decimal::parse(bound.as_str());
    let tests = [
        written.above.as_ref().and_then(number).map(Test::Above),
        written.below.as_ref().and_then(number).map(Test::Below),
        written.is.as_ref().map(|list| Test::Is(words(list))),
        written.is_not.as_ref().map(|list| Test::IsNot(words(list))),
    ];
    Condition {
        column: written.column.value.as_str().to_owned(),
        tests: tests.into_iter().flatten().collect(),
    }
}

fn groups(names: &[Spanned<Name>]) -> BTreeSet<GroupName> {
    names.iter().map(|name| name.value.as_str().into()).collect()
}

fn duration(length: Length) -> Duration {
    Duration::from_secs(length.seconds())
}

fn instant(until: Until) -> Timestamp {
    match until {
        Until::Instant(instant) => instant,
        Until::Infinity => Timestamp::MAX,
    }
}

/// Stands for the manager of who asks.
const MANAGER: &str = "manager";
/// Agrees by itself.
const AUTO: &str = "auto";

#[cfg(test)]
mod tests;
