//! View options as they should be.

use pgward_catalog::class::Class;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{self, Facts, Object, ObjectKey, ObjectRef, Origin, ViewFacts};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::Code;
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::work::Works;
use crate::form::scalar::Scalar;
use crate::model::database::{CheckOption, Database};

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
            check_option: match view.check_option() {
                CheckOption::None => object::CheckOption::None,
                CheckOption::Local => object::CheckOption::Local,
                CheckOption::Cascaded => object::CheckOption::Cascaded,
            },
        }));
    }
    let unsaid = works.iter().filter(|(_, work)| !work.ignored && work.facts.is_none());
    report(expanding, database, unsaid.map(|(key, work)| (*key, work.found)));
}

/// Reports options of views that are on and that the contract says nothing about.
pub fn report<'o>(
    expanding: &mut Expanding<'_>,
    database: &DatabaseName,
    views: impl Iterator<Item = (&'o ObjectKey, &'o Object)>,
) {
    for (key, object) in views.filter(|(_, object)| object.origin != Origin::System) {
        let Facts::View(found) = &object.facts else { continue };
        let options = [
            ("security_invoker", found.security_invoker),
            ("security_barrier", found.security_barrier),
            ("check_option", found.check_option != object::CheckOption::None),
        ];
        for (option, _) in options.into_iter().filter(|(_, is_on)| *is_on) {
            let message = format!("{key} has the option {option}, and the contract does not say so");
            let hint = "list it under `views`, so that nobody can switch it off unnoticed";
            let drift = Drift::new(DriftKind::UnaccountedOption, message, hint).within(database);
            expanding.drift.push(drift.of_objects(vec![ObjectRef::within(database, key.clone())]));
        }
    }
}
