//! Settings kept for roles and databases (`pg_db_role_setting`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::{DatabaseName, Name, RoleName};

/// Whose setting: ALTER ROLE r SET, ALTER ROLE r IN DATABASE d SET, ALTER DATABASE d SET, ALTER ROLE ALL SET.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SettingScope {
    /// The role it applies to; none: every role.
    pub role: Option<RoleName>,
    /// The database it applies in; none: every database.
    pub database: Option<DatabaseName>,
}

/// Values by the setting's name, in lower case. Lists (`search_path`) are kept as PostgreSQL stores them:
/// elements quoted where they need it, separated by a comma and a space.
pub type Settings = BTreeMap<Name, String>;
