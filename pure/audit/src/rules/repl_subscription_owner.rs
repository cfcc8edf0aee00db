use pgward_catalog::class::Class;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{Object, ObjectKey, ObjectRef};

use crate::finding::{Finding, Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use pgward_survey::anatomy::Subscription;
use pgward_survey::sight::Sight;

pub(super) const RULE: Rule = Rule {
    id: "repl.subscription_owner",
    title: "a superuser's subscription writes into tables of weaker roles, with a superuser's privileges",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[Sight::Subscriptions],
    references: &[
        Reference::page("logical-replication-security", "Logical Replication: Security"),
        Reference::cve("CVE-2020-14349", "search_path of logical replication workers"),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "The apply worker writes as the subscription's owner (before PostgreSQL 16 always, since then with `run_as_owner`). \
The owner of a table that it writes to can put a trigger, a default or an index expression on it, and that code runs with the \
worker's privileges at the next change that arrives. Let a role without superuser own the subscription, or set \
`run_as_owner = false`.",
    check,
    cases: &[Case {
        shows: "a superuser's subscription to a login's table",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE repl_subscription_owner_root NOLOGIN SUPERUSER;
CREATE ROLE repl_subscription_owner_app LOGIN;
CREATE SCHEMA repl_subscription_owner;
CREATE TABLE repl_subscription_owner.t (a int);
ALTER TABLE repl_subscription_owner.t OWNER TO repl_subscription_owner_app;
CREATE SUBSCRIPTION repl_subscription_owner_sub CONNECTION 'host=127.0.0.1' PUBLICATION p WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false);
ALTER SUBSCRIPTION repl_subscription_owner_sub OWNER TO repl_subscription_owner_root;
DO $$BEGIN IF current_setting('server_version_num')::int >= 160000 THEN EXECUTE 'ALTER SUBSCRIPTION repl_subscription_owner_sub SET (run_as_owner = true)'; END IF; END$$;
INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) SELECT oid, 'repl_subscription_owner.t'::regclass, 'i' FROM pg_subscription WHERE subname = 'repl_subscription_owner_sub';"#,
        finds: &[(
            "subscription repl_subscription_owner_sub in database audited",
            "repl_subscription_owner_app",
        )],
        sound: r#"
CREATE ROLE repl_subscription_owner_root_ok NOLOGIN SUPERUSER;
CREATE SCHEMA repl_subscription_owner_ok;
CREATE TABLE repl_subscription_owner_ok.t_ok (a int);
ALTER TABLE repl_subscription_owner_ok.t_ok OWNER TO repl_subscription_owner_root_ok;
CREATE SUBSCRIPTION repl_subscription_owner_sub_ok CONNECTION 'host=127.0.0.1' PUBLICATION p WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false);
ALTER SUBSCRIPTION repl_subscription_owner_sub_ok OWNER TO repl_subscription_owner_root_ok;
INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) SELECT oid, 'repl_subscription_owner_ok.t_ok'::regclass, 'i' FROM pg_subscription WHERE subname = 'repl_subscription_owner_sub_ok';"#,
        fix: FixWorks::CannotRun("before PostgreSQL 16 only a superuser can own a subscription"),
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        for found in anatomy
            .subscriptions
            .iter()
            .filter(|found| found.runs_as_owner && study.is_superuser(&found.owner))
        {
            for (table, object) in weaker_tables(study, found, &contents.objects) {
                add(study, findings, database, found, table, object);
            }
        }
    }
}

/// One table for each role that owns some of them and would gain by the subscription's owner running its code.
pub(super) fn weaker_tables<'a>(
    study: &Study<'_>,
    found: &'a Subscription,
    objects: &'a std::collections::BTreeMap<ObjectKey, Object>,
) -> Vec<(&'a ObjectKey, &'a Object)> {
    let mut weaker: Vec<(&ObjectKey, &Object)> = Vec::new();
    for table in &found.tables {
        let Some(object) = objects.get(table) else { continue };
        if study.gainer(&object.owner, &found.owner).is_some()
            && !weaker.iter().any(|(_, known)| known.owner == object.owner)
        {
            weaker.push((table, object));
        }
    }
    weaker
}

pub(super) fn add<'f>(
    study: &Study<'_>,
    findings: &'f mut Findings,
    database: &DatabaseName,
    found: &Subscription,
    table: &ObjectKey,
    object: &Object,
) -> &'f mut Finding {
    let key = ObjectKey::bare(Class::Subscription, found.name.clone());
    let message = format!(
        "{key} writes into {table}, which role {} owns, as role {}",
        object.owner.quoted(),
        found.owner.quoted()
    );
    let fix = if study.version().major() >= 16 {
        Fix::sql(format!("ALTER SUBSCRIPTION {} SET (run_as_owner = false)", found.name.quoted()))
    } else {
        Fix::words("let the tables belong to the subscription's owner, or to roles that nobody can become")
    };
    findings
        .add(
            Subject::object(ObjectRef::within(database, key)),
            Some(object.owner.clone().into()),
            message,
            fix,
        )
        .shown_by(format!("it runs as its owner, {}", found.owner.quoted()))
}
