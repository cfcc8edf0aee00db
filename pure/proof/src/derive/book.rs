//! The cases of one database while they are being made, and drafts of claims.

use std::collections::HashMap;
use std::sync::Arc;

use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::setting::SettingScope;

use crate::action::Action;
use crate::case::{Attempt, Case, Cases, Control, Expectation, Manner, Question, Statement, Step};
use crate::claim::{Claim, Expected, Source, Topic};
use crate::promises::{DatabasePromises, Promises};
use crate::shape::{LoginCode, Shapes};

/// The cases of one database while they are being made.
pub(super) struct Book<'a> {
    pub(super) promises: &'a Promises,
    pub(super) database: &'a DatabasePromises,
    pub(super) name: &'a DatabaseName,
    pub(super) shapes: Arc<Shapes>,
    /// Whether the database has event triggers; asked for every case.
    pub(super) has_event_triggers: bool,
    pub(super) made: Cases,
    /// Controls by what they do, so that all roles share one.
    pub(super) controls: HashMap<(Vec<Step>, String), usize>,
    /// How many controls were made before those in `made`.
    pub(super) controls_made: usize,
}

/// A claim in the making, with all that is usual left out.
pub(super) struct Draft {
    pub(super) topic: Topic,
    pub(super) role: RoleName,
    pub(super) becoming: Option<RoleName>,
    pub(super) action: Action,
    pub(super) object: Option<ObjectRef>,
    pub(super) expected: Expected,
    pub(super) circumstance: Option<Arc<str>>,
    pub(super) source: Option<Arc<Source>>,
}

/// How a claim is tried.
pub(super) struct Trial {
    pub(super) statement: Option<Statement>,
    pub(super) question: Option<Question>,
    pub(super) prelude: Vec<Step>,
    /// Who may for certain, where the prover is no superuser.
    pub(super) owner: Option<RoleName>,
}

impl Draft {
    pub(super) fn new(
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

    pub(super) fn with_source(mut self, source: Option<Arc<Source>>) -> Self {
        self.source = source;
        self
    }
}

impl Trial {
    pub(super) fn of(statement: Option<Statement>, question: Option<Question>) -> Self {
        Self { statement, question, prelude: Vec::new(), owner: None }
    }

    pub(super) fn owned_by(mut self, owner: Option<&RoleName>) -> Self {
        self.owner = owner.cloned();
        self
    }
}

impl Book<'_> {
    /// The `search_path` a session of the role starts with here, so that functions in policies find what they look for. `pg_catalog`
    /// comes first, as it does where a path does not name it: an operator in what is tried is PostgreSQL's, whoever has made another.
    pub(super) fn search_path(&self, role: &RoleName) -> (String, String) {
        let scope = |role: Option<&RoleName>, database: Option<&DatabaseName>| SettingScope {
            role: role.cloned(),
            database: database.cloned(),
        };
        let scopes = [
            scope(Some(role), Some(self.name)),
            scope(Some(role), None),
            scope(None, Some(self.name)),
            scope(None, None),
        ];
        let set =
            scopes.iter().find_map(|scope| self.promises.desired.settings.get(scope)?.get("search_path"));
        let path = match set.map(String::as_str) {
            None => "pg_catalog, \"$user\", public".to_owned(),
            Some("" | "\"\"") => "pg_catalog".to_owned(),
            Some(path) => format!("pg_catalog, {path}"),
        };
        ("search_path".to_owned(), path)
    }

    /// Event triggers are not part of what is tried, and what they do may reach beyond the transaction.
    fn without_event_triggers(&self, trial: &mut Trial) {
        let is_ddl = trial.statement.as_ref().is_some_and(|statement| statement.manner == Manner::Stopped);
        if self.has_event_triggers && (is_ddl || !trial.prelude.is_empty()) {
            trial.prelude.insert(0, Step::WithoutTriggers);
        }
    }

    /// What was made, so that the next part can be.
    pub(super) fn take(&mut self) -> Cases {
        let mut made = std::mem::take(&mut self.made);
        made.controls_before = self.controls_made;
        made.making_runs_code = !self.shapes.event_code.is_empty();
        self.controls_made += made.controls.len();
        // Rows made up for one role and one table are of no use to any other, and long.
        self.controls
            .retain(|(prelude, _), _| prelude.iter().all(|step| matches!(step, Step::WithoutTriggers)));
        made
    }

    pub(super) fn object(&self, key: &ObjectKey) -> ObjectRef {
        if key.class.is_cluster_wide() {
            ObjectRef::of_cluster(key.clone())
        } else {
            ObjectRef::within(self.name, key.clone())
        }
    }

    /// Adds a case that either works or is refused. Without a statement and without a question there is nothing
    /// to show for a claim, and it is not made.
    pub(super) fn add(&mut self, draft: Draft, columns: Vec<Name>, mut trial: Trial) {
        if trial.statement.is_none() && trial.question.is_none() {
            return;
        }
        self.without_event_triggers(&mut trial);
        let code = self.code_behind(&draft, &trial);
        let mut obstacle = None;
        if let Some(code) = self.shapes.event_code.first().filter(|_| makes_something(&trial)) {
            obstacle =
                Some(format!("what it is tried on would have to be made, and making it would run {code}"));
            trial.statement = None;
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
                Some(self.control(statement.clone(), trial.prelude.clone(), trial.owner, code.clone()))
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
            code,
        });
        self.made.cases.push(Case { claim, attempt, question: trial.question, control, obstacle });
    }

    /// Whose code the statement would run: planning it does, whoever may use the object.
    fn code_behind(&self, draft: &Draft, trial: &Trial) -> Arc<[LoginCode]> {
        let key = draft.object.as_ref().map(|object| &object.key);
        match (&draft.action, key, &trial.statement) {
            (Action::Use(privilege), Some(key), _) if PLANNED.contains(privilege) => {
                match self.shapes.relation(key) {
                    Some(shape) => shape.code_of_logins.clone(),
                    None => Arc::default(),
                }
            }
            (Action::Use(Privilege::Execute), Some(key), _) => match self.shapes.routine(key) {
                Some(shape) => shape.code_of_logins.clone(),
                None => Arc::default(),
            },
            (_, _, Some(statement)) if statement.manner == Manner::Stopped => self.shapes.event_code.clone(),
            _ => Arc::default(),
        }
    }

    /// The control that does this, made when it is first asked for.
    pub(super) fn control(
        &mut self,
        statement: Statement,
        prelude: Vec<Step>,
        owner: Option<RoleName>,
        code: Arc<[LoginCode]>,
    ) -> usize {
        let database = self.name.clone();
        self.numbered(Control {
            database,
            prelude,
            context: Vec::new(),
            statement,
            claimant: None,
            owner,
            code,
        })
    }

    /// The control that a role does itself, since it evaluates conditions.
    pub(super) fn control_of(
        &mut self,
        role: &RoleName,
        statement: Statement,
        prelude: Vec<Step>,
        context: Vec<(String, String)>,
    ) -> usize {
        let (database, claimant) = (self.name.clone(), Some(role.clone()));
        self.numbered(Control {
            database,
            prelude,
            context,
            statement,
            claimant,
            owner: None,
            code: Arc::default(),
        })
    }

    fn numbered(&mut self, control: Control) -> usize {
        let key = (control.prelude.clone(), control.statement.sql.clone());
        if let Some(known) = self.controls.get(&key) {
            return *known;
        }
        let at = self.controls_made + self.made.controls.len();
        self.made.controls.push(control);
        self.controls.insert(key, at);
        at
    }
}

/// Whether something is made before the statement can be tried.
fn makes_something(trial: &Trial) -> bool {
    trial.prelude.iter().any(|step| matches!(step, Step::As(..)))
}

/// What takes a plan, and so runs what the planner evaluates beforehand.
const PLANNED: [Privilege; 4] = [Privilege::Select, Privilege::Insert, Privilege::Update, Privilege::Delete];
