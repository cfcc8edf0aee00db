//! Differences between what else about two objects matters: row security, routines, views, databases.

use std::collections::BTreeSet;

use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name};
use pgward_catalog::object::{Facts, ObjectRef, PublicationFacts, RoutineFacts, TableFacts};
use pgward_catalog::policy::RowSecurity;

use crate::change::{Change, Leakproof, RowSecuritySwitches, RunsAs};
use crate::equivalences::Equivalences;

/// Every difference between the facts. What pgward does not alter becomes one [`Change::OtherFacts`].
pub(crate) fn diff_facts(
    name: &ObjectRef,
    observed: &Facts,
    desired: &Facts,
    equivalences: &Equivalences,
    changes: &mut Vec<Change>,
) {
    if observed == desired {
        return;
    }
    let other = alterable_from(name, observed, desired);
    if other != *observed {
        changes.push(Change::OtherFacts { object: name.clone(), before: observed.clone(), after: other });
    }
    match (observed, desired) {
        (Facts::Table(before), Facts::Table(after)) => {
            diff_row_security(name, &before.row_security, &after.row_security, equivalences, changes);
        }
        (Facts::View(before), Facts::View(after)) if name.key.class == Class::View && before != after => {
            changes.push(Change::SetViewOptions { view: name.clone(), before: *before, after: *after });
        }
        (Facts::Publication(before), Facts::Publication(after)) if before.options != after.options => {
            changes.push(Change::SetPublicationOptions {
                publication: name.clone(),
                before: before.options,
                after: after.options,
            });
        }
        (Facts::Routine(before), Facts::Routine(after)) => diff_routine(name, before, after, changes),
        (Facts::Database(before), Facts::Database(after)) if before != after => {
            changes.push(Change::SetDatabaseOptions {
                database: DatabaseName::from(name.key.name.as_str()),
                before: before.clone(),
                after: after.clone(),
            });
        }
        _ => {}
    }
}

/// The desired facts, but with what pgward can alter as it is observed: what is left differs for good.
fn alterable_from(name: &ObjectRef, observed: &Facts, desired: &Facts) -> Facts {
    match (observed, desired) {
        (Facts::Table(before), Facts::Table(after)) if name.key.class.has_row_security() => {
            Facts::Table(TableFacts {
                row_security: before.row_security.clone(),
                partition_of: after.partition_of.clone(),
                options: after.options.clone(),
                column_options: after.column_options.clone(),
                firing: after.firing.clone(),
            })
        }
        (Facts::View(before), Facts::View(_)) if name.key.class == Class::View => Facts::View(*before),
        (Facts::Routine(before), Facts::Routine(after)) => Facts::Routine(RoutineFacts {
            security_definer: match name.key.class {
                Class::Aggregate => after.security_definer,
                _ => before.security_definer,
            },
            leakproof: match name.key.class {
                Class::Function => before.leakproof,
                _ => after.leakproof,
            },
            settings: match name.key.class {
                Class::Aggregate => after.settings.clone(),
                _ => before.settings.clone(),
            },
            language: after.language.clone(),
            trigger: after.trigger,
        }),
        (Facts::Publication(before), Facts::Publication(after)) => {
            Facts::Publication(PublicationFacts { options: before.options, ..after.clone() })
        }
        (Facts::Database(before), Facts::Database(_)) => Facts::Database(before.clone()),
        (_, after) => after.clone(),
    }
}

fn diff_row_security(
    table: &ObjectRef,
    observed: &RowSecurity,
    desired: &RowSecurity,
    equivalences: &Equivalences,
    changes: &mut Vec<Change>,
) {
    if !table.key.class.has_row_security() {
        return;
    }
    for (name, after) in &desired.policies {
        let (table, name) = (table.clone(), name.clone());
        match observed.policies.get(&name) {
            None => changes.push(Change::CreatePolicy { table, name, after: after.clone() }),
            Some(before) if !equivalences.same_policy(&table, before, after) => changes
                .push(Change::AlterPolicy { table, name, before: before.clone(), after: after.clone() }),
            Some(_) => {}
        }
    }
    let (before, after) = (RowSecuritySwitches::from(observed), RowSecuritySwitches::from(desired));
    if before != after {
        changes.push(Change::SetRowSecurity { table: table.clone(), before, after });
    }
    for (name, before) in &observed.policies {
        if !desired.policies.contains_key(name) {
            changes.push(Change::DropPolicy {
                table: table.clone(),
                name: name.clone(),
                before: before.clone(),
            });
        }
    }
}

fn diff_routine(
    routine: &ObjectRef,
    observed: &RoutineFacts,
    desired: &RoutineFacts,
    changes: &mut Vec<Change>,
) {
    if routine.key.class == Class::Aggregate {
        return;
    }
    if observed.security_definer != desired.security_definer {
        changes.push(Change::SetRoutineSecurity {
            routine: routine.clone(),
            before: RunsAs::of(observed.security_definer),
            after: RunsAs::of(desired.security_definer),
        });
    }
    if observed.leakproof != desired.leakproof && routine.key.class == Class::Function {
        changes.push(Change::SetLeakproof {
            routine: routine.clone(),
            before: Leakproof::of(observed.leakproof),
            after: Leakproof::of(desired.leakproof),
        });
    }
    let names: BTreeSet<&Name> = observed.settings.keys().chain(desired.settings.keys()).collect();
    for name in names {
        let (before, after) = (observed.settings.get(name), desired.settings.get(name));
        if before != after {
            changes.push(Change::SetRoutineSetting {
                routine: routine.clone(),
                name: name.clone(),
                before: before.cloned(),
                after: after.cloned(),
            });
        }
    }
}
