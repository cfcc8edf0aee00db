//! Verdicts: what trying a case means for its claim.
//!
//! A claim is proven only by what was seen. Whatever else happens, a time-out or a statement that fails for another
//! reason, leaves it open, and an open claim is not a proven one.

use crate::case::{Attempt, Case, Control, Expectation};
use crate::claim::{Claim, Topic};
use crate::outcome::{INSUFFICIENT_PRIVILEGE, Observation, Outcome};

/// What trying a case showed about its claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The claim.
    pub claim: Claim,
    /// How it stands.
    pub ruling: Ruling,
    /// Why, in a sentence for people.
    pub reason: String,
    /// What was seen.
    pub evidence: Evidence,
}

/// How a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ruling {
    /// It does not hold.
    Refuted,
    /// Nothing that was seen shows whether it holds.
    Inconclusive,
    /// It holds.
    Proven,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The kind of witness the ruling rests on.
    pub witness: Witness,
    /// The statement, if one was tried.
    pub statement: Option<String>,
    /// The question, if the server was asked.
    pub question: Option<String>,
    /// What was observed.
    pub observation: Observation,
    /// What came of the control.
    pub control: Option<Outcome>,
}

/// The kind of witness a ruling rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Witness {
    /// The statement was tried.
    Tried,
    /// The server's own answer, by a function such as `has_table_privilege`.
    Answered,
    /// What follows from everything that is there, step by step: the graph of paths.
    Reasoned,
    /// The same, where there is a way on which somebody else has to do his part, by mistake or on purpose.
    ReasonedUnlessHelped,
    /// None of them.
    Nothing,
}

impl Verdict {
    /// Whether the claim holds only as long as nobody else does his part.
    pub fn holds_unless_helped(&self) -> bool {
        self.ruling == Ruling::Proven && self.evidence.witness == Witness::ReasonedUnlessHelped
    }
}

impl Ruling {
    /// The word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Ruling::Refuted => "refuted",
            Ruling::Inconclusive => "inconclusive",
            Ruling::Proven => "proven",
        }
    }
}

impl Witness {
    /// The word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Witness::Tried => "tried",
            Witness::Answered => "the server's own answer",
            Witness::Reasoned => "the graph of paths",
            Witness::ReasonedUnlessHelped => "the graph of paths, unless somebody else helps",
            Witness::Nothing => "nothing",
        }
    }
}

/// What came of a control, and whether that shows that the statement works for somebody who may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controlled {
    outcome: Outcome,
    worked: bool,
}

impl Controlled {
    /// What came of this control.
    pub fn by(control: &Control, outcome: Outcome) -> Self {
        Self { worked: outcome.passed(control.statement.passes), outcome }
    }
}

/// Judges a case by what was observed of it and of its control.
pub fn judge(case: Case, observation: Observation, control: Option<&Controlled>) -> Verdict {
    let controlled = control.is_some_and(|control| control.worked);
    let (ruling, witness, reason) = rule(&case, &observation, controlled);
    Verdict {
        claim: case.claim,
        ruling,
        reason,
        evidence: Evidence {
            witness,
            statement: case.attempt.map(|attempt| attempt.statement.sql),
            question: case.question.map(|question| question.sql),
            observation,
            control: control.map(|control| control.outcome.clone()),
        },
    }
}

type Rule = (Ruling, Witness, String);

fn rule(case: &Case, seen: &Observation, controlled: bool) -> Rule {
    let (Some(attempt), Some(outcome)) = (&case.attempt, &seen.outcome) else {
        let why = case.obstacle.as_deref().unwrap_or("only the server's own answer is to be had");
        return by_answer(case, seen, why);
    };
    let (ruling, witness, reason) = by_expectation(case, attempt, seen, outcome, controlled);
    match (&seen.begun.as_role, ruling) {
        (Some(role), Ruling::Refuted) => (
            ruling,
            witness,
            format!("its sessions begin as role {} (setting role): {reason}", role.quoted()),
        ),
        (None, Ruling::Inconclusive)
            if case.claim.topic == Topic::TenantRows && matches!(outcome, Outcome::NotReached { .. }) =>
        {
            let hint = "values that its rows can have may be given under `sample` in its `tenant`";
            (ruling, witness, format!("{reason}; {hint}"))
        }
        _ => (ruling, witness, reason),
    }
}

fn by_expectation(
    case: &Case,
    attempt: &Attempt,
    seen: &Observation,
    outcome: &Outcome,
    controlled: bool,
) -> Rule {
    let has_to_write = matches!(
        attempt.expectation,
        Expectation::Works | Expectation::Returns(_) | Expectation::Writes(_) | Expectation::WritesSome
    );
    if has_to_write && seen.begun.read_only && outcome.sqlstate() == Some(READ_ONLY) {
        return refuted(format!(
            "its sessions begin read-only (default_transaction_read_only), and the server refuses it there: {}",
            words(outcome)
        ));
    }
    if has_to_write && let Some((setting, value)) = &seen.begun.no_time {
        return open(format!(
            "its sessions begin with {setting} = {value}, in which nobody gets anything done, whatever he may: set it higher"
        ));
    }
    match &attempt.expectation {
        Expectation::Works => works(case, seen, outcome, attempt.statement.passes),
        Expectation::Refused => refused(case, seen, outcome, attempt.statement.passes, controlled),
        Expectation::Returns(wanted) => returns(outcome, wanted),
        Expectation::Writes(wanted) => writes(outcome, *wanted),
        Expectation::WritesSome => writes_some(outcome),
        Expectation::Agrees { some_permitted, some_hidden } => agrees(outcome, *some_permitted, *some_hidden),
        Expectation::SeesNothing => sees_nothing(outcome, controlled),
        Expectation::WritesNothing => writes_nothing(outcome, controlled),
        Expectation::StopsBeforeOthers => stops_before_others(outcome),
        Expectation::LogsIn => logs_in(outcome),
        Expectation::CannotLogIn => cannot_log_in(outcome, controlled),
    }
}

fn works(case: &Case, seen: &Observation, outcome: &Outcome, passes: &[&str]) -> Rule {
    if outcome.passed(passes) {
        return proven("it worked");
    }
    if outcome.refused() {
        return refuted(format!("the server refused it: {}", words(outcome)));
    }
    by_answer(case, seen, &words(outcome))
}

fn refused(case: &Case, seen: &Observation, outcome: &Outcome, passes: &[&str], controlled: bool) -> Rule {
    if outcome.passed(passes) {
        return refuted("it worked, and must be refused");
    }
    let denied_by_answer = case.question.as_ref().zip(seen.answer).map(|(asked, got)| asked.wanted == got);
    if !outcome.refused() {
        return by_answer(case, seen, &words(outcome));
    }
    match (denied_by_answer, controlled) {
        (Some(false), _) => refuted(format!(
            "this statement was refused ({}), and yet the server says that the privilege is held",
            words(outcome)
        )),
        (_, true) => proven("it was refused, and works for somebody who may"),
        (Some(true), false) => {
            let why = case.obstacle.as_ref().map(|why| format!("it was refused, and {why}"));
            let why = why.as_deref().unwrap_or("it was refused, and the control did not work either");
            by_answer(case, seen, why)
        }
        (None, false) => {
            let why =
                case.obstacle.as_deref().unwrap_or("nothing shows that it would work for somebody who may");
            open(format!("it was refused, and {why}"))
        }
    }
}

fn by_answer(case: &Case, seen: &Observation, why: &str) -> Rule {
    match case.question.as_ref().zip(seen.answer) {
        Some((asked, got)) if asked.wanted == got => {
            (Ruling::Proven, Witness::Answered, format!("by the server's own answer ({why})"))
        }
        Some((_, got)) => {
            let answer = if got { "yes" } else { "no" };
            (Ruling::Refuted, Witness::Answered, format!("the server's own answer is {answer} ({why})"))
        }
        None => open(why),
    }
}

fn returns(outcome: &Outcome, wanted: &[String]) -> Rule {
    match outcome {
        Outcome::Completed { first, .. } => {
            let got: Vec<String> = first
                .iter()
                .flatten()
                .map(|value| value.clone().unwrap_or_else(|| "NULL".to_owned()))
                .collect();
            if got == wanted {
                proven(format!("it saw {}", got.join(", ")))
            } else {
                refuted(format!("it saw {}, and should see {}", got.join(", "), wanted.join(", ")))
            }
        }
        failed if failed.refused() => refuted(format!("the server refused it: {}", words(failed))),
        failed => open(words(failed)),
    }
}

fn writes(outcome: &Outcome, wanted: u64) -> Rule {
    match outcome {
        Outcome::Completed { rows, .. } if *rows == wanted => proven(format!("it wrote {rows}")),
        Outcome::Completed { rows, .. } => {
            refuted(format!("it wrote {rows} rows, and should write {wanted}"))
        }
        failed if failed.refused() => refuted(format!("the server refused it: {}", words(failed))),
        failed => open(words(failed)),
    }
}

fn writes_some(outcome: &Outcome) -> Rule {
    match outcome {
        Outcome::Completed { rows: 0, .. } => open("none of the rows made up is one that may be written"),
        Outcome::Completed { rows, .. } => proven(format!("it wrote {rows} rows")),
        failed if failed.refused() => refuted(format!("the server refused it: {}", words(failed))),
        failed => open(words(failed)),
    }
}

fn agrees(outcome: &Outcome, some_permitted: bool, some_hidden: bool) -> Rule {
    let counts = match outcome {
        Outcome::Completed { first: Some(row), .. } => {
            row.iter().map(|value| value.as_deref().and_then(|text| text.parse().ok())).collect()
        }
        Outcome::Completed { .. } => None,
        failed if failed.refused() => return refuted(format!("the server refused it: {}", words(failed))),
        failed => return open(words(failed)),
    };
    let counts: Vec<u64> = counts.unwrap_or_default();
    let [permitted, leaked, lost, hidden] = counts.as_slice() else {
        return open("it did not return four counts");
    };
    match (leaked, lost) {
        (0, 0) if some_permitted && *permitted == 0 => open("none of the rows made up is let through"),
        (0, 0) if some_hidden && *hidden == 0 => open("none of the rows made up is hidden"),
        (0, 0) => proven(format!("it reached {permitted} of {} rows, as declared", permitted + hidden)),
        (0, _) => refuted(format!("it did not reach {lost} rows that the declared policies let through")),
        _ => refuted(format!("it reached {leaked} rows that the declared policies hide")),
    }
}

fn sees_nothing(outcome: &Outcome, controlled: bool) -> Rule {
    match outcome {
        Outcome::Completed { rows, first } => {
            let zero = first.as_ref().is_none_or(|row| row.iter().all(|value| value.as_deref() == Some("0")));
            match (*rows == 0 || zero, controlled) {
                (true, true) => proven("it saw no row, and there are rows to see"),
                (true, false) => open("it saw no row, and nothing shows that there are rows to see"),
                (false, _) => refuted("it saw rows"),
            }
        }
        failed => closed(failed, controlled),
    }
}

fn writes_nothing(outcome: &Outcome, controlled: bool) -> Rule {
    match outcome {
        Outcome::Completed { rows: 0, .. } if controlled => {
            proven("it wrote no row, and there are rows to write")
        }
        Outcome::Completed { rows: 0, .. } => {
            open("it wrote no row, and nothing shows that there are rows to write")
        }
        Outcome::Completed { rows, .. } => refuted(format!("it wrote {rows} rows")),
        failed => closed(failed, controlled),
    }
}

/// There is another tenant's row to write: it was made before.
fn stops_before_others(outcome: &Outcome) -> Rule {
    match outcome {
        Outcome::Completed { rows, .. } => {
            proven(format!("it wrote {rows}, and left the other tenant's rows alone"))
        }
        Outcome::Failed { sqlstate, .. } if sqlstate == DIVISION_BY_ZERO => {
            refuted("it reached rows that are not the tenant's")
        }
        failed if failed.refused() => proven(format!("it was refused: {}", words(failed))),
        failed => open(words(failed)),
    }
}

/// An error is as good as no row if it is a refusal, or what a missing context leads to: an unknown setting, an
/// empty text that is no uuid, an exception of the policy's own.
fn closed(failed: &Outcome, controlled: bool) -> Rule {
    let sqlstate = failed.sqlstate().unwrap_or_default();
    let by_context =
        sqlstate == UNDEFINED_OBJECT || sqlstate == RAISED || sqlstate.starts_with(DATA_EXCEPTION);
    match (sqlstate == INSUFFICIENT_PRIVILEGE || by_context, controlled, failed) {
        (true, true, Outcome::Failed { .. }) => proven(format!("it failed closed: {}", words(failed))),
        (true, false, Outcome::Failed { .. }) => {
            open(format!("it failed, and nothing shows that it would work otherwise: {}", words(failed)))
        }
        _ => open(words(failed)),
    }
}

fn logs_in(outcome: &Outcome) -> Rule {
    match outcome {
        Outcome::Completed { .. } => proven("it logged in"),
        failed if REFUSED_LOGINS.contains(&failed.sqlstate().unwrap_or_default()) => {
            refuted(format!("the server refused it: {}", words(failed)))
        }
        failed => open(words(failed)),
    }
}

fn cannot_log_in(outcome: &Outcome, controlled: bool) -> Rule {
    match outcome {
        Outcome::Completed { .. } => refuted(
            "it logged in; where the server asks for no password at all, pg_hba.conf says trust or peer there",
        ),
        failed if REFUSED_LOGINS.contains(&failed.sqlstate().unwrap_or_default()) => {
            if controlled {
                proven(format!("it was refused: {}", words(failed)))
            } else {
                open(format!("it was refused, and nothing shows that anybody can log in: {}", words(failed)))
            }
        }
        failed => open(words(failed)),
    }
}

fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Completed { rows, .. } => format!("it completed with {rows} rows"),
        Outcome::Failed { sqlstate, message } => format!("{message} (SQLSTATE {sqlstate})"),
        Outcome::NotReached { sqlstate, message } => {
            format!("what has to be done before it failed: {message} (SQLSTATE {sqlstate})")
        }
    }
}

fn proven(reason: impl Into<String>) -> Rule {
    (Ruling::Proven, Witness::Tried, reason.into())
}

fn refuted(reason: impl Into<String>) -> Rule {
    (Ruling::Refuted, Witness::Tried, reason.into())
}

fn open(reason: impl Into<String>) -> Rule {
    (Ruling::Inconclusive, Witness::Nothing, reason.into())
}

/// read_only_sql_transaction.
const READ_ONLY: &str = "25006";
/// undefined_object: `unrecognized configuration parameter`.
const UNDEFINED_OBJECT: &str = "42704";
/// division_by_zero: planted where a statement would go too far.
const DIVISION_BY_ZERO: &str = "22012";
/// raise_exception: a policy's function has its own words for a missing context.
const RAISED: &str = "P0001";
/// The class of data exceptions: an empty text is no uuid.
const DATA_EXCEPTION: &str = "22";
/// invalid_password, invalid_authorization_specification, insufficient_privilege.
const REFUSED_LOGINS: [&str; 3] = ["28P01", "28000", "42501"];
