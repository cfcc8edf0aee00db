use pgward_catalog::acl::Grantee;
use pgward_catalog::default_privileges::{DefaultKey, DefaultKind};
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;
use pgward_catalog::privilege::Privilege;
use std::collections::BTreeSet;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "defacl.function_execute",
    title: "functions to come will be everybody's to call",
    capability: Capability::Hygiene,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-priv", "Privileges"),
        Reference::page("sql-createfunction", "CREATE FUNCTION: Writing SECURITY DEFINER Functions Safely"),
        Reference::nist("AC-6", "Least Privilege"),
    ],
    explanation: "PostgreSQL gives EXECUTE on every new function to PUBLIC. For a role that owns definer functions that means the next one is open to \
every login until somebody revokes it. Revoke it beforehand: `ALTER DEFAULT PRIVILEGES FOR ROLE ... REVOKE EXECUTE ON ROUTINES FROM \
PUBLIC`, for the whole database: the same with IN SCHEMA does nothing.",
    check,
    cases: &[Case {
            shows: "an owner of definer functions without default privileges",
            versions: Versions::ALL,
            flawed: "CREATE ROLE defacl_function_execute_owner NOLOGIN;
                     CREATE SCHEMA defacl_function_execute;
                     CREATE FUNCTION defacl_function_execute.f() RETURNS int LANGUAGE sql SECURITY DEFINER
                       SET search_path = pg_catalog, pg_temp AS 'select 1';
                     ALTER FUNCTION defacl_function_execute.f() OWNER TO defacl_function_execute_owner;",
            finds: &[("default privileges of defacl_function_execute_owner on routines of database audited", "PUBLIC")],
            sound: "CREATE ROLE defacl_function_execute_owner_ok NOLOGIN;
                    ALTER DEFAULT PRIVILEGES FOR ROLE defacl_function_execute_owner_ok REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
                    CREATE SCHEMA defacl_function_execute_ok;
                    CREATE FUNCTION defacl_function_execute_ok.f() RETURNS int LANGUAGE sql SECURITY DEFINER
                      SET search_path = pg_catalog, pg_temp AS 'select 1';
                    ALTER FUNCTION defacl_function_execute_ok.f() OWNER TO defacl_function_execute_owner_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, _) in study.databases() {
        let mut creators: BTreeSet<&RoleName> = BTreeSet::new();
        for placed in study.made().filter(|placed| placed.database == database) {
            if placed.object.routine().is_some_and(|routine| routine.security_definer) {
                creators.insert(&placed.object.owner);
            }
        }
        for creator in creators {
            let key = DefaultKey { creator: creator.clone(), schema: None, kind: DefaultKind::Functions };
            let factory = key.absent(study.version());
            let acl = contents.default_privileges.get(&key).unwrap_or(&factory);
            if !acl.privileges_of(&Grantee::Public).contains(Privilege::Execute) {
                continue;
            }
            let message = format!(
                "role {} owns definer functions, and the next one it makes in database {} will be everybody's to call",
                creator.quoted(),
                database.quoted()
            );
            let fix = Fix::sql(format!(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {} REVOKE EXECUTE ON ROUTINES FROM PUBLIC",
                creator.quoted()
            ));
            let subject = Subject::part(
                ObjectRef::database(database),
                format!("default privileges of {} on routines", creator.quoted()),
            );
            findings.add(subject, Some(Grantee::Public), message, fix);
        }
    }
}
