use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::object::{ObjectKey, ObjectRef};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "defacl.public",
    title: "default privileges give everybody, or somebody with grant option, what is made tomorrow",
    capability: Capability::SomeData,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("sql-alterdefaultprivileges", "ALTER DEFAULT PRIVILEGES"),
        Reference::nist("AC-6", "Least Privilege"),        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "Default privileges are grants on objects that do not exist yet. Given to PUBLIC, or WITH GRANT OPTION, every table that a migration \
makes is open before anybody looks at it. (EXECUTE on functions and USAGE on types for PUBLIC are PostgreSQL's own defaults and have a rule of their own.)",
    check,
    cases: &[Case {
            shows: "tables to come are everybody's to read, and sequences somebody's to give away",
            versions: Versions::ALL,
            flawed: "CREATE ROLE defacl_public_owner NOLOGIN;
                     CREATE ROLE defacl_public_app LOGIN;
                     CREATE SCHEMA defacl_public;
                     ALTER DEFAULT PRIVILEGES FOR ROLE defacl_public_owner IN SCHEMA defacl_public GRANT SELECT ON TABLES TO PUBLIC;
                     ALTER DEFAULT PRIVILEGES FOR ROLE defacl_public_owner
                       GRANT USAGE ON SEQUENCES TO defacl_public_app WITH GRANT OPTION;",
            finds: &[
                ("default privileges of defacl_public_owner on tables of schema defacl_public in database audited", "PUBLIC"),
                ("default privileges of defacl_public_owner on sequences of database audited", "defacl_public_app"),
            ],
            sound: "CREATE ROLE defacl_public_owner_ok NOLOGIN;
                    CREATE ROLE defacl_public_app_ok LOGIN;
                    CREATE SCHEMA defacl_public_ok;
                    ALTER DEFAULT PRIVILEGES FOR ROLE defacl_public_owner_ok IN SCHEMA defacl_public_ok
                      GRANT SELECT ON TABLES TO defacl_public_app_ok;
                    ALTER DEFAULT PRIVILEGES FOR ROLE defacl_public_owner_ok REVOKE EXECUTE ON ROUTINES FROM PUBLIC;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents) in &study.catalog.databases {
        for (key, acl) in &contents.default_privileges {
            if study.is_administrative(&key.creator) && key.creator != study.catalog.bootstrap {
                continue;
            }
            let factory = key.absent(study.version());
            for entry in acl.entries().iter().filter(|entry| entry.grantee.role() != Some(&key.creator)) {
                let is_public = entry.grantee == Grantee::Public;
                let beyond = entry.privileges - factory.privileges_of(&entry.grantee);
                let given = if is_public { beyond } else { entry.grantable };
                if given.is_empty() || entry.grantee.role().is_some_and(|role| study.is_superuser(role)) {
                    continue;
                }
                let kind = key.kind.keyword().to_lowercase();
                let what = if is_public { "gets" } else { "may pass on" };
                let message = format!(
                    "{} {what} {given} on {kind} that {} will make",
                    entry.grantee.quoted(),
                    key.creator.quoted()
                );
                let place = key
                    .schema
                    .as_ref()
                    .map_or(String::new(), |schema| format!(" IN SCHEMA {}", schema.quoted()));
                let option = if is_public { "" } else { "GRANT OPTION FOR " };
                let fix = Fix::sql(format!(
                    "ALTER DEFAULT PRIVILEGES FOR ROLE {}{place} REVOKE {option}{given} ON {} FROM {}",
                    key.creator.quoted(),
                    key.kind.keyword(),
                    entry.grantee.quoted()
                ));
                let part = format!("default privileges of {} on {kind}", key.creator.quoted());
                let at = match &key.schema {
                    Some(schema) => {
                        ObjectRef::within(database, ObjectKey::bare(Class::Schema, schema.as_str()))
                    }
                    None => ObjectRef::database(database),
                };
                findings.add(Subject::part(at, part), Some(entry.grantee.clone()), message, fix);
            }
        }
    }
}
