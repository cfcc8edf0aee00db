use pgward_catalog::class::Class;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::search_path::SearchPath;
use crate::study::whose::whom;

pub(super) const RULE: Rule = Rule {
    id: "role.config_searchpath_missing",
    title: "a search path set for a role or a database names a schema that is not there",
    capability: Capability::AllWrite,
    precondition: Precondition::Create,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-schemas", "Schemas: usage patterns"),
        Reference::cve("CVE-2018-1058", "Uncontrolled search path element in pg_dump and other client applications"),
        Reference::nist("CM-6", "Configuration Settings"),
    ],
    explanation: "PostgreSQL passes over a schema that does not exist. Whoever has CREATE on the database may make it, own it, and be found first by \
everybody whose path names it. Take it out of the path, or make it and let somebody who is trusted own it.",
    check,
    cases: &[Case {
            shows: "a path names a schema that whoever may CREATE on the database can make",
            versions: Versions::ALL,
            flawed: "CREATE ROLE role_config_searchpath_missing_app LOGIN;
                     CREATE ROLE role_config_searchpath_missing_other LOGIN;
                     DO $$BEGIN EXECUTE format('ALTER ROLE role_config_searchpath_missing_app IN DATABASE %I
                       SET search_path = role_config_searchpath_missing_gone, pg_temp', current_database()); END$$;
                     DO $$BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO role_config_searchpath_missing_other', current_database()); END$$;",
            finds: &[("setting search_path of role role_config_searchpath_missing_app in database audited", "role_config_searchpath_missing_other")],
            sound: "CREATE ROLE role_config_searchpath_missing_app_ok LOGIN;
                    CREATE SCHEMA role_config_searchpath_missing_ok;
                    ALTER ROLE role_config_searchpath_missing_app_ok SET search_path = role_config_searchpath_missing_ok, pg_temp;
                    CREATE ROLE role_config_searchpath_missing_over_ok LOGIN;
                    ALTER ROLE role_config_searchpath_missing_over_ok SET search_path = role_config_searchpath_missing_nowhere_ok, pg_temp;
                    DO $$BEGIN EXECUTE format('ALTER ROLE role_config_searchpath_missing_over_ok IN DATABASE %I
                      SET search_path = role_config_searchpath_missing_ok, pg_temp', current_database()); END$$;",
            fix: FixWorks::CannotRun("whether the schema or the path is wrong is somebody's to say"),
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (scope, settings) in &study.catalog.settings {
        let Some(value) = settings.get("search_path") else { continue };
        let Some(role) = scope.role.clone().or_else(|| Some(study.catalog.bootstrap.clone())) else {
            continue;
        };
        for schema in SearchPath::read(value).schemas(None) {
            let key = ObjectKey::bare(Class::Schema, schema.as_str());
            let applies = |database: &DatabaseName| study.is_path_in_force(scope, database);
            // A path for every database is right if the schema is in one of them.
            let is_somewhere = study
                .databases()
                .any(|(database, contents, _)| applies(database) && contents.objects.contains_key(&key));
            if is_somewhere || is_systems(schema.as_str()) {
                continue;
            }
            for (database, ..) in study.databases().filter(|(database, ..)| applies(database)) {
                let at = ObjectRef::database(database);
                let Some(found) = study.catalog.object(&at) else { continue };
                for entry in study.given_with(found, Privilege::Create) {
                    if entry.grantee.role() == Some(&role) {
                        continue;
                    }
                    let message = format!(
                        "a search path names schema {}, which is not in database {}; {} may make it",
                        schema.quoted(),
                        database.quoted(),
                        entry.grantee.quoted()
                    );
                    let subject = Subject::Setting(format!("setting search_path of {}", whom(scope)));
                    let fix =
                        Fix::words(format!("leave {} out of the path of {}", schema.quoted(), whom(scope)));
                    findings
                        .add(subject, Some(entry.grantee.clone()), message, fix)
                        .shown_by(format!("search_path = {value}"));
                }
            }
        }
    }
}

/// Schemas that initdb makes are not always in the catalog's map of what differs from that.
fn is_systems(schema: &str) -> bool {
    schema.starts_with("pg_") || matches!(schema, "information_schema" | "public")
}
