//! Presets: models that many databases share, each with a few parameters.

use crate::form::collection::{Map, OneOrMany};
use crate::form::one_of::one_of;
use crate::form::record::record;
use crate::model::grant::Privilege;
use crate::model::role::{Connections, Secret};
use crate::model::rows::PolicyCommand;
use crate::name::{ColumnName, DatabaseName, Name, RoleName, SchemaName};
use crate::pattern::object::{ObjectName, ObjectPattern};
use crate::pattern::routine::RoutineName;
use crate::source::span::Spanned;
use crate::text::{Expression, SettingName, Words};

one_of! {
    /// A model that many databases share. Each stands for ordinary entries of the contract.
    pub enum Preset is "a preset" {
        /// Three roles for one application: one runs it, one migrates it, one owns its objects.
        ThreeRoles(ThreeRoles) = "three_roles",
        /// One login for each agent, with the tables it reads and writes and the rows it sees.
        PerAgent(PerAgent) = "per_agent",
        /// Many tenants in the same tables, kept apart by row security, with a definer role for what crosses tenants.
        MultiTenant(MultiTenant) = "multi_tenant",
        /// The four roles whose privileges the desk lends.
        DeskTiers(DeskTiers) = "desk_tiers",
        /// Roles that build on each other (readonly, app, admin), service accounts, and tables that can only be added to.
        Hierarchy(Hierarchy) = "hierarchy",
    }
}

record! {
    /// Three roles for one application. With `prefix: shop` they are:
    ///
    /// `shop_app` runs it: CONNECT, TEMPORARY, USAGE on the schemas, SELECT, INSERT, UPDATE, DELETE on all tables, USAGE and SELECT on
    /// sequences, EXECUTE on functions; no TRUNCATE, no DDL, no role attributes.
    /// `shop_migrator` migrates it: may become `shop_owner`, and its sessions start as it (`role` is set).
    /// `shop_owner` owns schemas and objects: NOLOGIN.
    /// With `readonly: true` there is `shop_readonly`, which reads all tables.
    pub struct ThreeRoles is "a preset `three_roles`" {
        /// The database.
        database: Spanned<DatabaseName>,
        /// What the roles' names start with. Without it, the name of the database.
        /// Example: `shop`
        prefix: Option<Spanned<Name>>,
        /// The schemas of the application. Without it, `public`.
        schemas: Option<Vec<Spanned<SchemaName>>>,
        /// Whether there is a role for consoles and reports that reads everything.
        readonly: bool = false,
        /// The role that has done everything so far, which stays as it is, for emergencies.
        /// Example: `old_login`
        legacy: Option<Spanned<RoleName>>,
        /// How many sessions the application may have at once.
        connections: Option<Spanned<Connections>>,
        /// The folder the passwords are kept in, one file for each login.
        /// Example: `{store: file, path: secrets}`
        secrets: Option<Spanned<Secret>>,
        /// Tables the application is not to touch.
        hidden: Vec<Spanned<ObjectPattern>>,
    }
}

record! {
    /// One login for each agent. An agent reaches what is listed for it and nothing else; on a table for which any agent has row
    /// rules, row security is on, and agents without a rule of their own see all of its rows.
    pub struct PerAgent is "a preset `per_agent`" {
        /// The database.
        database: Spanned<DatabaseName>,
        /// What the roles' names start with; nothing without it.
        /// Example: `agent_`
        prefix: Option<Spanned<Name>>,
        /// The schemas of the tables. Without it, `public`.
        schemas: Option<Vec<Spanned<SchemaName>>>,
        /// The agents.
        agents: Map<RoleName, Spanned<Agent>>,
    }
}

record! {
    /// What one agent reads and writes, and which rows.
    pub struct Agent is "an agent": Default {
        /// The tables it reads.
        /// Example: `[public.historical_auctions]`
        reads: Vec<Spanned<ObjectPattern>>,
        /// The tables it writes.
        writes: Vec<Spanned<Writes>>,
        /// Which rows it sees and writes, for tables where that is not all.
        rows: Map<ObjectName, OneOrMany<Spanned<RowRule>>>,
        /// How many sessions it may have at once.
        connections: Option<Spanned<Connections>>,
        /// Where its password is kept.
        secret: Option<Spanned<Secret>>,
        /// What it is for.
        because: Option<Spanned<Words>>,
    }
}

record! {
    /// Tables that are written, and how. Just the table stands for INSERT, UPDATE and DELETE.
    pub struct Writes is "tables that are written" or just tables {
        /// The tables.
        tables: OneOrMany<Spanned<ObjectPattern>>,
        /// What is done to them. Without it, INSERT, UPDATE and DELETE.
        /// Example: `[insert]`
        allow: Option<OneOrMany<Spanned<Privilege>>>,
    }
}

record! {
    /// Rows, as a policy says it.
    pub struct RowRule is "a row rule" or just using {
        /// Which rows are seen.
        /// Example: `"created_at > now() - interval '30 days'"`
        using: Option<Spanned<Expression>>,
        /// Which rows may be written. Without it, those that are seen.
        check: Option<Spanned<Expression>>,
        /// Which commands it is for.
        r#for: PolicyCommand = PolicyCommand::All,
    }
}

record! {
    /// Many tenants in the same tables. Without a tenant in the session's setting nothing is seen and nothing can be written.
    pub struct MultiTenant is "a preset `multi_tenant`" {
        /// The database.
        database: Spanned<DatabaseName>,
        /// The login of the application.
        /// Example: `app_user`
        app: Spanned<RoleName>,
        /// A group that holds the application's privileges, of which `app` is a member.
        /// Example: `app_rw`
        group: Option<Spanned<RoleName>>,
        /// The owner of the objects and of their schemas, who has row security forced on it.
        owner: Option<Spanned<RoleName>>,
        /// The schemas of the tables. Without it, `public`.
        schemas: Option<Vec<Spanned<SchemaName>>>,
        /// The setting that says whose session it is.
        /// Example: `app.current_tenant_id`
        setting: Spanned<SettingName>,
        /// The column that says whose row it is, where a table does not say otherwise.
        column: ColumnName = ColumnName("tenant_id".to_owned()),
        /// The type of that column.
        r#type: Name = Name("uuid".to_owned()),
        /// The tables that hold rows of many tenants, with what the application does to them.
        /// Example: `{public.llm_api_calls: [select, insert]}`
        tables: Map<ObjectName, Spanned<OneOrMany<Spanned<Privilege>>>>,
        /// Tables the application may not touch.
        /// Example: `[public.tenants]`
        hidden: Vec<Spanned<ObjectPattern>>,
        /// The role whose rights the functions below run with: NOLOGIN, BYPASSRLS, without members.
        /// Example: `app_security`
        definer: Option<Spanned<RoleName>>,
        /// The schema of those functions, owned by the definer.
        definer_schema: SchemaName = SchemaName("security".to_owned()),
        /// The functions through which the application gets at what crosses tenants.
        /// Example: `["security.list_tenant_ids()"]`
        functions: Vec<Spanned<RoutineName>>,
    }
}

record! {
    /// The four roles whose privileges the desk lends: NOLOGIN, and what each tier may do.
    pub struct DeskTiers is "a preset `desk_tiers`" {
        /// The database.
        database: Spanned<DatabaseName>,
        /// What the roles' names start with. Without it, `pgward_`.
        prefix: Option<Spanned<Name>>,
        /// The schemas that are lent. Without it, `public`.
        schemas: Option<Vec<Spanned<SchemaName>>>,
        /// The tables whose rows `read_limited_write` can change.
        /// Example: `[public.orders]`
        limited_tables: Vec<Spanned<ObjectPattern>>,
        /// The owner of the objects, whom `read_full_write` and `admin` are members of: only owners alter and drop tables.
        owner: Option<Spanned<RoleName>>,
    }
}

record! {
    /// Roles that build on each other. With `prefix: erp` they are:
    ///
    /// `erp_readonly` reads. `erp_app` reads and writes, and only adds to the tables in `insert_only`. `erp_admin` is a member of
    /// `erp_app`, may delete from the tables in `admin_deletes`, and may call functions.
    pub struct Hierarchy is "a preset `hierarchy`" {
        /// The database.
        database: Spanned<DatabaseName>,
        /// What the roles' names start with.
        /// Example: `bisman`
        prefix: Spanned<Name>,
        /// The schemas. Without it, `public`.
        schemas: Option<Vec<Spanned<SchemaName>>>,
        /// Tables that can only be added to.
        /// Example: `[public.audit_logs_dml, public.security_events]`
        insert_only: Vec<Spanned<ObjectPattern>>,
        /// Tables the admin may delete from.
        admin_deletes: Vec<Spanned<ObjectPattern>>,
        /// The administrators' role, which stays as it is.
        dba: Option<Spanned<RoleName>>,
        /// The owner of the objects and of their schemas.
        owner: Option<Spanned<RoleName>>,
        /// Accounts of single services.
        services: Map<RoleName, Spanned<Service>>,
    }
}

record! {
    /// What one service does.
    pub struct Service is "a service": Default {
        /// The tables it reads.
        reads: Vec<Spanned<ObjectPattern>>,
        /// The tables it writes.
        writes: Vec<Spanned<Writes>>,
        /// Where its password is kept.
        secret: Option<Spanned<Secret>>,
    }
}
