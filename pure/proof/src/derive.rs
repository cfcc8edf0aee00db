//! From promises to cases: every claim a contract makes about a database, and how each is tried.
//!
//! A matrix of 50 roles and 2 000 tables is 700 000 cases, so they are made a part at a time and each part can be tried
//! and forgotten before the next is made. Controls are numbered through: one that an earlier part has tried is not tried again.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use pgward_catalog::class::Class;
use pgward_catalog::effective::Effective;
use pgward_catalog::name::{RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey};

use crate::action::Action;
use crate::case::{Case, Cases, Step};
use crate::derive::book::Book;
use crate::promises::{Creator, DatabasePromises, Never, Promises};
use crate::shape::Shapes;

mod book;
mod connection;
mod descendant;
mod future;
mod interface;
mod never;
mod ownership;
mod policy;
mod power;
mod presence;
mod privilege;
mod row_security;
mod tenant;

/// Every case of one database at once.
pub fn cases(promises: &Promises, database: &DatabasePromises, shapes: &Shapes) -> Cases {
    let mut all = Cases::default();
    let mut deriving = Deriving::of(promises, database, shapes);
    while let Some(part) = deriving.next_part() {
        all.cases.extend(part.cases);
        all.controls.extend(part.controls);
    }
    all
}

/// The cases of one database, made a part at a time.
pub struct Deriving<'a> {
    book: Option<Book<'a>>,
    effective: Effective<'a>,
    units: std::vec::IntoIter<Unit<'a>>,
}

/// What is made in one go.
enum Unit<'a> {
    Presence,
    Tenant(usize),
    Never(&'a Never, &'a RoleName, &'a Action),
    Interface,
    RowSecurity,
    Policies(&'a ObjectKey, &'a Object),
    Connection,
    Power,
    Privileges(&'a RoleName, Described<'a>, usize),
    Ownership(&'a RoleName, &'a SchemaName, Described<'a>),
    Migrations(&'a SchemaName, Described<'a>),
    Future(&'a Creator),
}

/// Objects that several units are about.
type Described<'a> = Rc<[(&'a ObjectKey, &'a Object)]>;

impl<'a> Deriving<'a> {
    /// Of the database these promises are about.
    pub fn of(promises: &'a Promises, database: &'a DatabasePromises, shapes: &Shapes) -> Self {
        let book = database.database.as_ref().map(|name| {
            let mut shapes = shapes.clone();
            future::add_shapes(&mut shapes, &database.creators);
            let contents = promises.desired.databases.get(name);
            let is_event_trigger = |key: &ObjectKey| key.class == Class::EventTrigger;
            Book {
                promises,
                database,
                name,
                shapes: Arc::new(shapes),
                has_event_triggers: contents
                    .is_some_and(|contents| contents.objects.keys().any(is_event_trigger)),
                made: Cases::default(),
                controls: HashMap::default(),
                controls_made: 0,
            }
        });
        let units = book.as_ref().map(units).unwrap_or_default();
        Self { book, effective: Effective::of(&promises.desired), units: units.into_iter() }
    }

    /// The next part; none once every case was made.
    pub fn next_part(&mut self) -> Option<Cases> {
        let book = self.book.as_mut()?;
        let mut weighed = 0;
        let mut weight = 0;
        while weight < WEIGHT_MAX {
            let Some(unit) = self.units.next() else { break };
            unit.derive(book, &self.effective);
            weight += book.made.cases.iter().skip(weighed).map(weight_of).sum::<usize>();
            weighed = book.made.cases.len();
        }
        (!book.made.cases.is_empty()).then(|| book.take())
    }
}

impl<'a> Unit<'a> {
    fn derive(self, book: &mut Book<'a>, effective: &Effective<'_>) {
        match self {
            Unit::Presence => presence::derive(book),
            Unit::Tenant(at) => tenant::derive(book, effective, at),
            Unit::Never(never, role, action) => never::derive(book, effective, never, role, action),
            Unit::Interface => interface::derive(book, effective),
            Unit::RowSecurity => row_security::derive(book),
            Unit::Policies(key, object) => policy::derive(book, effective, key, object),
            Unit::Connection => connection::derive(book, effective),
            Unit::Power => power::derive(book, effective),
            Unit::Privileges(role, objects, from) => {
                privilege::derive(book, effective, role, objects.iter().skip(from).take(OBJECTS_AT_ONCE));
            }
            Unit::Ownership(role, schema, owned) => {
                ownership::derive(book, effective, role, schema, &owned);
            }
            Unit::Migrations(schema, owned) => ownership::migrations(book, schema, &owned),
            Unit::Future(creator) => future::derive(book, effective, creator),
        }
    }
}

/// What there is to make, in the order it is tried in. What is about rows comes first: what must hold in a session that
/// was never told of a tenant is tried before any is.
fn units<'a>(book: &Book<'a>) -> Vec<Unit<'a>> {
    let (promises, database) = (book.promises, book.database);
    let roles = || promises.roles.iter().map(|tried| &tried.name);
    let mut units = vec![Unit::Presence];
    units.extend((0..database.tenants.len()).map(Unit::Tenant));
    for never in &database.nevers {
        let of_role = |role| never.may.iter().map(move |action| Unit::Never(never, role, action));
        units.extend(never.roles.iter().flat_map(of_role));
    }
    units.extend([Unit::Interface, Unit::RowSecurity]);
    units.extend(policy::tables(book).into_iter().map(|(key, object)| Unit::Policies(key, object)));
    units.extend([Unit::Connection, Unit::Power]);
    let objects: Described<'a> = privilege::objects(book).into();
    for role in roles() {
        let slices = (0..objects.len()).step_by(OBJECTS_AT_ONCE);
        units.extend(slices.map(|from| Unit::Privileges(role, objects.clone(), from)));
    }
    let owned: BTreeMap<&SchemaName, Vec<(&ObjectKey, &Object)>> = ownership::owned(book);
    for schema in &database.schemas {
        let owned: Described<'a> = owned.get(schema).cloned().unwrap_or_default().into();
        units.extend(roles().map(|role| Unit::Ownership(role, schema, owned.clone())));
        units.push(Unit::Migrations(schema, owned));
    }
    units.extend(database.creators.iter().map(Unit::Future));
    units
}

/// A part is as large as this many plain cases; a case with rows to be made first weighs more.
const WEIGHT_MAX: usize = 8_192;
const OBJECTS_AT_ONCE: usize = 512;

fn weight_of(case: &Case) -> usize {
    let prelude = case.attempt.iter().flat_map(|attempt| &attempt.prelude);
    let length = |step: &Step| match step {
        Step::Owner(_, sql) | Step::As(_, sql) => sql.len(),
        Step::WithoutTriggers => 0,
    };
    1 + prelude.map(length).sum::<usize>() / 512
}
