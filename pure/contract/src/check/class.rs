//! What a selection selects, class by class, in a form that can be compared.

use crate::model::grant::{Privilege, Selection};
use crate::pattern::glob::{Glob, Piece};
use crate::pattern::object::{Exception, ObjectPattern};
use crate::pattern::overlap::{Meeting, SEPARATOR, meet};
use crate::pattern::routine::{Arguments, RoutinePattern};
use crate::source::span::Span;

/// A class of objects as the keys of a selection name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Tables,
    Views,
    Sequences,
    Functions,
    Procedures,
    Routines,
    Types,
    Domains,
    Schemas,
    Languages,
    ForeignServers,
    ForeignDataWrappers,
    LargeObjects,
    Publications,
    Subscriptions,
    EventTriggers,
    Extensions,
    Collations,
    Conversions,
    Operators,
    OperatorClasses,
    OperatorFamilies,
    Statistics,
    TextSearchConfigurations,
    TextSearchDictionaries,
}

impl Class {
    /// The key in a selection.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Class::Tables => "tables",
            Class::Views => "views",
            Class::Sequences => "sequences",
            Class::Functions => "functions",
            Class::Procedures => "procedures",
            Class::Routines => "routines",
            Class::Types => "types",
            Class::Domains => "domains",
            Class::Schemas => "schemas",
            Class::Languages => "languages",
            Class::ForeignServers => "foreign_servers",
            Class::ForeignDataWrappers => "foreign_data_wrappers",
            Class::LargeObjects => "large_objects",
            Class::Publications => "publications",
            Class::Subscriptions => "subscriptions",
            Class::EventTriggers => "event_triggers",
            Class::Extensions => "extensions",
            Class::Collations => "collations",
            Class::Conversions => "conversions",
            Class::Operators => "operators",
            Class::OperatorClasses => "operator_classes",
            Class::OperatorFamilies => "operator_families",
            Class::Statistics => "statistics",
            Class::TextSearchConfigurations => "text_search_configurations",
            Class::TextSearchDictionaries => "text_search_dictionaries",
        }
    }

    /// What PostgreSQL can grant on objects of the class.
    pub(crate) fn privileges(self) -> &'static [Privilege] {
        use Privilege::{
            Create, Delete, Execute, Insert, Maintain, References, Select, Trigger, Truncate, Update, Usage,
        };
        match self {
            Class::Tables | Class::Views => {
                &[Select, Insert, Update, Delete, Truncate, References, Trigger, Maintain]
            }
            Class::Sequences => &[Usage, Select, Update],
            Class::Functions | Class::Procedures | Class::Routines => &[Execute],
            Class::Types | Class::Domains | Class::Languages => &[Usage],
            Class::ForeignServers | Class::ForeignDataWrappers => &[Usage],
            Class::Schemas => &[Usage, Create],
            Class::LargeObjects => &[Select, Update],
            _ => &[],
        }
    }

    /// How its objects are written.
    pub(crate) fn naming(self) -> Naming {
        match self {
            Class::Functions | Class::Procedures | Class::Routines => Naming::Signature,
            Class::Operators | Class::OperatorClasses | Class::OperatorFamilies => Naming::Signature,
            Class::Tables | Class::Views | Class::Sequences | Class::Types | Class::Domains => {
                Naming::InSchema
            }
            Class::Collations | Class::Conversions | Class::Statistics => Naming::InSchema,
            Class::TextSearchConfigurations | Class::TextSearchDictionaries => Naming::InSchema,
            _ => Naming::Alone,
        }
    }

    /// Whether one object can be of both classes.
    pub(crate) fn meets(self, other: Class) -> bool {
        use Class::{Functions, Procedures, Routines, Tables, Views};
        self == other
            || matches!(
                (self, other),
                (Tables, Views)
                    | (Views, Tables)
                    | (Routines, Functions | Procedures)
                    | (Functions | Procedures, Routines)
            )
    }
}

/// What PostgreSQL can grant on columns.
pub(crate) const COLUMN_PRIVILEGES: &[Privilege] =
    &[Privilege::Select, Privilege::Insert, Privilege::Update, Privilege::References];

/// One pattern of a selection.
#[derive(Debug, Clone)]
pub(crate) struct Selected {
    /// The class it is for.
    pub(crate) class: Class,
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
        (Class::Tables, &selection.tables),
        (Class::Views, &selection.views),
        (Class::Sequences, &selection.sequences),
        (Class::Types, &selection.types),
        (Class::Domains, &selection.domains),
        (Class::Collations, &selection.collations),
        (Class::Conversions, &selection.conversions),
        (Class::Statistics, &selection.statistics),
        (Class::TextSearchConfigurations, &selection.text_search_configurations),
        (Class::TextSearchDictionaries, &selection.text_search_dictionaries),
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
        (Class::Functions, &selection.functions),
        (Class::Procedures, &selection.procedures),
        (Class::Routines, &selection.routines),
        (Class::Operators, &selection.operators),
        (Class::OperatorClasses, &selection.operator_classes),
        (Class::OperatorFamilies, &selection.operator_families),
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
        (Class::Schemas, &selection.schemas),
        (Class::Languages, &selection.languages),
        (Class::ForeignServers, &selection.foreign_servers),
        (Class::ForeignDataWrappers, &selection.foreign_data_wrappers),
        (Class::LargeObjects, &selection.large_objects),
        (Class::Publications, &selection.publications),
        (Class::Subscriptions, &selection.subscriptions),
        (Class::EventTriggers, &selection.event_triggers),
        (Class::Extensions, &selection.extensions),
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
pub(crate) fn exceptions(selection: &Selection, class: Class) -> Vec<Vec<Piece>> {
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

/// How objects of a class are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `name`
    Alone,
    /// `schema.name`
    InSchema,
    /// `schema.name(types)`
    Signature,
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
