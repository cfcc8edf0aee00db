use pgward_survey::sight::Sight;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::difference::differences;

pub(super) const RULE: Rule = Rule {
    id: "contract.excess",
    title: "a declared role can use what the contract does not give it",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[Sight::Contract],
    references: &[
        Reference::nist("AC-6(7)", "Least Privilege | Review of User Privileges"),
        Reference::iso("A.5.18", "Access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "The effective privileges of the role, by every membership, PUBLIC and ownership, cover more than the contract's. `pgward plan` shows the path \
that gives it and takes it away.",
    check,
    cases: &[Case {
        shows: "a grant by hand",
        versions: Versions::ALL,
        flawed: "CREATE ROLE contract_excess_app LOGIN;
                     CREATE SCHEMA contract_excess;
                     CREATE TABLE contract_excess.t (a int);
                     GRANT USAGE ON SCHEMA contract_excess TO contract_excess_app;
                     GRANT SELECT, DELETE ON contract_excess.t TO contract_excess_app;",
        finds: &[("table contract_excess.t in database audited", "contract_excess_app")],
        sound: "CREATE ROLE contract_excess_app_ok LOGIN;
                    CREATE SCHEMA contract_excess_ok;
                    CREATE TABLE contract_excess_ok.t (a int);
                    GRANT USAGE ON SCHEMA contract_excess_ok TO contract_excess_app_ok;
                    GRANT SELECT ON contract_excess_ok.t TO contract_excess_app_ok;",
        fix: FixWorks::CannotRun("the plan is what mends it"),
        needs: Needs::Contract(
            "contract: 1
scope: {roles: [contract_excess_app, contract_excess_app_ok], mode: authoritative}
roles:
  contract_excess_app: {kind: login}
  contract_excess_app_ok: {kind: login}
databases:
  audited:
    schemas:
      contract_excess: {use: [contract_excess_app]}
      contract_excess_ok: {use: [contract_excess_app_ok]}
    grants:
      - {to: contract_excess_app, allow: [select], on: {tables: contract_excess.*}, because: a test}
      - {to: contract_excess_app_ok, allow: [select], on: {tables: contract_excess_ok.*}, because: a test}
",
        ),
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for difference in differences(study) {
        let privileges = difference.excess;
        if privileges.is_empty() {
            continue;
        }
        let message = format!(
            "{} has {privileges} on {}, which the contract does not give",
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
