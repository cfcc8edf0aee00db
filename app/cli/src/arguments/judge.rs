//! The arguments of `pgward judge`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pgward_contract::model::tier::Tier;

use crate::arguments::format::TextOrJson;

#[derive(Debug, Args)]
pub(crate) struct Judge {
    /// The text: one statement or several. Without it, a JSON object with `sql` is read from each line of stdin, and a
    /// judgement is written to a line of stdout.
    pub(crate) sql: Option<String>,
    /// The tier that wants to run it.
    #[arg(long)]
    pub(crate) tier: LentTier,
    /// A contract: it says which tables read_limited_write may change, and which functions may be called.
    #[arg(long, value_name = "PATH")]
    pub(crate) contract: Option<PathBuf>,
    /// How a judgement of `sql` is written; lines from stdin are answered in JSON.
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrJson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum LentTier {
    ReadOnly,
    ReadLimitedWrite,
    ReadFullWrite,
    Admin,
}

impl LentTier {
    /// The tier that is meant.
    pub(crate) const fn tier(self) -> Tier {
        match self {
            LentTier::ReadOnly => Tier::ReadOnly,
            LentTier::ReadLimitedWrite => Tier::ReadLimitedWrite,
            LentTier::ReadFullWrite => Tier::ReadFullWrite,
            LentTier::Admin => Tier::Admin,
        }
    }
}
