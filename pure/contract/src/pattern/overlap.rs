//! Whether patterns can match the same name, decided exactly, with a name to show for it.

use std::collections::{HashMap, VecDeque};

use crate::pattern::glob::Piece;

/// Whether there is a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meeting {
    /// There is none.
    Nowhere,
    /// There is this one, and none shorter.
    At(String),
    /// The search was given up after [`STATES_MAX`] states: the plan will decide on the real names.
    Unknown,
}

/// A name that every pattern of `all` matches and none of `none` does, if there is one.
///
/// Patterns are regular languages, so this walks the product of their automata; the shortest name is found first.
/// A part of a compound name ends with [`SEPARATOR`], which no wildcard matches, and no part is empty.
pub fn meet(all: &[&[Piece]], none: &[&[Piece]]) -> Meeting {
    if starts_differ(all) {
        return Meeting::Nowhere;
    }
    let patterns: Vec<&[Piece]> = all.iter().chain(none).copied().collect();
    let alphabet = alphabet(&patterns);
    let first: State =
        State { at: patterns.iter().map(|pattern| closed(pattern, vec![0])).collect(), part_is_empty: true };
    let mut came_from: HashMap<State, Option<(State, char)>> = HashMap::from([(first.clone(), None)]);
    let mut queue = VecDeque::from([first]);
    while let Some(state) = queue.pop_front() {
        if state.is_witness(&patterns, all.len()) {
            return Meeting::At(spelled(&state, &came_from));
        }
        for c in &alphabet {
            let Some(next) = state.step(&patterns, all.len(), *c) else { continue };
            if !came_from.contains_key(&next) {
                came_from.insert(next.clone(), Some((state.clone(), *c)));
                queue.push_back(next);
            }
        }
        if came_from.len() > STATES_MAX {
            return Meeting::Unknown;
        }
    }
    Meeting::Nowhere
}

/// Stands between the parts of a compound name. No name in PostgreSQL can contain it.
pub const SEPARATOR: char = '\0';

const STATES_MAX: usize = 20_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    /// For each pattern, the pieces that may come next.
    at: Vec<Vec<usize>>,
    part_is_empty: bool,
}

impl State {
    fn step(&self, patterns: &[&[Piece]], wanted: usize, c: char) -> Option<State> {
        if c == SEPARATOR && self.part_is_empty {
            return None;
        }
        let mut at = Vec::with_capacity(patterns.len());
        for (index, (pattern, places)) in patterns.iter().zip(&self.at).enumerate() {
            let next = closed(pattern, places.iter().filter_map(|place| after(pattern, *place, c)).collect());
            if next.is_empty() && index < wanted {
                return None;
            }
            at.push(next);
        }
        Some(State { at, part_is_empty: c == SEPARATOR })
    }

    fn is_witness(&self, patterns: &[&[Piece]], wanted: usize) -> bool {
        let ends = |(pattern, places): (&&[Piece], &Vec<usize>)| places.contains(&pattern.len());
        let mut each = patterns.iter().zip(&self.at).map(ends);
        !self.part_is_empty && each.by_ref().take(wanted).all(|ends| ends) && !each.any(|ends| ends)
    }
}

fn after(pattern: &[Piece], place: usize, c: char) -> Option<usize> {
    match pattern.get(place)? {
        Piece::Char(wanted) => (*wanted == c).then_some(place + 1),
        Piece::One => (c != SEPARATOR).then_some(place + 1),
        Piece::Many => (c != SEPARATOR).then_some(place),
    }
}

/// Adds the places reached by letting a `*` stand for nothing.
fn closed(pattern: &[Piece], mut places: Vec<usize>) -> Vec<usize> {
    let mut index = 0;
    while let Some(place) = places.get(index).copied() {
        if pattern.get(place) == Some(&Piece::Many) && !places.contains(&(place + 1)) {
            places.push(place + 1);
        }
        index += 1;
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// Whether two of the patterns begin with different characters: most pairs do, and need no walk.
fn starts_differ(all: &[&[Piece]]) -> bool {
    let Some((first, others)) = all.split_first() else { return false };
    others.iter().any(|other| {
        let pairs = first.iter().zip(other.iter());
        let mut plain = pairs.map_while(|pair| match pair {
            (Piece::Char(a), Piece::Char(b)) => Some(a != b),
            _ => None,
        });
        plain.any(|differ| differ)
    })
}

/// The characters the patterns name, one they do not, and the separator.
fn alphabet(patterns: &[&[Piece]]) -> Vec<char> {
    let mut letters: Vec<char> = Vec::new();
    for piece in patterns.iter().flat_map(|pattern| pattern.iter()) {
        match piece {
            Piece::Char(c) if !letters.contains(c) => letters.push(*c),
            _ => {}
        }
    }
    let other = ('a'..='z')
        .rev()
        .find(|c| !letters.contains(c))
        .or_else(|| ('\u{e000}'..).find(|c| !letters.contains(c)));
    letters.retain(|c| *c != SEPARATOR);
    other.into_iter().chain(letters).chain([SEPARATOR]).collect()
}

fn spelled(state: &State, came_from: &HashMap<State, Option<(State, char)>>) -> String {
    let mut letters = Vec::new();
    let mut state = state;
    while let Some(Some((before, c))) = came_from.get(state) {
        letters.push(*c);
        state = before;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]

    use super::*;
    use crate::pattern::glob::Glob;

    fn check(all: &[&str], none: &[&str], expected: Option<&str>) {
        let globs = |texts: &[&str]| -> Vec<Glob> {
            texts.iter().map(|text| Glob::parse(text).unwrap_or_else(|c| panic!("{}", c.message))).collect()
        };
        let (all, none) = (globs(all), globs(none));
        let pieces =
            |globs: &[Glob]| -> Vec<Vec<Piece>> { globs.iter().map(|glob| glob.pieces().to_vec()).collect() };
        let (all, none) = (pieces(&all), pieces(&none));
        let all: Vec<&[Piece]> = all.iter().map(Vec::as_slice).collect();
        let none: Vec<&[Piece]> = none.iter().map(Vec::as_slice).collect();
        let expected = expected.map_or(Meeting::Nowhere, |name| Meeting::At(name.to_owned()));
        assert_eq!(meet(&all, &none), expected);
    }

    #[test]
    fn two_patterns_meet_in_the_shortest_name_both_match() {
        check(&["a*", "*b"], &[], Some("ab"));
        check(&["a*", "b*"], &[], None);
        check(&["?", "*"], &[], Some("z"));
    }

    #[test]
    fn an_exception_that_covers_the_meeting_leaves_nothing() {
        check(&["*", "tenants"], &["tenants"], None);
        check(&["*", "tenants"], &["t*"], None);
        check(&["*", "ten*"], &["tenants"], Some("ten"));
        check(&["*"], &["?", "??*"], None);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        /// Against every name of up to four letters, which is enough for patterns of up to four pieces.
        #[test]
        fn the_meeting_is_where_trying_every_name_finds_it(
            texts in proptest::collection::vec("[ab*?]{1,4}", 2..5),
        ) {
            let globs: Vec<Glob> = texts.iter().map(|text| Glob::parse(text).unwrap_or_else(|c| panic!("{}", c.message))).collect();
            let (all, none) = globs.split_at(2);
            let fits = |name: &str| all.iter().all(|glob| glob.matches(name)) && !none.iter().any(|glob| glob.matches(name));
            let mut names = vec![String::new()];
            let mut next = 0;
            while let Some(name) = names.get(next).cloned().filter(|name| name.len() < 4) {
                names.extend(["a", "b", "z"].map(|letter| format!("{name}{letter}")));
                next += 1;
            }
            let tried = names.iter().filter(|name| !name.is_empty()).find(|name| fits(name));
            let pieces = |globs: &[Glob]| -> Vec<Vec<Piece>> { globs.iter().map(|glob| glob.pieces().to_vec()).collect() };
            let (all_pieces, none_pieces) = (pieces(all), pieces(none));
            let all_slices: Vec<&[Piece]> = all_pieces.iter().map(Vec::as_slice).collect();
            let none_slices: Vec<&[Piece]> = none_pieces.iter().map(Vec::as_slice).collect();
            match meet(&all_slices, &none_slices) {
                Meeting::At(name) => proptest::prop_assert!(fits(&name), "{name}"),
                Meeting::Nowhere => proptest::prop_assert!(tried.is_none(), "{tried:?}"),
                Meeting::Unknown => proptest::prop_assert!(false, "patterns this small are always decided"),
            }
        }
    }
}
