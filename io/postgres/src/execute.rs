//! Running the statements of a plan, inside transactions that somebody else commits or rolls back.

pub mod advisory;
pub mod refusal;
pub mod transaction;
