//! What audits and proofs found, run by run, and what changed between two of them.
