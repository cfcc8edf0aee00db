//! What a part of a statement does, as a class, and the least tier that may do it: the whole table in one place.

use serde::{Serialize, Serializer};

use pgward_contract::model::tier::Tier;

macro_rules! classes {
    ($($(#[doc = $meaning:literal])+ $class:ident $name:literal $least:ident $covers:literal;)*) => {
        /// What a part of a statement does. The order is that of the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Class {
            $($(#[doc = $meaning])+ $class,)*
        }

        impl Class {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$class,)*];

            /// The class's name in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$class => $name,)* }
            }

            /// The least tier that may do it; none may do what pgward does not know.
            #[must_use]
            pub const fn least(self) -> Option<Tier> {
                match self { $(Self::$class => least!($least),)* }
            }

            /// What falls into the class, in PostgreSQL's words.
            #[must_use]
            pub const fn covers(self) -> &'static str {
                match self { $(Self::$class => $covers,)* }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$class => concat!($($meaning),+).trim_ascii(),)* }
            }
        }
    };
}

macro_rules! least {
    (nobody) => {
        None
    };
    ($tier:ident) => {
        Some(Tier::$tier)
    };
}

classes! {
    /// Reads rows.
    Read "read" ReadOnly "SELECT, VALUES, TABLE, WITH";
    /// Shows a plan; what is explained counts only where ANALYZE runs it.
    Explain "explain" ReadOnly "EXPLAIN, EXPLAIN ANALYZE of what the tier allows";
    /// Sends rows to the client.
    CopyOut "copy_out" ReadOnly "COPY ... TO STDOUT";
    /// Opens, moves and closes cursors.
    Cursor "cursor" ReadOnly "DECLARE, FETCH, MOVE, CLOSE";
    /// Keeps and runs statements by name; each was judged when it was kept.
    Prepared "prepared" ReadOnly "PREPARE, EXECUTE, DEALLOCATE";
    /// Begins and ends transactions.
    Transaction "transaction" ReadOnly "BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, SET TRANSACTION";
    /// Shows a setting.
    Show "show" ReadOnly "SHOW";
    /// Changes how answers look or how a plan is chosen, for this session.
    HarmlessSetting "harmless_setting" ReadOnly "SET and RESET of the settings that `pgward render tiers` lists";
    /// Forgets what the session has cached.
    Forget "forget" ReadOnly "DISCARD PLANS, DISCARD SEQUENCES";
    /// Puts the session back as it was when the desk connected, as poolers do between clients.
    SessionReset "session_reset" ReadOnly "RESET ALL, DISCARD ALL, UNLISTEN *, pg_advisory_unlock_all(), where the desk's settings outlive them";
    /// Calls a function that was reviewed, or that the catalog shows harmless.
    CallReading "call_reading" ReadOnly "reviewed functions, operators and casts; the contract's own list";

    /// Adds rows.
    Insert "insert" ReadLimitedWrite "INSERT";
    /// Changes rows.
    Update "update" ReadLimitedWrite "UPDATE, INSERT ... ON CONFLICT DO UPDATE";
    /// Removes rows.
    Delete "delete" ReadLimitedWrite "DELETE";
    /// Adds, changes and removes rows.
    Merge "merge" ReadLimitedWrite "MERGE";
    /// Adds rows from the client.
    CopyIn "copy_in" ReadLimitedWrite "COPY ... FROM STDIN";
    /// Locks rows against others.
    RowLock "row_lock" ReadLimitedWrite "SELECT ... FOR UPDATE, NO KEY UPDATE, SHARE, KEY SHARE";
    /// Locks tables against others.
    TableLock "table_lock" ReadLimitedWrite "LOCK TABLE";
    /// Sends or receives notifications.
    Notify "notify" ReadLimitedWrite "NOTIFY, LISTEN, UNLISTEN";
    /// Leaves the read-only transaction mode.
    ReadWriteMode "read_write_mode" ReadLimitedWrite "BEGIN READ WRITE, SET TRANSACTION READ WRITE, SET default_transaction_read_only = off";
    /// Moves the check of constraints within a transaction.
    DeferConstraints "defer_constraints" ReadLimitedWrite "SET CONSTRAINTS";
    /// Calls a built-in function that changes rows, sequences, large objects or locks.
    CallWriting "call_writing" ReadLimitedWrite "nextval, setval, lo_*, pg_notify, advisory locks";

    /// Empties tables.
    Truncate "truncate" ReadFullWrite "TRUNCATE";
    /// Makes tables, and what belongs to them.
    CreateTable "create_table" ReadFullWrite "CREATE TABLE, CREATE TABLE AS, SELECT INTO, CREATE INDEX, VIEW, MATERIALIZED VIEW, SEQUENCE, STATISTICS, TYPE (enum, composite)";
    /// Changes tables, and what belongs to them.
    AlterTable "alter_table" ReadFullWrite "ALTER TABLE, INDEX, VIEW, SEQUENCE, STATISTICS, TYPE ... ADD VALUE; RENAME; SET SCHEMA; COMMENT ON them";
    /// Removes tables, and what belongs to them.
    DropTable "drop_table" ReadFullWrite "DROP TABLE, INDEX, VIEW, MATERIALIZED VIEW, SEQUENCE, STATISTICS, TYPE";
    /// Looks after tables.
    Maintain "maintain" ReadFullWrite "VACUUM, ANALYZE, CLUSTER, REINDEX TABLE and INDEX, REFRESH MATERIALIZED VIEW";

    /// Makes, changes and removes roles, and gives things to other owners.
    Roles "roles" Admin "CREATE, ALTER, DROP ROLE and USER; OWNER TO; DROP OWNED, REASSIGN OWNED";
    /// Gives and takes privileges.
    Grants "grants" Admin "GRANT, REVOKE, ALTER DEFAULT PRIVILEGES";
    /// Becomes another role.
    BecomeRole "become_role" Admin "SET ROLE; RESET ROLE and SESSION AUTHORIZATION";
    /// Changes a setting that others rely on: the role's limits, where names are looked up, how SQL is read.
    OtherSetting "other_setting" Admin "SET, RESET and set_config of every other setting; RESET ALL, DISCARD ALL, DISCARD TEMP";
    /// Reads what authenticates others, or samples of everybody's rows.
    Secrets "secrets" Admin "pg_authid, pg_shadow, pg_user_mapping, pg_largeobject, pg_statistic, pg_statistic_ext_data";
    /// Runs code that cannot be judged.
    Code "code" Admin "DO, CALL, LOAD";
    /// Calls what neither the review nor the catalog nor the contract shows harmless.
    CallUnreviewed "call_unreviewed" Admin "user functions, operators, casts and views over them; built-ins that read files, run SQL text or signal others";
    /// Defines what others will run without seeing it, or what hides rows from them.
    DefineCode "define_code" Admin "CREATE, ALTER, DROP FUNCTION, TRIGGER, POLICY, RULE, DOMAIN, OPERATOR, CAST, EXTENSION ...; ENABLE and DISABLE of triggers, rules, row security";
    /// Reads and writes files of the server, or runs its programs.
    ServerFile "server_file" Admin "COPY ... TO or FROM a file or PROGRAM";
    /// Reaches other servers.
    Foreign "foreign" Admin "foreign data wrappers, servers, tables, user mappings; publications and subscriptions";
    /// Leaves a transaction behind that outlives the session.
    TwoPhase "two_phase" Admin "PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED";
    /// Runs the cluster.
    Administer "administer" Admin "CREATE, ALTER, DROP DATABASE, SCHEMA, TABLESPACE; ALTER SYSTEM; CHECKPOINT; SECURITY LABEL; REINDEX SCHEMA, DATABASE, SYSTEM";

    /// Touches a table that the lease's list does not name.
    OutsideList "outside_list" ReadFullWrite "with read_limited_write: rows of a table that is not on the contract's list";
    /// Makes, changes, removes or gives a role of the desk's own, or gives it something: only the desk and the contract do.
    OwnRole "own_role" nobody "CREATE, ALTER, DROP, GRANT, REVOKE, RENAME, OWNER TO of roles called pgward_*, of the roles that are lent, and of the desk's own login";
    /// Takes the session out of the desk's sight: whose it is, or how the server reads its texts.
    OutOfSight "out_of_sight" nobody "SET SESSION AUTHORIZATION; standard_conforming_strings = off; a client_encoding in which letters hide ASCII";
    /// Is not known to pgward.
    Unknown "unknown" nobody "what PostgreSQL's grammar makes and pgward has no rule for";
}

impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
