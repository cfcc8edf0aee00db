//! Secrets of the system catalogs: what reading them is worth, and who reads them through a view.

use pgward_catalog::acl::Entry;
use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::{Facts, ObjectKey};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::role::{Attribute, PasswordKind};

use crate::severity::{Capability, Precondition};
use crate::study::{Placed, Study};
use pgward_survey::anatomy::SecretShown;

/// A view by which somebody sees a secret.
#[derive(Clone, Copy, Debug)]
pub struct Peephole<'a> {
    /// The view or materialized view.
    pub view: Placed<'a>,
    /// The secret.
    pub shown: &'a SecretShown,
    /// The entry that lets somebody look.
    pub entry: &'a Entry,
    /// The column it is an entry of; none: the whole view.
    pub column: Option<&'a Name>,
}

impl<'a> Study<'a> {
    /// Every view through which somebody who is not administrative sees what a catalog keeps from everybody.
    pub fn peepholes(&self) -> Vec<Peephole<'a>> {
        let mut found = Vec::new();
        for view in self.made().filter(|it| matches!(it.key.class, Class::View | Class::MaterializedView)) {
            let Some(anatomy) = self.survey.databases.get(view.database) else { continue };
            for shown in anatomy.secrets_shown.iter().filter(|shown| shown.view == *view.key) {
                if !self.sees(&view, shown) {
                    continue;
                }
                let entries = self.let_at(view.object, Privilege::Select.into());
                let entries =
                    entries.into_iter().filter(|(column, _)| column.is_none_or(|it| *it == shown.column));
                found.extend(entries.map(|(column, entry)| Peephole { view, shown, entry, column }));
            }
        }
        found
    }

    /// Whether the view reads with the privileges of somebody who may see the secret: its owner, or that of a view behind it.
    fn sees(&self, view: &Placed<'a>, shown: &SecretShown) -> bool {
        if matches!(&view.object.facts, Facts::View(facts) if facts.security_invoker) {
            return false;
        }
        let behind = self.uses(view).iter().any(|used| {
            used.on == *view.key && matches!(used.target.class, Class::View | Class::MaterializedView)
        });
        let owner = &view.object.owner;
        behind || self.is_superuser(owner) || {
            let class = if shown.source.as_str() == "pg_shadow" { Class::View } else { Class::Table };
            let key = ObjectKey::in_schema(class, "pg_catalog", shown.source.as_str());
            let source = self.catalog.databases.get(view.database).and_then(|found| found.objects.get(&key));
            source.is_some_and(|source| {
                source.acl.entries().iter().chain(source.columns.values().flat_map(|acl| acl.entries())).any(
                    |entry| {
                        entry.privileges.contains(Privilege::Select)
                            && entry.grantee.role().is_none_or(|role| self.acts_as(owner, role))
                    },
                )
            })
        }
    }

    /// Whether a superuser's verifier is an MD5 hash, which logs in by itself.
    pub fn has_md5_superuser(&self) -> bool {
        self.catalog.roles.values().any(|role| {
            role.has(Attribute::Superuser) && role.has(Attribute::Login) && role.password == PasswordKind::Md5
        })
    }

    /// What reading the secrets of a relation of `pg_catalog` leads to.
    pub fn worth_of_secrets(&self, relation: &str) -> (Capability, Precondition) {
        match relation {
            "pg_authid" | "pg_shadow" if self.has_md5_superuser() => {
                (Capability::Superuser, Precondition::Login)
            }
            "pg_hba_file_rules" | "pg_file_settings" => (Capability::SomeData, Precondition::Login),
            _ => (Capability::AllRead, Precondition::Login),
        }
    }
}
