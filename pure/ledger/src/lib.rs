//! The evidence ledger: records in a hash chain and a Merkle tree, checkpoints signed over it, and the verification
//! that says what is wrong with one. `docs/ledger-format.md` is the public description of the same.
//!
//! - [`canonical`]: the one way to write a JSON value down
//! - [`hash`]: digests, and what is told apart by their prefixes
//! - [`tree`]: the Merkle tree, as far as the next leaf needs it
//! - [`consistency`]: short proofs that one tree is the beginning of another
//! - [`key`]: who signs
//! - [`note`]: a signed text
//! - [`checkpoint`]: what is signed
//! - [`mark`]: how far a writer has come that signs later
//! - [`record`]: what somebody decided or did
//! - [`entry`]: one line of a ledger
//! - [`chain`]: where the next entry goes
//! - [`flaw`]: what can be wrong
//! - [`verify`]: finding out

pub mod canonical;
pub mod chain;
pub mod checkpoint;
pub mod consistency;
pub mod entry;
pub mod flaw;
pub mod hash;
pub mod key;
pub mod mark;
pub mod note;
pub mod record;
pub mod tree;
pub mod verify;

#[cfg(test)]
mod fixture;
