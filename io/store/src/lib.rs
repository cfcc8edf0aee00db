//! pgward's own state: the journal of applies, and the plans that were applied.
//!
//! One folder for each cluster, named by its system identifier: `journal.jsonl`, which is only ever appended to,
//! and `plans/DIGEST.json`, which hold the way back.

pub mod folder;
pub mod journal;
