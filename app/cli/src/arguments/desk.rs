//! The arguments of the desk's verbs.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::arguments::judge::LentTier;

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The desk's file (docs/desk.md): where it listens, what it lends, where its state is.
    #[arg(long, value_name = "FILE", env = "PGWARD_DESK", required_unless_present = "dev")]
    pub(crate) config: Option<PathBuf>,
    /// Try it out: a certificate, accounts with passwords of their own, and a store that are made for this run and gone after it,
    /// in front of the server that the connection options name. Prints where they are.
    #[arg(long, requires = "contract")]
    pub(crate) dev: bool,
    /// The contract whose `access` says what is lent, for --dev.
    #[arg(long, value_name = "PATH", requires = "dev")]
    pub(crate) contract: Option<PathBuf>,
    /// Where it listens, for --dev.
    #[arg(long, value_name = "ADDRESS", requires = "dev", default_value = "127.0.0.1:0")]
    pub(crate) listen: std::net::SocketAddr,
    /// The folder of its ledger, for --dev; gone with the rest when absent.
    #[arg(long, value_name = "FOLDER", requires = "dev")]
    pub(crate) ledger: Option<PathBuf>,
}

/// Who does it, and at which desk.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// The desk's file (docs/desk.md).
    #[arg(long, value_name = "FILE", env = "PGWARD_DESK")]
    pub(crate) config: PathBuf,
    /// The name of your account; whoever logged in when absent.
    #[arg(long = "as", value_name = "NAME", env = "PGWARD_PERSON")]
    pub(crate) person: Option<String>,
    /// The file of your password, of mode 600; PGWARD_PASSWORD when absent, and else your last login.
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Account {
    #[command(subcommand)]
    pub(crate) what: AccountVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountVerb {
    /// Set the password of somebody whom the contract names. Whoever can write the desk's store may.
    Set(Who),
}

/// The leases that are in force, for what compares a server with its contract.
#[derive(Debug, Args)]
pub(crate) struct LiveLeases {
    /// The file of the desk that lends this server: the roles of its leases in force are left alone, and no drift.
    #[arg(long = "desk", value_name = "FILE", env = "PGWARD_DESK")]
    pub(crate) desk: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// For how long (12h, 7d).
    #[arg(long = "for", value_name = "LENGTH", default_value = "12h")]
    pub(crate) length: String,
    #[command(flatten)]
    pub(crate) who: Who,
}

#[derive(Debug, Args)]
pub(crate) struct Psql {
    /// The lease; the last one in force that was asked for here when absent.
    pub(crate) lease: Option<String>,
    /// What psql is given.
    #[arg(last = true)]
    pub(crate) arguments: Vec<OsString>,
    /// The desk's file (docs/desk.md).
    #[arg(long, value_name = "FILE", env = "PGWARD_DESK")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// The lease.
    pub(crate) lease: String,
    /// One statement or several.
    pub(crate) sql: String,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrCsv,
    /// The desk's file (docs/desk.md).
    #[arg(long, value_name = "FILE", env = "PGWARD_DESK")]
    pub(crate) config: PathBuf,
}

/// How rows are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrCsv {
    /// As psql does.
    Text,
    /// Comma-separated values.
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct Request {
    /// The target, as the contract calls it.
    pub(crate) target: String,
    /// The tier.
    pub(crate) tier: LentTier,
    /// For how long (30m, 1h); as the contract says when absent.
    #[arg(long = "for", value_name = "LENGTH")]
    pub(crate) length: Option<String>,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
    /// It is an emergency: it is given at once, announced at once, and somebody else looks at it afterwards.
    #[arg(long)]
    pub(crate) emergency: bool,
    #[command(flatten)]
    pub(crate) who: Who,
}

#[derive(Debug, Args)]
pub(crate) struct Extend {
    /// The lease.
    pub(crate) lease: String,
    /// How much longer (30m, 1h).
    #[arg(long = "for", value_name = "LENGTH")]
    pub(crate) length: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) who: Who,
}

#[derive(Debug, Args)]
pub(crate) struct GiveBack {
    /// The lease.
    pub(crate) lease: String,
    #[command(flatten)]
    pub(crate) who: Who,
}

#[derive(Debug, Args)]
pub(crate) struct Review {
    /// The lease.
    pub(crate) lease: String,
    /// What you found.
    #[arg(long, value_enum)]
    pub(crate) verdict: Found,
    /// In your words.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) who: Who,
}

/// What a review of an emergency found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Found {
    /// It was right.
    Justified,
    /// It was not.
    NotJustified,
}

#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The lease.
    pub(crate) lease: String,
    /// Whom you decide for, by a delegation in the contract; yourself when absent.
    #[arg(long, value_name = "NAME")]
    pub(crate) instead_of: Option<String>,
    #[command(flatten)]
    pub(crate) who: Who,
}

/// What is denied or taken back.
#[derive(Debug, Args)]
pub(crate) struct Refusal {
    /// The lease.
    pub(crate) lease: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) who: Who,
}

#[derive(Debug, Args)]
pub(crate) struct LeaseList {
    /// Those that are over as well.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) who: Who,
}

#[derive(Debug, Args)]
pub(crate) struct SessionList {
    #[command(flatten)]
    pub(crate) who: Who,
}

#[derive(Debug, Args)]
pub(crate) struct Kill {
    /// The session, as `pgward sessions` calls it.
    pub(crate) session: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) who: Who,
}
