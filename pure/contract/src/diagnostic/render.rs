//! Diagnostics for people: the place in the text, what is wrong there, and what to do.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};

use pgward_catalog::shown::shown;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Source;
use crate::source::span::Span;

/// Whether the reader has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Text only.
    Plain,
    /// ANSI colours.
    Ansi,
}

/// One diagnostic as text, without a line feed at its end.
pub fn render(diagnostic: &Diagnostic, sources: &[Source], colour: Colour) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut elements: Vec<Element<'_>> = Vec::new();
    for part in parts(diagnostic) {
        if let Some(snippet) = snippet(&part, sources) {
            elements.push(snippet.into());
        }
    }
    if let Some(detail) = &diagnostic.detail {
        elements.push(Level::NOTE.message(shown(detail)).into());
    }
    if let Some(hint) = &diagnostic.hint {
        elements.push(Level::HELP.message(shown(hint)).into());
    }
    let id = diagnostic.code.to_string();
    let group = level.primary_title(shown(&diagnostic.message)).id(id).elements(elements);
    let renderer = match colour {
        Colour::Plain => Renderer::plain(),
        Colour::Ansi => Renderer::styled(),
    };
    renderer.term_width(TERM_WIDTH).render(&[group])
}

/// Places that are near each other, and so are shown in one piece of text.
struct Part<'d> {
    marks: Vec<(Span, AnnotationKind, Option<&'d str>)>,
}

fn parts(diagnostic: &Diagnostic) -> Vec<Part<'_>> {
    let primary = (diagnostic.span, AnnotationKind::Primary, diagnostic.note.as_deref());
    let mut parts = vec![Part { marks: vec![primary] }];
    for label in &diagnostic.labels {
        let mark = (label.span, AnnotationKind::Context, Some(label.text.as_str()));
        match parts.iter_mut().find(|part| part.is_near(label.span)) {
            Some(part) => part.marks.push(mark),
            None => parts.push(Part { marks: vec![mark] }),
        }
    }
    parts
}

impl Part<'_> {
    fn is_near(&self, span: Span) -> bool {
        self.marks.iter().any(|(other, ..)| {
            other.file == span.file && other.start.line.abs_diff(span.start.line) <= LINES_BETWEEN_MAX
        })
    }
}

fn snippet<'s>(
    part: &Part<'s>,
    sources: &'s [Source],
) -> Option<Snippet<'s, annotate_snippets::Annotation<'s>>> {
    let (first, ..) = part.marks.first()?;
    let source = sources.get(first.file.0 as usize)?;
    let start =
        part.marks.iter().map(|(span, ..)| line_start(&source.text, span.start.byte as usize)).min()?;
    let end = part.marks.iter().map(|(span, ..)| line_end(&source.text, span.start.byte as usize)).max()?;
    let line = part.marks.iter().map(|(span, ..)| span.start.line).min()?.max(1);
    let shown = source.text.get(start..end)?;
    let marks = part.marks.iter().map(|(span, kind, text)| {
        let range = within_line(&source.text, *span);
        kind.span(range.start - start..range.end - start).label(*text)
    });
    Some(Snippet::source(shown).line_start(line as usize).path(source.name.as_str()).annotations(marks))
}

/// The part of `span` that is on its first line: a whole block underlined says less than its head.
fn within_line(text: &str, span: Span) -> Range<usize> {
    let bytes = span.bytes();
    let start = floor(text, bytes.start);
    let end = floor(text, bytes.end).min(line_end(text, start)).max(start);
    start..end
}

fn line_start(text: &str, byte: usize) -> usize {
    let at = floor(text, byte);
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, byte: usize) -> usize {
    let at = floor(text, byte);
    let length = text.get(at..).map_or(0, |after| after.find(['\n', '\r']).unwrap_or(after.len()));
    at + length
}

/// The last place at or before `byte` where a character starts.
fn floor(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

const TERM_WIDTH: usize = 120;
const LINES_BETWEEN_MAX: u32 = 60;
