use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::rows::row_privileges;

pub(super) const RULE: Rule = Rule {
    id: "rls.no_policy",
    title: "a table has row security and no policy, so nobody but its owner sees a row",
    capability: Capability::Hygiene,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[Reference::page("ddl-rowsecurity", "Row Security Policies")],
    explanation: "Without a policy nothing is visible, to anybody who is held to row security. That is a safe default, and an odd thing to grant \
privileges on: either the policy is missing, or the privileges are not needed.",
    check,
    cases: &[Case {
        shows: "a grant that shows nothing",
        versions: Versions::ALL,
        flawed: "CREATE ROLE rls_no_policy_app LOGIN;
                     CREATE SCHEMA rls_no_policy;
                     CREATE TABLE rls_no_policy.t (a int);
                     ALTER TABLE rls_no_policy.t ENABLE ROW LEVEL SECURITY;
                     GRANT SELECT ON rls_no_policy.t TO rls_no_policy_app;",
        finds: &[("table rls_no_policy.t in database audited", "")],
        sound: "CREATE SCHEMA rls_no_policy_ok;
                    CREATE TABLE rls_no_policy_ok.t (a int);
                    ALTER TABLE rls_no_policy_ok.t ENABLE ROW LEVEL SECURITY;",
        fix: FixWorks::CannotRun("whether a policy is missing or a grant too much is somebody's to say"),
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, security) in study.tables() {
        if !security.enabled || !security.policies.is_empty() {
            continue;
        }
        let Some((_, entry)) = study.let_at(placed.object, row_privileges()).into_iter().next() else {
            continue;
        };
        let message = format!(
            "{} has row security and no policy, so what {} was granted shows nothing",
            placed.key.quoted(),
            entry.grantee.quoted()
        );
        let fix =
            Fix::words(format!("write a policy for {}, or revoke what was granted", placed.key.quoted()));
        findings.add(Subject::object(placed.at()), None, message, fix);
    }
}
