//! What surrounds the process: its environment variables, its user, their home.

use crate::conninfo::keyword::KEYWORDS;
use crate::conninfo::parameters::Parameters;
use crate::conninfo::refusal::{Origin, SettingsError};
use pgward_credential::Secret;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The surroundings settings are looked up in. Made once from the process, or by hand in a test.
#[derive(Default)]
pub struct Environment {
    variables: HashMap<String, Secret>,
    home: Option<PathBuf>,
    os_user: Option<String>,
}

impl Environment {
    /// The surroundings of this process.
    #[must_use]
    pub fn of_process() -> Environment {
        Environment {
            home: std::env::home_dir().filter(|home| home.is_absolute()),
            os_user: whoami::username().ok(),
            ..Environment::of(
                std::env::vars_os()
                    .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
            )
        }
    }

    /// Surroundings with these variables, without a home or a user.
    #[must_use]
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Environment {
        let kept = variables.into_iter().filter(|(name, _)| name.starts_with("PG"));
        let variables = kept.map(|(name, value)| (name, Secret::new(value))).collect();
        Environment { variables, home: None, os_user: None }
    }

    /// The same with this home folder.
    #[must_use]
    pub fn with_home(self, home: impl Into<PathBuf>) -> Environment {
        Environment { home: Some(home.into()), ..self }
    }

    /// The same with this operating system user.
    #[must_use]
    pub fn with_os_user(self, name: impl Into<String>) -> Environment {
        Environment { os_user: Some(name.into()), ..self }
    }

    /// A variable that is set, though perhaps to nothing.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(Secret::expose)
    }

    /// A variable that is a path, where it says something.
    pub(crate) fn path(&self, variable: &str) -> Option<PathBuf> {
        self.variable(variable).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// A file below the home folder.
    pub(crate) fn at_home(&self, name: &str) -> Option<PathBuf> {
        self.home.as_deref().map(|home: &Path| home.join(name))
    }

    /// What the operating system calls the user.
    pub(crate) fn os_user(&self) -> Option<&str> {
        self.os_user.as_deref()
    }

    /// Adds what the variables say to settings that were not given otherwise.
    pub(crate) fn complete(&self, parameters: &mut Parameters) -> Result<(), SettingsError> {
        for keyword in KEYWORDS {
            let Some(variable) = keyword.variable else { continue };
            if let Some(value) = self.variables.get(variable) {
                parameters.set_default(keyword.name, value.duplicate(), Origin::Variable(variable))?;
            }
        }
        // Before there was PGSSLMODE there was this; whoever still sets it counts on it.
        if self.variable("PGREQUIRESSL").is_some_and(|value| value.starts_with('1')) {
            let require = Secret::new("require".to_owned());
            parameters.set_default("sslmode", require, Origin::Variable("PGREQUIRESSL"))?;
        }
        Ok(())
    }
}
