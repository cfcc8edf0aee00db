//! Changes to one object.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::{Facts, Object, ObjectRef, RoutineFacts, TableFacts};

use crate::acl_change::alter_acl;
use crate::birth::parameter_at_birth;
use crate::change::{Change, Leakproof, RunsAs, Target};
use crate::ownership::GiveTo;
use crate::simulate::absent::SimulateError;

/// Makes a change that is about an object.
pub(crate) fn make(catalog: &mut Catalog, change: &Change) -> Result<(), SimulateError> {
    match change {
        Change::ChangeOwner { object, after, .. } => change_owner(catalog, object, after),
        Change::Grant { target, .. }
        | Change::Revoke { target, .. }
        | Change::RevokeGrantOption { target, .. } => make_acl_change(catalog, target, change),
        Change::SetRowSecurity { table, after, .. } => {
            let facts = table_facts(catalog, table)?;
            facts.row_security.enabled = after.enabled;
            facts.row_security.forced = after.forced;
            Ok(())
        }
        Change::CreatePolicy { table, name, after } | Change::AlterPolicy { table, name, after, .. } => {
            table_facts(catalog, table)?.row_security.policies.insert(name.clone(), after.clone());
            Ok(())
        }
        Change::DropPolicy { table, name, .. } => {
            table_facts(catalog, table)?.row_security.policies.remove(name);
            Ok(())
        }
        Change::SetRoutineSecurity { routine, after, .. } => {
            routine_facts(catalog, routine)?.security_definer = *after == RunsAs::Definer;
            Ok(())
        }
        Change::SetLeakproof { routine, after, .. } => {
            routine_facts(catalog, routine)?.leakproof = *after == Leakproof::Leakproof;
            Ok(())
        }
        Change::SetRoutineSetting { routine, name, after, .. } => {
            let settings = &mut routine_facts(catalog, routine)?.settings;
            match after {
                Some(value) => settings.insert(name.clone(), value.clone()),
                None => settings.remove(name),
            };
            Ok(())
        }
        Change::SetViewOptions { view, after, .. } => {
            object_mut(catalog, view)?.facts = Facts::View(*after);
            Ok(())
        }
        Change::SetPublicationOptions { publication, after, .. } => {
            match &mut object_mut(catalog, publication)?.facts {
                Facts::Publication(facts) => facts.options = *after,
                _ => return Err(SimulateError { absent: format!("options of {publication}") }),
            }
            Ok(())
        }
        Change::SetDatabaseOptions { database, after, .. } => {
            object_mut(catalog, &ObjectRef::database(database))?.facts = Facts::Database(after.clone());
            Ok(())
        }
        Change::OtherFacts { object, after, .. } => {
            object_mut(catalog, object)?.facts = after.clone();
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The owner, and with a table the owner of the sequences that its columns own.
fn change_owner(catalog: &mut Catalog, name: &ObjectRef, owner: &RoleName) -> Result<(), SimulateError> {
    object_mut(catalog, name)?.give_to(owner);
    let Some(database) = name.database.as_ref().filter(|_| has_columns(name.key.class)) else {
        return Ok(());
    };
    if let Some(contents) = catalog.databases.get_mut(database) {
        for object in contents.objects.values_mut() {
            if matches!(&object.facts, Facts::OwnedSequence { table, .. } if *table == name.key) {
                object.give_to(owner);
            }
        }
    }
    Ok(())
}

fn has_columns(class: Class) -> bool {
    matches!(class, Class::Table | Class::PartitionedTable | Class::ForeignTable)
}

fn make_acl_change(catalog: &mut Catalog, target: &Target, change: &Change) -> Result<(), SimulateError> {
    if target.object.key.class == Class::Parameter {
        make_parameter_change(catalog, &target.object, change);
        return Ok(());
    }
    let object = object_mut(catalog, &target.object)?;
    match &target.column {
        None => alter_acl(&mut object.acl, change),
        Some(column) => {
            let acl = object.columns.entry(column.clone()).or_default();
            alter_acl(acl, change);
            if acl.is_empty() {
                object.columns.remove(column);
            }
        }
    }
    Ok(())
}

/// A parameter is in the catalog as long as its ACL is not the one it would be born with.
fn make_parameter_change(catalog: &mut Catalog, parameter: &ObjectRef, change: &Change) {
    let born = parameter_at_birth(&catalog.bootstrap, catalog.version);
    let object = catalog.cluster_objects.entry(parameter.key.clone()).or_insert_with(|| born.clone());
    alter_acl(&mut object.acl, change);
    if object.acl == born.acl {
        catalog.cluster_objects.remove(&parameter.key);
    }
}

fn object_mut<'a>(catalog: &'a mut Catalog, name: &ObjectRef) -> Result<&'a mut Object, SimulateError> {
    catalog.object_mut(name).ok_or_else(|| SimulateError { absent: name.to_string() })
}

fn table_facts<'a>(catalog: &'a mut Catalog, name: &ObjectRef) -> Result<&'a mut TableFacts, SimulateError> {
    match &mut object_mut(catalog, name)?.facts {
        Facts::Table(table) => Ok(table),
        _ => Err(SimulateError { absent: format!("row security of {name}") }),
    }
}

fn routine_facts<'a>(
    catalog: &'a mut Catalog,
    name: &ObjectRef,
) -> Result<&'a mut RoutineFacts, SimulateError> {
    match &mut object_mut(catalog, name)?.facts {
        Facts::Routine(routine) => Ok(routine),
        _ => Err(SimulateError { absent: format!("routine settings of {name}") }),
    }
}
