use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::rows::row_privileges;

pub(super) const RULE: Rule = Rule {
    id: "rls.policy_but_off",
    title: "a table has policies, and row security is not enabled",
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
    explanation: "Policies do nothing until row security is enabled on their table. Somebody wrote down who sees what, and everybody with a privilege \
sees everything.",
    check,
    cases: &[Case {
            shows: "a policy without effect",
            versions: Versions::ALL,
            flawed: "CREATE ROLE rls_policy_but_off_app LOGIN;
                     CREATE SCHEMA rls_policy_but_off;
                     CREATE TABLE rls_policy_but_off.t (who text);
                     CREATE POLICY p ON rls_policy_but_off.t TO rls_policy_but_off_app USING (who = current_user);
                     GRANT SELECT ON rls_policy_but_off.t TO rls_policy_but_off_app;",
            finds: &[("table rls_policy_but_off.t in database audited", "")],
            sound: "CREATE ROLE rls_policy_but_off_app_ok LOGIN;
                    CREATE SCHEMA rls_policy_but_off_ok;
                    CREATE TABLE rls_policy_but_off_ok.t (who text);
                    ALTER TABLE rls_policy_but_off_ok.t ENABLE ROW LEVEL SECURITY;
                    CREATE POLICY p ON rls_policy_but_off_ok.t TO rls_policy_but_off_app_ok USING (who = current_user);
                    GRANT SELECT ON rls_policy_but_off_ok.t TO rls_policy_but_off_app_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, security) in study.tables() {
        if security.enabled || security.policies.is_empty() {
            continue;
        }
        let count = security.policies.len();
        let plural = if count == 1 { "y" } else { "ies" };
        let message =
            format!("{} has {count} polic{plural} and row security is not enabled", placed.key.quoted());
        let fix = Fix::sql(format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY", placed.key.quoted()));
        let let_at = study.let_at(placed.object, row_privileges());
        let finding = findings.add(Subject::object(placed.at()), None, message, fix);
        for name in security.policies.keys() {
            finding.shown_by(format!("policy {}", name.quoted()));
        }
        if let_at.is_empty() {
            finding.reaching(Capability::SomeData, Precondition::Configuration);
        }
    }
}
