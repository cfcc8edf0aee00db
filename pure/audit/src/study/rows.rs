//! Tables whose rows are kept apart, and who is let at them.

use std::collections::BTreeSet;

use pgward_catalog::acl::{Entry, Grantee};
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{Facts, Object, ObjectKey};
use pgward_catalog::policy::RowSecurity;
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::study::{Placed, Study};
use pgward_survey::anatomy::{Anatomy, Relation, Use, User};

impl<'a> Study<'a> {
    /// Tables of users, with their row security.
    pub fn tables(&self) -> impl Iterator<Item = (Placed<'a>, &'a RowSecurity)> {
        self.made()
            .filter(|placed| placed.key.class.has_row_security())
            .filter_map(|placed| Some((placed, placed.object.row_security()?)))
    }

    /// What a relation is made of.
    pub fn relation(&self, placed: &Placed<'a>) -> Option<&'a Relation> {
        self.survey.databases.get(placed.database)?.relations.get(placed.key)
    }

    /// What uses what in a database.
    pub fn uses(&self, placed: &Placed<'a>) -> &'a [Use] {
        self.survey.databases.get(placed.database).map_or(&[], |anatomy| &anatomy.uses)
    }

    /// Whether a cast is of a type that columns of somebody else's relations have: whoever casts what is in them runs its function.
    pub fn is_of_others_columns(&self, database: &DatabaseName, used: &Use) -> bool {
        matches!(used.by, User::Cast(_))
            && self.others_column_of(database, &used.on, &used.target_owner).is_some()
    }

    /// A relation with a column of this type, or of arrays of it, that belongs to somebody who cannot act as the type's owner.
    pub fn others_column_of(
        &self,
        database: &DatabaseName,
        type_key: &ObjectKey,
        owner: &RoleName,
    ) -> Option<(&'a ObjectKey, &'a Object)> {
        let contents = self.catalog.databases.get(database)?;
        let anatomy = self.survey.databases.get(database)?;
        let name = type_key.quoted();
        let has_it = |relation: &Relation| {
            relation.columns.iter().any(|column| column.type_name.trim_end_matches("[]") == name)
        };
        let having = anatomy.relations.iter().filter(|(_, relation)| has_it(relation));
        let mut having = having.filter_map(|(key, _)| contents.objects.get_key_value(key));
        having.find(|(key, object)| **key != *type_key && !self.acts_as(owner, &object.owner))
    }

    /// Entries, of the table and of its columns, by which somebody else than its owner holds some of these privileges: PUBLIC,
    /// or a role that a login which is not administrative can act as.
    pub fn let_at(&self, object: &'a Object, privileges: Privileges) -> Vec<(Option<&'a Name>, &'a Entry)> {
        let whole = object.acl.entries().iter().map(|entry| (None, entry));
        let columns = object
            .columns
            .iter()
            .flat_map(|(column, acl)| acl.entries().iter().map(move |entry| (Some(column), entry)));
        whole
            .chain(columns)
            .filter(|(_, entry)| !(entry.privileges & privileges).is_empty())
            .filter(|(_, entry)| self.is_outsider(&entry.grantee, object))
            .collect()
    }

    /// Whether the grantee is PUBLIC, or a role other than the owner that some low login can act as.
    pub fn is_outsider(&self, grantee: &Grantee, object: &Object) -> bool {
        match grantee {
            Grantee::Public => true,
            Grantee::Role(role) => {
                *role != object.owner
                    && !self.is_superuser(role)
                    && !self.is_administrative(role)
                    && self.low_logins_of(role).next().is_some()
            }
        }
    }
}

impl<'a> Study<'a> {
    /// Tables with row security that a view or materialized view reads, itself or through other views.
    pub fn tables_behind(&self, view: &Placed<'a>) -> Vec<Placed<'a>> {
        let Some(contents) = self.catalog.databases.get(view.database) else { return Vec::new() };
        let mut seen: BTreeSet<&ObjectKey> = BTreeSet::from([view.key]);
        let mut open = vec![view.key];
        let mut tables = Vec::new();
        while let Some(key) = open.pop() {
            let used = self
                .uses(view)
                .iter()
                .filter(|used| used.on == *key && matches!(used.by, User::View | User::MaterializedView));
            for used in used {
                let Some((target, object)) = contents.objects.get_key_value(&used.target) else { continue };
                if !seen.insert(target) {
                    continue;
                }
                match &object.facts {
                    Facts::Table(facts) if facts.row_security.enabled => {
                        tables.push(Placed { database: view.database, key: target, object });
                    }
                    _ if matches!(target.class, Class::View | Class::MaterializedView) => open.push(target),
                    _ => {}
                }
            }
        }
        tables
    }
}

/// A table with row security, as a view shows it.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// The table.
    pub table: Placed<'a>,
    /// The views on the way that read as their owners, from the outermost to the one whose owner the table is read as; none:
    /// it is read as whoever asks.
    pub as_owners: Vec<Placed<'a>>,
}

impl<'a> Study<'a> {
    /// Tables with row security that a view reads, itself or through other views, and as whom: a view reads what it names as its
    /// owner; one with `security_invoker` as whoever the view above it does.
    pub fn rows_behind(&self, view: &Placed<'a>) -> Vec<Shown<'a>> {
        let mut shown = Vec::new();
        let mut seen: BTreeSet<(&ObjectKey, Option<&ObjectKey>)> = BTreeSet::new();
        let mut open = vec![(*view, Vec::new())];
        while let Some((at, mut as_owners)) = open.pop() {
            let invoker = matches!(&at.object.facts, Facts::View(facts) if facts.security_invoker);
            if !invoker {
                as_owners.push(at);
            }
            if !seen.insert((at.key, as_owners.last().map(|last: &Placed<'a>| last.key))) {
                continue;
            }
            let Some(contents) = self.catalog.databases.get(at.database) else { continue };
            let used = self
                .uses(&at)
                .iter()
                .filter(|used| used.on == *at.key && matches!(used.by, User::View | User::MaterializedView));
            for used in used {
                let Some((key, object)) = contents.objects.get_key_value(&used.target) else { continue };
                let target = Placed { database: at.database, key, object };
                match &object.facts {
                    Facts::Table(facts) if facts.row_security.enabled => {
                        shown.push(Shown { table: target, as_owners: as_owners.clone() });
                    }
                    _ if matches!(key.class, Class::View | Class::MaterializedView) => {
                        open.push((target, as_owners.clone()));
                    }
                    _ => {}
                }
            }
        }
        shown.sort_by_key(|shown| (shown.table.key, shown.as_owners.last().map(|last| last.key)));
        shown
    }
}

impl Study<'_> {
    /// Whether the policies of the table hold this role.
    pub fn is_held(&self, role: &RoleName, table: &Object) -> bool {
        let forced = table.row_security().is_some_and(|security| security.forced);
        let passes = self.is_superuser(role) || self.bypasses_row_security(role);
        let owns = self.acts_as(role, &table.owner) && !forced;
        !passes && !owns
    }
}

/// SELECT, INSERT, UPDATE and DELETE: what policies speak of.
pub fn row_privileges() -> Privileges {
    Privileges::of(&[Privilege::Select, Privilege::Insert, Privilege::Update, Privilege::Delete])
}

/// Whether values of these columns can be guessed one after the other: a key of which every column is a uuid cannot.
pub fn guessable(anatomy: &Anatomy, table: &ObjectKey, columns: &[Name]) -> bool {
    let Some(relation) = anatomy.relations.get(table) else { return true };
    !columns
        .iter()
        .all(|name| relation.columns.iter().any(|column| column.name == *name && column.type_name == "uuid"))
}
