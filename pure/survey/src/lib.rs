//! The survey: everything an audit looks at, as one value.
//!
//! - [`Survey`]: the whole of it
//! - [`anatomy`]: what the objects of a database are made of
//! - [`server`]: settings and authentication rules
//! - [`passwords`]: which passwords anybody would guess
//! - [`session`]: who is connected
//! - [`kept`]: what earlier audits know
//! - [`lent`]: what is lent at the desk, and wrong
//! - [`sight`]: what not every role may look at
//! - [`provider`]: whose server it is

pub mod anatomy;
pub mod kept;
pub mod lent;
pub mod passwords;
pub mod provider;
pub mod server;
pub mod session;
pub mod sight;
mod survey;

pub use crate::survey::Survey;
