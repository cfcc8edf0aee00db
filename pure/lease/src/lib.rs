//! What is lent, to whom, for how long, and who agreed.
//!
//! - [`name`]: who and what, by name
//! - [`directory`]: who is who, and who decides for whom
//! - [`policy`], [`from_contract`]: on which terms what is lent, and how a contract says it
//! - [`request`]: what somebody asks for
//! - [`approver`], [`approval`]: who must agree, and who may not
//! - [`lease`]: where a lease is, from the request to its end
//! - [`ask`], [`step`]: how it begins and how it changes: the state machine
//! - [`event`], [`effect`], [`refusal`]: what happens, what is to be done, and why the answer is no
//! - [`hold`]: the rules that hold statements
//! - [`clock`]: instants that come in

pub mod approval;
pub mod approver;
pub mod ask;
pub mod clock;
pub mod directory;
pub mod effect;
pub mod event;
#[cfg(test)]
mod fixture;
pub mod from_contract;
mod give;
pub mod hold;
pub mod lease;
pub mod name;
pub mod policy;
pub mod refusal;
pub mod request;
pub mod step;
