//! Somebody who can come in.

use std::collections::BTreeSet;

use jiff::Timestamp;
use pgward_credential::Secret;
use pgward_lease::directory::{Access, Person, PersonKind};
use pgward_lease::name::{GroupName, PersonId};
use serde::{Deserialize, Serialize};

use crate::attempt::{Attempts, May};
use crate::hash::{KeptPassword, pretend};

/// An account, without its password's hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Whose it is.
    pub person: PersonId,
    /// The human who answers for them, if they are no human.
    pub responsible: Option<PersonId>,
    /// Whether it decides by itself: an agent. Only what somebody answers for is one.
    pub autonomous: bool,
    /// Their groups.
    pub groups: BTreeSet<GroupName>,
    /// Who manages them.
    pub manager: Option<PersonId>,
    /// Whether they were shut out.
    pub closed: bool,
    /// Their attempts.
    pub attempts: Attempts,
    /// Who they are for the identity provider, once they have signed on. Their groups are from there then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_on: Option<Subject>,
}

/// Somebody, as an identity provider knows them: names change, and are given to others; this does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The provider.
    pub issuer: String,
    /// Who, there.
    pub subject: String,
}

/// Why somebody was not let in. Strangers are told no more than that they were not; the account's owner reads it in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIn {
    /// There is no such account, or none with a password.
    #[error("there is no such account")]
    Nobody,
    /// It is another password.
    #[error("the password is wrong")]
    Wrong,
    /// Too many attempts failed.
    #[error("too many attempts failed: the next is possible in {0:?}")]
    Locked(std::time::Duration),
    /// They were shut out.
    #[error("the account is closed")]
    Closed,
}

/// Lets somebody in by their password, or not. The account's attempts are to be kept, whatever comes of it.
pub fn log_in(
    account: Option<(&Account, Option<&KeptPassword>)>,
    password: &Secret,
    now: Timestamp,
) -> (Attempts, Result<PersonId, NotIn>) {
    let Some((account, Some(kept))) = account else {
        pretend(password);
        let attempts =
            account.map_or_else(Attempts::default, |(account, _)| account.attempts.after_failure(now));
        return (attempts, Err(NotIn::Nobody));
    };
    // The right password does not open a locked account either: else the lock would tell who guessed it.
    if let May::Wait(wait) = account.attempts.may(now) {
        return (account.attempts, Err(NotIn::Locked(wait)));
    }
    if !kept.verifies(password) {
        return (account.attempts.after_failure(now), Err(NotIn::Wrong));
    }
    if account.closed {
        return (account.attempts, Err(NotIn::Closed));
    }
    (account.attempts.after_success(), Ok(account.person.clone()))
}

impl Account {
    /// One of somebody of whom nothing else is known here: groups and managers are the contract's to say.
    #[must_use]
    pub fn of(person: PersonId) -> Self {
        Self {
            person,
            responsible: None,
            autonomous: false,
            groups: BTreeSet::new(),
            manager: None,
            closed: false,
            attempts: Attempts::default(),
            sign_on: None,
        }
    }

    /// The person as the directory of a policy knows them.
    #[must_use]
    pub fn as_person(&self) -> Person {
        let kind = match (&self.responsible, self.autonomous) {
            (None, _) => PersonKind::Human,
            (Some(responsible), false) => PersonKind::Machine { responsible: responsible.clone() },
            (Some(responsible), true) => PersonKind::Agent { responsible: responsible.clone() },
        };
        Person {
            kind,
            also: BTreeSet::new(),
            groups: self.groups.clone(),
            manager: self.manager.clone(),
            access: if self.closed { Access::Closed } else { Access::Open },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn ada() -> Account {
        Account {
            person: "ada".into(),
            responsible: None,
            autonomous: false,
            groups: BTreeSet::new(),
            manager: None,
            closed: false,
            attempts: Attempts::default(),
            sign_on: None,
        }
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn the_password_opens_the_account_and_guessing_locks_it() {
        let kept = KeptPassword::of(&secret("correct horse"), [7; 16]).unwrap();
        let now = |second| Timestamp::from_second(second).unwrap();
        let mut account = ada();
        let mut outcomes = Vec::new();
        for (password, second) in
            [("wrong horse !", 0); 6].into_iter().chain([("correct horse", 1), ("correct horse", 31)])
        {
            let (attempts, outcome) = log_in(Some((&account, Some(&kept))), &secret(password), now(second));
            account.attempts = attempts;
            outcomes.push(match outcome {
                Ok(person) => format!("{person} is in"),
                Err(refused) => refused.to_string(),
            });
        }
        let wrong = "the password is wrong";
        assert_eq!(
            outcomes,
            [
                wrong,
                wrong,
                wrong,
                wrong,
                wrong,
                "too many attempts failed: the next is possible in 30s",
                "too many attempts failed: the next is possible in 29s",
                "ada is in",
            ]
        );
        assert_eq!(account.attempts, Attempts::default());
        let closed = Account { closed: true, ..ada() };
        assert_eq!(
            log_in(Some((&closed, Some(&kept))), &secret("correct horse"), now(0)).1,
            Err(NotIn::Closed)
        );
        assert_eq!(log_in(Some((&ada(), None)), &secret("correct horse"), now(0)).1, Err(NotIn::Nobody));
        assert_eq!(log_in(None, &secret("correct horse"), now(0)).1, Err(NotIn::Nobody));
    }
}
