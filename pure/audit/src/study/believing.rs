//! Believing: what a policy goes by beside the row itself. The tables it looks into, through views and through the functions it
//! calls; and the bodies of those functions.

use std::collections::BTreeSet;

use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::name::{Name, SchemaName};
use pgward_catalog::object::{Object, ObjectKey, Origin};

use crate::source_text::relations::relations;
use crate::study::search_path::SearchPath;
use crate::study::{Placed, Study};
use pgward_survey::anatomy::{Routine, User};

/// A function that a policy runs, itself or through others.
#[derive(Clone, Copy)]
pub struct Body<'a> {
    /// Its name.
    pub key: &'a ObjectKey,
    /// What it is.
    pub object: &'a Object,
    /// What it is made of.
    pub routine: &'a Routine,
}

impl<'a> Study<'a> {
    /// The functions that a policy of this table runs: those it calls, and those they call, as far as their bodies tell.
    pub fn bodies_behind(&self, table: &Placed<'a>, policy: &Name) -> Vec<Body<'a>> {
        let called = self.uses(table).iter().filter(|used| {
            used.on == *table.key
                && used.is_code()
                && matches!(&used.by, User::Policy(name) if name == policy)
        });
        self.bodies_from(table, called.map(|used| &used.target).collect())
    }

    /// These functions, and those they call. What extensions and the provider made is left out.
    fn bodies_from(&self, at: &Placed<'a>, mut open: Vec<&'a ObjectKey>) -> Vec<Body<'a>> {
        let Some(contents) = self.catalog.databases.get(at.database) else { return Vec::new() };
        let Some(anatomy) = self.survey.databases.get(at.database) else { return Vec::new() };
        let Some(routines) = self.routines(at.database) else { return Vec::new() };
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        while let Some(key) = open.pop() {
            if !seen.insert(key) || found.len() >= BODIES_MOST {
                continue;
            }
            let Some((key, object)) = contents.objects.get_key_value(key) else { continue };
            let Some(routine) = anatomy.routines.get(key) else { continue };
            if object.origin != Origin::User || self.is_providers(key, object) {
                continue;
            }
            found.push(Body { key, object, routine });
            let by_tree = anatomy
                .uses
                .iter()
                .filter(|used| used.on == *key && used.by == User::Routine && used.is_code());
            open.extend(by_tree.map(|used| &used.target));
            let path = path_of(object);
            open.extend(routines.called(&routine.source, path.as_deref()).into_iter().map(|(key, _)| key));
        }
        found
    }

    /// The relations that a policy of this table looks into beside the table: by itself, in the functions it runs, behind the views
    /// it reads. The views are among them.
    pub fn sources_behind(&self, table: &Placed<'a>, policy: &Name) -> Vec<(&'a ObjectKey, &'a Object)> {
        let Some(contents) = self.catalog.databases.get(table.database) else { return Vec::new() };
        let direct = self.uses(table).iter().filter(|used| {
            used.on == *table.key
                && !used.is_code()
                && matches!(&used.by, User::Policy(name) if name == policy)
        });
        let mut open: Vec<&ObjectKey> = direct.map(|used| &used.target).collect();
        for body in self.bodies_behind(table, policy) {
            open.extend(self.relations_read(table, contents, body));
        }
        let mut found: Vec<(&ObjectKey, &Object)> = Vec::new();
        let mut seen = BTreeSet::from([table.key]);
        while let Some(key) = open.pop() {
            if !seen.insert(key) {
                continue;
            }
            let Some((key, object)) = contents.objects.get_key_value(key) else { continue };
            found.push((key, object));
            let behind =
                self.uses(table).iter().filter(|used| used.on == *key && matches!(used.by, User::View));
            open.extend(behind.filter(|used| !used.is_code()).map(|used| &used.target));
            // What is in a partition is in its table.
            let children =
                self.survey.databases.get(table.database).into_iter().flat_map(|found| &found.relations);
            open.extend(children.filter(|(_, child)| child.parents.contains(key)).map(|(child, _)| child));
        }
        found
    }

    /// The relations a body reads: those its tree depends on, and those its text names.
    pub fn relations_read(
        &self,
        at: &Placed<'a>,
        contents: &'a Contents,
        body: Body<'a>,
    ) -> Vec<&'a ObjectKey> {
        let by_tree = self
            .uses(at)
            .iter()
            .filter(|used| {
                used.on == *body.key && used.by == User::Routine && used.target.class.is_table_like()
            })
            .map(|used| &used.target);
        let named = relations(&body.routine.source);
        let named = named.iter().filter(|named| !named.written);
        let by_text =
            named.filter_map(|named| relation_named(contents, body, named.schema.as_deref(), &named.name));
        by_tree.chain(by_text).collect()
    }

    /// The relations a body writes to, by its text.
    pub fn relations_written(&self, contents: &'a Contents, body: Body<'a>) -> Vec<&'a ObjectKey> {
        let named = relations(&body.routine.source);
        let named = named.iter().filter(|named| named.written);
        named
            .filter_map(|named| relation_named(contents, body, named.schema.as_deref(), &named.name))
            .collect()
    }
}

/// The relation a name means in a body: in its schema; along the path that is set for the body; where nothing is set, in the body's
/// own schema, or in the only schema that has one.
fn relation_named<'a>(
    contents: &'a Contents,
    body: Body<'_>,
    schema: Option<&str>,
    name: &str,
) -> Option<&'a ObjectKey> {
    let within = |schema: &str| {
        [Class::Table, Class::PartitionedTable, Class::View, Class::MaterializedView, Class::ForeignTable]
            .into_iter()
            .map(|class| ObjectKey::in_schema(class, schema, name))
            .find_map(|key| contents.objects.get_key_value(&key).map(|(key, _)| key))
    };
    if let Some(schema) = schema {
        return within(schema);
    }
    if let Some(path) = path_of(body.object) {
        return path.iter().find_map(|schema| within(schema.as_str()));
    }
    let own = body.key.schema.as_ref().and_then(|schema| within(schema.as_str()));
    own.or_else(|| {
        let mut all =
            contents.objects.keys().filter(|key| key.class.is_table_like() && key.name.as_str() == name);
        let first = all.next()?;
        all.next().is_none().then_some(first)
    })
}

fn path_of(object: &Object) -> Option<Vec<SchemaName>> {
    let path = object.routine()?.settings.get("search_path")?;
    Some(SearchPath::read(path).schemas(None))
}

/// How many functions behind one policy are followed.
const BODIES_MOST: usize = 200;
