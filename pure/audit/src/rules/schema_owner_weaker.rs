use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::change_owner;
use pgward_catalog::object::ObjectRef;

pub(super) const RULE: Rule = Rule {
    id: "schema.owner_weaker",
    title: "the owner of a schema is weaker than the owner of what is in it",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("ddl-schemas", "Schemas"),
        Reference::page("sql-droptable", "DROP TABLE"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.8.2", "Privileged access rights"),
    ],
    explanation: "The owner of a schema may drop every table, view and function in it, whoever owns that, and put something of the same name in its \
place: a table with a trigger, a view, a function that runs as whoever uses it next. Let a schema belong to the owner of what is in it, or to \
somebody at least as trusted, and grant the others what they use.",
    check,
    cases: &[Case {
        shows: "a superuser's table in a login's schema",
        versions: Versions::ALL,
        flawed: "CREATE ROLE schema_owner_weaker_app LOGIN;
                 CREATE SCHEMA schema_owner_weaker AUTHORIZATION schema_owner_weaker_app;
                 CREATE TABLE schema_owner_weaker.t (a int);",
        finds: &[("schema schema_owner_weaker in database audited", "schema_owner_weaker_app")],
        sound: "CREATE ROLE schema_owner_weaker_app_ok LOGIN;
                CREATE SCHEMA schema_owner_weaker_ok;
                CREATE TABLE schema_owner_weaker_ok.t_ok (a int);
                GRANT USAGE, CREATE ON SCHEMA schema_owner_weaker_ok TO schema_owner_weaker_app_ok;
                CREATE SCHEMA schema_owner_weaker_own_ok AUTHORIZATION schema_owner_weaker_app_ok;
                CREATE TABLE schema_owner_weaker_own_ok.t_ok (a int);
                ALTER TABLE schema_owner_weaker_own_ok.t_ok OWNER TO schema_owner_weaker_app_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, _, _) in study.databases() {
        for (schema, over, placed) in study.at_the_mercy_of_schemas(database) {
            let owner = &placed.object.owner;
            if !study.is_superuser(owner) {
                continue;
            }
            let message = format!(
                "role {} owns {schema} of database {}, and may replace {} of {} in it",
                over.quoted(),
                database.quoted(),
                placed.key,
                owner.quoted()
            );
            let subject = Subject::object(ObjectRef::within(database, schema.clone()));
            findings.add(subject, Some(over.clone().into()), message, change_owner(schema, owner));
        }
    }
}
