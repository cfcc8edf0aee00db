//! Comparison: the audit of what is, beside the audit of what would be with the contract applied (requirement A3).
//!
//! What would be is the same survey with the desired catalog in the observed one's place. What the survey keeps of owners is
//! made to follow it; settings of the server, authentication and sessions stay as they are, since no contract changes them.

use std::collections::BTreeMap;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::ObjectRef;

use crate::audit::Audit;
use crate::declared::Declared;
use crate::rule::Rule;
use crate::study::Study;
use pgward_survey::Survey;

/// What an audit would say once the contract is applied.
pub struct Comparison {
    /// That audit.
    pub after: Audit,
}

impl Comparison {
    /// Audits what the contract leads to.
    pub fn of(survey: &Survey, declared: &Declared, today: &str, rules: &[&'static Rule]) -> Comparison {
        let survey = with_catalog(survey, &declared.desired);
        let study = Study::of(&survey, Some(declared), today);
        Comparison { after: Audit::of(&study, rules) }
    }
}

/// The survey as it would be with this catalog.
pub(crate) fn with_catalog(survey: &Survey, desired: &Catalog) -> Survey {
    let mut after = survey.clone();
    after.catalog = desired.clone();
    let renamed = owners(&survey.catalog, desired);
    for (database, anatomy) in &mut after.databases {
        let follow = |owner: &mut RoleName, of: &pgward_catalog::object::ObjectKey| {
            if let Some(new) = renamed.get(&(database.clone(), ObjectRef::within(database, of.clone()))) {
                *owner = new.clone();
            }
        };
        for used in &mut anatomy.uses {
            let (on, target) = (used.on.clone(), used.target.clone());
            follow(&mut used.on_owner, &on);
            follow(&mut used.target_owner, &target);
        }
    }
    after
}

/// Objects of databases whose owner is another in the desired catalog.
fn owners(observed: &Catalog, desired: &Catalog) -> BTreeMap<(DatabaseName, ObjectRef), RoleName> {
    let mut changed = BTreeMap::new();
    for (database, contents) in &desired.databases {
        let before = observed.databases.get(database);
        for (key, object) in &contents.objects {
            let was = before.and_then(|contents| contents.objects.get(key)).map(|object| &object.owner);
            if was != Some(&object.owner) {
                let at = ObjectRef::within(database, key.clone());
                changed.insert((database.clone(), at), object.owner.clone());
            }
        }
    }
    changed
}
