//! Databases and schemas.

use crate::form::collection::Map;
use crate::form::record::record;
use crate::form::word::words;
use crate::model::grant::{DefaultPrivilege, Grant, Grantee, Selection};
use crate::model::interface::Interface;
use crate::model::never::Never;
use crate::model::role::Connections;
use crate::model::rows::Rows;
use crate::name::{ColumnName, Name, Principal, RoleName, SchemaName};
use crate::pattern::object::ObjectName;
use crate::pattern::routine::RoutineName;
use crate::source::span::Spanned;
use crate::text::{Expression, OptionValue, SettingName, SettingValue, Words};

words! {
    /// What becomes of the privileges PostgreSQL gives to PUBLIC without being asked.
    pub enum PublicDefaults is "a treatment of PUBLIC" {
        /// They stay, where nothing in the contract says otherwise.
        Default = "default",
        /// They go: CONNECT and TEMPORARY on the database, USAGE and CREATE on its schemas, EXECUTE on functions and USAGE on types
        /// of the schemas the contract describes, now and for new objects; what the contract gives to PUBLIC stays.
        None = "none",
    }
}

words! {
    /// Whether each table needs a decision about its rows.
    pub enum RowSecurity is "a rule about row security" {
        /// Every table in the described schemas needs an entry in `rows`: policies, or `none: true` with the reason. One without is
        /// drift, new tables included.
        Required = "required",
        /// Only the tables in `rows` are looked after.
        Optional = "optional",
    }
}

record! {
    /// A database.
    ///
    /// `connect`, `temporary` and `create` are complete where they are present: PUBLIC loses the privilege unless it is listed
    /// (`PUBLIC`). Where they are absent the privilege should be as PostgreSQL makes it: PUBLIC may connect and make temporary
    /// tables, unless `public: none` says otherwise, and no role of the contract holds more. What somebody took from PUBLIC is
    /// not given back because of an absence: it is drift until the contract says who may. The owner always has them.
    pub struct Database is "a database": Default {
        /// Its owner. Left alone where it is not written.
        owner: Option<Spanned<RoleName>>,
        /// Who may connect.
        /// Example: `[shop_app, shop_migrator]`
        connect: Option<Vec<Spanned<Grantee>>>,
        /// Who may make temporary tables.
        temporary: Option<Vec<Spanned<Grantee>>>,
        /// Who may create schemas, publications and trusted extensions.
        create: Option<Vec<Spanned<Grantee>>>,
        /// What the owner has taken from itself, so that not even it may.
        owner_without: Vec<Spanned<DatabasePrivilege>>,
        /// How many sessions it may have at once; -1 is without limit. Left alone where it is not written.
        connections: Option<Spanned<Connections>>,
        /// Whether it accepts connections at all. Left alone where it is not written.
        allow_connections: Option<Spanned<bool>>,
        /// Whether every role that may create databases may clone it. Left alone where it is not written.
        template: Option<Spanned<bool>>,
        /// Settings all sessions in it start with (ALTER DATABASE SET). Complete where it is present.
        settings: Option<Map<SettingName, Spanned<SettingValue>>>,
        /// What becomes of the privileges PostgreSQL gives to PUBLIC without being asked.
        public: PublicDefaults = PublicDefaults::Default,
        /// Whether each table needs a decision about its rows.
        row_security: RowSecurity = RowSecurity::Optional,
        /// Its schemas, as far as this contract describes them.
        schemas: Map<SchemaName, Schema>,
        /// Who may do what on its objects.
        grants: Vec<Spanned<Grant>>,
        /// Default privileges beyond those that follow from grants on patterns.
        defaults: Vec<Spanned<DefaultPrivilege>>,
        /// Who owns which objects, beyond each schema's `objects_owner`. Where several entries cover an object, the last one holds.
        owners: Vec<Spanned<Ownership>>,
        /// What is decided about the rows of tables: policies, and what their proof needs to know.
        rows: Map<ObjectName, Spanned<Rows>>,
        /// Functions through which roles get at what they may not touch themselves.
        interfaces: Map<RoutineName, Spanned<Interface>>,
        /// Views whose options decide with whose rights they read. Those of views that are not listed are left alone, and
        /// drift when they are on.
        views: Map<ObjectName, Spanned<View>>,
        /// What is sent out to whoever may replicate, past every privilege and policy. A publication of tables in described schemas
        /// that is not listed, or sends out other than what is listed, is drift; the options of one that is listed are made so, and
        /// one that is not listed should have those of a new one.
        publications: Map<Name, Spanned<Publication>>,
        /// Languages that are not what is known of them: trusted, so that everybody may be let use them, or not. A language that pgward
        /// does not know is taken for one that is not trusted. What is not as it is listed is drift.
        languages: Map<Name, Spanned<Language>>,
        /// Subscriptions. One that is not listed is drift, and so is what is not as it is listed.
        subscriptions: Map<Name, Spanned<Subscription>>,
        /// Event triggers. One that is not listed is drift, and so is what is not as it is listed.
        /// Example: `{guard: {event: sql_drop, function: "app.guard()"}}`
        event_triggers: Map<Name, Spanned<EventTrigger>>,
        /// Triggers and rules of tables that do not simply fire, as `trigger NAME`, `rule NAME`, or `constraint NAME` for what the
        /// server made for one. What is not as it is listed is drift, and one that is not listed should fire as a new one.
        /// Example: `{app.orders: {trigger touch: never}}`
        firing: Map<ObjectName, Map<Words, Spanned<Fires>>>,
        /// Casts that somebody made, written as the server does: `type AS type`. One that is not listed is drift, and so is one that is
        /// not as it is listed.
        /// Example: `{app.color AS text: {function: "app.said(app.color)", context: assignment}}`
        casts: Map<Words, Spanned<Cast>>,
        /// Rules of tables and views (`CREATE RULE`), which give whoever may do a command what the table's owner may do. One that is not
        /// listed is drift, and so is one that is not as it is listed; when it applies stands under `firing`.
        /// Example: `{app.orders: {kept: "CREATE RULE kept AS ON DELETE TO app.orders DO INSTEAD NOTHING"}}`
        rules: Map<ObjectName, Map<Name, Spanned<Rule>>>,
        /// For whom credentials are kept to reach foreign servers as somebody else, by server. Complete for each server listed, and
        /// for one that is not listed a mapping is drift.
        /// Example: `{far: [shop_migrator]}`
        user_mappings: Map<Name, Vec<Spanned<Mapped>>>,
        /// Foreign-data wrappers with options. What is not as it is listed is drift, and so are options of one that is not listed.
        foreign_wrappers: Map<Name, Spanned<Foreign>>,
        /// Foreign servers with options. What is not as it is listed is drift, and so are options of one that is not listed.
        foreign_servers: Map<Name, Spanned<Foreign>>,
        /// Foreign tables with options, their own or of their columns. What is not as it is listed is drift, and so are options of one
        /// that is not listed.
        foreign_tables: Map<ObjectName, Spanned<ForeignTable>>,
        /// What must be impossible, through any membership, ownership or PUBLIC. It beats every grant: a contract that gives
        /// what it forbids is not valid.
        never: Vec<Spanned<Never>>,
        /// Why the database is there.
        because: Option<Spanned<Words>>,
    }
}

impl Database {
    /// Whether anything is said about what is in it, so that it has to be looked into.
    pub fn says_what_is_within(&self) -> bool {
        self.row_security() == RowSecurity::Required
            || !self.schemas.is_empty()
            || !self.grants.is_empty()
            || !self.defaults.is_empty()
            || !self.owners.is_empty()
            || !self.rows.is_empty()
            || !self.interfaces.is_empty()
            || !self.views.is_empty()
            || !self.publications.is_empty()
            || !self.languages.is_empty()
            || !self.subscriptions.is_empty()
            || !self.event_triggers.is_empty()
            || !self.firing.is_empty()
            || !self.casts.is_empty()
            || !self.rules.is_empty()
            || !self.user_mappings.is_empty()
            || !self.foreign_wrappers.is_empty()
            || !self.foreign_servers.is_empty()
            || !self.foreign_tables.is_empty()
            || !self.never.is_empty()
    }
}

words! {
    /// What can be granted on a database.
    pub enum DatabasePrivilege is "a privilege on databases" {
        /// To connect to it.
        Connect = "connect",
        /// To make temporary tables in it.
        Temporary = "temporary",
        /// To create schemas, publications and trusted extensions in it.
        Create = "create",
    }
}

words! {
    /// What to do about a schema that is not there.
    pub enum Missing is "what to do about a missing schema" {
        /// The plan creates it.
        Create = "create",
        /// The plan stops and says so.
        Error = "error",
    }
}

record! {
    /// A schema. `use` and `create` are complete where they are present; where they are not, they are as PostgreSQL makes
    /// them: for the owner alone, and in `public` USAGE for everybody.
    pub struct Schema is "a schema": Default {
        /// Its owner. Left alone where it is not written.
        owner: Option<Spanned<RoleName>>,
        /// The owner of everything in it: tables, views, sequences, functions, types. Where it is not written, it is the schema's
        /// `owner` if that role is of kind `owner` or `definer` and everybody who may create there is or may become it;
        /// otherwise owners are left alone.
        /// ALTER and DROP belong to the owner, so whoever migrates the schema must be this role or one that may become it.
        objects_owner: Option<Spanned<RoleName>>,
        /// Who may look up objects in it (USAGE).
        r#use: Option<Vec<Spanned<Grantee>>>,
        /// Who may create objects in it.
        create: Option<Vec<Spanned<Grantee>>>,
        /// What to do when it is not there.
        missing: Missing = Missing::Error,
        /// Why the schema is there.
        because: Option<Spanned<Words>>,
    }
}

record! {
    /// The options of a view. What is not written is off.
    pub struct View is "options of a view": Default {
        /// Whether it reads with its caller's rights and policies instead of its owner's (PostgreSQL 15 and later).
        security_invoker: bool = false,
        /// Whether conditions of the caller are kept from seeing rows that the view leaves out.
        security_barrier: bool = false,
        /// Which rows that it would not show may not be written through it (`WITH CHECK OPTION`).
        check_option: CheckOption = CheckOption::None,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

words! {
    /// Whether what is written through a view has to be seen through it.
    pub enum CheckOption is "a check option" {
        /// It does not.
        None = "none",
        /// By the conditions of the view itself.
        Local = "local",
        /// By its conditions and those of the views under it.
        Cascaded = "cascaded",
    }
}

record! {
    /// A role that is mapped on a foreign server.
    pub struct Mapped is "a mapped role" or just role {
        /// The role, or `PUBLIC`.
        role: Spanned<Principal>,
        /// What adoption puts for its options, which may hold passwords: a seal, or nothing where there are none. Without it the
        /// options are left alone; with it, others are drift, where the server shows them.
        options: Option<Spanned<OptionValue>>,
    }
}

record! {
    /// The options of a foreign table and of its columns: all of them.
    pub struct ForeignTable is "options of a foreign table": Default {
        /// Each with its value; a seal stands for one that holds a secret.
        /// Example: `{table_name: orders}`
        options: Map<Name, Spanned<OptionValue>>,
        /// The same for its columns.
        /// Example: `{id: {column_name: order_id}}`
        columns: Map<ColumnName, Map<Name, Spanned<OptionValue>>>,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

record! {
    /// The options of a foreign-data wrapper or server: all of them.
    pub struct Foreign is "options of something foreign": Default {
        /// Each with its value; a seal stands for one that holds a secret.
        /// Example: `{host: db.internal, dbname: shop}`
        options: Map<Name, Spanned<OptionValue>>,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

record! {
    /// What a publication sends out.
    pub struct Publication is "a publication": Default {
        /// Every table of the database (FOR ALL TABLES).
        all_tables: bool = false,
        /// The tables it lists.
        /// Example: `[public.orders]`
        tables: Vec<Spanned<Published>>,
        /// The schemas it lists, with all tables in them (PostgreSQL 15 and later).
        schemas: Vec<Spanned<SchemaName>>,
        /// The commands whose changes it sends out. Without it, all.
        /// Example: `[insert, update]`
        publish: Option<Vec<Spanned<PublishedCommand>>>,
        /// Whether partitions are sent out as the table that they are part of, whose row filter and columns count then.
        via_partition_root: bool = false,
        /// Which generated columns are sent out of tables whose columns it does not list (PostgreSQL 18 and later).
        generated_columns: PublishedGenerated = PublishedGenerated::None,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

words! {
    /// A command whose changes a publication sends out.
    pub enum PublishedCommand is "a command that is published" {
        /// Rows that are added.
        Insert = "insert",
        /// Rows that are changed.
        Update = "update",
        /// Rows that are deleted.
        Delete = "delete",
        /// Tables that are emptied.
        Truncate = "truncate",
    }
}

words! {
    /// Which generated columns a publication sends out.
    pub enum PublishedGenerated is "a kind of generated columns" {
        /// None of them.
        None = "none",
        /// Those that are stored.
        Stored = "stored",
    }
}

record! {
    /// A table that is sent out: all of it, or some.
    pub struct Published is "a published table" or just table {
        /// The table.
        table: Spanned<ObjectName>,
        /// Only these columns of it (PostgreSQL 15 and later).
        columns: Vec<Spanned<ColumnName>>,
        /// Only the rows for which this holds, written as the server prints it (PostgreSQL 15 and later).
        r#where: Option<Spanned<Expression>>,
    }
}

record! {
    /// A procedural language.
    pub struct Language is "a language" {
        /// Whether it is marked as trusted (`pg_language.lanpltrusted`): who has USAGE on it makes functions in it.
        trusted: Spanned<bool>,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

record! {
    /// The options of a subscription. What is not written is as in a new one.
    pub struct Subscription is "options of a subscription": Default {
        /// Whether it runs.
        enabled: bool = true,
        /// Whether changes are made with the rights of its owner rather than of each table's (PostgreSQL 16 and later).
        run_as_owner: bool = false,
        /// Whether an owner who is no superuser needs a password to connect (PostgreSQL 16 and later).
        password_required: bool = true,
        /// The publications it follows. Left alone where it is not written.
        publications: Option<Vec<Spanned<Name>>>,
        /// What adoption puts for where it connects to, which may hold a password: a seal. Without it that is left alone; with it,
        /// another one is drift, where the server shows it.
        connection: Option<Spanned<OptionValue>>,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

words! {
    /// When a trigger fires, or a rule applies.
    pub enum Fires is "when a trigger fires" {
        /// For what sessions do, not for what replication does: as a new one.
        Origin = "origin",
        /// For what replication does.
        Replica = "replica",
        /// For both.
        Always = "always",
        /// Never: it is disabled.
        Never = "never",
    }
}

record! {
    /// An event trigger.
    pub struct EventTrigger is "an event trigger": Default {
        /// When it fires.
        fires: Fires = Fires::Origin,
        /// The event it fires on. Left alone where it is not written.
        event: Option<Spanned<Name>>,
        /// The function it runs. Left alone where it is not written.
        function: Option<Spanned<RoutineName>>,
        /// The commands it fires for, where it does not fire for all (`WHEN TAG IN`). Left alone where it is not written.
        /// Example: `[DROP TABLE, ALTER TABLE]`
        tags: Option<Vec<Spanned<Words>>>,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

record! {
    /// Says who owns the objects a selection covers.
    pub struct Ownership is "an ownership" {
        /// The owner.
        owner: Spanned<RoleName>,
        /// The objects.
        on: Spanned<Selection>,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

record! {
    /// A cast.
    pub struct Cast is "a cast": Default {
        /// The function it runs, with the rights of whoever casts. Without it, none.
        function: Option<Spanned<RoutineName>>,
        /// Whether it goes through the text of a value (WITH INOUT), where it runs no function.
        inout: bool = false,
        /// Where it happens without being asked for.
        context: CastHappens = CastHappens::Explicit,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

record! {
    /// A rule of a table or view.
    pub struct Rule is "a rule" or just definition {
        /// The whole of it, written as the server prints it (`pg_get_ruledef`).
        definition: Spanned<Words>,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

words! {
    /// Where a cast happens without being asked for.
    pub enum CastHappens is "where a cast happens" {
        /// Nowhere: it has to be written.
        Explicit = "explicit",
        /// Where a value is stored (AS ASSIGNMENT).
        Assignment = "assignment",
        /// Anywhere (AS IMPLICIT).
        Implicit = "implicit",
    }
}

impl Fires {
    /// From O, D, R or A, as in `pg_trigger.tgenabled`.
    pub fn of(letter: char) -> Self {
        match letter {
            'D' => Fires::Never,
            'R' => Fires::Replica,
            'A' => Fires::Always,
            _ => Fires::Origin,
        }
    }

    /// In a sentence about the trigger.
    pub fn said(self) -> &'static str {
        match self {
            Fires::Origin => "is enabled",
            Fires::Replica => "is enabled for replication only",
            Fires::Always => "is enabled always",
            Fires::Never => "is disabled",
        }
    }

    /// What ALTER TABLE makes it so with.
    pub fn command(self) -> &'static str {
        match self {
            Fires::Origin => "ENABLE",
            Fires::Replica => "ENABLE REPLICA",
            Fires::Always => "ENABLE ALWAYS",
            Fires::Never => "DISABLE",
        }
    }
}
