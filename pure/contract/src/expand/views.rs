//! View options as they should be.

use pgward_catalog::class::Class;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{Facts, ObjectKey, ObjectRef, Origin, ViewFacts};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::Code;
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::work::Works;
use crate::form::scalar::Scalar;
use crate::model::database::Database;

/// Gives the listed views the options they should have; options of others that are on are reported.
pub fn apply(expanding: &mut Expanding<'_>, said: &Database, database: &DatabaseName, works: &mut Works<'_>) {
    for (name, view) in &said.views {
        let keys = [Class::View, Class::MaterializedView]
            .map(|class| ObjectKey::in_schema(class, name.schema.as_str(), name.name.as_str()));
        let Some((work, key)) = keys
            .into_iter()
            .find(|key| works.contains_key(key))
            .and_then(|key| Some((works.get_mut(&key)?, key)))
        else {
            let message = format!("view {} does not exist", name.text());
            let hint = "create it (a migration does), correct its name, or remove it from `views`";
            expanding
                .drift
                .push(Drift::new(DriftKind::Missing, message, hint).within(database).at(name.span));
            continue;
        };
        if view.security_invoker() && !expanding.observed.version.has_security_invoker_views() {
            let major = expanding.observed.version.major();
            let message = format!("PostgreSQL {major} has no views that read with their caller's rights");
            let diagnostic = Diagnostic::error(Code::NotInThisVersion, name.span, message);
            expanding
                .report
                .add(diagnostic.detail("`security_invoker` exists since PostgreSQL 15").hint("remove it"));
            continue;
        }
        if !work.described {
            expanding.reach.objects.insert(ObjectRef::within(database, key));
        }
        work.facts = Some(Facts::View(ViewFacts {
            security_invoker: view.security_invoker(),
            security_barrier: view.security_barrier(),
        }));
    }
    for (key, work) in works {
        let Facts::View(found) = &work.found.facts else { continue };
        let is_on = found.security_invoker || found.security_barrier;
        if is_on && work.facts.is_none() && work.found.origin == Origin::User && !work.ignored {
            let option = if found.security_invoker { "security_invoker" } else { "security_barrier" };
            let message = format!("{key} has the option {option}, and the contract does not say so");
            let hint = "list it under `views`, so that nobody can switch it off unnoticed";
            let drift = Drift::new(DriftKind::UnaccountedOption, message, hint).within(database);
            expanding.drift.push(drift.of_objects(vec![ObjectRef::within(database, (*key).clone())]));
        }
    }
}
