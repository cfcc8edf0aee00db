//! Where objects of one kind are: in a schema, or in the database; and how a selection names them.

use std::collections::BTreeMap;

use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::name::SchemaName;
use pgward_catalog::object::{Object, ObjectKey};

use crate::adopt::factor::Extent;
use crate::adopt::words::{arguments, new};
use crate::expand::group::{self, Group};
use crate::expand::inventory::is_for_wildcards;
use crate::form::collection::OneOrMany;
use crate::model::grant::Selection;
use crate::model::kind::{Kind, Naming};
use crate::pattern::glob::{Glob, NamePattern};
use crate::pattern::object::{Exception, ObjectPattern};
use crate::pattern::routine::{Arguments, RoutinePattern};

impl Kind {
    /// What a selection can cover by it.
    pub fn group(self) -> Group {
        match self {
            Kind::Schemas => group::SCHEMAS,
            Kind::Tables => group::TABLES,
            Kind::Views => group::VIEWS,
            Kind::Sequences => group::SEQUENCES,
            Kind::Functions => group::FUNCTIONS,
            Kind::Procedures => group::PROCEDURES,
            Kind::Routines => group::ROUTINES,
            Kind::Types => group::TYPES,
            Kind::Domains => group::DOMAINS,
            Kind::Languages => group::LANGUAGES,
            Kind::ForeignServers => group::FOREIGN_SERVERS,
            Kind::ForeignDataWrappers => group::FOREIGN_DATA_WRAPPERS,
            Kind::LargeObjects => group::LARGE_OBJECTS,
            Kind::Publications => group::PUBLICATIONS,
            Kind::Subscriptions => group::SUBSCRIPTIONS,
            Kind::EventTriggers => group::EVENT_TRIGGERS,
            Kind::Extensions => group::EXTENSIONS,
            Kind::Collations => group::COLLATIONS,
            Kind::Conversions => group::CONVERSIONS,
            Kind::Operators => group::OPERATORS,
            Kind::OperatorClasses => group::OPERATOR_CLASSES,
            Kind::OperatorFamilies => group::OPERATOR_FAMILIES,
            Kind::Statistics => group::STATISTICS,
            Kind::TextSearchConfigurations => group::TEXT_SEARCH_CONFIGURATIONS,
            Kind::TextSearchDictionaries => group::TEXT_SEARCH_DICTIONARIES,
        }
    }

    /// The kind an object is named as; none for what no selection names.
    pub fn of(class: Class, routines: Kind) -> Option<Kind> {
        Some(match class {
            _ if class.is_table_like() => Kind::Tables,
            _ if class.is_routine() => routines,
            Class::Schema => Kind::Schemas,
            Class::Sequence => Kind::Sequences,
            Class::Type => Kind::Types,
            Class::Domain => Kind::Domains,
            Class::Language => Kind::Languages,
            Class::ForeignServer => Kind::ForeignServers,
            Class::ForeignDataWrapper => Kind::ForeignDataWrappers,
            Class::LargeObject => Kind::LargeObjects,
            Class::Publication => Kind::Publications,
            Class::Subscription => Kind::Subscriptions,
            Class::EventTrigger => Kind::EventTriggers,
            Class::Extension => Kind::Extensions,
            Class::Collation => Kind::Collations,
            Class::Conversion => Kind::Conversions,
            Class::Operator => Kind::Operators,
            Class::OperatorClass => Kind::OperatorClasses,
            Class::OperatorFamily => Kind::OperatorFamilies,
            Class::StatisticsObject => Kind::Statistics,
            Class::TextSearchConfiguration => Kind::TextSearchConfigurations,
            Class::TextSearchDictionary => Kind::TextSearchDictionaries,
            _ => return None,
        })
    }

    /// The word for routines in a database: procedures are rare, and most people say functions.
    pub fn of_routines(contents: &Contents) -> Kind {
        let mut classes = contents.objects.keys().map(|key| key.class);
        if classes.any(|class| class == Class::Procedure) { Kind::Routines } else { Kind::Functions }
    }
}

/// The objects of one kind in one schema, or in the database.
pub struct Place<'o> {
    /// What they are named as.
    pub kind: Kind,
    /// Where.
    pub schema: Option<SchemaName>,
    /// The objects.
    pub objects: Vec<(&'o ObjectKey, &'o Object)>,
}

/// What an entry is about in one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The schema all objects of which are meant.
    all_of: Option<Whole>,
    /// The objects that are meant, or those that are not if all others are.
    names: Vec<ObjectKey>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Whole {
    Schema(SchemaName),
    Database,
}

impl<'o> Place<'o> {
    /// All places of a database that hold objects with an ACL.
    pub fn all(contents: &'o Contents, routines: Kind) -> Vec<Place<'o>> {
        let mut places: BTreeMap<_, Vec<(&ObjectKey, &Object)>> = BTreeMap::new();
        for (key, object) in &contents.objects {
            if !key.class.has_acl() || key.class == Class::Schema {
                continue;
            }
            if let Some(kind) = Kind::of(key.class, routines) {
                places.entry((kind, key.schema.as_ref())).or_default().push((key, object));
            }
        }
        let place = |((kind, schema), objects): ((Kind, Option<&SchemaName>), _)| Place {
            kind,
            schema: schema.cloned(),
            objects,
        };
        places.into_iter().map(place).collect()
    }

    /// Whether a pattern over the place covers the object.
    pub fn is_for_wildcards(&self, key: &ObjectKey, object: &Object) -> bool {
        is_for_wildcards(object, key.class)
    }

    /// What an extent of these objects means.
    pub fn target(&self, extent: &Extent, objects: &[(&ObjectKey, &Object)]) -> Target {
        let names = |set: &[u32]| {
            let found = set.iter().filter_map(|at| objects.get(usize::try_from(*at).ok()?));
            found.map(|(key, _)| (*key).clone()).collect()
        };
        let whole = match &self.schema {
            Some(schema) => Whole::Schema(schema.clone()),
            // What is in no schema is listed by name or number: who holds something on one large object was promised nothing on the next.
            None if objects.len() <= LISTED_MAX => return Target::names(self.listed(extent, objects)),
            None => Whole::Database,
        };
        match extent {
            Extent::All => Target { all_of: Some(whole), names: Vec::new() },
            Extent::AllBut(others) => Target { all_of: Some(whole), names: names(others) },
            Extent::Only(these) => Target::names(names(these)),
        }
    }

    fn listed(&self, extent: &Extent, objects: &[(&ObjectKey, &Object)]) -> Vec<ObjectKey> {
        let is_meant = |at: usize| match (extent, u32::try_from(at)) {
            (Extent::All, _) | (_, Err(_)) => true,
            (Extent::AllBut(others), Ok(at)) => !others.contains(&at),
            (Extent::Only(these), Ok(at)) => these.contains(&at),
        };
        let meant = objects.iter().enumerate().filter(|(at, _)| is_meant(*at));
        meant.map(|(_, (key, _))| (*key).clone()).collect()
    }
}

/// More objects of a kind than these, in no schema, are said by a pattern.
const LISTED_MAX: usize = 1_000;

impl Target {
    /// These objects.
    pub fn names(names: Vec<ObjectKey>) -> Self {
        Self { all_of: None, names }
    }

    /// All objects of a kind in a schema.
    pub fn all_in(schema: &SchemaName) -> Self {
        Self { all_of: Some(Whole::Schema(schema.clone())), names: Vec::new() }
    }
}

/// The selections that name these targets: one for the patterns without exceptions, one for the names, and one for
/// each pattern with exceptions.
pub fn selection(kind: Kind, targets: Vec<Target>) -> Vec<Selection> {
    let mut wholes = Patterns::default();
    let mut names = Patterns::default();
    let mut selections = Vec::new();
    for target in targets {
        match target.all_of {
            None => target.names.iter().for_each(|key| names.add(kind, key)),
            Some(whole) if target.names.is_empty() => wholes.add_whole(kind, &whole),
            Some(whole) => {
                let mut patterns = Patterns::default();
                patterns.add_whole(kind, &whole);
                let mut made = patterns.into_selection(kind);
                made.except = target.names.iter().map(|key| new(exception(kind, key))).collect();
                selections.push(made);
            }
        }
    }
    for patterns in [wholes, names] {
        if !patterns.is_empty() {
            selections.push(patterns.into_selection(kind));
        }
    }
    selections
}

fn exception(kind: Kind, key: &ObjectKey) -> Exception {
    match kind.naming() {
        Naming::InSchema => Exception::Object(object_pattern(key)),
        Naming::Signature => Exception::Routine(routine_pattern(key)),
        Naming::Alone => Exception::Name(NamePattern::exactly(key.name.as_str())),
    }
}

#[derive(Default)]
struct Patterns {
    objects: Vec<ObjectPattern>,
    routines: Vec<RoutinePattern>,
    names: Vec<NamePattern>,
}

impl Patterns {
    fn add(&mut self, kind: Kind, key: &ObjectKey) {
        match kind.naming() {
            Naming::InSchema => self.objects.push(object_pattern(key)),
            Naming::Signature => self.routines.push(routine_pattern(key)),
            Naming::Alone => self.names.push(NamePattern::exactly(key.name.as_str())),
        }
    }

    fn add_whole(&mut self, kind: Kind, whole: &Whole) {
        let schema = match whole {
            Whole::Schema(schema) => Glob::exactly(schema.as_str()),
            Whole::Database => Glob::any(),
        };
        match kind.naming() {
            Naming::InSchema => self.objects.push(ObjectPattern { schema, name: Glob::any() }),
            Naming::Signature => {
                self.routines.push(RoutinePattern { schema, name: Glob::any(), arguments: Arguments::Any });
            }
            Naming::Alone => self.names.push(NamePattern(Glob::any())),
        }
    }

    fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.routines.is_empty() && self.names.is_empty()
    }

    fn into_selection(self, kind: Kind) -> Selection {
        let mut made = Selection::default();
        self.put(kind, &mut made);
        made
    }

    fn put(self, kind: Kind, made: &mut Selection) {
        let objects =
            (!self.objects.is_empty()).then(|| OneOrMany(self.objects.into_iter().map(new).collect()));
        let routines =
            (!self.routines.is_empty()).then(|| OneOrMany(self.routines.into_iter().map(new).collect()));
        let names = (!self.names.is_empty()).then(|| OneOrMany(self.names.into_iter().map(new).collect()));
        match kind {
            Kind::Schemas => made.schemas = names,
            Kind::Tables => made.tables = objects,
            Kind::Views => made.views = objects,
            Kind::Sequences => made.sequences = objects,
            Kind::Functions => made.functions = routines,
            Kind::Procedures => made.procedures = routines,
            Kind::Routines => made.routines = routines,
            Kind::Types => made.types = objects,
            Kind::Domains => made.domains = objects,
            Kind::Languages => made.languages = names,
            Kind::ForeignServers => made.foreign_servers = names,
            Kind::ForeignDataWrappers => made.foreign_data_wrappers = names,
            Kind::LargeObjects => made.large_objects = names,
            Kind::Publications => made.publications = names,
            Kind::Subscriptions => made.subscriptions = names,
            Kind::EventTriggers => made.event_triggers = names,
            Kind::Extensions => made.extensions = names,
            Kind::Collations => made.collations = objects,
            Kind::Conversions => made.conversions = objects,
            Kind::Operators => made.operators = routines,
            Kind::OperatorClasses => made.operator_classes = routines,
            Kind::OperatorFamilies => made.operator_families = routines,
            Kind::Statistics => made.statistics = objects,
            Kind::TextSearchConfigurations => made.text_search_configurations = objects,
            Kind::TextSearchDictionaries => made.text_search_dictionaries = objects,
        }
    }
}

/// Puts patterns over several kinds into one selection.
pub fn joint(targets: BTreeMap<Kind, Vec<Target>>) -> Selection {
    let mut made = Selection::default();
    for (kind, targets) in targets {
        let mut patterns = Patterns::default();
        for target in targets {
            match target.all_of {
                Some(whole) => patterns.add_whole(kind, &whole),
                None => target.names.iter().for_each(|key| patterns.add(kind, key)),
            }
        }
        patterns.put(kind, &mut made);
    }
    made
}

fn object_pattern(key: &ObjectKey) -> ObjectPattern {
    let schema = key.schema.as_ref().map_or("", |schema| schema.as_str());
    ObjectPattern { schema: Glob::exactly(schema), name: Glob::exactly(key.name.as_str()) }
}

fn routine_pattern(key: &ObjectKey) -> RoutinePattern {
    let schema = key.schema.as_ref().map_or("", |schema| schema.as_str());
    RoutinePattern {
        schema: Glob::exactly(schema),
        name: Glob::exactly(key.name.as_str()),
        arguments: Arguments::Exactly(arguments(key)),
    }
}
