//! What an audit was of: the same at the head of every report.

use pgward_catalog::version::Version;
use serde::Serialize;

/// The head of a report. No host name and no user: a report is shown to people who know neither.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// The version of pgward that made it.
    pub tool_version: String,
    /// The contract's name of the cluster, if a contract was named.
    pub cluster: Option<String>,
    /// The contract's file or folder.
    pub contract: Option<String>,
    /// Digest of the contract.
    pub contract_digest: Option<String>,
    /// The commit the contract is of.
    pub commit: Option<String>,
    /// The server's version.
    pub server_version: Version,
    /// The cluster's own number, where it may be seen.
    pub system_identifier: Option<String>,
    /// Fingerprint of its privileges.
    pub fingerprint: String,
    /// Which rules there are, as a digest: audits with another set are compared with care.
    pub check_set: String,
    /// When, as RFC 3339.
    pub time: String,
}

/// `15.20`.
pub fn server_version(version: Version) -> String {
    format!("{}.{}", version.major(), version.0 % 10_000)
}
