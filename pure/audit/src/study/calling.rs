//! Calling: which routines of a database the words of a text name, along a search path.

use std::collections::BTreeMap;

use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::name::{Name, SchemaName};
use pgward_catalog::object::{Object, ObjectKey, RoutineFacts};
use pgward_survey::anatomy::User;

use crate::source_text::{Call, calls, tokens};
use crate::study::deeds::is_read;
use crate::study::search_path::SearchPath;
use crate::study::{Placed, Study};

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

impl<'a> Study<'a> {
    /// The routines that a routine calls: those its stored tree or the defaults of its arguments name, and those the words of its body
    /// name along its path. The path is what is set for it, and else what its owner has, who is taken to run it; a SECURITY DEFINER
    /// routine without one is run along anybody's.
    pub fn routines_called(
        &self,
        placed: &Placed<'a>,
        facts: &RoutineFacts,
    ) -> Vec<(&'a ObjectKey, &'a Object)> {
        let Some(body) = self.body(placed) else { return Vec::new() };
        let Some(contents) = self.catalog.databases.get(placed.database) else { return Vec::new() };
        let by_tree = self.uses(placed).iter();
        let by_tree =
            by_tree.filter(|used| used.by == User::Routine && used.on == *placed.key && used.is_code());
        let mut found: Vec<_> =
            by_tree.filter_map(|used| contents.objects.get_key_value(&used.target)).collect();
        if !body.parsed
            && is_read(facts)
            && let Some(routines) = self.routines(placed.database)
        {
            let owner = &placed.object.owner;
            let path = match facts.settings.get(&Name::from("search_path")) {
                Some(path) => Some(SearchPath::read(path)),
                None if facts.security_definer => None,
                None => Some(self.search_path_of(owner, placed.database)),
            };
            let path = path.map(|path| path.schemas(Some(owner)));
            found.extend(routines.called(&body.source, path.as_deref()));
        }
        found.retain(|(key, _)| *key != placed.key && key.class != Class::Aggregate);
        found.sort_by_key(|(key, _)| *key);
        found.dedup_by_key(|(key, _)| *key);
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
