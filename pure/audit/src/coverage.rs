//! Row-security coverage: of the tables whose rows are meant to be kept apart and that somebody else can reach, how many are.
//!
//! The universe is declared: tables with a tenant column or sensitive columns in the contract. Without a contract there is no
//! universe, and no ratio is made up. "Row security enabled" alone says little; the four other conditions are counted apart.

use std::collections::BTreeSet;

use pgward_catalog::acl::Grantee;
use pgward_catalog::object::{Object, ObjectRef};
use pgward_catalog::policy::{PolicyCommand, PolicyKind};
use pgward_catalog::privilege::{Privilege, Privileges};
use serde::Serialize;

use crate::assess::{Assessed, Outcome};
use crate::finding::Subject;
use crate::study::Study;

/// How many tables of the universe meet each condition, and which do not meet all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Declared tables that a role which is not their owner can reach.
    pub universe: u64,
    /// Row security is enabled.
    pub enabled: u64,
    /// It is forced, or no login can become the owner.
    pub owner_held: u64,
    /// For every command that is granted there is a permissive policy.
    pub every_command: u64,
    /// No policy is always true.
    pub never_always_true: u64,
    /// No partition, child, view or materialized view shows the rows past it.
    pub no_way_around: u64,
    /// All of these.
    pub protected: u64,
    /// The tables that do not meet all, with what is missing.
    pub unprotected: Vec<(ObjectRef, Vec<&'static str>)>,
}

impl Coverage {
    /// Measures it; none without a contract or without declared tables.
    pub fn of(study: &Study<'_>, assessed: &[Assessed]) -> Option<Coverage> {
        let declared = study.declared?;
        let wanted: BTreeSet<&ObjectRef> = declared.tenants.keys().chain(declared.sensitive.keys()).collect();
        let always_true = subjects(assessed, &["rls.always_true"]);
        let around = subjects(
            assessed,
            &[
                "rls.child_unprotected",
                "view.owner_rights_rls",
                "matview.rls_snapshot",
                "rls.unfiltered_privilege",
            ],
        );
        let mut coverage = Coverage::default();
        for table in wanted {
            let Some(object) = study.catalog.object(table) else { continue };
            let Some(security) = object.row_security() else { continue };
            let commands = given(study, object);
            if commands.is_empty() {
                continue;
            }
            let is_held = security.forced || study.low_logins_of(&object.owner).next().is_none();
            let conditions = [
                ("row security is not enabled", security.enabled, &mut coverage.enabled),
                ("its owner, whom a login can become, is not held to it", is_held, &mut coverage.owner_held),
                (
                    "a granted command has no policy",
                    has_policy_for_each(object, commands),
                    &mut coverage.every_command,
                ),
                ("a policy is always true", !always_true.contains(table), &mut coverage.never_always_true),
                ("its rows show past it", !around.contains(table), &mut coverage.no_way_around),
            ];
            let mut missing = Vec::new();
            for (words, is_met, count) in conditions {
                if is_met {
                    *count += 1;
                } else {
                    missing.push(words);
                }
            }
            coverage.universe += 1;
            if missing.is_empty() {
                coverage.protected += 1;
            } else {
                coverage.unprotected.push((table.clone(), missing));
            }
        }
        (coverage.universe > 0).then_some(coverage)
    }
}

/// The commands that somebody other than the owner was granted, on the table or on a column.
fn given(study: &Study<'_>, object: &Object) -> Privileges {
    let on_table = study.given(object).map(|entry| entry.privileges);
    let on_columns = object
        .columns
        .values()
        .flat_map(|acl| acl.entries())
        .filter(|entry| match &entry.grantee {
            Grantee::Public => true,
            Grantee::Role(role) => *role != object.owner && !study.is_superuser(role),
        })
        .map(|entry| entry.privileges);
    let all = on_table.chain(on_columns).fold(Privileges::NONE, |all, some| all | some);
    all & Privileges::of(&COMMANDS)
}

fn has_policy_for_each(object: &Object, commands: Privileges) -> bool {
    let Some(security) = object.row_security() else { return false };
    commands.iter().all(|command| {
        security.policies.values().any(|policy| {
            policy.kind == PolicyKind::Permissive
                && (policy.command == PolicyCommand::All || policy.command.keyword() == command.keyword())
        })
    })
}

/// The objects that findings of these rules are about, or point at.
fn subjects(assessed: &[Assessed], rules: &[&str]) -> BTreeSet<ObjectRef> {
    let findings =
        assessed.iter().filter(|assessed| rules.contains(&assessed.rule.id)).filter_map(|assessed| {
            match &assessed.outcome {
                Outcome::Assessed(findings) => Some(findings),
                _ => None,
            }
        });
    findings
        .flatten()
        .flat_map(|finding| {
            let subject = match &finding.subject {
                Subject::Object(object, _) => Some(object.clone()),
                _ => None,
            };
            subject.into_iter().chain(finding.concerns.iter().cloned())
        })
        .collect()
}

const COMMANDS: [Privilege; 4] = [Privilege::Select, Privilege::Insert, Privilege::Update, Privilege::Delete];
