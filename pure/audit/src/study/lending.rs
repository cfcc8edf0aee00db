//! Lending: a login that makes roles for a while and takes them away again, as pgward's desk does. What it holds for that is
//! flagged like anybody's, but no statement that takes it away is offered: run, it would end leases in the middle.

use pgward_catalog::name::RoleName;
use pgward_catalog::role::{Attribute, LENT_PREFIX};

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
    role.as_str().starts_with(LENT_PREFIX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]

    use pgward_catalog::catalog::Catalog;
    use pgward_catalog::membership::{MembershipKey, MembershipOptions};
    use pgward_catalog::role::Role;
    use pgward_catalog::version::Version;
    use pgward_survey::Survey;

    use super::*;
    use crate::study::mending::without_attribute;

    /// What is offered for taking CREATEROLE from `desk`, which has it, beside this membership.
    fn offered(role: &str, member: &str, grantor: &str, options: MembershipOptions) -> Fix {
        let mut catalog = Catalog::empty(Version(180_006), "postgres".into());
        for (name, attributes) in [
            ("postgres", &[Attribute::Superuser, Attribute::Login][..]),
            ("desk", &[Attribute::CreateRole, Attribute::Login]),
            (role, &[]),
            (member, &[Attribute::Login]),
        ] {
            let mut made = Role::plain();
            made.attributes = attributes.iter().copied().collect();
            catalog.roles.entry(name.into()).or_insert(made);
        }
        let key = MembershipKey { role: role.into(), member: member.into(), grantor: grantor.into() };
        catalog.memberships.insert(key, options);
        let survey = Survey {
            catalog,
            databases: Default::default(),
            server: Default::default(),
            sessions: Vec::new(),
            kept: Default::default(),
            lent: None,
            passwords: Default::default(),
            asked_for: None,
            blind: Default::default(),
        };
        let desk = RoleName::from("desk");
        Study::of(&survey, None, "2026-11-22").unless_lending(&desk, without_attribute(&desk, "CREATEROLE"))
    }

    #[test]
    fn nothing_that_ends_leases_is_offered_to_run() {
        let admin = MembershipOptions::OF_CREATOR;
        let plain = MembershipOptions { admin: false, ..admin };
        for fix in [
            offered("pgward_read_only", "desk", "postgres", admin),
            offered("pgward_read_only", "pgward_l_000g40r4zzzzzzzz", "desk", plain),
        ] {
            let Fix::Words(words) = fix else { panic!("{fix:?}") };
            assert!(
                words.starts_with("desk lends roles (pgward_read_only), and leases that run would break"),
                "{words}"
            );
            assert!(words.ends_with("and then run: ALTER ROLE desk NOCREATEROLE"), "{words}");
        }
    }

    #[test]
    fn who_lends_nothing_is_offered_the_statement() {
        let admin = MembershipOptions::OF_CREATOR;
        let plain = MembershipOptions { admin: false, ..admin };
        for fix in [
            offered("app_owner", "desk", "postgres", admin),
            offered("pgward_read_only", "desk", "postgres", plain),
            offered("pgward_read_only", "pgward_l_000g40r4zzzzzzzz", "postgres", plain),
        ] {
            assert_eq!(fix, without_attribute(&"desk".into(), "CREATEROLE"));
        }
    }
}
