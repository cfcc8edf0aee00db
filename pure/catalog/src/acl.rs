//! Access control lists: who granted which privileges on something to whom.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::RoleName;
use crate::privilege::Privileges;

/// Who a privilege is granted to: one role, or everybody.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum Grantee {
    /// PUBLIC: every role, present and future.
    Public,
    /// A single role.
    Role(RoleName),
}

impl Grantee {
    /// The grantee as SQL text.
    pub fn quoted(&self) -> String {
        match self {
            Grantee::Public => "PUBLIC".to_owned(),
            Grantee::Role(role) => role.quoted(),
        }
    }

    /// The role, unless it is PUBLIC.
    pub fn role(&self) -> Option<&RoleName> {
        match self {
            Grantee::Public => None,
            Grantee::Role(role) => Some(role),
        }
    }
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Grantee::Public => f.write_str("PUBLIC"),
            Grantee::Role(role) => role.fmt(f),
        }
    }
}

impl fmt::Debug for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<RoleName> for Grantee {
    fn from(role: RoleName) -> Self {
        Grantee::Role(role)
    }
}

/// `PUBLIC` in capitals cannot be a role's name: CREATE ROLE refuses "public" and folds the bare word to it;
/// a role that is really named "PUBLIC" in capitals is written with its quotes.
impl From<Grantee> for String {
    fn from(grantee: Grantee) -> Self {
        match grantee {
            Grantee::Role(role) if role.as_str() == "PUBLIC" => "\"PUBLIC\"".to_owned(),
            other => other.to_string(),
        }
    }
}

impl From<String> for Grantee {
    fn from(text: String) -> Self {
        match text.as_str() {
            "PUBLIC" => Grantee::Public,
            "\"PUBLIC\"" => Grantee::Role(RoleName::from("PUBLIC")),
            role => Grantee::Role(RoleName::from(role)),
        }
    }
}

/// One line of an ACL: what one grantor gave one grantee.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Who holds the privileges.
    pub grantee: Grantee,
    /// Who gave them.
    pub grantor: RoleName,
    /// The privileges held.
    pub privileges: Privileges,
    /// Those of them held WITH GRANT OPTION; always a subset of `privileges`.
    pub grantable: Privileges,
}

/// An access control list, always explicit and normal: sorted by grantee and grantor, one entry for each pair,
/// no empty entry. NULL in the catalog is read as what `acldefault` says it means.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Acl(Vec<Entry>);

impl Acl {
    /// Nobody holds anything.
    pub const EMPTY: Acl = Acl(Vec::new());

    /// The entries, sorted by grantee, then grantor.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// Whether nobody holds anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a grantee holds by direct grants, from every grantor together.
    pub fn privileges_of(&self, grantee: &Grantee) -> Privileges {
        self.entries_of(grantee).fold(Privileges::NONE, |all, entry| all | entry.privileges)
    }

    /// What a grantee may grant on by direct grants, from every grantor together.
    pub fn grantable_of(&self, grantee: &Grantee) -> Privileges {
        self.entries_of(grantee).fold(Privileges::NONE, |all, entry| all | entry.grantable)
    }

    /// The entries of one grantee.
    pub fn entries_of<'a>(&'a self, grantee: &'a Grantee) -> impl Iterator<Item = &'a Entry> {
        let start = self.0.partition_point(|entry| entry.grantee < *grantee);
        self.0.iter().skip(start).take_while(move |entry| entry.grantee == *grantee)
    }

    /// The entry that one grantor gave one grantee.
    pub fn entry(&self, grantee: &Grantee, grantor: &RoleName) -> Option<&Entry> {
        self.position(grantee, grantor).ok().and_then(|at| self.0.get(at))
    }

    /// Adds privileges to what the grantor gave the grantee.
    pub fn grant(&mut self, entry: Entry) {
        if entry.privileges.is_empty() {
            return;
        }
        match self.position(&entry.grantee, &entry.grantor) {
            Ok(at) => {
                if let Some(known) = self.0.get_mut(at) {
                    known.privileges |= entry.privileges;
                    known.grantable |= entry.grantable;
                }
            }
            Err(at) => self.0.insert(at, entry),
        }
    }

    /// Takes privileges, and their grant options, from what the grantor gave the grantee.
    pub fn revoke(&mut self, grantee: &Grantee, grantor: &RoleName, privileges: Privileges) {
        if let Ok(at) = self.position(grantee, grantor)
            && let Some(known) = self.0.get_mut(at)
        {
            known.privileges = known.privileges - privileges;
            known.grantable = known.grantable - privileges;
            if known.privileges.is_empty() {
                self.0.remove(at);
            }
        }
    }

    /// Takes only the grant options.
    pub fn revoke_grant_option(&mut self, grantee: &Grantee, grantor: &RoleName, privileges: Privileges) {
        if let Ok(at) = self.position(grantee, grantor)
            && let Some(known) = self.0.get_mut(at)
        {
            known.grantable = known.grantable - privileges;
        }
    }

    /// Keeps the entries that `keep` says yes to.
    pub fn retain(&mut self, keep: impl FnMut(&Entry) -> bool) {
        self.0.retain(keep);
    }

    /// What ALTER ... OWNER does to an ACL (`aclnewowner`): the new owner takes the old one's place as grantee
    /// and as grantor, and entries that become alike are merged.
    pub fn with_owner_changed(&self, old: &RoleName, new: &RoleName) -> Acl {
        let swap = |role: &RoleName| if role == old { new.clone() } else { role.clone() };
        self.0
            .iter()
            .map(|entry| Entry {
                grantee: match &entry.grantee {
                    Grantee::Public => Grantee::Public,
                    Grantee::Role(role) => Grantee::Role(swap(role)),
                },
                grantor: swap(&entry.grantor),
                ..entry.clone()
            })
            .collect()
    }

    fn position(&self, grantee: &Grantee, grantor: &RoleName) -> Result<usize, usize> {
        self.0.binary_search_by(|entry| (&entry.grantee, &entry.grantor).cmp(&(grantee, grantor)))
    }
}

impl FromIterator<Entry> for Acl {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut entries: Vec<Entry> =
            entries.into_iter().filter(|entry| !entry.privileges.is_empty()).collect();
        entries.sort_unstable_by(|a, b| (&a.grantee, &a.grantor).cmp(&(&b.grantee, &b.grantor)));
        entries.dedup_by(|next, kept| {
            let same = next.grantee == kept.grantee && next.grantor == kept.grantor;
            if same {
                kept.privileges |= next.privileges;
                kept.grantable |= next.grantable;
            }
            same
        });
        Acl(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privilege::Privilege;

    fn entry(grantee: &str, grantor: &str, privileges: &[Privilege]) -> Entry {
        Entry {
            grantee: Grantee::from(grantee.to_owned()),
            grantor: RoleName::from(grantor),
            privileges: Privileges::of(privileges),
            grantable: Privileges::NONE,
        }
    }

    #[test]
    fn entries_of_the_same_pair_are_one_entry() {
        let acl: Acl = [entry("app", "o", &[Privilege::Select]), entry("app", "o", &[Privilege::Insert])]
            .into_iter()
            .collect();
        assert_eq!(acl.entries().len(), 1);
        assert_eq!(acl.privileges_of(&Grantee::from(RoleName::from("app"))).to_string(), "SELECT, INSERT");
    }

    #[test]
    fn a_revoked_entry_disappears_when_nothing_is_left() {
        let mut acl: Acl = [entry("PUBLIC", "o", &[Privilege::Select])].into_iter().collect();
        acl.revoke(&Grantee::Public, &RoleName::from("o"), Privilege::Select.into());
        assert!(acl.is_empty());
    }

    #[test]
    fn a_new_owner_takes_over_as_grantee_and_grantor_and_merges() {
        let acl: Acl = [
            entry("o", "o", &[Privilege::Select, Privilege::Insert]),
            entry("n", "o", &[Privilege::Delete]),
            entry("app", "o", &[Privilege::Select]),
        ]
        .into_iter()
        .collect();
        let acl = acl.with_owner_changed(&RoleName::from("o"), &RoleName::from("n"));
        let n = Grantee::from(RoleName::from("n"));
        assert_eq!(acl.privileges_of(&n).to_string(), "SELECT, INSERT, DELETE");
        assert!(acl.entries().iter().all(|entry| entry.grantor.as_str() == "n"));
    }
}
