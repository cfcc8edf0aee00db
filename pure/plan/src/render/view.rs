//! What every rendering of a plan shows.

use std::collections::BTreeMap;

use pgward_catalog::shown::shown;

use crate::change::Change;
use crate::hazard::{Hazard, HazardKind};
use crate::plan::Plan;
use crate::render::lines::{Line, lines};
use crate::words::{Sign, sign};

/// A plan, ready to be shown.
pub(crate) struct View {
    pub(crate) digest: String,
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What this executor may not do, under its heading.
    pub(crate) beyond: Beyond,
    pub(crate) hazards: Vec<Hazards>,
    pub(crate) places: Vec<Place>,
    pub(crate) drift: Vec<Line>,
    /// What else is not as it should be, with what to do about it.
    pub(crate) notes: Vec<(String, String)>,
    pub(crate) statements: Vec<Shown>,
    pub(crate) way_back: Vec<Line>,
    pub(crate) way_back_statements: Vec<Shown>,
    pub(crate) lost: Vec<String>,
    pub(crate) unseen: Vec<String>,
    pub(crate) summary: String,
}

/// Changes that the executor may not make.
pub(crate) struct Beyond {
    pub(crate) heading: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) hint: &'static str,
}

/// The hazards of one kind.
pub(crate) struct Hazards {
    pub(crate) kind: HazardKind,
    pub(crate) hint: String,
    pub(crate) messages: Vec<String>,
}

/// The changes in one database, or in the cluster.
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) lines: Vec<Line>,
}

/// A statement.
pub(crate) struct Shown {
    pub(crate) place: String,
    pub(crate) text: String,
}

impl View {
    /// Of this plan.
    pub(crate) fn of(plan: &Plan) -> Self {
        let statements_shown =
            |statements: &[crate::statement::Statement]| statements.iter().map(Shown::of).collect();
        Self {
            digest: plan.digest(),
            facts: facts(plan),
            beyond: beyond(plan),
            hazards: hazards(&plan.hazards),
            places: places(plan),
            drift: drift(plan),
            notes: plan.drift.iter().map(|drift| (shown(&drift.message), shown(&drift.hint))).collect(),
            statements: statements_shown(&plan.statements),
            way_back: lines(plan.way_back.changes.iter().map(|change| (change, None))),
            way_back_statements: statements_shown(&plan.way_back.statements),
            lost: plan.way_back.lost.iter().map(|lost| shown(lost)).collect(),
            unseen: unseen(plan),
            summary: summary(plan),
        }
    }

    /// The words that `--allow` needs.
    pub(crate) fn allow(&self) -> String {
        self.hazards.iter().map(|hazards| hazards.kind.word()).collect::<Vec<_>>().join(",")
    }
}

/// The line that counts: `Plan: 3 to add, 1 to change, 2 to remove.`
pub(crate) fn summary(plan: &Plan) -> String {
    let changes: Vec<&Change> = plan.changes.iter().map(|planned| &planned.change).collect();
    let count = |wanted: Sign| changes.iter().filter(|change| sign(change) == wanted).count();
    let beyond = match plan.beyond_executor.len() {
        0 => String::new(),
        count => {
            let executor = shown(&plan.executor.quoted());
            format!(" {count} that the contract demands cannot be made by role {executor}.")
        }
    };
    let differences = plan.reported.len() + plan.drift.len();
    let left = match differences {
        0 => String::new(),
        1 => " 1 difference is reported and left alone.".to_owned(),
        many => format!(" {many} differences are reported and left alone."),
    };
    if changes.is_empty() && beyond.is_empty() && differences == 0 {
        return "No changes: the cluster is as the contract says.".to_owned();
    }
    if changes.is_empty() {
        return format!("No changes.{beyond}{left}");
    }
    format!(
        "Plan: {} to add, {} to change, {} to remove.{beyond}{left}",
        count(Sign::Added),
        count(Sign::Changed),
        count(Sign::Removed)
    )
}

fn facts(plan: &Plan) -> Vec<(&'static str, String)> {
    let version = plan.server_version;
    let databases: Vec<&str> = plan.databases.iter().map(|database| database.as_str()).collect();
    vec![
        ("cluster", plan.system_identifier.clone()),
        ("server", format!("PostgreSQL {}.{}", version.major(), version.0 % 10_000)),
        ("databases", shown(&databases.join(", "))),
        ("executor", shown(plan.executor.as_str())),
        ("contract", plan.contract_digest.clone()),
        ("fingerprint before", plan.fingerprint_before.clone()),
        ("fingerprint after", plan.fingerprint_after.clone()),
    ]
}

/// The hazards by kind.
pub(crate) fn hazards(hazards: &[Hazard]) -> Vec<Hazards> {
    let mut kinds: Vec<Hazards> = Vec::new();
    for kind in HazardKind::ALL {
        let of_kind: Vec<&Hazard> = hazards.iter().filter(|hazard| hazard.kind == kind).collect();
        if let Some(first) = of_kind.first() {
            let hint = shown(&first.hint);
            // Two changes of one table lock it once.
            let mut messages: Vec<String> = of_kind.iter().map(|hazard| shown(&hazard.message)).collect();
            messages.dedup();
            kinds.push(Hazards { kind, hint, messages });
        }
    }
    kinds
}

/// The changes by database.
pub(crate) fn places(plan: &Plan) -> Vec<Place> {
    let mut places: BTreeMap<Option<String>, Vec<(&Change, Option<&str>)>> = BTreeMap::new();
    for planned in &plan.changes {
        let place = planned.change.database().map(|database| database.to_string());
        places.entry(place).or_default().push((&planned.change, planned.because.as_deref()));
    }
    places
        .into_iter()
        .map(|(name, changes)| Place {
            name: name.map_or("cluster".to_owned(), |name| format!("database {}", shown(&name))),
            lines: lines(changes.into_iter()),
        })
        .collect()
}

/// What this executor may not do.
pub(crate) fn beyond(plan: &Plan) -> Beyond {
    Beyond {
        heading: shown(&format!(
            "Demanded by the contract, and not to be made by role {}",
            plan.executor.quoted()
        )),
        lines: lines(plan.beyond_executor.iter().map(|left| (&left.change, Some(left.reason.as_str())))),
        hint: "have it applied by a role that may, or give this one what is said above; `apply --partial` makes the rest",
    }
}

/// The differences that are left alone.
pub(crate) fn drift(plan: &Plan) -> Vec<Line> {
    lines(plan.reported.iter().map(|left| (&left.change, Some(left.reason.as_str()))))
}

/// What could not be seen, in words.
pub(crate) fn unseen(plan: &Plan) -> Vec<String> {
    let words = |unseen: &pgward_catalog::catalog::Unseen| {
        let place =
            unseen.database.as_ref().map_or(String::new(), |database| format!(" in database {database}"));
        shown(&format!("{}{place}: {}", unseen.what, unseen.why))
    };
    plan.unseen.iter().map(words).collect()
}

impl Shown {
    fn of(statement: &crate::statement::Statement) -> Self {
        let database = statement
            .database
            .as_ref()
            .map_or("any database".to_owned(), |database| format!("database {database}"));
        let place = match &statement.as_role {
            None => database,
            Some(role) => format!("{database}, as {role}"),
        };
        Self { place: shown(&place), text: shown(&statement.text()) }
    }
}

/// The change in words, with its sign before it.
pub(crate) fn signed(line: &Line) -> String {
    format!("{} {}", line.sign.mark(), line.text)
}
