//! What `cargo xtask bench` was asked for.

use std::path::PathBuf;

use crate::bench::figure::Figure;
use crate::bench::size::Size;

/// The words of the command line, understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) figures: Vec<Figure>,
    /// What is measured without a loaded server.
    pub(crate) alone: Vec<Alone>,
    /// Whether the desk is measured with encryption.
    pub(crate) tls: bool,
    /// How long a program of pgbench runs.
    pub(crate) seconds: u64,
    /// How many sessions do nothing.
    pub(crate) sessions: usize,
    pub(crate) sizes: Vec<&'static Size>,
    pub(crate) rounds: usize,
    pub(crate) major: u32,
    pub(crate) write: bool,
    pub(crate) programs: Option<PathBuf>,
}

impl Asked {
    /// Understands the words, or says which one it does not.
    pub(crate) fn of(words: &[String]) -> Result<Asked, String> {
        let mut asked = Asked {
            figures: Vec::new(),
            alone: Vec::new(),
            tls: false,
            seconds: 2,
            sessions: 10_000,
            sizes: Vec::new(),
            rounds: 5,
            major: 15,
            write: false,
            programs: None,
        };
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--size" => asked.sizes.push(named_size(words.next())?),
                "--rounds" => asked.rounds = number(word, words.next())?,
                "--major" => asked.major = number(word, words.next())?,
                "--write" => asked.write = true,
                "--programs" => asked.programs = words.next().map(PathBuf::from),
                "--seconds" => asked.seconds = number(word, words.next())?,
                "--tls" => asked.tls = true,
                "--sessions" => asked.sessions = number(word, words.next())?,
                "all" => {
                    asked.figures.extend(Figure::ALL);
                    asked.alone.extend(Alone::ALL);
                }
                name => match Alone::ALL.into_iter().find(|alone| alone.name() == name) {
                    Some(alone) => asked.alone.push(alone),
                    None => asked.figures.push(named_figure(name)?),
                },
            }
        }
        if asked.rounds < 3 {
            return Err("--rounds: a median needs three rounds".to_owned());
        }
        if asked.figures.is_empty() && asked.alone.is_empty() {
            asked.alone.extend(Alone::ALL);
            asked.figures.extend(Figure::ALL);
        }
        if asked.sizes.is_empty() {
            asked.sizes.extend(Size::ALL);
        }
        Ok(asked)
    }
}

/// One thing that is measured by itself: it brings what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alone {
    /// What judging costs, which takes no server.
    Judge,
    /// What the desk costs between a client and a server.
    Desk,
    /// What sessions cost that do nothing.
    Idle,
    /// How long sessions go on after a revocation.
    Revoke,
    /// How long finding records takes, which takes no server.
    Search,
}

impl Alone {
    pub(crate) const ALL: [Alone; 5] = [Alone::Judge, Alone::Desk, Alone::Idle, Alone::Revoke, Alone::Search];

    /// The word that asks for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Alone::Judge => "judge",
            Alone::Desk => "desk",
            Alone::Idle => "idle",
            Alone::Revoke => "revoke",
            Alone::Search => "search",
        }
    }
}

fn named_figure(name: &str) -> Result<Figure, String> {
    let figure = Figure::ALL.into_iter().find(|figure| figure.name() == name);
    figure.ok_or_else(|| format!("no figure is called `{name}`"))
}

fn named_size(name: Option<&str>) -> Result<&'static Size, String> {
    let name = name.unwrap_or_default();
    let size = Size::NAMED.into_iter().find(|size| size.name == name);
    size.ok_or_else(|| format!("--size: `{name}` is none of `small`, `medium` and `large`"))
}

fn number<N: std::str::FromStr>(option: &str, value: Option<&str>) -> Result<N, String> {
    let value = value.unwrap_or_default();
    value.parse().map_err(|_| format!("{option}: `{value}` is not a number"))
}

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench [inspect|plan|apply|effective|prove|audit|judge|desk|idle|revoke|search|all]... [OPTION...]

  --size NAME         small (2 000 tables x 50 roles), medium (5 000 x 200) or large (10 000 x 200); small and large
                      without it
  --rounds N          how often each program runs; 5 without it
  --major N           the PostgreSQL major; 15 without it
  --programs FOLDER   the release folder of another build, to compare it with this one; nothing is built
  --seconds N         desk: how long each run of pgbench takes; 2 without it
  --sessions N        idle: how many there are; 10000 without it
  --tls               desk and idle: with encryption on both sides of every relay
  --write             put the tables into docs/benchmarks.md";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::bench::size::{LARGE, SMALL};

    fn asked(words: &str) -> Result<Asked, String> {
        Asked::of(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn everything_is_measured_unless_less_is_asked_for() {
        let all = asked("").unwrap();
        assert_eq!((all.figures.len(), &all.sizes), (Figure::ALL.len(), &vec![&SMALL, &LARGE]));
        let some = asked("plan --size large --rounds 3 --write").unwrap();
        let expected = Asked {
            figures: vec![Figure::Plan],
            alone: vec![],
            tls: false,
            seconds: 2,
            sessions: 10_000,
            sizes: vec![&LARGE],
            rounds: 3,
            major: 15,
            write: true,
            programs: None,
        };
        assert_eq!(some, expected);
        let judge = asked("judge").unwrap();
        assert_eq!((all.alone, judge.alone), (Alone::ALL.to_vec(), vec![Alone::Judge]));
        assert!(judge.figures.is_empty());
        let desk = asked("desk --tls").unwrap();
        assert!(desk.alone == [Alone::Desk] && desk.tls && desk.figures.is_empty());
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert_eq!(asked("speed").unwrap_err(), "no figure is called `speed`");
        assert_eq!(
            asked("--size huge").unwrap_err(),
            "--size: `huge` is none of `small`, `medium` and `large`"
        );
        assert_eq!(asked("--rounds").unwrap_err(), "--rounds: `` is not a number");
        assert_eq!(asked("--rounds 2").unwrap_err(), "--rounds: a median needs three rounds");
    }
}
