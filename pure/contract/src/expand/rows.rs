//! Row security as it should be, and tables whose rows nobody decided about.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, SchemaName};
use pgward_catalog::object::{Facts, Object, ObjectKey, ObjectRef, Origin};
use pgward_catalog::policy::{Policy, PolicyCommand, PolicyKind, RowSecurity};

use crate::expand::acl::grantee;
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::standing::Standing;
use crate::expand::work::{Work, Works};
use crate::form::scalar::Scalar;
use crate::model::database::{Database, RowSecurity as Rule};
use crate::model::rows::{self, Rows};
use crate::pattern::object::ObjectName;

/// Gives each table the row security it should have: what `rows` says, or none.
pub fn apply(expanding: &mut Expanding<'_>, said: &Database, database: &DatabaseName, works: &mut Works<'_>) {
    let mut decided: BTreeSet<ObjectKey> = BTreeSet::new();
    for (name, rows) in &said.rows {
        let keys = [Class::Table, Class::PartitionedTable]
            .map(|class| ObjectKey::in_schema(class, name.schema.as_str(), name.name.as_str()));
        let Some((work, key)) = keys
            .into_iter()
            .find(|key| works.contains_key(key))
            .and_then(|key| Some((works.get_mut(&key)?, key)))
        else {
            expanding.drift.push(missing(&name.value, database).at(name.span));
            continue;
        };
        if work.ignored {
            continue;
        }
        if !work.described {
            expanding.reach.objects.insert(ObjectRef::within(database, key.clone()));
        }
        set(work, wanted(rows));
        decided.insert(key);
    }
    // INVARIANT: an absence never opens rows. What is there without being said stays, and is reported.
    let unsaid = works.iter().filter(|(_, work)| !work.ignored && work.facts.is_none());
    report(expanding, database, unsaid.map(|(key, work)| (*key, work.found)));
    if said.row_security() == Rule::Required {
        report_undecided(expanding, database, &decided, works);
    }
}

/// Reports tables with row security that the contract says nothing about.
pub fn report<'o>(
    expanding: &mut Expanding<'_>,
    database: &DatabaseName,
    tables: impl Iterator<Item = (&'o ObjectKey, &'o Object)>,
) {
    for (key, object) in tables {
        let Some(there) = object.row_security() else { continue };
        let mut what = Vec::new();
        if there.enabled {
            what.push("row security enabled".to_owned());
        }
        if there.forced {
            what.push("row security forced on its owner".to_owned());
        }
        what.extend(there.policies.keys().map(|name| format!("policy {}", name.quoted())));
        if what.is_empty() {
            continue;
        }
        let message = format!("{key} has {}, and the contract does not say so", what.join(", "));
        let hint = "write an entry under `rows`, or undo it with ALTER TABLE and DROP POLICY; nobody is shown more rows \
                    because an entry is missing";
        let drift = Drift::new(DriftKind::UnaccountedRows, message, hint).within(database);
        expanding.drift.push(drift.of_objects(vec![ObjectRef::within(database, key.clone())]));
    }
}

fn set(work: &mut Work<'_>, row_security: RowSecurity) {
    if let Facts::Table(found) = &work.found.facts {
        let mut facts = found.clone();
        facts.row_security = row_security;
        work.facts = Some(Facts::Table(facts));
    }
}

/// What an entry of `rows` asks for.
pub fn wanted(rows: &Rows) -> RowSecurity {
    if rows.none() {
        return RowSecurity::default();
    }
    let policies = rows.policies.iter().map(|(name, policy)| {
        let policy = Policy {
            kind: match policy.r#as() {
                rows::PolicyKind::Permissive => PolicyKind::Permissive,
                rows::PolicyKind::Restrictive => PolicyKind::Restrictive,
            },
            command: match policy.r#for() {
                rows::PolicyCommand::All => PolicyCommand::All,
                rows::PolicyCommand::Select => PolicyCommand::Select,
                rows::PolicyCommand::Insert => PolicyCommand::Insert,
                rows::PolicyCommand::Update => PolicyCommand::Update,
                rows::PolicyCommand::Delete => PolicyCommand::Delete,
            },
            roles: policy.to.iter().map(|to| grantee(to)).collect(),
            using: policy.using.as_ref().map(|text| text.as_str().to_owned()),
            check: policy.check.as_ref().map(|text| text.as_str().to_owned()),
        };
        (Name::from(name.as_str()), policy)
    });
    RowSecurity { enabled: rows.enable(), forced: rows.force(), policies: policies.collect() }
}

/// Policies for roles that leave lose them; one that is left for nobody goes with them.
pub fn without_leaving(expanding: &Expanding<'_>, row_security: &mut RowSecurity) {
    row_security.policies.retain(|_, policy| {
        let before = policy.roles.len();
        policy.roles.retain(|to| match to {
            Grantee::Public => true,
            Grantee::Role(role) => !expanding.standings.is_leaving(role),
        });
        before == 0 || !policy.roles.is_empty()
    });
}

/// Policies of a database that the contract does not describe let no declared role see rows.
pub fn without_declared(expanding: &Expanding<'_>, row_security: &mut RowSecurity) {
    row_security.policies.retain(|_, policy| {
        let before = policy.roles.len();
        policy.roles.retain(|to| {
            to.role().is_none_or(|role| expanding.standings.standing(role) != Standing::Declared)
        });
        before == 0 || !policy.roles.is_empty()
    });
}

fn report_undecided(
    expanding: &mut Expanding<'_>,
    database: &DatabaseName,
    decided: &BTreeSet<ObjectKey>,
    works: &Works<'_>,
) {
    let mut undecided: BTreeMap<SchemaName, Vec<ObjectRef>> = BTreeMap::new();
    for (key, work) in works {
        let (Some(schema), Facts::Table(table)) = (&key.schema, &work.found.facts) else { continue };
        let counts = key.class.has_row_security() && work.described && work.found.origin == Origin::User;
        // Through its parent a partition is under the parent's policies.
        let through_parent = table.partition_of.as_ref().is_some_and(|parent| decided.contains(parent))
            && work.wanted.given.is_empty();
        if counts && !work.ignored && !decided.contains(*key) && !through_parent {
            undecided.entry(schema.clone()).or_default().push(ObjectRef::within(database, (*key).clone()));
        }
    }
    for (schema, tables) in undecided {
        let names: Vec<&str> = tables.iter().take(3).map(|table| table.key.name.as_str()).collect();
        let more = if tables.len() > names.len() { ", ..." } else { "" };
        let what = match tables.len() {
            1 => "1 table".to_owned(),
            many => format!("{many} tables"),
        };
        let names = names.join(", ");
        let message = format!(
            "nobody has decided about the rows of {what} in schema {}: {names}{more}",
            schema.quoted()
        );
        let hint = "the database says `row_security: required`: write an entry under `rows` for each, with policies, or with \
                    `none: true` and the reason";
        let drift = Drift::new(DriftKind::RowsUndecided, message, hint).within(database);
        expanding.drift.push(drift.of_objects(tables));
    }
}

fn missing(name: &ObjectName, database: &DatabaseName) -> Drift {
    let message = format!("table {} does not exist", name.text());
    let hint = "create it (a migration does), correct its name, or remove it from `rows`";
    Drift::new(DriftKind::Missing, message, hint).within(database)
}
