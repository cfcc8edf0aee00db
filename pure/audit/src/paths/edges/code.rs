//! Code that is in place and somebody else's: what a low role owns runs as whoever comes along.

use std::collections::BTreeSet;

use pgward_catalog::acl::Grantee;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{ObjectKey, ObjectRef, Origin};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::role::Attribute;

use crate::finding::Fix;
use crate::paths::edges::found::{Edges, Step};
use crate::paths::edges::holding::{holds, may_use_schema};
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::Placed;
use crate::study::mending::change_owner;
use pgward_survey::anatomy::{Anatomy, Use, User};

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    for (database, _, anatomy) in edges.study.databases() {
        for used in anatomy.uses.iter().filter(|used| used.is_enabled()) {
            let runs_code = used.is_code() || matches!(used.by, User::DomainOfColumn(_));
            if runs_code && used.target_origin == Origin::User {
                add_use(edges, database, used);
            }
        }
        subscriptions(edges, database, anatomy);
        schemas(edges, database);
    }
    for placed in edges.study.made().filter(|placed| placed.key.class.is_routine()) {
        calls(edges, &placed);
    }
}

/// What a routine calls runs as its owner: always, if it is SECURITY DEFINER, and else when its owner runs it.
fn calls(edges: &mut Edges<'_, '_>, placed: &Placed<'_>) {
    let study = edges.study;
    let runner = &placed.object.owner;
    let Some(facts) = placed.object.routine() else { return };
    for (key, object) in study.routines_called(placed, facts) {
        let author = &object.owner;
        let is_planted = object.origin == Origin::User
            && author != runner
            && !study.acts_as(author, runner)
            && study.is_within_reach(author)
            && study.may_rewrite(placed.database, key, author);
        if !is_planted {
            continue;
        }
        let at = Grantee::Role(author.clone());
        let may_call = holds(study, &placed.at(), &at, Privilege::Execute)
            && may_use_schema(study, placed.database, placed.key, &at);
        let step = Step {
            mechanism: Mechanism::RoutineFunction,
            precondition: if facts.security_definer && may_call && !facts.trigger {
                Precondition::Login
            } else {
                Precondition::Victim
            },
            database: Some(placed.database),
            cause: format!(
                "{key} in database {}, owned by {}, is called by {}, owned by {}",
                placed.database.quoted(),
                author.quoted(),
                placed.key,
                runner.quoted()
            ),
            fix: study.hand_over(placed.database, key, runner),
            object: Some(ObjectRef::within(placed.database, key.clone())),
        };
        let to = edges.identity(runner);
        edges.add(author, to, step);
    }
}

fn add_use(edges: &mut Edges<'_, '_>, database: &DatabaseName, used: &Use) {
    let (mechanism, runs_as_owner) = match &used.by {
        User::Trigger { .. } => (Mechanism::TriggerFunction, true),
        User::EventTrigger { .. } => (Mechanism::EventTriggerFunction, false),
        User::View | User::RewriteRule(_) => (Mechanism::ViewFunction, false),
        // REFRESH runs it as the owner.
        User::MaterializedView => (Mechanism::ViewFunction, true),
        User::Index(_)
        | User::Default(_)
        | User::Generated(_)
        | User::Check(_)
        | User::DomainCheck(_)
        | User::Statistics(_)
        | User::PartitionKey => (Mechanism::ExpressionFunction, true),
        // The domain's owner adds a check with a function of their own; it runs as whoever writes the column.
        User::DomainOfColumn(_) => (Mechanism::DomainOwner, true),
        User::Policy(_) => return policy(edges, database, used),
        User::Cast(_) | User::Operator | User::Type | User::OperatorClass => {
            (Mechanism::OperatorFunction, false)
        }
        // What routines call is asked of them, whose texts name more than is known as a use.
        User::Aggregate | User::Language | User::Routine => return,
    };
    let runs = match (runs_as_owner, &used.by) {
        // A materialized view's query runs when it is refreshed, as its owner; reading it runs nothing.
        (true, User::MaterializedView) => Runs::As(&used.on_owner),
        (true, _) => Runs::AsBoth(&used.on_owner),
        (false, _) => Runs::AsAnybody,
    };
    let study = edges.study;
    let may_plant = match used.by {
        // Its owner adds a check with a function of their own, wherever they may make one.
        User::DomainOfColumn(_) => {
            study.may_make_code(database, &used.target_owner)
                || study
                    .logins_reaching(&used.target_owner)
                    .into_iter()
                    .any(|login| study.may_make_code(database, login))
        }
        _ => study.may_rewrite(database, &used.target, &used.target_owner),
    };
    if study.is_within_reach(&used.target_owner)
        && (used.target_owner != used.on_owner || study.is_of_others_columns(database, used))
        && may_plant
    {
        let fix = study.hand_over(
            database,
            &used.target,
            study.keeper(database, &used.target, Some(new_owner(edges, used))),
        );
        plant(edges, database, &used.target_owner, &used.target, (mechanism, fix), runs);
    }
    // A view's own owner may replace its query, and the functions it calls run as its reader.
    if matches!(used.by, User::View)
        && study.is_within_reach(&used.on_owner)
        && study.may_rewrite(database, &used.on, &used.on_owner)
    {
        let fix = change_owner(&used.on, &study.catalog.bootstrap);
        plant(edges, database, &used.on_owner, &used.on, (mechanism, fix), Runs::AsAnybody);
    }
}

/// A policy's function runs as whoever the policy holds back: those who may use the table, and its owner where it is forced.
/// Superusers and BYPASSRLS never come to it.
fn policy(edges: &mut Edges<'_, '_>, database: &DatabaseName, used: &Use) {
    let study = edges.study;
    if !study.is_within_reach(&used.target_owner)
        || !study.may_rewrite(database, &used.target, &used.target_owner)
    {
        return;
    }
    let Some(contents) = study.catalog.databases.get(database) else { return };
    let Some(table) = contents.objects.get(&used.on) else { return };
    let Some(rows) = table.row_security().filter(|rows| rows.enabled) else { return };
    let columns = table.columns.values().flat_map(|acl| acl.entries());
    let entries = table.acl.entries().iter().chain(columns);
    let mut held: BTreeSet<&RoleName> = entries
        .filter(|entry| ROW_PRIVILEGES.iter().any(|privilege| entry.privileges.contains(*privilege)))
        .filter_map(|entry| entry.grantee.role())
        .filter(|role| rows.forced || **role != table.owner)
        .collect();
    if rows.forced {
        held.insert(&table.owner);
    }
    for victim in held.into_iter().filter(|role| **role != used.target_owner) {
        let bypasses = study
            .catalog
            .roles
            .get(victim)
            .is_none_or(|role| role.has(Attribute::Superuser) || role.has(Attribute::BypassRls));
        if !bypasses {
            let fix = study.hand_over(database, &used.target, &table.owner);
            let runs = (Mechanism::PolicyFunction, fix);
            plant(edges, database, &used.target_owner, &used.target, runs, Runs::As(victim));
        }
    }
}

fn new_owner<'e>(edges: &'e Edges<'_, '_>, used: &'e Use) -> &'e RoleName {
    // Event triggers belong to superusers; so should what they run.
    match used.by {
        User::EventTrigger { .. } => &edges.study.catalog.bootstrap,
        _ => &used.on_owner,
    }
}

fn plant(
    edges: &mut Edges<'_, '_>,
    database: &DatabaseName,
    from: &RoleName,
    owned: &ObjectKey,
    (mechanism, fix): (Mechanism, Fix),
    runs: Runs<'_>,
) {
    let cause =
        format!("{owned} in database {}, owned by {}, is run by others", database.quoted(), from.quoted());
    let step = |fix: Fix| Step {
        mechanism,
        precondition: Precondition::Victim,
        database: Some(database),
        cause: cause.clone(),
        fix,
        object: Some(ObjectRef::within(database, owned.clone())),
    };
    if let Runs::As(victim) | Runs::AsBoth(victim) = runs {
        let victim = edges.identity(victim);
        edges.add(from, victim, step(fix.clone()));
    }
    if let Runs::AsAnybody | Runs::AsBoth(_) = runs {
        edges.add(from, Node::Sink(Sink::Superuser), step(fix));
    }
}

/// Who runs it.
#[derive(Clone, Copy)]
enum Runs<'r> {
    /// This role.
    As(&'r RoleName),
    /// Whoever comes along, a superuser among them.
    AsAnybody,
    /// This role by itself, and whoever comes along.
    AsBoth(&'r RoleName),
}

const ROW_PRIVILEGES: [Privilege; 4] =
    [Privilege::Select, Privilege::Insert, Privilege::Update, Privilege::Delete];

/// Who owns a schema puts a table of their own, with a trigger, where somebody else's was.
fn schemas(edges: &mut Edges<'_, '_>, database: &DatabaseName) {
    let study = edges.study;
    let Some((database, _)) = study.catalog.databases.get_key_value(database) else { return };
    for (schema, over, placed) in study.at_the_mercy_of_schemas(database) {
        let owner = &placed.object.owner;
        let step = Step {
            mechanism: Mechanism::SchemaOwner,
            precondition: Precondition::Victim,
            database: Some(database),
            cause: format!(
                "{schema} in database {}, owned by {}, has {} of {} in it",
                database.quoted(),
                over.quoted(),
                placed.key,
                owner.quoted()
            ),
            fix: change_owner(schema, owner),
            object: Some(placed.at()),
        };
        let to = edges.identity(owner);
        edges.add(over, to, step);
    }
}

fn subscriptions(edges: &mut Edges<'_, '_>, database: &DatabaseName, anatomy: &Anatomy) {
    for subscription in anatomy.subscriptions.iter().filter(|subscription| subscription.runs_as_owner) {
        let Some(contents) = edges.study.catalog.databases.get(database) else { continue };
        for table in &subscription.tables {
            let Some(owner) = contents.objects.get(table).map(|object| &object.owner) else { continue };
            if *owner == subscription.owner || !edges.study.is_within_reach(owner) {
                continue;
            }
            let to = edges.identity(&subscription.owner);
            let name = subscription.name.quoted();
            let fix = if edges.study.version().major() >= 16 {
                Fix::sql(format!("ALTER SUBSCRIPTION {name} SET (run_as_owner = false)"))
            } else {
                change_owner(table, &subscription.owner)
            };
            let step = Step {
                mechanism: Mechanism::SubscriptionApply,
                precondition: Precondition::Victim,
                database: Some(database),
                cause: format!("subscription {name} in database {} writes to {table}", database.quoted()),
                fix,
                object: Some(ObjectRef::within(database, table.clone())),
            };
            edges.add(owner, to, step);
        }
    }
}
