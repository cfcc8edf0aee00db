//! Settings as texts: who gave them, and which giver comes first.

use crate::conninfo::keyword::{self, Keyword};
use crate::conninfo::refusal::{Origin, SettingsError};
use pgward_credential::Secret;
use std::collections::BTreeMap;

/// Settings by keyword. Every text is a secret until its keyword shows that it is none.
#[derive(Default)]
pub struct Parameters {
    given: BTreeMap<&'static str, Parameter>,
}

struct Parameter {
    text: Secret,
    origin: Origin,
}

/// A setting that is no secret, and who gave it.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The keyword.
    pub name: &'static str,
    /// The text, never empty.
    pub text: &'a str,
    /// Who gave it.
    pub origin: &'a Origin,
}

impl Parameters {
    /// Takes a setting over what was given before it: the last one in a connection string counts.
    pub(crate) fn set(&mut self, name: &str, text: Secret, origin: Origin) -> Result<(), SettingsError> {
        let keyword = honour(name, &text, &origin)?;
        self.given.insert(keyword.name, Parameter { text, origin });
        Ok(())
    }

    /// Takes a setting only where none was given, not even an empty one.
    pub(crate) fn set_default(
        &mut self,
        name: &str,
        text: Secret,
        origin: Origin,
    ) -> Result<(), SettingsError> {
        match self.given.contains_key(name) {
            true => Ok(()),
            false => self.set(name, text, origin),
        }
    }

    /// A setting's text and giver; an empty text counts as none.
    #[must_use]
    pub fn get(&self, name: &'static str) -> Option<Given<'_>> {
        let Parameter { text, origin } = self.given.get(name)?;
        (!text.is_empty()).then(|| Given { name, text: text.expose(), origin })
    }

    /// The password, taken out.
    pub(crate) fn take_password(&mut self) -> Option<Secret> {
        self.given.remove("password").map(|parameter| parameter.text).filter(|text| !text.is_empty())
    }
}

fn honour(name: &str, text: &Secret, origin: &Origin) -> Result<&'static Keyword, SettingsError> {
    let keyword = keyword::find(name).ok_or_else(|| SettingsError::Unknown {
        name: name.to_owned(),
        origin: origin.clone(),
        meant: keyword::nearest(name),
    })?;
    match keyword.refused {
        Some(because) if !text.is_empty() => {
            Err(SettingsError::NotSupported { name: keyword.name, origin: origin.clone(), because })
        }
        _ => Ok(keyword),
    }
}

impl Given<'_> {
    /// The refusal of this value.
    pub(crate) fn invalid(&self, expected: &'static str) -> SettingsError {
        let (value, origin) = (self.text.to_owned(), self.origin.clone());
        SettingsError::Invalid { name: self.name, value, origin, expected }
    }

    /// The value as a whole number; blanks around it do not matter.
    pub(crate) fn number(&self) -> Result<i32, SettingsError> {
        self.text.trim().parse().map_err(|_| self.invalid("a whole number is expected"))
    }
}
