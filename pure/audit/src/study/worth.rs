//! Worth: what makes a role worth having.

use pgward_catalog::name::RoleName;
use pgward_catalog::role::Attribute;

use crate::severity::Capability;
use crate::study::{Study, is_predefined};

/// Why a role is worth having.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// The reason, after "role r, which ...".
    pub words: &'static str,
    /// What it leads to.
    pub capability: Capability,
}

impl Study<'_> {
    /// Why somebody would want to be the role: what it is, or what it owns; none: it is a plain group.
    pub fn worth(&self, role: &RoleName) -> Option<Worth> {
        let worth = |words, capability| Some(Worth { words, capability });
        if is_predefined(role) {
            return match role.as_str() {
                "pg_execute_server_program" | "pg_write_server_files" => {
                    worth("runs commands of the operating system", Capability::OperatingSystem)
                }
                "pg_read_server_files" => worth("reads the files of the server", Capability::ServerFiles),
                "pg_read_all_data" => worth("reads everything", Capability::AllRead),
                "pg_write_all_data" => worth("writes everything", Capability::AllWrite),
                _ => worth("is one of the server's own", Capability::SomeData),
            };
        }
        let attributes = self.catalog.roles.get(role)?.attributes;
        if attributes.has(Attribute::Superuser) {
            return worth("is a superuser", Capability::OperatingSystem);
        }
        for (attribute, words) in [
            (Attribute::BypassRls, "bypasses row security"),
            (Attribute::CreateRole, "may create roles"),
            (Attribute::Replication, "may copy the whole cluster"),
        ] {
            if attributes.has(attribute) {
                return worth(words, Capability::AllWrite);
            }
        }
        if attributes.has(Attribute::CreateDb) {
            return worth("may create databases", Capability::Hygiene);
        }
        let mut owned = self.catalog.objects().filter(|(.., object)| object.owner == *role);
        if owned.next().is_some() {
            return worth("owns objects", Capability::AllWrite);
        }
        None
    }
}
