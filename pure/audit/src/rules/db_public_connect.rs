use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::object::{Facts, ObjectRef};
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) const RULE: Rule = Rule {
    id: "db.public_connect",
    title: "every role may connect to a database, or make temporary tables in it",
    capability: Capability::Hygiene,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("ddl-priv", "Privileges"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.8.3", "Information access restriction"),
    ],
    explanation: "PostgreSQL lets every role into every database, and make temporary tables there, until somebody revokes it. A login meant for one \
database then reads the catalogs of all, and temporary tables are what misleads definer functions that do not pin their search path.",
    check,
    cases: &[Case {
        shows: "a database as CREATE DATABASE makes it",
        versions: Versions::ALL,
        flawed: "CREATE DATABASE db_public_connect;",
        finds: &[("database db_public_connect", "PUBLIC")],
        sound: "CREATE DATABASE db_public_connect_ok;
                    REVOKE ALL ON DATABASE db_public_connect_ok FROM PUBLIC;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (key, object) in study.catalog.cluster_objects.iter().filter(|(key, _)| key.class == Class::Database)
    {
        // Nobody connects to a template that lets nobody in; template1 is for tools.
        if let Facts::Database(facts) = &object.facts
            && (!facts.allow_connections || facts.template)
        {
            continue;
        }
        for entry in object.acl.entries_of(&Grantee::Public) {
            let given = entry.privileges & Privileges::of(&[Privilege::Connect, Privilege::Temporary]);
            if given.is_empty()
                || study.is_administrative(&object.owner) && object.owner != study.catalog.bootstrap
            {
                continue;
            }
            let message = format!("every role has {given} on database {}", key.name.quoted());
            let fix = revoke(key, object, entry, given);
            findings.add(
                Subject::object(ObjectRef::of_cluster(key.clone())),
                Some(Grantee::Public),
                message,
                fix,
            );
        }
    }
}
