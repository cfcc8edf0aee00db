use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::object::{ObjectKey, ObjectRef, Origin};
use pgward_catalog::privilege::Privilege;
use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) const RULE: Rule = Rule {
    id: "schema.foreign_create",
    title: "a role may create in a schema that holds others' objects",
    capability: Capability::AllWrite,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("ddl-schemas", "Schemas: usage patterns"),
        Reference::stig("V-233587", "software is installed by those who are authorised"),
        Reference::nist("CM-11(2)", "User-installed Software | Software Installation with Privileged Status"),
    ],
    explanation: "Somebody who may create beside other people's tables can shadow them for whoever has the schema in the path, and what is made there \
belongs to its maker, not to the schema's owner. Migrations create as the owner; programs do not create at all. In `pg_catalog` it is worst: every \
session looks there, whatever its search path, so what is put there runs as superusers, and inside of definer functions with a fixed path.",
    check,
    cases: &[
        Case {
            shows: "a program may create in the schema of its tables, which somebody else owns",
            versions: Versions::ALL,
            flawed: "CREATE ROLE schema_foreign_create_app LOGIN;
                     CREATE SCHEMA schema_foreign_create;
                     CREATE TABLE schema_foreign_create.t (a int);
                     GRANT USAGE, CREATE ON SCHEMA schema_foreign_create TO schema_foreign_create_app;",
            finds: &[("schema schema_foreign_create in database audited", "schema_foreign_create_app")],
            sound: "CREATE ROLE schema_foreign_create_app_ok LOGIN;
                    CREATE ROLE schema_foreign_create_owner_ok NOLOGIN;
                    CREATE SCHEMA schema_foreign_create_ok;
                    CREATE TABLE schema_foreign_create_ok.t (a int);
                    GRANT USAGE ON SCHEMA schema_foreign_create_ok TO schema_foreign_create_app_ok;
                    GRANT CREATE ON SCHEMA schema_foreign_create_ok TO schema_foreign_create_owner_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
        Case {
            shows: "a role, and the members of another, may create in the schemas that initdb made",
            versions: Versions::ALL,
            flawed: "CREATE ROLE schema_foreign_create_catalog LOGIN;
                     CREATE ROLE schema_foreign_create_group NOLOGIN;
                     CREATE ROLE schema_foreign_create_member LOGIN IN ROLE schema_foreign_create_group;
                     GRANT CREATE ON SCHEMA pg_catalog TO schema_foreign_create_catalog;
                     GRANT CREATE ON SCHEMA information_schema TO schema_foreign_create_group;",
            finds: &[
                ("schema pg_catalog in database audited", "schema_foreign_create_catalog"),
                ("schema information_schema in database audited", "schema_foreign_create_group"),
            ],
            sound:
                "CREATE ROLE schema_foreign_create_catalog_ok LOGIN;
                    GRANT USAGE ON SCHEMA pg_catalog, information_schema TO schema_foreign_create_catalog_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
    ],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents) in &study.catalog.databases {
        let mut owners: BTreeMap<&SchemaName, BTreeSet<&RoleName>> = BTreeMap::new();
        for (key, object) in &contents.objects {
            if let (Some(schema), true) = (&key.schema, object.origin == Origin::User) {
                owners.entry(schema).or_default().insert(&object.owner);
            }
        }
        for (key, object) in contents.objects.iter().filter(|(key, _)| key.class == Class::Schema) {
            if study.is_providers(key, object) || matches!(object.origin, Origin::Extension(_)) {
                continue;
            }
            let system = System::of(key);
            let owners = owners.get(&SchemaName::from(key.name.as_str()));
            if system.is_none() && owners.is_none() {
                continue;
            }
            for entry in study.given_with(object, Privilege::Create) {
                let Grantee::Role(role) = &entry.grantee else { continue };
                let is_low = study.low_logins_of(role).next().is_some();
                let others =
                    system.is_some() || owners.into_iter().flatten().any(|owner| !study.acts_as(role, owner));
                if !is_low || !others || is_declared(study, database, key, role) {
                    continue;
                }
                let because = match system {
                    Some(System::Catalog) => "where every session looks names up",
                    Some(System::InformationSchema) | None => "which holds objects of others",
                };
                let message =
                    format!("role {} may create in schema {}, {because}", role.quoted(), key.name.quoted());
                let fix = revoke(key, object, entry, Privilege::Create.into());
                let subject = Subject::object(ObjectRef::within(database, key.clone()));
                let finding = findings.add(subject, Some(entry.grantee.clone()), message, fix);
                finding.shown_by(format!("granted by {}", entry.grantor.quoted()));
                if system == Some(System::Catalog) {
                    // No victim has to be led anywhere: any statement of a superuser, any definer function will do.
                    finding.reaching(Capability::Superuser, Precondition::Create);
                }
            }
        }
    }
}

/// A schema that initdb made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum System {
    Catalog,
    InformationSchema,
}

impl System {
    fn of(key: &ObjectKey) -> Option<System> {
        match key.name.as_str() {
            "pg_catalog" => Some(System::Catalog),
            "information_schema" => Some(System::InformationSchema),
            _ => None,
        }
    }
}

/// Whether the contract says so.
fn is_declared(study: &Study<'_>, database: &DatabaseName, key: &ObjectKey, role: &RoleName) -> bool {
    study.declared.is_some_and(|declared| {
        let object = declared.desired.object(&ObjectRef::within(database, key.clone()));
        declared.described.contains(role)
            && object.is_some_and(|object| {
                object.acl.privileges_of(&Grantee::Role(role.clone())).contains(Privilege::Create)
            })
    })
}
