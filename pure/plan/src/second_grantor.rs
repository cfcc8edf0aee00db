//! Who granted something, where that is not the owner: what the owner revokes does not touch it.

use pgward_catalog::catalog::Catalog;

use crate::change::Change;

/// The words about a change, with the grantor where it is somebody else than the owner.
pub(crate) fn with_grantor(
    before: &Catalog,
    after: &Catalog,
    change: &Change,
    words: Option<String>,
) -> Option<String> {
    match (granted_by(before, after, change), words) {
        (None, words) => words,
        (Some(grantor), None) => Some(grantor),
        (Some(grantor), Some(words)) => Some(format!("{words}; {grantor}")),
    }
}

fn granted_by(before: &Catalog, after: &Catalog, change: &Change) -> Option<String> {
    let (target, grantor) = match change {
        Change::Grant { target, entry } | Change::Revoke { target, entry } => (target, &entry.grantor),
        Change::RevokeGrantOption { target, grantor, .. } => (target, grantor),
        _ => return None,
    };
    let owner = &before.object(&target.object)?.owner;
    // Where the owner changes, the new one takes over what the old one granted.
    let owner_after = after.object(&target.object).map(|object| &object.owner);
    (grantor != owner && Some(grantor) != owner_after)
        .then(|| format!("granted by {}, not by the owner {}", grantor.quoted(), owner.quoted()))
}
