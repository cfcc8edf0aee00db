//! What a cluster is like, on a page: roles, owners, counts, defaults, sessions (requirement A2).

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::Origin;
use pgward_catalog::role::{Attribute, PasswordKind};
use pgward_catalog::shown::shown;
use pgward_postgres::census::{Counts, Sessions};

/// The page, as data.
pub struct Recon<'a> {
    catalog: &'a Catalog,
    sessions: Vec<Sessions>,
    counts: Vec<(DatabaseName, Counts)>,
}

impl<'a> Recon<'a> {
    /// Puts the page together.
    pub fn of(catalog: &'a Catalog, sessions: Vec<Sessions>, counts: Vec<(DatabaseName, Counts)>) -> Self {
        Self { catalog, sessions, counts }
    }

    /// The page for machines.
    pub fn to_json(&self) -> Value {
        let roles: Vec<Value> = self
            .roles()
            .map(|(name, role)| {
                json!({
                    "role": name,
                    "attributes": role.attributes,
                    "connection_limit": role.connection_limit,
                    "valid_until": role.valid_until,
                    "password": role.password,
                    "member_of": self.member_of(name),
                })
            })
            .collect();
        let databases: Vec<Value> = self
            .counts
            .iter()
            .map(|(database, counts)| {
                json!({
                    "database": database,
                    "owner": self.owner_of(database),
                    "objects": self.objects(database).into_iter().map(|((class, owner), count)| {
                        json!({ "class": class, "owner": owner, "count": count })
                    }).collect::<Vec<_>>(),
                    "schemas": self.schemas(database).into_iter().map(|(name, owner)| {
                        json!({ "schema": name, "owner": owner })
                    }).collect::<Vec<_>>(),
                    "default_privileges": self.defaults(database),
                    "definer_routines": self.definers(database),
                    "tables_with_row_security": self.row_security(database),
                    "indexes": counts.indexes,
                    "foreign_keys": counts.foreign_keys,
                    "triggers": counts.triggers,
                })
            })
            .collect();
        let sessions: Vec<Value> = self
            .sessions
            .iter()
            .map(|sessions| {
                json!({
                    "role": sessions.role,
                    "database": sessions.database,
                    "application": sessions.application,
                    "address": sessions.address,
                    "count": sessions.count,
                })
            })
            .collect();
        json!({
            "format": "pgward-inspect/1",
            "server_version": self.catalog.version,
            "fingerprint": Fingerprint::of(self.catalog).to_string(),
            "roles": roles,
            "databases": databases,
            "sessions": sessions,
            "unseen": self.catalog.unseen,
        })
    }

    fn roles(&self) -> impl Iterator<Item = (&'a RoleName, &'a pgward_catalog::role::Role)> {
        self.catalog.roles.iter().filter(|(name, _)| !name.as_str().starts_with("pg_"))
    }

    fn member_of(&self, member: &RoleName) -> Vec<&'a RoleName> {
        let mut roles: Vec<&RoleName> = self
            .catalog
            .memberships
            .keys()
            .filter(|key| key.member == *member)
            .map(|key| &key.role)
            .collect();
        roles.dedup();
        roles
    }

    fn owner_of(&self, database: &DatabaseName) -> Option<&'a RoleName> {
        let key = pgward_catalog::object::ObjectRef::database(database);
        self.catalog.object(&key).map(|object| &object.owner)
    }

    /// Objects that somebody made, counted by class and owner.
    fn objects(&self, database: &DatabaseName) -> BTreeMap<(Class, &'a RoleName), usize> {
        let mut counted = BTreeMap::new();
        for (key, object) in self.made(database) {
            if key.class != Class::Schema {
                *counted.entry((key.class, &object.owner)).or_default() += 1;
            }
        }
        counted
    }

    fn schemas(&self, database: &DatabaseName) -> Vec<(&'a str, &'a RoleName)> {
        self.made(database)
            .filter(|(key, _)| key.class == Class::Schema)
            .map(|(key, object)| (key.name.as_str(), &object.owner))
            .collect()
    }

    fn definers(&self, database: &DatabaseName) -> Vec<String> {
        self.made(database)
            .filter(|(_, object)| object.routine().is_some_and(|routine| routine.security_definer))
            .map(|(key, object)| format!("{} runs as {}", key.quoted(), object.owner.quoted()))
            .collect()
    }

    fn row_security(&self, database: &DatabaseName) -> Vec<String> {
        self.made(database)
            .filter_map(|(key, object)| Some((key, object.row_security()?)))
            .filter(|(_, rows)| rows.enabled)
            .map(|(key, rows)| {
                let forced = if rows.forced { ", forced" } else { "" };
                format!("{}: {} policies{forced}", key.quoted(), rows.policies.len())
            })
            .collect()
    }

    fn defaults(&self, database: &DatabaseName) -> Vec<String> {
        let contents = self.catalog.databases.get(database);
        contents
            .into_iter()
            .flat_map(|contents| &contents.default_privileges)
            .map(|(key, acl)| {
                let place = match &key.schema {
                    Some(schema) => format!("in schema {}", schema.quoted()),
                    None => "anywhere".to_owned(),
                };
                let grants: Vec<String> = acl
                    .entries()
                    .iter()
                    .map(|entry| format!("{} to {}", entry.privileges, entry.grantee))
                    .collect();
                let what = key.kind.keyword().to_lowercase();
                format!("{what} made by {} {place}: {}", key.creator.quoted(), grants.join("; "))
            })
            .collect()
    }

    fn made(
        &self,
        database: &DatabaseName,
    ) -> impl Iterator<Item = (&'a pgward_catalog::object::ObjectKey, &'a pgward_catalog::object::Object)>
    {
        self.catalog
            .databases
            .get(database)
            .into_iter()
            .flat_map(|contents| &contents.objects)
            .filter(|(_, object)| object.origin == Origin::User)
    }
}

/// The JSON Schema of the page for machines.
pub const SCHEMA: &str = include_str!("recon.schema.json");

impl fmt::Display for Recon<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.catalog.version;
        writeln!(f, "PostgreSQL {}.{}", version.major(), version.0 % 10_000)?;
        writeln!(f, "fingerprint {}\n", Fingerprint::of(self.catalog))?;
        writeln!(f, "Roles")?;
        for (name, role) in self.roles() {
            let mut words: Vec<String> = role
                .attributes
                .iter()
                .filter(|attribute| *attribute != Attribute::Inherit)
                .map(|attribute| attribute.keyword().to_owned())
                .collect();
            if !role.has(Attribute::Inherit) {
                words.push("NOINHERIT".to_owned());
            }
            if !role.has(Attribute::Login) {
                words.insert(0, "NOLOGIN".to_owned());
            }
            match role.password {
                PasswordKind::Md5 => words.push("(md5 password)".to_owned()),
                PasswordKind::Absent if role.has(Attribute::Login) => words.push("(no password)".to_owned()),
                _ => {}
            }
            let groups = self.member_of(name);
            if !groups.is_empty() {
                let groups: Vec<String> = groups.iter().map(|group| shown(&group.quoted())).collect();
                words.push(format!("member of {}", groups.join(", ")));
            }
            writeln!(f, "  {:<32} {}", shown(&name.quoted()), words.join(" "))?;
        }
        for (database, counts) in &self.counts {
            let owner = shown(&self.owner_of(database).map(RoleName::quoted).unwrap_or_default());
            writeln!(f, "\nDatabase {} (owner {owner})", shown(&database.quoted()))?;
            for (schema, owner) in self.schemas(database) {
                writeln!(f, "  schema {} (owner {})", shown(schema), shown(&owner.quoted()))?;
            }
            for ((class, owner), count) in self.objects(database) {
                writeln!(f, "  {count:>6} {:<24} owned by {}", class.word(), shown(&owner.quoted()))?;
            }
            writeln!(
                f,
                "  {:>6} indexes, {} foreign keys, {} triggers",
                counts.indexes, counts.foreign_keys, counts.triggers
            )?;
            section(f, "row security", &self.row_security(database))?;
            section(f, "SECURITY DEFINER", &self.definers(database))?;
            section(f, "default privileges", &self.defaults(database))?;
        }
        writeln!(f, "\nSessions")?;
        for sessions in &self.sessions {
            let application =
                if sessions.application.is_empty() { "(unnamed)" } else { &sessions.application };
            let Sessions { role, database, address, count, .. } = sessions;
            let line = format!("{role} in {database} from {address} as {application}");
            writeln!(f, "  {count:>4} {}", shown(&line))?;
        }
        if self.sessions.is_empty() {
            writeln!(f, "  none but this one")?;
        }
        Ok(())
    }
}

fn section(f: &mut fmt::Formatter<'_>, title: &str, lines: &[String]) -> fmt::Result {
    for line in lines {
        writeln!(f, "  {title}: {}", shown(line))?;
    }
    Ok(())
}
