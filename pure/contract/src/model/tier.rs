//! The tiers.

use crate::form::word::words;

words! {
    /// A predefined borrowable role.
    pub enum Tier is "a tier" {
        /// To read.
        ReadOnly = "read_only",
        /// To read, and to change the rows of chosen tables.
        ReadLimitedWrite = "read_limited_write",
        /// To read and change the rows of all tables, and to create, alter and drop tables.
        ReadFullWrite = "read_full_write",
        /// To do all of that, and to manage roles and grants.
        Admin = "admin",
    }
}
