use pgward_catalog::class::Class;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::ObjectRef;
use pgward_catalog::privilege::Privilege;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) const RULE: Rule = Rule {
    id: "db.create_granted",
    title: "a role that does not own a database may create in it",
    capability: Capability::SomeData,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("ddl-priv", "Privileges"),
        Reference::page("sql-createextension", "CREATE EXTENSION"),
        Reference::cve("CVE-2020-14350", "Uncontrolled search path element in CREATE EXTENSION"),
        Reference::nist("AC-6", "Least Privilege"),
    ],
    explanation: "CREATE on a database makes schemas, whose owner then decides what is found first on search paths: with PostgreSQL's own path, `\"$user\", public`, a \
schema of a superuser's name is looked in before all others whenever that superuser types a name. It installs trusted extensions, makes \
publications, and from PostgreSQL 16 on subscriptions (with `pg_create_subscription`). Programs have no use for it.",
    check,
    cases: &[Case {
        shows: "a program may create schemas",
        versions: Versions::ALL,
        flawed: "CREATE ROLE db_create_granted_app LOGIN;
                     CREATE DATABASE db_create_granted;
                     GRANT CREATE ON DATABASE db_create_granted TO db_create_granted_app;",
        finds: &[("database db_create_granted", "db_create_granted_app")],
        sound: "CREATE ROLE db_create_granted_app_ok LOGIN;
                    CREATE DATABASE db_create_granted_ok;
                    GRANT CONNECT ON DATABASE db_create_granted_ok TO db_create_granted_app_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (key, object) in study.catalog.cluster_objects.iter().filter(|(key, _)| key.class == Class::Database)
    {
        if study.is_administrative(&object.owner) && object.owner != study.catalog.bootstrap {
            continue;
        }
        for entry in study.given_with(object, Privilege::Create) {
            let is_used = entry.grantee.role().is_none_or(|role| study.low_logins_of(role).next().is_some());
            let is_declared = study.declared.is_some_and(|declared| {
                let desired = declared.desired.cluster_objects.get(key);
                entry.grantee.role().is_some_and(|role| declared.described.contains(role))
                    && desired.is_some_and(|desired| {
                        desired.acl.privileges_of(&entry.grantee).contains(Privilege::Create)
                    })
            });
            if !is_used || is_declared {
                continue;
            }
            let message =
                format!("{} may create schemas in database {}", entry.grantee.quoted(), key.name.quoted());
            let fix = revoke(key, object, entry, Privilege::Create.into());
            let subject = Subject::object(ObjectRef::of_cluster(key.clone()));
            let finding = findings.add(subject, Some(entry.grantee.clone()), message, fix);
            finding.shown_by(format!("granted by {}", entry.grantor.quoted()));
            let missing = study.superusers_missing_schemas(&DatabaseName::from(key.name.as_str()));
            if let Some(schema) = missing.first() {
                finding.reaching(Capability::Superuser, Precondition::Victim).shown_by(format!(
                    "schema {} is on the search_path of a superuser, and is there for whoever makes it",
                    schema.quoted()
                ));
            }
        }
    }
}
