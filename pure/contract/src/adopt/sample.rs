//! Random catalogs for the property tests: every class, every option, names that trouble YAML, SQL and patterns.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::class::Class;
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::default_privileges::{DefaultKey, DefaultKind};
use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::{DatabaseName, Name, RoleName, SchemaName};
use pgward_catalog::object::{
    CastContext, CastMethod, CheckOption, DatabaseFacts, Facts, Firing, GeneratedColumns, Object, ObjectKey,
    Options, Origin, PublicationFacts, PublicationOptions, RoutineFacts, TableFacts, ViewFacts,
};
use pgward_catalog::policy::{Policy, PolicyCommand, PolicyKind, RowSecurity};
use pgward_catalog::privilege::Privileges;
use pgward_catalog::role::{Attribute, Attributes, PasswordKind, Role};
use pgward_catalog::setting::{SettingScope, Settings};
use pgward_catalog::version::Version;

use crate::form::dice::Dice;

/// A catalog such as a server could show.
pub fn catalog(dice: &mut Dice) -> Catalog {
    let version = Version(*dice.pick(&[150_020, 140_020, 160_010, 170_005, 180_001]));
    let mut made =
        Making { dice, roles: Vec::new(), catalog: Catalog::empty(version, RoleName::from("postgres")) };
    made.roles();
    made.memberships();
    made.cluster();
    made.settings();
    let databases: Vec<DatabaseName> = made.database_names();
    for database in &databases {
        if made.dice.roll(5) != 4 {
            let contents = made.contents();
            made.catalog.databases.insert(database.clone(), contents);
        }
    }
    made.catalog
}

struct Making<'d> {
    dice: &'d mut Dice,
    roles: Vec<RoleName>,
    catalog: Catalog,
}

impl Making<'_> {
    fn name(&mut self) -> String {
        const NAMES: [&str; 13] = [
            "app",
            "orders",
            "audit_log",
            "PUBLIC",
            "Order Items",
            "a.b",
            "a\"b",
            "user",
            "100%",
            "x*",
            "ünï🙂",
            "on",
            "f(x)",
        ];
        if self.dice.roll(6) == 0 { self.dice.text() } else { (*self.dice.pick(&NAMES)).to_owned() }
    }

    fn role(&mut self) -> RoleName {
        let roles = self.roles.clone();
        self.dice.pick(&roles).clone()
    }

    fn roles(&mut self) {
        let bootstrap = Role {
            attributes: Attribute::ALL.into_iter().collect(),
            connection_limit: (self.dice.roll(9) == 8).then_some(7),
            valid_until: None,
            password: PasswordKind::NotVisible,
            comment: None,
        };
        self.catalog.roles.insert(RoleName::from("postgres"), bootstrap);
        for predefined in ["pg_monitor", "pg_read_all_data", "pg_read_all_settings", "pg_database_owner"] {
            self.catalog.roles.insert(RoleName::from(predefined), Role::plain());
        }
        for _ in 0..1 + self.dice.roll(6) {
            let mut name = self.name();
            if matches!(name.as_str(), "public" | "none") || name.starts_with("pg_") {
                name = "plain".to_owned();
            }
            let attributes: Attributes =
                Attribute::ALL.into_iter().filter(|_| self.dice.roll(3) == 1).collect();
            let role = Role {
                attributes,
                connection_limit: (self.dice.roll(4) == 1).then(|| i32::from(self.dice.roll(50))),
                valid_until: match self.dice.roll(6) {
                    1 => Some("infinity".to_owned()),
                    2 => Some("2027-01-31T00:00:00Z".to_owned()),
                    3 => Some("2031-12-31T22:59:59.123456Z".to_owned()),
                    _ => None,
                },
                comment: None,
                password: *self.dice.pick(&[
                    PasswordKind::Absent,
                    PasswordKind::Scram,
                    PasswordKind::Md5,
                    PasswordKind::NotVisible,
                ]),
            };
            self.catalog.roles.insert(RoleName::from(name.as_str()), role);
        }
        self.roles = self.catalog.roles.keys().cloned().collect();
    }

    fn memberships(&mut self) {
        for _ in 0..self.dice.roll(8) {
            let (role, member) = (self.role(), self.role());
            // No circles: a role is a member only of roles that sort after it.
            if role <= member
                || role.as_str() == "pg_database_owner"
                || member.as_str() == "pg_database_owner"
            {
                continue;
            }
            let modern = self.catalog.version.has_membership_options();
            let grantor =
                if modern && self.dice.often() { self.role() } else { self.catalog.bootstrap.clone() };
            let inherit = match (modern, self.dice.often()) {
                (false, _) => Inheritance::ByAttribute,
                (true, false) => Inheritance::Inherited,
                (true, true) => Inheritance::NotInherited,
            };
            let options = MembershipOptions {
                admin: self.dice.roll(3) == 1,
                inherit,
                set: !modern || self.dice.often(),
            };
            self.catalog.memberships.insert(MembershipKey { role, member, grantor }, options);
        }
        if self.dice.often() {
            let (role, member) = (RoleName::from("pg_read_all_settings"), RoleName::from("pg_monitor"));
            let modern = self.catalog.version.has_membership_options();
            let inherit = if modern { Inheritance::Inherited } else { Inheritance::ByAttribute };
            let key = MembershipKey { role, member, grantor: self.catalog.bootstrap.clone() };
            self.catalog.memberships.insert(key, MembershipOptions { admin: false, inherit, set: true });
        }
    }

    fn cluster(&mut self) {
        let mut databases = vec!["postgres".to_owned(), "template0".to_owned(), "template1".to_owned()];
        for _ in 0..=self.dice.roll(2) {
            databases.push(self.name());
        }
        for name in databases {
            let facts = Facts::Database(DatabaseFacts {
                connection_limit: (self.dice.roll(5) == 1).then_some(12),
                allow_connections: name != "template0",
                template: name.starts_with("template"),
            });
            let object = self.object(Class::Database, facts);
            self.catalog.cluster_objects.insert(ObjectKey::bare(Class::Database, name.as_str()), object);
        }
        for name in ["pg_default", "pg_global", "fast ssd"] {
            let object = self.object(Class::Tablespace, Facts::None);
            self.catalog.cluster_objects.insert(ObjectKey::bare(Class::Tablespace, name), object);
        }
        if self.catalog.version.has_parameter_privileges() {
            for name in ["work_mem", "my.setting"] {
                let owner = self.catalog.bootstrap.clone();
                let mut acl: Acl = [self.entry(Class::Parameter, &owner)].into_iter().collect();
                if acl.entries().iter().any(|entry| entry.grantee.role() == Some(&owner)) {
                    acl = Acl::EMPTY;
                }
                if acl.is_empty() {
                    continue;
                }
                let all = Class::Parameter.privileges(self.catalog.version);
                let whole = Entry {
                    grantee: Grantee::Role(owner.clone()),
                    grantor: owner.clone(),
                    privileges: all,
                    grantable: Privileges::NONE,
                };
                acl.grant(whole);
                let key = ObjectKey::bare(Class::Parameter, name);
                self.catalog.cluster_objects.insert(key, Object::new(owner, acl));
            }
        }
    }

    fn database_names(&self) -> Vec<DatabaseName> {
        let keys = self.catalog.cluster_objects.keys().filter(|key| key.class == Class::Database);
        let names = keys.map(|key| DatabaseName::from(key.name.as_str()));
        names.filter(|name| name.as_str() != "template0").collect()
    }

    fn settings(&mut self) {
        self.catalog.system_settings = self.dice.often().then(|| self.setting_values());
        let databases = self.database_names();
        for _ in 0..self.dice.roll(6) {
            let role = self.dice.often().then(|| self.role());
            let database = self.dice.often().then(|| self.dice.pick(&databases).clone());
            let settings = self.setting_values();
            if !settings.is_empty() {
                self.catalog.settings.insert(SettingScope { role, database }, settings);
            }
        }
    }

    fn setting_values(&mut self) -> Settings {
        const VALUES: [(&str, &str); 5] = [
            ("statement_timeout", "30s"),
            ("search_path", "app, \"$user\", \"we, ird\""),
            ("search_path", "\"\""),
            ("app.tenant", "it's: #1 {%}"),
            ("work_mem", "64"),
        ];
        (0..self.dice.roll(3))
            .map(|_| self.dice.pick(&VALUES))
            .map(|(name, value)| (Name::from(*name), (*value).to_owned()))
            .collect()
    }

    fn options(&mut self) -> Options {
        const OPTIONS: [(&str, &str); 4] = [
            ("host", "it's: #1 {%}"),
            ("Port", "5432"),
            ("password", "sealed:0123456789abcdef"),
            ("empty", ""),
        ];
        (0..self.dice.roll(3))
            .map(|_| self.dice.pick(&OPTIONS))
            .map(|(name, value)| (Name::from(*name), (*value).to_owned()))
            .collect()
    }

    fn firing(&mut self) -> Firing {
        const FIRING: [(&str, char); 3] =
            [("trigger touch", 'D'), ("rule \"Log it\"", 'R'), ("constraint a_fkey", 'A')];
        (0..self.dice.roll(3))
            .map(|_| self.dice.pick(&FIRING))
            .map(|(what, fires)| ((*what).to_owned(), *fires))
            .collect()
    }

    fn contents(&mut self) -> Contents {
        let mut contents = Contents::default();
        let mut schemas = vec!["public".to_owned()];
        for _ in 0..self.dice.roll(3) {
            schemas.push(self.name());
        }
        for schema in &schemas {
            let object = self.object(Class::Schema, Facts::None);
            contents.objects.insert(ObjectKey::bare(Class::Schema, schema.as_str()), object);
        }
        schemas.push("pg_catalog".to_owned());
        for _ in 0..self.dice.roll(30) {
            let schema = self.dice.pick(&schemas).clone();
            self.add(&mut contents, &schema);
        }
        for _ in 0..self.dice.roll(5) {
            self.default_privilege(&mut contents, &schemas);
        }
        contents
    }

    fn add(&mut self, contents: &mut Contents, schema: &str) {
        let class = *self.dice.pick(&Class::ALL);
        let name = self.name();
        let (key, facts) = match class {
            Class::Database | Class::Tablespace | Class::Parameter | Class::Schema => return,
            Class::Function | Class::Procedure | Class::Aggregate => {
                let signatures =
                    ["", "integer", "integer, app.color", "character varying[], \"we ird\".\"a, b\""];
                let signature = *self.dice.pick(&signatures);
                let facts = RoutineFacts {
                    security_definer: self.dice.roll(3) == 1,
                    leakproof: self.dice.roll(6) == 1,
                    language: Name::from("plpgsql"),
                    settings: self.setting_values(),
                    trigger: self.dice.roll(4) == 1,
                };
                (ObjectKey::routine(class, schema, name.as_str(), signature), Facts::Routine(facts))
            }
            Class::Operator => (ObjectKey::routine(class, schema, "+#", "integer, integer"), Facts::None),
            Class::OperatorClass | Class::OperatorFamily => {
                (ObjectKey::routine(class, schema, name.as_str(), "btree"), Facts::None)
            }
            Class::LargeObject => {
                let number = 16_000 + u32::from(self.dice.roll(5));
                (ObjectKey::bare(class, number.to_string().as_str()), Facts::None)
            }
            Class::UserMapping => {
                let server = Name::from(name.as_str());
                let of = if self.dice.often() { self.role().quoted() } else { "PUBLIC".to_owned() };
                let name = format!("{of}@{}", server.quoted());
                let options = ["", "sealed:0123456789abcdef"].get(usize::from(self.dice.roll(3)));
                let facts = Facts::UserMapping { server, options: options.map(|seal| (*seal).to_owned()) };
                (ObjectKey::bare(class, name.as_str()), facts)
            }
            Class::Language => {
                (ObjectKey::bare(class, name.as_str()), Facts::Language { trusted: self.dice.often() })
            }
            Class::ForeignDataWrapper | Class::ForeignServer => {
                let options = self.options();
                let facts = if options.is_empty() { Facts::None } else { Facts::Foreign(options) };
                (ObjectKey::bare(class, name.as_str()), facts)
            }
            Class::Publication => {
                let part = ["", "(id, \"Na, me\")", "WHERE (id > 1)", "(id) WHERE (id > 1)"];
                let part = part.get(usize::from(self.dice.roll(4))).copied().unwrap_or_default();
                let tables = BTreeMap::from([("public.\"Or.ders\"".to_owned(), part.to_owned())]);
                let generated_columns = match self.catalog.version.major() >= 18 && self.dice.often() {
                    true => GeneratedColumns::Stored,
                    false => GeneratedColumns::None,
                };
                let options = PublicationOptions {
                    insert: self.dice.often(),
                    update: self.dice.often(),
                    delete: self.dice.often(),
                    truncate: self.dice.often(),
                    via_partition_root: self.dice.often(),
                    generated_columns,
                };
                let facts =
                    PublicationFacts { all_tables: self.dice.often(), tables, schemas: Vec::new(), options };
                (ObjectKey::bare(class, name.as_str()), Facts::Publication(facts))
            }
            Class::Subscription => (
                ObjectKey::bare(class, name.as_str()),
                Facts::Subscription {
                    enabled: self.dice.often(),
                    run_as_owner: self.dice.often(),
                    password_required: self.dice.often(),
                    publications: vec![Name::from("p")],
                    connection: self.dice.often().then(|| "sealed:0123456789abcdef".to_owned()),
                },
            ),
            Class::EventTrigger => {
                let function = ObjectKey::routine(Class::Function, "public", "f", "");
                let enabled =
                    ['O', 'D', 'R', 'A'].get(usize::from(self.dice.roll(4))).copied().unwrap_or('O');
                let facts = Facts::EventTrigger {
                    event: "ddl_command_end".to_owned(),
                    enabled,
                    function,
                    tags: vec!["DROP TABLE".to_owned()],
                };
                (ObjectKey::bare(class, name.as_str()), facts)
            }
            Class::Cast => {
                let function = ObjectKey::routine(Class::Function, "public", "f", "integer");
                let methods = [CastMethod::Function(function), CastMethod::InOut, CastMethod::Binary];
                let facts = Facts::Cast {
                    method: self.dice.pick(&methods).clone(),
                    context: if self.dice.often() { CastContext::Implicit } else { CastContext::Assignment },
                };
                let name = format!("public.{} AS text", Name::from(name.as_str()).quoted());
                (ObjectKey::bare(class, name.as_str()), facts)
            }
            Class::Extension => {
                let facts = Facts::Extension { schema: SchemaName::from(schema), version: "1.0".to_owned() };
                (ObjectKey::bare(class, name.as_str()), facts)
            }
            Class::Table | Class::PartitionedTable | Class::ForeignTable => {
                let row_security =
                    if class.has_row_security() { self.row_security() } else { RowSecurity::default() };
                let options = if class == Class::ForeignTable { self.options() } else { Options::new() };
                let columns = if class == Class::ForeignTable { self.dice.roll(3) } else { 0 };
                let column = |at| (Name::from(format!("column {at}").as_str()), self.options());
                let column_options: BTreeMap<Name, Options> = (0..columns).map(column).collect();
                let column_options =
                    column_options.into_iter().filter(|(_, options)| !options.is_empty()).collect();
                let facts = TableFacts {
                    row_security,
                    partition_of: None,
                    options,
                    column_options,
                    firing: self.firing(),
                };
                (ObjectKey::in_schema(class, schema, name.as_str()), Facts::Table(facts))
            }
            Class::View | Class::MaterializedView => {
                let plain = class == Class::View;
                let modern = self.catalog.version.has_security_invoker_views();
                let facts = ViewFacts {
                    security_invoker: plain && modern && self.dice.often(),
                    security_barrier: plain && self.dice.often(),
                    check_option: match (plain, self.dice.roll(3)) {
                        (true, 0) => CheckOption::Local,
                        (true, 1) => CheckOption::Cascaded,
                        _ => CheckOption::None,
                    },
                };
                (ObjectKey::in_schema(class, schema, name.as_str()), Facts::View(facts))
            }
            Class::Sequence => {
                let owned = self.dice.often();
                let facts = if owned {
                    let table = ObjectKey::in_schema(Class::Table, schema, "orders");
                    Facts::OwnedSequence { table, column: Name::from("id") }
                } else {
                    Facts::None
                };
                (ObjectKey::in_schema(class, schema, name.as_str()), facts)
            }
            _ => (ObjectKey::in_schema(class, schema, name.as_str()), Facts::None),
        };
        if shares_a_name(contents, &key) {
            return;
        }
        let mut object = self.object(class, facts);
        object.origin = match self.dice.roll(6) {
            1 => Origin::Extension(Name::from("pg_stat_statements")),
            _ if schema == "pg_catalog" && key.schema.is_some() => Origin::System,
            _ => Origin::User,
        };
        if object.origin != Origin::User && self.dice.often() {
            object.initial_acl =
                Some(if self.dice.often() { object.acl.clone() } else { self.acl(class, &object.owner) });
            if self.dice.often() {
                object.initial_columns = object.columns.clone();
            }
        }
        contents.objects.insert(key, object);
    }

    fn object(&mut self, class: Class, facts: Facts) -> Object {
        let owner = self.role();
        let mut object = Object::new(owner.clone(), self.acl(class, &owner));
        object.facts = facts;
        if class.is_table_like() && self.dice.roll(3) == 1 {
            for _ in 0..self.dice.roll(3) {
                let column = self.name();
                let mut entry = self.entry(class, &owner);
                entry.privileges = entry.privileges & class.column_privileges();
                entry.grantable = entry.grantable & entry.privileges;
                let acl: Acl = [entry].into_iter().collect();
                if !acl.is_empty() {
                    object.columns.insert(Name::from(column.as_str()), acl);
                }
            }
        }
        object
    }

    fn acl(&mut self, class: Class, owner: &RoleName) -> Acl {
        if !class.has_acl() {
            return Acl::EMPTY;
        }
        let default = default_acl(class, owner, self.catalog.version);
        let mut acl = match self.dice.roll(6) {
            1 => Acl::EMPTY,
            2 => default.entries().iter().skip(1).cloned().collect(),
            _ => default,
        };
        for _ in 0..self.dice.roll(4) {
            acl.grant(self.entry(class, owner));
        }
        acl
    }

    fn entry(&mut self, class: Class, owner: &RoleName) -> Entry {
        let grantee = if self.dice.roll(4) == 1 { Grantee::Public } else { Grantee::Role(self.role()) };
        let grantor = if self.dice.roll(5) == 1 { self.role() } else { owner.clone() };
        let privileges = self.some_of(class.privileges(self.catalog.version));
        let grantable = match (&grantee, self.dice.roll(3)) {
            (Grantee::Role(_), 1) => self.some_of(privileges),
            _ => Privileges::NONE,
        };
        Entry { grantee, grantor, privileges, grantable }
    }

    fn some_of(&mut self, all: Privileges) -> Privileges {
        match self.dice.roll(4) {
            0 => all,
            _ => all.iter().filter(|_| self.dice.often()).collect(),
        }
    }

    fn row_security(&mut self) -> RowSecurity {
        let mut policies = BTreeMap::new();
        for _ in 0..self.dice.roll(3) {
            let mut roles: BTreeSet<Grantee> =
                (0..=self.dice.roll(2)).map(|_| Grantee::Role(self.role())).collect();
            if self.dice.roll(3) == 1 {
                roles = BTreeSet::from([Grantee::Public]);
            }
            let command = *self.dice.pick(&[
                PolicyCommand::All,
                PolicyCommand::Select,
                PolicyCommand::Insert,
                PolicyCommand::Update,
                PolicyCommand::Delete,
            ]);
            let using = command != PolicyCommand::Insert && self.dice.often();
            let check =
                !matches!(command, PolicyCommand::Select | PolicyCommand::Delete) && self.dice.often();
            let policy = Policy {
                kind: *self.dice.pick(&[PolicyKind::Permissive, PolicyKind::Restrictive]),
                command,
                roles,
                using: using.then(|| "(tenant = current_setting('app.tenant'::text))".to_owned()),
                check: check.then(|| "(a ~ '^\\d: #\n%'::text)".to_owned()),
            };
            policies.insert(Name::from(self.name().as_str()), policy);
        }
        RowSecurity { enabled: self.dice.often(), forced: self.dice.roll(3) == 1, policies }
    }

    fn default_privilege(&mut self, contents: &mut Contents, schemas: &[String]) {
        let kind = *self.dice.pick(&DefaultKind::ALL);
        if kind == DefaultKind::LargeObjects && !self.catalog.version.has_large_object_defaults() {
            return;
        }
        let cluster = matches!(kind, DefaultKind::Schemas | DefaultKind::LargeObjects);
        let in_schema = !cluster && self.dice.often();
        let schema = in_schema.then(|| SchemaName::from(self.dice.pick(schemas).as_str()));
        let creator = self.role();
        let key = DefaultKey { creator: creator.clone(), schema, kind };
        let mut acl = key.absent(self.catalog.version);
        if self.dice.roll(4) == 1 {
            acl = Acl::EMPTY;
        }
        for _ in 0..self.dice.roll(3) {
            let entry = self.entry(kind.class(), &creator);
            acl.grant(Entry { grantor: creator.clone(), ..entry });
        }
        if acl != key.absent(self.catalog.version) {
            contents.default_privileges.insert(key, acl);
        }
    }
}

/// Relations share one name space, and so do types with them, and routines.
fn shares_a_name(contents: &Contents, key: &ObjectKey) -> bool {
    let space = |class: Class| match class {
        _ if class.is_table_like() || matches!(class, Class::Sequence | Class::Type | Class::Domain) => 0,
        _ if class.is_routine() => 1,
        other => 2 + other as u8,
    };
    contents.objects.keys().any(|other| {
        other.schema == key.schema
            && other.name == key.name
            && other.signature == key.signature
            && space(other.class) == space(key.class)
    })
}
