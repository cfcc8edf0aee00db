use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_survey::sight::Sight;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::{change_owner, end_membership, revoke, revoke_column};

pub(super) const RULE: Rule = Rule {
    id: "contract.append_only",
    title: "a table that is only to be added to can be changed",
    capability: Capability::AllWrite,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[Sight::Contract],
    references: &[
Reference::nist("AC-6(7)", "Least Privilege | Review of User Privileges"),
        Reference::iso("A.5.18", "Access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "The contract says that rows of this table are added and never changed: an audit trail. A role other than its owner holds UPDATE, DELETE or \
TRUNCATE on it, or a login can act as its owner, so what was written can be unwritten.",
    check,
    cases: &[Case {
            shows: "a program may delete from the audit trail",
            versions: Versions::ALL,
            flawed: "CREATE ROLE contract_append_only_app LOGIN;
                     CREATE ROLE contract_append_only_owner NOLOGIN;
                     CREATE ROLE contract_append_only_migrator LOGIN;
                     GRANT contract_append_only_owner TO contract_append_only_migrator;
                     CREATE SCHEMA contract_append_only;
                     CREATE TABLE contract_append_only.trail (a int);
                     ALTER TABLE contract_append_only.trail OWNER TO contract_append_only_owner;
                     GRANT USAGE ON SCHEMA contract_append_only TO contract_append_only_app;
                     GRANT INSERT, DELETE ON contract_append_only.trail TO contract_append_only_app;",
            finds: &[
                ("table contract_append_only.trail in database audited", "contract_append_only_app"),
                ("table contract_append_only.trail in database audited", "contract_append_only_migrator"),
            ],
            sound: "CREATE ROLE contract_append_only_app_ok LOGIN;
                    CREATE ROLE contract_append_only_owner_ok NOLOGIN;
                    CREATE SCHEMA contract_append_only_ok;
                    CREATE TABLE contract_append_only_ok.trail (a int);
                    ALTER TABLE contract_append_only_ok.trail OWNER TO contract_append_only_owner_ok;
                    GRANT USAGE ON SCHEMA contract_append_only_ok TO contract_append_only_app_ok;
                    GRANT INSERT ON contract_append_only_ok.trail TO contract_append_only_app_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Contract(
                "contract: 1
scope: {roles: [contract_append_only_app, contract_append_only_app_ok], mode: authoritative}
roles:
  contract_append_only_app: {kind: login}
  contract_append_only_app_ok: {kind: login}
audit:
  databases:
    audited: {append_only: [contract_append_only.trail, contract_append_only_ok.trail]}
databases:
  audited:
    schemas:
      contract_append_only: {use: [contract_append_only_app]}
      contract_append_only_ok: {use: [contract_append_only_app_ok]}
    grants:
      - {to: contract_append_only_app, allow: [insert], on: {tables: contract_append_only.*}, because: a test}
      - {to: contract_append_only_app_ok, allow: [insert], on: {tables: contract_append_only_ok.*}, because: a test}
",
            ),
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let Some(declared) = study.declared else { return };
    let changing = Privileges::of(&[Privilege::Update, Privilege::Delete, Privilege::Truncate]);
    for table in &declared.append_only {
        let Some(object) = study.catalog.object(table) else { continue };
        for (column, entry) in study.let_at(object, changing) {
            let given = entry.privileges & changing;
            let message = format!(
                "{} has {given} on {}, which is append-only",
                entry.grantee.quoted(),
                table.key.quoted()
            );
            let fix = match column {
                Some(column) => revoke_column(&table.key, object, column, entry, given),
                None => revoke(&table.key, object, entry, given),
            };
            findings
                .add(Subject::object(table.clone()), Some(entry.grantee.clone()), message, fix)
                .shown_by(format!("granted by {}", entry.grantor.quoted()));
        }
        for login in study.low_logins_of(&object.owner) {
            let message = format!(
                "{} can act as {}, the owner of {}, which is append-only",
                login.quoted(),
                object.owner.quoted(),
                table.key.quoted()
            );
            let way = study.way(login, &object.owner);
            let fix = match way.last() {
                Some(last) => end_membership(last.membership, study.version()),
                None => change_owner(&table.key, &study.catalog.bootstrap),
            };
            findings
                .add(Subject::object(table.clone()), Some(login.clone().into()), message, fix)
                .shown_by(study.way_in_words(login, &object.owner));
        }
    }
}
