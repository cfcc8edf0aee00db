//! SET and RESET for roles, databases and routines.

use pgward_catalog::name::{Name, quote_literal};
use pgward_catalog::object::{ObjectKey, quote_parameter};
use pgward_catalog::setting::SettingScope;

/// ALTER ROLE/DATABASE ... SET.
pub(crate) fn set(scope: &SettingScope, name: &Name, value: &str) -> String {
    format!("{} SET {}", whose(scope), assignment(name, value))
}

/// ALTER ROLE/DATABASE ... RESET.
pub(crate) fn reset(scope: &SettingScope, name: &Name) -> String {
    format!("{} RESET {}", whose(scope), quote_parameter(name.as_str()))
}

/// ALTER FUNCTION ... SET or RESET.
pub(crate) fn of_routine(routine: &ObjectKey, name: &Name, value: Option<&str>) -> String {
    let alter = format!("ALTER {} {}", routine.class.alter_keyword(), routine.quoted());
    match value {
        Some(value) => format!("{alter} SET {}", assignment(name, value)),
        None => format!("{alter} RESET {}", quote_parameter(name.as_str())),
    }
}

fn whose(scope: &SettingScope) -> String {
    match (&scope.role, &scope.database) {
        (Some(role), None) => format!("ALTER ROLE {}", role.quoted()),
        (Some(role), Some(database)) => {
            format!("ALTER ROLE {} IN DATABASE {}", role.quoted(), database.quoted())
        }
        (None, Some(database)) => format!("ALTER DATABASE {}", database.quoted()),
        (None, None) => "ALTER ROLE ALL".to_owned(),
    }
}

fn assignment(name: &Name, value: &str) -> String {
    let value = match is_quoted_list(name) {
        // Each element apart: PostgreSQL quotes one literal as one name.
        true => elements(value).iter().map(|element| quote_literal(element)).collect::<Vec<_>>().join(", "),
        false => quote_literal(value),
    };
    format!("{} TO {value}", quote_parameter(name.as_str()))
}

/// The settings whose elements PostgreSQL stores as quoted identifiers (GUC_LIST_QUOTE; the list is that of pg_dump).
fn is_quoted_list(name: &Name) -> bool {
    [
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    ]
    .iter()
    .any(|list| name.as_str().eq_ignore_ascii_case(list))
}

/// The elements of a list of identifiers as PostgreSQL stores it: `"$user", public`.
pub(crate) fn elements(list: &str) -> Vec<String> {
    let mut elements = Vec::new();
    let mut element = String::new();
    let mut letters = list.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                element.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => elements.push(std::mem::take(&mut element)),
            ' ' | '\t' | '\n' if !quoted => {}
            letter => element.push(letter),
        }
    }
    elements.push(element);
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_split_as_postgresql_stored_it() {
        for (list, expected) in [
            ("\"$user\", public", vec!["$user", "public"]),
            ("\"We, \"\"ird\", pg_temp", vec!["We, \"ird", "pg_temp"]),
            ("\"\"", vec![""]),
            ("a,b", vec!["a", "b"]),
        ] {
            assert_eq!(elements(list), expected);
        }
    }

    #[test]
    fn every_element_is_a_literal_of_its_own() {
        let scope = SettingScope { role: Some("app".into()), database: None };
        assert_eq!(
            set(&scope, &"search_path".into(), "\"$user\", public"),
            "ALTER ROLE app SET search_path TO '$user', 'public'"
        );
        assert_eq!(
            set(&scope, &"app.tenant".into(), "it's, \\one"),
            "ALTER ROLE app SET app.tenant TO E'it''s, \\\\one'"
        );
    }
}
