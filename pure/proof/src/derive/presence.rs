//! What is not there: a contract that counts on it cannot be proven, and does not pass in silence.

use crate::action::{Action, Fact};
use crate::case::Case;
use crate::claim::{Claim, Expected, Topic};
use crate::derive::book::Book;

/// Adds an open claim for everything that is missing.
pub(super) fn derive(book: &mut Book<'_>) {
    for missing in &book.database.missing {
        let claim = Claim {
            topic: Topic::Presence,
            database: book.name.clone(),
            role: book.promises.desired.bootstrap.clone(),
            becoming: None,
            action: Action::Fact(Fact::Exists),
            object: None,
            columns: Vec::new(),
            expected: Expected::Works,
            circumstance: Some(missing.message.as_str().into()),
            source: missing.source.clone(),
        };
        let obstacle = Some("what is not there cannot be tried".to_owned());
        book.made.cases.push(Case { claim, attempt: None, question: None, control: None, obstacle });
    }
}
