use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::{revoke_column_grant_option, revoke_grant_option};

pub(super) const RULE: Rule = Rule {
    id: "table.grant_option",
    title: "a role that does not own an object may pass on its privileges",
    capability: Capability::SomeData,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("sql-grant", "GRANT"),
        Reference::stig("V-233530", "discretionary access is limited to what its granter may pass on"),
        Reference::nist("AC-3(4)", "Access Enforcement | Discretionary Access Control"),
    ],
    explanation: "WITH GRANT OPTION lets its holder give the privilege to anybody, and what was given on stays until it is revoked from the one who gave it. \
Granting is the owner's, or a contract's.",
    check,
    cases: &[Case {
        shows: "a program may pass SELECT on",
        versions: Versions::ALL,
        flawed: "CREATE ROLE table_grant_option_app LOGIN;
                     CREATE SCHEMA table_grant_option;
                     CREATE TABLE table_grant_option.t (a int);
                     GRANT SELECT ON table_grant_option.t TO table_grant_option_app WITH GRANT OPTION;
                     GRANT UPDATE (a) ON table_grant_option.t TO table_grant_option_app WITH GRANT OPTION;",
        finds: &[
            ("table table_grant_option.t in database audited", "table_grant_option_app"),
            ("column a of table table_grant_option.t in database audited", "table_grant_option_app"),
        ],
        sound: "CREATE ROLE table_grant_option_app_ok LOGIN;
                    CREATE SCHEMA table_grant_option_ok;
                    CREATE TABLE table_grant_option_ok.t (a int);
                    GRANT SELECT ON table_grant_option_ok.t TO table_grant_option_app_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made().filter(|placed| placed.key.class.has_acl()) {
        let all = placed.key.class.privileges(study.version()) | placed.key.class.column_privileges();
        for (column, entry) in study.let_at(placed.object, all) {
            if entry.grantable.is_empty() {
                continue;
            }
            let subject = match column {
                Some(column) => Subject::part(placed.at(), format!("column {}", column.quoted())),
                None => Subject::object(placed.at()),
            };
            let message = format!(
                "{} may pass on {} on {}",
                entry.grantee.quoted(),
                entry.grantable,
                placed.key.quoted()
            );
            let fix = match column {
                Some(column) => {
                    revoke_column_grant_option(placed.key, placed.object, column, entry, entry.grantable)
                }
                None => revoke_grant_option(placed.key, placed.object, entry, entry.grantable),
            };
            findings
                .add(subject, Some(entry.grantee.clone()), message, fix)
                .shown_by(format!("granted by {}", entry.grantor.quoted()));
        }
    }
}
