//! The grounds on which PostgreSQL could say yes to a question: every one of them, and who can stand on it.

use crate::acl::{Acl, Grantee};
use crate::action::Action;
use crate::catalog::Catalog;
use crate::class::Class;
use crate::effective::Effective;
use crate::name::{Name, RoleName, SchemaName};
use crate::object::{Object, ObjectKey, ObjectRef};
use crate::predefined::{
    EXECUTE_SERVER_PROGRAM, READ_SERVER_FILES, WRITE_SERVER_FILES, predefined_privileges, withheld,
};
use crate::privilege::{Privilege, Privileges};
use crate::question::Question;
use crate::relation::RoleId;
use crate::role::Attribute;

/// One reason to say yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The role is a superuser, who passes every check.
    Superuser(RoleName),
    /// An entry of the ACL.
    Granted {
        /// To whom.
        grantee: Grantee,
        /// By whom.
        grantor: RoleName,
        /// What.
        privilege: Privilege,
        /// On this column only.
        column: Option<Name>,
        /// On this object, where the question named none.
        on: Option<ObjectKey>,
    },
    /// The role owns the object.
    Owner(RoleName),
    /// The role owns the schema the object is in.
    SchemaOwner(RoleName, SchemaName),
    /// The predefined role has it everywhere.
    Predefined(RoleName),
    /// The role has the attribute.
    Attribute(RoleName, Attribute),
    /// The role is, or has become, the one in question.
    Is(RoleName),
    /// The role was granted the one in question WITH ADMIN OPTION.
    Admin {
        /// The member.
        member: RoleName,
        /// Who granted it.
        grantor: RoleName,
    },
}

/// Who can stand on a ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Everybody, by a grant to PUBLIC.
    Everybody,
    /// Whoever has the privileges of the role.
    Inheriting(RoleId),
    /// Only who is the role, by SET ROLE or from the start: attributes are not inherited.
    Being(RoleId),
    /// Whoever may SET ROLE to it from the start.
    Becoming(RoleId),
    /// Only who is the role from the start: what SET ROLE asks is who logged in.
    Itself(RoleId),
    /// Whoever is a member of the first in any way, whatever the options, and is not the second: the admins of a role.
    Admin(RoleId, RoleId),
}

impl<'a> Effective<'a> {
    /// Every ground for this question.
    pub(crate) fn grounds(&self, question: &Question) -> Vec<(Standing, Ground)> {
        let mut grounds = Grounds { effective: self, found: Vec::new() };
        if *question.action() != Action::Attribute(Attribute::Login) {
            for superuser in self.principals.superusers() {
                let name = self.principals.name(*superuser).clone();
                let standing = match question.action() {
                    Action::SetRole(_) => Standing::Itself(*superuser),
                    _ => Standing::Being(*superuser),
                };
                grounds.found.push((standing, Ground::Superuser(name)));
            }
        }
        match question.on() {
            Some(object) => {
                if let Some(found) = self.catalog.object(object) {
                    grounds.on_object(question, object, found);
                }
            }
            None => grounds.on_cluster(question.action()),
        }
        grounds.found
    }
}

struct Grounds<'e, 'a> {
    effective: &'e Effective<'a>,
    found: Vec<(Standing, Ground)>,
}

impl Grounds<'_, '_> {
    fn catalog(&self) -> &Catalog {
        self.effective.catalog
    }

    fn on_object(&mut self, question: &Question, object: &ObjectRef, found: &Object) {
        match question.action() {
            Action::Use(privilege) => self.using(*privilege, question.column(), &object.key, found),
            Action::Grant(privilege) => {
                self.inheriting(&found.owner, Ground::Owner);
                self.entries(&found.acl, *privilege, |entry| entry.grantable, None, None);
                if let Some(column) = question.column()
                    && let Some(acl) = found.columns.get(column)
                {
                    self.entries(acl, *privilege, |entry| entry.grantable, Some(column), None);
                }
            }
            Action::Alter => self.inheriting(&found.owner, Ground::Owner),
            Action::Drop => {
                self.inheriting(&found.owner, Ground::Owner);
                self.schema_owner(object);
            }
            Action::CreateTable | Action::CreateSchema => {
                self.using(Privilege::Create, None, &object.key, found);
            }
            _ => {}
        }
    }

    fn on_cluster(&mut self, action: &Action) {
        match action {
            Action::Use(privilege) => {
                let catalog = self.effective.catalog;
                for (key, parameter) in
                    catalog.cluster_objects.iter().filter(|(key, _)| key.class == Class::Parameter)
                {
                    self.entries(&parameter.acl, *privilege, |entry| entry.privileges, None, Some(key));
                }
            }
            Action::Attribute(attribute) => self.attribute(*attribute),
            Action::CopyProgram => self.predefined(EXECUTE_SERVER_PROGRAM),
            Action::CopyServerFile => {
                self.predefined(READ_SERVER_FILES);
                self.predefined(WRITE_SERVER_FILES);
            }
            Action::SetRole(role) => self.standing(role, Standing::Becoming, Ground::Is(role.clone())),
            Action::Inherit(role) => self.standing(role, Standing::Inheriting, Ground::Is(role.clone())),
            Action::Administer(role) => self.admins(role),
            _ => {}
        }
    }

    fn using(&mut self, privilege: Privilege, column: Option<&Name>, key: &ObjectKey, found: &Object) {
        let held_back = withheld(key, &found.origin).contains(privilege);
        if !held_back {
            self.entries(&found.acl, privilege, |entry| entry.privileges, None, None);
            for (role, privileges) in predefined_privileges(key.class, self.catalog().version) {
                if privileges.contains(privilege) {
                    self.predefined(role);
                }
            }
        }
        if let Some(column) = column
            && let Some(acl) = found.columns.get(column)
        {
            self.entries(acl, privilege, |entry| entry.privileges, Some(column), None);
        }
    }

    fn entries(
        &mut self,
        acl: &Acl,
        privilege: Privilege,
        side: impl Fn(&crate::acl::Entry) -> Privileges,
        column: Option<&Name>,
        on: Option<&ObjectKey>,
    ) {
        for entry in acl.entries().iter().filter(|entry| side(entry).contains(privilege)) {
            let standing = match &entry.grantee {
                Grantee::Public => Standing::Everybody,
                Grantee::Role(role) => match self.effective.principals.id(role.as_str()) {
                    Some(role) => Standing::Inheriting(role),
                    None => continue,
                },
            };
            let ground = Ground::Granted {
                grantee: entry.grantee.clone(),
                grantor: entry.grantor.clone(),
                privilege,
                column: column.cloned(),
                on: on.cloned(),
            };
            self.found.push((standing, ground));
        }
    }

    fn schema_owner(&mut self, object: &ObjectRef) {
        let Some(schema) = &object.key.schema else { return };
        let key = ObjectRef {
            database: object.database.clone(),
            key: ObjectKey::bare(Class::Schema, schema.as_str()),
        };
        if let Some(found) = self.catalog().object(&key) {
            let owner = found.owner.clone();
            self.inheriting(&owner, |owner| Ground::SchemaOwner(owner, schema.clone()));
        }
    }

    fn attribute(&mut self, attribute: Attribute) {
        let principals = &self.effective.principals;
        for role in principals.ids().filter(|role| principals.has(*role, attribute)) {
            // A superuser's own attributes add nothing to what it may do.
            if attribute == Attribute::Login || !principals.superusers().contains(&role) {
                let name = principals.name(role).clone();
                self.found.push((Standing::Being(role), Ground::Attribute(name, attribute)));
            }
        }
    }

    fn admins(&mut self, role: &RoleName) {
        let principals = &self.effective.principals;
        let Some(id) = principals.id(role.as_str()) else { return };
        for member in principals.ids() {
            for edge in principals.edges(member).iter().filter(|edge| edge.role == id && edge.admin) {
                let ground =
                    Ground::Admin { member: principals.name(member).clone(), grantor: edge.grantor.clone() };
                self.found.push((Standing::Admin(member, id), ground));
            }
        }
    }

    fn predefined(&mut self, role: &str) {
        let role = RoleName::from(role);
        self.inheriting(&role, Ground::Predefined);
    }

    fn inheriting(&mut self, role: &RoleName, ground: impl FnOnce(RoleName) -> Ground) {
        self.standing(role, Standing::Inheriting, ground(role.clone()));
    }

    fn standing(&mut self, role: &RoleName, standing: fn(RoleId) -> Standing, ground: Ground) {
        if let Some(id) = self.effective.principals.id(role.as_str()) {
            self.found.push((standing(id), ground));
        }
    }
}
