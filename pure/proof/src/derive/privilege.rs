//! The matrix: every tried role on every object of the described schemas, by every verb. What is granted works,
//! what is not granted is refused.

use std::sync::Arc;

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::effective::Effective;
use pgward_catalog::name::{Name, RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey, ObjectRef, Origin};
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::action::Action;
use crate::claim::{Expected, Source, Topic};
use crate::derive::book::{Book, Draft, Trial};
use crate::question;
use crate::statement::breadth::Breadth;
use crate::statement::{self};

/// Adds the claims about one role on these objects.
pub(super) fn derive<'b>(
    book: &mut Book<'_>,
    effective: &Effective<'_>,
    role: &RoleName,
    objects: impl Iterator<Item = &'b (&'b ObjectKey, &'b Object)>,
) {
    for (key, object) in objects {
        let cell = Cell { role, key, object, topic: Topic::Privilege, circumstance: None };
        add_cell(book, effective, &cell, &[]);
    }
}

/// One role on one object.
pub(super) struct Cell<'c> {
    pub(super) role: &'c RoleName,
    pub(super) key: &'c ObjectKey,
    pub(super) object: &'c Object,
    pub(super) topic: Topic,
    pub(super) circumstance: Option<Arc<str>>,
}

/// What is tried: the database, the described schemas, what users made in them or what somebody granted on, and what
/// is in no schema and the contract grants on (languages, foreign servers, parameters).
pub(super) fn objects<'b>(book: &Book<'b>) -> Vec<(&'b ObjectKey, &'b Object)> {
    let desired = &book.promises.desired;
    let described = |key: &ObjectKey| match &key.schema {
        Some(schema) => book.database.schemas.contains(schema),
        None => key.class == Class::Schema && book.database.schemas.contains(key.name.as_str()),
    };
    let touched = |object: &Object| match object.origin {
        Origin::User => true,
        Origin::Extension(_) | Origin::System => object.initial_acl.as_ref() != Some(&object.acl),
    };
    let interface =
        |key: &ObjectKey| book.database.interfaces.iter().any(|interface| interface.routine == *key);
    let granted = |key: &ObjectKey| {
        key.schema.is_none()
            && key.class != Class::Schema
            && book.database.grounds.contains_key(&book.object(key))
    };
    let own = desired.cluster_objects.iter().filter(|(key, _)| {
        let itself = key.class == Class::Database && key.name.as_str() == book.name.as_str();
        itself || key.class != Class::Database && granted(key)
    });
    let inside = desired.databases.get(book.name).into_iter().flat_map(|contents| &contents.objects);
    let inside = inside.filter(|(key, object)| {
        let ours = touched(object) || key.class == Class::Schema;
        key.class.has_acl() && !interface(key) && (granted(key) || described(key) && ours)
    });
    own.chain(inside).collect()
}

/// Adds the claims about one cell, verb by verb.
pub(super) fn add_cell(
    book: &mut Book<'_>,
    effective: &Effective<'_>,
    cell: &Cell<'_>,
    prelude: &[crate::case::Step],
) {
    let object = book.object(cell.key);
    let held = effective.privileges(cell.role, &object).now.privileges;
    for privilege in cell.key.class.privileges(book.promises.desired.version).iter() {
        let verb = Verb { cell, object: &object, privilege, held, prelude };
        if held.contains(privilege) {
            add_held(book, effective, &verb);
        } else if cell.key.class.column_privileges().contains(privilege) && !cell.object.columns.is_empty() {
            add_columns(book, effective, &verb);
        } else {
            add_claim(book, &verb, Expected::Refused, Vec::new(), None);
        }
    }
}

struct Verb<'v> {
    cell: &'v Cell<'v>,
    object: &'v ObjectRef,
    privilege: Privilege,
    held: Privileges,
    prelude: &'v [crate::case::Step],
}

/// A privilege is of no use without USAGE on the schema. Where the contract gives the privilege all the same, it
/// promises something that does not work, and trying will say so; not where it only says what was found, nor where it gives
/// it to PUBLIC: that is for whoever may look into the schema, not for each role by name.
fn add_held(book: &mut Book<'_>, effective: &Effective<'_>, verb: &Verb<'_>) {
    let source = source(book, effective, verb);
    if source.is_none() && is_own_view(book, effective, verb.cell) {
        return;
    }
    if is_promised_anyway(book, effective, verb)
        || is_reachable(book, effective, verb.cell.role, verb.cell.key)
    {
        add_claim(book, verb, Expected::Works, Vec::new(), source);
    } else {
        add_unreachable(book, verb, Vec::new());
    }
}

/// Whether the role acts as the owner of a view, which lets it do no more than it may do to what is under it: a privilege that
/// follows from owning the view, and that nobody wrote, promises nothing.
fn is_own_view(book: &Book<'_>, effective: &Effective<'_>, cell: &Cell<'_>) -> bool {
    let owner = &cell.object.owner;
    cell.key.class == Class::View
        && (owner == cell.role || effective.membership(cell.role, owner, book.name).inherits)
}

/// Whether the contract gives the privilege to this role, or to one whose privileges it has, and means it to be of use.
fn is_promised_anyway(book: &Book<'_>, effective: &Effective<'_>, verb: &Verb<'_>) -> bool {
    let role = verb.cell.role;
    let reaches = |grantee: &Grantee| {
        grantee
            .role()
            .is_some_and(|group| group == role || effective.membership(role, group, book.name).inherits)
    };
    !book.promises.as_found && book.database.ground(verb.object, verb.privilege.into(), reaches).is_some()
}

/// Whether the role may look into the schema that an object is in.
pub(super) fn is_reachable(
    book: &Book<'_>,
    effective: &Effective<'_>,
    role: &RoleName,
    key: &ObjectKey,
) -> bool {
    key.schema.as_ref().is_none_or(|schema| {
        let schema = book.object(&schema_key(schema));
        effective.privileges(role, &schema).now.privileges.contains(Privilege::Usage)
    })
}

/// Held, and out of reach: refused, whatever `has_table_privilege` says.
fn add_unreachable(book: &mut Book<'_>, verb: &Verb<'_>, columns: Vec<Name>) {
    let cell = verb.cell;
    let breadth = if columns.is_empty() { Breadth::Least } else { Breadth::Columns(&columns) };
    let statement = statement::using(verb.privilege, cell.key, &book.shapes, breadth);
    if statement.is_none() {
        return;
    }
    let draft = draft(verb, Expected::Refused, None);
    // Where the statement would run somebody's code, the server is asked instead.
    let question = question::holds_within_reach(cell.role, verb.privilege, cell.key, &columns)
        .filter(|_| book.shapes.has_code_of_logins(cell.key) && verb.prelude.is_empty());
    let trial = Trial::of(statement, question).owned_by(Some(&cell.object.owner));
    book.add(draft, columns, Trial { prelude: verb.prelude.to_vec(), ..trial });
}

/// Column by column: those that are granted work together, each of the others is refused by itself.
fn add_columns(book: &mut Book<'_>, effective: &Effective<'_>, verb: &Verb<'_>) {
    let cell = verb.cell;
    let held = |name: &Name| {
        let held = effective.column(cell.role, verb.object, name.as_str());
        held.now.privileges.contains(verb.privilege)
    };
    let granted: Vec<Name> = cell.object.columns.keys().filter(|name| held(name)).cloned().collect();
    if granted.is_empty() {
        return add_claim(book, verb, Expected::Refused, Vec::new(), None);
    }
    let others: Vec<Name> = match book.shapes.relation(cell.key) {
        Some(shape) => shape
            .columns
            .iter()
            .map(|column| &column.name)
            .filter(|name| !granted.contains(name))
            .cloned()
            .collect(),
        None => Vec::new(),
    };
    let source = source(book, effective, verb);
    let promised = is_promised_anyway(book, effective, verb);
    if promised || is_reachable(book, effective, cell.role, cell.key) {
        add_claim(book, verb, Expected::Works, granted, source);
    } else {
        add_unreachable(book, verb, granted);
    }
    for other in others {
        add_claim(book, verb, Expected::Refused, vec![other], None);
    }
}

fn add_claim(
    book: &mut Book<'_>,
    verb: &Verb<'_>,
    expected: Expected,
    columns: Vec<Name>,
    source: Option<Arc<Source>>,
) {
    let cell = verb.cell;
    let breadth = match (expected, columns.is_empty()) {
        (_, false) => Breadth::Columns(&columns),
        (Expected::Works, true) => Breadth::Whole,
        (Expected::Refused, true) => Breadth::Least,
    };
    // nextval is let by UPDATE too, so it shows nothing about USAGE while UPDATE is held.
    let blurred = cell.key.class == Class::Sequence
        && verb.privilege == Privilege::Usage
        && verb.held.contains(Privilege::Update);
    let statement =
        if blurred { None } else { statement::using(verb.privilege, cell.key, &book.shapes, breadth) };
    let question = question::holds(cell.role, verb.privilege, cell.key, &columns, expected);
    // Objects made in the case itself are not there when the server is asked.
    let question = if verb.prelude.is_empty() { question } else { None };
    let trial = Trial::of(statement, question).owned_by(Some(&cell.object.owner));
    book.add(draft(verb, expected, source), columns, Trial { prelude: verb.prelude.to_vec(), ..trial });
}

fn draft(verb: &Verb<'_>, expected: Expected, source: Option<Arc<Source>>) -> Draft {
    let action = Action::Use(verb.privilege);
    let mut draft = Draft::new(verb.cell.topic, verb.cell.role, action, Some(verb.object.clone()), expected);
    draft.circumstance = verb.cell.circumstance.clone();
    draft.with_source(source)
}

/// The entry of the contract that gives it to the role, to PUBLIC or to a role whose privileges it has.
fn source(book: &Book<'_>, effective: &Effective<'_>, verb: &Verb<'_>) -> Option<Arc<Source>> {
    let role = verb.cell.role;
    let reaches = |grantee: &Grantee| {
        grantee
            .role()
            .is_none_or(|group| group == role || effective.membership(role, group, book.name).inherits)
    };
    book.database.ground(verb.object, verb.privilege.into(), reaches).cloned()
}

pub(super) fn schema_key(schema: &SchemaName) -> ObjectKey {
    ObjectKey::bare(Class::Schema, schema.as_str())
}
