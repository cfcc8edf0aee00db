//! Objects: what can be owned and granted, how it is named, and what else about it decides who may do what.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::acl::Acl;
use crate::class::Class;
use crate::name::{DatabaseName, Name, RoleName, SchemaName, quote_identifier};
use crate::policy::RowSecurity;
use crate::setting::Settings;

/// An object's name within its database (or within the cluster, for classes that live there).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// What kind of thing it is.
    pub class: Class,
    /// The schema it is in; none for classes without one.
    pub schema: Option<SchemaName>,
    /// Its bare name; a large object's is its number, a user mapping's `role@server` with each part quoted, a cast's
    /// `type AS type`.
    pub name: Name,
    /// Routines, operators and operator classes: what else it takes to name one, as SQL text that the server made
    /// with an empty `search_path`. A routine's are its input types (`integer, app.color`), an operator's both
    /// operands (`integer, integer`), an operator class's its access method.
    pub signature: Option<Arc<str>>,
}

impl ObjectKey {
    /// A key for something that is in a schema.
    pub fn in_schema(class: Class, schema: impl Into<SchemaName>, name: impl Into<Name>) -> Self {
        Self { class, schema: Some(schema.into()), name: name.into(), signature: None }
    }

    /// A key for something that is in no schema.
    pub fn bare(class: Class, name: impl Into<Name>) -> Self {
        Self { class, schema: None, name: name.into(), signature: None }
    }

    /// A key for a routine with these input types.
    pub fn routine(
        class: Class,
        schema: impl Into<SchemaName>,
        name: impl Into<Name>,
        arguments: impl Into<Arc<str>>,
    ) -> Self {
        Self { signature: Some(arguments.into()), ..Self::in_schema(class, schema, name) }
    }

    /// The name as SQL text, as GRANT and ALTER take it.
    pub fn quoted(&self) -> String {
        let name = match self.class {
            // A number; the name of a parameter may have dots, and is folded rather than quoted.
            Class::LargeObject => self.name.as_str().to_owned(),
            Class::Operator => self.name.as_str().to_owned(),
            Class::Parameter => quote_parameter(self.name.as_str()),
            Class::UserMapping => self.name.as_str().to_owned(),
            Class::Cast => format!("({})", self.name.as_str()),
            _ => self.name.quoted(),
        };
        let qualified = match &self.schema {
            Some(schema) => format!("{}.{name}", schema.quoted()),
            None => name,
        };
        match (&self.signature, self.class) {
            (Some(signature), Class::OperatorClass | Class::OperatorFamily) => {
                format!("{qualified} USING {signature}")
            }
            // An ordered-set or plain aggregate of no arguments is named with a star.
            (Some(signature), Class::Aggregate) if signature.is_empty() => format!("{qualified}(*)"),
            (Some(signature), _) => format!("{qualified}({signature})"),
            (None, _) => qualified,
        }
    }
}

/// A parameter's name as GRANT ... ON PARAMETER takes it: each part between dots quoted where it needs it.
pub fn quote_parameter(name: &str) -> String {
    name.split('.').map(quote_identifier).collect::<Vec<_>>().join(".")
}

/// As people read it: `table public.orders`, `function app.total(integer)`.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.class.word(), self.quoted())
    }
}

/// An object anywhere in the cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// The database it is in; none for classes that live in the cluster.
    pub database: Option<DatabaseName>,
    /// Its name there.
    pub key: ObjectKey,
}

impl ObjectRef {
    /// An object in a database.
    pub fn within(database: &DatabaseName, key: ObjectKey) -> Self {
        Self { database: Some(database.clone()), key }
    }

    /// A database as an object.
    pub fn database(database: &DatabaseName) -> Self {
        Self { database: None, key: ObjectKey::bare(Class::Database, database.as_str()) }
    }

    /// An object of the cluster: a database, a tablespace, a parameter.
    pub fn of_cluster(key: ObjectKey) -> Self {
        Self { database: None, key }
    }
}

/// As people read it: `table public.orders in database shop`.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.database {
            Some(database) => write!(f, "{} in database {}", self.key, database.quoted()),
            None => self.key.fmt(f),
        }
    }
}

/// Where an object comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Somebody made it.
    User,
    /// The extension of this name made it.
    Extension(Name),
    /// initdb made it.
    System,
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its owner. Parameters and casts have none in PostgreSQL; here the bootstrap superuser stands for it.
    pub owner: RoleName,
    /// Who may do what with it.
    pub acl: Acl,
    /// Column privileges, for the columns that have any.
    pub columns: BTreeMap<Name, Acl>,
    /// What else about it matters to privileges.
    pub facts: Facts,
    /// Where it comes from.
    pub origin: Origin,
    /// The ACL it was born with by initdb or by its extension's script (`pg_init_privs`), where one is recorded.
    pub initial_acl: Option<Acl>,
    /// The column ACLs recorded in `pg_init_privs`.
    pub initial_columns: BTreeMap<Name, Acl>,
}

/// What else about an object matters to privileges, by class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facts {
    /// Nothing else.
    #[default]
    None,
    /// A database.
    Database(DatabaseFacts),
    /// A plain, partitioned or foreign table.
    Table(TableFacts),
    /// A view or materialized view.
    View(ViewFacts),
    /// A sequence that a column owns (`serial`, identity): the table and the column.
    OwnedSequence {
        /// The table, or foreign table, whose column owns it.
        table: ObjectKey,
        /// The column.
        column: Name,
    },
    /// A function, procedure or aggregate.
    Routine(RoutineFacts),
    /// A procedural language.
    Language {
        /// `lanpltrusted`: whether roles without superuser may be let use it.
        trusted: bool,
    },
    /// A publication.
    Publication(PublicationFacts),
    /// A subscription.
    Subscription {
        /// Whether it runs.
        enabled: bool,
        /// 16+: `run_as_owner`; applied with the subscription owner's rights rather than the table owner's.
        run_as_owner: bool,
        /// 16+: `password_required`.
        password_required: bool,
        /// The publications it follows, in order of their names.
        publications: Vec<Name>,
        /// What stands for its connection, which may hold a password: a seal; none where the server does not show it.
        connection: Option<String>,
    },
    /// An event trigger.
    EventTrigger {
        /// The event it fires on.
        event: String,
        /// O, D, R or A, as in `pg_event_trigger.evtenabled`.
        enabled: char,
        /// The function it calls.
        function: ObjectKey,
        /// The commands that it fires for; empty: all.
        tags: Vec<String>,
    },
    /// An extension.
    Extension {
        /// The schema of its objects.
        schema: SchemaName,
        /// Its version.
        version: String,
    },
    /// A foreign-data wrapper or a foreign server that has options.
    Foreign(Options),
    /// A user mapping.
    UserMapping {
        /// The foreign server.
        server: Name,
        /// What stands for its options, which may hold passwords: a seal over all of them, empty where there are none; none
        /// where the server does not show them.
        options: Option<String>,
    },
    /// A cast that somebody made.
    Cast {
        /// What it runs.
        method: CastMethod,
        /// Where it happens without being asked for.
        context: CastContext,
    },
}

/// What a cast runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CastMethod {
    /// WITH FUNCTION: code that runs with the rights of whoever casts.
    Function(ObjectKey),
    /// WITH INOUT: the text of one type is read as the other.
    InOut,
    /// WITHOUT FUNCTION: the bytes are taken as they are.
    Binary,
}

/// Where a cast happens without being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CastContext {
    /// Nowhere: it has to be written.
    Explicit,
    /// AS ASSIGNMENT: where a value is stored.
    Assignment,
    /// AS IMPLICIT: anywhere.
    Implicit,
}

/// When triggers and rules of a table fire, of those that do not simply fire: by what they are called (`trigger touch`,
/// `rule log`, and `constraint orders_customer_fkey` for triggers that the server made for one), O, D, R or A as in
/// `pg_trigger.tgenabled`.
pub type Firing = BTreeMap<String, char>;

/// Options of foreign-data wrappers, servers and tables by their names; those that hold a secret are sealed.
pub type Options = BTreeMap<Name, String>;

/// What matters about a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseFacts {
    /// At most this many connections; none: no limit.
    pub connection_limit: Option<i32>,
    /// Whether connections are accepted at all.
    pub allow_connections: bool,
    /// Whether any role with CREATEDB may clone it.
    pub template: bool,
}

/// What matters about a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFacts {
    /// Its row security.
    pub row_security: RowSecurity,
    /// The table it is a partition of.
    pub partition_of: Option<ObjectKey>,
    /// The options of a foreign table.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: Options,
    /// The options of a foreign table's columns, of those that have any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub column_options: BTreeMap<Name, Options>,
    /// Its triggers and rules that do not simply fire.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub firing: Firing,
}

/// What matters about a view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewFacts {
    /// `security_invoker`: the caller's privileges and policies count, not the owner's (15+).
    pub security_invoker: bool,
    /// `security_barrier`: conditions of the caller cannot see rows the view leaves out.
    pub security_barrier: bool,
    /// `check_option`: which rows that it would not show may not be written through it.
    #[serde(default)]
    pub check_option: CheckOption,
}

/// Whether what is written through a view has to be seen through it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOption {
    /// It does not.
    #[default]
    None,
    /// By this view's conditions.
    Local,
    /// By this view's conditions and those of the views under it.
    Cascaded,
}

impl CheckOption {
    /// PostgreSQL's word for it.
    pub fn word(self) -> &'static str {
        match self {
            CheckOption::None => "none",
            CheckOption::Local => "local",
            CheckOption::Cascaded => "cascaded",
        }
    }
}

/// What matters about a routine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutineFacts {
    /// SECURITY DEFINER: it runs with its owner's privileges.
    pub security_definer: bool,
    /// LEAKPROOF.
    pub leakproof: bool,
    /// Its language.
    pub language: Name,
    /// Settings in force while it runs (`SET search_path = ...`).
    pub settings: Settings,
    /// Whether it is a trigger or event trigger function, which nobody can call directly.
    pub trigger: bool,
}

/// What matters about a publication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicationFacts {
    /// FOR ALL TABLES.
    pub all_tables: bool,
    /// The tables it lists by their quoted names, each with its column list and row filter, if any, as text.
    pub tables: BTreeMap<String, String>,
    /// The schemas it lists (15+).
    pub schemas: Vec<SchemaName>,
    /// Which of the changes to them it sends out, and how.
    pub options: PublicationOptions,
}

/// The options of a publication (`CREATE PUBLICATION ... WITH`); by default what a new one has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicationOptions {
    /// `publish`: whether INSERT is sent out.
    pub insert: bool,
    /// `publish`: whether UPDATE is.
    pub update: bool,
    /// `publish`: whether DELETE is.
    pub delete: bool,
    /// `publish`: whether TRUNCATE is.
    pub truncate: bool,
    /// `publish_via_partition_root`: partitions are sent out as the table that they are part of, whose row filter and
    /// columns count then.
    pub via_partition_root: bool,
    /// `publish_generated_columns` (18+).
    pub generated_columns: GeneratedColumns,
}

/// Which generated columns a publication sends out that lists no columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeneratedColumns {
    /// None of them.
    #[default]
    None,
    /// Those that are stored.
    Stored,
}

impl GeneratedColumns {
    /// PostgreSQL's word for it.
    pub fn word(self) -> &'static str {
        match self {
            GeneratedColumns::None => "none",
            GeneratedColumns::Stored => "stored",
        }
    }
}

impl Default for PublicationOptions {
    fn default() -> Self {
        Self {
            insert: true,
            update: true,
            delete: true,
            truncate: true,
            via_partition_root: false,
            generated_columns: GeneratedColumns::None,
        }
    }
}

impl PublicationOptions {
    /// Whether the changes of every command are sent out.
    pub fn sends_all(&self) -> bool {
        self.insert && self.update && self.delete && self.truncate
    }

    /// The value of `publish`: the commands that are sent out.
    pub fn publish(&self) -> String {
        let commands = [
            ("insert", self.insert),
            ("update", self.update),
            ("delete", self.delete),
            ("truncate", self.truncate),
        ];
        let sent = commands.into_iter().filter(|(_, is_sent)| *is_sent).map(|(command, _)| command);
        sent.collect::<Vec<_>>().join(", ")
    }
}

impl Object {
    /// An object as it is right after its creation by this owner: no grants, no facts.
    pub fn new(owner: RoleName, acl: Acl) -> Self {
        Self {
            owner,
            acl,
            columns: BTreeMap::new(),
            facts: Facts::None,
            origin: Origin::User,
            initial_acl: None,
            initial_columns: BTreeMap::new(),
        }
    }

    /// The row security of a table; none for what cannot have it.
    pub fn row_security(&self) -> Option<&RowSecurity> {
        match &self.facts {
            Facts::Table(table) => Some(&table.row_security),
            _ => None,
        }
    }

    /// The facts of a routine.
    pub fn routine(&self) -> Option<&RoutineFacts> {
        match &self.facts {
            Facts::Routine(routine) => Some(routine),
            _ => None,
        }
    }
}
