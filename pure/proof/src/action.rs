//! What can be tried: privileges used, things made and altered, rows seen and written.

use std::fmt;

use pgward_catalog::name::RoleName;
use pgward_catalog::policy::PolicyCommand;
use pgward_catalog::privilege::Privilege;

/// What a claim says a role may or may not do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// To use a privilege on an object.
    Use(Privilege),
    /// To log in to a database over a connection of its own.
    LogIn,
    /// To log in with a password that is not the role's.
    LogInWithWrongPassword,
    /// CREATE TABLE in a schema.
    CreateTable,
    /// CREATE SEQUENCE in a schema.
    CreateSequence,
    /// CREATE FUNCTION in a schema.
    CreateFunction,
    /// CREATE TYPE in a schema.
    CreateType,
    /// ALTER, for which the object's owner alone is let.
    Alter,
    /// DROP.
    Drop,
    /// DROP SCHEMA ... CASCADE: the first half of "drop and recreate everything".
    DropEverything,
    /// CREATE SCHEMA.
    CreateSchema,
    /// CREATE EXTENSION.
    CreateExtension,
    /// CREATE ROLE.
    CreateRole,
    /// CREATE DATABASE.
    CreateDatabase,
    /// ALTER SYSTEM.
    AlterSystem,
    /// COPY ... TO PROGRAM.
    CopyProgram,
    /// COPY ... FROM a file of the server.
    ReadServerFile,
    /// COPY ... TO a file of the server.
    WriteServerFile,
    /// SET ROLE.
    Become(RoleName),
    /// SET ROLE, to any role that it is not meant to become.
    BecomeAnother,
    /// To become or get hold of a power, by whatever membership.
    Reach(Power),
    /// To see or write rows under row security.
    Rows(PolicyCommand, Whose),
    /// Not something a role does: a fact of the catalog that the claim is about.
    Fact(Fact),
}

/// Whose rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whose {
    /// The tenant's in whose context the session is.
    Own,
    /// A second tenant's.
    Others,
    /// Anybody's, in a session without a context.
    WithoutContext,
    /// Rows that the policies' conditions let through.
    Permitted,
    /// Rows that they do not let through.
    Hidden,
}

/// What a role could become or get hold of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Power {
    /// A superuser.
    Superuser,
    /// Reading or writing the server's files.
    ServerFiles,
    /// Running programs on the server.
    ServerProgram,
    /// Freedom from row security.
    BypassRls,
    /// Making roles.
    CreateRole,
    /// Making databases.
    CreateDatabase,
    /// Copying the whole cluster by replication.
    Replication,
    /// Reading all tables.
    ReadAllData,
    /// Writing all tables.
    WriteAllData,
    /// Writing functions in an untrusted language.
    UntrustedLanguage,
}

/// A fact that has to hold besides what roles may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// The routine runs with its owner's rights (or with its caller's).
    Definer,
    /// The routine's `search_path` is pinned as declared.
    PinnedSearchPath,
    /// The owner cannot log in.
    OwnerCannotLogIn,
    /// Nobody is a member of the owner.
    OwnerHasNoMembers,
    /// Row security is on (and forced) as declared.
    RowSecurity,
    /// The table's policies are the declared ones.
    Policies,
    /// The object belongs to the declared owner.
    Owner,
    /// PUBLIC may not call the routine.
    ClosedToPublic,
    /// Something the contract counts on is there.
    Exists,
    /// Somebody has decided about the table's rows: row security, or that it needs none.
    RowDecision,
}

impl Action {
    /// The action in a claim's id: one word, stable.
    pub fn word(&self) -> String {
        match self {
            Action::Use(privilege) => privilege.keyword().to_lowercase().replace(' ', "_"),
            Action::LogIn => "log_in".to_owned(),
            Action::LogInWithWrongPassword => "log_in_with_wrong_password".to_owned(),
            Action::CreateTable => "create_table".to_owned(),
            Action::CreateSequence => "create_sequence".to_owned(),
            Action::CreateFunction => "create_function".to_owned(),
            Action::CreateType => "create_type".to_owned(),
            Action::Alter => "alter".to_owned(),
            Action::Drop => "drop".to_owned(),
            Action::DropEverything => "drop_everything".to_owned(),
            Action::CreateSchema => "create_schema".to_owned(),
            Action::CreateExtension => "create_extension".to_owned(),
            Action::CreateRole => "create_role".to_owned(),
            Action::CreateDatabase => "create_database".to_owned(),
            Action::AlterSystem => "alter_system".to_owned(),
            Action::CopyProgram => "copy_program".to_owned(),
            Action::ReadServerFile => "read_server_file".to_owned(),
            Action::WriteServerFile => "write_server_file".to_owned(),
            Action::Become(role) => format!("set_role:{role}"),
            Action::BecomeAnother => "set_role".to_owned(),
            Action::Reach(power) => format!("reach_{}", power.word()),
            Action::Rows(command, whose) => {
                format!("{}_{}", command.keyword().to_lowercase(), whose.word())
            }
            Action::Fact(fact) => fact.word().to_owned(),
        }
    }
}

/// As it stands in a sentence after "can": `SELECT`, `log in`, `become role "x"`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Use(privilege) => f.write_str(privilege.keyword()),
            Action::LogIn => f.write_str("log in"),
            Action::LogInWithWrongPassword => f.write_str("log in with a wrong password"),
            Action::CreateTable => f.write_str("CREATE TABLE"),
            Action::CreateSequence => f.write_str("CREATE SEQUENCE"),
            Action::CreateFunction => f.write_str("CREATE FUNCTION"),
            Action::CreateType => f.write_str("CREATE TYPE"),
            Action::Alter => f.write_str("ALTER"),
            Action::Drop => f.write_str("DROP"),
            Action::DropEverything => f.write_str("drop and recreate everything"),
            Action::CreateSchema => f.write_str("CREATE SCHEMA"),
            Action::CreateExtension => f.write_str("CREATE EXTENSION"),
            Action::CreateRole => f.write_str("CREATE ROLE"),
            Action::CreateDatabase => f.write_str("CREATE DATABASE"),
            Action::AlterSystem => f.write_str("ALTER SYSTEM"),
            Action::CopyProgram => f.write_str("run a program on the server (COPY ... TO PROGRAM)"),
            Action::ReadServerFile => f.write_str("read a file of the server (COPY ... FROM)"),
            Action::WriteServerFile => f.write_str("write a file of the server (COPY ... TO)"),
            Action::Become(role) => write!(f, "SET ROLE {}", role.quoted()),
            Action::BecomeAnother => f.write_str("SET ROLE to another role"),
            Action::Reach(power) => write!(f, "get hold of {}", power.words()),
            Action::Rows(command, whose) => write!(f, "{} {}", command.keyword(), whose.words()),
            Action::Fact(fact) => f.write_str(fact.word()),
        }
    }
}

impl Whose {
    fn word(self) -> &'static str {
        match self {
            Whose::Own => "own_rows",
            Whose::Others => "other_tenants_rows",
            Whose::WithoutContext => "rows_without_context",
            Whose::Permitted => "permitted_rows",
            Whose::Hidden => "hidden_rows",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Whose::Own => "its own tenant's rows",
            Whose::Others => "another tenant's rows",
            Whose::WithoutContext => "any row without a tenant's context",
            Whose::Permitted => "rows that its policies let through",
            Whose::Hidden => "rows that its policies hide",
        }
    }
}

impl Power {
    /// The word the contract has for it.
    pub fn word(self) -> &'static str {
        match self {
            Power::Superuser => "superuser",
            Power::ServerFiles => "server_files",
            Power::ServerProgram => "server_program",
            Power::BypassRls => "bypass_rls",
            Power::CreateRole => "create_role",
            Power::CreateDatabase => "create_database",
            Power::Replication => "replication",
            Power::ReadAllData => "read_all_data",
            Power::WriteAllData => "write_all_data",
            Power::UntrustedLanguage => "untrusted_language",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Power::Superuser => "superuser rights",
            Power::ServerFiles => "the server's files",
            Power::ServerProgram => "programs on the server",
            Power::BypassRls => "freedom from row security",
            Power::CreateRole => "the making of roles",
            Power::CreateDatabase => "the making of databases",
            Power::Replication => "replication",
            Power::ReadAllData => "the reading of all tables",
            Power::WriteAllData => "the writing of all tables",
            Power::UntrustedLanguage => "an untrusted language",
        }
    }
}

impl Fact {
    fn word(self) -> &'static str {
        match self {
            Fact::Definer => "definer",
            Fact::PinnedSearchPath => "pinned_search_path",
            Fact::OwnerCannotLogIn => "owner_cannot_log_in",
            Fact::OwnerHasNoMembers => "owner_has_no_members",
            Fact::RowSecurity => "row_security",
            Fact::Policies => "policies",
            Fact::Owner => "owner",
            Fact::ClosedToPublic => "closed_to_public",
            Fact::Exists => "exists",
            Fact::RowDecision => "row_decision",
        }
    }
}
