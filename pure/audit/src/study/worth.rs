//! Worth: what makes a role worth having.

use pgward_catalog::name::RoleName;
use pgward_catalog::role::Attribute;

use crate::severity::Capability;
use crate::study::becoming::inherits;
use crate::study::{Study, is_predefined};

/// Why a role is worth having.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worth {
    /// The reason, after "role r, which ...".
    pub words: String,
    /// What it leads to.
    pub capability: Capability,
}

impl Study<'_> {
    /// Why somebody would want to be the role: what it is, what it owns, or what its memberships lead to; none: it is a plain group.
    pub fn worth(&self, role: &RoleName) -> Option<Worth> {
        let own = self.worth_by_itself(role);
        let further = self.leads_to(role).into_iter().filter_map(|(reached, by_admin)| {
            let worth = self.worth_by_itself(reached)?;
            let how = if by_admin { " by ADMIN" } else { "" };
            let words = format!("leads{how} to {}, which {}", reached.quoted(), worth.words);
            Some(Worth { words, capability: worth.capability })
        });
        // The nearest of the best.
        own.into_iter()
            .chain(further)
            .reduce(|best, next| if next.capability > best.capability { next } else { best })
    }

    /// The roles that a role comes to by its memberships, the nearest first, and whether ADMIN has to be used on the way.
    fn leads_to(&self, role: &RoleName) -> Vec<(&RoleName, bool)> {
        let mut found: Vec<(&RoleName, bool)> = Vec::new();
        let mut next = vec![(role, false)];
        while let Some((member, by_admin)) = next.pop() {
            for (key, options) in self.catalog.memberships.iter().filter(|(key, _)| key.member == *member) {
                if key.role == *role || found.iter().any(|(known, _)| **known == key.role) {
                    continue;
                }
                let used = options.set
                    || !self.version().has_membership_options()
                    || inherits(self.catalog, key, options);
                if used || options.admin {
                    found.push((&key.role, by_admin || !used));
                    next.insert(0, (&key.role, by_admin || !used));
                }
            }
        }
        found
    }

    fn worth_by_itself(&self, role: &RoleName) -> Option<Worth> {
        let worth = |words: &str, capability| Some(Worth { words: words.to_owned(), capability });
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
