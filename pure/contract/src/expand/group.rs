//! The keys of a selection, and which classes each covers.

use pgward_catalog::class::Class;
use pgward_catalog::default_privileges::DefaultKind;

/// What stands before a pattern in a selection, and so which classes it can cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// The key in the contract.
    pub word: &'static str,
    /// The classes.
    pub classes: &'static [Class],
    /// The default privileges that a pattern over all of a schema stands for; none where they cannot tell the classes.
    pub default: Option<DefaultKind>,
}

const fn group(word: &'static str, classes: &'static [Class], default: Option<DefaultKind>) -> Group {
    Group { word, classes, default }
}

const TABLE_LIKE: &[Class] =
    &[Class::Table, Class::PartitionedTable, Class::View, Class::MaterializedView, Class::ForeignTable];
/// By this key of a selection.
pub const TABLES: Group = group("tables", TABLE_LIKE, Some(DefaultKind::Tables));
/// By this key of a selection.
pub const VIEWS: Group = group("views", &[Class::View, Class::MaterializedView], None);
/// By this key of a selection.
pub const SEQUENCES: Group = group("sequences", &[Class::Sequence], Some(DefaultKind::Sequences));
/// By this key of a selection.
pub const FUNCTIONS: Group =
    group("functions", &[Class::Function, Class::Aggregate], Some(DefaultKind::Functions));
/// By this key of a selection.
pub const PROCEDURES: Group = group("procedures", &[Class::Procedure], None);
/// By this key of a selection.
pub const ROUTINES: Group =
    group("routines", &[Class::Function, Class::Aggregate, Class::Procedure], Some(DefaultKind::Functions));
/// By this key of a selection.
pub const TYPES: Group = group("types", &[Class::Type], Some(DefaultKind::Types));
/// By this key of a selection.
pub const DOMAINS: Group = group("domains", &[Class::Domain], None);
/// By this key of a selection.
pub const SCHEMAS: Group = group("schemas", &[Class::Schema], None);
/// By this key of a selection.
pub const LANGUAGES: Group = group("languages", &[Class::Language], None);
/// By this key of a selection.
pub const FOREIGN_SERVERS: Group = group("foreign_servers", &[Class::ForeignServer], None);
/// By this key of a selection.
pub const FOREIGN_DATA_WRAPPERS: Group = group("foreign_data_wrappers", &[Class::ForeignDataWrapper], None);
/// By this key of a selection.
pub const LARGE_OBJECTS: Group = group("large_objects", &[Class::LargeObject], None);
/// By this key of a selection.
pub const PUBLICATIONS: Group = group("publications", &[Class::Publication], None);
/// By this key of a selection.
pub const SUBSCRIPTIONS: Group = group("subscriptions", &[Class::Subscription], None);
/// By this key of a selection.
pub const EVENT_TRIGGERS: Group = group("event_triggers", &[Class::EventTrigger], None);
/// By this key of a selection.
pub const EXTENSIONS: Group = group("extensions", &[Class::Extension], None);
/// By this key of a selection.
pub const COLLATIONS: Group = group("collations", &[Class::Collation], None);
/// By this key of a selection.
pub const CONVERSIONS: Group = group("conversions", &[Class::Conversion], None);
/// By this key of a selection.
pub const OPERATORS: Group = group("operators", &[Class::Operator], None);
/// By this key of a selection.
pub const OPERATOR_CLASSES: Group = group("operator_classes", &[Class::OperatorClass], None);
/// By this key of a selection.
pub const OPERATOR_FAMILIES: Group = group("operator_families", &[Class::OperatorFamily], None);
/// By this key of a selection.
pub const STATISTICS: Group = group("statistics", &[Class::StatisticsObject], None);
/// By this key of a selection.
pub const TEXT_SEARCH_CONFIGURATIONS: Group =
    group("text_search_configurations", &[Class::TextSearchConfiguration], None);
/// By this key of a selection.
pub const TEXT_SEARCH_DICTIONARIES: Group =
    group("text_search_dictionaries", &[Class::TextSearchDictionary], None);
