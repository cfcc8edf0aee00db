//! From promises to cases: every claim a contract makes about a database, and how each is tried.

use std::collections::HashMap;
use std::sync::Arc;

use pgward_catalog::effective::Effective;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{ObjectKey, ObjectRef};

use crate::action::Action;
use crate::case::{Attempt, Case, Cases, Control, Expectation, Question, Statement, Step};
use crate::claim::{Claim, Expected, Source, Topic};
use crate::promises::{DatabasePromises, Promises};
use crate::shape::Shapes;

mod privilege;

/// Every case of one database.
pub fn cases(promises: &Promises, database: &DatabasePromises, shapes: &Shapes) -> Cases {
    let Some(name) = database.database.as_ref() else { return Cases::default() };
    let effective = Effective::of(&promises.desired);
    let mut book =
        Book { promises, database, name, shapes, made: Cases::default(), controls: HashMap::new() };
    privilege::derive(&mut book, &effective);
    book.made
}

/// The cases of one database while they are being made.
struct Book<'a> {
    promises: &'a Promises,
    database: &'a DatabasePromises,
    name: &'a DatabaseName,
    shapes: &'a Shapes,
    made: Cases,
    /// Controls by what they do, so that all roles share one.
    controls: HashMap<(Vec<Step>, String), usize>,
}

/// A claim in the making, with all that is usual left out.
struct Draft {
    topic: Topic,
    role: RoleName,
    becoming: Option<RoleName>,
    action: Action,
    object: Option<ObjectRef>,
    expected: Expected,
    circumstance: Option<Arc<str>>,
    source: Option<Arc<Source>>,
}

/// How a claim is tried.
struct Trial {
    statement: Option<Statement>,
    question: Option<Question>,
    prelude: Vec<Step>,
    /// Who may for certain, where the prover is no superuser.
    owner: Option<RoleName>,
}

impl Draft {
    fn new(
        topic: Topic,
        role: &RoleName,
        action: Action,
        object: Option<ObjectRef>,
        expected: Expected,
    ) -> Self {
        Self {
            topic,
            role: role.clone(),
            becoming: None,
            action,
            object,
            expected,
            circumstance: None,
            source: None,
        }
    }

    fn with_source(mut self, source: Option<Arc<Source>>) -> Self {
        self.source = source;
        self
    }
}

impl Trial {
    fn of(statement: Option<Statement>, question: Option<Question>) -> Self {
        Self { statement, question, prelude: Vec::new(), owner: None }
    }

    fn owned_by(mut self, owner: Option<&RoleName>) -> Self {
        self.owner = owner.cloned();
        self
    }
}

impl Book<'_> {
    fn object(&self, key: &ObjectKey) -> ObjectRef {
        if key.class.is_cluster_wide() {
            ObjectRef::of_cluster(key.clone())
        } else {
            ObjectRef::within(self.name, key.clone())
        }
    }

    /// Adds a case that either works or is refused. Without a statement and without a question there is nothing
    /// to show for a claim, and it is not made.
    fn add(&mut self, draft: Draft, columns: Vec<pgward_catalog::name::Name>, trial: Trial) {
        if trial.statement.is_none() && trial.question.is_none() {
            return;
        }
        let expectation = match draft.expected {
            Expected::Works => Expectation::Works,
            Expected::Refused => Expectation::Refused,
        };
        let claim = Claim {
            topic: draft.topic,
            database: self.name.clone(),
            role: draft.role,
            becoming: draft.becoming,
            action: draft.action,
            object: draft.object,
            columns,
            expected: draft.expected,
            circumstance: draft.circumstance,
            source: draft.source,
        };
        let control = match (&trial.statement, draft.expected) {
            (Some(statement), Expected::Refused) => {
                Some(self.control(statement.clone(), trial.prelude.clone(), trial.owner))
            }
            _ => None,
        };
        let attempt = trial.statement.map(|statement| Attempt {
            identity: claim.role.clone(),
            becoming: claim.becoming.clone(),
            prelude: trial.prelude,
            context: Vec::new(),
            statement,
            expectation,
        });
        self.made.cases.push(Case { claim, attempt, question: trial.question, control });
    }

    /// The control that does this, made when it is first asked for.
    fn control(&mut self, statement: Statement, prelude: Vec<Step>, owner: Option<RoleName>) -> usize {
        let key = (prelude, statement.sql.clone());
        if let Some(known) = self.controls.get(&key) {
            return *known;
        }
        let at = self.made.controls.len();
        let prelude = key.0.clone();
        self.made.controls.push(Control { database: self.name.clone(), prelude, statement, owner });
        self.controls.insert(key, at);
        at
    }
}
