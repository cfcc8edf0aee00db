use pgward_catalog::class::Class;
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;
use crate::study::search_path::SearchPath;

pub(super) const RULE: Rule = Rule {
    id: "role.config_searchpath_writable",
    title: "a search path set for a role or a database names a schema that others may create in",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-schemas", "Schemas: usage patterns"),
        Reference::cve("CVE-2018-1058", "Uncontrolled search path element in pg_dump and other client applications"),
        Reference::nist("CM-6", "Configuration Settings"),
    ],
    explanation: "Whoever may create in a schema of somebody's search path puts a function, an operator or a table there that is found before, or \
instead of, the one that was meant; it runs as whoever wrote the unqualified name. Revoke CREATE, or leave the schema out of the path.",
    check,
    cases: &[Case {
            shows: "a role's path begins with a schema another role may create in",
            versions: Versions::ALL,
            flawed: "CREATE ROLE role_config_searchpath_writable_app LOGIN;
                     CREATE ROLE role_config_searchpath_writable_other LOGIN;
                     CREATE SCHEMA role_config_searchpath_writable;
                     GRANT CREATE, USAGE ON SCHEMA role_config_searchpath_writable TO role_config_searchpath_writable_other;
                     ALTER ROLE role_config_searchpath_writable_app SET search_path = role_config_searchpath_writable, pg_temp;",
            finds: &[("schema role_config_searchpath_writable in database audited", "role_config_searchpath_writable_other")],
            sound: "CREATE ROLE role_config_searchpath_writable_app_ok LOGIN;
                    CREATE ROLE role_config_searchpath_writable_other_ok LOGIN;
                    CREATE SCHEMA role_config_searchpath_writable_ok;
                    GRANT USAGE ON SCHEMA role_config_searchpath_writable_ok TO role_config_searchpath_writable_other_ok;
                    ALTER ROLE role_config_searchpath_writable_app_ok SET search_path = role_config_searchpath_writable_ok, pg_temp;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (scope, settings) in &study.catalog.settings {
        let Some(value) = settings.get("search_path") else { continue };
        let whom = scope
            .role
            .as_ref()
            .map_or_else(|| "every role".to_owned(), |role| format!("role {}", role.quoted()));
        for schema in SearchPath::read(value).schemas(scope.role.as_ref()) {
            for (database, ..) in study.databases() {
                if !study.is_path_in_force(scope, database) {
                    continue;
                }
                let key = ObjectKey::bare(Class::Schema, schema.as_str());
                let Some(object) = study.catalog.databases.get(database).and_then(|it| it.objects.get(&key))
                else {
                    continue;
                };
                for entry in study.given_with(object, Privilege::Create) {
                    if entry.grantee.role().is_some() && entry.grantee.role() == scope.role.as_ref() {
                        continue;
                    }
                    let message = format!(
                        "the search path of {whom} names schema {}, in which {} may create",
                        schema.quoted(),
                        entry.grantee.quoted()
                    );
                    let fix = revoke(&key, object, entry, Privilege::Create.into());
                    let subject = Subject::object(ObjectRef::within(database, key.clone()));
                    let finding = findings.add(subject, Some(entry.grantee.clone()), message, fix);
                    finding.shown_by(format!("search_path = {value}"));
                    if scope.role.as_ref().is_some_and(|role| !study.is_superuser(role)) {
                        finding.reaching(Capability::AllWrite, Precondition::Victim);
                    }
                }
            }
        }
    }
}
