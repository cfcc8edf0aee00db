//! The law between crates: imports go down only, and on one floor from right to left as the house lists them.

use crate::structure::workspace::{Crate, Workspace};

/// One floor: its folder, what it is for, and its crates in the order in which they may build on each other.
pub(crate) struct Floor {
    pub(crate) name: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) crates: &'static [&'static str],
}

/// Every breach of the law between crates.
pub(crate) fn breaches(workspace: &Workspace) -> Vec<String> {
    workspace.crates.iter().flat_map(breaches_of).collect()
}

fn breaches_of(member: &Crate) -> Vec<String> {
    let Some(own) = Address::of(&member.place) else {
        return vec![format!(
            "{}: the house has no such room; name its place in xtask/src/structure/floors.rs",
            member.place
        )];
    };
    let inside = member.inside.iter().filter_map(|used| {
        let reason = match Address::of(used) {
            Some(other) => other.refusal_below(own)?,
            None => "which the house does not know".to_owned(),
        };
        Some(format!("{} imports {used}, {reason}", member.place))
    });
    let outside = member.outside.iter().filter(|name| own.is_pure() && REACHING_OUT.contains(&name.as_str()));
    let outside = outside
        .map(|name| format!("{} imports `{name}`; pure/ decides and reaches out to nothing", member.place));
    inside.chain(outside).collect()
}

/// Where a crate lives: floor and place on it, counted from the ground.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Address {
    floor: usize,
    room: usize,
}

impl Address {
    fn of(place: &str) -> Option<Address> {
        if OUTBUILDINGS.contains(&place) {
            return Some(Address { floor: HOUSE.len(), room: 0 });
        }
        let (floor_name, room_name) = place.split_once('/')?;
        let floor = HOUSE.iter().position(|floor| floor.name == floor_name)?;
        let room = HOUSE.get(floor)?.crates.iter().position(|room| *room == room_name)?;
        Some(Address { floor, room })
    }

    fn is_pure(self) -> bool {
        self.floor == 0
    }

    /// Why the crate at this address may not be built on by the one at `user`, if it may not.
    fn refusal_below(self, user: Address) -> Option<String> {
        if self.floor > user.floor {
            Some("which is on a floor above".to_owned())
        } else if self.floor == HOUSE.len() {
            Some("which nobody builds on".to_owned())
        } else if self >= user {
            Some("which the house lists after it on the same floor".to_owned())
        } else {
            None
        }
    }
}

/// The floors from the ground up.
pub(crate) const HOUSE: [Floor; 3] = [
    Floor {
        name: "pure",
        purpose: "decides",
        crates: &[
            "grammar",
            "catalog",
            "credential",
            "history",
            "ledger",
            "contract",
            "plan",
            "proof",
            "survey",
            "audit",
            "statement",
            "lease",
            "identity",
            "rollout",
            "wire",
        ],
    },
    Floor {
        name: "io",
        purpose: "reaches out",
        crates: &["cluster", "postgres", "web", "store", "secrets", "vault", "sign_on"],
    },
    Floor { name: "app", purpose: "is reached", crates: &["operations", "desk", "cli"] },
];

/// What stands beside the house, may look into every room, and is looked into by none.
pub(crate) const OUTBUILDINGS: [&str; 4] = ["scenarios", "fuzz", "benches", "xtask"];

/// Crates that do what `pure/` must not: input and output, the clock, chance, the environment, async.
const REACHING_OUT: [&str; 12] = [
    "async-trait",
    "fs-err",
    "futures",
    "getrandom",
    "mio",
    "rand",
    "reqwest",
    "rustix",
    "socket2",
    "tempfile",
    "tokio",
    "tokio-postgres",
];

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::path::PathBuf;

    fn check(place: &str, inside: &[&str], outside: &[&str], breaches: Expect) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (inside, outside) = (owned(inside), owned(outside));
        let member = Crate { folder: PathBuf::new(), place: place.to_owned(), inside, outside };
        breaches.assert_eq(&breaches_of(&member).join("\n"));
    }

    #[test]
    fn imports_that_go_down_are_fine() {
        check("app/cli", &["app/operations", "io/cluster", "pure/proof"], &["tokio"], expect![""]);
        check("pure/proof", &["pure/catalog", "pure/contract"], &["serde"], expect![""]);
        check("scenarios", &["app/operations"], &["tokio"], expect![""]);
    }

    #[test]
    fn an_upward_import_is_a_breach() {
        check(
            "pure/plan",
            &["io/postgres"],
            &[],
            expect!["pure/plan imports io/postgres, which is on a floor above"],
        );
        check(
            "io/cluster",
            &["app/cli"],
            &[],
            expect!["io/cluster imports app/cli, which is on a floor above"],
        );
        check(
            "app/cli",
            &["scenarios"],
            &[],
            expect!["app/cli imports scenarios, which is on a floor above"],
        );
    }

    #[test]
    fn a_floor_has_an_order() {
        check(
            "pure/catalog",
            &["pure/contract"],
            &[],
            expect!["pure/catalog imports pure/contract, which the house lists after it on the same floor"],
        );
        check("scenarios", &["xtask"], &[], expect!["scenarios imports xtask, which nobody builds on"]);
    }

    #[test]
    fn a_pure_crate_does_not_reach_out() {
        check(
            "pure/plan",
            &[],
            &["tokio"],
            expect!["pure/plan imports `tokio`; pure/ decides and reaches out to nothing"],
        );
        check("io/postgres", &[], &["tokio"], expect![""]);
    }

    #[test]
    fn a_room_nobody_named_is_a_breach() {
        check(
            "pure/gossip",
            &[],
            &[],
            expect![
                "pure/gossip: the house has no such room; name its place in xtask/src/structure/floors.rs"
            ],
        );
    }
}
