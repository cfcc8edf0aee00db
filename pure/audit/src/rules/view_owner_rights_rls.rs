use pgward_catalog::class::Class;
use pgward_catalog::object::Facts;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::mending::revoke;
use crate::study::rows::{Shown, row_privileges};
use crate::study::{Placed, Study};

pub(super) const RULE: Rule = Rule {
    id: "view.owner_rights_rls",
    title: "a view shows the rows of a table with row security as its owner sees them",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::page("sql-createview", "CREATE VIEW"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "A view reads its tables with the privileges and the policies of its owner, unless it is made `WITH (security_invoker = true)`, which \
PostgreSQL 15 brought. Granted to a program, a view of an owner who is not held to the policies shows every tenant's rows. On PostgreSQL 14 \
every such view does: revoke it, or let its owner be a role that the policies hold.",
    check,
    cases: &[Case {
            shows: "a view of the table's owner, and one of a view, granted to a program",
            versions: Versions::ALL,
            flawed: "CREATE ROLE view_owner_rights_rls_app LOGIN;
                     CREATE SCHEMA view_owner_rights_rls;
                     CREATE TABLE view_owner_rights_rls.t (who text);
                     ALTER TABLE view_owner_rights_rls.t ENABLE ROW LEVEL SECURITY;
                     CREATE VIEW view_owner_rights_rls.v AS SELECT * FROM view_owner_rights_rls.t;
                     CREATE VIEW view_owner_rights_rls.vv AS SELECT * FROM view_owner_rights_rls.v;
                     GRANT SELECT ON view_owner_rights_rls.vv TO view_owner_rights_rls_app;",
            finds: &[("view view_owner_rights_rls.vv in database audited", "view_owner_rights_rls_app")],
            sound: "CREATE ROLE view_owner_rights_rls_app_ok LOGIN;
                    CREATE SCHEMA view_owner_rights_rls_ok;
                    CREATE TABLE view_owner_rights_rls_ok.t (who text);
                    ALTER TABLE view_owner_rights_rls_ok.t ENABLE ROW LEVEL SECURITY;
                    CREATE VIEW view_owner_rights_rls_ok.ungranted AS SELECT * FROM view_owner_rights_rls_ok.t;
                    CREATE TABLE view_owner_rights_rls_ok.open (a int);
                    CREATE VIEW view_owner_rights_rls_ok.of_open AS SELECT * FROM view_owner_rights_rls_ok.open;
                    GRANT SELECT ON view_owner_rights_rls_ok.of_open TO view_owner_rights_rls_app_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
        Case {
            shows: "a view of somebody the policies hold, over one of somebody they do not",
            versions: Versions::from(15),
            flawed: "CREATE ROLE view_owner_rights_rls_held NOLOGIN;
                     CREATE ROLE view_owner_rights_rls_past NOLOGIN BYPASSRLS;
                     CREATE ROLE view_owner_rights_rls_reader LOGIN;
                     CREATE SCHEMA view_owner_rights_rls_deep;
                     GRANT USAGE ON SCHEMA view_owner_rights_rls_deep TO PUBLIC;
                     CREATE TABLE view_owner_rights_rls_deep.t (who text);
                     ALTER TABLE view_owner_rights_rls_deep.t ENABLE ROW LEVEL SECURITY;
                     GRANT SELECT ON view_owner_rights_rls_deep.t TO view_owner_rights_rls_held, view_owner_rights_rls_past;
                     CREATE VIEW view_owner_rights_rls_deep.below AS SELECT * FROM view_owner_rights_rls_deep.t;
                     ALTER VIEW view_owner_rights_rls_deep.below OWNER TO view_owner_rights_rls_past;
                     GRANT SELECT ON view_owner_rights_rls_deep.below TO view_owner_rights_rls_held;
                     CREATE VIEW view_owner_rights_rls_deep.above AS SELECT * FROM view_owner_rights_rls_deep.below;
                     ALTER VIEW view_owner_rights_rls_deep.above OWNER TO view_owner_rights_rls_held;
                     GRANT SELECT ON view_owner_rights_rls_deep.above TO view_owner_rights_rls_reader;",
            finds: &[("view view_owner_rights_rls_deep.above in database audited", "view_owner_rights_rls_reader")],
            sound: "CREATE ROLE view_owner_rights_rls_held_ok NOLOGIN;
                    CREATE ROLE view_owner_rights_rls_past_ok NOLOGIN BYPASSRLS;
                    CREATE ROLE view_owner_rights_rls_reader_ok LOGIN;
                    CREATE SCHEMA view_owner_rights_rls_deep_ok;
                    CREATE TABLE view_owner_rights_rls_deep_ok.t (who text);
                    ALTER TABLE view_owner_rights_rls_deep_ok.t ENABLE ROW LEVEL SECURITY;
                    GRANT SELECT ON view_owner_rights_rls_deep_ok.t TO view_owner_rights_rls_held_ok;
                    CREATE VIEW view_owner_rights_rls_deep_ok.below_ok WITH (security_invoker = on) AS SELECT * FROM view_owner_rights_rls_deep_ok.t;
                    ALTER VIEW view_owner_rights_rls_deep_ok.below_ok OWNER TO view_owner_rights_rls_past_ok;
                    GRANT SELECT ON view_owner_rights_rls_deep_ok.below_ok TO view_owner_rights_rls_held_ok;
                    CREATE VIEW view_owner_rights_rls_deep_ok.above_ok AS SELECT * FROM view_owner_rights_rls_deep_ok.below_ok;
                    ALTER VIEW view_owner_rights_rls_deep_ok.above_ok OWNER TO view_owner_rights_rls_held_ok;
                    GRANT SELECT ON view_owner_rights_rls_deep_ok.above_ok TO view_owner_rights_rls_reader_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
        Case {
            shows: "security_invoker is the way",
            versions: Versions::from(15),
            flawed: "CREATE ROLE view_owner_rights_rls_app15 LOGIN;
                     CREATE SCHEMA view_owner_rights_rls15;
                     CREATE TABLE view_owner_rights_rls15.t (who text);
                     ALTER TABLE view_owner_rights_rls15.t ENABLE ROW LEVEL SECURITY;
                     CREATE VIEW view_owner_rights_rls15.v AS SELECT * FROM view_owner_rights_rls15.t;
                     GRANT SELECT ON view_owner_rights_rls15.v TO view_owner_rights_rls_app15;",
            finds: &[("view view_owner_rights_rls15.v in database audited", "view_owner_rights_rls_app15")],
            sound: "CREATE ROLE view_owner_rights_rls_app15_ok LOGIN;
                    CREATE SCHEMA view_owner_rights_rls15_ok;
                    CREATE TABLE view_owner_rights_rls15_ok.t (who text);
                    ALTER TABLE view_owner_rights_rls15_ok.t ENABLE ROW LEVEL SECURITY;
                    CREATE VIEW view_owner_rights_rls15_ok.v WITH (security_invoker = on) AS SELECT * FROM view_owner_rights_rls15_ok.t;
                    GRANT SELECT ON view_owner_rights_rls15_ok.v TO view_owner_rights_rls_app15_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made().filter(|placed| placed.key.class == Class::View) {
        let Facts::View(facts) = &placed.object.facts else { continue };
        // What it reads through a view of somebody's is that view's doing, and is granted there.
        if facts.security_invoker {
            continue;
        }
        for Shown { table, as_owners } in study.rows_behind(&placed) {
            let Some(reads) =
                as_owners.last().filter(|reads| !study.is_held(&reads.object.owner, table.object))
            else {
                continue;
            };
            for (_, entry) in study.let_at(placed.object, row_privileges()) {
                let through =
                    if reads.key == placed.key { String::new() } else { format!(" through {}", reads.key) };
                let message = format!(
                    "view {} shows {} the rows of {} past its policies, as {} sees them{through}",
                    placed.key.quoted(),
                    entry.grantee.quoted(),
                    table.key.quoted(),
                    owner_of(reads, &placed)
                );
                let fix = invokers(study, &table, &as_owners).unwrap_or_else(|| {
                    revoke(placed.key, placed.object, entry, entry.privileges & row_privileges())
                });
                let subject = Subject::object(placed.at());
                findings
                    .add(subject, Some(entry.grantee.clone()), message, fix)
                    .concerning(table.at())
                    .shown_by(format!("{} granted by {}", entry.privileges, entry.grantor.quoted()));
            }
        }
    }
}

fn owner_of(reads: &Placed<'_>, granted: &Placed<'_>) -> String {
    let whose = if reads.key == granted.key { "its owner" } else { "the owner" };
    format!("{whose} {}", reads.object.owner.quoted())
}

/// security_invoker on the view that reads the table, and on those above it until one whose owner the policies hold; none
/// where that cannot be set.
fn invokers(study: &Study<'_>, table: &Placed<'_>, as_owners: &[Placed<'_>]) -> Option<Fix> {
    let past = as_owners.iter().rev().take_while(|view| !study.is_held(&view.object.owner, table.object));
    let past: Vec<&Placed<'_>> = past.collect();
    let can =
        study.version().has_security_invoker_views() && past.iter().all(|view| view.key.class == Class::View);
    can.then(|| {
        let set =
            past.iter().map(|view| format!("ALTER VIEW {} SET (security_invoker = true)", view.key.quoted()));
        Fix::Sql(set.collect())
    })
}
