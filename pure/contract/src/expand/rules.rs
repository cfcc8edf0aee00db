//! Rules of tables and views: those that the contract does not list, or not so, are reported.

use std::collections::BTreeMap;

use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::rule::Rule;

use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::model::database::{Database, Rule as Written};
use crate::source::span::Span;

/// Reports what differs in one database.
pub fn report(
    expanding: &Expanding<'_>,
    said: Option<&Database>,
    database: &DatabaseName,
    found: &Contents,
    drift: &mut Vec<Drift>,
) {
    let mut wanted = said.map(listed).unwrap_or_default();
    let there =
        found.rules.iter().flat_map(|(key, rules)| rules.iter().map(move |(name, rule)| (key, name, rule)));
    for (key, name, rule) in there {
        let listed = wanted.remove(&(of(key), name.as_str().to_owned()));
        if key.schema.as_ref().is_some_and(|schema| expanding.ignores_schema(schema)) {
            continue;
        }
        let message = match &listed {
            Some((written, _)) if is_as(written, rule) => continue,
            Some(_) => format!("rule {} of {key} is not what the contract says of it", name.quoted()),
            None => {
                format!("rule {} of {key}, which the contract does not list, {}", name.quoted(), does(rule))
            }
        };
        let hint = format!(
            "write it under `rules` as it is, or take it away with DROP RULE {} ON {}: `{}`",
            name.quoted(),
            key.quoted(),
            as_written(rule)
        );
        let one = Drift::new(DriftKind::UnaccountedObject, message, hint).within(database);
        let one = one.of_objects(vec![ObjectRef::within(database, key.clone())]);
        drift.push(match listed {
            Some((_, span)) => one.at(span),
            None => one,
        });
    }
    for (((schema, table), name), (_, span)) in wanted {
        let table = ObjectKey::in_schema(Class::Table, schema.as_str(), table.as_str());
        let message =
            format!("rule {} of {} does not exist", Name::from(name.as_str()).quoted(), table.quoted());
        let hint = "create it, correct its name, or remove it from `rules`";
        drift.push(Drift::new(DriftKind::Missing, message, hint).within(database).at(span));
    }
}

/// What whoever gives the command gets by the owner's rights.
fn does(rule: &Rule) -> String {
    let instead = if rule.instead { "does something else instead of" } else { "does more at" };
    let at = format!("{instead} {}", rule.command.privilege());
    let touched: Vec<String> =
        rule.touches.iter().map(|(key, privileges)| format!("{privileges} on {key}")).collect();
    match touched.is_empty() {
        true => at,
        false => format!("{at}, with its owner's rights: {}", touched.join("; ")),
    }
}

/// As a contract writes it: what the server prints, without the semicolon at its end.
pub fn as_written(rule: &Rule) -> &str {
    rule.definition.trim().trim_end_matches(';')
}

fn is_as(written: &Written, rule: &Rule) -> bool {
    written.definition.as_str().trim().trim_end_matches(';') == as_written(rule)
}

/// The schema and the name of what a rule is on.
type Place = (String, String);

fn of(key: &ObjectKey) -> Place {
    (key.schema.as_ref().map(|schema| schema.to_string()).unwrap_or_default(), key.name.to_string())
}

fn listed(said: &Database) -> BTreeMap<(Place, String), (&Written, Span)> {
    let rules = said.rules.iter().flat_map(|(table, rules)| {
        rules.iter().map(|(name, rule)| {
            let place = (table.schema.clone(), table.name.clone());
            ((place, name.as_str().to_owned()), (&rule.value, name.span))
        })
    });
    rules.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::expand::fixture::catalog;
    use crate::expand::whole::expand;
    use crate::read::read;
    use crate::source::Source;
    use pgward_catalog::privilege::Privilege;
    use pgward_catalog::rule::RuleCommand;

    fn told(contract: &str, found: Option<&str>) -> Vec<String> {
        let (contract, wrong) = read(&[Source::new("c.yaml", contract.to_owned())]);
        assert!(wrong.is_empty(), "{wrong:?}");
        let mut observed = catalog(16, "database shop\nshop table other.cache\nshop table other.users");
        let contents = observed.databases.values_mut().next().unwrap();
        let users = ObjectKey::in_schema(Class::Table, "other", "users");
        let rule = found.map(|definition| Rule {
            command: RuleCommand::Delete,
            instead: true,
            fires: 'O',
            definition: definition.to_owned(),
            touches: BTreeMap::from([(users, Privilege::Delete.into())]),
        });
        let cache = ObjectKey::in_schema(Class::Table, "other", "cache");
        let named = rule.map(|rule| BTreeMap::from([(Name::from("r 2"), rule)]));
        contents.rules.extend(named.map(|named| (cache, named)));
        let expansion = expand(&contract, &observed);
        assert!(expansion.desired == observed);
        let about = expansion.drift.iter().filter(|one| one.message.starts_with("rule"));
        about.map(|one| one.message.clone()).collect()
    }

    #[test]
    fn a_rule_that_is_not_listed_or_not_so_or_gone_is_told_and_left_alone() {
        let listed = "contract: 1\ndatabases: {shop: {rules: {other.cache: {r 2: 'CREATE RULE \"r 2\" AS ON DELETE TO other.cache DO INSTEAD NOTHING'}}}}";
        let is = "CREATE RULE \"r 2\" AS ON DELETE TO other.cache DO INSTEAD NOTHING;";
        assert_eq!(told(listed, Some(is)), Vec::<String>::new());
        let changed = "CREATE RULE \"r 2\" AS ON DELETE TO other.cache DO INSTEAD DELETE FROM other.users;";
        assert_eq!(
            told(listed, Some(changed)),
            ["rule \"r 2\" of table other.cache is not what the contract says of it"]
        );
        assert_eq!(told(listed, None), ["rule \"r 2\" of other.cache does not exist"]);
        let unlisted = "rule \"r 2\" of table other.cache, which the contract does not list, does something else instead of DELETE, \
                        with its owner's rights: DELETE on table other.users";
        assert_eq!(told("contract: 1\ndatabases: {shop: {}}", Some(changed)), [unlisted]);
        assert_eq!(told("contract: 1", Some(changed)), [unlisted]);
    }
}
