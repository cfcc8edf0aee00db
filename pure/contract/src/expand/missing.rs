//! What the contract names and the server does not have.

use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, SchemaName};
use pgward_catalog::object::{Facts, ObjectKey, Origin};

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::expand::choice::{Member, Pattern, takes};
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::group::Group;
use crate::expand::inventory::Inventory;
use crate::form::scalar::Scalar;
use crate::model::database::Missing as IfMissing;
use crate::pattern::routine::{Arguments, RoutineName};
use crate::source::span::Span;

/// Says that a pattern of a selection covers nothing: an error for a name, unless it went away with an extension, and a
/// warning for a pattern.
pub fn report(
    expanding: &mut Expanding<'_>,
    database: &DatabaseName,
    member: &Member<'_>,
    inventory: Inventory<'_>,
) {
    let text = match member.pattern {
        Pattern::Object(pattern) => pattern.text(),
        Pattern::Routine(pattern) => pattern.text(),
        Pattern::Name(pattern) => pattern.text(),
    };
    let what = member.group.classes.first().map_or_else(String::new, |class| class.word());
    if member.pattern.is_plain() {
        if let Some((extension, schema)) = moved_along(member, inventory) {
            let message = format!(
                "{what} {text} is not there: extension {}, which has one of that name, is in schema {}",
                extension.quoted(),
                schema.quoted()
            );
            let back = member.pattern.schemas().and_then(|glob| glob.plain());
            let back = back.map_or(String::new(), |schema| SchemaName::from(schema.as_str()).quoted());
            let hint = format!(
                "move it back (ALTER EXTENSION {} SET SCHEMA {back}), or write the schema it is in",
                extension.quoted()
            );
            let drift = Drift::new(DriftKind::Missing, message, hint).within(database).at(member.span);
            expanding.drift.push(drift);
            return;
        }
        if is_in_a_missing_schema(expanding, database, member, inventory) {
            return;
        }
        let known = alike(member, inventory);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let diagnostic = no_such(member.span, &what, &text, known.iter().copied());
        expanding.report.add(diagnostic.detail(not_in(database)));
        return;
    }
    if is_for_the_future(expanding, member, inventory) || is_of_a_table(member, &text, inventory) {
        return;
    }
    let message = format!("`{text}` matches no {what} in database \"{database}\"");
    let meant = member.pattern.schemas().and_then(|glob| glob.plain());
    let diagnostic = Diagnostic::warning(Code::MatchesNothing, member.span, message);
    let schemas = inventory.schemas().map(|(key, _)| key.name.as_str());
    let hint = match meant {
        Some(schema) if !inventory.schemas().any(|(key, _)| key.name.as_str() == schema) => {
            did_you_mean(&schema, schemas)
                .map(|meant| format!("there is no schema \"{schema}\"; did you mean `{meant}`?"))
        }
        _ => None,
    };
    expanding.report.add(diagnostic.hint_if(hint));
}

/// The extension, and the schema it is in, where it has something of this kind and name there: it was moved, and all that it has
/// with it. What the routines of one take may be of types that went along, so that only their names count.
fn moved_along(member: &Member<'_>, inventory: Inventory<'_>) -> Option<(Name, SchemaName)> {
    let name = member.pattern.name()?;
    let extensions = inventory.bare(Class::Extension).filter_map(|(key, object)| match &object.facts {
        Facts::Extension { schema, .. } => Some((&key.name, schema)),
        _ => None,
    });
    let has_one = |extension: &Name, schema: &SchemaName| {
        member.group.classes.iter().any(|class| {
            let mut alike = inventory.named(*class, Some(schema.clone()), &name);
            alike.any(|(_, object)| object.origin == Origin::Extension(extension.clone()))
        })
    };
    let mut moved = extensions.filter(|(extension, schema)| has_one(extension, schema));
    moved.next().map(|(extension, schema)| (extension.clone(), schema.clone()))
}

/// A pattern over all of a schema is about what will be there, even while nothing is.
fn is_for_the_future(expanding: &Expanding<'_>, member: &Member<'_>, inventory: Inventory<'_>) -> bool {
    let Some(glob) = member.pattern.whole_schemas() else { return false };
    let is_there = inventory.schemas().any(|(key, _)| glob.matches(key.name.as_str()));
    let databases = expanding.contract.databases.iter();
    is_there || databases.flat_map(|(_, said)| said.schemas.keys()).any(|name| glob.matches(name.as_str()))
}

/// `public.orders_*_seq` is about the sequences of a table that is there, and has none where its keys are no numbers.
fn is_of_a_table(member: &Member<'_>, text: &str, inventory: Inventory<'_>) -> bool {
    let Some((schema, table)) = text.strip_suffix("_*_seq").and_then(|table| table.split_once('.')) else {
        return false;
    };
    let is_table = |class: &Class| {
        let mut tables = inventory.in_schema(*class, &SchemaName::from(schema));
        tables.any(|(key, _)| key.name.as_str() == table)
    };
    member.group.classes == [Class::Sequence] && [Class::Table, Class::PartitionedTable].iter().any(is_table)
}

/// Whether the schema of what is named is not there, and is said to be missing where the contract declares it.
fn is_in_a_missing_schema(
    expanding: &Expanding<'_>,
    database: &DatabaseName,
    member: &Member<'_>,
    inventory: Inventory<'_>,
) -> bool {
    let Some(schema) = member.pattern.schemas().and_then(|glob| glob.plain()) else { return false };
    let is_there = inventory.schemas().any(|(key, _)| key.name.as_str() == schema);
    let declared = expanding.declaration(database).map(|said| said.schemas.iter());
    let mut declared = declared.into_iter().flatten();
    !is_there && declared.any(|(name, said)| name.as_str() == schema && said.missing() == IfMissing::Error)
}

/// Where it was looked for.
pub fn not_in(database: &DatabaseName) -> String {
    format!("it is not in database \"{database}\"")
}

/// Says that something of this name does not exist.
pub fn no_such<'k>(
    span: Span,
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Diagnostic {
    let meant = did_you_mean(name, known).map(|meant| format!("did you mean `{meant}`?"));
    Diagnostic::error(Code::NoSuchObject, span, format!("{what} `{}` does not exist", name.escape_debug()))
        .hint("correct the name, create the object first, or remove it from the contract")
        .hint_if(meant)
}

/// The names of what is there of the same kind, as a contract writes them.
fn alike(member: &Member<'_>, inventory: Inventory<'_>) -> Vec<String> {
    let schema = member.pattern.schemas().and_then(|glob| glob.plain());
    let schema_is_there =
        schema.as_ref().is_some_and(|schema| inventory.schemas().any(|(key, _)| key.name.as_str() == schema));
    let mut names = Vec::new();
    for class in member.group.classes {
        match &schema {
            None => names.extend(inventory.bare(*class).map(|(key, _)| key.name.as_str().to_owned())),
            Some(schema) if schema_is_there => {
                let schema = SchemaName::from(schema.as_str());
                names.extend(inventory.in_schema(*class, &schema).map(|(key, _)| written(key, member.group)));
            }
            Some(_) => {
                for (key, _) in inventory.schemas() {
                    let schema = SchemaName::from(key.name.as_str());
                    names.extend(
                        inventory.in_schema(*class, &schema).map(|(key, _)| written(key, member.group)),
                    );
                }
            }
        }
    }
    names
}

fn written(key: &ObjectKey, group: Group) -> String {
    let schema = key.schema.as_ref().map_or("", |schema| schema.as_str());
    let name = format!("{schema}.{}", key.name);
    if group.classes.iter().all(|class| class.is_routine()) {
        format!("{name}({})", key.signature.as_deref().unwrap_or_default())
    } else {
        name
    }
}

/// The routine of this signature: at most one.
pub fn routine_keys<'o>(name: &RoutineName, inventory: Inventory<'o>) -> Vec<&'o ObjectKey> {
    let wanted = Arguments::Exactly(name.arguments.clone());
    [Class::Function, Class::Procedure, Class::Aggregate]
        .into_iter()
        .flat_map(|class| inventory.named(class, Some(SchemaName::from(name.schema.as_str())), &name.name))
        .map(|(key, _)| key)
        .filter(|key| takes(&wanted, key))
        .collect()
}
