//! Code that is in place and somebody else's: what a low role owns runs as whoever comes along.

use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{ObjectKey, Origin};

use crate::finding::Fix;
use crate::paths::edges::{Edges, Step};
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::mending::change_owner;
use pgward_survey::anatomy::{Anatomy, Use, User};

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    for (database, _, anatomy) in edges.study.databases() {
        for used in anatomy.uses.iter().filter(|used| used.is_code() && used.is_enabled()) {
            if used.target_origin == Origin::User {
                add_use(edges, database, used);
            }
        }
        subscriptions(edges, database, anatomy);
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
        User::Policy(_) => (Mechanism::PolicyFunction, true),
        User::Cast(_) | User::Operator | User::Type | User::OperatorClass => {
            (Mechanism::OperatorFunction, false)
        }
        // They run as whoever calls what uses them, which is a step of its own only for definer functions.
        User::Aggregate | User::Language | User::Routine => return,
    };
    // A materialized view's query runs when it is refreshed, as its owner; reading it runs nothing.
    let reaches_readers = !matches!(used.by, User::MaterializedView);
    let study = edges.study;
    if study.is_low(&used.target_owner) && used.target_owner != used.on_owner {
        let fix = change_owner(&used.target, new_owner(edges, used));
        plant(
            edges,
            database,
            used,
            &used.target_owner,
            &used.target,
            (mechanism, fix),
            (runs_as_owner, reaches_readers),
        );
    }
    // A view's own owner may replace its query, and the functions it calls run as its reader.
    if matches!(used.by, User::View) && study.is_low(&used.on_owner) {
        let fix = change_owner(&used.on, &study.catalog.bootstrap);
        plant(edges, database, used, &used.on_owner, &used.on, (mechanism, fix), (false, true));
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
    used: &Use,
    from: &RoleName,
    owned: &ObjectKey,
    (mechanism, fix): (Mechanism, Fix),
    (runs_as_owner, reaches_readers): (bool, bool),
) {
    let cause =
        format!("{owned} in database {}, owned by {}, is run by others", database.quoted(), from.quoted());
    let step = |fix: Fix| Step {
        mechanism,
        precondition: Precondition::Victim,
        database: Some(database),
        cause: cause.clone(),
        fix,
    };
    if runs_as_owner {
        let owner = edges.identity(&used.on_owner);
        edges.add(from, owner, step(fix.clone()));
    }
    if reaches_readers {
        edges.add(from, Node::Sink(Sink::Superuser), step(fix));
    }
}

fn subscriptions(edges: &mut Edges<'_, '_>, database: &DatabaseName, anatomy: &Anatomy) {
    for subscription in anatomy.subscriptions.iter().filter(|subscription| subscription.runs_as_owner) {
        let Some(contents) = edges.study.catalog.databases.get(database) else { continue };
        for table in &subscription.tables {
            let Some(owner) = contents.objects.get(table).map(|object| &object.owner) else { continue };
            if *owner == subscription.owner || !edges.study.is_low(owner) {
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
            };
            edges.add(owner, to, step);
        }
    }
}
