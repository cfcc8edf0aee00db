//! GRANT and REVOKE on objects.

use std::collections::BTreeMap;
use std::ops::Range;

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::ObjectKey;
use pgward_catalog::privilege::Privilege;

use crate::grant_model::{Behavior, Verb};

/// GRANT or REVOKE of privileges on a list of objects, for a list of grantees.
pub(crate) fn acl(
    verb: Verb,
    privileges: &str,
    keyword: &str,
    objects: &[String],
    grantees: &[Grantee],
) -> String {
    let objects = objects.join(", ");
    let grantees = grantees.iter().map(Grantee::quoted).collect::<Vec<_>>().join(", ");
    let cascade = |behavior| if behavior == Behavior::Cascade { " CASCADE" } else { "" };
    match verb {
        Verb::Grant => format!("GRANT {privileges} ON {keyword} {objects} TO {grantees}"),
        Verb::GrantWithOption => {
            format!("GRANT {privileges} ON {keyword} {objects} TO {grantees} WITH GRANT OPTION")
        }
        Verb::Revoke(behavior) => {
            format!("REVOKE {privileges} ON {keyword} {objects} FROM {grantees}{}", cascade(behavior))
        }
        Verb::RevokeOption(behavior) => format!(
            "REVOKE GRANT OPTION FOR {privileges} ON {keyword} {objects} FROM {grantees}{}",
            cascade(behavior)
        ),
    }
}

/// The object's name as GRANT takes it: an aggregate of no arguments has no star there, as it has in ALTER.
pub(crate) fn name(key: &ObjectKey) -> String {
    match (key.class, key.signature.as_deref()) {
        (Class::Aggregate, Some("")) => ObjectKey { class: Class::Function, ..key.clone() }.quoted(),
        _ => key.quoted(),
    }
}

/// Privileges on columns: `SELECT (id, name), UPDATE (name)`.
pub(crate) fn column_lists(lists: &BTreeMap<Privilege, Vec<Name>>) -> String {
    let quoted = |columns: &[Name]| columns.iter().map(Name::quoted).collect::<Vec<_>>().join(", ");
    lists
        .iter()
        .map(|(privilege, columns)| format!("{} ({})", privilege.keyword(), quoted(columns)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The list in pieces that make statements of a readable, and safe, size.
pub(crate) fn chunks(objects: &[String]) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (position, object) in objects.iter().enumerate() {
        bytes += object.len() + 2;
        if position > start && (position - start >= OBJECTS_MAX || bytes > BYTES_MAX) {
            chunks.push(start..position);
            start = position;
            bytes = object.len() + 2;
        }
    }
    if start < objects.len() {
        chunks.push(start..objects.len());
    }
    chunks
}

const OBJECTS_MAX: usize = 500;
const BYTES_MAX: usize = 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_every_object_once_and_none_is_too_long() {
        let objects: Vec<String> = (0..1203).map(|n| format!("app.t{n}")).collect();
        assert_eq!(chunks(&objects), [0..500, 500..1000, 1000..1203]);
        let long: Vec<String> = (0..3).map(|_| "x".repeat(40_000)).collect();
        assert_eq!(chunks(&long), [0..1, 1..2, 2..3]);
        assert!(chunks(&[]).is_empty());
    }
}
