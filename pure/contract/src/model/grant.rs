//! Grants: who may do what, on which objects.

use crate::form::collection::OneOrMany;
use crate::form::record::record;
use crate::form::word::words;
use crate::name::{ColumnName, Principal, RoleName, SchemaName};
use crate::pattern::glob::NamePattern;
use crate::pattern::object::{Exception, ObjectPattern};
use crate::pattern::routine::RoutinePattern;
use crate::source::span::Spanned;
use crate::text::Words;

words! {
    /// What can be granted on objects of a database.
    pub enum Privilege is "a privilege" {
        /// To read rows, or a sequence's value.
        Select = "select",
        /// To add rows.
        Insert = "insert",
        /// To change rows, or set a sequence.
        Update = "update",
        /// To remove rows.
        Delete = "delete",
        /// To empty tables.
        Truncate = "truncate",
        /// To make foreign keys to a table.
        References = "references",
        /// To make triggers on a table.
        Trigger = "trigger",
        /// To VACUUM, ANALYZE, REINDEX, REFRESH and LOCK a table (PostgreSQL 17 and later).
        Maintain = "maintain",
        /// To call functions and procedures.
        Execute = "execute",
        /// To use sequences, types, schemas, languages, foreign servers and foreign-data wrappers.
        Usage = "usage",
        /// To create objects in a schema.
        Create = "create",
        /// Everything that can be granted on objects of the class in the server's version.
        All = "all",
    }
}

record! {
    /// Who a grant is for, with how it is given.
    pub struct Grantee is "a role name or PUBLIC" or just role {
        /// The role, or PUBLIC.
        role: Spanned<Principal>,
        /// Whether the grantee may pass it on.
        grant_option: bool = false,
        /// Who gives it. Without it, the owner of the object.
        granted_by: Option<Spanned<RoleName>>,
    }
}

record! {
    /// A choice of objects. At least one class is named; patterns of several classes add up.
    ///
    /// A pattern covers what exists and what will exist.
    pub struct Selection is "a selection of objects": Default {
        /// Everything GRANT ON TABLE covers: tables, partitions, partitioned tables, views, materialized views, foreign tables.
        /// Example: `public.*`
        tables: Option<OneOrMany<Spanned<ObjectPattern>>>,
        /// Views and materialized views only.
        views: Option<OneOrMany<Spanned<ObjectPattern>>>,
        /// Sequences, those of identity columns included.
        sequences: Option<OneOrMany<Spanned<ObjectPattern>>>,
        /// Functions, aggregates and window functions; not procedures.
        /// Example: `["public.f(integer, text)", "api.*"]`
        functions: Option<OneOrMany<Spanned<RoutinePattern>>>,
        /// Procedures only.
        procedures: Option<OneOrMany<Spanned<RoutinePattern>>>,
        /// Functions and procedures.
        routines: Option<OneOrMany<Spanned<RoutinePattern>>>,
        /// Types that are not domains: composite, enum, range and base types.
        types: Option<OneOrMany<Spanned<ObjectPattern>>>,
        /// Domains.
        domains: Option<OneOrMany<Spanned<ObjectPattern>>>,
        /// Schemas.
        schemas: Option<OneOrMany<Spanned<NamePattern>>>,
        /// Procedural languages.
        languages: Option<OneOrMany<Spanned<NamePattern>>>,
        /// Foreign servers.
        foreign_servers: Option<OneOrMany<Spanned<NamePattern>>>,
        /// Foreign-data wrappers.
        foreign_data_wrappers: Option<OneOrMany<Spanned<NamePattern>>>,
        /// Large objects, by number, or `*` for all.
        large_objects: Option<OneOrMany<Spanned<NamePattern>>>,
        /// Publications. They have owners, and no privileges.
        publications: Option<OneOrMany<Spanned<NamePattern>>>,
        /// Subscriptions. They have owners, and no privileges.
        subscriptions: Option<OneOrMany<Spanned<NamePattern>>>,
        /// Event triggers. They have owners, and no privileges.
        event_triggers: Option<OneOrMany<Spanned<NamePattern>>>,
        /// Extensions. They have owners, and no privileges.
        extensions: Option<OneOrMany<Spanned<NamePattern>>>,
        /// Collations. They have owners, and no privileges.
        collations: Option<OneOrMany<Spanned<ObjectPattern>>>,
        /// Conversions between encodings. They have owners, and no privileges.
        conversions: Option<OneOrMany<Spanned<ObjectPattern>>>,
        /// Operators, with the types of both operands. They have owners, and no privileges.
        /// Example: `"app.\"+\"(integer, integer)"`
        operators: Option<OneOrMany<Spanned<RoutinePattern>>>,
        /// Operator classes, with their access method in brackets. They have owners, and no privileges.
        /// Example: `app.by_length(btree)`
        operator_classes: Option<OneOrMany<Spanned<RoutinePattern>>>,
        /// Operator families, with their access method in brackets. They have owners, and no privileges.
        operator_families: Option<OneOrMany<Spanned<RoutinePattern>>>,
        /// Extended statistics. They have owners, and no privileges.
        statistics: Option<OneOrMany<Spanned<ObjectPattern>>>,
        /// Text search configurations. They have owners, and no privileges.
        text_search_configurations: Option<OneOrMany<Spanned<ObjectPattern>>>,
        /// Text search dictionaries. They have owners, and no privileges.
        text_search_dictionaries: Option<OneOrMany<Spanned<ObjectPattern>>>,
        /// Only these columns of the tables, which makes it a grant on columns.
        columns: Option<OneOrMany<Spanned<ColumnName>>>,
        /// What is taken away from all of the patterns above, written like what it takes from.
        /// Example: `[public.tenants, "public.f(integer)"]`
        except: Vec<Spanned<Exception>>,
    }
}

record! {
    /// Lets roles do something on the objects a selection covers.
    pub struct Grant is "a grant" {
        /// Who.
        /// Example: `[shop_app, {role: shop_lead, grant_option: true}]`
        to: OneOrMany<Spanned<Grantee>>,
        /// What they may do.
        /// Example: `[select, insert]`
        allow: OneOrMany<Spanned<Privilege>>,
        /// On which objects.
        on: Spanned<Selection>,
        /// Whether objects that do not exist yet are covered by default privileges, for every role that creates objects there.
        /// Without it: yes for patterns over all of a schema (`public.*`), no for others, for columns, and where an
        /// exception has wildcards: default privileges cannot tell new objects apart by their names.
        future: Option<Spanned<bool>>,
        /// Takes away instead what the objects are born with: what PostgreSQL gives to PUBLIC and to the owner, and what an
        /// extension gave. What other entries give stays.
        revoke: bool = false,
        /// Whether all grantees may pass it on.
        grant_option: bool = false,
        /// Who gives it. Without it, the owner of each object.
        granted_by: Option<Spanned<RoleName>>,
        /// Why: usually the place in the code that needs it.
        because: Option<Spanned<Words>>,
    }
}

words! {
    /// Classes of objects that can have default privileges.
    pub enum DefaultClass is "a class of objects with default privileges" {
        /// Tables, views, materialized views, foreign tables.
        Tables = "tables",
        /// Sequences.
        Sequences = "sequences",
        /// Functions and procedures.
        Functions = "functions",
        /// Types and domains.
        Types = "types",
        /// Schemas; only without `schema`.
        Schemas = "schemas",
        /// Large objects; only without `schema` (PostgreSQL 18 and later).
        LargeObjects = "large_objects",
    }
}

record! {
    /// An explicit default privilege (ALTER DEFAULT PRIVILEGES), beside those that follow from grants on patterns.
    pub struct DefaultPrivilege is "a default privilege" {
        /// Whose new objects it is about.
        creator: OneOrMany<Spanned<RoleName>>,
        /// In which schema. Without it, in all: such an entry replaces PostgreSQL's built-in defaults.
        schema: Option<Spanned<SchemaName>>,
        /// Which class of objects.
        on: Spanned<DefaultClass>,
        /// Who.
        to: OneOrMany<Spanned<Grantee>>,
        /// What they may do, or may not with `revoke`.
        allow: OneOrMany<Spanned<Privilege>>,
        /// Whether all grantees may pass it on.
        grant_option: bool = false,
        /// Takes away instead, which is how PUBLIC loses EXECUTE on new functions.
        revoke: bool = false,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}
