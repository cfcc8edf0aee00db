//! Random catalogs that PostgreSQL can be in, for tests: a small inventory, and edits of any catalog.
//!
//! The edits go through the model of GRANT and REVOKE, so that whatever comes out could have been made by hand.

mod edit;
mod inventory;
mod retire;
mod roll;

pub use crate::arbitrary::edit::edited;
pub use crate::arbitrary::inventory::inventory;
pub use crate::arbitrary::roll::Dice;
