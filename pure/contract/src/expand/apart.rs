//! What pgward alters nothing of, so that what differs is reported: subscriptions, event triggers, user mappings, casts, triggers that
//! do not simply fire, and whether languages are trusted. They are as the contract lists them, or as PostgreSQL makes them.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::language::made_trusted;
use pgward_catalog::name::{DatabaseName, Name, quote_literal};
use pgward_catalog::object::{Facts, Object, ObjectKey, ObjectRef, Origin};

use crate::expand::acl::grantee;
use crate::expand::casts::{self, is_routine};
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::firing;
use crate::expand::foreign::{self, mapping};
use crate::expand::rules;
use crate::form::collection::Map;
use crate::form::scalar::Scalar;
use crate::model::database::{Database, Fires};
use crate::source::span::Spanned;

/// Reports what differs in one database.
pub fn report(
    expanding: &mut Expanding<'_>,
    said: Option<&Database>,
    database: &DatabaseName,
    found: &Contents,
) {
    let mut drift = Vec::new();
    for (key, object) in found.objects.iter().filter(|(_, object)| object.origin == Origin::User) {
        let (kind, different) = match &object.facts {
            Facts::Subscription { .. } => subscription(said, key, object),
            Facts::EventTrigger { .. } => event_trigger(said, key, object),
            _ => continue,
        };
        let object = ObjectRef::within(database, key.clone());
        let about = |message: String| {
            let hint = match key.class {
                Class::Subscription => {
                    "write it under `subscriptions`, or undo it with ALTER or DROP SUBSCRIPTION"
                }
                _ => "write it under `event_triggers`, or undo it with ALTER or DROP EVENT TRIGGER",
            };
            Drift::new(kind, message, hint).within(database).of_objects(vec![object.clone()])
        };
        drift.extend(different.into_iter().map(about));
    }
    firing::report(expanding, said, database, found, &mut drift);
    casts::report(said, database, found, &mut drift);
    rules::report(expanding, said, database, found, &mut drift);
    languages(said, database, found, &mut drift);
    user_mappings(said, database, found, &mut drift);
    foreign::report(said, database, found, &mut drift);
    if let Some(said) = said {
        missing(said, database, found, &mut drift);
    }
    expanding.drift.append(&mut drift);
}

fn subscription(said: Option<&Database>, key: &ObjectKey, object: &Object) -> (DriftKind, Vec<String>) {
    let Facts::Subscription { enabled, run_as_owner, password_required, publications, connection } =
        &object.facts
    else {
        return (DriftKind::UnaccountedOption, Vec::new());
    };
    let following = |names: &[Name]| names.iter().map(Name::quoted).collect::<Vec<_>>().join(", ");
    let Some(wanted) = said.and_then(|said| listed(&said.subscriptions, &key.name)) else {
        let state = if *enabled { "is enabled" } else { "is not enabled" };
        let message = format!(
            "{key} follows {} and {state}, and the contract does not list it",
            following(publications)
        );
        return (DriftKind::UnaccountedObject, vec![message]);
    };
    let options = [
        ("enabled", *enabled, wanted.enabled()),
        ("run_as_owner", *run_as_owner, wanted.run_as_owner()),
        ("password_required", *password_required, wanted.password_required()),
    ];
    let different = options.into_iter().filter(|(_, found, wanted)| found != wanted);
    let mut different: Vec<String> = different
        .map(|(option, found, wanted)| format!("{key} has {option} {found}, and should have {wanted}"))
        .collect();
    if let Some(wanted) = &wanted.publications {
        let mut wanted: Vec<Name> = wanted.iter().map(|name| Name::from(name.as_str())).collect();
        wanted.sort();
        wanted.dedup();
        if wanted != *publications {
            different.push(format!(
                "{key} follows the publications {}, and should follow {}",
                following(publications),
                following(&wanted)
            ));
        }
    }
    if let (Some(wanted), Some(is)) = (&wanted.connection, connection)
        && wanted.as_str() != is
    {
        different.push(format!(
            "{key} connects otherwise than the contract has sealed; what stands for its connection now is '{is}'"
        ));
    }
    (DriftKind::UnaccountedOption, different)
}

fn event_trigger(said: Option<&Database>, key: &ObjectKey, object: &Object) -> (DriftKind, Vec<String>) {
    let Facts::EventTrigger { event, enabled, function, tags } = &object.facts else {
        return (DriftKind::UnaccountedOption, Vec::new());
    };
    let found = Fires::of(*enabled);
    let Some(wanted) = said.and_then(|said| listed(&said.event_triggers, &key.name)) else {
        let message = format!(
            "{key} runs {function} on {event} and {}, and the contract does not list it",
            found.said()
        );
        return (DriftKind::UnaccountedObject, vec![message]);
    };
    let mut different = Vec::new();
    if found != wanted.fires() {
        different.push(format!(
            "{key} {}, and the contract wants that it {}",
            found.said(),
            wanted.fires().said()
        ));
    }
    if let Some(wanted) = wanted.event.as_ref().filter(|wanted| wanted.as_str() != event) {
        different.push(format!("{key} fires on {event}, and should on {}", wanted.value));
    }
    if let Some(wanted) = wanted.function.as_ref().filter(|wanted| !is_routine(function, wanted)) {
        different.push(format!("{key} runs {function}, and should run function {}", wanted.text()));
    }
    if let Some(wanted) = &wanted.tags {
        let of = |tags: &BTreeSet<&str>| match tags.is_empty() {
            true => "all commands".to_owned(),
            false => tags.iter().copied().collect::<Vec<_>>().join(", "),
        };
        let (is, wanted): (BTreeSet<&str>, BTreeSet<&str>) =
            (tags.iter().map(String::as_str).collect(), wanted.iter().map(|tag| tag.as_str()).collect());
        if is != wanted {
            different.push(format!("{key} fires for {}, and should for {}", of(&is), of(&wanted)));
        }
    }
    (DriftKind::UnaccountedOption, different)
}

/// Languages of whatever origin: the mark can be flipped on those that initdb and extensions made.
fn languages(said: Option<&Database>, database: &DatabaseName, found: &Contents, drift: &mut Vec<Drift>) {
    let there = found.objects.iter().filter_map(|(key, object)| match object.facts {
        Facts::Language { trusted } => Some((&key.name, trusted)),
        _ => None,
    });
    let mut there: BTreeMap<&Name, bool> = there.collect();
    let as_made: Vec<(Name, bool)> =
        FROM_INITDB.into_iter().filter_map(|name| Some((Name::from(name), made_trusted(name)?))).collect();
    for (name, trusted) in &as_made {
        // What is as initdb makes it is not in the catalog.
        there.entry(name).or_insert(*trusted);
    }
    for (name, trusted) in &there {
        let written = said.and_then(|said| listed(&said.languages, name));
        let known = made_trusted(name.as_str());
        let wanted = written.map_or(known.unwrap_or(false), |said| said.trusted.value);
        if *trusted == wanted {
            continue;
        }
        let word = if *trusted { "trusted" } else { "not trusted" };
        let why = match (written, known) {
            (Some(_), _) => "and the contract says otherwise",
            (None, Some(_)) => "which is not how it is made",
            (None, None) => "and the contract does not say so",
        };
        let message = format!("language {} is marked as {word}, {why}", name.quoted());
        let hint = format!(
            "no ALTER LANGUAGE takes it back, so a superuser has to: UPDATE pg_catalog.pg_language SET lanpltrusted = {wanted} \
             WHERE lanname = {}; or write it down: `languages: {{{name}: {{trusted: {trusted}}}}}`",
            quote_literal(name.as_str()),
        );
        drift.push(Drift::new(DriftKind::UnaccountedOption, message, hint).within(database));
    }
    for (name, _) in said.iter().flat_map(|said| &said.languages) {
        if !there.contains_key(&Name::from(name.as_str())) {
            let message = format!("language \"{}\" does not exist", name.value);
            let hint = "create it, correct its name, or remove it from `languages`";
            drift.push(Drift::new(DriftKind::Missing, message, hint).within(database).at(name.span));
        }
    }
}

fn user_mappings(said: Option<&Database>, database: &DatabaseName, found: &Contents, drift: &mut Vec<Drift>) {
    let mut there: BTreeMap<Name, BTreeMap<String, &ObjectKey>> = BTreeMap::new();
    for (key, object) in &found.objects {
        if let Facts::UserMapping { server, .. } = &object.facts {
            there.entry(server.clone()).or_default().insert(key.name.as_str().to_owned(), key);
        }
    }
    let mut wanted: BTreeMap<Name, BTreeSet<String>> = BTreeMap::new();
    for (server, principals) in said.iter().flat_map(|said| &said.user_mappings) {
        let server = Name::from(server.as_str());
        let named = principals.iter().map(|principal| mapping(&grantee(&principal.role), &server));
        wanted.entry(server.clone()).or_default().extend(named);
    }
    for (server, mappings) in &there {
        let listed = wanted.get(server);
        for (name, key) in
            mappings.iter().filter(|(name, _)| listed.is_none_or(|listed| !listed.contains(*name)))
        {
            let message = format!("{key} keeps credentials for {name}, and the contract does not say so");
            let hint =
                format!("list the role under `user_mappings: {{{server}: [...]}}`, or DROP USER MAPPING");
            let found = Drift::new(DriftKind::UnaccountedMapping, message, hint).within(database);
            drift.push(found.of_objects(vec![ObjectRef::within(database, (*key).clone())]));
        }
    }
    for (server, mappings) in &wanted {
        let known = there.get(server);
        for name in mappings.iter().filter(|name| known.is_none_or(|known| !known.contains_key(*name))) {
            let message = format!("user mapping {name} does not exist");
            let hint = "create it (CREATE USER MAPPING), or remove it from `user_mappings`";
            drift.push(Drift::new(DriftKind::Missing, message, hint).within(database));
        }
    }
}

fn missing(said: &Database, database: &DatabaseName, found: &Contents, drift: &mut Vec<Drift>) {
    let names = |class: Class| {
        let names: Vec<&Spanned<crate::name::Name>> = match class {
            Class::Subscription => said.subscriptions.keys().collect(),
            _ => said.event_triggers.keys().collect(),
        };
        names
    };
    for class in [Class::Subscription, Class::EventTrigger] {
        for name in names(class) {
            if found.objects.contains_key(&ObjectKey::bare(class, name.as_str())) {
                continue;
            }
            let message = format!("{} \"{}\" does not exist", class.word(), name.value);
            let hint = "create it, correct its name, or remove it from the contract";
            drift.push(Drift::new(DriftKind::Missing, message, hint).within(database).at(name.span));
        }
    }
}

/// What the contract lists under this name.
pub fn listed<'c, V>(map: &'c Map<crate::name::Name, V>, name: &Name) -> Option<&'c V> {
    map.iter().find(|(key, _)| key.as_str() == name.as_str()).map(|(_, value)| value)
}

/// The languages that are in every new database.
const FROM_INITDB: [&str; 4] = ["c", "internal", "plpgsql", "sql"];
