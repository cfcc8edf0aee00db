//! What must never be: refused, through any membership.

use std::sync::Arc;

use pgward_catalog::class::Class;
use pgward_catalog::effective::Effective;
use pgward_catalog::name::{Name, RoleName, SchemaName};
use pgward_catalog::object::{ObjectKey, ObjectRef, Origin};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::rule::Rule;

use crate::action::{Action, Power};
use crate::case::{Question, Statement};
use crate::claim::{Expected, Source, Topic};
use crate::derive::book::{Book, Draft, Trial};
use crate::derive::power::statement_of;
use crate::promises::Never;
use crate::question;
use crate::statement::breadth::Breadth;
use crate::statement::{self, schema, table};

/// Adds the claims of a `never` entry about one of its roles and one of its actions.
pub(super) fn derive(
    book: &mut Book<'_>,
    effective: &Effective<'_>,
    never: &Never,
    role: &RoleName,
    action: &Action,
) {
    let source = &never.source;
    match action {
        Action::Reach(power) => reach(book, role, *power, source),
        Action::BecomeAnother => becoming(book, effective, role, source),
        action if is_about_objects(action) => {
            for object in objects(book, never, action) {
                for columns in parts(never, action, &object.key) {
                    let (statement, question) = on_object(book, role, action, &object.key, &columns);
                    put(
                        book,
                        role,
                        action.clone(),
                        Some((object.clone(), columns)),
                        source,
                        statement,
                        question,
                    );
                }
                through_rules(book, role, action, &object, source);
            }
        }
        action => {
            let (statement, question) = on_nothing(book, role, action);
            put(book, role, action.clone(), None, source, statement, question);
        }
    }
}

/// A rule does what it says by the rights of its table's owner, whoever gives the command (PostgreSQL docs, section 41.5). Nothing is
/// tried: planning the command would plan what the rule does.
fn through_rules(
    book: &mut Book<'_>,
    role: &RoleName,
    action: &Action,
    object: &ObjectRef,
    source: &Option<Arc<Source>>,
) {
    let Action::Use(privilege) = action else { return };
    let desired = &book.promises.desired;
    let rules = desired.databases.get(book.name).into_iter().flat_map(|contents| &contents.rules);
    let rules = rules.flat_map(|(table, rules)| rules.iter().map(move |(name, rule)| (table, name, rule)));
    let reaches = |rule: &Rule| {
        rule.applies() && rule.touches.get(&object.key).is_some_and(|touched| touched.contains(*privilege))
    };
    let found: Vec<_> = rules
        .filter(|(table, _, rule)| **table != object.key && reaches(rule))
        .map(|(table, name, rule)| (table.clone(), name.clone(), rule.command.privilege()))
        .collect();
    for (table, name, command) in found {
        let question = question::through_rule(role, (&table, &name, command), *privilege, &object.key);
        let mut draft =
            Draft::new(Topic::Never, role, action.clone(), Some(object.clone()), Expected::Refused)
                .with_source(source.clone());
        draft.circumstance = Some(format!("through rule {} of {table}", name.quoted()).into());
        book.add(draft, Vec::new(), Trial::of(None, question));
    }
}

fn put(
    book: &mut Book<'_>,
    role: &RoleName,
    action: Action,
    on: Option<(ObjectRef, Vec<Name>)>,
    source: &Option<Arc<Source>>,
    statement: Option<Statement>,
    question: Option<Question>,
) {
    let (object, columns) = on.unzip();
    let draft = Draft::new(Topic::Never, role, action, object, Expected::Refused).with_source(source.clone());
    let owner = draft.object.as_ref().and_then(|object| book.promises.desired.object(object));
    let trial = Trial::of(statement, question).owned_by(owner.map(|object| &object.owner));
    book.add(draft, columns.unwrap_or_default(), trial);
}

fn is_about_objects(action: &Action) -> bool {
    match action {
        Action::Use(privilege) => !matches!(privilege, Privilege::Connect | Privilege::Temporary),
        Action::CreateTable
        | Action::CreateFunction
        | Action::CreateType
        | Action::CreateSequence
        | Action::Alter
        | Action::Drop
        | Action::DropEverything => true,
        _ => false,
    }
}

/// The objects the entry names, or all that somebody made and that the action is for, in whatever schema.
fn objects(book: &Book<'_>, never: &Never, action: &Action) -> Vec<ObjectRef> {
    let version = book.promises.desired.version;
    let fits = |key: &ObjectKey| match action {
        Action::Use(privilege) => key.class.privileges(version).contains(*privilege),
        Action::Alter | Action::Drop => key.class.is_table_like(),
        _ => key.class == Class::Schema,
    };
    if let Some(named) = &never.objects {
        return named.iter().filter(|object| fits(&object.key)).cloned().collect();
    }
    let Some(contents) = book.promises.desired.databases.get(book.name) else { return Vec::new() };
    let made =
        contents.objects.iter().filter(|(_, object)| object.origin == Origin::User).map(|(key, _)| key);
    made.filter(|key| fits(key)).map(|key| book.object(key)).collect()
}

/// What is tried by itself: each column that the entry names, or the whole object.
fn parts(never: &Never, action: &Action, key: &ObjectKey) -> Vec<Vec<Name>> {
    match action {
        Action::Use(privilege)
            if key.class.column_privileges().contains(*privilege) && !never.columns.is_empty() =>
        {
            never.columns.iter().map(|column| vec![column.clone()]).collect()
        }
        _ => vec![Vec::new()],
    }
}

fn on_object(
    book: &Book<'_>,
    role: &RoleName,
    action: &Action,
    key: &ObjectKey,
    columns: &[Name],
) -> (Option<Statement>, Option<Question>) {
    let schema = SchemaName::from(key.name.as_str());
    let creating = || question::held_by_any_membership(role, Privilege::Create, key, &[]);
    let breadth = if columns.is_empty() { Breadth::Least } else { Breadth::Columns(columns) };
    match action {
        Action::Use(privilege) => (
            statement::using(*privilege, key, &book.shapes, breadth),
            question::held_by_any_membership(role, *privilege, key, columns),
        ),
        Action::Alter => (statement::altering(key), question::owned_by_any_membership(role, key)),
        Action::Drop => {
            (Some(table::dropping(&[key], key.class)), question::owned_by_any_membership(role, key))
        }
        Action::CreateTable => (Some(schema::creating_table(&schema)), creating()),
        Action::CreateFunction => (Some(schema::creating_function(&schema)), creating()),
        Action::CreateType => (Some(schema::creating_type(&schema)), creating()),
        Action::CreateSequence => (None, creating()),
        Action::DropEverything => {
            (Some(schema::dropping(&schema)), question::owned_by_any_membership(role, key))
        }
        _ => (None, None),
    }
}

fn on_nothing(book: &Book<'_>, role: &RoleName, action: &Action) -> (Option<Statement>, Option<Question>) {
    let database = ObjectRef::database(book.name).key;
    let on_database = |privilege| question::held_by_any_membership(role, privilege, &database, &[]);
    let reach = |power| Some(question::reaches(role, power, Expected::Refused));
    match action {
        Action::Use(Privilege::Connect) | Action::LogIn => {
            (None, question::holds(role, Privilege::Connect, &database, &[], Expected::Refused))
        }
        Action::Use(Privilege::Temporary) => {
            (Some(schema::creating_temporary_table()), on_database(Privilege::Temporary))
        }
        Action::CreateSchema => (Some(schema::creating_schema()), on_database(Privilege::Create)),
        Action::CreateExtension => (None, on_database(Privilege::Create)),
        Action::CreateRole => (statement_of(action), reach(Power::CreateRole)),
        Action::CreateDatabase => (statement_of(action), reach(Power::CreateDatabase)),
        Action::AlterSystem => (statement_of(action), reach(Power::Superuser)),
        Action::CopyProgram => (statement_of(action), reach(Power::ServerProgram)),
        Action::ReadServerFile | Action::WriteServerFile => (statement_of(action), reach(Power::ServerFiles)),
        _ => (None, None),
    }
}

fn reach(book: &mut Book<'_>, role: &RoleName, power: Power, source: &Option<Arc<Source>>) {
    let statement = match power {
        Power::ServerProgram => statement_of(&Action::CopyProgram),
        Power::ServerFiles => statement_of(&Action::ReadServerFile),
        Power::CreateRole => statement_of(&Action::CreateRole),
        Power::CreateDatabase => statement_of(&Action::CreateDatabase),
        _ => None,
    };
    let question = question::reaches(role, power, Expected::Refused);
    put(book, role, Action::Reach(power), None, source, statement, Some(question));
}

/// Every role of the cluster that the contract does not let it become.
fn becoming(book: &mut Book<'_>, effective: &Effective<'_>, role: &RoleName, source: &Option<Arc<Source>>) {
    let others: Vec<RoleName> = book.promises.desired.roles.keys().cloned().collect();
    for other in others {
        if other == *role || effective.membership(role, &other, book.name).may_set {
            continue;
        }
        let statement = statement::power::becoming(&other);
        let question = question::member(role, &other, Expected::Refused);
        put(book, role, Action::Become(other), None, source, Some(statement), Some(question));
    }
}
