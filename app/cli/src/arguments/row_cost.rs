//! The options of what row security costs.

use std::path::PathBuf;

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
    /// Execute the queries (EXPLAIN ANALYZE) in a scratch copy of the roles and schemas. Its rows are made up: as many, as different and as often NULL as
    /// the server's statistics say, without a value of its own. The server itself is only read, by pg_dump. Code of the server's may run in the copy, as
    /// the account that pgward's scratch servers run as.
    #[arg(long)]
    pub(crate) rehearse: bool,
    /// Copy the server's own rows instead of making some up; they are gone with the copy.
    #[arg(long, requires = "rehearse")]
    pub(crate) with_rows: bool,
    /// The folder of PostgreSQL's programs for the scratch copy, of the server's own major version.
    #[arg(long, value_name = "FOLDER", requires = "rehearse")]
    pub(crate) binaries: Option<PathBuf>,
    #[arg(long, default_value = "text")]
    pub(crate) format: TextOrJson,
}
