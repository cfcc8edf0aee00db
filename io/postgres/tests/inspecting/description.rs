//! A catalog in words, one line for each fact, the same on every version where the facts are.

use pgward_catalog::acl::Acl;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::object::{Facts, Object, Origin};
use pgward_catalog::version::Version;

/// The catalog without what initdb made and nobody changed, and without the objects of extensions.
pub(crate) fn lines(catalog: &Catalog) -> Vec<String> {
    let version = catalog.version;
    let mut lines = Vec::new();
    for (name, role) in &catalog.roles {
        if !name.as_str().starts_with("pg_") {
            let attributes = role.attributes.iter().map(|one| one.keyword()).collect::<Vec<_>>().join(" ");
            let (limit, until) = (role.connection_limit, role.valid_until.as_deref().unwrap_or("-"));
            let limit = limit.map_or("-".to_owned(), |limit| limit.to_string());
            lines.push(format!(
                "role {}: {attributes}; limit {limit}; until {until}; password {:?}",
                name.quoted(),
                role.password
            ));
        }
    }
    for (key, options) in &catalog.memberships {
        if !(key.role.as_str().starts_with("pg_") && key.member.as_str() == "pg_monitor") {
            lines.push(format!(
                "membership of {} in {} from {}: admin {} inherit {:?} set {}",
                key.member.quoted(),
                key.role.quoted(),
                key.grantor.quoted(),
                options.admin,
                options.inherit,
                options.set
            ));
        }
    }
    for (scope, settings) in &catalog.settings {
        for (name, value) in settings {
            let role = scope.role.as_ref().map_or("everybody".to_owned(), |role| role.quoted());
            let database =
                scope.database.as_ref().map_or("anywhere".to_owned(), |database| database.quoted());
            lines.push(format!("setting of {role} in {database}: {name} = {value}"));
        }
    }
    for (database, key, object) in catalog.objects() {
        if !matches!(object.origin, Origin::Extension(_)) && !is_as_born(key.class, object) {
            let database = database.map_or(String::new(), |database| format!("[{}] ", database.quoted()));
            lines.extend(object_lines(&format!("{database}{key}"), key.class, object, version));
        }
    }
    for contents in catalog.databases.values() {
        for (key, acl) in &contents.default_privileges {
            let schema =
                key.schema.as_ref().map_or(String::new(), |schema| format!(" in {}", schema.quoted()));
            let what = format!("default {} of {}{schema}", key.kind.keyword(), key.creator.quoted());
            lines.extend(acl_lines(&what, key.kind.class(), acl, version, key.creator.as_str()));
            if acl.is_empty() {
                lines.push(format!("{what}: nobody"));
            }
        }
        for (key, rules) in &contents.rules {
            for (name, rule) in rules {
                lines.push(format!("{key} rule {}: {rule:?}", name.quoted()));
            }
        }
    }
    lines
}

fn is_as_born(class: Class, object: &Object) -> bool {
    object.origin == Origin::System
        && object.columns == object.initial_columns
        && (object.initial_acl.as_ref() == Some(&object.acl) || !class.has_acl())
}

fn object_lines(name: &str, class: Class, object: &Object, version: Version) -> Vec<String> {
    let mut lines = vec![format!("{name}: owner {}{}", object.owner.quoted(), facts(&object.facts))];
    lines.extend(acl_lines(name, class, &object.acl, version, object.owner.as_str()));
    for (column, acl) in &object.columns {
        lines.extend(acl_lines(
            &format!("{name} column {}", column.quoted()),
            class,
            acl,
            version,
            object.owner.as_str(),
        ));
    }
    if let Some(security) = object.row_security() {
        for (policy, facts) in &security.policies {
            lines.push(format!("{name} policy {}: {facts:?}", policy.quoted()));
        }
    }
    lines
}

/// An owner's own complete entry is what every version calls ALL.
fn acl_lines(name: &str, class: Class, acl: &Acl, version: Version, owner: &str) -> Vec<String> {
    acl.entries()
        .iter()
        .map(|entry| {
            let whole = entry.privileges == class.privileges(version);
            let privileges = if whole { "all".to_owned() } else { entry.privileges.to_string() };
            let options = if entry.grantable.is_empty() {
                String::new()
            } else {
                format!(" with grant option {}", entry.grantable)
            };
            let grantor = if entry.grantor.as_str() == owner {
                String::new()
            } else {
                format!(" from {}", entry.grantor.quoted())
            };
            format!("{name}: {} has {privileges}{options}{grantor}", entry.grantee.quoted())
        })
        .collect()
}

fn facts(facts: &Facts) -> String {
    match facts {
        Facts::None => String::new(),
        Facts::Table(table) => {
            let parent = table.partition_of.as_ref().map(|parent| format!(", partition of {parent}"));
            let security = match (table.row_security.enabled, table.row_security.forced) {
                (false, false) => "",
                (true, false) => ", row security",
                (false, true) => ", row security off but forced",
                (true, true) => ", row security forced",
            };
            let firing: String =
                table.firing.iter().map(|(what, fires)| format!(", {what} fires {fires}")).collect();
            format!("{}{security}{firing}", parent.unwrap_or_default())
        }
        Facts::OwnedSequence { table, column } => format!(", owned by {table} column {}", column.quoted()),
        other => format!(", {other:?}"),
    }
}
