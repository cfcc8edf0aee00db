//! GRANT and REVOKE: the steps of every object, put together into as few statements as can be.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::acl::Grantee;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{Object, ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;

use crate::acl_change::alter_acl;
use crate::change::Change;
use crate::grant_model::{ObjectAcls, Operation, Verb};
use crate::order::acting::Acting;
use crate::order::births::{Births, acl_target};
use crate::order::loans;
use crate::order::ordered::Ordered;
use crate::order::transition::{Step, transition};
use crate::order::written::{Level, Written};
use crate::sql;

/// Everything that is granted or revoked on the objects of one database, or of the cluster.
pub(crate) fn grants(
    observed: &Catalog,
    changes: &[Change],
    database: Option<&DatabaseName>,
    acting: &Acting<'_>,
    ordered: &mut Ordered,
) {
    let births = Births::of(observed, changes);
    let mut groups = Groups::default();
    for (object, indexes) in by_object(changes, database) {
        let Some(before) = births.object_before(object) else {
            indexes.iter().for_each(|(index, _)| ordered.block(*index, format!("{object} is not there")));
            continue;
        };
        let from = acls(object.key.class, &before);
        let mut to = from.clone();
        for (_, change) in &indexes {
            alter(&mut to, change);
        }
        match transition(from, &to, &acting.authority) {
            Ok(steps) => groups.add(object, steps, &indexes, &before.owner, acting),
            Err(reason) => indexes.iter().for_each(|(index, _)| ordered.block(*index, reason.clone())),
        }
    }
    let written = groups.write();
    let (on_schemas, on_objects): (Vec<_>, Vec<_>) =
        written.into_iter().partition(|statement| statement.on == Level::Schemas);
    let loans = match database {
        Some(database) => loans::needed(&births.schemas_after(changes, database), &on_objects, acting),
        None => Vec::new(),
    };
    let write = |statements: Vec<Written>, ordered: &mut Ordered| {
        for statement in statements {
            let changes = statement.changes.into_iter().collect();
            ordered.grouped(database, statement.as_role.as_ref(), changes, statement.sql);
        }
    };
    write(on_schemas, ordered);
    for loan in &loans {
        ordered.grouped(database, loan.lender.as_ref(), loan.changes.clone(), loan.lend());
    }
    write(on_objects, ordered);
    for loan in &loans {
        ordered.grouped(database, loan.lender.as_ref(), loan.changes.clone(), loan.take_back());
    }
}

type Indexed<'a> = Vec<(usize, &'a Change)>;

fn by_object<'a>(
    changes: &'a [Change],
    database: Option<&DatabaseName>,
) -> BTreeMap<&'a ObjectRef, Indexed<'a>> {
    let mut objects: BTreeMap<&ObjectRef, Indexed<'_>> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        if let Some(target) = acl_target(change)
            && target.object.database.as_ref() == database
        {
            objects.entry(&target.object).or_default().push((index, change));
        }
    }
    objects
}

fn acls(class: Class, object: &Object) -> ObjectAcls {
    ObjectAcls {
        class,
        owner: object.owner.clone(),
        whole: object.acl.clone(),
        columns: object.columns.clone(),
    }
}

fn alter(acls: &mut ObjectAcls, change: &Change) {
    let Some(target) = acl_target(change) else { return };
    match &target.column {
        None => alter_acl(&mut acls.whole, change),
        Some(column) => {
            let acl = acls.columns.entry(column.clone()).or_default();
            alter_acl(acl, change);
            if acl.is_empty() {
                acls.columns.remove(column);
            }
        }
    }
}

/// Everything that must be equal for steps on several objects to be one statement, but for the grantee.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    /// Schemas before what is in them.
    on: Level,
    round: u32,
    as_role: Option<RoleName>,
    verb: Verb,
    keyword: &'static str,
    privileges: String,
}

#[derive(Default)]
struct Groups(BTreeMap<(Kind, Grantee), BTreeMap<ObjectKey, BTreeSet<usize>>>);

impl Groups {
    fn add(
        &mut self,
        object: &ObjectRef,
        steps: Vec<Step>,
        changes: &Indexed<'_>,
        owner: &RoleName,
        acting: &Acting<'_>,
    ) {
        let Some(keyword) = object.key.class.grant_keyword() else { return };
        let mut columns: BTreeMap<(u32, Operation), ColumnLists> = BTreeMap::new();
        let kind = |round, op: &Operation, privileges: String| Kind {
            on: if object.key.class == Class::Schema { Level::Schemas } else { Level::Objects },
            round,
            as_role: match op.grantor == *owner {
                true => acting.as_owner(owner),
                false => Some(op.grantor.clone()),
            },
            verb: op.verb,
            keyword,
            privileges,
        };
        let carried_out = carried_out(&steps, changes);
        for (Step { round, operation }, change) in steps.into_iter().zip(carried_out) {
            let text = match &operation.column {
                None => operation.privileges.to_string(),
                Some(column) => {
                    // All columns of one round and grantee go into one list, keyed by the step without its column.
                    let whole =
                        Operation { column: None, privileges: Default::default(), ..operation.clone() };
                    let lists = columns.entry((round, whole)).or_default();
                    for privilege in operation.privileges.iter() {
                        lists.columns.entry(privilege).or_default().push(column.clone());
                    }
                    lists.indexes.extend(change);
                    continue;
                }
            };
            let key = (kind(round, &operation, text), operation.grantee.clone());
            self.0.entry(key).or_default().entry(object.key.clone()).or_default().extend(change);
        }
        for ((round, operation), lists) in columns {
            let text = sql::grant::column_lists(&lists.columns);
            let key = (kind(round, &operation, text), operation.grantee.clone());
            self.0.entry(key).or_default().entry(object.key.clone()).or_default().extend(lists.indexes);
        }
    }

    /// Grantees with the same list of objects share a statement.
    fn write(self) -> Vec<Written> {
        let mut written = Vec::new();
        let mut merged: BTreeMap<(Kind, Vec<ObjectKey>), Merged> = BTreeMap::new();
        for ((kind, grantee), objects) in self.0 {
            let (keys, indexes): (Vec<ObjectKey>, Vec<BTreeSet<usize>>) = objects.into_iter().unzip();
            let group = merged.entry((kind, keys)).or_default();
            group.grantees.push(grantee);
            group.indexes.push(indexes);
        }
        for ((kind, keys), group) in merged {
            let names: Vec<String> = keys.iter().map(sql::grant::name).collect();
            for chunk in sql::grant::chunks(&names) {
                let indexes: BTreeSet<usize> = group
                    .indexes
                    .iter()
                    .flat_map(|of_grantee| of_grantee.get(chunk.clone()).into_iter().flatten())
                    .flatten()
                    .copied()
                    .collect();
                let objects = names.get(chunk.clone()).unwrap_or_default();
                written.push(Written {
                    on: kind.on,
                    as_role: kind.as_role.clone(),
                    objects: keys.get(chunk).unwrap_or_default().to_vec(),
                    changes: indexes,
                    sql: sql::grant::acl(kind.verb, &kind.privileges, kind.keyword, objects, &group.grantees),
                });
            }
        }
        written
    }
}

#[derive(Default)]
struct Merged {
    grantees: Vec<Grantee>,
    indexes: Vec<Vec<BTreeSet<usize>>>,
}

/// The columns of one step, by privilege.
#[derive(Default)]
struct ColumnLists {
    columns: BTreeMap<Privilege, Vec<Name>>,
    indexes: BTreeSet<usize>,
}

/// The changes that each step carries out. What is granted again after a REVOKE took it along is for the change that
/// did; what one step takes along is that step's, too.
fn carried_out(steps: &[Step], changes: &Indexed<'_>) -> Vec<Vec<usize>> {
    let mut carried: Vec<Vec<usize>> = steps
        .iter()
        .map(|step| {
            let like = |(_, change): &&(usize, &Change)| Reverse(likeness(&step.operation, change));
            changes.iter().min_by_key(like).map(|(index, _)| *index).into_iter().collect()
        })
        .collect();
    let covered: BTreeSet<usize> = carried.iter().flatten().copied().collect();
    for (index, change) in changes.iter().filter(|(index, _)| !covered.contains(index)) {
        let like = |(_, step): &(usize, &Step)| Reverse(likeness(&step.operation, change));
        let step = steps.iter().enumerate().min_by_key(like).map(|(position, _)| position);
        carried.get_mut(step.unwrap_or(0)).into_iter().for_each(|carried| carried.push(*index));
    }
    carried
}

fn likeness(op: &Operation, change: &Change) -> (bool, bool, bool) {
    let (same_pair, same_verb) = match change {
        Change::Grant { entry, .. } => (
            entry.grantee == op.grantee && entry.grantor == op.grantor,
            matches!(op.verb, Verb::Grant | Verb::GrantWithOption),
        ),
        Change::Revoke { entry, .. } => {
            (entry.grantee == op.grantee && entry.grantor == op.grantor, matches!(op.verb, Verb::Revoke(_)))
        }
        Change::RevokeGrantOption { grantee, grantor, .. } => {
            (*grantee == op.grantee && *grantor == op.grantor, matches!(op.verb, Verb::RevokeOption(_)))
        }
        _ => (false, false),
    };
    let same_column = acl_target(change).is_some_and(|target| target.column == op.column);
    (same_pair, same_pair && same_column, same_pair && same_verb)
}
