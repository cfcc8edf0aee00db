//! What is wrong with a contract, where, why, and what to do about it.

pub mod code;
pub mod json;
pub mod render;

use crate::diagnostic::code::Code;
use crate::source::span::Span;

/// One thing that is wrong with a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of mistake, stable across versions.
    pub code: Code,
    /// Whether the contract can be used all the same.
    pub severity: Severity,
    /// The place it is about.
    pub span: Span,
    /// What to say at that place, when the message alone does not point.
    pub note: Option<String>,
    /// Other places that have to do with it.
    pub labels: Vec<Label>,
    /// What is wrong: short, lower case, no full stop.
    pub message: String,
    /// The facts behind it.
    pub detail: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The contract is not valid.
    Error,
    /// The contract is valid, and probably not what was meant.
    Warning,
}

/// Another place that has to do with a diagnostic, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is there.
    pub text: String,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            span,
            note: None,
            labels: Vec::new(),
            message: message.into(),
            detail: None,
            hint: None,
        }
    }

    /// A warning at `span`.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Says `text` at the place itself.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.note = Some(text.into());
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds the facts.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = Some(text.into());
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(text.into());
        self
    }

    /// Adds advice where there is some.
    #[must_use]
    pub fn hint_if(mut self, text: Option<String>) -> Self {
        self.hint = text.or(self.hint);
        self
    }
}

/// Everything found wrong so far.
#[derive(Debug, Default)]
pub struct Report {
    found: Vec<Diagnostic>,
}

impl Report {
    /// Notes one more.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Notes many more.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.found.extend(diagnostics);
    }

    /// All of them, by place; the same one is said once, however many readers came across it.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
        self.found.dedup();
        self.found
    }
}

/// The one of `known` that `found` was most likely meant to be.
pub fn did_you_mean<'k>(found: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let folded = found.to_lowercase().replace(['-', ' '], "_");
    known
        .into_iter()
        .map(|word| (strsim::jaro_winkler(&folded, &word.to_lowercase()), word))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, word)| word)
}

/// The key of `known` that `found` was most likely meant to be. Keys are few and known, so that of short ones, which are like
/// nothing, a letter too many, one too few, or two in the wrong order is enough, where no other key is as near.
pub fn key_meant(found: &str, known: &[&'static str]) -> Option<&'static str> {
    if let Some(meant) = did_you_mean(found, known.iter().copied()) {
        return Some(meant);
    }
    let folded = found.to_lowercase();
    let is_short = |word: &str| (SHORT_MIN..=SHORT_MAX).contains(&word.chars().count());
    if !is_short(&folded) {
        return None;
    }
    let letters = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    let near =
        known.iter().copied().filter(|word| is_short(word) && strsim::osa_distance(&folded, word) == 1);
    let (swapped, others): (Vec<_>, Vec<_>) = near.partition(|word| letters(word) == letters(&folded));
    let (longer, replaced): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|word| word.chars().count() != folded.chars().count());
    let nearest = [swapped, longer, replaced].into_iter().find(|words| !words.is_empty())?;
    if let [meant] = nearest.as_slice() { Some(*meant) } else { None }
}

/// What counts as a short key, in characters.
const SHORT_MIN: usize = 1;
const SHORT_MAX: usize = 4;

/// Below this a suggestion is a guess: measured on the misspellings in the tests.
const LIKENESS_MIN: f64 = 0.82;
