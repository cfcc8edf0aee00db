//! The fingerprint: a digest of the normalised privileges, equal for equal states on different servers.
//!
//! What is left out, because it says nothing about who may do what: passwords, oids, the name of the bootstrap
//! superuser, what initdb and extensions made and nobody changed, and what ALTER SYSTEM has set, which is about one server
//! (its memory, its disks) more often than about anybody's rights. An owner's own complete entry is written as
//! "all", so that the MAINTAIN privilege of version 17 does not make two equal clusters differ.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::acl::{Acl, Grantee};
use crate::catalog::{Catalog, Contents};
use crate::class::Class;
use crate::default_acl::default_acl;
use crate::language::made_trusted;
use crate::membership::Inheritance;
use crate::name::{DatabaseName, RoleName};
use crate::object::{Facts, Object, ObjectKey, Origin};
use crate::policy::RowSecurity;
use crate::predefined::{MEMBERSHIPS, is_from_initdb};
use crate::role::{Attribute, Attributes, Role};
use crate::version::Version;

/// A SHA-256 digest of a catalog's privileges; shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of everything in the catalog.
    pub fn of(catalog: &Catalog) -> Self {
        let mut lines = Lines { digest: Sha256::new(), bootstrap: catalog.bootstrap.clone() };
        lines.roles(catalog);
        lines.settings(catalog);
        for (key, object) in &catalog.cluster_objects {
            lines.object(None, key, object, catalog.version);
        }
        for (database, contents) in &catalog.databases {
            lines.contents(database, contents, catalog.version);
        }
        Self(lines.digest.finalize().into())
    }

    /// The fingerprint that these hexadecimal digits spell.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The first twelve digits, for people.
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

struct Lines {
    digest: Sha256,
    bootstrap: RoleName,
}

impl Lines {
    /// One line of fields, each with its length before it, so that no two lines can be confused.
    fn line(&mut self, fields: &[&str]) {
        self.digest.update((fields.len() as u64).to_le_bytes());
        for field in fields {
            self.digest.update((field.len() as u64).to_le_bytes());
            self.digest.update(field.as_bytes());
        }
    }

    fn role_name<'a>(&self, role: &'a RoleName) -> &'a str {
        // A name can hold no NUL, so no role can be taken for the bootstrap superuser.
        if *role == self.bootstrap { "\0bootstrap" } else { role.as_str() }
    }

    fn grantee<'a>(&self, grantee: &'a Grantee) -> &'a str {
        match grantee {
            Grantee::Public => "\0public",
            Grantee::Role(role) => self.role_name(role),
        }
    }

    /// Lines in the order of what they say, whatever order their names had before they were normalised.
    fn sorted_lines(&mut self, mut lines: Vec<Vec<String>>) {
        lines.sort_unstable();
        for line in lines {
            self.line(&line.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    fn roles(&mut self, catalog: &Catalog) {
        let roles =
            catalog.roles.iter().filter(|(name, role)| !is_predefined(name, role)).map(|(name, role)| {
                vec![
                    "role".to_owned(),
                    self.role_name(name).to_owned(),
                    format!("{:?}", role.attributes),
                    role.connection_limit.map_or(String::new(), |limit| limit.to_string()),
                    role.valid_until.clone().unwrap_or_default(),
                ]
            });
        let memberships = catalog
            .memberships
            .iter()
            .filter(|(key, options)| !is_from_initdb(key, options, &catalog.bootstrap))
            .map(|(key, options)| {
                let inherit = match options.inherit {
                    Inheritance::Inherited => true,
                    Inheritance::NotInherited => false,
                    Inheritance::ByAttribute => {
                        catalog.roles.get(&key.member).is_none_or(|member| member.has(Attribute::Inherit))
                    }
                };
                vec![
                    "membership".to_owned(),
                    self.role_name(&key.role).to_owned(),
                    self.role_name(&key.member).to_owned(),
                    self.role_name(&key.grantor).to_owned(),
                    format!("admin={} inherit={inherit} set={}", options.admin, options.set),
                ]
            });
        let taken = MEMBERSHIPS.into_iter().filter(|(role, member)| is_taken(catalog, role, member));
        let taken = taken.map(|(role, member)| ["no membership", role, member].map(str::to_owned).to_vec());
        let lines = roles.chain(memberships).chain(taken).collect();
        self.sorted_lines(lines);
    }

    fn settings(&mut self, catalog: &Catalog) {
        let mut lines = Vec::new();
        for (scope, settings) in &catalog.settings {
            let role = scope.role.as_ref().map_or("", |role| self.role_name(role));
            let database = scope.database.as_ref().map_or("", DatabaseName::as_str);
            lines.extend(settings.iter().map(|(name, value)| {
                ["setting", role, database, name.as_str(), value].map(str::to_owned).to_vec()
            }));
        }
        self.sorted_lines(lines);
    }

    fn contents(&mut self, database: &DatabaseName, contents: &Contents, version: Version) {
        self.line(&["database", database.as_str()]);
        for (key, object) in &contents.objects {
            self.object(Some(database), key, object, version);
        }
        let mut defaults: Vec<_> = contents.default_privileges.iter().collect();
        defaults.sort_by_key(|(key, _)| (self.role_name(&key.creator), &key.schema, key.kind));
        for (key, acl) in defaults {
            let schema = key.schema.as_ref().map_or("", |schema| schema.as_str());
            let creator = self.role_name(&key.creator);
            self.line(&["default", creator, schema, key.kind.keyword()]);
            self.acl(acl, key.kind.class(), &key.creator, version);
        }
        for (key, rules) in &contents.rules {
            for (name, rule) in rules {
                let kind = format!("{:?} instead={} fires={}", rule.command, rule.instead, rule.fires);
                self.line(&["rule", &key.to_string(), name.as_str(), &kind, &rule.definition]);
            }
        }
    }

    fn object(
        &mut self,
        database: Option<&DatabaseName>,
        key: &ObjectKey,
        object: &Object,
        version: Version,
    ) {
        if object.origin != Origin::User && self.is_untouched(key, object, version) {
            return;
        }
        let database = database.map_or("", DatabaseName::as_str);
        let schema = key.schema.as_ref().map_or("", |schema| schema.as_str());
        let class = key.class.word();
        let signature = key.signature.as_deref().unwrap_or_default();
        let owner = self.role_name(&object.owner);
        self.line(&["object", database, &class, schema, key.name.as_str(), signature, owner]);
        if key.class != Class::Extension {
            self.facts(&object.facts);
        }
        self.acl(&object.acl, key.class, &object.owner, version);
        for (column, acl) in &object.columns {
            self.line(&["column", column.as_str()]);
            self.acl(acl, key.class, &object.owner, version);
        }
    }

    /// Whether what initdb or an extension made carries what it was born with. Where nothing was recorded at birth, a
    /// switch that is on counts as touched: nobody can tell whether it always was.
    fn is_untouched(&self, key: &ObjectKey, object: &Object, version: Version) -> bool {
        let born_with = match &object.initial_acl {
            Some(initial) => *initial == object.acl,
            None if key.class.has_acl() => object.acl == default_acl(key.class, &object.owner, version),
            None => object.acl.is_empty(),
        };
        born_with
            && object.columns == object.initial_columns
            && object.owner == self.bootstrap
            && match &object.facts {
                Facts::Routine(routine) => {
                    !routine.security_definer && !routine.leakproof && routine.settings.is_empty()
                }
                Facts::Table(table) => {
                    table.row_security == RowSecurity::default() && table.firing.is_empty()
                }
                Facts::View(view) => !view.security_invoker,
                Facts::Foreign(options) => options.is_empty(),
                Facts::Language { trusted } => *trusted == made_trusted(key.name.as_str()).unwrap_or(false),
                Facts::Database(_) | Facts::EventTrigger { .. } | Facts::Publication(_) => false,
                _ => true,
            }
    }

    fn facts(&mut self, facts: &Facts) {
        if let Facts::Table(table) = facts {
            let security = &table.row_security;
            let partition_of = table.partition_of.as_ref().map(ObjectKey::quoted).unwrap_or_default();
            let switches = format!("enabled={} forced={}", security.enabled, security.forced);
            self.line(&["table", &switches, &partition_of]);
            for (name, value) in &table.options {
                self.line(&["option", name.as_str(), value]);
            }
            for (column, options) in &table.column_options {
                for (name, value) in options {
                    self.line(&["column option", column.as_str(), name.as_str(), value]);
                }
            }
            for (what, fires) in &table.firing {
                self.line(&["fires", what, &fires.to_string()]);
            }
            for (name, policy) in &security.policies {
                let kind = format!("{:?} {:?}", policy.kind, policy.command);
                let using = policy.using.as_deref().unwrap_or("\0none");
                let check = policy.check.as_deref().unwrap_or("\0none");
                self.line(&["policy", name.as_str(), &kind, using, check]);
                let mut roles: Vec<&str> = policy.roles.iter().map(|role| self.grantee(role)).collect();
                roles.sort_unstable();
                self.line(&roles);
            }
        } else {
            self.line(&["facts", &format!("{facts:?}")]);
        }
    }

    fn acl(&mut self, acl: &Acl, class: Class, owner: &RoleName, version: Version) {
        let mut entries: Vec<_> = acl
            .entries()
            .iter()
            .map(|entry| (self.grantee(&entry.grantee), self.role_name(&entry.grantor), entry))
            .collect();
        entries.sort_unstable_by_key(|(grantee, grantor, _)| (*grantee, *grantor));
        for (grantee, grantor, entry) in entries {
            let whole = entry.grantee.role() == Some(owner) && entry.privileges == class.privileges(version);
            let privileges = if whole { "all".to_owned() } else { entry.privileges.to_string() };
            self.line(&["grant", grantee, grantor, &privileges, &entry.grantable.to_string()]);
        }
    }
}

/// Roles that every server of a version has are left out, as long as nobody gave them attributes.
fn is_predefined(name: &RoleName, role: &Role) -> bool {
    name.as_str().starts_with("pg_")
        && role.attributes == Attributes::NONE.with(Attribute::Inherit)
        && role.connection_limit.is_none()
        && role.valid_until.is_none()
}

/// Whether a membership that initdb makes has been revoked.
fn is_taken(catalog: &Catalog, role: &str, member: &str) -> bool {
    let is_there = |name: &str| catalog.roles.contains_key(name);
    is_there(role)
        && is_there(member)
        && !catalog.memberships.keys().any(|key| key.role.as_str() == role && key.member.as_str() == member)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::acl::Entry;
    use crate::name::{Name, RoleName};
    use crate::object::RoutineFacts;
    use crate::privilege::{Privilege, Privileges};
    use crate::setting::Settings;

    fn cluster(bootstrap: &str, version: u32) -> Catalog {
        let mut catalog = Catalog::empty(Version(version), RoleName::from(bootstrap));
        catalog.roles.insert(RoleName::from(bootstrap), Role::plain());
        catalog.roles.insert(RoleName::from("app"), Role::plain());
        let owner = RoleName::from(bootstrap);
        let table = Object::new(owner.clone(), default_acl(Class::Table, &owner, Version(version)));
        let contents = catalog.databases.entry(DatabaseName::from("shop")).or_default();
        contents.objects.insert(ObjectKey::in_schema(Class::Table, "public", "orders"), table);
        catalog
    }

    #[test]
    fn equal_states_on_servers_of_other_versions_and_superusers_have_one_fingerprint() {
        assert_eq!(
            Fingerprint::of(&cluster("postgres", 150_000)),
            Fingerprint::of(&cluster("admin", 180_000))
        );
    }

    #[test]
    fn one_grant_more_is_another_fingerprint() {
        let before = cluster("postgres", 150_000);
        let mut after = before.clone();
        let table = after.databases.values_mut().flat_map(|c| c.objects.values_mut()).next().unwrap();
        table.acl.grant(Entry {
            grantee: Grantee::Public,
            grantor: RoleName::from("postgres"),
            privileges: Privilege::Select.into(),
            grantable: Privileges::NONE,
        });
        assert_ne!(Fingerprint::of(&before), Fingerprint::of(&after));
    }

    #[test]
    fn what_an_extension_made_counts_once_somebody_touches_it() {
        let function = ObjectKey::routine(Class::Function, "public", "digest", "text, text");
        let owner = RoleName::from("postgres");
        let made = |change: &dyn Fn(&mut Object)| {
            let mut catalog = cluster("postgres", 150_000);
            let acl = default_acl(Class::Function, &owner, Version(150_000));
            let mut object = Object::new(owner.clone(), acl);
            object.origin = Origin::Extension(Name::from("pgcrypto"));
            object.facts = Facts::Routine(RoutineFacts {
                security_definer: false,
                leakproof: false,
                language: Name::from("c"),
                settings: Settings::new(),
                trigger: false,
            });
            change(&mut object);
            catalog.databases.values_mut().for_each(|contents| {
                contents.objects.insert(function.clone(), object.clone());
            });
            Fingerprint::of(&catalog)
        };
        let untouched = made(&|_| {});
        assert_eq!(untouched, Fingerprint::of(&cluster("postgres", 150_000)));
        let definer = |object: &mut Object| {
            if let Facts::Routine(routine) = &mut object.facts {
                routine.security_definer = true;
            }
        };
        let touched = [
            made(&|object| object.owner = RoleName::from("app")),
            made(&|object| object.acl = Acl::EMPTY),
            made(&definer),
        ];
        assert!(touched.iter().all(|fingerprint| *fingerprint != untouched));
    }

    #[test]
    fn digits_lead_back_to_the_fingerprint() {
        let fingerprint = Fingerprint::of(&cluster("postgres", 150_000));
        assert_eq!(Fingerprint::parse(&fingerprint.to_string()), Some(fingerprint));
        assert_eq!(Fingerprint::parse("abc"), None);
        assert_eq!(Fingerprint::parse(&"é".repeat(32)), None);
    }
}
