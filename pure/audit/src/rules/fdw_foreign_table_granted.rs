use pgward_catalog::class::Class;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::{revoke, revoke_column};

pub(super) const RULE: Rule = Rule {
    id: "fdw.foreign_table_granted",
    title: "a foreign table, which cannot have row security, is granted",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("sql-createforeigntable", "CREATE FOREIGN TABLE"),
        Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "Policies do not apply to foreign tables: whoever may select from one sees every row that the mapped account sees \
on the other server, whatever row security says here. Grant a view that filters (`security_barrier`), or filter over there.",
    check,
    cases: &[Case {
        shows: "a foreign table granted to a login, to everybody, and by a column",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE fdw_foreign_table_granted_app LOGIN;
CREATE SCHEMA fdw_foreign_table_granted;
CREATE FOREIGN DATA WRAPPER fdw_foreign_table_granted_w;
CREATE SERVER fdw_foreign_table_granted_s FOREIGN DATA WRAPPER fdw_foreign_table_granted_w;
CREATE FOREIGN TABLE fdw_foreign_table_granted.t (a int, "B" text) SERVER fdw_foreign_table_granted_s;
CREATE FOREIGN TABLE fdw_foreign_table_granted.u (a int, "B" text) SERVER fdw_foreign_table_granted_s;
GRANT SELECT, INSERT ON fdw_foreign_table_granted.t TO fdw_foreign_table_granted_app;
GRANT SELECT ON fdw_foreign_table_granted.t TO PUBLIC;
GRANT SELECT ("B") ON fdw_foreign_table_granted.u TO fdw_foreign_table_granted_app;"#,
        finds: &[
            (
                "foreign table fdw_foreign_table_granted.t in database audited",
                "fdw_foreign_table_granted_app",
            ),
            ("foreign table fdw_foreign_table_granted.t in database audited", "PUBLIC"),
            (
                "column \"B\" of foreign table fdw_foreign_table_granted.u in database audited",
                "fdw_foreign_table_granted_app",
            ),
        ],
        sound: r#"
CREATE ROLE fdw_foreign_table_granted_app_ok LOGIN;
CREATE SCHEMA fdw_foreign_table_granted_ok;
CREATE FOREIGN TABLE fdw_foreign_table_granted_ok.t_ok (a int) SERVER fdw_foreign_table_granted_s;
CREATE VIEW fdw_foreign_table_granted_ok.v_ok WITH (security_barrier) AS SELECT a FROM fdw_foreign_table_granted_ok.t_ok WHERE a = 1;
GRANT SELECT ON fdw_foreign_table_granted_ok.v_ok TO fdw_foreign_table_granted_app_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made().filter(|placed| placed.key.class == Class::ForeignTable) {
        for excess in study.excess(placed.key, placed.object) {
            let grantee = &excess.entry.grantee;
            let (subject, fix) = match excess.column {
                Some(column) => (
                    Subject::part(placed.at(), format!("column {}", column.quoted())),
                    revoke_column(placed.key, placed.object, column, excess.entry, excess.privileges),
                ),
                None => (
                    Subject::object(placed.at()),
                    revoke(placed.key, placed.object, excess.entry, excess.privileges),
                ),
            };
            let message = format!(
                "{} holds {} on {}, where no policy applies",
                grantee.quoted(),
                excess.privileges,
                placed.key
            );
            findings
                .add(subject, Some(grantee.clone()), message, fix)
                .shown_by(format!("granted by {}", excess.entry.grantor.quoted()));
        }
    }
}
