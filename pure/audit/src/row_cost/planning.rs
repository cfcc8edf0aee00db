//! Whose code planning a query on a table may run: functions that are not volatile run on constants while a query is planned
//! (docs/decisions/0003), so such a table is not planned.

use std::collections::BTreeSet;

use pgward_catalog::class::Class;
use pgward_catalog::object::{ObjectKey, Origin};
use pgward_catalog::policy::RowSecurity;
use pgward_survey::anatomy::{Anatomy, User};

use crate::source_text::{calls, tokens};

/// Why the table must not be planned on a live server; none: planning runs nothing but PostgreSQL's own code.
pub fn refusal(anatomy: &Anatomy, table: &ObjectKey, rows: &RowSecurity) -> Option<String> {
    // `table_to_xml` is stable and runs a query.
    let texts = rows.policies.values().filter_map(|policy| policy.using.as_deref());
    if let Some(call) = texts.flat_map(|text| calls(&tokens(text))).find(|call| call.name.contains("_to_xml"))
    {
        return Some(format!("planning would run {}, which runs a query", call.name));
    }
    let mut seen = BTreeSet::from([table]);
    let mut waiting = vec![table];
    while let Some(relation) = waiting.pop() {
        if relation.class == Class::ForeignTable {
            return Some(format!("planning would ask the foreign server of {}", relation.quoted()));
        }
        let children =
            anatomy.relations.iter().filter(|(_, made)| made.parents.contains(relation)).map(|(key, _)| key);
        let mut next: Vec<&ObjectKey> = children.collect();
        for used in anatomy.uses.iter().filter(|used| used.on == *relation && is_planned(&used.by)) {
            if !used.is_code() {
                next.push(&used.target);
            } else if used.target_origin != Origin::System {
                return Some(format!("planning would run {}", used.target.quoted()));
            }
        }
        waiting.extend(next.into_iter().filter(|key| seen.insert(key)));
    }
    None
}

/// The tables that reading these reads: themselves, what inherits from them, and what their policies and views name. Where somebody's
/// code is called nobody knows what it reads: then it is all tables.
pub fn tables_read(anatomy: &Anatomy, tables: &BTreeSet<&ObjectKey>) -> BTreeSet<ObjectKey> {
    let mut seen = tables.clone();
    let mut waiting: Vec<&ObjectKey> = tables.iter().copied().collect();
    while let Some(relation) = waiting.pop() {
        let children =
            anatomy.relations.iter().filter(|(_, made)| made.parents.contains(relation)).map(|(key, _)| key);
        let mut next: Vec<&ObjectKey> = children.collect();
        for used in anatomy.uses.iter().filter(|used| used.on == *relation && is_planned(&used.by)) {
            if !used.is_code() {
                next.push(&used.target);
            } else if used.target_origin != Origin::System {
                next.extend(anatomy.relations.keys());
            }
        }
        waiting.extend(next.into_iter().filter(|key| seen.insert(key)));
    }
    seen.into_iter().filter(|key| key.class == Class::Table).cloned().collect()
}

/// Whether the planner looks at it when it plans a SELECT.
fn is_planned(by: &User) -> bool {
    !matches!(
        by,
        User::Trigger { .. }
            | User::EventTrigger { .. }
            | User::Default(_)
            | User::MaterializedView
            | User::DomainOfColumn(_)
    )
}
