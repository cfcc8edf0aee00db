//! Saved plans: JSON with the digest beside it, checked when it is read again.
//!
//! A large plan is a large text, so whoever needs both the digest and the text has them made once: [`SealedPlan`].

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::plan::{FORMAT, Plan};

/// A plan as it lies in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    digest: String,
    plan: Plan,
}

/// Why a file holds no plan.
#[derive(Debug, thiserror::Error)]
pub enum NotAPlan {
    /// It cannot be read as one.
    #[error("this is not a plan that pgward saved")]
    Form(#[source] serde_json::Error),
    /// It is of another format.
    #[error("the plan is of format {0:?}, and this pgward reads {FORMAT:?}")]
    Format(String),
    /// It says something that this version does not know.
    #[error("the plan holds members that this pgward does not know")]
    Unknown,
    /// It was changed after it was saved.
    #[error("the plan was changed after it was saved: its digest is {found}, and it says {said}")]
    Changed {
        /// What the digest is.
        found: String,
        /// What it says.
        said: String,
    },
}

/// A plan that is not changed any more, with its digest and the text that the digest is of.
#[derive(Clone, Debug)]
pub struct SealedPlan {
    plan: Plan,
    digest: String,
    text: String,
}

impl SealedPlan {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The digest by which it is approved.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The text of a file that [`Plan::load`] reads, in a single line.
    pub fn kept(&self) -> String {
        // A digest is hexadecimal digits: it needs no escapes.
        format!("{{\"digest\":\"{}\",\"plan\":{}}}", self.digest, self.text)
    }
}

impl Plan {
    /// The plan with its digest, for those who need it more than once.
    pub fn seal(self) -> SealedPlan {
        let text = self.text();
        SealedPlan { digest: digest_of(&text), text, plan: self }
    }

    /// The digest by which it is approved: SHA-256 of its JSON, in hexadecimal digits.
    pub fn digest(&self) -> String {
        digest_of(&self.text())
    }

    fn text(&self) -> String {
        #[allow(clippy::expect_used, reason = "a digest of nothing would approve anything")]
        serde_json::to_string(self).expect("every map in a plan has text for its keys")
    }

    /// The text of the file it is saved in.
    pub fn saved(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(&Saved { digest: self.digest(), plan: self.clone() })
    }

    /// The plan that a file holds, if nobody changed it.
    pub fn load(text: &str) -> Result<Plan, NotAPlan> {
        let whole: serde_json::Value = serde_json::from_str(text).map_err(NotAPlan::Form)?;
        let saved: Saved = serde_json::from_str(text).map_err(NotAPlan::Form)?;
        if saved.plan.format != FORMAT {
            return Err(NotAPlan::Format(saved.plan.format));
        }
        // What this version does not know would be left out without a word.
        if serde_json::to_value(&saved).map_err(NotAPlan::Form)? != whole {
            return Err(NotAPlan::Unknown);
        }
        let found = saved.plan.digest();
        if found == saved.digest {
            Ok(saved.plan)
        } else {
            Err(NotAPlan::Changed { found, said: saved.digest })
        }
    }
}

fn digest_of(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
