//! The table of tiers and classes, cell by cell: for each class statements that are in it, and nothing worse.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use pgward_contract::form::scalar::Scalar as _;
use pgward_contract::model::tier::Tier;
use pgward_contract::pattern::object::ObjectPattern;
use pgward_statement::class::Class;
use pgward_statement::judge::{Bounds, judge};
use pgward_statement::judgement::Judgement;
use pgward_statement::view::{Resets, View};

/// One line for each statement: the class's name, a bar, the statement.
const STATEMENTS: &str = include_str!("cells.txt");

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    STATEMENTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let (class, sql) = line.split_once('|').unwrap();
        (class.trim(), sql.trim())
    })
}

/// What a lease on a database of plain tables stands on, with the one list that a class is about.
fn view(class: Class) -> View {
    let mut view = View::built_in();
    if class == Class::SessionReset {
        view.resets = Resets::BackToPins;
    }
    if class == Class::OutsideList {
        view.limited_tables = Some(vec![ObjectPattern::understand("public.listed").unwrap()]);
    }
    view
}

#[test]
fn each_statement_runs_at_the_least_tier_of_its_class_and_above_and_nowhere_below() {
    let mut wrong = Vec::new();
    for (name, sql) in rows() {
        let class =
            Class::ALL.iter().copied().find(|class| class.name() == name).unwrap_or_else(|| panic!("{name}"));
        for &tier in Tier::ALL {
            let expected = class.least().is_some_and(|least| least <= tier);
            let judged = judge(sql, tier, &view(class), &Bounds::default());
            if judged.is_allowed() != expected {
                wrong.push(format!("{} {} {sql}", tier.word(), if expected { "refuses" } else { "allows" }));
            }
            if let Judgement::Deny(denial) = judged
                && class != Class::Unknown
                && (class != Class::OutsideList || tier == Tier::ReadLimitedWrite)
                && denial.because.iter().all(|reason| reason.class != class)
            {
                wrong.push(format!("{} refuses {sql} for another reason: {:?}", tier.word(), denial.because));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_class_has_a_statement() {
    let without: Vec<_> =
        Class::ALL.iter().filter(|class| rows().all(|(name, _)| name != class.name())).collect();
    assert!(without.is_empty(), "{without:?}");
}
