//! Settings of roles and databases as they should be.

use std::collections::BTreeMap;

use pgward_catalog::name::{DatabaseName, Name, RoleName, quote_identifier, quote_literal};
use pgward_catalog::setting::{
    SettingScope, Settings, holds_a_secret, is_sealed, sealed, server_setting_holds_a_secret,
};

use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::standing::{Standing, is_predefined};
use crate::form::collection::Map;
use crate::source::span::Spanned;
use crate::text::{SettingName, SettingValue};

type Written = Map<SettingName, Spanned<SettingValue>>;

/// All settings: complete for declared roles, for databases and the cluster where the contract lists them.
pub fn desired(expanding: &mut Expanding<'_>) -> BTreeMap<SettingScope, Settings> {
    let observed = &expanding.observed.settings;
    let mut made: BTreeMap<SettingScope, Settings> = BTreeMap::new();
    for (scope, settings) in observed {
        if stays(expanding, scope) {
            made.insert(scope.clone(), settings.clone());
        } else if !is_of_retired(expanding, scope) {
            made.insert(scope.clone(), secrets(settings).collect());
        }
    }
    for (name, role) in expanding.standings.declared() {
        if expanding.standings.standing(name) == Standing::Declared {
            put(&mut made, observed, Some(name), None, &role.settings);
            for (database, settings) in &role.settings_in {
                let database = DatabaseName::from(database.as_str());
                put(&mut made, observed, Some(name), Some(&database), settings);
            }
        }
    }
    if let Some(settings) = &expanding.contract.settings.all {
        put(&mut made, observed, None, None, settings);
    }
    for (name, said) in &expanding.contract.databases {
        let database = DatabaseName::from(name.as_str());
        if expanding.ignores(&database) {
            continue;
        }
        match &said.settings {
            Some(settings) => put(&mut made, observed, None, Some(&database), settings),
            None => {
                let scope = SettingScope { role: None, database: Some(database.clone()) };
                let found = made.get(&scope).into_iter().flatten().map(|(name, value)| {
                    let message = format!(
                        "database \"{database}\" sets {name} to {value}, which the contract does not say"
                    );
                    Drift::new(
                        DriftKind::UnaccountedSetting,
                        message,
                        "list it under the database's `settings`, or reset it",
                    )
                    .within(&database)
                    .at(name_span(expanding, &database))
                });
                let found: Vec<Drift> = found.collect();
                expanding.drift.extend(found);
            }
        }
    }
    made.retain(|_, settings| !settings.is_empty());
    report_unmentioned(expanding);
    report_secrets(expanding);
    report_system(expanding);
    made
}

/// What ALTER SYSTEM has set, where it is not what the contract lists.
fn report_system(expanding: &mut Expanding<'_>) {
    let Some(found) = &expanding.observed.system_settings else { return };
    let mut wanted = BTreeMap::new();
    for (name, value) in expanding.contract.settings.system.iter().flatten() {
        let lower = name.as_str().to_ascii_lowercase();
        let value = stored(&lower, value);
        let is_clear = server_setting_holds_a_secret(&lower, &value) && !is_sealed(&value);
        let value = if is_clear { sealed(&lower, &value) } else { value };
        wanted.insert(Name::from(lower.as_str()), (value, name.span));
    }
    let shown = |value: &str| match is_sealed(value) {
        true => "a value that is not shown".to_owned(),
        false => quote_literal(value),
    };
    let mut drift = Vec::new();
    for (name, is) in found {
        let should = wanted.remove(name);
        let (message, back) = match &should {
            Some((should, _)) if *should == normal(name.as_str(), is) => continue,
            Some((should, _)) => (
                format!(
                    "ALTER SYSTEM has set {name} to {}, and the contract says {}",
                    shown(is),
                    shown(should)
                ),
                format!("ALTER SYSTEM SET {name} = {}", shown(should)),
            ),
            None => (
                format!("ALTER SYSTEM has set {name} to {}, and the contract does not say so", shown(is)),
                format!("ALTER SYSTEM RESET {name}"),
            ),
        };
        let hint =
            format!("list it under `settings: {{system: ...}}`, or undo it: {back}; SELECT pg_reload_conf()");
        let one = Drift::new(DriftKind::UnaccountedSetting, message, hint);
        drift.push(one.at(should.map(|(_, span)| span).unwrap_or_default()));
    }
    for (name, (should, span)) in wanted {
        let message =
            format!("ALTER SYSTEM has not set {name}, which the contract lists with {}", shown(&should));
        let hint =
            format!("set it: ALTER SYSTEM SET {name} = ..., or remove it from `settings: {{system: ...}}`");
        drift.push(Drift::new(DriftKind::UnaccountedSetting, message, hint).at(span));
    }
    expanding.drift.append(&mut drift);
}

/// Settings of roles and databases that the contract does not mention.
fn report_unmentioned(expanding: &mut Expanding<'_>) {
    let ignores = |database: &DatabaseName| expanding.ignores(database);
    let mut found = Vec::new();
    for (scope, settings) in &expanding.observed.settings {
        let whose = match (&scope.role, &scope.database) {
            (Some(role), database)
                if expanding.standings.standing(role) == Standing::Undeclared
                    && !is_predefined(role)
                    && !database.as_ref().is_some_and(ignores) =>
            {
                let place = database
                    .as_ref()
                    .map_or(String::new(), |database| format!(" in database \"{database}\""));
                format!("role \"{role}\" is not in the contract and starts{place}")
            }
            (None, Some(database)) if expanding.declaration(database).is_none() && !ignores(database) => {
                format!("database \"{database}\" is not in the contract and starts sessions")
            }
            _ => continue,
        };
        for (name, value) in settings {
            let message = format!("{whose} with {name} = {value}");
            let hint =
                "declare it with its `settings`, reset it, or leave it alone with `scope: {ignore: ...}`";
            let drift = Drift::new(DriftKind::UnaccountedSetting, message, hint);
            found.push(match &scope.database {
                Some(database) => drift.within(database),
                None => drift,
            });
        }
    }
    expanding.drift.append(&mut found);
}

fn name_span(expanding: &Expanding<'_>, database: &DatabaseName) -> crate::source::span::Span {
    let mut keys = expanding.contract.databases.keys();
    keys.find(|key| key.as_str() == database.as_str()).map(|key| key.span).unwrap_or_default()
}

/// Whether settings of this scope are none of the contract's business.
fn stays(expanding: &Expanding<'_>, scope: &SettingScope) -> bool {
    match (&scope.role, &scope.database) {
        (Some(role), _) => {
            !matches!(expanding.standings.standing(role), Standing::Declared | Standing::Retired)
        }
        (None, Some(database)) => expanding.declaration(database).is_none_or(|said| said.settings.is_none()),
        (None, None) => false,
    }
}

fn is_of_retired(expanding: &Expanding<'_>, scope: &SettingScope) -> bool {
    scope.role.as_ref().is_some_and(|role| expanding.standings.standing(role) == Standing::Retired)
}

/// Settings that hold secrets: they stay as they are, whatever the contract says, since nobody here knows their values.
fn secrets(settings: &Settings) -> impl Iterator<Item = (Name, String)> {
    let found = settings.iter().filter(|(name, _)| holds_a_secret(name.as_str()));
    found.map(|(name, value)| (name.clone(), value.clone()))
}

/// Secrets that are not what the contract says of them, are missing, or are not in the contract where it lists the settings.
fn report_secrets(expanding: &mut Expanding<'_>) {
    let scope = |role: Option<&RoleName>, database: Option<&DatabaseName>| SettingScope {
        role: role.cloned(),
        database: database.cloned(),
    };
    let none = Written::default();
    let mut listed: BTreeMap<SettingScope, &Written> = BTreeMap::new();
    for found in expanding.observed.settings.keys() {
        if !stays(expanding, found) && !is_of_retired(expanding, found) {
            listed.insert(found.clone(), &none);
        }
    }
    for (name, role) in expanding.standings.declared() {
        if expanding.standings.standing(name) == Standing::Declared {
            listed.insert(scope(Some(name), None), &role.settings);
            for (database, settings) in &role.settings_in {
                listed.insert(scope(Some(name), Some(&DatabaseName::from(database.as_str()))), settings);
            }
        }
    }
    if let Some(settings) = &expanding.contract.settings.all {
        listed.insert(scope(None, None), settings);
    }
    for (name, said) in &expanding.contract.databases {
        let database = DatabaseName::from(name.as_str());
        if let (Some(settings), false) = (&said.settings, expanding.ignores(&database)) {
            listed.insert(scope(None, Some(&database)), settings);
        }
    }
    let mut drift = Vec::new();
    for (scope, written) in listed {
        let there = expanding.observed.settings.get(&scope);
        let there: BTreeMap<Name, String> = there.into_iter().flat_map(secrets).collect();
        let mut told: BTreeMap<Name, (String, crate::source::span::Span)> = BTreeMap::new();
        for (name, value) in written.iter().filter(|(name, _)| holds_a_secret(name.as_str())) {
            let lower = name.as_str().to_ascii_lowercase();
            let value = stored(&lower, value);
            let value = if is_sealed(&value) { value } else { sealed(&lower, &value) };
            told.insert(Name::from(lower.as_str()), (value, name.span));
        }
        let place = place_of(&scope);
        let mut say = |name: &Name, what: &str, hint: String, span| {
            let found = Drift::new(DriftKind::UnaccountedSetting, format!("{name} of {place} {what}"), hint);
            let found = found.at(span);
            drift.push(match &scope.database {
                Some(database) => found.within(database),
                None => found,
            });
        };
        for (name, (wanted, span)) in &told {
            match there.get(name) {
                None => say(
                    name,
                    "is a secret that the contract lists and that is not there",
                    "set it by hand: pgward does not write secrets it cannot read".to_owned(),
                    *span,
                ),
                Some(found) if found != wanted => say(
                    name,
                    "is a secret that is not the one the contract lists",
                    format!("set it back by hand, or write {found} into the contract"),
                    *span,
                ),
                Some(_) => {}
            }
        }
        for (name, found) in there.iter().filter(|(name, _)| !told.contains_key(*name)) {
            let hint = format!("list it with the value {found}, or reset it by hand");
            say(name, "is a secret that the contract does not list", hint, Default::default());
        }
    }
    expanding.drift.extend(drift);
}

/// Whose settings they are, in words.
pub fn place_of(scope: &SettingScope) -> String {
    match (&scope.role, &scope.database) {
        (Some(role), Some(database)) => format!("role \"{role}\" in database \"{database}\""),
        (Some(role), None) => format!("role \"{role}\""),
        (None, Some(database)) => format!("database \"{database}\""),
        (None, None) => "all roles".to_owned(),
    }
}

fn put(
    made: &mut BTreeMap<SettingScope, Settings>,
    observed: &BTreeMap<SettingScope, Settings>,
    role: Option<&RoleName>,
    database: Option<&DatabaseName>,
    written: &Written,
) {
    let scope = SettingScope { role: role.cloned(), database: database.cloned() };
    let found = observed.get(&scope);
    let settings = resolved(written, found);
    made.entry(scope).or_default().extend(settings);
}

/// The settings as PostgreSQL keeps them; what is there and means the same is kept as it is.
pub fn resolved(written: &Written, found: Option<&Settings>) -> Settings {
    let mut settings: Settings = found.into_iter().flat_map(secrets).collect();
    for (name, value) in written.iter().filter(|(name, _)| !holds_a_secret(name.as_str())) {
        let name = Name::from(name.as_str().to_ascii_lowercase().as_str());
        let value = stored(name.as_str(), value);
        let same =
            found.and_then(|found| found.get(&name)).filter(|found| normal(name.as_str(), found) == value);
        let value = same.cloned().unwrap_or(value);
        settings.insert(name, value);
    }
    settings
}

/// A value as `pg_db_role_setting` holds it.
pub fn stored(name: &str, value: &SettingValue) -> String {
    match value {
        SettingValue::One(text) => normal(name, text),
        SettingValue::Many(items) => joined(items),
    }
}

/// The items of a list, each quoted where it must be.
pub fn joined<S: AsRef<str>>(items: &[S]) -> String {
    if items.is_empty() {
        return "\"\"".to_owned();
    }
    items.iter().map(|item| quote_identifier(item.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A text as `pg_db_role_setting` holds it: lists of names are taken apart and put together again.
fn normal(name: &str, text: &str) -> String {
    match LISTS.contains(&name).then(|| items(text)).flatten() {
        Some(items) => joined(&items),
        None => text.to_owned(),
    }
}

/// The items of a list setting, unquoted; nothing if it is no proper list.
pub fn items(text: &str) -> Option<Vec<String>> {
    let mut items = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let (item, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = rest.find([',', '"']).unwrap_or(rest.len());
                let (item, after) = rest.split_at_checked(end)?;
                (item.trim_end().to_ascii_lowercase(), after)
            }
        };
        items.push(item);
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => break,
        }
    }
    rest.is_empty().then_some(items)
}

fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut item = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (c, chars.peek()) {
            ('"', Some((_, '"'))) => {
                chars.next();
                item.push('"');
            }
            ('"', _) => return Some((item, text.get(at + 1..)?)),
            (c, _) => item.push(c),
        }
    }
    None
}

/// The settings that hold a list of names (`GUC_LIST_QUOTE` in PostgreSQL's source).
pub const LISTS: &[&str] = &[
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &str, expected: &str) {
        assert_eq!(stored(name, &SettingValue::One(text.to_owned())), expected);
    }

    #[test]
    fn lists_of_names_are_kept_the_way_postgresql_keeps_them() {
        check("search_path", "Shop,pg_catalog", "shop, pg_catalog");
        check("search_path", "\"$user\" , \"a\"\"b\"", "\"$user\", \"a\"\"b\"");
        check("search_path", "\"\"", "\"\"");
        check("work_mem", "64, MB", "64, MB");
        assert_eq!(
            stored("search_path", &SettingValue::Many(vec!["Shop".into(), "x".into()])),
            "\"Shop\", x"
        );
        assert_eq!(stored("search_path", &SettingValue::Many(Vec::new())), "\"\"");
    }
}
