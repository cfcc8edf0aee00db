//! Whose a setting is, in words.

use pgward_catalog::setting::SettingScope;

/// `role app`, `role app in database shop`, `database shop`, `every role`.
pub fn whom(scope: &SettingScope) -> String {
    match (&scope.role, &scope.database) {
        (Some(role), None) => format!("role {}", role.quoted()),
        (Some(role), Some(database)) => format!("role {} in database {}", role.quoted(), database.quoted()),
        (None, Some(database)) => format!("database {}", database.quoted()),
        (None, None) => "every role".to_owned(),
    }
}
