use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) const RULE: Rule = Rule {
    id: "table.public_privilege",
    title: "everybody has a privilege on a table, view or sequence",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("ddl-priv", "Privileges"),
        Reference::cis("4.6", "excessive DML privileges are revoked"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "What PUBLIC holds, every login of the cluster holds that may connect: the one that is made tomorrow, too. Grant it to the roles that need \
it.",
    check,
    cases: &[Case {
        shows: "a table and a sequence for everybody",
        versions: Versions::ALL,
        flawed: "CREATE SCHEMA table_public_privilege;
                     CREATE TABLE table_public_privilege.t (a int);
                     CREATE SEQUENCE table_public_privilege.s;
                     GRANT SELECT ON table_public_privilege.t TO PUBLIC;
                     GRANT USAGE ON SEQUENCE table_public_privilege.s TO PUBLIC;",
        finds: &[
            ("table table_public_privilege.t in database audited", "PUBLIC"),
            ("sequence table_public_privilege.s in database audited", "PUBLIC"),
        ],
        sound: "CREATE ROLE table_public_privilege_app_ok LOGIN;
                    CREATE SCHEMA table_public_privilege_ok;
                    CREATE TABLE table_public_privilege_ok.t (a int);
                    GRANT SELECT ON table_public_privilege_ok.t TO table_public_privilege_app_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in
        study.made().filter(|placed| placed.key.class.is_table_like() || placed.key.class == Class::Sequence)
    {
        for entry in placed.object.acl.entries_of(&Grantee::Public) {
            let message = format!("every role has {} on {}", entry.privileges, placed.key.quoted());
            let fix = revoke(placed.key, placed.object, entry, entry.privileges);
            findings
                .add(Subject::object(placed.at()), Some(Grantee::Public), message, fix)
                .shown_by(format!("granted by {}", entry.grantor.quoted()));
        }
    }
}
