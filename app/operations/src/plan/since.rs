//! Since when something is not as the contract says, where the server keeps it (B8).
//!
//! Asked of the server beside the plan and no part of it: a plan is bound to what is there, not to when it came about.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_contract::expand::drift::Drift;
use pgward_plan::change::Change;
use pgward_plan::words::scope_words;
use pgward_postgres::inspect::InspectError;
use pgward_postgres::last_written::{Written, commit_times_are_kept, last_written};

use crate::plan::Planned;
use crate::server::Server;

/// What the server says of when the differences of a plan came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    /// It does not keep when transactions are committed.
    NotKept,
    /// When what differs was last written, in UTC as RFC 3339 has it, and what that is; the newest first.
    Written(Vec<(String, String)>),
}

/// When what the plan changes or leaves alone was last written.
pub async fn since(server: &Server, planned: &Planned) -> Result<Since, InspectError> {
    if !commit_times_are_kept(server.home_session().client(), server.home()).await? {
        return Ok(Since::NotKept);
    }
    let mut told = Vec::new();
    for (database, asked) in by_database(server.home(), planned) {
        let Some(session) = server.session(&database) else { continue };
        let asked: Vec<Written> = asked.into_iter().collect();
        let moments = last_written(session.client(), &database, &asked).await?;
        let known = asked
            .iter()
            .zip(moments)
            .filter_map(|(written, moment)| Some((moment?, words(written, &database))));
        told.extend(known);
    }
    told.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    told.dedup();
    Ok(Since::Written(told))
}

/// What is asked in which database: where the object is, or at home.
fn by_database(home: &DatabaseName, planned: &Planned) -> BTreeMap<DatabaseName, BTreeSet<Written>> {
    let plan = &planned.plan;
    let changes = plan.changes.iter().map(|planned| &planned.change);
    let left = plan.beyond_executor.iter().chain(&plan.reported).map(|reported| &reported.change);
    let drift = planned.prepared.expansion.drift.iter().flat_map(of_drift);
    let mut asked: BTreeMap<DatabaseName, BTreeSet<Written>> = BTreeMap::new();
    for (database, written) in changes.chain(left).flat_map(of_change).chain(drift) {
        asked.entry(database.unwrap_or_else(|| home.clone())).or_default().insert(written);
    }
    asked
}

type Asked = (Option<DatabaseName>, Written);

/// The rows that say what a change would change.
fn of_change(change: &Change) -> Vec<Asked> {
    let object = |object: &ObjectRef, written: Written| (object.database.clone(), written);
    match change {
        Change::Grant { target, .. }
        | Change::Revoke { target, .. }
        | Change::RevokeGrantOption { target, .. } => {
            let key = target.object.key.clone();
            vec![object(
                &target.object,
                match &target.column {
                    Some(column) => Written::Column(key, column.clone()),
                    None => Written::Object(key),
                },
            )]
        }
        Change::CreatePolicy { table, name, .. }
        | Change::AlterPolicy { table, name, .. }
        | Change::DropPolicy { table, name, .. } => {
            vec![object(table, Written::Policy(table.key.clone(), name.clone()))]
        }
        Change::AlterRole { role, .. }
        | Change::DropRole { role, .. }
        | Change::SetPassword { role, .. }
        | Change::RemovePassword { role }
        | Change::PasswordDiffers { role, .. } => vec![(None, Written::Role(role.clone()))],
        Change::GrantMembership { membership, .. }
        | Change::AlterMembership { membership, .. }
        | Change::RevokeMembership { membership, .. } => {
            vec![(None, Written::Memberships(membership.member.clone()))]
        }
        Change::SetSetting { scope, .. } | Change::ResetSetting { scope, .. } => {
            vec![(None, Written::Settings(scope.clone()))]
        }
        Change::GrantDefault { database, default, .. }
        | Change::RevokeDefault { database, default, .. }
        | Change::RevokeDefaultGrantOption { database, default, .. } => {
            vec![(Some(database.clone()), Written::Defaults(default.creator.clone()))]
        }
        other => other
            .object()
            .map(|found| object(found, Written::Object(found.key.clone())))
            .into_iter()
            .collect(),
    }
}

/// The rows that drift can come from: its objects, or what its role is and belongs to.
fn of_drift(drift: &Drift) -> Vec<Asked> {
    if drift.objects.is_empty() {
        let roles = drift.role.iter();
        return roles
            .flat_map(|role| [Written::Role(role.clone()), Written::Memberships(role.clone())])
            .map(|written| (None, written))
            .collect();
    }
    drift
        .objects
        .iter()
        .map(|object| (object.database.clone(), Written::Object(object.key.clone())))
        .collect()
}

fn words(written: &Written, database: &DatabaseName) -> String {
    let object = |key: &ObjectKey| {
        let database = (!key.class.is_cluster_wide()).then(|| database.clone());
        ObjectRef { database, key: key.clone() }
    };
    match written {
        Written::Object(key) => object(key).to_string(),
        Written::Column(key, column) => format!("column {} of {}", column.quoted(), object(key)),
        Written::Policy(key, policy) => format!("policy {} on {}", policy.quoted(), object(key)),
        Written::Role(role) => format!("role {}", role.quoted()),
        Written::Memberships(role) => format!("memberships of role {}", role.quoted()),
        Written::Settings(scope) => format!("settings of {}", scope_words(scope)),
        Written::Defaults(role) => {
            format!("default privileges of role {} in database {}", role.quoted(), database.quoted())
        }
    }
}
