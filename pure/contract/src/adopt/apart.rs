//! Publications, subscriptions, event triggers, casts, languages and user mappings, and triggers that do not simply fire, as a contract.

use std::collections::BTreeMap;

use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::language::made_trusted;
use pgward_catalog::name::Name as Found;
use pgward_catalog::object::{
    CastContext, CastMethod, Facts, GeneratedColumns, Options, Origin, PublicationFacts, PublicationOptions,
    TableFacts,
};

use pgward_catalog::rule::Rule as FoundRule;

use crate::adopt::rows::{object_name, routine_name};
use crate::adopt::words::{new, principal};
use crate::expand::foreign::mapped;
use crate::expand::rules::as_written;
use crate::form::collection::Map;
use crate::model::database::{
    Cast, CastHappens, Database, EventTrigger, Fires, Foreign, ForeignTable, Language, Mapped, Publication,
    Published, PublishedCommand, PublishedGenerated, Rule, Subscription,
};
use crate::name::{ColumnName, Name, SchemaName};
use crate::pattern::object::ObjectName;
use crate::source::span::Spanned;
use crate::text::{Expression, OptionValue, Words};

/// Writes what is not as a new one would be, and all publications, subscriptions, event triggers, casts and user mappings.
pub fn adopt(contents: &Contents, said: &mut Database) {
    let (mut wrappers, mut servers, mut tables) = (Vec::new(), Vec::new(), Vec::new());
    let mut publications = Vec::new();
    let mut subscriptions = Vec::new();
    let mut event_triggers = Vec::new();
    let mut languages = Vec::new();
    let mut mappings: BTreeMap<Found, Vec<Spanned<Mapped>>> = BTreeMap::new();
    let (mut firing, mut casts) = (Vec::new(), Vec::new());
    for (key, object) in &contents.objects {
        if let Facts::Table(table) = &object.facts
            && !table.firing.is_empty()
        {
            let fires = |(what, fires): (&String, &char)| (new(Words(what.clone())), new(Fires::of(*fires)));
            firing.push((new(object_name(key)), table.firing.iter().map(fires).collect()));
        }
        let name = || new(Name(key.name.as_str().to_owned()));
        match &object.facts {
            Facts::Foreign(options) if !options.is_empty() && key.class == Class::ForeignServer => {
                servers.push((name(), new(foreign(options))));
            }
            Facts::Foreign(options) if !options.is_empty() => wrappers.push((name(), new(foreign(options)))),
            Facts::Table(table) if !table.options.is_empty() || !table.column_options.is_empty() => {
                tables.push((new(object_name(key)), new(foreign_table(table))));
            }
            Facts::Publication(found) if object.origin == Origin::User => {
                publications.push((name(), new(publication(found))));
            }
            Facts::Subscription { enabled, run_as_owner, password_required, publications, connection }
                if object.origin == Origin::User =>
            {
                let names = publications.iter().map(|name| new(Name(name.as_str().to_owned())));
                let options = Subscription {
                    enabled: (!enabled).then(|| new(false)),
                    run_as_owner: run_as_owner.then(|| new(true)),
                    password_required: (!password_required).then(|| new(false)),
                    publications: Some(names.collect()),
                    connection: connection.as_ref().map(|seal| new(OptionValue(seal.clone()))),
                    because: None,
                };
                subscriptions.push((name(), new(options)));
            }
            Facts::Language { trusted } if *trusted != made_trusted(key.name.as_str()).unwrap_or(false) => {
                languages.push((name(), new(Language { trusted: new(*trusted), because: None })));
            }
            Facts::EventTrigger { event, enabled, function, tags } if object.origin == Origin::User => {
                let fires = Fires::of(*enabled);
                let trigger = EventTrigger {
                    fires: (fires != Fires::Origin).then(|| new(fires)),
                    event: Some(new(Name(event.clone()))),
                    function: Some(new(routine_name(function))),
                    tags: Some(tags.iter().map(|tag| new(Words(tag.clone()))).collect()),
                    because: None,
                };
                event_triggers.push((name(), new(trigger)));
            }
            Facts::Cast { method, context } if object.origin == Origin::User => {
                casts.push((new(Words(key.name.as_str().to_owned())), new(cast(method, *context))));
            }
            Facts::UserMapping { server, options } => {
                let of = mapped(key, server).map(|grantee| {
                    let options = options.as_ref().map(|seal| new(OptionValue(seal.clone())));
                    new(Mapped { role: new(principal(&grantee)), options })
                });
                mappings.entry(server.clone()).or_default().extend(of);
            }
            _ => {}
        }
    }
    said.publications = publications.into_iter().collect();
    said.subscriptions = subscriptions.into_iter().collect();
    said.languages = languages.into_iter().collect();
    said.event_triggers = event_triggers.into_iter().collect();
    said.firing = firing.into_iter().collect();
    let rules = contents.rules.iter().map(|(key, rules)| {
        let rule = |(name, rule): (&Found, &FoundRule)| {
            let definition = new(Words(as_written(rule).to_owned()));
            (new(Name(name.as_str().to_owned())), new(Rule { definition, because: None }))
        };
        (new(object_name(key)), rules.iter().map(rule).collect())
    });
    said.rules = rules.collect();
    said.casts = casts.into_iter().collect();
    let mappings = mappings.into_iter().map(|(server, of)| (new(Name(server.as_str().to_owned())), of));
    said.user_mappings = mappings.collect();
    said.foreign_wrappers = wrappers.into_iter().collect();
    said.foreign_servers = servers.into_iter().collect();
    said.foreign_tables = tables.into_iter().collect();
}

fn cast(method: &CastMethod, context: CastContext) -> Cast {
    Cast {
        function: match method {
            CastMethod::Function(function) => Some(new(routine_name(function))),
            _ => None,
        },
        inout: (*method == CastMethod::InOut).then(|| new(true)),
        context: match context {
            CastContext::Explicit => None,
            CastContext::Assignment => Some(new(CastHappens::Assignment)),
            CastContext::Implicit => Some(new(CastHappens::Implicit)),
        },
        because: None,
    }
}

fn foreign(options: &Options) -> Foreign {
    Foreign { options: written(options), because: None }
}

fn foreign_table(table: &TableFacts) -> ForeignTable {
    let columns = table.column_options.iter();
    let columns =
        columns.map(|(column, options)| (new(ColumnName(column.as_str().to_owned())), written(options)));
    ForeignTable { options: written(&table.options), columns: columns.collect(), because: None }
}

fn written(options: &Options) -> Map<Name, Spanned<OptionValue>> {
    let value = |(name, value): (&Found, &String)| {
        (new(Name(name.as_str().to_owned())), new(OptionValue(value.clone())))
    };
    options.iter().map(value).collect()
}

fn publication(found: &PublicationFacts) -> Publication {
    let options = found.options;
    Publication {
        all_tables: found.all_tables.then(|| new(true)),
        tables: found.tables.iter().filter_map(|(table, part)| published(table, part)).map(new).collect(),
        schemas: found.schemas.iter().map(|schema| new(SchemaName(schema.as_str().to_owned()))).collect(),
        publish: (!options.sends_all()).then(|| published_commands(options)),
        via_partition_root: options.via_partition_root.then(|| new(true)),
        generated_columns: (options.generated_columns == GeneratedColumns::Stored)
            .then(|| new(PublishedGenerated::Stored)),
        because: None,
    }
}

fn published_commands(options: PublicationOptions) -> Vec<Spanned<PublishedCommand>> {
    let commands = [
        (PublishedCommand::Insert, options.insert),
        (PublishedCommand::Update, options.update),
        (PublishedCommand::Delete, options.delete),
        (PublishedCommand::Truncate, options.truncate),
    ];
    commands.into_iter().filter(|(_, is_sent)| *is_sent).map(|(command, _)| new(command)).collect()
}

/// A table with the columns and the filter that the catalog holds as text.
fn published(table: &str, part: &str) -> Option<Published> {
    let mut parts = identifiers(table, '.')?;
    let name = parts.pop()?;
    let table = new(ObjectName { schema: parts.pop()?, name });
    let (columns, filter) = match part.strip_prefix("WHERE ") {
        Some(filter) => (None, Some(filter)),
        None => match part.split_once(") WHERE ") {
            Some((columns, filter)) => (columns.strip_prefix('('), Some(filter)),
            None => (part.strip_prefix('(').and_then(|columns| columns.strip_suffix(')')), None),
        },
    };
    let columns = columns.map_or(Some(Vec::new()), |columns| identifiers(columns, ','))?;
    Some(Published {
        table,
        columns: columns.into_iter().map(|column| new(ColumnName(column))).collect(),
        r#where: filter.map(|filter| new(Expression(filter.to_owned()))),
    })
}

/// Quoted identifiers between separators, as the catalog writes them.
fn identifiers(text: &str, separator: char) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut letters = text.chars().peekable();
    loop {
        while letters.next_if_eq(&' ').is_some() {}
        let mut name = String::new();
        if letters.next_if_eq(&'"').is_some() {
            loop {
                match letters.next()? {
                    '"' if letters.next_if_eq(&'"').is_some() => name.push('"'),
                    '"' => break,
                    letter => name.push(letter),
                }
            }
        } else {
            while let Some(letter) = letters.next_if(|letter| *letter != separator) {
                name.push(letter);
            }
        }
        names.push(name);
        match letters.next() {
            None => return Some(names),
            Some(letter) if letter == separator => {}
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn published_tables_are_taken_apart_whatever_their_names() {
        let of = |table: &str, part: &str| {
            let published = published(table, part).unwrap();
            let columns: Vec<String> = published.columns.iter().map(|column| column.0.clone()).collect();
            let filter = published.r#where.map(|filter| filter.value.0).unwrap_or_default();
            (published.table.schema.clone(), published.table.name.clone(), columns.join("|"), filter)
        };
        let say = |a: &str, b: &str, c: &str, d: &str| (a.into(), b.into(), c.into(), d.into());
        assert_eq!(of("app.items", ""), say("app", "items", "", ""));
        assert_eq!(of("\"A.p\".\"it\"\"ems\"", "(id, \"a, b\")"), say("A.p", "it\"ems", "id|a, b", ""));
        assert_eq!(of("app.t", "WHERE (id > 1)"), say("app", "t", "", "(id > 1)"));
        assert_eq!(of("app.t", "(id) WHERE (id > 1)"), say("app", "t", "id", "(id > 1)"));
    }
}
