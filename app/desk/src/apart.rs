//! Long texts are judged apart, on a thread where nobody waits behind them, while the other sessions of this one go on.

use crate::decision::Scribe;
use crate::judge::{Judge, Verdict};
use crate::written::Written;
use pgward_wire::report::Report;
use std::sync::Arc;

/// What came of it.
pub(crate) struct Apart {
    text: String,
    written: Written,
    verdict: Verdict,
}

impl Apart {
    /// Whether a text is so long that others would feel it.
    pub(crate) const fn is_for(text: &str) -> bool {
        text.len() > LONG
    }

    /// Judges a text.
    pub(crate) async fn judged(text: String, judge: Arc<dyn Judge>, scribe: Scribe) -> Apart {
        let kept = text.clone();
        let judging = tokio::task::spawn_blocking(move || {
            let (written, verdict) = (scribe.written(&text), judge.statements(&text));
            Apart { text, written, verdict }
        });
        judging.await.unwrap_or_else(|_| Apart {
            text: kept,
            written: Written::default(),
            verdict: Verdict::Deny(Report::error("58000", "the desk could not judge the statement")),
        })
    }

    /// Whether it is about this text.
    pub(crate) fn is_of(&self, text: &str) -> bool {
        self.text == text
    }

    /// What is written down of this text, and the verdict; none if they are another's.
    pub(crate) fn of(self, text: &str) -> Option<(Written, Verdict)> {
        self.is_of(text).then_some((self.written, self.verdict))
    }
}

/// Judging a text of this length takes a millisecond or so.
const LONG: usize = 64 << 10;
