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
    /// The file of a token, of mode 600, in place of a password; PGWARD_TOKEN when absent.
    #[arg(long, value_name = "FILE", conflicts_with = "password_file")]
    pub(crate) token_file: Option<PathBuf>,
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
    /// For how long (12h, 7d), with a password.
    #[arg(long = "for", value_name = "LENGTH", default_value = "12h")]
    pub(crate) length: String,
    /// Log in at the identity provider (`sign_on` of the desk's file), with a browser on this machine.
    #[arg(long, conflicts_with_all = ["password_file", "token_file", "length"])]
    pub(crate) oidc: bool,
    /// Log in there on another device, with a code that is shown here.
    #[arg(long, requires = "oidc")]
    pub(crate) device: bool,
    #[command(flatten)]
    pub(crate) who: Who,
}

/// Tokens, for machines and agents.
#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    pub(crate) what: TokenVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenVerb {
    /// Make a token. It is printed once, and only its digest is kept.
    Create(TokenCreate),
    /// Your tokens, and those of the machines and agents that you answer for.
    List(TokenList),
    /// Take a token back. What was asked for with it ends at once.
    Revoke(TokenRevoke),
}

#[derive(Debug, Args)]
pub(crate) struct TokenCreate {
    /// What it is called.
    pub(crate) label: String,
    /// The machine or agent whose it is: one that you answer for. Yourself when absent.
    #[arg(long = "of", value_name = "NAME")]
    pub(crate) owner: Option<String>,
    /// The targets it is for; all when absent.
    #[arg(long = "target", value_name = "NAME")]
    pub(crate) targets: Vec<String>,
    /// The tiers it is for; all when absent.
    #[arg(long = "tier", value_name = "TIER")]
    pub(crate) tiers: Vec<LentTier>,
    /// What can be done with it.
    #[arg(long, value_name = "WHAT", default_value = "borrow")]
    pub(crate) may: Vec<TokenDeed>,
    /// For how long (12h, 30d).
    #[arg(long = "for", value_name = "LENGTH", default_value = "30d")]
    pub(crate) length: String,
    /// The longest lease it may ask for (30m); as the contract says when absent.
    #[arg(long, value_name = "LENGTH")]
    pub(crate) longest: Option<String>,
    /// Write it to this file, of mode 600, and do not print it.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) who: Who,
}

/// What can be done with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenDeed {
    /// Ask for leases, use them, and see what is lent.
    Borrow,
    /// See what is lent.
    Read,
    /// Agree to requests of others, and end leases; for humans only.
    Decide,
}

#[derive(Debug, Args)]
pub(crate) struct TokenList {
    /// Those that are worth nothing any more as well.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) who: Who,
}

#[derive(Debug, Args)]
pub(crate) struct TokenRevoke {
    /// The token's id, as `token list` shows it.
    pub(crate) token: String,
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
    /// The file of a token, of mode 600, that has to be for this lease; PGWARD_TOKEN when absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The desk's file (docs/desk.md).
    #[arg(long, value_name = "FILE", env = "PGWARD_DESK")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// The lease.
    pub(crate) lease: String,
    /// One statement or several; the one that the lease is for, with its values, when absent.
    pub(crate) sql: Option<String>,
    /// A value of the statement's parameters ($1, $2 ...), as text, in their order. It takes psql 16 or later.
    #[arg(long = "parameter", value_name = "VALUE", requires = "sql", allow_hyphen_values = true)]
    pub(crate) parameters: Vec<String>,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrCsv,
    /// The file of a token, of mode 600, that has to be for this lease; PGWARD_TOKEN when absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
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
    /// For this one statement, once: the file of its text. Nothing else runs with the lease, and it ends after it.
    #[arg(long, value_name = "FILE", conflicts_with = "emergency")]
    pub(crate) statement: Option<PathBuf>,
    /// A value of the statement's parameters, as text, in their order; drivers bind the same.
    #[arg(long = "parameter", value_name = "VALUE", requires = "statement", allow_hyphen_values = true)]
    pub(crate) parameters: Vec<String>,
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

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The target.
    pub(crate) target: String,
    /// The desk's file (docs/desk.md).
    #[arg(long, value_name = "FILE", env = "PGWARD_DESK")]
    pub(crate) config: PathBuf,
}
