//! What a rule looks at. Where there is nothing of it, finding nothing is no merit: the rule does not count as passed.

use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::{Object, ObjectKey, Origin};

use crate::study::Study;
use crate::study::authentication::map_of;

/// Why there is nothing that the rule could look at, in words; none: there is something, or the rule looks at what every server has.
pub fn absent(study: &Study<'_>, id: &str) -> Option<&'static str> {
    let (is_there, words): (bool, &str) = match id.split_once('.')? {
        ("access", _) => (study.survey.lent.is_some(), "no desk that lends this server"),
        ("fdw", _) => {
            (any(study, |key, _| is_foreign(key.class)), "no foreign-data wrapper, server or table")
        }
        ("func", "event_trigger_owner") => (has(study, Class::EventTrigger), "no event trigger"),
        ("func", name) if name != "cast_operator_low_owner" => {
            (any(study, |key, _| key.class.is_routine()), "no function or procedure")
        }
        ("hba", "map") => (
            study.survey.server.hba.iter().any(|line| map_of(line).is_some()),
            "no line of pg_hba.conf that goes by a map",
        ),
        ("job", _) => (has_extension(study, "pg_cron"), "no pg_cron"),
        ("lo", _) => (has(study, Class::LargeObject), "no large object"),
        ("matview", _) => (has(study, Class::MaterializedView), "no materialized view"),
        ("repl", "publication_all") => (has(study, Class::Publication), "no publication"),
        ("repl", _) => (has_subscription(study), "no subscription"),
        ("rls", "disabled_granted") => (has_table(study), "no table"),
        ("rls", _) => {
            (any(study, |_, object| is_protected(object)), "no table with row security or policies")
        }
        ("secdef", _) => (any(study, |_, object| is_definer(object)), "no SECURITY DEFINER routine"),
        ("table", _) => (has_table(study), "no table"),
        ("view", _) => (has(study, Class::View), "no view"),
        _ => return None,
    };
    (!is_there).then_some(words)
}

/// Whether there is such an object, in a database that was looked into, that initdb did not make.
fn any(study: &Study<'_>, is: impl Fn(&ObjectKey, &Object) -> bool) -> bool {
    let objects = study.catalog.databases.values().flat_map(|contents| &contents.objects);
    objects.into_iter().any(|(key, object)| object.origin != Origin::System && is(key, object))
}

fn has(study: &Study<'_>, class: Class) -> bool {
    any(study, |key, _| key.class == class)
}

fn has_table(study: &Study<'_>) -> bool {
    any(study, |key, _| {
        matches!(
            key.class,
            Class::Table
                | Class::PartitionedTable
                | Class::ForeignTable
                | Class::View
                | Class::MaterializedView
        )
    })
}

fn has_extension(study: &Study<'_>, name: &str) -> bool {
    study.survey.databases.values().any(|anatomy| anatomy.extensions.contains_key(&Name::from(name)))
}

fn has_subscription(study: &Study<'_>) -> bool {
    has(study, Class::Subscription)
        || study.survey.databases.values().any(|anatomy| !anatomy.subscriptions.is_empty())
}

fn is_foreign(class: Class) -> bool {
    matches!(
        class,
        Class::ForeignDataWrapper | Class::ForeignServer | Class::ForeignTable | Class::UserMapping
    )
}

fn is_protected(object: &Object) -> bool {
    object.row_security().is_some_and(|rows| rows.enabled || !rows.policies.is_empty())
}

fn is_definer(object: &Object) -> bool {
    object.routine().is_some_and(|routine| routine.security_definer)
}
