//! Changes made by hand: what somebody does to a server behind the contract's back.

pub(crate) mod grants;
pub(crate) mod inside;
pub(crate) mod outside;
pub(crate) mod owners;
pub(crate) mod roles;
pub(crate) mod strangers;

/// A grant of what, on what, to whom, that every version has: it is taken back by revoking the same.
macro_rules! granted {
    ($what:literal, $on:literal, $to:literal, $named:expr) => {
        crate::by_hand::change(
            concat!("GRANT ", $what, " ON ", $on, " TO ", $to),
            concat!("REVOKE ", $what, " ON ", $on, " FROM ", $to),
            $named,
        )
    };
}
pub(crate) use granted;

/// One change, how it is undone, and what a plan has to say about it.
pub(crate) struct ByHand {
    /// The first major version that has it.
    pub(crate) since: u32,
    /// The change, in the database shop unless it connects elsewhere.
    pub(crate) sql: &'static str,
    /// Takes it back.
    pub(crate) undo: &'static str,
    /// Words that one line of the plan must have.
    pub(crate) named: &'static [&'static str],
}

impl ByHand {
    /// Whether a line of a plan speaks of it.
    pub(crate) fn is_named_in(&self, line: &str) -> bool {
        self.named.iter().all(|word| line.contains(word))
    }
}

/// A change that every version has.
pub(crate) const fn change(sql: &'static str, undo: &'static str, named: &'static [&'static str]) -> ByHand {
    ByHand { since: 14, sql, undo, named }
}

/// A change that versions from this one on have.
pub(crate) const fn since(
    since: u32,
    sql: &'static str,
    undo: &'static str,
    named: &'static [&'static str],
) -> ByHand {
    ByHand { since, sql, undo, named }
}
