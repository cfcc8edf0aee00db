//! What the judge knows of the database that a statement is for.
//!
//! A tree says which names are called; what is behind a name only the catalog says. A [`View`] is the little of it that
//! judging takes, as a plain value: whoever reads the catalog makes one, and makes a new one when the catalog changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::built_in;
use pgward_contract::pattern::object::ObjectPattern;
use pgward_contract::pattern::routine::{Arguments, RoutinePattern};

/// What is known of a database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// The server's major: what it reads as syntax of its own, and what as a call of some function of that name.
    pub server_major: ServerMajor,
    /// The schemas where an unqualified name is looked up, after `pg_catalog`. No tier below admin can change it.
    pub search_path: Vec<String>,
    /// The relations of all schemas but the system's; `None` if they were not read, and each is then taken for a table.
    pub relations: Option<BTreeMap<QualifiedName, Relation>>,
    /// The functions, aggregates and procedures outside `pg_catalog`, by name; a name has one [`Code`] for all its
    /// overloads, the worst.
    pub functions: BTreeMap<QualifiedName, Code>,
    /// The operators outside `pg_catalog`.
    pub operators: BTreeMap<QualifiedName, Code>,
    /// The types outside `pg_catalog`: what runs when a value becomes one of them (its input function, its domain's
    /// checks, the functions of casts to it).
    pub types: BTreeMap<QualifiedName, Code>,
    /// The OIDs of those types whose [`Code`] is harmless: a message of the protocol names the types of parameters by
    /// them.
    pub harmless_types: BTreeSet<u32>,
    /// What hangs on types of PostgreSQL itself (a cast between two of them), so that any expression may run it.
    pub everywhere: Vec<Attached>,
    /// The functions that the contract lets every tier call, whatever the catalog shows: patterns that take any arguments,
    /// as the types of arguments are not known here.
    pub named_functions: Vec<RoutinePattern>,
    /// The tables that read_limited_write may change; `None` for every table.
    pub limited_tables: Option<Vec<ObjectPattern>>,
    /// The desk's own roles, which no tier changes, besides those whose names begin with `pgward_`.
    pub own_roles: Vec<String>,
    /// What `RESET ALL` and `DISCARD ALL` lead back to.
    pub resets: Resets,
    /// Whether any relation has something [`Runs::WhenRowRead`].
    pub rows_are_read: bool,
}

/// A server's major version. Where none is said it is the newest that the judge's grammar knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerMajor(pub u32);

impl Default for ServerMajor {
    fn default() -> Self {
        Self(18)
    }
}

/// A name with its schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    /// The schema.
    pub schema: String,
    /// The name in it.
    pub name: String,
}

/// What is known of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// What reading it runs: a table its policies, a view what it is made of.
    pub reading: Code,
    /// Why reading it was not shown to be harmless, where more is known than that.
    pub because: Option<String>,
    /// What writing to it, or filling it again, runs that was not shown to be harmless: a policy, a rule, a view's or a materialized view's query.
    pub writing: Option<String>,
    /// What hangs on its type and the types of its columns and was not shown to be harmless.
    pub attached: Vec<Attached>,
    /// Its columns in their order; none where they were not read.
    pub columns: Vec<Column>,
    /// The other relations that rows written to it go to, or rows read from it come from.
    pub reaches: Vec<Reached>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type by its OID; of a domain, what it is made of.
    pub type_oid: u32,
}

/// A relation that is reached by way of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Which.
    pub relation: QualifiedName,
    /// Which way.
    pub by: Way,
}

/// How one relation is reached by way of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// As its part or what it is a part of: columns have the same names.
    Inheritance,
    /// By a view or another rule: columns may have other names.
    Rule,
}

/// Code that hangs on a type, so that a statement may run it without naming it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Where it hangs, for people: `the cast from ct2 to integer`.
    pub on: String,
    /// The function; none where checks of a domain call several things.
    pub function: Option<QualifiedName>,
    /// When it runs.
    pub runs: Runs,
}

/// When code that hangs on a type runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runs {
    /// When a value becomes one of the type: where the type is named, or a row of it is made of something else.
    WhenMade,
    /// When a literal or a parameter becomes one that holds values of the type: an array, a composite, a range. The server
    /// makes it one where it meets a column of that type, and no name says so.
    WhenRead,
    /// The same of a row of the relation itself, which takes that the statement has the whole row of it somewhere.
    WhenRowRead,
    /// When values of the type are compared, sorted, grouped or cast, which takes no name.
    WhenUsed,
}

/// Whether what a name runs was shown to be harmless to read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// It runs nothing that could change anything: built-in or extension code that is immutable or stable.
    Harmless,
    /// It was not shown to be harmless.
    NotShownHarmless,
}

/// What the session's settings go back to when they are reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resets {
    /// To values that are not the desk's: a reset is then a change of any setting.
    #[default]
    LosePins,
    /// To what the desk set when it connected (in the startup message, or for the role): a reset changes no pin.
    BackToPins,
}

impl View {
    /// A database of which nothing was read: it has nothing but built-ins and tables.
    #[must_use]
    pub fn built_in() -> Self {
        Self { search_path: vec!["public".to_owned()], ..Self::default() }
    }

    /// The schemas to look in for a name, in order.
    fn places<'a>(&'a self, schema: Option<&'a str>) -> impl Iterator<Item = &'a str> {
        let path: &[String] = if schema.is_some() { &[] } else { &self.search_path };
        schema.into_iter().chain(path.iter().map(String::as_str))
    }

    /// What is known of a name: the worst of all that it can mean, as the types of arguments, which decide between
    /// schemas, are not known here.
    pub(crate) fn code(
        &self,
        known: &BTreeMap<QualifiedName, Code>,
        schema: Option<&str>,
        name: &str,
    ) -> Option<Code> {
        if known.is_empty() {
            return None;
        }
        self.places(schema).filter_map(|place| known.get(&QualifiedName::new(place, name)).copied()).max()
    }

    /// The relation that a name means, with the name it has in the catalog: the first on the path. None where none is known.
    #[must_use]
    pub fn known_as(&self, schema: Option<&str>, name: &str) -> Option<(QualifiedName, &Relation)> {
        let known = self.relations.as_ref()?;
        self.places(schema).find_map(|place| {
            let qualified = QualifiedName::new(place, name);
            known.get(&qualified).map(|relation| (qualified, relation))
        })
    }

    /// The relation that a name means: the first on the path.
    pub(crate) fn relation(&self, schema: Option<&str>, name: &str) -> Option<&Relation> {
        let known = self.relations.as_ref()?;
        self.places(schema).find_map(|place| known.get(&QualifiedName::new(place, name)))
    }

    /// Whether the contract lets read_only call a function of this name.
    pub(crate) fn names_function(&self, schema: Option<&str>, name: &str) -> bool {
        let names = |pattern: &RoutinePattern, place: &str| {
            pattern.arguments == Arguments::Any && pattern.matches(place, name, &[])
        };
        !self.named_functions.is_empty()
            && self
                .places(schema)
                .any(|place| self.named_functions.iter().any(|pattern| names(pattern, place)))
    }

    /// Whether the contract lets read_only run what hangs on a type.
    pub(crate) fn names_attached(&self, attached: &Attached) -> bool {
        let named = |function: &QualifiedName| self.names_function(Some(&function.schema), &function.name);
        attached.function.as_ref().is_some_and(named)
    }

    /// Whether read_limited_write may change the rows of a table.
    pub(crate) fn may_change(&self, schema: Option<&str>, name: &str) -> bool {
        let Some(listed) = &self.limited_tables else { return true };
        let is_listed = |place: &str| listed.iter().any(|pattern| pattern.matches(place, name));
        let Some(known) = &self.relations else {
            // Where the tables are not known, an unqualified name may be in any schema of the path: all must be listed.
            return self.places(schema).all(is_listed) && self.places(schema).next().is_some();
        };
        self.places(schema)
            .find(|place| known.contains_key(&QualifiedName::new(place, name)))
            .is_some_and(is_listed)
    }
}

impl Relation {
    /// A relation of whose types nothing is known but that they are harmless.
    #[must_use]
    pub const fn new(reading: Code) -> Self {
        Self {
            reading,
            because: None,
            writing: None,
            attached: Vec::new(),
            columns: Vec::new(),
            reaches: Vec::new(),
        }
    }

    /// The type of a column by its OID, where it is known.
    #[must_use]
    pub fn type_of(&self, column: &str) -> Option<u32> {
        self.columns.iter().find(|known| known.name == column).map(|known| known.type_oid)
    }
}

/// Whether a name means a relation of PostgreSQL's own.
#[must_use]
pub fn is_built_in(schema: Option<&str>, name: &str) -> bool {
    match schema {
        None => built_in::is_relation(name),
        Some(schema) => matches!(schema, "pg_catalog" | "information_schema" | "pg_toast"),
    }
}

impl Attached {
    /// What it is, for people.
    #[must_use]
    pub fn described(&self) -> String {
        match &self.function {
            Some(QualifiedName { schema, name }) => format!("{} (function {schema}.{name})", self.on),
            None => self.on.clone(),
        }
    }
}

impl QualifiedName {
    /// A name in a schema.
    #[must_use]
    pub fn new(schema: &str, name: &str) -> Self {
        Self { schema: schema.to_owned(), name: name.to_owned() }
    }
}
