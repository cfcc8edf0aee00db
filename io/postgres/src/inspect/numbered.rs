//! Rules that have been read while what is in them is known by number only.

use pgward_catalog::name::Name;
use pgward_catalog::object::ObjectKey;
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::rule::{Rule, Rules};

use crate::inspect::node_tree::Touched;

/// A rule whose tables are numbers still.
pub(super) struct Numbered {
    pub(super) table: u32,
    pub(super) name: Name,
    pub(super) rule: Rule,
    pub(super) touches: Touched,
}

/// The rules with everything named. Those of temporary tables belong to single sessions, and what is in them as well.
pub(super) fn named(numbered: Vec<Numbered>, of: impl Fn(u32) -> Option<ObjectKey>) -> Rules {
    let mut rules = Rules::new();
    for Numbered { table, name, mut rule, touches } in numbered {
        let Some(key) = of(table) else { continue };
        // OLD and NEW count as a SELECT since 16, and are what the command is given anyhow.
        let asked = |oid| if oid == table { Privilege::Select.into() } else { Privileges::NONE };
        let touches = touches.into_iter().map(|(oid, privileges)| (oid, privileges - asked(oid)));
        let touches = touches
            .filter(|(_, privileges)| !privileges.is_empty())
            .filter_map(|(oid, privileges)| Some((of(oid)?, privileges)));
        rule.touches = touches.collect();
        rules.entry(key).or_default().insert(name, rule);
    }
    rules
}
