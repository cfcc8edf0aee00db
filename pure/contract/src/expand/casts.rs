//! Casts that somebody made: those that the contract does not list, or not so, are reported.

use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{CastContext, CastMethod, Facts, ObjectKey, ObjectRef, Origin};

use crate::expand::choice::takes;
use crate::expand::drift::{Drift, DriftKind};
use crate::model::database::{Cast, CastHappens, Database};
use crate::pattern::routine::{Arguments, RoutineName};

/// Reports what differs in one database. What extensions made is theirs.
pub fn report(said: Option<&Database>, database: &DatabaseName, found: &Contents, drift: &mut Vec<Drift>) {
    let listed = |key: &ObjectKey| {
        let mut casts = said.iter().flat_map(|said| &said.casts);
        casts.find(|(name, _)| name.as_str() == key.name.as_str()).map(|(_, cast)| cast)
    };
    for (key, object) in found.objects.iter().filter(|(_, object)| object.origin == Origin::User) {
        let Facts::Cast { method, context } = &object.facts else { continue };
        let is = said_of(method, *context);
        let message = match listed(key) {
            None => format!("{key} {is}, and the contract does not list it"),
            Some(wanted) if !is_as(wanted, method, *context) => {
                format!("{key} {is}, which is not what the contract says of it")
            }
            Some(_) => continue,
        };
        let hint = format!("write it under `casts`, or take it away with DROP CAST {}", key.quoted());
        let one = Drift::new(DriftKind::UnaccountedObject, message, hint).within(database);
        drift.push(one.of_objects(vec![ObjectRef::within(database, key.clone())]));
    }
    for (name, _) in said.iter().flat_map(|said| &said.casts) {
        let key = ObjectKey::bare(Class::Cast, name.as_str());
        if !found.objects.contains_key(&key) {
            let hint = "create it, write it as the server does (`type AS type`), or remove it from `casts`";
            let one = Drift::new(DriftKind::Missing, format!("{key} does not exist"), hint);
            drift.push(one.within(database).at(name.span));
        }
    }
}

fn said_of(method: &CastMethod, context: CastContext) -> String {
    let how = match method {
        CastMethod::Function(function) => format!("runs {function}"),
        CastMethod::InOut => "goes through the text of a value".to_owned(),
        CastMethod::Binary => "takes the bytes as they are".to_owned(),
    };
    let when = match context {
        CastContext::Explicit => "where it is written",
        CastContext::Assignment => "where a value is stored",
        CastContext::Implicit => "anywhere, without being asked for",
    };
    format!("{how} {when}")
}

fn is_as(wanted: &Cast, method: &CastMethod, context: CastContext) -> bool {
    let happens = match context {
        CastContext::Explicit => CastHappens::Explicit,
        CastContext::Assignment => CastHappens::Assignment,
        CastContext::Implicit => CastHappens::Implicit,
    };
    let is_so = match (method, &wanted.function) {
        (CastMethod::Function(function), Some(name)) => is_routine(function, &name.value),
        (CastMethod::InOut, None) => wanted.inout(),
        (CastMethod::Binary, None) => !wanted.inout(),
        _ => false,
    };
    is_so && wanted.context() == happens
}

/// Whether this is the routine of that name.
pub fn is_routine(key: &ObjectKey, name: &RoutineName) -> bool {
    key.schema.as_ref().is_some_and(|schema| schema.as_str() == name.schema)
        && key.name.as_str() == name.name
        && takes(&Arguments::Exactly(name.arguments.clone()), key)
}
