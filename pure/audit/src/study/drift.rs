//! Drift: what an access control list gives beyond the one the object was born with, by initdb or by its extension's script.

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::name::Name;
use pgward_catalog::object::{Object, ObjectKey, Origin};
use pgward_catalog::privilege::Privileges;

use crate::study::{Study, is_predefined};

/// What an entry gives beyond what there was.
#[derive(Clone, Copy, Debug)]
pub struct Excess<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// Those of its privileges that are new.
    pub privileges: Privileges,
    /// The column, where it is a column's.
    pub column: Option<&'a Name>,
}

impl<'a> Study<'a> {
    /// What was given since to roles that are neither superusers nor administrative: by the whole object, and by its columns.
    pub fn excess(&self, key: &ObjectKey, object: &'a Object) -> Vec<Excess<'a>> {
        let born = match &object.initial_acl {
            Some(acl) => acl.clone(),
            None => default_acl(key.class, &object.owner, self.version()),
        };
        let whole = self.beyond(&object.acl, &born, object, None);
        let columns = object.columns.iter().flat_map(|(column, acl)| {
            let initial = object.initial_columns.get(column).cloned().unwrap_or_default();
            self.beyond(acl, &initial, object, Some(column))
        });
        whole.into_iter().chain(columns).collect()
    }

    fn beyond(
        &self,
        acl: &'a Acl,
        born: &Acl,
        object: &'a Object,
        column: Option<&'a Name>,
    ) -> Vec<Excess<'a>> {
        let everybody = born.privileges_of(&Grantee::Public);
        acl.entries()
            .iter()
            .filter(|entry| match &entry.grantee {
                Grantee::Public => true,
                Grantee::Role(role) => {
                    *role != object.owner && !self.is_superuser(role) && !self.is_administrative(role)
                }
            })
            .map(|entry| Excess {
                entry,
                privileges: entry.privileges - self.born_with(born, &entry.grantee, object) - everybody,
                column,
            })
            .filter(|excess| !excess.privileges.is_empty())
            .collect()
    }

    /// What a grantee had when the object was made. What an extension's objects began with includes what default privileges
    /// gave at that moment: its script knows PUBLIC and PostgreSQL's own roles, and nobody of this cluster.
    fn born_with(&self, born: &Acl, grantee: &Grantee, object: &Object) -> Privileges {
        match (grantee, &object.origin) {
            (Grantee::Role(role), Origin::Extension(_)) if !is_predefined(role) => Privileges::NONE,
            _ => born.privileges_of(grantee),
        }
    }
}
