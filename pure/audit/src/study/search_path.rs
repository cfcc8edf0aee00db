//! Search paths: which schemas a name is looked up in, and for whom.

use std::collections::BTreeSet;

use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::role::Attribute;
use pgward_catalog::setting::SettingScope;

use crate::study::Study;

/// A search path, as it was written: `"$user", public`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchPath {
    elements: Vec<String>,
}

impl SearchPath {
    /// Reads the value of the setting as PostgreSQL stores it: identifiers, quoted where they need it, separated by commas.
    pub fn read(value: &str) -> SearchPath {
        let mut elements = Vec::new();
        let mut letters = value.chars().peekable();
        let mut element = String::new();
        let (mut quoted, mut was_quoted) = (false, false);
        while let Some(letter) = letters.next() {
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => {
                    element.push('"');
                    letters.next();
                }
                '"' => {
                    quoted = !quoted;
                    was_quoted = true;
                }
                ',' if !quoted => {
                    elements.push((std::mem::take(&mut element), was_quoted));
                    was_quoted = false;
                }
                letter if letter.is_whitespace() && !quoted => {}
                letter if quoted => element.push(letter),
                letter => element.extend(letter.to_lowercase()),
            }
        }
        elements.push((element, was_quoted));
        let elements = elements
            .into_iter()
            .filter(|(name, was_quoted)| !name.is_empty() || *was_quoted)
            .map(|(name, _)| name);
        SearchPath { elements: elements.filter(|name| !name.is_empty()).collect() }
    }

    /// Its schemas in order, `$user` resolved where somebody's name is known; without `pg_temp` and `pg_catalog`.
    pub fn schemas(&self, user: Option<&RoleName>) -> Vec<SchemaName> {
        self.elements
            .iter()
            .filter_map(|element| match element.as_str() {
                "$user" => user.map(|user| SchemaName::from(user.as_str())),
                "pg_temp" | "pg_catalog" => None,
                other => Some(SchemaName::from(other)),
            })
            .collect()
    }

    /// The path without these schemas, as ALTER ROLE ... SET takes it; `pg_catalog` where nothing is left.
    pub fn without(&self, schemas: &[SchemaName]) -> String {
        let kept =
            self.elements.iter().filter(|element| schemas.iter().all(|schema| schema.as_str() != *element));
        let kept: Vec<String> = kept.map(|element| SchemaName::from(element.as_str()).quoted()).collect();
        if kept.is_empty() { "pg_catalog".to_owned() } else { kept.join(", ") }
    }

    /// Whether it follows its user: `$user`.
    pub fn follows_user(&self) -> bool {
        self.elements.iter().any(|element| element == "$user")
    }

    /// Whether `pg_temp` is written, once, and nothing comes after it. Unwritten, it is searched first for relations and
    /// types.
    pub fn temporary_last(&self) -> bool {
        let written = self.elements.iter().filter(|element| *element == "pg_temp").count();
        written == 1 && self.elements.last().is_some_and(|last| last == "pg_temp")
    }
}

impl Study<'_> {
    /// Whether a search path that is set for this scope is anybody's in the database: a closer one takes its place.
    pub fn is_path_in_force(&self, scope: &SettingScope, database: &DatabaseName) -> bool {
        if scope.database.as_ref().is_some_and(|only| only != database) {
            return false;
        }
        let is_set = |role: Option<&RoleName>, database: Option<&DatabaseName>| {
            let closer = SettingScope { role: role.cloned(), database: database.cloned() };
            self.catalog.settings.get(&closer).is_some_and(|settings| settings.contains_key("search_path"))
        };
        let is_theirs = |role: &RoleName| match (&scope.role, &scope.database) {
            (Some(_), Some(_)) => true,
            (Some(_), None) => !is_set(Some(role), Some(database)),
            (None, Some(_)) => !is_set(Some(role), Some(database)) && !is_set(Some(role), None),
            (None, None) => {
                !is_set(Some(role), Some(database))
                    && !is_set(Some(role), None)
                    && !is_set(None, Some(database))
            }
        };
        match &scope.role {
            Some(role) => is_theirs(role),
            None => {
                self.catalog.roles.iter().any(|(role, found)| found.has(Attribute::Login) && is_theirs(role))
            }
        }
    }

    /// The schemas in which some superuser who may log in looks names up.
    pub fn superusers_schemas(&self, database: &DatabaseName) -> BTreeSet<SchemaName> {
        let roles = self.catalog.roles.iter();
        let superusers =
            roles.filter(|(_, role)| role.has(Attribute::Superuser) && role.has(Attribute::Login));
        superusers.flat_map(|(name, _)| self.search_path_of(name, database).schemas(Some(name))).collect()
    }

    /// Those of them that are not there, and that whoever may create in the database can make: of the name of a superuser, usually,
    /// whose path begins with `"$user"`.
    pub fn superusers_missing_schemas(&self, database: &DatabaseName) -> Vec<SchemaName> {
        let mut schemas: Vec<SchemaName> = self.superusers_schemas(database).into_iter().collect();
        schemas
            .retain(|schema| !schema.as_str().starts_with("pg_") && self.schema(database, schema).is_none());
        schemas.retain(|schema| schema.as_str() != "information_schema");
        schemas
    }

    /// The search path a role starts with in a database: what is set for it there, for it, for the database, for every role,
    /// for the server; PostgreSQL's own otherwise.
    pub fn search_path_of(&self, role: &RoleName, database: &DatabaseName) -> SearchPath {
        let set = |role: Option<&RoleName>, database: Option<&DatabaseName>| {
            let scope = SettingScope { role: role.cloned(), database: database.cloned() };
            self.catalog
                .settings
                .get(&scope)
                .and_then(|settings| settings.get("search_path"))
                .map(String::as_str)
        };
        let value = set(Some(role), Some(database))
            .or_else(|| set(Some(role), None))
            .or_else(|| set(None, Some(database)))
            .or_else(|| set(None, None))
            .or_else(|| self.survey.server.setting("search_path"))
            .unwrap_or(r#""$user", public"#);
        SearchPath::read(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_postgresql_writes_it() {
        let path = SearchPath::read(r#""$user", public, "Odd, ""name""", PG_TEMP"#);
        let user = RoleName::from("app");
        let schemas: Vec<String> = path.schemas(Some(&user)).iter().map(ToString::to_string).collect();
        assert_eq!(schemas, ["app", "public", "Odd, \"name\""]);
        assert!(path.temporary_last() && path.follows_user());
        assert!(!SearchPath::read("pg_temp, public").temporary_last());
        assert!(SearchPath::read(r#""""#).schemas(None).is_empty());
        assert_eq!(path.without(&["public".into()]), r#""$user", "Odd, ""name""", pg_temp"#);
        assert_eq!(SearchPath::read("lows").without(&["lows".into()]), "pg_catalog");
    }
}
