//! Every kind of diagnostic, as data: its number, its name, and what it means.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal $name:literal,)+) => {
        /// Which kind of mistake a diagnostic is about. Numbers are never used again for something else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// All of them, by number.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The number, such as `C0003`.
            pub fn number(self) -> &'static str {
                match self { $(Code::$variant => $number,)+ }
            }

            /// The name, such as `unknown-key`.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)+ }
            }

            /// What it means, why it is refused, and what to do.
            pub fn explanation(self) -> String {
                let lines: &[&str] = match self { $(Code::$variant => &[$($doc,)+],)+ };
                lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n")
            }
        }
    };
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.name())
    }
}

codes! {
    /// The file is not YAML, or uses a part of YAML a contract has no use for (tags, aliases without bound).
    /// Nothing in the file is read until it is mended.
    BrokenYaml = "C0001" "broken-yaml",
    /// The file holds no contract: it is empty, is not a mapping of keys to values, or holds several documents.
    NotAContract = "C0002" "not-a-contract",
    /// A key that does not exist at this place. A contract with a key nobody reads would promise something
    /// nobody keeps, so an unknown key is an error and never skipped.
    UnknownKey = "C0003" "unknown-key",
    /// A key without which the entry means nothing.
    MissingKey = "C0004" "missing-key",
    /// The value has the wrong form: a list where a word is wanted, `yes` where `true` or `false` is wanted,
    /// nothing at all where something must be said. An empty list is `[]`, an entry with nothing to add is `{}`.
    WrongType = "C0005" "wrong-type",
    /// The word is not one of those that can stand here.
    UnknownWord = "C0006" "unknown-word",
    /// The same key twice in one mapping. YAML readers differ in which one they take, so neither is taken.
    DuplicateKey = "C0007" "duplicate-key",
    /// Two files of one contract define the same thing.
    DefinedTwice = "C0008" "defined-twice",
    /// The contract is written for a version of the format this pgward does not know.
    UnknownVersion = "C0009" "unknown-version",
    /// The name cannot be a name in PostgreSQL: empty, longer than 63 bytes, or with a NUL byte. PostgreSQL would
    /// cut a longer one short and mean something else.
    BadName = "C0010" "bad-name",
    /// The name is PostgreSQL's own: roles that start with `pg_` are predefined, `public` and `none` are words.
    ReservedName = "C0011" "reserved-name",
    /// The pattern or name of an object cannot be understood. Objects in a schema are written `schema.name`,
    /// functions `schema.name(argument types)`; parts with dots, spaces or brackets stand in double quotes.
    BadPattern = "C0012" "bad-pattern",
    /// The duration or time cannot be understood. Durations are numbers with `s`, `m`, `h`, `d` or `w`, such as
    /// `90d` or `1h30m`; times are ISO 8601 with an offset, such as `2027-01-31T00:00:00Z`, or `infinity`.
    BadTime = "C0013" "bad-time",
    /// The number is outside what PostgreSQL, or good sense, allows here.
    OutOfRange = "C0014" "out-of-range",
    /// The path leaves the folder secrets are kept in: it is absolute or goes up with `..`.
    UnsafePath = "C0015" "unsafe-path",
    /// The entry does not have exactly the one key that says what it is.
    NotOneKey = "C0016" "not-one-key",
    /// A role is named that the contract does not declare. A contract knows every role it speaks of, so that a
    /// misspelt name cannot silently grant nothing. A role that is made elsewhere is declared with `kind: external`.
    UndeclaredRole = "C0101" "undeclared-role",
    /// `never` forbids what another entry of the contract gives. `never` would win, so one of them is a mistake.
    Contradiction = "C0102" "contradiction",
    /// Roles are members of each other in a circle. PostgreSQL refuses that.
    MembershipCycle = "C0103" "membership-cycle",
    /// A role of kind `definer` exists so that its functions run with its rights; nobody else may have them. It can
    /// therefore have no members, and no login.
    ExposedDefiner = "C0104" "exposed-definer",
    /// What the role is given does not go with its kind: a secret for a role that cannot log in, attributes for a
    /// role that pgward does not change.
    KindMismatch = "C0105" "kind-mismatch",
    /// A role that may create objects in a schema could not alter those that are there. In PostgreSQL ALTER and
    /// DROP belong to the owner and to members of the owning role; no GRANT gives them, ALL PRIVILEGES neither.
    /// Two ways work: a NOLOGIN owner role that the migrator may become (`may_become: [owner]`), or making the
    /// migrator itself the owner of the objects (`objects_owner: migrator`).
    MigratorCannotAlter = "C0106" "migrator-cannot-alter",
    /// An exception takes away all that the entry selects, so that it says nothing.
    NothingLeft = "C0107" "nothing-left",
    /// A tenant setting is declared for a table none of whose policies uses it, so no policy can keep tenants apart.
    TenantUnused = "C0108" "tenant-unused",
    /// The database says `row_security: required`, and a table in it is granted without a decision about its rows.
    /// Write an entry for it under `rows`, if need be with `none: true` and the reason.
    RowsUndecided = "C0109" "rows-undecided",
    /// A function that runs with its owner's rights needs a `search_path` of its own; else a caller can put objects
    /// in front of those it means. The safe form ends with `pg_temp` and names no schema callers can write to.
    DefinerSearchPath = "C0110" "definer-search-path",
    /// The privilege does not exist for this class of objects. PostgreSQL would refuse the GRANT.
    PrivilegeOfOtherClass = "C0111" "privilege-of-other-class",
    /// The entry says nothing about which objects it is for, or two things that exclude each other.
    BadSelection = "C0112" "bad-selection",
    /// The same thing is written twice in one list.
    Repeated = "C0113" "repeated",
    /// A role is both declared and retired, or retired in favour of one that is not there.
    RetiredAndDeclared = "C0114" "retired-and-declared",
    /// A database is named that the contract does not describe.
    UndeclaredDatabase = "C0115" "undeclared-database",
    /// Keys that exclude each other stand in one entry.
    KeysExclude = "C0116" "keys-exclude",
    /// The entry reaches outside `scope`, so that it would be reported and never made true.
    OutsideScope = "C0117" "outside-scope",
    /// A suppression names a rule that `pgward audit` does not have, so it would suppress nothing.
    NoSuchRule = "C0118" "no-such-rule",
    /// A person or a group is named under `access` that is not declared there. Once people or groups are declared at all, all are:
    /// a misspelt name would ask nobody.
    UndeclaredPerson = "C0119" "undeclared-person",
    /// The server's version does not have what the entry asks for: MAINTAIN came with PostgreSQL 17, INHERIT and SET
    /// options of memberships with 16, privileges on parameters with 15.
    NotInThisVersion = "C0201" "not-in-this-version",
    /// An object is named that does not exist. A misspelt name would silently grant nothing, so it is an error.
    NoSuchObject = "C0202" "no-such-object",
    /// A pattern matches no object. That can be meant: it covers what will exist.
    MatchesNothing = "C0203" "matches-nothing",
    /// Default privileges cannot express what the entry says about objects that do not exist yet: they know all tables,
    /// all sequences, all functions or all types a role will make, in a schema or anywhere, and no names.
    NoSuchDefault = "C0204" "no-such-default",
    /// A privilege is given on objects of a class that does not have it.
    NotForThisClass = "C0205" "not-for-this-class",
}
