//! The kinds of objects as the keys of a selection name them.

use crate::model::grant::Privilege;

/// What a selection names objects as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the variants are the keys of a selection")]
pub enum Kind {
    Schemas,
    Tables,
    Views,
    Sequences,
    Functions,
    Procedures,
    Routines,
    Types,
    Domains,
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

impl Kind {
    /// The key in a selection.
    pub fn key(self) -> &'static str {
        match self {
            Kind::Tables => "tables",
            Kind::Views => "views",
            Kind::Sequences => "sequences",
            Kind::Functions => "functions",
            Kind::Procedures => "procedures",
            Kind::Routines => "routines",
            Kind::Types => "types",
            Kind::Domains => "domains",
            Kind::Schemas => "schemas",
            Kind::Languages => "languages",
            Kind::ForeignServers => "foreign_servers",
            Kind::ForeignDataWrappers => "foreign_data_wrappers",
            Kind::LargeObjects => "large_objects",
            Kind::Publications => "publications",
            Kind::Subscriptions => "subscriptions",
            Kind::EventTriggers => "event_triggers",
            Kind::Extensions => "extensions",
            Kind::Collations => "collations",
            Kind::Conversions => "conversions",
            Kind::Operators => "operators",
            Kind::OperatorClasses => "operator_classes",
            Kind::OperatorFamilies => "operator_families",
            Kind::Statistics => "statistics",
            Kind::TextSearchConfigurations => "text_search_configurations",
            Kind::TextSearchDictionaries => "text_search_dictionaries",
        }
    }

    /// What PostgreSQL can grant on objects of the class.
    pub fn privileges(self) -> &'static [Privilege] {
        use Privilege::{
            Create, Delete, Execute, Insert, Maintain, References, Select, Trigger, Truncate, Update, Usage,
        };
        match self {
            Kind::Tables | Kind::Views => {
                &[Select, Insert, Update, Delete, Truncate, References, Trigger, Maintain]
            }
            Kind::Sequences => &[Usage, Select, Update],
            Kind::Functions | Kind::Procedures | Kind::Routines => &[Execute],
            Kind::Types | Kind::Domains | Kind::Languages => &[Usage],
            Kind::ForeignServers | Kind::ForeignDataWrappers => &[Usage],
            Kind::Schemas => &[Usage, Create],
            Kind::LargeObjects => &[Select, Update],
            _ => &[],
        }
    }

    /// How its objects are written.
    pub fn naming(self) -> Naming {
        match self {
            Kind::Functions | Kind::Procedures | Kind::Routines => Naming::Signature,
            Kind::Operators | Kind::OperatorClasses | Kind::OperatorFamilies => Naming::Signature,
            Kind::Tables | Kind::Views | Kind::Sequences | Kind::Types | Kind::Domains => Naming::InSchema,
            Kind::Collations | Kind::Conversions | Kind::Statistics => Naming::InSchema,
            Kind::TextSearchConfigurations | Kind::TextSearchDictionaries => Naming::InSchema,
            _ => Naming::Alone,
        }
    }

    /// Whether one object can be of both classes.
    pub fn meets(self, other: Kind) -> bool {
        use Kind::{Functions, Procedures, Routines, Tables, Views};
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

/// How objects of a kind are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// `name`
    Alone,
    /// `schema.name`
    InSchema,
    /// `schema.name(types)`
    Signature,
}
