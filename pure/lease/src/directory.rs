//! Who is who: people, their other names, their groups and managers, and who decides for whom.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::name::{GroupName, PersonId};

/// Everybody the desk knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    people: BTreeMap<PersonId, Person>,
    names: BTreeMap<String, PersonId>,
    delegations: Vec<Delegation>,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What they are.
    pub kind: PersonKind,
    /// Other names of theirs.
    pub also: BTreeSet<String>,
    /// Their groups.
    pub groups: BTreeSet<GroupName>,
    /// Who manages them.
    pub manager: Option<PersonId>,
    /// Whether they may do anything now.
    pub access: Access,
}

/// What somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonKind {
    /// A human. Only humans agree.
    Human,
    /// A program, and the human who answers for it.
    Machine {
        /// The human.
        responsible: PersonId,
    },
    /// A program that decides by itself, and the human who answers for it.
    Agent {
        /// The human.
        responsible: PersonId,
    },
}

/// Whether somebody may do anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// They may.
    Open,
    /// They were shut out.
    Closed,
}

/// For a while, somebody decides for somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Who is away.
    pub from: PersonId,
    /// Who decides instead.
    pub to: PersonId,
    /// From when on.
    pub since: Timestamp,
    /// Until when, that instant excluded.
    pub until: Timestamp,
}

/// Why people do not make a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirectoryFlaw {
    /// A name is two people's.
    NameOfTwo {
        /// The name.
        name: String,
        /// One of them.
        first: PersonId,
        /// The other.
        second: PersonId,
    },
    /// Nobody human answers for a program.
    NobodyAnswers {
        /// The program.
        person: PersonId,
    },
}

impl std::fmt::Display for DirectoryFlaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DirectoryFlaw::NameOfTwo { name, first, second } => {
                write!(f, "`{name}` is a name of both {first} and {second}")
            }
            DirectoryFlaw::NobodyAnswers { person } => write!(f, "no human answers for {person}"),
        }
    }
}

impl std::error::Error for DirectoryFlaw {}

impl Directory {
    /// These people, with these delegations.
    ///
    /// # Errors
    /// A name is two people's, or nobody human answers for a program: who somebody is would not be certain.
    pub fn new(
        people: BTreeMap<PersonId, Person>,
        delegations: Vec<Delegation>,
    ) -> Result<Directory, DirectoryFlaw> {
        let mut names: BTreeMap<String, PersonId> =
            people.keys().map(|id| (id.as_str().to_owned(), id.clone())).collect();
        for (id, person) in &people {
            for name in &person.also {
                match names.insert(name.clone(), id.clone()) {
                    Some(first) if first != *id => {
                        return Err(DirectoryFlaw::NameOfTwo {
                            name: name.clone(),
                            first,
                            second: id.clone(),
                        });
                    }
                    _ => {}
                }
            }
            let answered = match &person.kind {
                PersonKind::Human => true,
                PersonKind::Machine { responsible } | PersonKind::Agent { responsible } => {
                    people.get(responsible).is_some_and(|human| human.kind == PersonKind::Human)
                }
            };
            if !answered {
                return Err(DirectoryFlaw::NobodyAnswers { person: id.clone() });
            }
        }
        Ok(Directory { people, names, delegations })
    }

    /// The person with this name, whichever of their names it is.
    #[must_use]
    pub fn resolve(&self, name: &str) -> Option<&PersonId> {
        self.names.get(name)
    }

    /// What is known about a person.
    #[must_use]
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.people.get(id)
    }

    /// Everybody.
    pub fn people(&self) -> impl Iterator<Item = (&PersonId, &Person)> {
        self.people.iter()
    }

    /// Whether somebody is known and not shut out. A program is shut out with the human who answers for it.
    #[must_use]
    pub fn is_open(&self, id: &PersonId) -> bool {
        let open = |id| self.people.get(id).is_some_and(|person| person.access == Access::Open);
        open(id) && open(self.behind(id))
    }

    /// Whether somebody is a human who is not shut out.
    #[must_use]
    pub fn is_open_human(&self, id: &PersonId) -> bool {
        self.is_open(id) && self.people.get(id).is_some_and(|person| person.kind == PersonKind::Human)
    }

    /// Who stands behind somebody: the human who answers for a program, else themselves.
    #[must_use]
    pub fn behind<'a>(&'a self, id: &'a PersonId) -> &'a PersonId {
        match self.people.get(id).map(|person| &person.kind) {
            Some(PersonKind::Machine { responsible } | PersonKind::Agent { responsible }) => responsible,
            _ => id,
        }
    }

    /// Who manages somebody; of a program, who manages the human who answers for it.
    #[must_use]
    pub fn manager_of(&self, id: &PersonId) -> Option<&PersonId> {
        self.people.get(self.behind(id))?.manager.as_ref()
    }

    /// Whether somebody is in a group.
    #[must_use]
    pub fn is_in(&self, id: &PersonId, group: &GroupName) -> bool {
        self.people.get(id).is_some_and(|person| person.groups.contains(group))
    }

    /// For whom somebody decides at an instant. Nobody hands on what was handed to them.
    pub fn decides_for<'a>(
        &'a self,
        id: &'a PersonId,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a PersonId> + 'a {
        self.in_force(now).filter(move |delegation| delegation.to == *id).map(|delegation| &delegation.from)
    }

    /// Who decides for somebody at an instant.
    pub fn delegates_of<'a>(
        &'a self,
        id: &'a PersonId,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a PersonId> + 'a {
        self.in_force(now).filter(move |delegation| delegation.from == *id).map(|delegation| &delegation.to)
    }

    fn in_force(&self, now: Timestamp) -> impl Iterator<Item = &Delegation> {
        self.delegations.iter().filter(move |delegation| delegation.since <= now && now < delegation.until)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn human(also: &[&str]) -> Person {
        Person {
            kind: PersonKind::Human,
            also: also.iter().map(|name| (*name).to_owned()).collect(),
            groups: BTreeSet::new(),
            manager: None,
            access: Access::Open,
        }
    }

    #[test]
    fn a_name_of_two_people_is_refused() {
        let people = [("ada".into(), human(&["a@x"])), ("bob".into(), human(&["ada"]))];
        let flaw = Directory::new(people.into(), Vec::new()).unwrap_err();
        assert_eq!(flaw.to_string(), "`ada` is a name of both ada and bob");
        // A name of one's own said again is no second person.
        let people = [("ada".into(), human(&["ada", "a@x"]))];
        let directory = Directory::new(people.into(), Vec::new()).unwrap();
        assert_eq!(directory.resolve("a@x"), Some(&"ada".into()));
        assert_eq!(directory.resolve("A@x"), None);
    }

    #[test]
    fn a_program_is_answered_for_by_a_human_and_shut_out_with_them() {
        let program = |responsible: &str| Person {
            kind: PersonKind::Agent { responsible: responsible.into() },
            ..human(&[])
        };
        let flaw =
            Directory::new([("bot".into(), program("bot"))].into(), Vec::new()).unwrap_err().to_string();
        assert_eq!(flaw, "no human answers for bot");
        let shut = Person { access: Access::Closed, manager: Some("eve".into()), ..human(&[]) };
        let people = [("bot".into(), program("ada")), ("ada".into(), shut)];
        let directory = Directory::new(people.into(), Vec::new()).unwrap();
        assert!(!directory.is_open(&"bot".into()));
        assert_eq!(directory.manager_of(&"bot".into()), Some(&"eve".into()));
    }

    #[test]
    fn delegations_have_a_beginning_and_an_end() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let delegation = Delegation { from: "ada".into(), to: "bob".into(), since: at(10), until: at(20) };
        let directory = Directory::new(BTreeMap::new(), vec![delegation]).unwrap();
        let bob = PersonId::from("bob");
        let counts = [9, 10, 19, 20].map(|second| directory.decides_for(&bob, at(second)).count());
        assert_eq!(counts, [0, 1, 1, 0]);
    }
}
