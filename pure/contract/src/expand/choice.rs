//! Which objects a selection covers.

use std::collections::{HashMap, HashSet};

use pgward_catalog::class::Class;
use pgward_catalog::name::SchemaName;
use pgward_catalog::object::{Object, ObjectKey};

use crate::expand::group::{self, Group};
use crate::expand::inventory::{Inventory, is_for_wildcards};
use crate::form::collection::OneOrMany;
use crate::model::grant::Selection;
use crate::pattern::glob::{Glob, NamePattern, Piece};
use crate::pattern::object::{Exception, ObjectPattern};
use crate::pattern::routine::{Arguments, RoutinePattern, argument_types};
use crate::source::span::{Span, Spanned};

/// A pattern of a selection.
#[derive(Debug, Clone, Copy)]
pub enum Pattern<'c> {
    /// Over objects in schemas.
    Object(&'c ObjectPattern),
    /// Over routines, and others that are told apart by what stands in brackets.
    Routine(&'c RoutinePattern),
    /// Over names that stand alone.
    Name(&'c NamePattern),
}

/// One pattern of a selection, with what stands before it.
#[derive(Debug, Clone, Copy)]
pub struct Member<'c> {
    /// What stands before it.
    pub group: Group,
    /// The pattern.
    pub pattern: Pattern<'c>,
    /// Where it is written.
    pub span: Span,
}

/// A selection, ready to be asked.
#[derive(Debug, Clone)]
pub struct Choice<'c> {
    /// The patterns.
    pub members: Vec<Member<'c>>,
    exceptions: Exceptions<'c>,
}

impl<'c> Choice<'c> {
    /// What this selection covers.
    pub fn of(selection: &'c Selection) -> Self {
        Self { members: members(selection), exceptions: Exceptions::of(&selection.except) }
    }

    /// The objects that one of its patterns covers.
    pub fn objects<'o>(
        &self,
        member: &Member<'c>,
        inventory: Inventory<'o>,
    ) -> Vec<(&'o ObjectKey, &'o Object)> {
        let mut found = Vec::new();
        for class in member.group.classes {
            member.pattern.search(*class, inventory, &mut found);
        }
        found.retain(|(key, _)| !self.exceptions.take_away(key));
        found
    }

    /// Whether it covers this object.
    pub fn covers(&self, key: &ObjectKey, object: &Object) -> bool {
        !self.exceptions.take_away(key)
            && self.members.iter().any(|member| {
                member.group.classes.contains(&key.class)
                    && member.pattern.matches(key)
                    && (member.pattern.is_plain() || is_for_wildcards(object, key.class))
            })
    }

    /// Whether an exception with wildcards takes objects from this schema, those that do not exist yet included.
    pub fn excepts_by_wildcard(&self, schema: &SchemaName) -> Option<Span> {
        self.exceptions.wild.iter().find(|(exception, _)| exception.reaches(schema)).map(|(_, span)| *span)
    }
}

impl Pattern<'_> {
    /// Whether it has no wildcards.
    pub fn is_plain(&self) -> bool {
        match self {
            Pattern::Object(pattern) => is_plain(&pattern.schema) && is_plain(&pattern.name),
            Pattern::Routine(pattern) => {
                is_plain(&pattern.schema) && is_plain(&pattern.name) && pattern.arguments != Arguments::Any
            }
            Pattern::Name(pattern) => is_plain(&pattern.0),
        }
    }

    /// The pattern over schemas, if it is about objects in schemas and covers all of a kind there.
    pub fn whole_schemas(&self) -> Option<&Glob> {
        match self {
            Pattern::Object(pattern) if is_any(&pattern.name) => Some(&pattern.schema),
            Pattern::Routine(pattern) if is_any(&pattern.name) && pattern.arguments == Arguments::Any => {
                Some(&pattern.schema)
            }
            _ => None,
        }
    }

    /// The pattern over schemas, if it is about objects in schemas.
    pub fn schemas(&self) -> Option<&Glob> {
        match self {
            Pattern::Object(pattern) => Some(&pattern.schema),
            Pattern::Routine(pattern) => Some(&pattern.schema),
            Pattern::Name(_) => None,
        }
    }

    /// The name of the one object, or the routines, in a schema that it is about.
    pub fn name(&self) -> Option<String> {
        match self {
            Pattern::Object(pattern) => pattern.name.plain(),
            Pattern::Routine(pattern) => pattern.name.plain(),
            Pattern::Name(_) => None,
        }
    }

    /// Whether it matches the name of this object, whatever its class.
    pub fn matches(&self, key: &ObjectKey) -> bool {
        match self {
            Pattern::Object(pattern) => {
                key.schema.as_ref().is_some_and(|schema| pattern.matches(schema.as_str(), key.name.as_str()))
            }
            Pattern::Routine(pattern) => {
                let schema = key.schema.as_ref();
                schema.is_some_and(|schema| pattern.schema.matches(schema.as_str()))
                    && pattern.name.matches(key.name.as_str())
                    && takes(&pattern.arguments, key)
            }
            Pattern::Name(pattern) => key.schema.is_none() && pattern.matches(key.name.as_str()),
        }
    }

    fn search<'o>(
        &self,
        class: Class,
        inventory: Inventory<'o>,
        found: &mut Vec<(&'o ObjectKey, &'o Object)>,
    ) {
        let plain = self.is_plain();
        let wanted = |(key, object): &(&ObjectKey, &Object)| {
            self.matches(key) && (plain || is_for_wildcards(object, class))
        };
        let (schema, name) = match self {
            Pattern::Name(pattern) => {
                match pattern.0.plain() {
                    Some(name) => found.extend(inventory.named(class, None, &name)),
                    None => found.extend(inventory.bare(class).filter(wanted)),
                }
                return;
            }
            Pattern::Object(pattern) => (&pattern.schema, &pattern.name),
            Pattern::Routine(pattern) => (&pattern.schema, &pattern.name),
        };
        match (schema.plain(), name.plain()) {
            (Some(schema), Some(name)) => {
                let schema = Some(SchemaName::from(schema.as_str()));
                found.extend(inventory.named(class, schema, &name).filter(wanted));
            }
            (Some(schema), None) => {
                found.extend(inventory.in_schema(class, &SchemaName::from(schema.as_str())).filter(wanted));
            }
            (None, _) => {
                let schemas = inventory.schemas().filter(|(key, _)| schema.matches(key.name.as_str()));
                for (key, _) in schemas {
                    found.extend(
                        inventory.in_schema(class, &SchemaName::from(key.name.as_str())).filter(wanted),
                    );
                }
            }
        }
    }
}

/// Whether a routine takes these arguments.
pub fn takes(arguments: &Arguments, key: &ObjectKey) -> bool {
    match arguments {
        Arguments::Any => true,
        Arguments::Exactly(wanted) => {
            let signature = key.signature.as_deref().unwrap_or_default();
            signature == wanted.join(", ") || argument_types(signature).is_ok_and(|found| found == *wanted)
        }
    }
}

#[derive(Debug, Clone)]
struct Exceptions<'c> {
    /// Names in schemas, by themselves: what an `except` of thousands of tables consists of.
    plain: HashMap<String, HashSet<String>>,
    wild: Vec<(&'c Exception, Span)>,
}

impl<'c> Exceptions<'c> {
    fn of(written: &'c [Spanned<Exception>]) -> Self {
        let mut exceptions = Self { plain: HashMap::new(), wild: Vec::new() };
        for exception in written {
            let plain = match &exception.value {
                Exception::Object(pattern) => pattern.schema.plain().zip(pattern.name.plain()),
                _ => None,
            };
            match plain {
                Some((schema, name)) => {
                    exceptions.plain.entry(schema).or_default().insert(name);
                }
                None => exceptions.wild.push((&exception.value, exception.span)),
            }
        }
        exceptions
    }

    fn take_away(&self, key: &ObjectKey) -> bool {
        let by_name = || {
            let names = key.schema.as_ref().and_then(|schema| self.plain.get(schema.as_str()));
            names.is_some_and(|names| names.contains(key.name.as_str()))
        };
        by_name() || self.wild.iter().any(|(exception, _)| exception.takes(key))
    }
}

impl Exception {
    fn takes(&self, key: &ObjectKey) -> bool {
        match self {
            Exception::Name(pattern) => Pattern::Name(pattern).matches(key),
            Exception::Object(pattern) => Pattern::Object(pattern).matches(key),
            Exception::Routine(pattern) => Pattern::Routine(pattern).matches(key),
        }
    }

    fn reaches(&self, schema: &SchemaName) -> bool {
        let plain = match self {
            Exception::Name(_) => true,
            Exception::Object(pattern) => is_plain(&pattern.name) && is_plain(&pattern.schema),
            Exception::Routine(pattern) => is_plain(&pattern.name) && is_plain(&pattern.schema),
        };
        let glob = match self {
            Exception::Name(_) => return false,
            Exception::Object(pattern) => &pattern.schema,
            Exception::Routine(pattern) => &pattern.schema,
        };
        !plain && glob.matches(schema.as_str())
    }
}

fn is_plain(glob: &Glob) -> bool {
    glob.pieces().iter().all(|piece| matches!(piece, Piece::Char(_)))
}

fn is_any(glob: &Glob) -> bool {
    glob.pieces() == [Piece::Many]
}

fn members(selection: &Selection) -> Vec<Member<'_>> {
    let mut all = Vec::new();
    let Selection {
        tables,
        views,
        sequences,
        functions,
        procedures,
        routines,
        types,
        domains,
        schemas,
        languages,
        foreign_servers,
        foreign_data_wrappers,
        large_objects,
        publications,
        subscriptions,
        event_triggers,
        extensions,
        collations,
        conversions,
        operators,
        operator_classes,
        operator_families,
        statistics,
        text_search_configurations,
        text_search_dictionaries,
        columns: _,
        except: _,
    } = selection;
    add(&mut all, group::TABLES, tables, Pattern::Object);
    add(&mut all, group::VIEWS, views, Pattern::Object);
    add(&mut all, group::SEQUENCES, sequences, Pattern::Object);
    add(&mut all, group::FUNCTIONS, functions, Pattern::Routine);
    add(&mut all, group::PROCEDURES, procedures, Pattern::Routine);
    add(&mut all, group::ROUTINES, routines, Pattern::Routine);
    add(&mut all, group::TYPES, types, Pattern::Object);
    add(&mut all, group::DOMAINS, domains, Pattern::Object);
    add(&mut all, group::SCHEMAS, schemas, Pattern::Name);
    add(&mut all, group::LANGUAGES, languages, Pattern::Name);
    add(&mut all, group::FOREIGN_SERVERS, foreign_servers, Pattern::Name);
    add(&mut all, group::FOREIGN_DATA_WRAPPERS, foreign_data_wrappers, Pattern::Name);
    add(&mut all, group::LARGE_OBJECTS, large_objects, Pattern::Name);
    add(&mut all, group::PUBLICATIONS, publications, Pattern::Name);
    add(&mut all, group::SUBSCRIPTIONS, subscriptions, Pattern::Name);
    add(&mut all, group::EVENT_TRIGGERS, event_triggers, Pattern::Name);
    add(&mut all, group::EXTENSIONS, extensions, Pattern::Name);
    add(&mut all, group::COLLATIONS, collations, Pattern::Object);
    add(&mut all, group::CONVERSIONS, conversions, Pattern::Object);
    add(&mut all, group::OPERATORS, operators, Pattern::Routine);
    add(&mut all, group::OPERATOR_CLASSES, operator_classes, Pattern::Routine);
    add(&mut all, group::OPERATOR_FAMILIES, operator_families, Pattern::Routine);
    add(&mut all, group::STATISTICS, statistics, Pattern::Object);
    add(&mut all, group::TEXT_SEARCH_CONFIGURATIONS, text_search_configurations, Pattern::Object);
    add(&mut all, group::TEXT_SEARCH_DICTIONARIES, text_search_dictionaries, Pattern::Object);
    all
}

fn add<'c, P>(
    all: &mut Vec<Member<'c>>,
    group: Group,
    written: &'c Option<OneOrMany<Spanned<P>>>,
    as_pattern: impl Fn(&'c P) -> Pattern<'c>,
) {
    let written = written.iter().flat_map(|patterns| patterns.iter());
    all.extend(written.map(|pattern| Member {
        group,
        pattern: as_pattern(&pattern.value),
        span: pattern.span,
    }));
}
