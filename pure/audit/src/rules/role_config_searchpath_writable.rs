use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::role::Attribute;
use pgward_catalog::setting::SettingScope;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::rules::conf_password_encryption::scope_in_sql;
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;
use crate::study::search_path::SearchPath;
use crate::study::whose::whom as set_for;

pub(super) const RULE: Rule = Rule {
    id: "role.config_searchpath_writable",
    title: "a search path set for a role or a database names a schema that others may create in or own",
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
instead of, the one that was meant; it runs as whoever wrote the unqualified name. Revoke CREATE, or leave the schema out of the path. The owner of a \
schema may always create in it: no superuser's path names a schema of a program. A path set for a database or for every role is every \
superuser's who has none of their own; the statements give them one there, without the schema, and leave the programs theirs.",
    check,
    cases: &[DATABASE, Case {
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
        },
        Case {
            shows: "superusers' paths name schemas that other roles own",
            versions: Versions::ALL,
            flawed: "CREATE ROLE role_config_searchpath_writable_low LOGIN;
                     CREATE ROLE role_config_searchpath_writable_team NOLOGIN;
                     CREATE ROLE role_config_searchpath_writable_mate LOGIN IN ROLE role_config_searchpath_writable_team;
                     CREATE ROLE role_config_searchpath_writable_boss LOGIN SUPERUSER;
                     CREATE SCHEMA role_config_searchpath_writable_lows AUTHORIZATION role_config_searchpath_writable_low;
                     CREATE SCHEMA role_config_searchpath_writable_teams AUTHORIZATION role_config_searchpath_writable_team;
                     ALTER ROLE role_config_searchpath_writable_boss SET search_path = role_config_searchpath_writable_lows, pg_catalog;
                     DO $$ BEGIN EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = public, role_config_searchpath_writable_teams', \
                         (SELECT rolname FROM pg_roles WHERE oid = 10), current_database()); END $$;",
            finds: &[
                ("schema role_config_searchpath_writable_lows in database audited", "role_config_searchpath_writable_low"),
                ("schema role_config_searchpath_writable_teams in database audited", "role_config_searchpath_writable_team"),
            ],
            sound: "CREATE ROLE role_config_searchpath_writable_low_ok LOGIN;
                    CREATE ROLE role_config_searchpath_writable_owner_ok NOLOGIN;
                    CREATE ROLE role_config_searchpath_writable_boss_ok LOGIN SUPERUSER;
                    CREATE SCHEMA role_config_searchpath_writable_owners_ok AUTHORIZATION role_config_searchpath_writable_owner_ok;
                    CREATE SCHEMA role_config_searchpath_writable_lows_ok AUTHORIZATION role_config_searchpath_writable_low_ok;
                    ALTER ROLE role_config_searchpath_writable_boss_ok SET search_path = role_config_searchpath_writable_owners_ok, pg_catalog;
                    ALTER ROLE role_config_searchpath_writable_low_ok SET search_path = role_config_searchpath_writable_lows_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

const DATABASE: Case = Case {
    shows: "a database's path names a schema that a login owns: it is the superusers' too",
    versions: Versions::ALL,
    flawed: r#"CREATE ROLE role_config_searchpath_writable_lender LOGIN;
               CREATE ROLE role_config_searchpath_writable_chief LOGIN SUPERUSER;
               CREATE SCHEMA "Role_config_searchpath_writable_lent" AUTHORIZATION role_config_searchpath_writable_lender;
               ALTER ROLE role_config_searchpath_writable_chief SET search_path = "Role_config_searchpath_writable_lent";
               ALTER DATABASE audited SET search_path = "$user", "Role_config_searchpath_writable_lent";"#,
    finds: &[(
        "schema \"Role_config_searchpath_writable_lent\" in database audited",
        "role_config_searchpath_writable_lender",
    )],
    sound: "CREATE ROLE role_config_searchpath_writable_keeper_ok NOLOGIN;
            CREATE SCHEMA role_config_searchpath_writable_kept_ok AUTHORIZATION role_config_searchpath_writable_keeper_ok;
            ALTER DATABASE audited SET search_path = role_config_searchpath_writable_kept_ok, pg_temp;",
    fix: FixWorks::Runs,
    needs: Needs::Server { flawed: ServerSetup::PLAIN, sound: ServerSetup::PLAIN },
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
                let owner = &object.owner;
                if study.is_low(owner)
                    && let Some(fix) = away(study, scope, database, value)
                {
                    let message = format!(
                        "the search path of {whom} names schema {}, which {} owns",
                        schema.quoted(),
                        owner.quoted()
                    );
                    let subject = Subject::object(ObjectRef::within(database, key.clone()));
                    let finding = findings.add(subject, Some(Grantee::Role(owner.clone())), message, fix);
                    finding.shown_by(format!("search_path = {value}, set for {}", set_for(scope)));
                }
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

/// What takes the superusers off a path that names schemas of low roles; none: no superuser starts with it. A superuser's own is
/// reset. One of everybody stays, as programs need it: superusers get a path of their own in the database.
fn away(study: &Study<'_>, scope: &SettingScope, database: &DatabaseName, value: &str) -> Option<Fix> {
    if let Some(role) = &scope.role {
        return study
            .is_superuser(role)
            .then(|| Fix::sql(format!("ALTER {} RESET search_path", scope_in_sql(scope))));
    }
    let path = SearchPath::read(value);
    let superusers = study
        .catalog
        .roles
        .iter()
        .filter(|(_, found)| found.has(Attribute::Superuser) && found.has(Attribute::Login));
    let superusers: Vec<_> = superusers.map(|(role, _)| role).collect();
    if !superusers.iter().any(|role| study.search_path_of(role, database) == path) {
        return None;
    }
    let low: Vec<SchemaName> = path
        .schemas(None)
        .into_iter()
        .filter(|schema| study.schema(database, schema).is_some_and(|found| study.is_low(&found.owner)))
        .collect();
    // Also for those whose own path hides this one: once it is reset, they would fall back to it.
    let there = |role: &&&RoleName| {
        let own = SettingScope { role: Some((**role).clone()), database: Some(database.clone()) };
        let own = study.catalog.settings.get(&own);
        own.is_none_or(|settings| !settings.contains_key("search_path"))
    };
    let statements = superusers.iter().filter(there).map(|role| {
        format!(
            "ALTER ROLE {} IN DATABASE {} SET search_path = {}",
            role.quoted(),
            database.quoted(),
            path.without(&low)
        )
    });
    Some(Fix::Sql(statements.collect()))
}
