//! Code: who may run it, who may change it, and as whom it runs. Code that one role may rewrite and another runs is the
//! other's hands.

use std::collections::BTreeSet;

use pgward_catalog::acl::{Entry, Grantee};
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey, ObjectRef, RoutineFacts};
use pgward_catalog::predefined::{DATABASE_OWNER, READ_ALL_DATA, WRITE_ALL_DATA};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::role::Attribute;

use crate::finding::Fix;
use crate::study::mending::change_owner;
use crate::study::{Placed, Study};
use pgward_survey::anatomy::{Routine, Use, User};

impl<'a> Study<'a> {
    /// A low login that can act as the author and not as the runner: it would gain by the runner running the author's code.
    pub fn gainer(&self, author: &RoleName, runner: &RoleName) -> Option<&'a RoleName> {
        if author == runner || self.is_superuser(author) || self.is_administrative(author) {
            return None;
        }
        self.low_logins_of(author).find(|login| !self.acts_as(login, runner))
    }

    /// The role, or the owner of the database where it is `pg_database_owner`.
    pub fn resolved<'r>(&self, database: &DatabaseName, role: &'r RoleName) -> &'r RoleName
    where
        'a: 'r,
    {
        if role.as_str() == DATABASE_OWNER { self.owner_of(database).unwrap_or(role) } else { role }
    }

    /// Whether somebody who cannot act as the role can use the schema. A schema that is not in the catalog is one of
    /// PostgreSQL's own.
    pub fn is_open(&self, database: &DatabaseName, schema: &SchemaName, beside: &RoleName) -> bool {
        let Some(found) = self.schema(database, schema) else { return true };
        let owner = self.resolved(database, &found.owner);
        let low_owner = owner != beside && self.gainer(owner, beside).is_some();
        let given =
            self.given_with(found, Privilege::Usage).any(|entry| !self.is_insider(&entry.grantee, beside));
        let by_predefined = || {
            [READ_ALL_DATA, WRITE_ALL_DATA].iter().any(|role| {
                let role = RoleName::from(*role);
                self.low_logins_of(&role).any(|login| !self.acts_as(login, beside))
            })
        };
        low_owner || given || by_predefined()
    }

    /// The schema as an object.
    pub fn schema(&self, database: &DatabaseName, schema: &SchemaName) -> Option<&'a Object> {
        let key = ObjectKey::bare(Class::Schema, schema.as_str());
        self.catalog.databases.get(database)?.objects.get(&key)
    }

    /// The entries by which somebody who cannot act as its owner may call a routine.
    pub fn callers(&self, placed: &Placed<'a>) -> Vec<&'a Entry> {
        let owner = &placed.object.owner;
        let open = match &placed.key.schema {
            Some(schema) => self.is_open(placed.database, schema, owner),
            None => true,
        };
        if !open {
            return Vec::new();
        }
        self.given_with(placed.object, Privilege::Execute)
            .filter(|entry| !self.is_insider(&entry.grantee, owner))
            .collect()
    }

    /// What a routine is made of, where its database was looked into.
    pub fn body(&self, placed: &Placed<'a>) -> Option<&'a Routine> {
        self.survey.databases.get(placed.database)?.routines.get(placed.key)
    }

    /// Routines with SECURITY DEFINER that users made.
    pub fn definers(&self) -> impl Iterator<Item = (Placed<'a>, &'a RoutineFacts)> {
        self.made().filter_map(|placed| {
            let facts = placed.object.routine().filter(|facts| facts.security_definer)?;
            Some((placed, facts))
        })
    }

    /// Whether somebody who cannot act as its owner can make a routine run: by a call, or by a trigger that fires.
    pub fn is_run_by_others(&self, placed: &Placed<'a>) -> bool {
        !self.callers(placed).is_empty() || !self.triggers(placed).is_empty()
    }

    /// Who can make a routine run, in words.
    pub fn runners_in_words(&self, placed: &Placed<'a>) -> String {
        let callers = self.callers(placed);
        let mut words = Vec::new();
        if !callers.is_empty() {
            words.push(format!("EXECUTE is granted to {}", in_words(callers)));
        }
        if let Some(trigger) = self.triggers(placed).first() {
            words.push(format!("a trigger of {} runs it", trigger.on));
        }
        words.join("; ")
    }

    /// Enabled triggers that run a routine on relations to which somebody other than its owner may write.
    pub fn triggers(&self, placed: &Placed<'a>) -> Vec<&'a Use> {
        let Some(anatomy) = self.survey.databases.get(placed.database) else { return Vec::new() };
        let Some(contents) = self.catalog.databases.get(placed.database) else { return Vec::new() };
        anatomy
            .uses
            .iter()
            .filter(|found| matches!(found.by, User::Trigger { .. }) && found.is_enabled())
            .filter(|found| found.target == *placed.key)
            .filter(|found| {
                let owner = &placed.object.owner;
                found.on_owner != *owner && self.gainer(&found.on_owner, owner).is_some()
                    || contents.objects.get(&found.on).is_some_and(|table| self.is_written(table, owner))
            })
            .collect()
    }

    fn is_written(&self, table: &'a Object, beside: &RoleName) -> bool {
        let writes = |entry: &Entry| {
            [Privilege::Insert, Privilege::Update, Privilege::Delete, Privilege::Truncate]
                .iter()
                .any(|privilege| entry.privileges.contains(*privilege))
        };
        let columns = table.columns.values().flat_map(|acl| acl.entries());
        self.given(table)
            .chain(columns)
            .any(|entry| writes(entry) && !self.is_insider(&entry.grantee, beside))
    }

    /// Whether the grantee can act as the role anyway, or passes every check.
    pub fn is_insider(&self, grantee: &Grantee, of: &RoleName) -> bool {
        match grantee {
            Grantee::Public => false,
            Grantee::Role(role) => {
                self.acts_as(role, of) || self.is_superuser(role) || self.is_administrative(role)
            }
        }
    }

    /// Gives code to a stronger owner. What runs with its owner's rights would get that one's, with all that has been put into it:
    /// there nobody but a person can say what to do.
    pub fn hand_over(&self, database: &DatabaseName, code: &ObjectKey, owner: &RoleName) -> Fix {
        let found = self.catalog.object(&ObjectRef::within(database, code.clone()));
        if found.and_then(Object::routine).is_some_and(|facts| facts.security_definer) {
            return Fix::Words(format!(
                "{code} is SECURITY DEFINER: another owner gives their rights to what is in it, for whoever may call it. Make it anew \
                 from your own source, as {} and SECURITY INVOKER, or read its body before it changes hands",
                owner.quoted()
            ));
        }
        change_owner(code, owner)
    }

    /// Who should own a function, where this role would do for what a rule is about: the same for every rule. Where it is used by
    /// things of several owners, each of whom would be at the mercy of the others, it is the bootstrap superuser.
    pub fn keeper<'r>(
        &'r self,
        database: &DatabaseName,
        function: &ObjectKey,
        wanted: Option<&'r RoleName>,
    ) -> &'r RoleName {
        let bootstrap = &self.catalog.bootstrap;
        let anatomy = self.survey.databases.get(database);
        let uses = anatomy.into_iter().flat_map(|anatomy| &anatomy.uses);
        let uses = uses.filter(|used| used.target == *function && used.is_enabled());
        let mut owners: BTreeSet<&RoleName> = uses
            .filter_map(|used| match used.by {
                User::EventTrigger { .. } => Some(bootstrap),
                User::Routine => None,
                _ => Some(&used.on_owner).filter(|owner| **owner != used.target_owner),
            })
            .collect();
        owners.extend(wanted);
        match owners.into_iter().collect::<Vec<_>>().as_slice() {
            [only] => only,
            _ => bootstrap,
        }
    }

    /// Whether the role has BYPASSRLS.
    pub fn bypasses_row_security(&self, role: &RoleName) -> bool {
        self.catalog.roles.get(role).is_some_and(|role| role.has(Attribute::BypassRls))
    }

    /// Who may put objects into a schema and cannot act as the role: grantees of CREATE, and its owner if that is low. A
    /// schema that does not exist can be made by whoever may create schemas in the database.
    pub fn planters(&self, database: &DatabaseName, schema: &SchemaName, beside: &RoleName) -> Vec<Grantee> {
        let Some(found) = self.schema(database, schema) else {
            if schema.as_str().starts_with("pg_") || schema.as_str() == "information_schema" {
                return Vec::new();
            }
            return self.schema_makers(database, beside);
        };
        let owner = self.resolved(database, &found.owner);
        let owner = (self.gainer(owner, beside).is_some()).then(|| Grantee::Role(owner.clone()));
        let given = self
            .given_with(found, Privilege::Create)
            .filter(|entry| self.gains(&entry.grantee, beside))
            .map(|entry| entry.grantee.clone());
        owner.into_iter().chain(given).collect()
    }

    fn schema_makers(&self, database: &DatabaseName, beside: &RoleName) -> Vec<Grantee> {
        let key = ObjectKey::bare(Class::Database, database.as_str());
        let Some(found) = self.catalog.cluster_objects.get(&key) else { return Vec::new() };
        let owner = self.gainer(&found.owner, beside).is_some().then(|| Grantee::Role(found.owner.clone()));
        let given = self
            .given_with(found, Privilege::Create)
            .filter(|entry| self.gains(&entry.grantee, beside))
            .map(|entry| entry.grantee.clone());
        owner.into_iter().chain(given).collect()
    }

    /// Whether the grantee is everybody, or a role as which a low login can act that cannot act as the other.
    pub fn gains(&self, grantee: &Grantee, beside: &RoleName) -> bool {
        match grantee {
            Grantee::Public => true,
            Grantee::Role(role) => self.gainer(role, beside).is_some(),
        }
    }

    /// Whether somebody who cannot act as the role may make temporary tables in the database.
    pub fn is_temporary_open(&self, database: &DatabaseName, beside: &RoleName) -> bool {
        let key = ObjectKey::bare(Class::Database, database.as_str());
        self.catalog.cluster_objects.get(&key).is_some_and(|found| {
            self.gainer(&found.owner, beside).is_some()
                || self
                    .given_with(found, Privilege::Temporary)
                    .any(|entry| !self.is_insider(&entry.grantee, beside))
        })
    }
}

/// Callers in words: `PUBLIC, app`.
pub fn in_words<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> String {
    let mut names: Vec<String> = entries.into_iter().map(|entry| entry.grantee.quoted()).collect();
    names.sort();
    names.dedup();
    names.join(", ")
}
