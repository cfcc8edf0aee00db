//! A plan as text for a terminal: what the executor may not do and hazards first, then `+ - ~`, what is left alone, the way back, a summary line.

use std::fmt::Write as _;

use pgward_catalog::shown::shown;

use crate::plan::Plan;
use crate::render::lines::Line;
use crate::render::view::{self, Hazards, signed};
use crate::saved::SealedPlan;

/// The plan as text.
pub fn text(plan: &Plan) -> String {
    written(plan, || plan.digest())
}

/// The same of a plan whose digest is known.
pub fn sealed(sealed: &SealedPlan) -> String {
    written(sealed.plan(), || sealed.digest().to_owned())
}

fn written(plan: &Plan, digest: impl Fn() -> String) -> String {
    let mut out = Out(String::new());
    let beyond = view::beyond(plan);
    if !beyond.lines.is_empty() {
        out.heading(&beyond.heading);
        beyond.lines.iter().for_each(|line| out.line(line, "since"));
        out.push(&format!("      hint: {}", beyond.hint));
    }
    let hazards = view::hazards(&plan.hazards);
    if !hazards.is_empty() {
        out.heading("Hazards, each to be allowed by its name");
        hazards.iter().for_each(|hazards| out.hazards(hazards));
    }
    for place in view::places(plan) {
        out.heading(&format!("Changes in {}", place.name.replacen("cluster", "the cluster", 1)));
        place.lines.iter().for_each(|line| out.line(line, "because"));
    }
    let drift = view::drift(plan);
    if !drift.is_empty() || !plan.drift.is_empty() {
        out.heading("Differences that are left alone");
        drift.iter().for_each(|line| out.line(line, "since"));
        for told in &plan.drift {
            out.push(&format!("  ? {}", told.message));
            out.push(&format!("      hint: {}", told.hint));
        }
    }
    let unseen = view::unseen(plan);
    if !unseen.is_empty() {
        out.heading("Not visible to this role");
        unseen.iter().for_each(|unseen| out.push(&format!("  {unseen}")));
    }
    if !plan.changes.is_empty() {
        out.heading(&format!("Way back: {}", counted(plan.way_back.statements.len(), "statement")));
        plan.way_back.lost.iter().for_each(|lost| out.push(&format!("  but {lost}")));
    }
    out.0.push('\n');
    out.push(&view::summary(plan));
    if !plan.changes.is_empty() {
        let statements = counted(plan.statements.len(), "statement");
        out.push(&format!("Digest: {} ({statements})", digest()));
    }
    out.0.trim_start().to_owned()
}

/// The line that counts: `Plan: 3 to add, 1 to change, 2 to remove.`
pub fn summary(plan: &Plan) -> String {
    view::summary(plan)
}

/// Of one kind of hazard, this many are spelled out; the changes below name every one.
const SHOWN_MAX: usize = 5;

struct Out(String);

impl Out {
    fn push(&mut self, line: &str) {
        self.0.push_str(&shown(line));
        self.0.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        let _ = writeln!(self.0, "\n{}", shown(heading));
    }

    fn line(&mut self, line: &Line, why: &str) {
        self.push(&format!("  {}", signed(line)));
        if let Some(reason) = &line.why {
            self.push(&format!("      {why}: {reason}"));
        }
    }

    fn hazards(&mut self, hazards: &Hazards) {
        self.push(&format!("  ! {} ({})", hazards.kind, hazards.messages.len()));
        for message in hazards.messages.iter().take(SHOWN_MAX) {
            self.push(&format!("      {message}"));
        }
        if let Some(more) = hazards.messages.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
            self.push(&format!("      and {more} more"));
        }
        self.push(&format!("      hint: {}", hazards.hint));
    }
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
