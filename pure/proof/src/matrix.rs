//! The matrix of roles, objects and what was shown: which role can do what, as tried.
//!
//! A letter stands for a privilege that works, as in an ACL (`r` SELECT, `a` INSERT, `w` UPDATE, `d` DELETE, ...).
//! `!` before a letter: refuted; `?`: inconclusive. A dot: nothing works, and every refusal was seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::action::Action;
use crate::claim::{Expected, Topic};
use crate::report::cell::cell;
use crate::verdict::{Ruling, Verdict};

/// The matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// The roles, which are its columns.
    roles: BTreeSet<RoleName>,
    /// The objects with what each role can do on them.
    rows: BTreeMap<ObjectRef, BTreeMap<RoleName, Marks>>,
}

/// What was shown of one role and one object: the privileges of each mark, on the whole and on columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Marks {
    works: [Privileges; 2],
    refuted: [Privileges; 2],
    open: [Privileges; 2],
}

impl Marks {
    fn add(&mut self, ruling: Ruling, expected: Expected, privilege: Privilege, on_columns: bool) {
        let marks = match (ruling, expected) {
            (Ruling::Proven, Expected::Refused) => return,
            (Ruling::Proven, Expected::Works) => &mut self.works,
            (Ruling::Refuted, _) => &mut self.refuted,
            (Ruling::Inconclusive, _) => &mut self.open,
        };
        let [whole, columns] = marks;
        let marked = if on_columns { columns } else { whole };
        *marked |= privilege.into();
    }

    fn text(self) -> String {
        let Self { works, refuted, open } = self;
        let all =
            [works, refuted, open].into_iter().flatten().fold(Privileges::default(), |all, one| all | one);
        let mut text = String::new();
        for privilege in all.iter() {
            for (sign, marks) in [("", works), ("!", refuted), ("?", open)] {
                for (marked, of_columns) in marks.into_iter().zip(["", "(c)"]) {
                    if marked.contains(privilege) {
                        let _ = write!(text, "{sign}{}{of_columns}", privilege.letter());
                    }
                }
            }
        }
        if text.is_empty() { ".".to_owned() } else { text }
    }
}

impl Matrix {
    /// Takes in what a verdict shows, if it is about a privilege of a role on an object.
    pub fn add(&mut self, verdict: &Verdict) {
        let claim = &verdict.claim;
        let told = matches!(claim.topic, Topic::Privilege | Topic::Interface) && claim.becoming.is_none();
        let (Action::Use(privilege), Some(object), true) = (&claim.action, &claim.object, told) else {
            return;
        };
        let row = match self.rows.get_mut(object) {
            Some(row) => row,
            None => self.rows.entry(object.clone()).or_default(),
        };
        self.roles.insert(claim.role.clone());
        let marks = row.entry(claim.role.clone()).or_default();
        marks.add(verdict.ruling, claim.expected, *privilege, !claim.columns.is_empty());
    }

    /// As aligned text: a line for each object, a column for each role.
    pub fn text(&self) -> String {
        let objects: Vec<String> = self.rows.keys().map(ToString::to_string).collect();
        let first = objects.iter().map(|object| object.chars().count()).max().unwrap_or(0);
        let widths: Vec<(&RoleName, usize)> =
            self.roles.iter().map(|role| (role, self.width(role))).collect();
        let mut out = " ".repeat(first);
        for (role, width) in &widths {
            let _ = write!(out, "  {:width$}", role.quoted());
        }
        let mut lines = vec![out.trim_end().to_owned()];
        for (object, cells) in objects.iter().zip(self.rows.values()) {
            let mut line = format!("{object:first$}");
            for (role, width) in &widths {
                let _ = write!(line, "  {:width$}", shown(cells, role));
            }
            lines.push(line.trim_end().to_owned());
        }
        lines.join("\n") + "\n"
    }

    /// As a Markdown table.
    pub fn markdown(&self) -> String {
        let roles: Vec<String> = self.roles.iter().map(|role| cell(&role.quoted())).collect();
        let mut out = format!("| object | {} |\n|---|{}\n", roles.join(" | "), "---|".repeat(roles.len()));
        for (object, cells) in &self.rows {
            let cells: Vec<String> = self.roles.iter().map(|role| cell(&shown(cells, role))).collect();
            let _ = writeln!(out, "| {} | {} |", cell(&object.to_string()), cells.join(" | "));
        }
        out
    }

    fn width(&self, role: &RoleName) -> usize {
        let widest = self.rows.values().map(|cells| shown(cells, role).chars().count()).max().unwrap_or(0);
        widest.max(role.quoted().chars().count())
    }
}

/// What the cell of a role says; `-` where nothing was tried.
fn shown(cells: &BTreeMap<RoleName, Marks>, role: &RoleName) -> String {
    cells.get(role).map_or_else(|| "-".to_owned(), |marks| marks.text())
}
