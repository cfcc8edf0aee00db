//! Access control lists as the server writes them, each distinct text parsed once.

use std::collections::{BTreeSet, HashMap, HashSet};

use pgward_catalog::acl::{Acl, Grantee};
use pgward_catalog::acl_text::parse_acl;
use pgward_catalog::name::{DatabaseName, Interner, RoleName};

use crate::inspect::failure::InspectError;

/// Reads access control lists.
#[derive(Default)]
pub(super) struct Acls {
    names: Interner,
    /// Most objects share their list with others: what was parsed is kept by its text.
    known: HashMap<Box<str>, Acl>,
    /// Oids of dropped roles that are still mentioned (`16384=r/postgres`).
    dangling: BTreeSet<RoleName>,
}

impl Acls {
    /// The list that this text stands for, all of whose roles have to be there.
    pub(super) fn read(
        &mut self,
        text: &str,
        roles: &HashSet<RoleName>,
        database: &DatabaseName,
        object: impl Fn() -> String,
    ) -> Result<Acl, InspectError> {
        if let Some(acl) = self.known.get(text) {
            return Ok(acl.clone());
        }
        let acl = self.parse(text, object)?;
        let grantees = acl.entries().iter().filter_map(|entry| entry.grantee.role());
        let grantors = acl.entries().iter().map(|entry| &entry.grantor);
        for role in grantees.chain(grantors).filter(|role| !roles.contains(*role)) {
            // The server writes names as they are now, and the number where there is no role any more.
            if !role.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
                let what = format!("role {}", role.quoted());
                return Err(InspectError::Moved { what, database: database.quoted() });
            }
            self.dangling.insert(role.clone());
        }
        self.known.insert(text.into(), acl.clone());
        Ok(acl)
    }

    /// A list out of `pg_init_privs`, which may mention roles that are long gone.
    pub(super) fn read_initial(
        &mut self,
        text: &str,
        object: impl Fn() -> String,
    ) -> Result<Acl, InspectError> {
        self.parse(text, object)
    }

    /// Dropped roles that lists still mention, by their oid.
    pub(super) fn dangling(&self) -> impl Iterator<Item = &RoleName> {
        self.dangling.iter()
    }

    fn parse(&mut self, text: &str, object: impl Fn() -> String) -> Result<Acl, InspectError> {
        parse_acl(text, &mut self.names).map_err(|source| InspectError::Acl { object: object(), source })
    }
}

/// The role with this oid, or PUBLIC for zero.
pub(super) fn grantee(oid: u32, roles: &HashMap<u32, RoleName>) -> Option<Grantee> {
    match oid {
        0 => Some(Grantee::Public),
        oid => roles.get(&oid).cloned().map(Grantee::Role),
    }
}
