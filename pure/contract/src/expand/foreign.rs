//! Options of foreign-data wrappers, servers and tables, and of user mappings: what differs from the contract is reported, with the
//! statement that takes it back.

use std::collections::BTreeMap;
use std::fmt;

use pgward_catalog::acl::Grantee;
use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName, quote_literal};
use pgward_catalog::object::{Facts, Object, ObjectKey, ObjectRef, Options};
use pgward_catalog::setting::{is_sealed, option_holds_a_secret, sealed};

use crate::expand::acl::grantee;
use crate::expand::drift::{Drift, DriftKind};
use crate::form::collection::Map;
use crate::model::database::Database;
use crate::name;
use crate::source::span::{Span, Spanned};
use crate::text::OptionValue;

/// Reports options that are not as the contract lists them; what is not listed should have none.
pub fn report(said: Option<&Database>, database: &DatabaseName, found: &Contents, drift: &mut Vec<Drift>) {
    let mut wanted = said.map(listed).unwrap_or_default();
    for (key, object) in &found.objects {
        for (column, options) in options_of(object) {
            let place = Place { key: key.clone(), column: column.cloned() };
            let (wanted, _) = wanted.remove(&place).unwrap_or_default();
            for (message, hint) in place.differences(options, &wanted) {
                let one = Drift::new(DriftKind::UnaccountedOption, message, hint).within(database);
                drift.push(one.of_objects(vec![ObjectRef::within(database, key.clone())]));
            }
        }
    }
    for (place, (options, span)) in wanted {
        let key = &place.key;
        if !found.objects.contains_key(key) {
            let hint = "create it, correct its name, or remove it from the contract";
            let one = Drift::new(DriftKind::Missing, format!("{key} does not exist"), hint);
            drift.push(one.within(database).at(span));
            continue;
        }
        for (message, hint) in place.differences(&Options::new(), &options) {
            let one = Drift::new(DriftKind::UnaccountedOption, message, hint).within(database).at(span);
            drift.push(one.of_objects(vec![ObjectRef::within(database, key.clone())]));
        }
    }
    if let Some(said) = said {
        mappings(said, database, found, drift);
    }
}

/// The options of something foreign that has any, and of its columns.
fn options_of(object: &Object) -> Vec<(Option<&Name>, &Options)> {
    match &object.facts {
        Facts::Foreign(options) => vec![(None, options)],
        Facts::Table(table) => {
            let own = Some(&table.options).filter(|options| !options.is_empty());
            let columns = table.column_options.iter().map(|(column, options)| (Some(column), options));
            own.into_iter().map(|options| (None, options)).chain(columns).collect()
        }
        _ => Vec::new(),
    }
}

/// What the contract lists, with its place there. A secret written in clear is compared as its seal.
fn listed(said: &Database) -> BTreeMap<Place, (Options, Span)> {
    let whole = |key, span, options| (Place { key, column: None }, (options_in(options), span));
    let wrappers = said.foreign_wrappers.iter().map(|(name, foreign)| {
        whole(bare(Class::ForeignDataWrapper, name.as_str()), name.span, &foreign.options)
    });
    let servers = said
        .foreign_servers
        .iter()
        .map(|(name, foreign)| whole(bare(Class::ForeignServer, name.as_str()), name.span, &foreign.options));
    let tables = said.foreign_tables.iter().flat_map(|(name, foreign)| {
        let key = ObjectKey::in_schema(Class::ForeignTable, name.schema.as_str(), name.name.as_str());
        let own = whole(key.clone(), name.span, &foreign.options);
        let columns = foreign.columns.iter().map(move |(column, options)| {
            let place = Place { key: key.clone(), column: Some(Name::from(column.as_str())) };
            (place, (options_in(options), column.span))
        });
        std::iter::once(own).chain(columns)
    });
    wrappers.chain(servers).chain(tables).collect()
}

fn bare(class: Class, name: &str) -> ObjectKey {
    ObjectKey::bare(class, name)
}

fn options_in(options: &Map<name::Name, Spanned<OptionValue>>) -> Options {
    let one = |(name, value): &(Spanned<name::Name>, Spanned<OptionValue>)| {
        let (name, value) = (name.as_str(), value.as_str());
        let is_clear = option_holds_a_secret(name, value) && !is_sealed(value);
        let value = if is_clear { sealed(name, value) } else { value.to_owned() };
        (Name::from(name), value)
    };
    options.iter().map(one).collect()
}

/// What has options: something foreign, or a column of a foreign table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    key: ObjectKey,
    column: Option<Name>,
}

impl Place {
    /// Each option that differs, and what to do about it.
    fn differences(&self, found: &Options, wanted: &Options) -> Vec<(String, String)> {
        let list = match self.key.class {
            Class::ForeignDataWrapper => "foreign_wrappers",
            Class::ForeignServer => "foreign_servers",
            _ => "foreign_tables",
        };
        let value = |value: &str| if is_sealed(value) { "'...'".to_owned() } else { quote_literal(value) };
        let mut different = Vec::new();
        for (name, is) in found {
            let (message, back) = match wanted.get(name) {
                Some(should) if should == is => continue,
                Some(should) => (
                    format!("{self} has the option {name} {}, and should have {}", value(is), value(should)),
                    format!("SET {} {}", name.quoted(), value(should)),
                ),
                None => (
                    format!("{self} has the option {name} {}, and the contract does not say so", value(is)),
                    format!("DROP {}", name.quoted()),
                ),
            };
            different.push((message, format!("write it under `{list}`, or undo it: {}", self.alter(&back))));
        }
        for (name, should) in wanted.iter().filter(|(name, _)| !found.contains_key(*name)) {
            let back = self.alter(&format!("ADD {} {}", name.quoted(), value(should)));
            different.push((
                format!("{self} does not have the option {name} {}", value(should)),
                format!("remove it from `{list}`, or undo it: {back}"),
            ));
        }
        different
    }

    fn alter(&self, what: &str) -> String {
        let key = &self.key;
        let column = self.column.as_ref().map(|column| format!(" ALTER COLUMN {}", column.quoted()));
        let column = column.unwrap_or_default();
        format!("ALTER {} {}{column} OPTIONS ({what})", key.class.alter_keyword(), key.quoted())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(out, "column {} of {}", column.quoted(), self.key),
            None => self.key.fmt(out),
        }
    }
}

/// User mappings whose options the contract has a seal for, as far as the server shows them.
fn mappings(said: &Database, database: &DatabaseName, found: &Contents, drift: &mut Vec<Drift>) {
    for (server, mapped) in &said.user_mappings {
        for one in mapped {
            let Some(wanted) = &one.options else { continue };
            let name = mapping(&grantee(&one.role), &Name::from(server.as_str()));
            let key = bare(Class::UserMapping, &name);
            let Some(Facts::UserMapping { options: Some(is), .. }) =
                found.objects.get(&key).map(|one| &one.facts)
            else {
                continue;
            };
            if is == wanted.as_str() {
                continue;
            }
            let message = format!("the options of {key} are not those that the contract has sealed");
            let hint = format!(
                "put back what was changed with ALTER USER MAPPING FOR {} SERVER {} OPTIONS (...), or write the seal of what it \
                 has now: `options: '{is}'`",
                grantee(&one.role).quoted(),
                Name::from(server.as_str()).quoted()
            );
            let one = Drift::new(DriftKind::UnaccountedOption, message, hint).within(database);
            drift.push(one.of_objects(vec![ObjectRef::within(database, key)]).at(wanted.span));
        }
    }
}

/// The name that the catalog gives to a user mapping.
pub fn mapping(of: &Grantee, server: &Name) -> String {
    format!("{}@{}", of.quoted(), server.quoted())
}

/// For whom a user mapping is, from its name.
pub fn mapped(key: &ObjectKey, server: &Name) -> Option<Grantee> {
    let of = key.name.as_str().strip_suffix(&format!("@{}", server.quoted()))?;
    if of == "PUBLIC" {
        return Some(Grantee::Public);
    }
    let name = match of.strip_prefix('"').and_then(|of| of.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => of.to_owned(),
    };
    Some(Grantee::Role(RoleName::from(name.as_str())))
}
