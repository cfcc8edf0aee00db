//! Event triggers that the plan's own commands fire: their functions run as whoever carries the plan out.

use std::collections::BTreeSet;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::Facts;
use pgward_catalog::role::Attribute;

use crate::change::Change;
use crate::hazard::{Hazard, HazardKind};

/// Those whose function belongs to somebody weaker, who can replace it: one for each trigger, with the first change that fires it.
pub(crate) fn fired(observed: &Catalog, changes: &[Change], executor: Option<&RoleName>) -> Vec<Hazard> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let Some(database) = change.database().filter(|database| seen.insert(*database)) else { continue };
        let Some(contents) = observed.databases.get(database) else { continue };
        for (key, object) in &contents.objects {
            let Facts::EventTrigger { event, enabled: 'O' | 'A', function, .. } = &object.facts else {
                continue;
            };
            let Some(code) = contents.objects.get(function).filter(|_| event != "login") else { continue };
            let is_superuser =
                observed.roles.get(&code.owner).is_some_and(|owner| owner.has(Attribute::Superuser));
            if is_superuser || executor == Some(&code.owner) {
                continue;
            }
            let whoever = executor.map_or_else(|| "whoever carries this out".to_owned(), RoleName::quoted);
            found.push(Hazard {
                kind: HazardKind::Widening,
                change: index,
                message: format!(
                    "{key} in database {} runs {function} as {whoever} while this is carried out; it belongs to role {}, who can replace it",
                    database.quoted(),
                    code.owner.quoted()
                ),
                hint: "read the function first, and give it to a role that nobody logs in as; or keep the trigger from firing (ALTER EVENT TRIGGER ... DISABLE)"
                    .to_owned(),
            });
        }
    }
    found
}
