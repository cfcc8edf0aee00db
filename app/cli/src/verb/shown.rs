//! What somebody shows who comes to the desk: never an argument, which every process can read.

use std::path::Path;

use pgward_credential::Secret;
use pgward_secrets::FileStore;

use crate::arguments::desk::Who;
use crate::exit::Failure;

/// What somebody shows.
pub(crate) enum Shown {
    /// The password of their account.
    Password(Secret),
    /// A token.
    Token(Secret),
    /// Nothing: their last login is meant.
    Nothing,
}

impl Shown {
    /// What is shown: a file before the environment, a password before a token.
    pub(crate) fn by(who: &Who) -> Result<Shown, Failure> {
        if let Some(path) = &who.password_file {
            return secret_in(path).map(Shown::Password);
        }
        if who.token_file.is_some() {
            return Ok(token(who.token_file.as_deref())?.map_or(Shown::Nothing, Shown::Token));
        }
        if let Some(password) = variable("PGWARD_PASSWORD") {
            return Ok(Shown::Password(password));
        }
        Ok(token(None)?.map_or(Shown::Nothing, Shown::Token))
    }
}

/// The token of this file, or of the environment.
pub(crate) fn token(file: Option<&Path>) -> Result<Option<Secret>, Failure> {
    match file {
        Some(path) => secret_in(path).map(Some),
        None => Ok(variable("PGWARD_TOKEN")),
    }
}

/// What to say where a password has to be shown.
pub(crate) fn no_password() -> Failure {
    Failure::asked("there is no password").hint("set PGWARD_PASSWORD, or name a file: --password-file FILE")
}

fn variable(name: &str) -> Option<Secret> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).map(Secret::new)
}

fn secret_in(path: &Path) -> Result<Secret, Failure> {
    let name = path.file_name().ok_or_else(|| Failure::asked(format!("{} names no file", path.display())))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    FileStore::at(folder).read(Path::new(name)).map_err(|error| Failure::world(&error))
}
