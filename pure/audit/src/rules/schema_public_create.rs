use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::object::{ObjectRef, Origin};
use pgward_catalog::privilege::Privilege;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) const RULE: Rule = Rule {
    id: "schema.public_create",
    title: "everybody may create in a schema",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("ddl-schemas", "Schemas: usage patterns"),
        Reference::cve(
            "CVE-2018-1058",
            "Uncontrolled search path element in pg_dump and other client applications",
        ),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.8.2", "Privileged access rights"),
    ],
    explanation: "Whoever may create in a schema that others look names up in can put something there that is found instead of what was meant, and runs \
as the one who typed the name: as a superuser, too. Until PostgreSQL 14 that is so in `public` of every database from the start.",
    check,
    cases: &[Case {
        shows: "PUBLIC may create in a schema",
        versions: Versions::ALL,
        flawed: "CREATE SCHEMA schema_public_create; GRANT USAGE, CREATE ON SCHEMA schema_public_create TO PUBLIC;",
        finds: &[("schema schema_public_create in database audited", "PUBLIC")],
        sound: "CREATE SCHEMA schema_public_create_ok; GRANT USAGE ON SCHEMA schema_public_create_ok TO PUBLIC;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents) in &study.catalog.databases {
        for (key, object) in contents.objects.iter().filter(|(key, _)| key.class == Class::Schema) {
            if study.is_providers(key, object) || matches!(object.origin, Origin::Extension(_)) {
                continue;
            }
            for entry in study.given_with(object, Privilege::Create) {
                if entry.grantee != Grantee::Public {
                    continue;
                }
                let message = format!(
                    "every role may create in schema {} of database {}",
                    key.name.quoted(),
                    database.quoted()
                );
                let fix = revoke(key, object, entry, Privilege::Create.into());
                let subject = Subject::object(ObjectRef::within(database, key.clone()));
                findings.add(subject, Some(Grantee::Public), message, fix);
            }
        }
    }
}
