//! The privileges of PostgreSQL and sets of them (documentation, section 5.8, table "ACL Privilege Abbreviations").

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};

use serde::{Deserialize, Serialize};

/// One kind of privilege.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
#[allow(missing_docs, reason = "the variants are PostgreSQL's own words")]
pub enum Privilege {
    Select,
    Insert,
    Update,
    Delete,
    Truncate,
    References,
    Trigger,
    Maintain,
    Execute,
    Usage,
    Create,
    Connect,
    Temporary,
    Set,
    AlterSystem,
}

impl Privilege {
    /// Every privilege, in the order in which SQL text lists them.
    pub const ALL: [Privilege; 15] = [
        Privilege::Select,
        Privilege::Insert,
        Privilege::Update,
        Privilege::Delete,
        Privilege::Truncate,
        Privilege::References,
        Privilege::Trigger,
        Privilege::Maintain,
        Privilege::Execute,
        Privilege::Usage,
        Privilege::Create,
        Privilege::Connect,
        Privilege::Temporary,
        Privilege::Set,
        Privilege::AlterSystem,
    ];

    /// The word that GRANT takes.
    pub fn keyword(self) -> &'static str {
        match self {
            Privilege::Select => "SELECT",
            Privilege::Insert => "INSERT",
            Privilege::Update => "UPDATE",
            Privilege::Delete => "DELETE",
            Privilege::Truncate => "TRUNCATE",
            Privilege::References => "REFERENCES",
            Privilege::Trigger => "TRIGGER",
            Privilege::Maintain => "MAINTAIN",
            Privilege::Execute => "EXECUTE",
            Privilege::Usage => "USAGE",
            Privilege::Create => "CREATE",
            Privilege::Connect => "CONNECT",
            Privilege::Temporary => "TEMPORARY",
            Privilege::Set => "SET",
            Privilege::AlterSystem => "ALTER SYSTEM",
        }
    }

    /// The letter by which `aclitem` text abbreviates it.
    pub fn letter(self) -> char {
        match self {
            Privilege::Select => 'r',
            Privilege::Insert => 'a',
            Privilege::Update => 'w',
            Privilege::Delete => 'd',
            Privilege::Truncate => 'D',
            Privilege::References => 'x',
            Privilege::Trigger => 't',
            Privilege::Maintain => 'm',
            Privilege::Execute => 'X',
            Privilege::Usage => 'U',
            Privilege::Create => 'C',
            Privilege::Connect => 'c',
            Privilege::Temporary => 'T',
            Privilege::Set => 's',
            Privilege::AlterSystem => 'A',
        }
    }

    /// The privilege that this letter stands for in `aclitem` text.
    pub fn from_letter(letter: char) -> Option<Privilege> {
        Privilege::ALL.into_iter().find(|privilege| privilege.letter() == letter)
    }

    /// The privilege of this name, in any case; `alter_system` and `alter system` are the same.
    pub fn from_word(word: &str) -> Option<Privilege> {
        let word = word.trim().replace('_', " ");
        if word.eq_ignore_ascii_case("temp") {
            return Some(Privilege::Temporary);
        }
        Privilege::ALL.into_iter().find(|privilege| privilege.keyword().eq_ignore_ascii_case(&word))
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword())
    }
}

/// A set of privileges.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Privileges(u16);

impl Privileges {
    /// No privilege at all.
    pub const NONE: Privileges = Privileges(0);

    /// The set of these privileges.
    pub const fn of(privileges: &[Privilege]) -> Self {
        let mut bits = 0;
        let mut rest = privileges;
        while let [first, tail @ ..] = rest {
            bits |= 1 << (*first as u16);
            rest = tail;
        }
        Self(bits)
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many privileges are in the set.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether the privilege is in the set.
    pub fn contains(self, privilege: Privilege) -> bool {
        self.0 & (1 << (privilege as u16)) != 0
    }

    /// Whether every privilege of `other` is in this set.
    pub fn covers(self, other: Privileges) -> bool {
        other.0 & !self.0 == 0
    }

    /// The privileges in the set, in SQL order.
    pub fn iter(self) -> impl Iterator<Item = Privilege> {
        Privilege::ALL.into_iter().filter(move |privilege| self.contains(*privilege))
    }
}

impl From<Privilege> for Privileges {
    fn from(privilege: Privilege) -> Self {
        Self(1 << (privilege as u16))
    }
}

impl FromIterator<Privilege> for Privileges {
    fn from_iter<I: IntoIterator<Item = Privilege>>(privileges: I) -> Self {
        privileges.into_iter().fold(Self::NONE, |set, privilege| set | privilege.into())
    }
}

impl BitOr for Privileges {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Privileges {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Privileges {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Sub for Privileges {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// As GRANT lists them: `SELECT, INSERT`.
impl fmt::Display for Privileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, privilege) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            f.write_str(privilege.keyword())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Privileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Privileges {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Privileges {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Privilege>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_words_lead_back_to_their_privilege() {
        for privilege in Privilege::ALL {
            assert_eq!(Privilege::from_letter(privilege.letter()), Some(privilege));
            assert_eq!(Privilege::from_word(privilege.keyword()), Some(privilege));
        }
        assert_eq!(Privilege::from_word("alter_system"), Some(Privilege::AlterSystem));
        assert_eq!(Privilege::from_word("temp"), Some(Privilege::Temporary));
    }
}
