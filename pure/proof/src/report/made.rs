//! When and of what a proof was made, as JSON says it of every proof: of this one, and of the one it stands beside.

use serde::Serialize;

use crate::proof::About;

#[derive(Serialize)]
pub(crate) struct Made<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    server_version: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract_digest: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<&'p str>,
}

impl<'p> From<&'p About> for Made<'p> {
    fn from(about: &'p About) -> Self {
        Made {
            server_version: about.server_version.as_deref(),
            fingerprint: about.fingerprint.as_deref(),
            contract_digest: about.contract_digest.as_deref(),
            commit: about.commit.as_deref(),
            started: about.started.as_deref(),
        }
    }
}
