//! A plan for a person at a terminal: hazards first, then what changes, what is only reported, the way back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::hazard::HazardKind;
use crate::plan::Plan;
use crate::words::{Sign, describe, sign};

/// The plan as text.
pub fn text(plan: &Plan) -> String {
    let mut page = String::new();
    // Writing to a String does not fail.
    let _ = write_page(&mut page, plan);
    page
}

/// The line that counts: `Plan: 3 to add, 1 to change, 2 to remove.`
pub fn summary(plan: &Plan) -> String {
    let count = |wanted: Sign| plan.changes.iter().filter(|planned| sign(&planned.change) == wanted).count();
    let drift = plan.reported.len() + plan.drift.len();
    let mut line = if plan.changes.is_empty() {
        "No changes.".to_owned()
    } else {
        format!(
            "Plan: {} to add, {} to change, {} to remove, by {} statements.",
            count(Sign::Added),
            count(Sign::Changed),
            count(Sign::Removed),
            plan.statements.len()
        )
    };
    if drift > 0 {
        let differences =
            if drift == 1 { "1 difference is".to_owned() } else { format!("{drift} differences are") };
        let _ = write!(line, " {differences} reported and left alone.");
    } else if plan.changes.is_empty() {
        line.push_str(" The cluster is as the contract says.");
    }
    line
}

fn write_page(page: &mut String, plan: &Plan) -> std::fmt::Result {
    if !plan.hazards.is_empty() {
        writeln!(page, "Hazards")?;
        let mut by_kind: BTreeMap<usize, Vec<&crate::hazard::Hazard>> = BTreeMap::new();
        for hazard in &plan.hazards {
            let place = HazardKind::ALL.iter().position(|kind| *kind == hazard.kind).unwrap_or_default();
            by_kind.entry(place).or_default().push(hazard);
        }
        for hazards in by_kind.values() {
            for hazard in hazards.iter().take(SHOWN_MAX) {
                writeln!(page, "  ! {}: {}", hazard.kind, hazard.message)?;
            }
            if let Some(first) = hazards.first() {
                if hazards.len() > SHOWN_MAX {
                    writeln!(
                        page,
                        "  ! {}: and {} more of this kind",
                        first.kind,
                        hazards.len() - SHOWN_MAX
                    )?;
                }
                writeln!(page, "    {}", first.hint)?;
            }
        }
        writeln!(page)?;
    }
    if !plan.changes.is_empty() {
        writeln!(page, "Changes")?;
        for planned in &plan.changes {
            write!(page, "  {} {}", sign(&planned.change).mark(), describe(&planned.change))?;
            match &planned.because {
                Some(because) => writeln!(page, "  # {because}")?,
                None => writeln!(page)?,
            }
        }
        writeln!(page)?;
    }
    if !plan.reported.is_empty() || !plan.drift.is_empty() {
        writeln!(page, "Drift that is left alone")?;
        for reported in &plan.reported {
            writeln!(page, "  {} {}", sign(&reported.change).mark(), describe(&reported.change))?;
            writeln!(page, "    {}", reported.reason)?;
        }
        for drift in &plan.drift {
            writeln!(page, "  ? {}", drift.message)?;
            writeln!(page, "    {}", drift.hint)?;
        }
        writeln!(page)?;
    }
    for unseen in &plan.unseen {
        let place = unseen.database.as_ref().map(|name| format!(" in database {}", name.quoted()));
        writeln!(page, "Not seen: {}{}: {}", unseen.what, place.unwrap_or_default(), unseen.why)?;
    }
    writeln!(page, "{}", summary(plan))?;
    if !plan.changes.is_empty() {
        for lost in &plan.way_back.lost {
            writeln!(page, "No way back: {lost}.")?;
        }
        writeln!(
            page,
            "The way back is {} statements, kept when the plan is applied.",
            plan.way_back.statements.len()
        )?;
        writeln!(page, "Digest {}", plan.digest())?;
    }
    Ok(())
}

/// Of one kind of hazard, this many are spelled out; the changes below name every one.
const SHOWN_MAX: usize = 12;
