//! Lending: a login that makes roles for a while and takes them away again, as pgward's desk does. What it holds for that is
//! flagged like anybody's, but no statement that takes it away is offered: run, it would end leases in the middle.

use pgward_catalog::name::RoleName;
use pgward_catalog::role::Attribute;

use crate::finding::Fix;
use crate::study::Study;

impl<'a> Study<'a> {
    /// The roles a login with CREATEROLE lends or has lent, by their names: tiers that it has ADMIN on or has granted to
    /// somebody, and roles of leases.
    pub fn lent_by(&self, holder: &RoleName) -> Vec<&'a RoleName> {
        if !self.catalog.roles.get(holder).is_some_and(|role| role.has(Attribute::CreateRole)) {
            return Vec::new();
        }
        let memberships = self.catalog.memberships.iter().filter(|(key, options)| {
            options.admin && key.member == *holder || key.grantor == *holder && is_lent(&key.member)
        });
        let mut lent: Vec<&RoleName> =
            memberships.map(|(key, _)| &key.role).filter(|role| is_lent(role)).collect();
        lent.sort();
        lent.dedup();
        lent
    }

    /// The fix, or words in its place where it would take from the holder what leases that run are made of.
    pub fn unless_lending(&self, holder: &RoleName, fix: Fix) -> Fix {
        let lent: Vec<String> = self.lent_by(holder).into_iter().map(RoleName::quoted).collect();
        let Fix::Sql(statements) = &fix else { return fix };
        if lent.is_empty() {
            return fix;
        }
        Fix::words(format!(
            "{} lends roles ({}), and leases that run would break. If it is the desk, name it under audit.administrators of the \
             contract; if not, end its leases first, and then run: {}",
            holder.quoted(),
            lent.join(", "),
            statements.join("; ")
        ))
    }
}

fn is_lent(role: &RoleName) -> bool {
    role.as_str().starts_with(LENT)
}

/// What the desk calls the roles of its tiers and leases, unless it was told otherwise.
const LENT: &str = "pgward_";
