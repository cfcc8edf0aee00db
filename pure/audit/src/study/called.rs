//! Called: whose code a routine runs, by its stored tree and by the words of its body.

use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::{Object, ObjectKey, RoutineFacts};
use pgward_survey::anatomy::User;

use crate::study::deeds::is_read;
use crate::study::search_path::SearchPath;
use crate::study::{Placed, Study};

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
