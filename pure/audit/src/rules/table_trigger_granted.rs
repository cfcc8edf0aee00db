use pgward_catalog::privilege::Privilege;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) const RULE: Rule = Rule {
    id: "table.trigger_granted",
    title: "a role may put triggers on a table it does not own",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("perm-functions", "Function Security"),
        Reference::page("ddl-priv", "Privileges"),
        Reference::nist("AC-6", "Least Privilege"),
    ],
    explanation: "A trigger runs as whoever writes the row, with a function of whoever made it. TRIGGER on somebody else's table is a way to run code as \
its owner, as the program that fills it, and as the superuser who mends it. Nothing but migrations has use for it, and those own the table.",
    check,
    cases: &[Case {
        shows: "TRIGGER on a table of another role",
        versions: Versions::ALL,
        flawed: "CREATE ROLE table_trigger_granted_app LOGIN;
                     CREATE SCHEMA table_trigger_granted;
                     CREATE TABLE table_trigger_granted.t (a int);
                     GRANT SELECT, TRIGGER ON table_trigger_granted.t TO table_trigger_granted_app;",
        finds: &[("table table_trigger_granted.t in database audited", "table_trigger_granted_app")],
        sound: "CREATE ROLE table_trigger_granted_app_ok LOGIN;
                    CREATE SCHEMA table_trigger_granted_ok;
                    CREATE TABLE table_trigger_granted_ok.t (a int);
                    GRANT SELECT, INSERT ON table_trigger_granted_ok.t TO table_trigger_granted_app_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made().filter(|placed| placed.key.class.is_table_like()) {
        for (_, entry) in study.let_at(placed.object, Privilege::Trigger.into()) {
            let message = format!("{} may put triggers on {}", entry.grantee.quoted(), placed.key.quoted());
            let fix = revoke(placed.key, placed.object, entry, Privilege::Trigger.into());
            findings
                .add(Subject::object(placed.at()), Some(entry.grantee.clone()), message, fix)
                .shown_by(format!("granted by {}", entry.grantor.quoted()));
        }
    }
}
