//! The four tiers: what may be borrowed, from the least to the most.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A predefined borrowable role. Each allows all that the one before it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Looks, and changes nothing: no row, no lock that others wait for, no setting that matters.
    ReadOnly,
    /// Reads, and changes rows.
    ReadLimitedWrite,
    /// Reads, changes rows, and changes tables.
    ReadFullWrite,
    /// Everything that pgward can read in a statement.
    Admin,
}

impl Tier {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::ReadOnly, Self::ReadLimitedWrite, Self::ReadFullWrite, Self::Admin];

    /// The tier's name, as contracts and leases spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::ReadLimitedWrite => "read_limited_write",
            Self::ReadFullWrite => "read_full_write",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no tier has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSuchTier(pub String);

impl fmt::Display for NoSuchTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no tier is called \"{}\"; there are read_only, read_limited_write, read_full_write and admin",
            self.0
        )
    }
}

impl std::error::Error for NoSuchTier {}

impl FromStr for Tier {
    type Err = NoSuchTier;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|tier| tier.name() == text).ok_or_else(|| NoSuchTier(text.to_owned()))
    }
}
