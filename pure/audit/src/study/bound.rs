//! Whether a routine without a safe search_path has anything in it that could be misled.

use pgward_catalog::class::Class;
use pgward_catalog::object::{ObjectKey, RoutineFacts};
use pgward_grammar::bound::{Bound, bound_names};

use crate::study::{Placed, Study};
use pgward_survey::anatomy::{Anatomy, ConstraintKind, User};

impl<'a> Study<'a> {
    /// Whether nothing that a routine does is looked up along a search path: its body names everything in full, and what it names runs
    /// nobody's code that would look something up. Known of bodies in SQL only; PL/pgSQL is taken to look things up, as every
    /// assignment and condition of it may.
    pub fn has_nothing_to_mislead(&self, placed: &Placed<'a>, facts: &RoutineFacts) -> bool {
        if facts.language.as_str() != "sql" {
            return false;
        }
        let Some(anatomy) = self.survey.databases.get(placed.database) else { return false };
        let Some(body) = self.body(placed).filter(|body| !body.parsed) else { return false };
        let Some(bound) = bound_names(&body.source) else { return false };
        let tables = bound.relations.iter().map(|(schema, name)| {
            let key = ObjectKey::in_schema(Class::Table, schema.as_str(), name.as_str());
            anatomy.relations.contains_key(&key).then_some(key)
        });
        let Some(tables) = tables.collect::<Option<Vec<_>>>() else { return false };
        are_columns(anatomy, &tables, &bound) && tables.iter().all(|table| is_quiet(anatomy, table, &bound))
    }
}

/// Whether `t.a` is a column wherever it is written: a function of that name would be looked up.
fn are_columns(anatomy: &Anatomy, tables: &[ObjectKey], bound: &Bound) -> bool {
    bound.fields.iter().all(|field| {
        let columns = tables.iter().filter_map(|table| anatomy.relations.get(table));
        columns.into_iter().any(|table| table.columns.iter().any(|column| column.name.as_str() == field))
    })
}

/// Whether using a table runs nobody's code: no policy, no trigger, no default or check with a function, no partition or child that may
/// have one, and, where rows are changed, no other table whose rows follow.
fn is_quiet(anatomy: &Anatomy, table: &ObjectKey, bound: &Bound) -> bool {
    let has_children = anatomy.relations.values().any(|relation| relation.parents.contains(table));
    let runs_code = anatomy
        .uses
        .iter()
        .filter(|used| used.on == *table)
        .any(|used| used.is_code() || matches!(used.by, User::Policy(_) | User::RewriteRule(_)));
    let is_followed = bound.writes
        && anatomy.constraints.iter().any(|constraint| {
            matches!(&constraint.kind, ConstraintKind::ForeignKey { references, .. } if references == table)
        });
    !has_children && !runs_code && !is_followed
}
