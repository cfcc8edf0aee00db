//! One case or control, as the messages it takes.

use std::time::Instant;

use pgward_catalog::name::{RoleName, quote_literal};
use pgward_proof::case::{Attempt, Control, Expectation, Manner, Step};
use pgward_proof::outcome::{Begun, INSUFFICIENT_PRIVILEGE, Observation, Outcome, Via};
use pgward_proof::shape::LoginCode;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use crate::prove::beginnings::Beginnings;
use crate::prove::confinement::{Confinement, Told};
use crate::prove::failure::ProveError;
use crate::prove::identity::Prover;
use crate::prove::options::Options;
use crate::prove::pipeline::{self, Answer};
use crate::prove::rights::Rights;

/// What is tried, whether for a case or as its control.
#[derive(Clone)]
pub(crate) struct Trial<'a> {
    /// Who tries; none: the prover.
    identity: Option<&'a RoleName>,
    becoming: Option<&'a RoleName>,
    prelude: &'a [Step],
    context: &'a [(String, String)],
    /// Whether it has to work, in a session as the role's own begin.
    has_to_work: bool,
    told: Told,
    manner: Manner,
    /// Whose code it would run.
    code: &'a [LoginCode],
    /// How the session begins in which it is tried.
    begun: Begun,
    pub(crate) sql: &'a str,
}

impl<'a> Trial<'a> {
    /// Whether it leaves a trace in the session, by settings that the role's sessions begin with.
    pub(crate) fn leaves_a_trace(&self, beginnings: &Beginnings) -> bool {
        self.identity.is_some_and(|role| beginnings.leave_a_trace(role))
    }

    /// The attempt of a case.
    pub(crate) fn of_attempt(attempt: &'a Attempt) -> Self {
        Self {
            identity: Some(&attempt.identity),
            becoming: attempt.becoming.as_ref(),
            prelude: &attempt.prelude,
            context: &attempt.context,
            has_to_work: matches!(
                attempt.expectation,
                Expectation::Works
                    | Expectation::Returns(_)
                    | Expectation::Writes(_)
                    | Expectation::WritesSome
            ),
            told: match attempt.expectation {
                Expectation::Returns(_) | Expectation::Agrees { .. } | Expectation::SeesNothing => {
                    Told::FirstRow
                }
                _ => Told::Rows,
            },
            manner: attempt.statement.manner,
            code: &attempt.code,
            begun: Begun::default(),
            sql: &attempt.statement.sql,
        }
    }

    /// The same in a session as the role's own begin, if that is another than the role's own identity makes.
    pub(crate) fn begun(self, beginnings: &'a Beginnings) -> Option<Self> {
        let begun = beginnings.begun(self.identity?)?;
        let is_of_session = self.manner == Manner::OfSession;
        (self.becoming.is_none() && !is_of_session).then(|| Self {
            becoming: begun.as_role.as_ref(),
            begun: begun.clone(),
            ..self
        })
    }

    /// Whether it has to work.
    pub(crate) fn has_to_work(&self) -> bool {
        self.has_to_work
    }

    /// A control. A superuser may everything, and does it itself where that runs nobody else's code; who is none tries as the
    /// owner.
    pub(crate) fn of_control(control: &'a Control, prover: &Prover) -> Self {
        let of_rows = control.prelude.iter().any(|step| matches!(step, Step::Owner(..)));
        let itself =
            prover.superuser && control.code.is_empty() || of_rows && prover.is_free_of_row_security();
        let owner = if itself { None } else { control.owner.as_ref() };
        Self {
            identity: control.claimant.as_ref().or(owner),
            becoming: None,
            prelude: &control.prelude,
            context: &control.context,
            has_to_work: false,
            told: Told::Rows,
            manner: control.statement.manner,
            code: &control.code,
            begun: Begun::default(),
            sql: &control.statement.sql,
        }
    }

    /// Who tries, before it becomes another; none: the prover.
    pub(crate) fn itself(&self) -> Option<&'a RoleName> {
        self.identity
    }

    /// Whose rights the statement has; none: the prover's.
    pub(crate) fn runner(&self) -> Option<&'a RoleName> {
        self.becoming.or(self.identity)
    }

    /// Whose code it would run.
    pub(crate) fn code(&self) -> &'a [LoginCode] {
        self.code
    }

    /// Why it must not be tried: it would run somebody's code with rights that its owner does not have.
    pub(crate) fn objection(
        &self,
        prover: &Prover,
        confinement: &Confinement,
        rights: &Rights,
    ) -> Option<String> {
        let runner = self.runner().unwrap_or(&prover.name);
        let confined = confinement.holds(runner) && self.runner().is_some();
        let has =
            |owner: &RoleName| rights.has(owner, runner) && (confined || rights.has(owner, &prover.name));
        let code = self.code.iter().find(|code| !has(&code.owner))?;
        Some(format!(
            "trying it as role {} would run {code}, with rights that this one does not have; so it is not tried: \
             let a role own it that cannot log in and that no login may become",
            runner.quoted()
        ))
    }

    /// The message that tries it, where no code it runs gets back to the prover if that can be had.
    fn message(&self, confinement: &Confinement) -> String {
        self.confined(confinement).unwrap_or_else(|| self.sql.to_owned())
    }

    fn confined(&self, confinement: &Confinement) -> Option<String> {
        if self.manner == Manner::OfSession {
            return None;
        }
        confinement.call(self.runner()?, self.sql, self.told)
    }

    /// What it takes to do what comes before, for a prover that is no superuser.
    fn lacking(&self, prover: &Prover) -> String {
        let free = prover.is_free_of_row_security();
        let mut become_roles: Vec<&RoleName> = self.identity.into_iter().collect();
        let mut owners: Vec<&RoleName> = Vec::new();
        for step in self.prelude {
            match step {
                Step::As(role, _) => become_roles.push(role),
                Step::Owner(owner, _) if free => owners.push(owner),
                Step::Owner(owner, _) => become_roles.push(owner),
                Step::WithoutTriggers => {}
            }
        }
        let named = |roles: Vec<&RoleName>| {
            let mut names: Vec<String> = Vec::new();
            for name in roles.into_iter().map(RoleName::quoted) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names.join(", ")
        };
        let mut words = format!(
            "; the proof is run by role {}, which is no superuser: it has to be allowed to SET ROLE {}",
            prover.name.quoted(),
            named(become_roles)
        );
        if !owners.is_empty() {
            words.push_str(&format!(", and to have the privileges of {}", named(owners)));
        }
        words
    }

    /// What comes before the statement, as one message.
    fn setup(&self, prover: &Prover, beginnings: &Beginnings) -> String {
        let mut setup = Vec::new();
        for step in self.prelude {
            match step {
                Step::Owner(_, sql) if prover.is_free_of_row_security() => {
                    setup.extend([prover.become_itself().to_owned(), sql.clone()]);
                }
                Step::Owner(owner, sql) => setup.extend([prover.become_role(owner), sql.clone()]),
                Step::As(role, sql) => setup.extend([prover.become_role(role), sql.clone()]),
                Step::WithoutTriggers if prover.superuser => setup.extend([
                    prover.become_itself().to_owned(),
                    "SET LOCAL session_replication_role = replica".to_owned(),
                ]),
                Step::WithoutTriggers => {}
            }
        }
        match self.identity {
            Some(role) => {
                let settings = beginnings.statements(role, self.has_to_work);
                if !settings.is_empty() && !self.prelude.is_empty() {
                    setup.push(prover.become_itself().to_owned());
                }
                setup.extend(settings);
                setup.push(prover.become_role(role));
            }
            None if !self.prelude.is_empty() => setup.push(prover.become_itself().to_owned()),
            None => {}
        }
        if let Some(role) = self.becoming {
            setup.push(format!("SET LOCAL ROLE {}", role.quoted()));
        }
        for (name, value) in self.context {
            let (name, value) = (quote_literal(name), quote_literal(value));
            setup.push(format!("SELECT pg_catalog.set_config({name}, {value}, true)"));
        }
        if self.manner == Manner::ReadOnly || self.begun.read_only {
            setup.push("SET LOCAL transaction_read_only = on".to_owned());
        }
        setup.join("; ")
    }
}

/// Tries all, in order, each in a subtransaction that is rolled back.
pub(crate) async fn run(
    client: &Client,
    prover: &Prover,
    beginnings: &Beginnings,
    trials: Vec<(usize, Trial<'_>)>,
    confinement: &Confinement,
    options: &Options,
) -> Result<Vec<(usize, Observation)>, ProveError> {
    let mut seen = Vec::with_capacity(trials.len());
    savepoint(client).await?;
    for batch in trials.chunks(options.ahead.max(1)) {
        let mut messages: Vec<String> = Vec::with_capacity(batch.len() * 3);
        for (_, trial) in batch {
            messages.push(trial.setup(prover, beginnings));
            messages.push(trial.message(confinement));
            messages.push(format!("ROLLBACK TO SAVEPOINT {SAVEPOINT}"));
        }
        let mut answers: Vec<(Answer, Instant)> = Vec::with_capacity(messages.len());
        let began = Instant::now();
        pipeline::send(client, messages.iter().map(String::as_str), |_, answer| {
            answers.push((answer, Instant::now()));
        })
        .await;
        let mut answers = answers.into_iter();
        let mut before = began;
        for (at, trial) in batch {
            let (Some(setup), Some(tried), Some(back)) = (answers.next(), answers.next(), answers.next())
            else {
                break;
            };
            back.0.map_err(|source| ProveError::Interrupted { statement: trial.sql.to_owned(), source })?;
            let micros = tried.1.duration_since(before).as_micros();
            before = back.1;
            let tried = match trial.confined(confinement) {
                Some(_) => told(tried.0, trial),
                None => outcome(tried.0, trial.sql),
            };
            seen.push((*at, observation(trial, prover, setup.0, tried?, micros)?));
        }
    }
    Ok(seen)
}

async fn savepoint(client: &Client) -> Result<(), ProveError> {
    let statement = format!("SAVEPOINT {SAVEPOINT}");
    client.batch_execute(&statement).await.map_err(|source| ProveError::Interrupted { statement, source })
}

fn observation(
    trial: &Trial<'_>,
    prover: &Prover,
    setup: Answer,
    tried: Outcome,
    micros: u128,
) -> Result<Observation, ProveError> {
    let outcome = match setup {
        Ok(_) => tried,
        Err(error) => {
            let (sqlstate, mut message) = words(error, trial.sql)?;
            if sqlstate == INSUFFICIENT_PRIVILEGE && !prover.superuser {
                message.push_str(&trial.lacking(prover));
            }
            Outcome::NotReached { sqlstate, message }
        }
    };
    let via = match trial.identity {
        Some(_) => prover.via(),
        None => Via::Prover(prover.name.clone()),
    };
    let micros = u64::try_from(micros).unwrap_or(u64::MAX);
    Ok(Observation {
        outcome: Some(outcome),
        answer: None,
        via: Some(via),
        micros,
        begun: trial.begun.clone(),
    })
}

/// What came of a message: the last statement's rows, or the server's error.
pub(crate) fn outcome(answer: Answer, sql: &str) -> Result<Outcome, ProveError> {
    match answer {
        Ok(messages) => {
            let mut first = None;
            let mut rows = 0;
            for message in messages {
                match message {
                    SimpleQueryMessage::Row(row) if first.is_none() => {
                        let values = (0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect();
                        first = Some(values);
                    }
                    SimpleQueryMessage::CommandComplete(count) => rows = count,
                    _ => {}
                }
            }
            Ok(Outcome::Completed { rows, first })
        }
        Err(error) => {
            let (sqlstate, message) = words(error, sql)?;
            Ok(Outcome::Failed { sqlstate, message })
        }
    }
}

/// What came of a call by the role's own function: a count of rows, then the values of the first.
fn told(answer: Answer, trial: &Trial<'_>) -> Result<Outcome, ProveError> {
    let Ok(messages) = answer else { return outcome(answer, trial.sql) };
    let mut values = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
        _ => None,
    });
    let rows = values.next().flatten().and_then(|count| count.parse().ok()).unwrap_or_default();
    let first = (trial.told == Told::FirstRow && rows > 0).then(|| values.collect());
    Ok(Outcome::Completed { rows, first })
}

/// The server's words; an error that is not the server's ends the proof.
fn words(error: Error, sql: &str) -> Result<(String, String), ProveError> {
    match error.as_db_error() {
        Some(told) => Ok((told.code().code().to_owned(), told.message().to_owned())),
        None => Err(ProveError::Interrupted { statement: sql.to_owned(), source: error }),
    }
}

const SAVEPOINT: &str = "pgward_case";
