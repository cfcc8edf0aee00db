use pgward_catalog::acl::Grantee;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke_column;

pub(super) const RULE: Rule = Rule {
    id: "acl.column",
    title: "everybody has a privilege on a column",
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
    explanation: "Column privileges are kept apart from the table's, and are easily missed: `\\dp` shows them in a column of their own, and REVOKE on the \
table does take them, but nobody looks. What PUBLIC holds on a column, every login holds.",
    check,
    cases: &[Case {
        shows: "a column for everybody",
        versions: Versions::ALL,
        flawed: "CREATE SCHEMA acl_column;
                     CREATE TABLE acl_column.t (a int, b int);
                     GRANT SELECT (a), UPDATE (a) ON acl_column.t TO PUBLIC;",
        finds: &[("column a of table acl_column.t in database audited", "PUBLIC")],
        sound: "CREATE ROLE acl_column_app_ok LOGIN;
                    CREATE SCHEMA acl_column_ok;
                    CREATE TABLE acl_column_ok.t (a int, b int);
                    GRANT SELECT (a) ON acl_column_ok.t TO acl_column_app_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made() {
        for (column, acl) in &placed.object.columns {
            for entry in acl.entries_of(&Grantee::Public) {
                let message = format!(
                    "every role has {} on column {} of {}",
                    entry.privileges,
                    column.quoted(),
                    placed.key.quoted()
                );
                let fix = revoke_column(placed.key, placed.object, column, entry, entry.privileges);
                let subject = Subject::part(placed.at(), format!("column {}", column.quoted()));
                findings
                    .add(subject, Some(Grantee::Public), message, fix)
                    .shown_by(format!("granted by {}", entry.grantor.quoted()));
            }
        }
    }
}
