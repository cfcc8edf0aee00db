//! Definer functions whose names are looked up where their callers may put things.

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, SchemaName};
use pgward_catalog::object::{ObjectKey, ObjectRef, RoutineFacts};
use pgward_catalog::privilege::Privilege;

use crate::finding::Fix;
use crate::paths::edges::found::{Edges, Step};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::Study;
use crate::study::search_path::SearchPath;

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    let study = edges.study;
    for (database, contents, anatomy) in study.databases() {
        for (key, object) in &contents.objects {
            let Some(routine) = object.routine().filter(|routine| routine.security_definer) else { continue };
            let parsed = anatomy.routines.get(key).is_some_and(|routine| routine.parsed);
            if parsed || !looks_names_up(routine) {
                continue;
            }
            let to = edges.identity(&object.owner);
            for entry in object.acl.entries() {
                let caller = &entry.grantee;
                if !entry.privileges.contains(Privilege::Execute)
                    || !edges.is_start(caller)
                    || caller.role() == Some(&object.owner)
                    || !may_use_schema(study, database, key, caller)
                    || !can_mislead(study, database, routine, caller)
                {
                    continue;
                }
                let step = Step {
                    mechanism: Mechanism::DefinerSearchPath,
                    precondition: Precondition::Create,
                    database: Some(database),
                    cause: format!(
                        "{key} in database {}, owned by {}",
                        database.quoted(),
                        object.owner.quoted()
                    ),
                    fix: Fix::sql(format!(
                        "ALTER {} {} SET search_path = pg_catalog, pg_temp",
                        key.class.alter_keyword(),
                        key.quoted()
                    )),
                    object: Some(ObjectRef::within(database, key.clone())),
                };
                edges.add(caller, to.clone(), step);
            }
        }
    }
}

/// Compiled code finds what it needs by itself, as far as anybody can tell.
fn looks_names_up(routine: &RoutineFacts) -> bool {
    !matches!(routine.language.as_str(), "c" | "internal")
}

/// Whether a name in this object's schema can be said at all.
pub(super) fn may_use_schema(
    study: &Study<'_>,
    database: &DatabaseName,
    key: &ObjectKey,
    caller: &Grantee,
) -> bool {
    let Some(schema) = &key.schema else { return false };
    if schema.as_str() == "pg_catalog" {
        return true;
    }
    let schema = ObjectRef::within(database, ObjectKey::bare(Class::Schema, schema.as_str()));
    holds(study, &schema, caller, Privilege::Usage)
}

/// Whether the caller may put something where the function looks: temporary tables, unless `pg_temp` comes last and everything
/// before it is somebody's who is trusted; a schema of the caller's choice, if nothing is pinned.
fn can_mislead(study: &Study<'_>, database: &DatabaseName, routine: &RoutineFacts, caller: &Grantee) -> bool {
    let temporary = holds(study, &ObjectRef::database(database), caller, Privilege::Temporary);
    let may_create = |schema: &SchemaName| {
        let schema = ObjectRef::within(database, ObjectKey::bare(Class::Schema, schema.as_str()));
        holds(study, &schema, caller, Privilege::Create)
    };
    match routine.settings.get("search_path").map(|path| SearchPath::read(path)) {
        None => {
            let schemas = study.catalog.databases.get(database).into_iter();
            let mut schemas = schemas.flat_map(|contents| contents.objects.keys());
            temporary
                || holds(study, &ObjectRef::database(database), caller, Privilege::Create)
                || schemas
                    .any(|key| key.class == Class::Schema && may_create(&SchemaName::from(key.name.as_str())))
        }
        Some(path) => {
            // The caller chooses who `$user` is only by being it: its own name is the schema that is meant.
            (temporary && !path.temporary_last()) || path.schemas(caller.role()).iter().any(may_create)
        }
    }
}

fn holds(study: &Study<'_>, object: &ObjectRef, who: &Grantee, privilege: Privilege) -> bool {
    match who {
        Grantee::Role(role) => {
            study.effective.privileges(role, object).after_set_role.privileges.contains(privilege)
        }
        Grantee::Public => study
            .catalog
            .object(object)
            .is_some_and(|object| object.acl.privileges_of(&Grantee::Public).contains(privilege)),
    }
}
