use crate::finding::Findings;
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::rules::repl_subscription_owner::{add, weaker_tables};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use pgward_survey::sight::Sight;

pub(super) const RULE: Rule = Rule {
    id: "repl.apply_as_owner",
    title: "a subscription with run_as_owner writes into tables whose owners are not its own",
    capability: Capability::AllWrite,
    precondition: Precondition::Victim,
    versions: Versions::from(16),
    sees: &[Sight::Subscriptions],
    references: &[
        Reference::page("logical-replication-security", "Logical Replication: Security"),
        Reference::page("sql-createsubscription", "CREATE SUBSCRIPTION"),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "With `run_as_owner` the apply worker does not become the owner of the table it writes to: triggers, defaults and \
expressions that the table's owner has put on it run with the privileges of the subscription's owner. Set \
`run_as_owner = false`; the subscription's owner then has to be able to SET ROLE to the owners of the tables. Subscriptions of \
superusers are `repl.subscription_owner`.",
    check,
    cases: &[Case {
        shows: "a subscription of a role without superuser, applied with its privileges into a login's table",
        versions: Versions::from(16),
        flawed: r#"
CREATE ROLE repl_apply_as_owner_sub NOLOGIN;
GRANT pg_create_subscription TO repl_apply_as_owner_sub;
GRANT CREATE ON DATABASE audited TO repl_apply_as_owner_sub;
CREATE ROLE repl_apply_as_owner_app LOGIN;
CREATE SCHEMA repl_apply_as_owner;
CREATE TABLE repl_apply_as_owner.t (a int);
ALTER TABLE repl_apply_as_owner.t OWNER TO repl_apply_as_owner_app;
CREATE SUBSCRIPTION repl_apply_as_owner_s CONNECTION 'host=127.0.0.1 password=x' PUBLICATION p WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false, run_as_owner = true);
ALTER SUBSCRIPTION repl_apply_as_owner_s OWNER TO repl_apply_as_owner_sub;
INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) SELECT oid, 'repl_apply_as_owner.t'::regclass, 'i' FROM pg_subscription WHERE subname = 'repl_apply_as_owner_s';"#,
        finds: &[("subscription repl_apply_as_owner_s in database audited", "repl_apply_as_owner_app")],
        sound: r#"
CREATE ROLE repl_apply_as_owner_sub_ok NOLOGIN;
GRANT pg_create_subscription TO repl_apply_as_owner_sub_ok;
GRANT CREATE ON DATABASE audited TO repl_apply_as_owner_sub_ok;
CREATE ROLE repl_apply_as_owner_app_ok LOGIN;
CREATE SCHEMA repl_apply_as_owner_ok;
CREATE TABLE repl_apply_as_owner_ok.t_ok (a int);
ALTER TABLE repl_apply_as_owner_ok.t_ok OWNER TO repl_apply_as_owner_app_ok;
CREATE SUBSCRIPTION repl_apply_as_owner_s_ok CONNECTION 'host=127.0.0.1 password=x' PUBLICATION p WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false, run_as_owner = false);
ALTER SUBSCRIPTION repl_apply_as_owner_s_ok OWNER TO repl_apply_as_owner_sub_ok;
INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) SELECT oid, 'repl_apply_as_owner_ok.t_ok'::regclass, 'i' FROM pg_subscription WHERE subname = 'repl_apply_as_owner_s_ok';"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        for found in anatomy
            .subscriptions
            .iter()
            .filter(|found| found.runs_as_owner && !study.is_superuser(&found.owner))
        {
            for (table, object) in weaker_tables(study, found, &contents.objects) {
                add(study, findings, database, found, table, object);
            }
        }
    }
}
