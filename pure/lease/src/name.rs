//! Names of what is lent and of those who borrow.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The name itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> $name {
                $name(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> $name {
                $name(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

names! {
    /// A person, by the one name that counts; other names of theirs are resolved to it (see `Directory::resolve`).
    PersonId,
    /// A group of people.
    GroupName,
    /// A database that is lent, by the name borrowers know.
    TargetName,
    /// A tier, by the contract's name.
    TierName,
}

/// Which lease it is. It is part of a role's name: lower-case letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LeaseId(String);

impl LeaseId {
    /// How many random bytes make an id: 80 bits, 16 characters.
    pub const RANDOM_BYTES: usize = 10;

    /// Spells random bytes, which somebody else drew, as an id: five bits a character, without letters that look like digits.
    #[must_use]
    pub fn of_random(bytes: [u8; LeaseId::RANDOM_BYTES]) -> LeaseId {
        let (mut text, mut bits, mut held) = (String::new(), 0_u32, 0_u32);
        for byte in bytes {
            (bits, held) = ((bits << 8) | u32::from(byte), held + 8);
            while held >= 5 {
                held -= 5;
                let digit = (bits >> held) & 31;
                text.extend(ALPHABET.chars().nth(digit as usize));
            }
            bits &= (1 << held) - 1;
        }
        LeaseId(text)
    }

    /// The id that a text is.
    #[must_use]
    pub fn parse(text: &str) -> Option<LeaseId> {
        let fits = text.len() == 16 && text.chars().all(|c| ALPHABET.contains(c));
        fits.then(|| LeaseId(text.to_owned()))
    }

    /// The id itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the lease's role on the server.
    #[must_use]
    pub fn role(&self) -> String {
        format!("{ROLE_PREFIX}{}", self.0)
    }

    /// The lease whose role this is.
    #[must_use]
    pub fn of_role(role: &str) -> Option<LeaseId> {
        LeaseId::parse(role.strip_prefix(ROLE_PREFIX)?)
    }
}

impl TryFrom<String> for LeaseId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<LeaseId, &'static str> {
        LeaseId::parse(&text).ok_or("not the id of a lease")
    }
}

impl From<LeaseId> for String {
    fn from(id: LeaseId) -> String {
        id.0
    }
}

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the names of all roles of leases start with. No other role may be called like this.
pub const ROLE_PREFIX: &str = "pgward_l_";
const ALPHABET: &str = "0123456789abcdefghjkmnpqrstvwxyz";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_are_part_of_role_names() {
        let id = LeaseId::of_random([0, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(id.role(), "pgward_l_000g40r4zzzzzzzz");
        assert_eq!(LeaseId::of_role(&id.role()), Some(id));
        for other in
            ["pgward_l_", "pgward_l_000G40R4ZZZZZZZZ", "pgward_l_000g40r4zzzzzzz'", "000g40r4zzzzzzzz"]
        {
            assert_eq!(LeaseId::of_role(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn different_bytes_make_different_ids(a in any::<[u8; 10]>(), b in any::<[u8; 10]>()) {
            let (x, y) = (LeaseId::of_random(a), LeaseId::of_random(b));
            prop_assert_eq!(LeaseId::parse(x.as_str()), Some(x.clone()));
            prop_assert_eq!(a == b, x == y);
        }
    }
}
