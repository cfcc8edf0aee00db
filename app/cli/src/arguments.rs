//! The command line, as data: every verb, every option, in the words of the glossary.

pub(crate) mod audit;
pub(crate) mod desk;
pub(crate) mod evidence;
mod format;
pub(crate) mod judge;
pub(crate) mod row_cost;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::arguments::audit::Audit;
use crate::arguments::desk::{
    Account, Approve, Exec, Extend, GiveBack, Kill, LeaseList, LiveLeases, Login, Psql, Refusal, Request,
    Review, Rotate, Serve, SessionList, Token,
};
use crate::arguments::evidence::{History, Keep, Ledger};
pub(crate) use crate::arguments::format::TextOrJson;
use crate::arguments::judge::Judge;
use crate::arguments::row_cost::RowCost;

/// Least privilege for PostgreSQL: declare, plan, apply, prove.
#[derive(Debug, Parser)]
#[command(
    name = "pgward",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 110,
    after_help = FIRST_STEPS
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,

    /// Say nothing on stderr but errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Where the server is; what is not given comes from PG* variables, service files and .pgpass, as in libpq.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Database to connect to: a name, a URI (postgresql://...) or a connection string (host=... user=...).
    #[arg(
        long,
        short = 'd',
        global = true,
        value_name = "CONNINFO",
        env = "PGWARD_DSN",
        hide_env_values = true
    )]
    pub(crate) dbname: Option<String>,

    /// Server host or socket directory.
    #[arg(long, global = true)]
    pub(crate) host: Option<String>,

    /// Server port.
    #[arg(long, short, global = true)]
    pub(crate) port: Option<u16>,

    /// Role to connect as.
    #[arg(long, short = 'U', global = true)]
    pub(crate) username: Option<String>,

    /// How long to wait for a lock that somebody holds, in milliseconds; 10000 to read, 5000 before an apply is undone.
    #[arg(long, global = true, value_name = "MS")]
    pub(crate) lock_timeout: Option<u32>,
}

impl Connection {
    /// Whether a server was named, here or in the environment variable for it.
    pub(crate) fn is_given(&self) -> bool {
        self.dbname.is_some() || self.host.is_some() || self.port.is_some() || self.username.is_some()
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the whole loop on an embedded server: inspect, adopt, plan, apply, prove, and borrow a database at the desk.
    Demo(Demo),
    /// Write the contract of a live cluster.
    Adopt(Adopt),
    /// Read and validate a contract; no server needed.
    Check(Check),
    /// Show what is there: roles, owners, counts, defaults, sessions, hazards.
    Inspect(Inspect),
    /// Print the digest of the cluster's privileges.
    Fingerprint(Fingerprint),
    /// Show what would change, why, its hazards and the way back.
    Plan(Plan),
    /// Make the contract true, or run a saved plan; verified afterwards or undone.
    Apply(Apply),
    /// Try every claim of the contract as the real identity.
    Prove(Prove),
    /// What is wrong with the cluster's privileges, and with what follows from them.
    Audit(Audit),
    /// How logins become more than they are, step by step, and what to mend first.
    Paths(Paths),
    /// Try what an attacker would try. Nothing of it stays.
    Rehearse(Rehearse),
    /// What row security costs whoever reads, and why: the planner's word with the policies and without them. Nothing is executed.
    RowCost(RowCost),
    /// Who may do this with that?
    WhoCan(WhoCan),
    /// What may this role do?
    WhatCan(WhatCan),
    /// Why may a role do something, or why not?
    Why(Why),
    /// The audits and proofs that were kept, and what changed between two of them.
    History(History),
    /// The evidence ledger: verify it, take it elsewhere, look into it.
    Ledger(Ledger),
    /// May a tier run this SQL? Judged from PostgreSQL's own parse tree, and with -d from that database's catalog, as the desk does; nothing is run.
    Judge(Judge),
    /// Run the desk: a proxy that lends databases for a while, and judges and records every statement before the server sees it.
    Serve(Serve),
    /// The accounts of those who borrow and agree.
    Account(Account),
    /// Show your password once: the desk's verbs do without it for a while.
    Login(Login),
    /// Tokens that machines and agents come in with: scoped, for a while, and taken back with what was asked for with them.
    Token(Token),
    /// Ask for a tier on a target, for a while. Prints what to connect with, once.
    Request(Request),
    /// Agree to what somebody asked for.
    Approve(Approve),
    /// Say no to what somebody asked for.
    Deny(Refusal),
    /// Ask for a lease to last longer.
    Extend(Extend),
    /// Give a lease back before its time is over, or take back what you asked for.
    Return(GiveBack),
    /// Say what you found when you looked at an emergency afterwards.
    Review(Review),
    /// End a lease at once, with its sessions.
    Revoke(Refusal),
    /// Who has asked for what, and what is in force.
    Leases(LeaseList),
    /// Who is at work through the desk, on every desk that shares its store.
    Sessions(SessionList),
    /// End one session, on whichever desk it is; its lease goes on. Whoever may end the lease may.
    Kill(Kill),
    /// Change the password of the desk's own login at a target: in its file (`password_file` of the desk's file) and on the server.
    Rotate(Rotate),
    /// Which statements wait for somebody, with their values; `approve` and `deny` decide about them.
    Holds(LeaseList),
    /// Run psql through the desk, with a lease.
    Psql(Psql),
    /// Run SQL through the desk, with a lease. Exit 3 when it is denied or fails.
    Exec(Exec),
    /// Print a page: the access matrix, the truth table or the expanded contract of a contract; the table of tiers.
    Render(Render),
    /// Print a JSON Schema: of the contract, for editors, or of a machine format.
    Schema(Schema),
    /// Print a shell's completion script.
    Completions(Completions),
    /// Print the manual page, or write one for each verb.
    Man(Man),
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where to write the evidence.
    #[arg(long, value_name = "FOLDER", default_value = "evidence")]
    pub(crate) evidence: PathBuf,
    /// The folder of PostgreSQL's programs (initdb, postgres).
    #[arg(long, value_name = "FOLDER", env = "PGWARD_PG_BIN")]
    pub(crate) pg_bin: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// Databases to adopt; all that can be connected to when none is named.
    #[arg(value_name = "DATABASE")]
    pub(crate) databases: Vec<String>,
    /// Where to write the contract; stdout when absent.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The cluster's name in the contract.
    #[arg(long, default_value = "adopted")]
    pub(crate) cluster: String,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The contract: a file or a folder of files.
    pub(crate) contract: PathBuf,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrJson,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Databases to look into; all that can be connected to when none is named.
    #[arg(value_name = "DATABASE")]
    pub(crate) databases: Vec<String>,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrJson,
}

#[derive(Debug, Args)]
pub(crate) struct Fingerprint {
    /// Databases to look into; all that can be connected to when none is named.
    #[arg(value_name = "DATABASE")]
    pub(crate) databases: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The contract: a file or a folder of files.
    pub(crate) contract: PathBuf,
    #[arg(long, default_value = "text")]
    pub(crate) format: PlanFormat,
    /// Save the plan, to be approved by its digest and applied later.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Exit 3 when anything differs from the contract, planned or only reported; what it names and the server does not have
    /// is told beside the rest.
    #[arg(long)]
    pub(crate) expect_none: bool,
    /// Where passwords are kept, to be held against those in force; the folder of the contract when absent.
    #[arg(long, value_name = "FOLDER", env = "PGWARD_SECRETS")]
    pub(crate) secrets: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) live: LiveLeases,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// A contract (file or folder) or a plan saved by `plan --out`.
    #[arg(required_unless_present = "undo")]
    pub(crate) what: Option<PathBuf>,
    /// The digest of the plan that was approved; only that plan runs.
    #[arg(long, value_name = "DIGEST")]
    pub(crate) approve: Option<String>,
    /// Hazards that are accepted, by kind, or `all`.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(crate) allow: Vec<String>,
    /// Make what this role may make, where the contract demands more than that. Without it such a plan is refused, and nothing is
    /// changed.
    #[arg(long)]
    pub(crate) partial: bool,
    /// Answer yes where a terminal would be asked.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Run the stored way back of the last applied plan, or of the one with this digest.
    #[arg(long, value_name = "DIGEST", num_args = 0..=1, default_missing_value = "last")]
    pub(crate) undo: Option<String>,
    /// Where passwords are kept; the folder of the contract, or of the saved plan, when absent.
    #[arg(long, value_name = "FOLDER", env = "PGWARD_SECRETS")]
    pub(crate) secrets: Option<PathBuf>,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) live: LiveLeases,
}

#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// The contract: a file or a folder of files.
    pub(crate) contract: PathBuf,
    #[arg(long, default_value = "text")]
    pub(crate) format: ProofFormat,
    /// Where passwords are kept, for trying logins; the folder of the contract when absent.
    #[arg(long, value_name = "FOLDER", env = "PGWARD_SECRETS")]
    pub(crate) secrets: Option<PathBuf>,
    /// Write the whole evidence into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) evidence: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) keep: Keep,
    /// Show this proof beside an earlier one: its JSON, or the evidence folder it is in.
    #[arg(long, value_name = "PROOF")]
    pub(crate) baseline: Option<PathBuf>,
    /// The commit of the contract, for the evidence; what CI says, or what its repository says, when absent.
    #[arg(long, value_name = "COMMIT")]
    pub(crate) commit: Option<String>,
    #[command(flatten)]
    pub(crate) live: LiveLeases,
}

#[derive(Debug, Args)]
pub(crate) struct Paths {
    /// Only the paths of this role.
    #[arg(long, value_name = "ROLE")]
    pub(crate) from: Option<String>,
    /// Only the paths to this.
    #[arg(long, value_name = "SINK")]
    pub(crate) to: Option<Goal>,
    /// Show also what is left once this contract is applied: a file or a folder of files.
    #[arg(long, value_name = "CONTRACT")]
    pub(crate) contract: Option<PathBuf>,
    /// Take each step in a scratch copy of the roles and schemas, without rows, and report which are real. The server itself is only
    /// read, by pg_dump. Code of the server's may run in the copy, as the account that pgward's scratch servers run as.
    #[arg(long, conflicts_with = "contract")]
    pub(crate) rehearse: bool,
    /// The folder of PostgreSQL's programs for the scratch copy, of the server's own major version.
    #[arg(long, value_name = "FOLDER", requires = "rehearse")]
    pub(crate) binaries: Option<PathBuf>,
    #[arg(long, default_value = "text")]
    pub(crate) format: PathsFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Rehearse {
    #[command(subcommand)]
    pub(crate) what: Rehearsal,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rehearsal {
    /// As each login: become more than it is, destroy what there is, carry it away. Exit 3 when something gets through that the
    /// contract says must never be.
    Attack(Attack),
}

#[derive(Debug, Args)]
pub(crate) struct Attack {
    /// The contract that says what must never be: a file or a folder of files.
    pub(crate) contract: Option<PathBuf>,
    /// As this role only; every login that is neither a superuser nor an administrator when absent.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<String>,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrJson,
}

#[derive(Debug, Args)]
pub(crate) struct WhoCan {
    /// A privilege (select, execute, ...) or an action (alter_table, drop_table, create_role, ...).
    pub(crate) action: String,
    /// The object: `public.orders`, `schema app`, `function app.f(integer)`, `database shop`.
    pub(crate) object: Option<String>,
    /// Only this column of it.
    #[arg(long, value_name = "NAME")]
    pub(crate) column: Option<String>,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrJson,
}

#[derive(Debug, Args)]
pub(crate) struct WhatCan {
    /// The role, or PUBLIC.
    pub(crate) role: String,
    /// In every database, not only in the one that is connected to.
    #[arg(long)]
    pub(crate) all_databases: bool,
    /// What initdb made as well: system catalogs and their functions.
    #[arg(long)]
    pub(crate) system: bool,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrJson,
}

#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The role, or PUBLIC.
    pub(crate) role: String,
    /// A privilege (select, execute, ...) or an action (alter_table, drop_table, create_role, ...).
    pub(crate) action: String,
    /// The object: `public.orders`, `schema app`, `function app.f(integer)`, `database shop`.
    pub(crate) object: Option<String>,
    /// Only this column of it.
    #[arg(long, value_name = "NAME")]
    pub(crate) column: Option<String>,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrJson,
}

#[derive(Debug, Args)]
pub(crate) struct Render {
    /// Which page.
    pub(crate) page: Page,
    /// The contract: a file or a folder of files. Every page but `tiers` is made from one.
    #[arg(required_if_eq_any([("page", "matrix"), ("page", "truth-table"), ("page", "contract")]))]
    pub(crate) contract: Option<PathBuf>,
    /// The page `tiers` has all of them; the others have theirs.
    #[arg(long, default_value = "text")]
    pub(crate) format: PageFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    /// For people at a terminal.
    Text,
    /// For machines.
    Json,
    /// For a document.
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Of what.
    #[arg(default_value = "contract")]
    pub(crate) of: SchemaOf,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// For which shell.
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Write pgward.1 and a page for each verb into this folder instead.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PathsFormat {
    /// For people at a terminal.
    Text,
    /// For machines.
    Json,
    /// For graphviz.
    Dot,
    /// A picture.
    Svg,
    /// A page to click through.
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Goal {
    /// Commands of the operating system.
    OsCommand,
    Superuser,
    /// Files of the server.
    ServerFiles,
    /// Rows past row security.
    BypassRls,
    /// All data to read.
    AllRead,
    /// All data to write.
    AllWrite,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people at a terminal.
    Text,
    /// A script for psql.
    Sql,
    /// For machines.
    Json,
    /// For a pull request.
    Markdown,
    /// The review document.
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProofFormat {
    /// For people at a terminal.
    Text,
    /// For machines.
    Json,
    /// For CI servers.
    Junit,
    /// For a pull request.
    Markdown,
    /// For code scanning.
    Sarif,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Page {
    /// Role by object by action: what the contract says (no server needed beyond the inventory).
    Matrix,
    /// Object, access, required by, identity, how granted, row security: contract and server side by side.
    TruthTable,
    /// The contract with its presets written out.
    Contract,
    /// Which tier may run which statements (no contract and no server needed).
    Tiers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The contract: what an editor completes from.
    Contract,
    /// `plan --format json`, and saved plans.
    Plan,
    /// `prove --format json`.
    Proof,
    /// `prove --baseline ... --format json`.
    Comparison,
    /// `inspect --format json`.
    Inspect,
    /// `check --format json`.
    Check,
    /// `apply --format json`.
    Apply,
    /// `who-can --format json`.
    WhoCan,
    /// `what-can --format json`.
    WhatCan,
    /// `why --format json`.
    Why,
    /// `paths --format json`.
    Paths,
    /// `rehearse attack --format json`.
    Attack,
    /// `row-cost --format json`.
    RowCost,
    /// `audit --format json`.
    Audit,
    /// `audit --framework NAME --format json`.
    Framework,
    /// `ledger verify --format json`.
    LedgerVerify,
    /// `history --format json`.
    History,
    /// `judge --format json`, and each line that it answers with.
    Judge,
}

const FIRST_STEPS: &str = "\
First steps:
  pgward demo                               see the whole loop on a server of its own
  pgward adopt -d 'host=... dbname=...' -o contract.yaml
                                            write down what your cluster is today
  pgward plan contract.yaml                 what differs from the contract; nothing is changed
  pgward apply contract.yaml                make it true
  pgward prove contract.yaml                try every claim as the real roles

Exit codes: 0 yes or done; 1 could not be done; 2 asked wrongly; 3 the answer is no.";
