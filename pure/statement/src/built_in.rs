//! What PostgreSQL 14 to 18 bring along, reviewed: functions, operators, types and relations.
//!
//! The lists are in `built-in/`, the union of all supported versions, one name a line. A function is on the list of
//! those that read only if each of its overloads does; every other one has its class and its reason in
//! `not-reading.tsv`. A test compares the lists with real servers of every version, so that none is missing and no
//! volatile function got onto the list by accident.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use foldhash::fast::FixedState;

use crate::class::Class;

/// What a built-in function does.
pub(crate) enum BuiltIn {
    /// It reads.
    Reads,
    /// It does something else, for a reason.
    Does(Class, &'static str),
    /// There is no such function.
    Missing,
}

/// What the function of `pg_catalog` with this name does.
pub(crate) fn function(name: &str) -> BuiltIn {
    if READING.has(name) {
        return BuiltIn::Reads;
    }
    match NOT_READING.get(name) {
        Some((class, why)) => BuiltIn::Does(*class, why),
        None => BuiltIn::Missing,
    }
}

/// Whether `information_schema` has a function of this name; all of them read.
pub(crate) fn is_information_schema_function(name: &str) -> bool {
    INFORMATION_SCHEMA.has(name)
}

/// Whether there is an operator of this name in `pg_catalog`; all of them read.
pub(crate) fn is_operator(name: &str) -> bool {
    OPERATORS.has(name)
}

/// Whether there is a type of this name in `pg_catalog`; making a value of one of them reads.
pub(crate) fn is_type(name: &str) -> bool {
    TYPES.has(name) || RELATIONS.has(name)
}

/// Whether there is a table or view of this name in `pg_catalog`.
pub(crate) fn is_relation(name: &str) -> bool {
    RELATIONS.has(name)
}

/// Names by their hashes: a text may call a function on each of its lines. Nobody else puts names into it, so that the hashes
/// may be known.
struct Names(HashSet<&'static str, FixedState>);

impl Names {
    fn of(lines: &'static str) -> Self {
        Self(lines.lines().filter(|line| !line.is_empty()).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

static READING: LazyLock<Names> = LazyLock::new(|| Names::of(include_str!("../built-in/reading.txt")));
static OPERATORS: LazyLock<Names> = LazyLock::new(|| Names::of(include_str!("../built-in/operators.txt")));
static TYPES: LazyLock<Names> = LazyLock::new(|| Names::of(include_str!("../built-in/types.txt")));
static RELATIONS: LazyLock<Names> = LazyLock::new(|| Names::of(include_str!("../built-in/relations.txt")));
static INFORMATION_SCHEMA: LazyLock<Names> =
    LazyLock::new(|| Names::of(include_str!("../built-in/information-schema.txt")));

static NOT_READING: LazyLock<HashMap<&'static str, (Class, &'static str), FixedState>> =
    LazyLock::new(|| include_str!("../built-in/not-reading.tsv").lines().filter_map(row).collect());

fn row(line: &'static str) -> Option<(&'static str, (Class, &'static str))> {
    let mut cells = line.split('\t');
    let name = cells.next()?;
    let class = match cells.next()? {
        "writing" => Class::CallWriting,
        _ => Class::CallUnreviewed,
    };
    Some((name, (class, cells.next()?)))
}
