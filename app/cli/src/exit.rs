//! How the process ends: the only place where outcomes become exit codes.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | yes, done, or nothing to do |
//! | 1 | could not be done: server away, permission, disk |
//! | 2 | asked wrongly: usage, invalid contract |
//! | 3 | the answer is no: drift with `--expect-none`, a claim refuted |

use std::process::ExitCode;

/// What a verb came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Yes, done, nothing to do.
    Done,
    /// Asked wrongly; the words have been printed.
    AskedWrongly,
    /// The answer is no; the words have been printed.
    No,
}

/// Why a verb could not be carried out.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What, where and why, in one line or a few.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
    /// Whether it is the asking that was wrong (exit 2) rather than the world (exit 1).
    pub(crate) asked_wrongly: bool,
}

impl Failure {
    /// The world did not let us.
    pub(crate) fn world(error: &dyn std::error::Error) -> Self {
        Self { message: with_causes(error), hint: None, asked_wrongly: false }
    }

    /// A file could not be used.
    pub(crate) fn file(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let message = format!("cannot {what} {}: {error}", path.display());
        Self { message, hint: None, asked_wrongly: false }
    }

    /// The question was wrong.
    pub(crate) fn asked(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, asked_wrongly: true }
    }

    /// The same with advice.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// The exit code of an outcome.
pub(crate) fn code(outcome: &Result<Outcome, Failure>) -> ExitCode {
    ExitCode::from(match outcome {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::AskedWrongly) => 2,
        Ok(Outcome::No) => 3,
        Err(failure) if failure.asked_wrongly => 2,
        Err(_) => 1,
    })
}

/// An error and what caused it, each once, outermost first.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !message.contains(&words) {
            message.push_str(": ");
            message.push_str(&words);
        }
        cause = inner.source();
    }
    message
}
