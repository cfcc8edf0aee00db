//! What can be borrowed for a while, and who must agree.

use crate::form::collection::Map;
use crate::form::record::record;
use crate::form::word::words;
use crate::name::{DatabaseName, Name};
use crate::pattern::object::ObjectPattern;
use crate::source::span::Spanned;
use crate::time::Length;

record! {
    /// What people and agents can borrow for a while.
    pub struct Access is "access": Default {
        /// The databases it can be borrowed on, by the names borrowers know.
        targets: Map<Name, Spanned<Target>>,
        /// What can be borrowed, on which terms.
        tiers: Map<Tier, Spanned<Terms>>,
    }
}

record! {
    /// A database that access can be borrowed on.
    pub struct Target is "a target" {
        /// The database.
        database: Spanned<DatabaseName>,
        /// Where read-only access is sent instead, such as a replica.
        read_only_via: Option<Spanned<Name>>,
    }
}

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

record! {
    /// The terms on which a tier is lent.
    pub struct Terms is "terms" {
        /// How long it is lent if nobody says otherwise.
        /// Example: `1h`
        ttl: Spanned<Length>,
        /// How long it can be lent at most.
        /// Example: `8h`
        max: Spanned<Length>,
        /// The groups that must agree, in this order; `auto` agrees by itself.
        /// Example: `[manager, ciso]`
        approval: Vec<Spanned<Name>>,
        /// The tables whose rows can be changed, for a tier with limited writes.
        tables: Vec<Spanned<ObjectPattern>>,
    }
}
