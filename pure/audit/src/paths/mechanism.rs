//! Mechanisms: what a step uses. Each is tried on every version by the tests of escalation.

use pgward_catalog::version::Version;
use serde::Serialize;

use crate::rule::Versions;

/// What a step uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// Every role has what PUBLIC has.
    BeingPublic,
    /// SET ROLE along a membership.
    SetRole,
    /// Inheriting along a membership.
    Inheriting,
    /// Granting oneself a role one has ADMIN on.
    AdminOption,
    /// CREATEROLE before PostgreSQL 16: any role that is not a superuser.
    CreateRole,
    /// The attribute SUPERUSER.
    SuperuserAttribute,
    /// The attribute BYPASSRLS.
    BypassRlsAttribute,
    /// A superuser runs programs and reads files.
    SuperuserDoesAll,
    /// The operating system's account of the server is the server's master.
    ServerAccount,
    /// Membership in `pg_execute_server_program`.
    ExecuteServerProgram,
    /// Membership in `pg_write_server_files`.
    WriteServerFiles,
    /// Membership in `pg_read_server_files`.
    ReadServerFiles,
    /// Files of the server hold every row, for whoever may read them as bytes.
    DataFiles,
    /// Membership in `pg_read_all_data`.
    ReadAllData,
    /// Membership in `pg_write_all_data`.
    WriteAllData,
    /// A superuser's MD5 verifier, which logs in by itself, can be read.
    Md5Verifier,
    /// REPLICATION: a base backup has every byte.
    BaseBackup,
    /// A line of `pg_hba.conf` that asks for no password.
    TrustLine,
    /// A definer function that looks names up where the caller may put things.
    DefinerSearchPath,
    /// A definer function that executes text with its arguments in it.
    DefinerDynamicSql,
    /// A definer function that opens a file, or runs a program, that its caller names.
    DefinerFiles,
    /// A definer function that gives a role, a password or an owner to whoever its caller names.
    DefinerNames,
    /// CREATE in a schema that is on somebody's search path; `pg_catalog` is on everybody's.
    SearchPathSchema,
    /// The owner of a schema drops what others have in it, and puts something else of that name there.
    SchemaOwner,
    /// The owner of a database sets everybody's search path.
    DatabaseOwner,
    /// TRIGGER on a table that others write.
    TriggerPrivilege,
    /// A trigger's function is somebody else's.
    TriggerFunction,
    /// A view's code is somebody else's, and runs as its reader.
    ViewFunction,
    /// A default's, check's, generated column's or index's function is somebody else's.
    ExpressionFunction,
    /// A column's domain is somebody else's, who may add a check to it.
    DomainOwner,
    /// A policy's function is somebody else's, and runs as whoever reads the table.
    PolicyFunction,
    /// A function that another routine calls is somebody else's, and runs as whoever that runs as.
    RoutineFunction,
    /// An operator, cast or type whose function is somebody else's.
    OperatorFunction,
    /// An event trigger's function is not a superuser's.
    EventTriggerFunction,
    /// A user mapping without a password, on a server that trusts itself.
    ForeignLoopback,
    /// `dblink_connect_u`, on a server that trusts itself.
    DblinkLoopback,
    /// ALTER SYSTEM on a parameter that runs commands.
    ParameterRunsCode,
    /// A function of `pg_catalog` or an extension that reads or writes files.
    FileFunction,
    /// `pg_authid` can be read.
    CredentialCatalog,
    /// A subscription applies changes as its owner, into somebody else's table.
    SubscriptionApply,
    /// A language that should be untrusted is trusted.
    TrustedLanguage,
}

impl Mechanism {
    /// The major versions it works on.
    pub fn versions(self) -> Versions {
        match self {
            Mechanism::CreateRole => Versions::until(15),
            Mechanism::ParameterRunsCode => Versions::from(15),
            _ => Versions::ALL,
        }
    }

    /// Whether it works on this version.
    pub fn works_on(self, version: Version) -> bool {
        self.versions().include(version)
    }

    /// Whether one has to be the role: what it may do by itself is not handed down by inheritance.
    pub fn takes_being(self) -> bool {
        matches!(
            self,
            Mechanism::BeingPublic
                | Mechanism::SetRole
                | Mechanism::SuperuserAttribute
                | Mechanism::BypassRlsAttribute
                | Mechanism::CreateRole
                | Mechanism::BaseBackup
        )
    }

    /// In words, between who takes the step and what it leads to.
    pub fn words(self) -> &'static str {
        match self {
            Mechanism::BeingPublic => "is one of",
            Mechanism::SetRole => "may SET ROLE to",
            Mechanism::Inheriting => "inherits from",
            Mechanism::AdminOption => "has ADMIN on, so may become",
            Mechanism::CreateRole => "has CREATEROLE, so may become",
            Mechanism::SuperuserAttribute => "has SUPERUSER, so is",
            Mechanism::BypassRlsAttribute => "has BYPASSRLS, so reaches",
            Mechanism::SuperuserDoesAll => "reaches, as superusers do,",
            Mechanism::ServerAccount => "controls the server's account, so is",
            Mechanism::ExecuteServerProgram => "may COPY ... TO PROGRAM, so reaches",
            Mechanism::WriteServerFiles => "may write the server's files, so reaches",
            Mechanism::ReadServerFiles => "may read the server's files, so reaches",
            Mechanism::DataFiles => "may read the files of tables as bytes, so reaches",
            Mechanism::ReadAllData => "has pg_read_all_data, so reaches",
            Mechanism::WriteAllData => "has pg_write_all_data, so reaches",
            Mechanism::Md5Verifier => "reads an MD5 verifier, which logs in by itself, so is",
            Mechanism::BaseBackup => "may take a base backup, so reaches",
            Mechanism::TrustLine => "logs in without a password as",
            Mechanism::DefinerSearchPath => "misleads a definer function's names, so acts as",
            Mechanism::DefinerDynamicSql => "has a definer function execute its text, so acts as",
            Mechanism::DefinerFiles => "names what a definer function opens, so reaches",
            Mechanism::DefinerNames => "says to a definer function who is given what, so reaches",
            Mechanism::SearchPathSchema => "shadows names on the search path of",
            Mechanism::SchemaOwner => "replaces in its schema what is used as",
            Mechanism::DatabaseOwner => "sets the database's search_path for",
            Mechanism::TriggerPrivilege => "may add a trigger that runs as",
            Mechanism::TriggerFunction => "owns a trigger's function that runs as",
            Mechanism::ViewFunction => "owns a view's code that runs as",
            Mechanism::ExpressionFunction => "owns a function in an expression that runs as",
            Mechanism::DomainOwner => "owns the domain of a column, whose checks run as",
            Mechanism::PolicyFunction => "owns a function in a policy that runs as",
            Mechanism::RoutineFunction => "owns a function that a routine calls, and that runs as",
            Mechanism::OperatorFunction => "owns the function of an operator, cast or type that runs as",
            Mechanism::EventTriggerFunction => "owns an event trigger's function that runs as",
            Mechanism::ForeignLoopback => "logs in from the server to itself as",
            Mechanism::DblinkLoopback => "connects from the server to itself by dblink_connect_u as",
            Mechanism::ParameterRunsCode => "may set a parameter that runs commands, so reaches",
            Mechanism::FileFunction => "may call a function that reaches",
            Mechanism::CredentialCatalog => "may read password verifiers, so reaches",
            Mechanism::SubscriptionApply => "owns a table a subscription writes to, whose triggers run as",
            Mechanism::TrustedLanguage => "may write functions in a language that reaches",
        }
    }

    /// In a word or two, for a picture.
    pub fn short(self) -> &'static str {
        match self {
            Mechanism::BeingPublic => "PUBLIC",
            Mechanism::SetRole => "SET ROLE",
            Mechanism::Inheriting => "inherits",
            Mechanism::AdminOption => "ADMIN",
            Mechanism::CreateRole => "CREATEROLE",
            Mechanism::SuperuserAttribute => "SUPERUSER",
            Mechanism::BypassRlsAttribute => "BYPASSRLS",
            Mechanism::SuperuserDoesAll => "superuser",
            Mechanism::ServerAccount => "server account",
            Mechanism::ExecuteServerProgram => "COPY TO PROGRAM",
            Mechanism::WriteServerFiles => "writes files",
            Mechanism::ReadServerFiles => "reads files",
            Mechanism::DataFiles => "reads data files",
            Mechanism::ReadAllData => "reads all",
            Mechanism::WriteAllData => "writes all",
            Mechanism::Md5Verifier => "MD5 verifier",
            Mechanism::BaseBackup => "base backup",
            Mechanism::TrustLine => "trust",
            Mechanism::DefinerSearchPath => "definer search_path",
            Mechanism::DefinerDynamicSql => "definer EXECUTE",
            Mechanism::DefinerFiles => "definer opens files",
            Mechanism::DefinerNames => "definer gives",
            Mechanism::SearchPathSchema => "CREATE on search_path",
            Mechanism::SchemaOwner => "owns schema",
            Mechanism::DatabaseOwner => "owns database",
            Mechanism::TriggerPrivilege => "TRIGGER",
            Mechanism::TriggerFunction => "trigger's function",
            Mechanism::ViewFunction => "view's function",
            Mechanism::ExpressionFunction => "expression's function",
            Mechanism::DomainOwner => "column's domain",
            Mechanism::PolicyFunction => "policy's function",
            Mechanism::RoutineFunction => "called function",
            Mechanism::OperatorFunction => "operator's function",
            Mechanism::EventTriggerFunction => "event trigger",
            Mechanism::ForeignLoopback => "user mapping",
            Mechanism::DblinkLoopback => "dblink_connect_u",
            Mechanism::ParameterRunsCode => "ALTER SYSTEM",
            Mechanism::FileFunction => "file function",
            Mechanism::CredentialCatalog => "pg_authid",
            Mechanism::SubscriptionApply => "subscription",
            Mechanism::TrustedLanguage => "trusted language",
        }
    }

    /// The page or CVE that says so.
    pub fn source(self) -> &'static str {
        match self {
            Mechanism::BeingPublic | Mechanism::SetRole | Mechanism::Inheriting => "role-membership",
            Mechanism::AdminOption => "sql-grant",
            Mechanism::CreateRole => "role-attributes",
            Mechanism::SuperuserAttribute | Mechanism::SuperuserDoesAll | Mechanism::BypassRlsAttribute => {
                "role-attributes"
            }
            Mechanism::ServerAccount | Mechanism::DataFiles => "preventing-server-spoofing",
            Mechanism::ExecuteServerProgram
            | Mechanism::WriteServerFiles
            | Mechanism::ReadServerFiles
            | Mechanism::ReadAllData
            | Mechanism::WriteAllData => "predefined-roles",
            Mechanism::Md5Verifier | Mechanism::CredentialCatalog => "auth-password",
            Mechanism::BaseBackup => "app-pgbasebackup",
            Mechanism::TrustLine => "auth-trust",
            Mechanism::DefinerSearchPath | Mechanism::DefinerNames => {
                "sql-createfunction#SQL-CREATEFUNCTION-SECURITY"
            }
            Mechanism::DefinerDynamicSql => "plpgsql-statements#PLPGSQL-STATEMENTS-EXECUTING-DYN",
            Mechanism::SearchPathSchema | Mechanism::DatabaseOwner => "CVE-2018-1058",
            Mechanism::TriggerPrivilege
            | Mechanism::TriggerFunction
            | Mechanism::ViewFunction
            | Mechanism::ExpressionFunction
            | Mechanism::PolicyFunction
            | Mechanism::RoutineFunction
            | Mechanism::OperatorFunction => "perm-functions",
            Mechanism::DomainOwner => "sql-alterdomain",
            Mechanism::SchemaOwner => "ddl-schemas",
            Mechanism::EventTriggerFunction => "event-triggers",
            Mechanism::ForeignLoopback => "postgres-fdw",
            Mechanism::DblinkLoopback => "contrib-dblink-connect-u",
            Mechanism::ParameterRunsCode => "sql-grant",
            Mechanism::FileFunction | Mechanism::DefinerFiles => "functions-admin",
            Mechanism::SubscriptionApply => "logical-replication-security",
            Mechanism::TrustedLanguage => "sql-createlanguage",
        }
    }
}

/// Every mechanism.
pub const ALL: &[Mechanism] = &[
    Mechanism::BeingPublic,
    Mechanism::SetRole,
    Mechanism::Inheriting,
    Mechanism::AdminOption,
    Mechanism::CreateRole,
    Mechanism::SuperuserAttribute,
    Mechanism::BypassRlsAttribute,
    Mechanism::SuperuserDoesAll,
    Mechanism::ServerAccount,
    Mechanism::ExecuteServerProgram,
    Mechanism::WriteServerFiles,
    Mechanism::ReadServerFiles,
    Mechanism::DataFiles,
    Mechanism::ReadAllData,
    Mechanism::WriteAllData,
    Mechanism::Md5Verifier,
    Mechanism::BaseBackup,
    Mechanism::TrustLine,
    Mechanism::DefinerSearchPath,
    Mechanism::DefinerDynamicSql,
    Mechanism::DefinerFiles,
    Mechanism::DefinerNames,
    Mechanism::SearchPathSchema,
    Mechanism::SchemaOwner,
    Mechanism::DatabaseOwner,
    Mechanism::TriggerPrivilege,
    Mechanism::TriggerFunction,
    Mechanism::ViewFunction,
    Mechanism::ExpressionFunction,
    Mechanism::DomainOwner,
    Mechanism::PolicyFunction,
    Mechanism::RoutineFunction,
    Mechanism::OperatorFunction,
    Mechanism::EventTriggerFunction,
    Mechanism::ForeignLoopback,
    Mechanism::DblinkLoopback,
    Mechanism::ParameterRunsCode,
    Mechanism::FileFunction,
    Mechanism::CredentialCatalog,
    Mechanism::SubscriptionApply,
    Mechanism::TrustedLanguage,
];
