//! Expressions of policies, as the server prints them: whether one is true of every row, and which settings it believes.
//!
//! What is called always true was derived from the expression's tree, every comparison tried each way it can turn out. What the
//! tree does not show (what functions of users do, what other tables hold) may turn out either way.

pub mod proof;
pub mod settings;
pub mod tree;

pub use crate::expression::proof::is_always_true;
pub use crate::expression::settings::{Believed, custom_settings, settings_believed};
