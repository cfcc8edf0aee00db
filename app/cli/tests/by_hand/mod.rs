//! Changes made by hand: what somebody does to a server behind the contract's back.

pub mod grants;
pub mod inside;
pub mod outside;
pub mod owners;
pub mod roles;

/// One change, how it is undone, and what a plan has to say about it.
pub struct ByHand {
    /// The first major version that has it.
    pub since: u32,
    /// The change, in the database shop unless it connects elsewhere.
    pub sql: &'static str,
    /// Takes it back.
    pub undo: &'static str,
    /// Words that one line of the plan must have.
    pub named: &'static [&'static str],
}

/// A change that every version has.
pub const fn change(sql: &'static str, undo: &'static str, named: &'static [&'static str]) -> ByHand {
    ByHand { since: 14, sql, undo, named }
}

/// A change that versions from this one on have.
pub const fn since(
    since: u32,
    sql: &'static str,
    undo: &'static str,
    named: &'static [&'static str],
) -> ByHand {
    ByHand { since, sql, undo, named }
}
