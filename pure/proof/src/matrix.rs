//! The matrix of roles, objects and what was shown: which role can do what, as tried.
//!
//! A letter stands for a privilege that works, as in an ACL (`r` SELECT, `a` INSERT, `w` UPDATE, `d` DELETE, ...).
//! `!` before a letter: refuted; `?`: inconclusive. A dot: nothing works, and every refusal was seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;

use crate::action::Action;
use crate::claim::{Expected, Topic};
use crate::proof::Proof;
use crate::report::markdown::cell;
use crate::verdict::Ruling;

/// The matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// The roles, which are its columns.
    pub roles: BTreeSet<RoleName>,
    /// The objects with what each role can do on them.
    pub rows: BTreeMap<ObjectRef, BTreeMap<RoleName, String>>,
}

impl Matrix {
    /// What a proof has shown.
    pub fn of(proof: &Proof) -> Self {
        let mut letters: BTreeMap<(ObjectRef, RoleName), BTreeMap<_, String>> = BTreeMap::new();
        for verdict in proof.verdicts() {
            let claim = &verdict.claim;
            let told = matches!(claim.topic, Topic::Privilege | Topic::Interface) && claim.becoming.is_none();
            let (Action::Use(privilege), Some(object), true) = (&claim.action, &claim.object, told) else {
                continue;
            };
            let columns = if claim.columns.is_empty() { "" } else { "(c)" };
            let mark = match (verdict.ruling, claim.expected) {
                (Ruling::Proven, Expected::Works) => format!("{}{columns}", privilege.letter()),
                (Ruling::Proven, Expected::Refused) => String::new(),
                (Ruling::Refuted, _) => format!("!{}{columns}", privilege.letter()),
                (Ruling::Inconclusive, _) => format!("?{}{columns}", privilege.letter()),
            };
            let cell = letters.entry((object.clone(), claim.role.clone())).or_default();
            cell.entry(*privilege).or_default().push_str(&mark);
        }
        let mut matrix = Matrix::default();
        for ((object, role), marks) in letters {
            let text: String = marks.into_values().collect();
            matrix.roles.insert(role.clone());
            matrix
                .rows
                .entry(object)
                .or_default()
                .insert(role, if text.is_empty() { ".".to_owned() } else { text });
        }
        matrix
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
                let _ = write!(line, "  {:width$}", cells.get(*role).map_or("-", String::as_str));
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
            let cells: Vec<String> =
                self.roles.iter().map(|role| cell(cells.get(role).map_or("-", String::as_str))).collect();
            let _ = writeln!(out, "| {} | {} |", cell(&object.to_string()), cells.join(" | "));
        }
        out
    }

    fn width(&self, role: &RoleName) -> usize {
        let cells = self.rows.values().filter_map(|cells| cells.get(role));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        widest.max(role.quoted().chars().count())
    }
}
