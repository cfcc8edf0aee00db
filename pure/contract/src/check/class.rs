//! What a selection selects, class by class, in a form that can be compared.

use crate::model::grant::{Privilege, Selection};
use crate::model::kind::{Kind, Naming};
use crate::pattern::glob::{Glob, Piece};
use crate::pattern::object::{Exception, ObjectPattern};
use crate::pattern::overlap::{Meeting, SEPARATOR, meet};
use crate::pattern::routine::{Arguments, RoutinePattern};
use crate::source::span::Span;

/// What PostgreSQL can grant on columns.
pub(crate) const COLUMN_PRIVILEGES: &[Privilege] =
    &[Privilege::Select, Privilege::Insert, Privilege::Update, Privilege::References];

/// One pattern of a selection.
#[derive(Debug, Clone)]
pub(crate) struct Selected {
    /// The class it is for.
    pub(crate) class: Kind,
    /// The whole name as pieces, its parts ended by [`SEPARATOR`].
    pub(crate) pieces: Vec<Piece>,
    /// As it is written.
    pub(crate) text: String,
    /// Where it is written.
    pub(crate) span: Span,
}

/// Every pattern of `selection`.
pub(crate) fn selected(selection: &Selection) -> Vec<Selected> {
    let mut all = Vec::new();
    let objects = [
        (Kind::Tables, &selection.tables),
        (Kind::Views, &selection.views),
        (Kind::Sequences, &selection.sequences),
        (Kind::Types, &selection.types),
        (Kind::Domains, &selection.domains),
        (Kind::Collations, &selection.collations),
        (Kind::Conversions, &selection.conversions),
        (Kind::Statistics, &selection.statistics),
        (Kind::TextSearchConfigurations, &selection.text_search_configurations),
        (Kind::TextSearchDictionaries, &selection.text_search_dictionaries),
    ];
    for (class, patterns) in objects {
        for pattern in patterns.iter().flatten() {
            all.push(Selected {
                class,
                pieces: object(pattern),
                text: pattern.to_string(),
                span: pattern.span,
            });
        }
    }
    let routines = [
        (Kind::Functions, &selection.functions),
        (Kind::Procedures, &selection.procedures),
        (Kind::Routines, &selection.routines),
        (Kind::Operators, &selection.operators),
        (Kind::OperatorClasses, &selection.operator_classes),
        (Kind::OperatorFamilies, &selection.operator_families),
    ];
    for (class, patterns) in routines {
        for pattern in patterns.iter().flatten() {
            all.push(Selected {
                class,
                pieces: routine(pattern),
                text: pattern.to_string(),
                span: pattern.span,
            });
        }
    }
    let names = [
        (Kind::Schemas, &selection.schemas),
        (Kind::Languages, &selection.languages),
        (Kind::ForeignServers, &selection.foreign_servers),
        (Kind::ForeignDataWrappers, &selection.foreign_data_wrappers),
        (Kind::LargeObjects, &selection.large_objects),
        (Kind::Publications, &selection.publications),
        (Kind::Subscriptions, &selection.subscriptions),
        (Kind::EventTriggers, &selection.event_triggers),
        (Kind::Extensions, &selection.extensions),
    ];
    for (class, patterns) in names {
        for pattern in patterns.iter().flatten() {
            let pieces = pattern.0.pieces().to_vec();
            all.push(Selected { class, pieces, text: pattern.0.escaped(|_| false), span: pattern.span });
        }
    }
    all
}

/// The exceptions of `selection` that can take from `class`.
pub(crate) fn exceptions(selection: &Selection, class: Kind) -> Vec<Vec<Piece>> {
    let fits = |exception: &Exception| match (exception, class.naming()) {
        // `public.f` takes all functions of that name.
        (Exception::Object(pattern), Naming::Signature) => {
            Some(pieces(&[&pattern.schema, &pattern.name, &Glob::any()]))
        }
        (Exception::Routine(pattern), Naming::Signature) => Some(routine(pattern)),
        (Exception::Object(pattern), Naming::InSchema) => Some(object(pattern)),
        (Exception::Name(pattern), Naming::Alone) => Some(pattern.0.pieces().to_vec()),
        _ => None,
    };
    selection.except.iter().filter_map(|exception| fits(&exception.value)).collect()
}

/// A table pattern as pieces.
pub(crate) fn object(pattern: &ObjectPattern) -> Vec<Piece> {
    pieces(&[&pattern.schema, &pattern.name])
}

/// A function pattern as pieces, its arguments the last part.
pub(crate) fn routine(pattern: &RoutinePattern) -> Vec<Piece> {
    let arguments = match &pattern.arguments {
        Arguments::Any => Glob::any(),
        // The brackets keep the part from being empty when there are no arguments.
        Arguments::Exactly(types) => Glob::exactly(&format!("({})", types.join(", "))),
    };
    pieces(&[&pattern.schema, &pattern.name, &arguments])
}

fn pieces(parts: &[&Glob]) -> Vec<Piece> {
    let mut all = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            all.push(Piece::Char(SEPARATOR));
        }
        all.extend_from_slice(part.pieces());
    }
    all
}

/// An object both patterns select, and no exception takes away, as SQL would write it.
pub(crate) fn shared(one: &Selected, other: &Selected, taken: &[Vec<Piece>]) -> Option<String> {
    if !one.class.meets(other.class) {
        return None;
    }
    let taken: Vec<&[Piece]> = taken.iter().map(Vec::as_slice).collect();
    match meet(&[&one.pieces, &other.pieces], &taken) {
        Meeting::At(name) => Some(spelled(&name)),
        Meeting::Nowhere | Meeting::Unknown => None,
    }
}

fn spelled(name: &str) -> String {
    let parts: Vec<&str> = name.split(SEPARATOR).collect();
    match parts.as_slice() {
        [schema, name, arguments] if arguments.starts_with('(') => format!("{schema}.{name}{arguments}"),
        [schema, name, _] => format!("{schema}.{name}(…)"),
        parts => parts.join("."),
    }
}

/// Whether the exceptions leave nothing of the pattern.
pub(crate) fn is_emptied(pattern: &Selected, taken: &[Vec<Piece>]) -> bool {
    let taken: Vec<&[Piece]> = taken.iter().map(Vec::as_slice).collect();
    !taken.is_empty() && meet(&[&pattern.pieces], &taken) == Meeting::Nowhere
}
