//! The options of what keeps evidence, and of what looks at it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::arguments::format::TextOrJson;

/// Where a run is kept.
#[derive(Debug, Args)]
pub(crate) struct Keep {
    /// Keep the run in the history, and its record in the ledger.
    #[arg(long)]
    pub(crate) record: bool,
    #[command(flatten)]
    pub(crate) place: HistoryPlace,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryPlace {
    /// Where the history is: a file (SQLite), or a URI or connection string (PostgreSQL). In the state folder when absent.
    #[arg(long, value_name = "FILE|CONNINFO", env = "PGWARD_HISTORY", hide_env_values = true)]
    pub(crate) history: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    #[command(flatten)]
    pub(crate) place: HistoryPlace,
    /// Only audits, or only proofs.
    #[arg(long)]
    pub(crate) kind: Option<KindOfRun>,
    /// Only the last so many runs.
    #[arg(long, value_name = "COUNT", conflicts_with = "trend")]
    pub(crate) last: Option<u32>,
    /// What changed between two runs: the last two of a kind on one cluster, unless they are named.
    #[arg(long)]
    pub(crate) trend: bool,
    /// The earlier run.
    #[arg(long, value_name = "RUN", requires = "trend")]
    pub(crate) from: Option<String>,
    /// The later run.
    #[arg(long, value_name = "RUN", requires = "trend")]
    pub(crate) to: Option<String>,
    /// Exit 3 when something regressed or is new, or the score fell.
    #[arg(long, requires = "trend")]
    pub(crate) expect_no_worse: bool,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrJson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindOfRun {
    /// Audits.
    Audit,
    /// Proofs.
    Proof,
}

#[derive(Debug, Args)]
pub(crate) struct Ledger {
    #[command(subcommand)]
    pub(crate) what: LedgerVerb,
    /// The ledger: its folder, a folder of segments, or one file. In the state folder when absent.
    #[arg(long, global = true, value_name = "PATH", env = "PGWARD_LEDGER")]
    pub(crate) ledger: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerVerb {
    /// Say whether the ledger is what was written; exit 3 when it is not.
    Verify(LedgerVerify),
    /// Write everything that a stranger needs to verify the ledger into a folder, or the entries to stdout.
    Export(LedgerExport),
    /// Print the last checkpoint: kept elsewhere, it shows a cut or rewritten ledger.
    Head,
    /// Print one entry.
    Show(LedgerShow),
    /// Print the records that fit, as JSON lines.
    Search(LedgerSearch),
}

#[derive(Debug, Args)]
pub(crate) struct LedgerVerify {
    /// A public key to believe, in a file; the one beside the ledger when none is given.
    #[arg(long, alias = "key", value_name = "FILE")]
    pub(crate) public_key: Vec<PathBuf>,
    /// A head that was kept, in a file.
    #[arg(long, value_name = "FILE")]
    pub(crate) head: Vec<PathBuf>,
    /// A witness, by its folder, its address (https://...; shown PGWARD_WITNESS_TOKEN) or a connection string: the ledger is held against the
    /// head that it has. One that has none is an error.
    #[arg(long, value_name = "WITNESS")]
    pub(crate) witness: Vec<String>,
    /// The certificate of who signed the witnesses' on the web, in a file; what the system trusts when absent.
    #[arg(long, value_name = "FILE", requires = "witness")]
    pub(crate) witness_authority: Option<PathBuf>,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrJson,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerExport {
    /// The folder to write to: ledger.jsonl, key.pub, head.
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerShow {
    /// The entry's number.
    pub(crate) sequence: u64,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerSearch {
    /// The whole line contains this.
    #[arg(value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// The same.
    #[arg(long = "text", value_name = "TEXT", conflicts_with = "text")]
    pub(crate) whole: Option<String>,
    /// The kind begins with this.
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Exactly this actor; of a program that somebody answers for, either of the two.
    #[arg(long, visible_alias = "person")]
    pub(crate) actor: Option<String>,
    /// The subject contains this.
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// Exactly this lease.
    #[arg(long, value_name = "ID")]
    pub(crate) lease: Option<String>,
    /// Leases on this target, and what was done with them.
    #[arg(long)]
    pub(crate) target: Option<String>,
    /// Statements that do this, at any depth: a class of `pgward render tiers`, such as delete; select is read.
    #[arg(long)]
    pub(crate) verb: Option<String>,
    /// Not earlier than this, in RFC 3339 and UTC.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Earlier than this.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
}
