use pgward_catalog::privilege::{Privilege, Privileges};

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::{revoke, revoke_column};

pub(super) const RULE: Rule = Rule {
    id: "rls.unfiltered_privilege",
    title: "a table with row security is granted what policies do not filter",
    capability: Capability::AllWrite,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "TRUNCATE empties the table past every policy; REFERENCES shows by foreign keys which values exist; TRIGGER runs code on everybody's \
rows. Row security speaks of SELECT, INSERT, UPDATE and DELETE only. Revoke the others.",
    check,
    cases: &[Case {
            shows: "ALL was granted",
            versions: Versions::ALL,
            flawed: "CREATE ROLE rls_unfiltered_privilege_app LOGIN;
                     CREATE SCHEMA rls_unfiltered_privilege;
                     CREATE TABLE rls_unfiltered_privilege.t (who text);
                     ALTER TABLE rls_unfiltered_privilege.t ENABLE ROW LEVEL SECURITY;
                     GRANT ALL ON rls_unfiltered_privilege.t TO rls_unfiltered_privilege_app;",
            finds: &[("table rls_unfiltered_privilege.t in database audited", "rls_unfiltered_privilege_app")],
            sound: "CREATE ROLE rls_unfiltered_privilege_app_ok LOGIN;
                    CREATE SCHEMA rls_unfiltered_privilege_ok;
                    CREATE TABLE rls_unfiltered_privilege_ok.t (who text);
                    ALTER TABLE rls_unfiltered_privilege_ok.t ENABLE ROW LEVEL SECURITY;
                    GRANT SELECT, INSERT, UPDATE, DELETE ON rls_unfiltered_privilege_ok.t TO rls_unfiltered_privilege_app_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let unfiltered = Privileges::of(&[Privilege::Truncate, Privilege::References, Privilege::Trigger]);
    for (placed, _) in study.tables().filter(|(_, security)| security.enabled) {
        for (column, entry) in study.let_at(placed.object, unfiltered) {
            let given = entry.privileges & unfiltered;
            let message = format!(
                "{} has {given} on {}, which its policies do not filter",
                entry.grantee.quoted(),
                placed.key.quoted()
            );
            let fix = match column {
                Some(column) => revoke_column(placed.key, placed.object, column, entry, given),
                None => revoke(placed.key, placed.object, entry, given),
            };
            let finding =
                findings.add(Subject::object(placed.at()), Some(entry.grantee.clone()), message, fix);
            finding.shown_by(format!("granted by {}", entry.grantor.quoted()));
            if !given.contains(Privilege::Truncate) {
                let precondition = if given.contains(Privilege::Trigger) {
                    Precondition::Victim
                } else {
                    Precondition::Create
                };
                finding.reaching(Capability::SomeData, precondition);
            }
        }
    }
}
