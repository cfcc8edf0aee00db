//! Obvious passwords: a role's own name, or nothing but it. Whoever tries to come in tries these first.

use std::collections::BTreeSet;

use crate::md5::Md5Hash;
use crate::scram::ScramVerifier;
use crate::secret::Secret;

/// What is kept of a role's password. No Debug: it is kept like a secret.
pub enum Kept {
    /// A SCRAM-SHA-256 verifier.
    Scram(ScramVerifier),
    /// An MD5 hash.
    Md5(Md5Hash),
}

/// What trying has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried<'r> {
    /// Roles whose password is an obvious one.
    pub obvious: BTreeSet<&'r str>,
    /// Roles for which not all obvious passwords were tried: the verifier asks for more work than is done for one role, or the work for
    /// all of them was used up.
    pub untried: BTreeSet<&'r str>,
}

/// Tries the obvious passwords of these roles against what is kept of theirs: the likeliest of each role first, so that what is left when the
/// work is used up is the least likely. `work_most` counts rounds of a verifier.
pub fn try_obvious<'r>(kept: &[(&'r str, &Kept)], work_most: u64) -> Tried<'r> {
    let mut tried = Tried::default();
    let mut work = work_most;
    let candidates: Vec<Vec<Secret>> = kept.iter().map(|(role, _)| obvious_passwords(role)).collect();
    for turn in 0..SPELLINGS_MOST {
        for ((role, kept), candidates) in kept.iter().zip(&candidates) {
            let Some(password) = candidates.get(turn) else { continue };
            if tried.obvious.contains(role) || tried.untried.contains(role) {
                continue;
            }
            let verifies = match kept {
                Kept::Md5(hash) => hash.verifies(role, password),
                Kept::Scram(verifier) => {
                    let rounds = u64::from(verifier.iterations().get());
                    let Some(rest) = work.checked_sub(rounds).filter(|_| rounds <= ITERATIONS_MOST) else {
                        tried.untried.insert(role);
                        continue;
                    };
                    work = rest;
                    verifier.verifies(password)
                }
            };
            if verifies {
                tried.obvious.insert(role);
            }
        }
    }
    tried
}

/// The role's name, with a capital letter, and with the ending that everybody adds; each one once, the likeliest first. A try costs
/// thousands of hashes: more of them would take longer than all the rest of an audit.
fn obvious_passwords(role: &str) -> Vec<Secret> {
    let mut first = role.chars();
    let capitalised: String = first.next().into_iter().flat_map(char::to_uppercase).chain(first).collect();
    let spellings = [role.to_owned(), format!("{role}123"), capitalised];
    debug_assert_eq!(spellings.len(), SPELLINGS_MOST);
    let mut seen = BTreeSet::new();
    spellings.into_iter().filter(|spelling| seen.insert(spelling.clone())).map(Secret::new).collect()
}

const SPELLINGS_MOST: usize = 3;

/// Whoever sets a password chooses how long it takes to check it.
const ITERATIONS_MOST: u64 = 100_000;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::num::NonZeroU32;

    fn scram(password: &str, iterations: u32) -> Kept {
        let password = Secret::new(password.to_owned());
        let iterations = NonZeroU32::new(iterations).unwrap();
        Kept::Scram(ScramVerifier::derive(&password, [7; 16], iterations).unwrap())
    }

    fn trying<'r>(kept: &[(&'r str, Kept)], work: u64) -> (BTreeSet<&'r str>, BTreeSet<&'r str>) {
        let kept: Vec<_> = kept.iter().map(|(role, kept)| (*role, kept)).collect();
        let tried = try_obvious(&kept, work);
        (tried.obvious, tried.untried)
    }

    #[test]
    fn a_name_is_found_in_every_spelling_and_nothing_else_is() {
        let spellings = ["shop", "Shop", "shop123"];
        for password in spellings {
            let kept = [("shop", scram(password, 2))];
            assert_eq!(trying(&kept, 1_000).0, BTreeSet::from(["shop"]), "{password}");
        }
        for password in ["sho", "shop12", "another", "shop "] {
            let kept = [("shop", scram(password, 2))];
            assert_eq!(trying(&kept, 1_000), Default::default(), "{password}");
        }
        let kept = [("größe", scram("Größe", 2)), ("ähre", scram("Ähre", 2))];
        assert_eq!(trying(&kept, 1_000).0, BTreeSet::from(["größe", "ähre"]));
    }

    #[test]
    fn what_would_take_too_long_is_said_and_not_done() {
        let kept = [("slow", scram("slow", 100_001)), ("edge", scram("edge", 100_000))];
        let tried = trying(&kept, u64::MAX);
        assert_eq!(tried, (BTreeSet::from(["edge"]), BTreeSet::from(["slow"])));
    }

    #[test]
    fn the_likeliest_is_tried_for_everybody_before_the_work_is_used_up() {
        let kept =
            [("a", scram("other", 10)), ("b", scram("b", 10)), ("c", scram("c", 10)), ("d", scram("x", 10))];
        let tried = trying(&kept, 40);
        assert_eq!(tried.0, BTreeSet::from(["b", "c"]));
        assert_eq!(tried.1, BTreeSet::from(["a", "d"]));
        let hash = Kept::Md5(Md5Hash::parse("md5fcdab7bb7dace11aafba6a26eb0a037d").unwrap());
        assert_eq!(trying(&[("app", hash)], 0).0, BTreeSet::from(["app"]));
    }
}
