//! Calling: which routines of a database the words of a text name, along a search path.

use std::collections::BTreeMap;

use pgward_catalog::catalog::Contents;
use pgward_catalog::name::SchemaName;
use pgward_catalog::object::{Object, ObjectKey};

use crate::source_text::{Call, calls, tokens};

/// The routines of a database by their bare names.
pub struct Routines<'a> {
    by_name: BTreeMap<&'a str, Vec<(&'a ObjectKey, &'a Object)>>,
}

impl<'a> Routines<'a> {
    /// Those of this database.
    pub fn of(contents: &'a Contents) -> Self {
        let mut by_name: BTreeMap<&str, Vec<(&ObjectKey, &Object)>> = BTreeMap::new();
        for (key, object) in contents.objects.iter().filter(|(key, _)| key.class.is_routine()) {
            by_name.entry(key.name.as_str()).or_default().push((key, object));
        }
        Self { by_name }
    }

    /// Those that a text calls: by their qualified names, or by their bare names in a schema of the path (none: in any). Which of
    /// several of one name is meant depends on types, which words do not tell: all of them are named.
    pub fn called(&self, source: &str, path: Option<&[SchemaName]>) -> Vec<(&'a ObjectKey, &'a Object)> {
        let mut found: Vec<(&ObjectKey, &Object)> = Vec::new();
        for call in calls(&tokens(source)) {
            for (key, object) in self.by_name.get(call.name.as_str()).into_iter().flatten().copied() {
                if is_meant(&call, key, path) && !found.iter().any(|(known, _)| *known == key) {
                    found.push((key, object));
                }
            }
        }
        found
    }
}

fn is_meant(call: &Call, key: &ObjectKey, path: Option<&[SchemaName]>) -> bool {
    match (&call.schema, &key.schema) {
        (Some(schema), Some(found)) => schema == found.as_str(),
        (Some(_), None) => false,
        (None, found) => match path {
            Some(path) => found.as_ref().is_some_and(|found| path.contains(found)),
            None => true,
        },
    }
}
