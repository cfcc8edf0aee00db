use pgward_survey::sight::Sight;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::difference::differences;

pub(super) const RULE: Rule = Rule {
    id: "contract.missing",
    title: "a declared role cannot use what the contract gives it",
    capability: Capability::Hygiene,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[Sight::Contract],
    references: &[
Reference::nist("AC-6(7)", "Least Privilege | Review of User Privileges"),
        Reference::iso("A.5.18", "Access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "The contract gives the role more than it has: something will fail, or somebody will help themselves with a larger role. `pgward plan` says \
what is missing, and apply grants it.",
    check,
    cases: &[Case {
            shows: "a grant that was revoked by hand",
            versions: Versions::ALL,
            flawed: "CREATE ROLE contract_missing_app LOGIN;
                     CREATE SCHEMA contract_missing;
                     CREATE TABLE contract_missing.t (a int);
                     GRANT USAGE ON SCHEMA contract_missing TO contract_missing_app;
                     GRANT SELECT ON contract_missing.t TO contract_missing_app;",
            finds: &[("table contract_missing.t in database audited", "contract_missing_app")],
            sound: "CREATE ROLE contract_missing_app_ok LOGIN;
                    CREATE SCHEMA contract_missing_ok;
                    CREATE TABLE contract_missing_ok.t (a int);
                    GRANT USAGE ON SCHEMA contract_missing_ok TO contract_missing_app_ok;
                    GRANT SELECT, INSERT ON contract_missing_ok.t TO contract_missing_app_ok;",
            fix: FixWorks::CannotRun("the plan is what mends it"),
            needs: Needs::Contract(
                "contract: 1
scope: {roles: [contract_missing_app, contract_missing_app_ok], mode: authoritative}
roles:
  contract_missing_app: {kind: login}
  contract_missing_app_ok: {kind: login}
databases:
  audited:
    schemas:
      contract_missing: {use: [contract_missing_app]}
      contract_missing_ok: {use: [contract_missing_app_ok]}
    grants:
      - {to: contract_missing_app, allow: [select, insert], on: {tables: contract_missing.*}, because: a test}
      - {to: contract_missing_app_ok, allow: [select, insert], on: {tables: contract_missing_ok.*}, because: a test}
",
            ),
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for difference in differences(study) {
        let privileges = difference.missing;
        if privileges.is_empty() {
            continue;
        }
        let message = format!(
            "{} lacks {privileges} on {}, which the contract gives",
            difference.role.quoted(),
            difference.object
        );
        let fix = Fix::words("pgward plan says which path gives it, and apply makes it as declared");
        findings.add(
            Subject::object(difference.object.clone()),
            Some(difference.role.clone().into()),
            message,
            fix,
        );
    }
}
