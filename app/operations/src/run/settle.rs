//! What became of an apply that never said how it ended, and closing its entry in the journal.

use pgward_catalog::name::DatabaseName;
use pgward_plan::plan::Plan;
use pgward_postgres::execute::transaction::{Fate, transaction_fate};
use pgward_store::journal::{Direction, Ending, Journal, Line, Reached, Unfinished};

use crate::clock::Clock;
use crate::run::failure::RunError;
use crate::run::phase::phases;
use crate::server::Server;

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The journal has no apply without an end.
    NothingOpen,
    /// There was one, and its end is known now: a sentence about it.
    Closed(String),
    /// Its transaction is still open on the server: a sentence about it.
    StillOpen(String),
}

/// Asks the server what became of the apply without an end, and closes its entry. The turn of this machine has been
/// taken, so nobody is in the middle of it.
pub async fn settle(server: &Server, journal: &Journal, clock: &dyn Clock) -> Result<Settled, RunError> {
    let Some(unfinished) = journal.unfinished()? else { return Ok(Settled::NothingOpen) };
    let client = server.home_session().client();
    let mut fates = Vec::new();
    for one in &unfinished.committing {
        fates.push(transaction_fate(client, &one.transaction).await?);
    }
    let began = beginning(&unfinished);
    if fates.contains(&Fate::InProgress) {
        return Ok(Settled::StillOpen(format!("{began}, and its transaction is still open on the server")));
    }
    let all = transactions(journal, &unfinished)?;
    let (ending, words) = conclude(unfinished.direction, &fates, all);
    let reached = (ending == Ending::HalfWay).then(|| reached(&unfinished, &fates)).flatten();
    journal.append(&Line::Ended { plan: unfinished.plan.clone(), ending, at: clock.now(), reached })?;
    Ok(Settled::Closed(format!("{began} {words}")))
}

/// How far it came: they are committed in their order, so that what is committed are the first of them.
fn reached(unfinished: &Unfinished, fates: &[Fate]) -> Option<Reached> {
    let committed = fates.iter().take_while(|fate| **fate == Fate::Committed).count();
    if fates.iter().filter(|fate| **fate == Fate::Committed).count() != committed {
        return None;
    }
    let last = unfinished.committing.get(committed.checked_sub(1)?)?;
    Some(Reached { after: last.after.clone(), committed })
}

fn beginning(unfinished: &Unfinished) -> String {
    let what = match unfinished.direction {
        Direction::Forth => "an apply of",
        Direction::Back => "the way back of",
    };
    let short: String = unfinished.plan.chars().take(12).collect();
    format!("{what} plan {short} that began at {} was interrupted", unfinished.at)
}

/// How many transactions the plan has: one for several databases has several. A plan that is not kept any more counts
/// as one that was never finished.
fn transactions(journal: &Journal, unfinished: &Unfinished) -> Result<usize, RunError> {
    if let Some(written) = unfinished.committing.iter().find_map(|one| one.transactions) {
        return Ok(written);
    }
    let Ok(plan) = Plan::load(&journal.plan(&unfinished.plan)?) else { return Ok(usize::MAX) };
    let statements = match unfinished.direction {
        Direction::Forth => &plan.statements,
        Direction::Back => &plan.way_back.statements,
    };
    Ok(phases(statements, &DatabaseName::from("")).len())
}

/// From the fates of the transactions to an ending and its words.
fn conclude(direction: Direction, fates: &[Fate], all: usize) -> (Ending, String) {
    let (unchanged, changed, finish) = match direction {
        Direction::Forth => (
            "the old state is in force",
            "the new state is in force",
            "apply the contract again to finish, or take back what was committed (apply --undo)",
        ),
        Direction::Back => (
            "the plan is in force as before",
            "the plan is taken back, the state before it is in force",
            "undo it again to finish; or apply the contract again, which leads to the state of the plan, then undo it again",
        ),
    };
    let committed = fates.iter().filter(|fate| **fate == Fate::Committed).count();
    if fates.contains(&Fate::Forgotten) {
        let words = "so long ago that the server does not know any more what became of it: look at the plan";
        return (Ending::RolledBack, words.to_owned());
    }
    match committed {
        0 => (Ending::RolledBack, format!("before its commit: nothing was changed, {unchanged}")),
        _ if committed >= all => (Ending::Applied, format!("after its commit: {changed}")),
        _ => {
            let words = format!("half way: {committed} of its transactions were committed; {finish}");
            (Ending::HalfWay, words)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fates: &[Fate], all: usize, ending: Ending, words: &str) {
        let (found, said) = conclude(Direction::Forth, fates, all);
        assert_eq!(found, ending, "{fates:?} of {all}");
        assert!(said.contains(words), "{said}");
    }

    #[test]
    fn only_a_plan_whose_every_transaction_was_committed_is_in_force() {
        check(&[], 1, Ending::RolledBack, "old state");
        check(&[Fate::Aborted], 1, Ending::RolledBack, "old state");
        check(&[Fate::Committed], 1, Ending::Applied, "new state");
        check(&[Fate::Committed, Fate::Committed], 2, Ending::Applied, "new state");
        check(&[Fate::Committed, Fate::Aborted], 2, Ending::HalfWay, "half way");
        check(&[Fate::Committed], 2, Ending::HalfWay, "half way");
        check(&[Fate::Forgotten], 1, Ending::RolledBack, "does not know");
    }

    #[test]
    fn a_way_back_is_spoken_of_as_one() {
        for (fates, words) in [
            (&[][..], "the plan is in force as before"),
            (&[Fate::Committed, Fate::Committed], "the plan is taken back"),
            (
                &[Fate::Committed, Fate::Aborted],
                "half way: 1 of its transactions were committed; undo it again to finish; or apply the contract again",
            ),
        ] {
            let (_, said) = conclude(Direction::Back, fates, 2);
            assert!(said.contains(words), "{said}");
        }
    }
}
