//! What PostgreSQL 14 to 18 bring along, reviewed: functions, operators, types and relations.
//!
//! The lists are in `built-in/`, the union of all supported versions, one name a line. A function is on the list of
//! those that read only if each of its overloads does; every other one has its class and its reason in
//! `not-reading.tsv`. A test compares the lists with real servers of every version, so that none is missing and no
//! volatile function got onto the list by accident.

use std::sync::LazyLock;

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
    match NOT_READING.binary_search_by(|row| row.0.cmp(name)).ok().and_then(|at| NOT_READING.get(at)) {
        Some((_, class, why)) => BuiltIn::Does(*class, why),
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

/// Names in the order of their bytes.
struct Names(Vec<&'static str>);

impl Names {
    fn of(lines: &'static str) -> Self {
        let mut names: Vec<_> = lines.lines().filter(|line| !line.is_empty()).collect();
        names.sort_unstable();
        Self(names)
    }

    fn has(&self, name: &str) -> bool {
        self.0.binary_search(&name).is_ok()
    }
}

static READING: LazyLock<Names> = LazyLock::new(|| Names::of(include_str!("../built-in/reading.txt")));
static OPERATORS: LazyLock<Names> = LazyLock::new(|| Names::of(include_str!("../built-in/operators.txt")));
static TYPES: LazyLock<Names> = LazyLock::new(|| Names::of(include_str!("../built-in/types.txt")));
static RELATIONS: LazyLock<Names> = LazyLock::new(|| Names::of(include_str!("../built-in/relations.txt")));
static INFORMATION_SCHEMA: LazyLock<Names> =
    LazyLock::new(|| Names::of(include_str!("../built-in/information-schema.txt")));

static NOT_READING: LazyLock<Vec<(&'static str, Class, &'static str)>> = LazyLock::new(|| {
    let mut rows: Vec<_> = include_str!("../built-in/not-reading.tsv").lines().filter_map(row).collect();
    rows.sort_unstable();
    rows
});

fn row(line: &'static str) -> Option<(&'static str, Class, &'static str)> {
    let mut cells = line.split('\t');
    let name = cells.next()?;
    let class = match cells.next()? {
        "writing" => Class::CallWriting,
        _ => Class::CallUnreviewed,
    };
    Some((name, class, cells.next()?))
}
