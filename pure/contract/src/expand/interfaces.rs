//! Interfaces, and routines that run with other rights although they are none.

use std::collections::BTreeMap;

use pgward_catalog::name::{DatabaseName, Name, SchemaName};
use pgward_catalog::object::{Facts, ObjectRef, Origin, RoutineFacts};
use pgward_catalog::privilege::Privilege;

use crate::expand::acl::{Wanted, entry};
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::inventory::Inventory;
use crate::expand::missing::routine_keys;
use crate::expand::settings::{items, joined, resolved};
use crate::expand::work::Works;
use crate::form::scalar::Scalar;
use crate::model::database::Database;
use crate::model::interface::{Interface, Security};

/// Makes the interfaces what they should be, and reports what should be one.
pub fn apply(
    expanding: &mut Expanding<'_>,
    said: &Database,
    database: &DatabaseName,
    inventory: Inventory<'_>,
    works: &mut Works<'_>,
) {
    for (name, interface) in &said.interfaces {
        let keys = routine_keys(name, inventory);
        if keys.is_empty() {
            let message = format!("function {} does not exist", name.text());
            let hint = "create it (a migration does), correct its signature, or remove it from the contract";
            let drift = Drift::new(DriftKind::Missing, message, hint).within(database).at(name.span);
            expanding.drift.push(drift);
        }
        for key in keys {
            let Some(work) = works.get_mut(key).filter(|work| !work.ignored) else { continue };
            work.is_interface = true;
            if !work.described {
                expanding.reach.objects.insert(ObjectRef::within(database, key.clone()));
            }
            let object = ObjectRef::within(database, key.clone());
            expanding.reasons.of_list(&object, Privilege::Execute.into(), &interface.execute);
            let given = interface.execute.iter().map(|to| entry(to, Privilege::Execute.into(), &work.owner));
            work.wanted = Wanted { taken: Vec::new(), given: given.collect() };
            if let Facts::Routine(found) = &work.found.facts {
                work.facts = Some(Facts::Routine(facts(interface, found)));
            }
        }
    }
    report_others(expanding, database, works);
}

fn facts(interface: &Interface, found: &RoutineFacts) -> RoutineFacts {
    let mut settings = resolved(&interface.settings, Some(&found.settings));
    if let Some(path) = &interface.search_path {
        let schemas: Vec<&str> = path.iter().map(|schema| schema.as_str()).collect();
        let path = Name::from("search_path");
        let same = found
            .settings
            .get(&path)
            .filter(|text| items(text).is_some_and(|items| joined(&items) == joined(&schemas)));
        settings.insert(path, same.cloned().unwrap_or_else(|| joined(&schemas)));
    }
    RoutineFacts {
        security_definer: interface.security() == Security::Definer,
        leakproof: interface.leakproof(),
        settings,
        ..found.clone()
    }
}

/// Routines that run with their owner's rights, or whose settings undo protection, and are no interfaces.
fn report_others(expanding: &mut Expanding<'_>, database: &DatabaseName, works: &Works<'_>) {
    let mut definers: BTreeMap<SchemaName, Vec<ObjectRef>> = BTreeMap::new();
    for (key, work) in works {
        let (Some(schema), Facts::Routine(found)) = (&key.schema, &work.found.facts) else { continue };
        if work.is_interface || work.ignored || work.found.origin != Origin::User {
            continue;
        }
        let name = ObjectRef::within(database, (*key).clone());
        if found.security_definer {
            definers.entry(schema.clone()).or_default().push(name);
            continue;
        }
        let undoing = found.settings.keys().find(|setting| UNDOING.contains(&setting.as_str()));
        let what = match undoing {
            Some(setting) => format!("sets {setting}"),
            None if found.leakproof => "is LEAKPROOF".to_owned(),
            None => continue,
        };
        let message = format!("{key} {what}, and the contract does not say so");
        let hint = "describe it under `interfaces` with `security: invoker`, or undo it with ALTER FUNCTION";
        let drift = Drift::new(DriftKind::UnaccountedRoutine, message, hint).within(database);
        expanding.drift.push(drift.of_objects(vec![name]));
    }
    for (schema, objects) in definers {
        let what = match objects.as_slice() {
            [one] => format!("{} runs", one.key),
            many => format!("{} functions in schema {} run", many.len(), schema.quoted()),
        };
        let message =
            format!("{what} with the owner's rights (SECURITY DEFINER), and the contract does not say so");
        let hint = "describe each under `interfaces`, with who may execute it, or make it SECURITY INVOKER";
        let drift = Drift::new(DriftKind::UnaccountedRoutine, message, hint).within(database);
        expanding.drift.push(drift.of_objects(objects));
    }
}

/// Settings that change whose rights count, or whether policies and triggers hold.
const UNDOING: [&str; 4] = ["role", "row_security", "session_authorization", "session_replication_role"];
