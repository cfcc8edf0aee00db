use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;
use std::collections::BTreeSet;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Placed;
use crate::study::Study;
use crate::study::mending::{revoke, revoke_column};
use crate::study::rows::row_privileges;

pub(super) const RULE: Rule = Rule {
    id: "rls.child_unprotected",
    title: "a partition or child of a table with row security has none, and others are let at it",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::page("ddl-partitioning", "Table Partitioning"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "Policies are applied on the table that a statement names. A partition named by itself answers with its own policies, and if it has none, \
with all its rows. Revoke privileges on partitions, which need none to be read through their parent, or give them row security too.",
    check,
    cases: &[Case {
            shows: "a partition and an inheriting table, each granted",
            versions: Versions::ALL,
            flawed: "CREATE ROLE rls_child_unprotected_app LOGIN;
                     CREATE SCHEMA rls_child_unprotected;
                     CREATE TABLE rls_child_unprotected.p (who text) PARTITION BY LIST (who);
                     CREATE TABLE rls_child_unprotected.p_a PARTITION OF rls_child_unprotected.p FOR VALUES IN ('a');
                     ALTER TABLE rls_child_unprotected.p ENABLE ROW LEVEL SECURITY;
                     GRANT SELECT ON rls_child_unprotected.p_a TO rls_child_unprotected_app;
                     CREATE TABLE rls_child_unprotected.base (who text);
                     ALTER TABLE rls_child_unprotected.base ENABLE ROW LEVEL SECURITY;
                     CREATE TABLE rls_child_unprotected.child () INHERITS (rls_child_unprotected.base);
                     GRANT SELECT (who) ON rls_child_unprotected.child TO rls_child_unprotected_app;",
            finds: &[
                ("table rls_child_unprotected.p_a in database audited", "rls_child_unprotected_app"),
                ("table rls_child_unprotected.child in database audited", "rls_child_unprotected_app"),
            ],
            sound: "CREATE ROLE rls_child_unprotected_app_ok LOGIN;
                    CREATE SCHEMA rls_child_unprotected_ok;
                    CREATE TABLE rls_child_unprotected_ok.p (who text) PARTITION BY LIST (who);
                    CREATE TABLE rls_child_unprotected_ok.p_a PARTITION OF rls_child_unprotected_ok.p FOR VALUES IN ('a');
                    ALTER TABLE rls_child_unprotected_ok.p ENABLE ROW LEVEL SECURITY;
                    GRANT SELECT ON rls_child_unprotected_ok.p TO rls_child_unprotected_app_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, _) in study.tables().filter(|(_, security)| !security.enabled) {
        let Some(parent) = guarded_parent(study, &placed) else { continue };
        let given = row_privileges() | Privilege::Truncate.into();
        for (column, entry) in study.let_at(placed.object, given) {
            let message = format!(
                "{} is let at {}, which has no row security though its parent {} has",
                entry.grantee.quoted(),
                placed.key.quoted(),
                parent.quoted()
            );
            let fix = match column {
                Some(column) => {
                    revoke_column(placed.key, placed.object, column, entry, entry.privileges & given)
                }
                None => revoke(placed.key, placed.object, entry, entry.privileges & given),
            };
            findings
                .add(Subject::object(placed.at()), Some(entry.grantee.clone()), message, fix)
                .concerning(ObjectRef::within(placed.database, parent.clone()))
                .shown_by(format!("{} granted by {}", entry.privileges, entry.grantor.quoted()));
        }
    }
}

/// The nearest parent with row security, at any distance.
fn guarded_parent<'a>(study: &Study<'a>, child: &Placed<'a>) -> Option<&'a ObjectKey> {
    let contents = study.catalog.databases.get(child.database)?;
    let anatomy = study.survey.databases.get(child.database)?;
    let mut seen: BTreeSet<&ObjectKey> = BTreeSet::new();
    let mut open: Vec<&ObjectKey> = vec![child.key];
    while let Some(key) = open.pop() {
        for parent in anatomy.relations.get(key).into_iter().flat_map(|relation| &relation.parents) {
            let Some((parent, object)) = contents.objects.get_key_value(parent) else { continue };
            if object.row_security().is_some_and(|security| security.enabled) {
                return Some(parent);
            }
            if seen.insert(parent) {
                open.push(parent);
            }
        }
    }
    None
}
