//! Effective privileges: what each role may really do, equal to the server's own `has_*_privilege`.
//!
//! Two answers everywhere: what a role may do as it is, and what it may do after some SET ROLE.

use std::collections::BTreeMap;

use crate::acl::{Acl, Grantee};
use crate::catalog::Catalog;
use crate::class::Class;
use crate::name::{DatabaseName, Name, RoleName};
use crate::object::{Object, ObjectKey, ObjectRef};
use crate::predefined::{predefined_privileges, withheld};
use crate::principal::{Place, Principals};
use crate::privilege::Privileges;
use crate::relation::RoleId;

/// Privileges, and those that may be granted on. An owner may grant what it does not hold itself, so neither
/// set covers the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// What may be used.
    pub privileges: Privileges,
    /// What may be granted to others (`WITH GRANT OPTION`).
    pub grantable: Privileges,
}

impl Rights {
    /// Nothing.
    pub const NONE: Rights = Rights { privileges: Privileges::NONE, grantable: Privileges::NONE };

    /// Whether there is nothing.
    pub fn is_empty(self) -> bool {
        self.privileges.is_empty() && self.grantable.is_empty()
    }

    fn all(privileges: Privileges) -> Self {
        Self { privileges, grantable: privileges }
    }

    fn add(&mut self, other: Rights) {
        self.privileges |= other.privileges;
        self.grantable |= other.grantable;
    }

    fn within(self, privileges: Privileges) -> Self {
        Self { privileges: self.privileges & privileges, grantable: self.grantable & privileges }
    }
}

/// What a role holds on something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Usable as it is.
    pub now: Rights,
    /// Usable after SET ROLE to some role it may become; always covers `now`.
    pub after_set_role: Rights,
}

impl Held {
    /// Whether the role holds nothing, now or later.
    pub fn is_empty(self) -> bool {
        self.after_set_role.is_empty()
    }

    fn all(privileges: Privileges) -> Self {
        Self { now: Rights::all(privileges), after_set_role: Rights::all(privileges) }
    }

    fn within(self, privileges: Privileges) -> Self {
        Self { now: self.now.within(privileges), after_set_role: self.after_set_role.within(privileges) }
    }

    fn add(&mut self, other: Held) {
        self.now.add(other.now);
        self.after_set_role.add(other.after_set_role);
    }
}

/// What one role holds on one object and on its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding<'a> {
    /// The database the object is in.
    pub database: Option<&'a DatabaseName>,
    /// The object.
    pub key: &'a ObjectKey,
    /// What is held on the whole of it.
    pub held: Held,
    /// What is held on single columns beyond that.
    pub columns: Vec<(&'a Name, Held)>,
}

/// What a role is to another (`pg_has_role`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acting {
    /// A member in any way, whatever the options (`MEMBER`).
    pub member: bool,
    /// Having its privileges as it is (`USAGE`).
    pub inherits: bool,
    /// Able to SET ROLE to it (`SET`; before 16 the same as `MEMBER`).
    pub may_set: bool,
}

/// Everybody's effective privileges in a catalog. Making one costs the closures of the memberships and no more:
/// every question reads the ACL it is about.
pub struct Effective<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) principals: Principals<'a>,
    places: BTreeMap<&'a str, Place>,
    anywhere: Place,
    nowhere: Place,
}

impl<'a> Effective<'a> {
    /// The effective privileges of this catalog.
    pub fn of(catalog: &'a Catalog) -> Self {
        let principals = Principals::of(catalog);
        let databases = || catalog.cluster_objects.iter().filter(|(key, _)| key.class == Class::Database);
        let places = databases()
            .map(|(key, object)| (key.name.as_str(), principals.place(std::iter::once(&object.owner))))
            .collect();
        let anywhere = principals.place(databases().map(|(_, object)| &object.owner));
        Self { catalog, principals, places, anywhere, nowhere: Place::default() }
    }

    /// What the role holds on the object; nothing if either is not in the catalog.
    ///
    /// `pg_database_owner` is whoever owns the object's database, or the database itself; for tablespaces and
    /// parameters, the owner of any database: connected there, it could use what that role holds.
    pub fn privileges(&self, role: &RoleName, object: &ObjectRef) -> Held {
        self.held_in(self.place(object.database.as_ref(), &object.key), role, object)
    }

    /// The same for a session in this database: what the server answers there about objects of the cluster.
    pub fn privileges_from(&self, database: &DatabaseName, role: &RoleName, object: &ObjectRef) -> Held {
        self.held_in(self.places.get(database.as_str()).unwrap_or(&self.nowhere), role, object)
    }

    /// What one role is to another, in a session in this database.
    pub fn membership(&self, role: &RoleName, of: &RoleName, database: &DatabaseName) -> Acting {
        let place = self.places.get(database.as_str()).unwrap_or(&self.nowhere);
        let principals = &self.principals;
        let (Some(member), Some(id)) = (principals.id(role.as_str()), principals.id(of.as_str())) else {
            return Acting::default();
        };
        let superuser = principals.superusers().contains(&member);
        Acting {
            member: superuser || principals.is_member(member, id, place),
            inherits: superuser || principals.inherits(member, id, place),
            may_set: superuser || principals.may_set(member, id, place),
        }
    }

    /// What the role holds on a column, by the table's ACL or the column's own (`has_column_privilege`).
    pub fn column(&self, role: &RoleName, object: &ObjectRef, column: &str) -> Held {
        self.with_columns(role, object, |name| name.as_str() == column)
    }

    /// What the role holds on at least one column (`has_any_column_privilege`).
    pub fn any_column(&self, role: &RoleName, object: &ObjectRef) -> Held {
        self.with_columns(role, object, |_| true)
    }

    /// What everybody holds on an object, sorted by role.
    pub fn everyone(&self, object: &ObjectRef) -> impl Iterator<Item = (&'a RoleName, Held)> {
        let row = self.catalog.object(object).map(|found| {
            let place = self.place(object.database.as_ref(), &object.key);
            self.row(&object.key, found, place)
        });
        self.principals.ids().map(|id| self.principals.name(id)).zip(row.unwrap_or_default())
    }

    /// Every object with what everybody holds on it, in the order of [`Effective::roles`]: the whole matrix, row by row.
    pub fn rows(&self) -> impl Iterator<Item = (Option<&'a DatabaseName>, &'a ObjectKey, Vec<Held>)> {
        self.catalog
            .objects()
            .filter(|(_, key, _)| key.class.has_acl())
            .map(|(database, key, object)| (database, key, self.row(key, object, self.place(database, key))))
    }

    /// Every role, sorted by name.
    pub fn roles(&self) -> impl Iterator<Item = &'a RoleName> {
        self.principals.ids().map(|id| self.principals.name(id))
    }

    /// Everything on which the role holds something.
    pub fn what_can(&self, role: &RoleName) -> impl Iterator<Item = Holding<'a>> {
        let role = self.principals.id(role.as_str());
        self.catalog
            .objects()
            .filter(|(_, key, _)| key.class.has_acl())
            .filter_map(move |(database, key, object)| self.holding(role?, database, key, object))
    }

    /// Everything on which PUBLIC holds something: what every role has, whatever else it has.
    pub fn what_can_public(&self) -> impl Iterator<Item = Holding<'a>> {
        let rights = |acl: &Acl| {
            let rights = Rights {
                privileges: acl.privileges_of(&Grantee::Public),
                grantable: acl.grantable_of(&Grantee::Public),
            };
            Held { now: rights, after_set_role: rights }
        };
        let objects = self.catalog.objects().filter(|(_, key, _)| key.class.has_acl());
        objects.filter_map(move |(database, key, object)| {
            let held = rights(&object.acl);
            let columns = object.columns.iter().map(|(name, acl)| (name, beyond(rights(acl), held)));
            let columns: Vec<_> = columns.filter(|(_, held)| !held.is_empty()).collect();
            (!held.is_empty() || !columns.is_empty()).then_some(Holding { database, key, held, columns })
        })
    }

    /// Which role is taken for the owner of the current database when this object is asked about.
    pub(crate) fn place(&self, database: Option<&DatabaseName>, key: &ObjectKey) -> &Place {
        match database {
            Some(database) => self.places.get(database.as_str()).unwrap_or(&self.nowhere),
            None if key.class == Class::Database => {
                self.places.get(key.name.as_str()).unwrap_or(&self.anywhere)
            }
            None => &self.anywhere,
        }
    }

    /// A session that could be in any database.
    pub(crate) fn anywhere(&self) -> &Place {
        &self.anywhere
    }

    fn held_in(&self, place: &Place, role: &RoleName, object: &ObjectRef) -> Held {
        match (self.principals.id(role.as_str()), self.catalog.object(object)) {
            (Some(role), Some(found)) => self.held(role, &object.key, found, place),
            // A parameter nobody was granted has no row, and superusers may set it all the same.
            (Some(role), None) if object.key.class == Class::Parameter => {
                self.of_superuser(role, Class::Parameter.privileges(self.catalog.version))
            }
            _ => Held::default(),
        }
    }

    fn of_superuser(&self, role: RoleId, all: Privileges) -> Held {
        let later = self.principals.superusers_after_set().any(|member| member == role);
        let rights = |yes: bool| if yes { Rights::all(all) } else { Rights::NONE };
        Held { now: rights(self.principals.superusers().contains(&role)), after_set_role: rights(later) }
    }

    /// What one role holds: the rules of [`Effective::row`], for a single role.
    fn held(&self, role: RoleId, key: &ObjectKey, object: &Object, place: &Place) -> Held {
        let all = key.class.privileges(self.catalog.version);
        let mut held = self.by_acl(role, &object.acl, place);
        let owned = Rights { privileges: Privileges::NONE, grantable: all };
        if let Some(owner) = self.principals.id(object.owner.as_str()) {
            held.add(self.if_acting_as(role, owner, owned, place));
        }
        let withheld = withheld(key, &object.origin);
        held = held.within(all);
        held.now.privileges = held.now.privileges - withheld;
        held.after_set_role.privileges = held.after_set_role.privileges - withheld;
        for (predefined, privileges) in predefined_privileges(key.class, self.catalog.version) {
            if let Some(predefined) = self.principals.id(predefined) {
                let rights = Rights { privileges: privileges - withheld, grantable: Privileges::NONE };
                held.add(self.if_acting_as(role, predefined, rights, place));
            }
        }
        held.add(self.of_superuser(role, all));
        held
    }

    fn if_acting_as(&self, role: RoleId, other: RoleId, rights: Rights, place: &Place) -> Held {
        let when = |yes: bool| if yes { rights } else { Rights::NONE };
        Held {
            now: when(self.principals.inherits(role, other, place)),
            after_set_role: when(self.principals.after_set(role, other, place)),
        }
    }

    fn by_acl(&self, role: RoleId, acl: &Acl, place: &Place) -> Held {
        let mut held = Held::default();
        for entry in acl.entries() {
            let rights = Rights { privileges: entry.privileges, grantable: entry.grantable };
            match &entry.grantee {
                Grantee::Public => held.add(Held { now: rights, after_set_role: rights }),
                Grantee::Role(grantee) => {
                    if let Some(grantee) = self.principals.id(grantee.as_str()) {
                        held.add(self.if_acting_as(role, grantee, rights, place));
                    }
                }
            }
        }
        held
    }

    fn with_columns(&self, role: &RoleName, object: &ObjectRef, which: impl Fn(&Name) -> bool) -> Held {
        let place = self.place(object.database.as_ref(), &object.key);
        let mut held = self.held_in(place, role, object);
        if let (Some(role), Some(found)) = (self.principals.id(role.as_str()), self.catalog.object(object)) {
            for (_, acl) in found.columns.iter().filter(|(name, _)| which(name)) {
                held.add(self.by_acl(role, acl, place));
            }
        }
        held.within(object.key.class.column_privileges())
    }

    fn holding(
        &self,
        role: RoleId,
        database: Option<&'a DatabaseName>,
        key: &'a ObjectKey,
        object: &'a Object,
    ) -> Option<Holding<'a>> {
        let place = self.place(database, key);
        let held = self.held(role, key, object, place);
        let columns: Vec<_> = object
            .columns
            .iter()
            .map(|(name, acl)| (name, beyond(self.by_acl(role, acl, place), held)))
            .filter(|(_, held)| !held.is_empty())
            .collect();
        (!held.is_empty() || !columns.is_empty()).then_some(Holding { database, key, held, columns })
    }

    /// What everybody holds on an object. Every entry is handed to those who act as its grantee, so that the cost
    /// is that of the answers that are yes.
    fn row(&self, key: &ObjectKey, object: &Object, place: &Place) -> Vec<Held> {
        let all = key.class.privileges(self.catalog.version);
        let mut row = Row { principals: &self.principals, place, held: Vec::new() };
        let public = Rights {
            privileges: object.acl.privileges_of(&Grantee::Public),
            grantable: object.acl.grantable_of(&Grantee::Public),
        }
        .within(all);
        row.held.resize(self.principals.len(), Held { now: public, after_set_role: public });
        for entry in object.acl.entries() {
            if let Grantee::Role(grantee) = &entry.grantee {
                let rights = Rights { privileges: entry.privileges, grantable: entry.grantable };
                row.give(grantee.as_str(), rights.within(all));
            }
        }
        row.give(object.owner.as_str(), Rights { privileges: Privileges::NONE, grantable: all });
        let withheld = withheld(key, &object.origin);
        if !withheld.is_empty() {
            for held in &mut row.held {
                held.now.privileges = held.now.privileges - withheld;
                held.after_set_role.privileges = held.after_set_role.privileges - withheld;
            }
        }
        for (predefined, privileges) in predefined_privileges(key.class, self.catalog.version) {
            row.give(predefined, Rights { privileges: privileges - withheld, grantable: Privileges::NONE });
        }
        row.give_superusers(all);
        row.held
    }
}

/// What everybody holds on one object, while it is being added up.
struct Row<'r, 'a> {
    principals: &'r Principals<'a>,
    place: &'r Place,
    held: Vec<Held>,
}

impl Row<'_, '_> {
    fn give(&mut self, role: &str, rights: Rights) {
        let Some(role) = self.principals.id(role) else { return };
        for member in self.principals.inheriting(role, self.place) {
            if let Some(held) = self.held.get_mut(member.at()) {
                held.now.add(rights);
            }
        }
        for member in self.principals.inheriting_after_set(role, self.place) {
            if let Some(held) = self.held.get_mut(member.at()) {
                held.after_set_role.add(rights);
            }
        }
    }

    fn give_superusers(&mut self, all: Privileges) {
        for member in self.principals.superusers_after_set() {
            if let Some(held) = self.held.get_mut(member.at()) {
                held.after_set_role = Rights::all(all);
            }
        }
        for member in self.principals.superusers() {
            if let Some(held) = self.held.get_mut(member.at()) {
                *held = Held::all(all);
            }
        }
    }
}

/// What a column adds to what is held on the whole table. What it adds now stays, whatever SET ROLE would give on the whole table.
fn beyond(column: Held, table: Held) -> Held {
    let more = |column: Rights, table: Rights| Rights {
        privileges: column.privileges - table.privileges,
        grantable: column.grantable - table.grantable,
    };
    let now = more(column.now, table.now);
    let mut after_set_role = more(column.after_set_role, table.after_set_role);
    after_set_role.add(now);
    Held { now, after_set_role }
}

#[cfg(test)]
mod tests;
