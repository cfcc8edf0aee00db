//! The anatomy of a database: what its objects are made of, as far as it decides whose code runs as whom and which rows
//! are seen through what. Who owns and who may use them is the catalog's.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName, SchemaName};
use pgward_catalog::object::{ObjectKey, Origin};
use serde::{Deserialize, Serialize};

/// What was read in one database.
#[derive(Clone, Debug, Default)]
pub struct Anatomy {
    /// Tables, views, foreign tables and materialized views that initdb did not make.
    pub relations: BTreeMap<ObjectKey, Relation>,
    /// Routines that initdb did not make.
    pub routines: BTreeMap<ObjectKey, Routine>,
    /// Routines that initdb made and somebody else owns or may execute than initdb said: see the catalog for them.
    /// Here: what code is used by what, whose it is, and what it is used for.
    pub uses: Vec<Use>,
    /// Foreign keys, unique and primary keys.
    pub constraints: Vec<Constraint>,
    /// Extensions that are installed.
    pub extensions: BTreeMap<Name, Extension>,
    /// Foreign servers, wrappers and user mappings: only what their options say that matters.
    pub foreign: Vec<ForeignOptions>,
    /// Subscriptions of this database, as far as they were seen.
    pub subscriptions: Vec<Subscription>,
    /// Comments on objects that initdb did not make; somebody may have put a credential into one.
    pub comments: Vec<Comment>,
    /// String constants in what is stored parsed: views, defaults, policies, rules, checks, indexes, triggers and their arguments.
    pub constants: Vec<Constant>,
    /// Triggers that are switched off, those that keep foreign keys among them.
    pub disabled: Vec<DisabledTrigger>,
    /// Jobs of `pg_cron`, where it is installed and visible.
    pub jobs: Vec<CronJob>,
    /// Columns of system catalogs that are kept from everybody, and that a view shows.
    pub secrets_shown: Vec<SecretShown>,
    /// What was run, by role, where `pg_stat_statements` is installed and visible.
    pub statements: Vec<StatementUse>,
    /// Since when statements and table statistics count (`stats_reset`), in words of the server.
    pub statistics_since: Option<String>,
}

/// A table or view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Tables it inherits from, or is a partition of.
    pub parents: Vec<ObjectKey>,
    /// How many rows the planner believes there are; negative: never counted.
    pub rows_estimated: i64,
    /// The leading columns of its indexes.
    pub indexed: BTreeSet<Name>,
    /// Extended statistics objects on it.
    pub statistics: Vec<ObjectKey>,
    /// What rows written to it end up in, if it is a view that PostgreSQL writes through by itself.
    pub writes_to: Option<ObjectKey>,
    /// Whether the condition of a view's query asks who is there: `current_user`, `current_setting`, `pg_has_role`.
    pub compares_rows_with_user: bool,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// Its type, as `format_type` prints it.
    pub type_name: String,
}

/// A routine, beyond what the catalog says of it (owner, definer, settings, leakproof, language).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routine {
    /// `i`mmutable, `s`table or `v`olatile.
    pub volatility: Volatility,
    /// Its source, or its body as the server prints it (SQL-standard bodies); for C, the name of the symbol.
    pub source: String,
    /// Whether the body was parsed when it was created (`BEGIN ATOMIC`, `RETURN`): its names are looked up no more.
    pub parsed: bool,
    /// The library of a C function.
    pub library: Option<String>,
    /// Whether it returns a set, or rows.
    pub returns_rows: bool,
}

/// How a routine's result may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are PostgreSQL's own words")]
pub enum Volatility {
    Immutable,
    Stable,
    Volatile,
}

/// Something that runs code or reads a relation when it is used: a trigger, a default, a view, a policy, a cast.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// What runs it.
    pub by: User,
    /// The table, view, domain, type or database it belongs to.
    pub on: ObjectKey,
    /// Who owns that.
    pub on_owner: RoleName,
    /// The routine, relation or domain that is used.
    pub target: ObjectKey,
    /// Who owns the target.
    pub target_owner: RoleName,
    /// Where the target comes from.
    pub target_origin: Origin,
}

/// What uses code or a relation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum User {
    /// A trigger of a table, by its name; the letter is `tgenabled`.
    Trigger {
        /// Its name.
        name: Name,
        /// `O`, `D`, `R` or `A`.
        enabled: char,
    },
    /// An event trigger, by its name.
    EventTrigger {
        /// Its name.
        name: Name,
        /// `O`, `D`, `R` or `A`.
        enabled: char,
    },
    /// The query of a view.
    View,
    /// The query of a materialized view.
    MaterializedView,
    /// A rewrite rule other than a view's own.
    RewriteRule(Name),
    /// An expression or predicate of an index, by the index's name.
    Index(Name),
    /// A column's default.
    Default(Name),
    /// A generated column.
    Generated(Name),
    /// A check constraint, by its name.
    Check(Name),
    /// A policy, by its name.
    Policy(Name),
    /// A cast (its words: "cast (text as public.t)").
    Cast(String),
    /// An operator.
    Operator,
    /// A type's input, output or other support function.
    Type,
    /// A check of a domain, by the constraint's name.
    DomainCheck(Name),
    /// A column whose type is a domain, or made of one: the checks of the domain run for what is written to it.
    DomainOfColumn(Name),
    /// An aggregate's transition, final or other support function.
    Aggregate,
    /// The SQL-standard body of a routine (PostgreSQL 14), or a default of one of its arguments. What other bodies use
    /// is known to nobody but their text.
    Routine,
    /// An expression of a statistics object, by its name: ANALYZE evaluates it.
    Statistics(Name),
    /// An expression of a partition key.
    PartitionKey,
    /// A support function of an operator class.
    OperatorClass,
    /// A language's call, inline or validator handler.
    Language,
}

/// A foreign key, or a unique or primary key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Constraint {
    /// Its name.
    pub name: Name,
    /// The table that carries it.
    pub table: ObjectKey,
    /// Its columns.
    pub columns: Vec<Name>,
    /// What it demands.
    pub kind: ConstraintKind,
}

/// What a constraint demands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConstraintKind {
    /// The primary key.
    PrimaryKey,
    /// Unique columns (constraints and unique indexes).
    Unique,
    /// Rows of another table.
    ForeignKey {
        /// That table.
        references: ObjectKey,
        /// The columns there.
        columns: Vec<Name>,
    },
}

/// An extension that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Where its objects are.
    pub schema: SchemaName,
    /// Its version.
    pub version: String,
    /// The version the server's files would install; none: the files are gone or not visible.
    pub available: Option<String>,
}

/// Options of something foreign, as far as they are about credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignOptions {
    /// The server, the wrapper or the user mapping.
    pub object: ObjectKey,
    /// Its owner; of a user mapping, the user it is for (none: PUBLIC).
    pub user: Option<RoleName>,
    /// The server's name; empty for a wrapper's own options.
    pub server: Name,
    /// The wrapper's name.
    pub wrapper: Name,
    /// Names of its options; none: they are not visible. Values are not read, but for what the next three say.
    pub options: Option<BTreeSet<String>>,
    /// Whether `password_required` is set, and to what (`postgres_fdw`, PostgreSQL 13).
    pub password_required: Option<bool>,
    /// Of a server: whether its address is this server's own (its sockets, its own machine, the address this session came to) and its
    /// port this server's. Another name of the machine is not recognised.
    pub leads_here: bool,
    /// Of a user mapping: whom it logs in as, where that is said and visible.
    pub there: Option<RoleName>,
}

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its name.
    pub name: Name,
    /// Who owns it, and, without `run_as_owner = false`, applies its changes.
    pub owner: RoleName,
    /// Whether changes are applied as its owner (always before PostgreSQL 16).
    pub runs_as_owner: bool,
    /// Whether its connection string holds a password; none: not visible.
    pub holds_password: Option<bool>,
    /// The tables it writes to.
    pub tables: Vec<ObjectKey>,
}

/// A secret of a system catalog that a view has as one of its columns, by itself or through other views.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretShown {
    /// The view or materialized view.
    pub view: ObjectKey,
    /// Its column.
    pub column: Name,
    /// The relation of `pg_catalog` that has the secret: "pg_authid".
    pub source: Name,
    /// The column there: "rolpassword".
    pub secret: Name,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Comment {
    /// On what; the database itself is among them.
    pub on: ObjectKey,
    /// On which part of it: "column card", "constraint total", "trigger audit", "policy tenant".
    pub part: Option<String>,
    /// What it says.
    pub text: String,
}

/// A string constant that somebody wrote into something that is stored parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant {
    /// In what.
    pub on: ObjectKey,
    /// In which part of it: "default of column card", "policy tenant", "trigger hook"; none: the query of a view.
    pub part: Option<String>,
    /// The column whose default it is in.
    pub column: Option<Name>,
    /// What it says.
    pub text: String,
}

/// A trigger that is switched off (`tgenabled` is `D`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisabledTrigger {
    /// Its table.
    pub table: ObjectKey,
    /// Its name.
    pub name: Name,
    /// The foreign key or constraint that it keeps, where it is PostgreSQL's own.
    pub constraint: Option<Name>,
    /// The routine that it would run.
    pub routine: Option<ObjectKey>,
}

/// A job of `pg_cron`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronJob {
    /// Its number.
    pub number: i64,
    /// Who it runs as.
    pub role: RoleName,
    /// Where it runs.
    pub database: DatabaseName,
    /// Whether it is switched on.
    pub active: bool,
    /// What it runs.
    pub command: String,
}

/// What one role ran, summed up by statement (`pg_stat_statements`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementUse {
    /// Who ran it.
    pub role: RoleName,
    /// The statement, with its constants replaced.
    pub text: String,
    /// How often.
    pub calls: u64,
}

impl Use {
    /// Whether what is used is code rather than a relation.
    pub fn is_code(&self) -> bool {
        self.target.class.is_routine()
    }

    /// Whether it is in force: triggers may be disabled.
    pub fn is_enabled(&self) -> bool {
        !matches!(self.by, User::Trigger { enabled: 'D', .. } | User::EventTrigger { enabled: 'D', .. })
    }

    /// Whether `on` is a relation.
    pub fn on_relation(&self) -> bool {
        self.on.class.is_table_like() || self.on.class == Class::Sequence
    }
}
