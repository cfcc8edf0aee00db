//! The options of what row security costs.

use clap::Args;

use crate::arguments::format::TextOrJson;

#[derive(Debug, Args)]
pub(crate) struct RowCost {
    /// Only this table, with its schema; every table with row security when absent.
    #[arg(long, value_name = "TABLE")]
    pub(crate) table: Vec<String>,
    /// Exit 3 when there is a warning.
    #[arg(long)]
    pub(crate) fail_on_warning: bool,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrJson,
}
