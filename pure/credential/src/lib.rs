//! Secrets that cannot be printed, and the SCRAM verifiers made from them.
