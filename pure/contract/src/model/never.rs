//! What must be impossible.

use crate::form::collection::OneOrMany;
use crate::form::record::record;
use crate::form::word::words;
use crate::model::grant::Selection;
use crate::pattern::glob::NamePattern;
use crate::source::span::Spanned;
use crate::text::Words;

words! {
    /// What a role can try to do.
    pub enum Action is "an action" {
        /// To read rows.
        Select = "select",
        /// To add rows.
        Insert = "insert",
        /// To change rows.
        Update = "update",
        /// To remove rows.
        Delete = "delete",
        /// To empty tables.
        Truncate = "truncate",
        /// To make foreign keys to a table.
        References = "references",
        /// To make triggers on a table.
        Trigger = "trigger",
        /// To VACUUM, ANALYZE, REINDEX, REFRESH and LOCK a table.
        Maintain = "maintain",
        /// To call functions and procedures.
        Execute = "execute",
        /// To use sequences, types, schemas, languages, foreign servers.
        Usage = "usage",
        /// To connect to the database.
        Connect = "connect",
        /// To make temporary tables.
        Temporary = "temporary",
        /// To create tables in a schema.
        CreateTable = "create_table",
        /// To alter a table that is there.
        AlterTable = "alter_table",
        /// To drop a table that is there.
        DropTable = "drop_table",
        /// To create a function in a schema.
        CreateFunction = "create_function",
        /// To create a schema in the database.
        CreateSchema = "create_schema",
        /// To create an extension.
        CreateExtension = "create_extension",
        /// To create a role.
        CreateRole = "create_role",
        /// To create a database.
        CreateDatabase = "create_database",
        /// To change the server's configuration.
        AlterSystem = "alter_system",
        /// To run a program on the server by COPY.
        CopyProgram = "copy_program",
        /// To read or write files of the server by COPY.
        CopyServerFile = "copy_server_file",
        /// To become another role (SET ROLE) that neither its `member_of` and `may_become` lead to nor those of the roles they name:
        /// by being a superuser, or through a role kept elsewhere.
        SetRole = "set_role",
    }
}

impl Action {
    /// Whether it needs no object to be tried on.
    pub fn needs_no_object(self) -> bool {
        matches!(
            self,
            Action::Connect
                | Action::Temporary
                | Action::CreateSchema
                | Action::CreateExtension
                | Action::CreateRole
                | Action::CreateDatabase
                | Action::AlterSystem
                | Action::CopyProgram
                | Action::CopyServerFile
                | Action::SetRole
        )
    }
}

words! {
    /// What a role could become or get hold of, by however many steps.
    pub enum Power is "a power" {
        /// A superuser.
        Superuser = "superuser",
        /// Reading or writing the server's files.
        ServerFiles = "server_files",
        /// Running programs on the server.
        ServerProgram = "server_program",
        /// Freedom from row security.
        BypassRls = "bypass_rls",
        /// Making roles.
        CreateRole = "create_role",
        /// Making databases.
        CreateDatabase = "create_database",
        /// Copying the whole cluster by replication.
        Replication = "replication",
        /// Reading all tables.
        ReadAllData = "read_all_data",
        /// Writing all tables.
        WriteAllData = "write_all_data",
        /// Writing functions in an untrusted language.
        UntrustedLanguage = "untrusted_language",
    }
}

record! {
    /// Something that must be impossible for roles, through any membership, ownership or PUBLIC. It is checked against the
    /// contract itself, against every plan, and by trying.
    pub struct Never is "something that must never be" {
        /// For whom. A pattern covers the roles this contract declares.
        /// Example: `"*_app"`
        roles: OneOrMany<Spanned<NamePattern>>,
        /// What they may never do.
        /// Example: `[create_table, alter_table, drop_table, truncate]`
        may: Option<OneOrMany<Spanned<Action>>>,
        /// What they may never become or get hold of, by any number of steps of their own; that somebody else could help is shown
        /// and counted apart.
        /// Example: `[superuser, server_files, server_program, bypass_rls]`
        reach: Option<OneOrMany<Spanned<Power>>>,
        /// On which objects. Without it, on any.
        on: Option<Spanned<Selection>>,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}
