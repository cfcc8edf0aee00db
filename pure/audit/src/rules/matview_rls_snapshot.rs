use pgward_catalog::class::Class;
use pgward_catalog::privilege::Privilege;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::{revoke, revoke_column};

pub(super) const RULE: Rule = Rule {
    id: "matview.rls_snapshot",
    title: "a materialized view keeps rows of a table with row security, and others may read it",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::page("rules-materializedviews", "Materialized Views"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "A materialized view has no row security: it holds what its owner saw when it was refreshed, and shows all of it to whoever may read it. \
Keep it to the roles that may see every row, or let programs read a view with `security_invoker` instead.",
    check,
    cases: &[Case {
            shows: "a report that a program reads",
            versions: Versions::ALL,
            flawed: "CREATE ROLE matview_rls_snapshot_app LOGIN;
                     CREATE SCHEMA matview_rls_snapshot;
                     CREATE TABLE matview_rls_snapshot.t (who text);
                     ALTER TABLE matview_rls_snapshot.t ENABLE ROW LEVEL SECURITY;
                     CREATE MATERIALIZED VIEW matview_rls_snapshot.m AS SELECT * FROM matview_rls_snapshot.t;
                     GRANT SELECT ON matview_rls_snapshot.m TO matview_rls_snapshot_app;
                     CREATE VIEW matview_rls_snapshot.v AS SELECT * FROM matview_rls_snapshot.t;
                     CREATE MATERIALIZED VIEW matview_rls_snapshot.far AS SELECT * FROM matview_rls_snapshot.v;
                     GRANT SELECT (who) ON matview_rls_snapshot.far TO matview_rls_snapshot_app;",
            finds: &[("materialized view matview_rls_snapshot.m in database audited", "matview_rls_snapshot_app"), ("materialized view matview_rls_snapshot.far in database audited", "matview_rls_snapshot_app")],
            sound: "CREATE ROLE matview_rls_snapshot_app_ok LOGIN;
                    CREATE SCHEMA matview_rls_snapshot_ok;
                    CREATE TABLE matview_rls_snapshot_ok.t (who text);
                    ALTER TABLE matview_rls_snapshot_ok.t ENABLE ROW LEVEL SECURITY;
                    CREATE MATERIALIZED VIEW matview_rls_snapshot_ok.m AS SELECT * FROM matview_rls_snapshot_ok.t;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made().filter(|placed| placed.key.class == Class::MaterializedView) {
        for table in study.tables_behind(&placed) {
            for (column, entry) in study.let_at(placed.object, Privilege::Select.into()) {
                let message = format!(
                    "materialized view {} shows {} rows of {}, which has row security",
                    placed.key.quoted(),
                    entry.grantee.quoted(),
                    table.key.quoted()
                );
                let fix = match column {
                    Some(column) => {
                        revoke_column(placed.key, placed.object, column, entry, Privilege::Select.into())
                    }
                    None => revoke(placed.key, placed.object, entry, Privilege::Select.into()),
                };
                findings
                    .add(Subject::object(placed.at()), Some(entry.grantee.clone()), message, fix)
                    .concerning(table.at())
                    .shown_by(format!("granted by {}", entry.grantor.quoted()));
            }
        }
    }
}
