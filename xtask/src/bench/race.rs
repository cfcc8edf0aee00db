//! Programs against each other: one round each, in turns, so that what the machine does to one it does to all.

use std::process::Command;
use std::time::Duration;

use crate::bench::failure::BenchError;
use crate::bench::process::{Cost, measure};

/// A program that takes part.
pub(crate) struct Contestant<'a> {
    pub(crate) name: &'static str,
    /// What makes the state it starts from; not measured.
    pub(crate) prepare: Box<dyn Fn() -> Result<(), BenchError> + 'a>,
    pub(crate) command: Box<dyn Fn() -> Command + 'a>,
}

impl<'a> Contestant<'a> {
    /// A program that finds things as they are.
    pub(crate) fn new(name: &'static str, command: impl Fn() -> Command + 'a) -> Contestant<'a> {
        Contestant { name, prepare: Box::new(|| Ok(())), command: Box::new(command) }
    }

    /// The same, with something to do before each round.
    pub(crate) fn after(mut self, prepare: impl Fn() -> Result<(), BenchError> + 'a) -> Contestant<'a> {
        self.prepare = Box::new(prepare);
        self
    }
}

/// How a program did.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) name: &'static str,
    costs: Vec<Cost>,
}

impl Standing {
    /// The standing of a program that was measured elsewhere.
    pub(crate) fn of(name: &'static str, costs: Vec<Cost>) -> Standing {
        Standing { name, costs }
    }

    /// The standing of something inside a program, of which only the times are known.
    pub(crate) fn of_times(name: &'static str, times: Vec<Duration>) -> Standing {
        let costs = times.into_iter().map(|wall| Cost { wall, cpu: Duration::ZERO, memory: 0 }).collect();
        Standing { name, costs }
    }

    /// The wall times, shortest first.
    pub(crate) fn walls(&self) -> Vec<Duration> {
        sorted(self.costs.iter().map(|cost| cost.wall).collect())
    }

    pub(crate) fn wall(&self) -> Duration {
        median(&self.walls())
    }

    pub(crate) fn cpu(&self) -> Duration {
        median(&sorted(self.costs.iter().map(|cost| cost.cpu).collect()))
    }

    /// The most memory it had in any round, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.costs.iter().map(|cost| cost.memory).max().unwrap_or_default()
    }

    /// Its median as a multiple of another's.
    pub(crate) fn ratio(&self, peer: &Standing) -> f64 {
        self.wall().as_secs_f64() / peer.wall().as_secs_f64()
    }
}

/// Lets everybody run once for practice and then `rounds` times.
pub(crate) fn race(contestants: &[Contestant<'_>], rounds: usize) -> Result<Vec<Standing>, BenchError> {
    let mut standings: Vec<Standing> =
        contestants.iter().map(|contestant| Standing { name: contestant.name, costs: Vec::new() }).collect();
    for round in 0..=rounds {
        for (contestant, standing) in contestants.iter().zip(&mut standings) {
            (contestant.prepare)()?;
            let cost = measure(&mut (contestant.command)())?;
            if round > 0 {
                standing.costs.push(cost);
            }
        }
    }
    Ok(standings)
}

fn sorted(mut times: Vec<Duration>) -> Vec<Duration> {
    times.sort();
    times
}

/// The middle one, or the mean of the two in the middle.
fn median(sorted: &[Duration]) -> Duration {
    let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { at(middle) } else { (at(middle.wrapping_sub(1)) + at(middle)) / 2 }
}

/// The number in the middle.
pub(crate) fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn everybody_runs_in_turns() {
        let order = RefCell::new(String::new());
        let runner = |name: &'static str| {
            Contestant::new(name, || Command::new("true")).after(|| {
                order.borrow_mut().push_str(name);
                Ok(())
            })
        };
        let standings = race(&[runner("a"), runner("b")], 2).unwrap();
        assert_eq!(*order.borrow(), "ababab");
        assert!(standings.iter().all(|standing| standing.walls().len() == 2));
    }

    #[test]
    fn the_middle_is_neither_the_best_nor_the_worst() {
        assert!((middle(vec![3.0, 1.0, 2.5]) - 2.5).abs() < f64::EPSILON);
    }

    #[test]
    fn a_median_is_in_the_middle() {
        let milliseconds =
            |times: &[u64]| times.iter().map(|time| Duration::from_millis(*time)).collect::<Vec<_>>();
        assert_eq!(median(&milliseconds(&[1, 2, 9])), Duration::from_millis(2));
        assert_eq!(median(&milliseconds(&[1, 2, 4, 9])), Duration::from_millis(3));
        assert_eq!(median(&[]), Duration::ZERO);
    }
}
