//! Changes as lines, many that are alike in one.

use std::collections::BTreeMap;

use pgward_catalog::object::ObjectKey;
use pgward_catalog::shown::shown;

use crate::change::{Change, Target};
use crate::words::{Sign, describe, sign};

/// One line: a change, or many that differ in the object only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) sign: Sign,
    pub(crate) text: String,
    /// The contract's reason, or why it is left alone.
    pub(crate) why: Option<String>,
}

/// The lines of changes, each with why; from so many alike on, one line stands for all of them.
pub(crate) fn lines<'a>(changes: impl Iterator<Item = (&'a Change, Option<&'a str>)>) -> Vec<Line> {
    let mut groups: BTreeMap<usize, Vec<(&Change, Option<&str>)>> = BTreeMap::new();
    let mut first_of: BTreeMap<String, usize> = BTreeMap::new();
    for (position, (change, why)) in changes.enumerate() {
        let first = match likeness(change, why) {
            Some(key) => *first_of.entry(key).or_insert(position),
            None => position,
        };
        groups.entry(first).or_default().push((change, why));
    }
    groups.into_values().flat_map(|group| group_lines(&group)).collect()
}

const ALIKE_MIN: usize = 4;
const NAMED_MAX: usize = 3;

fn group_lines(group: &[(&Change, Option<&str>)]) -> Vec<Line> {
    let line = |change: &Change, why: Option<&str>, text: String| Line {
        sign: sign(change),
        text: shown(&text),
        why: why.map(shown),
    };
    match group {
        [(change, why), ..] if group.len() >= ALIKE_MIN => {
            let keys: Vec<&ObjectKey> =
                group.iter().filter_map(|(change, _)| Some(&target(change)?.object.key)).collect();
            vec![line(change, *why, of_many(change, &keys))]
        }
        few => few.iter().map(|(change, why)| line(change, *why, describe(change))).collect(),
    }
}

/// What must be equal for changes to be one line: everything but the object's name.
fn likeness(change: &Change, why: Option<&str>) -> Option<String> {
    let target = target(change).filter(|target| target.column.is_none())?;
    let place = (&target.object.database, target.object.key.class, &target.object.key.schema);
    let what = match change {
        Change::Grant { entry, .. } | Change::Revoke { entry, .. } => format!("{entry:?}"),
        Change::RevokeGrantOption { grantee, grantor, privileges, .. } => {
            format!("{grantee:?} {grantor:?} {privileges:?}")
        }
        _ => return None,
    };
    Some(format!("{:?} {place:?} {what} {why:?}", sign(change)))
}

fn target(change: &Change) -> Option<&Target> {
    match change {
        Change::Grant { target, .. }
        | Change::Revoke { target, .. }
        | Change::RevokeGrantOption { target, .. } => Some(target),
        _ => None,
    }
}

/// The line of the first with all objects in the place of its one.
fn of_many(first: &Change, keys: &[&ObjectKey]) -> String {
    let Some(target) = target(first) else { return describe(first) };
    let one = target.object.to_string();
    let named: Vec<String> = keys.iter().take(NAMED_MAX).map(|key| key.quoted()).collect();
    let database = target
        .object
        .database
        .as_ref()
        .map_or(String::new(), |database| format!(" in database {}", database.quoted()));
    let many = format!(
        "{} {} ({}, ...){database}",
        keys.len(),
        plural(&target.object.key.class.word()),
        named.join(", ")
    );
    describe(first).replacen(&one, &many, 1)
}

fn plural(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    }
}
