//! Differences between the settings of roles and databases.

use std::collections::BTreeSet;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::setting::{SettingScope, Settings, holds_a_secret, is_sealed};

use crate::change::Change;

/// Settings to set and reset. Those of a role that is dropped vanish with it.
pub(crate) fn diff_settings(observed: &Catalog, desired: &Catalog, changes: &mut Vec<Change>) {
    let none = Settings::new();
    let scopes: BTreeSet<&SettingScope> = observed.settings.keys().chain(desired.settings.keys()).collect();
    for scope in scopes {
        if scope.role.as_ref().is_some_and(|role| !desired.roles.contains_key(role)) {
            continue;
        }
        let before = observed.settings.get(scope).unwrap_or(&none);
        let after = desired.settings.get(scope).unwrap_or(&none);
        for (name, value) in after {
            let old = before.get(name);
            // A secret that is sealed cannot be set: nobody here knows it.
            if old != Some(value) && !(holds_a_secret(name.as_str()) && is_sealed(value)) {
                changes.push(Change::SetSetting {
                    scope: scope.clone(),
                    name: name.clone(),
                    before: old.cloned(),
                    after: value.clone(),
                });
            }
        }
        for (name, value) in before {
            if !after.contains_key(name) {
                changes.push(Change::ResetSetting {
                    scope: scope.clone(),
                    name: name.clone(),
                    before: value.clone(),
                });
            }
        }
    }
}
