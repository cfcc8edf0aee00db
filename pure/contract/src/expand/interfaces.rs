//! Interfaces, and routines that run with other rights although they are none.

use std::collections::BTreeMap;

use pgward_catalog::default_acl::default_acl;
use pgward_catalog::name::{DatabaseName, Name, SchemaName};
use pgward_catalog::object::{Facts, Object, ObjectKey, ObjectRef, Origin, RoutineFacts};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::version::Version;

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
    let unsaid = works.iter().filter(|(_, work)| !work.is_interface && !work.ignored);
    report(expanding, database, unsaid.map(|(key, work)| (*key, work.found)));
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

/// Reports routines that run with their owner's rights, with settings of their own, or leakproof, and are no interfaces.
pub fn report<'o>(
    expanding: &mut Expanding<'_>,
    database: &DatabaseName,
    routines: impl Iterator<Item = (&'o ObjectKey, &'o Object)>,
) {
    let mut definers: BTreeMap<SchemaName, Vec<ObjectRef>> = BTreeMap::new();
    let mut setters: BTreeMap<(SchemaName, String), Vec<ObjectRef>> = BTreeMap::new();
    let version = expanding.observed.version;
    for (key, object) in routines {
        if !is_special(key, object, version) || is_as_shipped(key, object) {
            continue;
        }
        let (Some(schema), Facts::Routine(found)) = (&key.schema, &object.facts) else { continue };
        let name = ObjectRef::within(database, key.clone());
        if found.security_definer {
            definers.entry(schema.clone()).or_default().push(name);
            continue;
        }
        if found.leakproof {
            let message = format!("{key} is LEAKPROOF, and the contract does not say so");
            let hint = "describe it under `interfaces` with `security: invoker` and `leakproof: true`, or undo it with \
                        ALTER FUNCTION";
            let drift = Drift::new(DriftKind::UnaccountedRoutine, message, hint).within(database);
            expanding.drift.push(drift.of_objects(vec![name.clone()]));
        }
        if !found.settings.is_empty() {
            let settings: Vec<&str> = found.settings.keys().map(|setting| setting.as_str()).collect();
            setters.entry((schema.clone(), settings.join(", "))).or_default().push(name);
        }
    }
    for (schema, objects) in definers {
        let message = format!(
            "{} with the owner's rights (SECURITY DEFINER), and the contract does not say so",
            counted(&schema, &objects, ["runs", "run"])
        );
        let hint = "describe each under `interfaces`, with who may execute it, or make it SECURITY INVOKER";
        let drift = Drift::new(DriftKind::UnaccountedRoutine, message, hint).within(database);
        expanding.drift.push(drift.of_objects(objects));
    }
    for ((schema, settings), objects) in setters {
        let message = format!(
            "{} {settings}, and the contract does not say so",
            counted(&schema, &objects, ["sets", "set"])
        );
        let hint = "describe each under `interfaces` with `security: invoker`, or undo it with ALTER FUNCTION ... RESET";
        let drift = Drift::new(DriftKind::UnaccountedRoutine, message, hint).within(database);
        expanding.drift.push(drift.of_objects(objects));
    }
}

/// Whether a routine runs with its owner's rights, with settings of its own, or leakproof, because somebody said so:
/// it is accounted for one by one, whoever made it.
pub fn is_special(key: &ObjectKey, object: &Object, version: Version) -> bool {
    let Facts::Routine(routine) = &object.facts else { return false };
    let leakproof = routine.leakproof
        // Hundreds that initdb makes are leakproof. One whose ACL is as it was born is read only after a change by hand.
        && (object.origin != Origin::System
            || object.initial_acl.is_none() && object.acl == default_acl(key.class, &object.owner, version));
    routine.security_definer || leakproof || !routine.settings.is_empty()
}

/// The extensions and routines of PostgreSQL's own distribution that are made with SECURITY DEFINER.
const SHIPPED_DEFINERS: [(&str, &str); 1] = [("dblink", "dblink_connect_u")];

fn is_as_shipped(key: &ObjectKey, object: &Object) -> bool {
    let (Origin::Extension(extension), Facts::Routine(routine)) = (&object.origin, &object.facts) else {
        return false;
    };
    SHIPPED_DEFINERS.contains(&(extension.as_str(), key.name.as_str()))
        && routine.language.as_str() == "c"
        && !routine.leakproof
        && routine.settings.is_empty()
}

fn counted(schema: &SchemaName, objects: &[ObjectRef], verb: [&str; 2]) -> String {
    let [one_does, many_do] = verb;
    match objects {
        [one] => format!("{} {one_does}", one.key),
        many => format!("{} functions in schema {} {many_do}", many.len(), schema.quoted()),
    }
}
