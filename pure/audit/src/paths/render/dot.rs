//! Paths for graphviz.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::paths::graph::Node;
use crate::paths::report::{Report, State};

/// The graph of all ways that are shown; with a contract, what is left afterwards is drawn solid and what goes is dashed.
pub fn dot(report: &Report) -> String {
    let mut text = String::from(
        "digraph paths {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n",
    );
    let steps = report.before.steps();
    let nodes: BTreeSet<&Node> = steps.iter().flat_map(|step| [&step.from, &step.to]).collect();
    for node in nodes {
        let look = match node {
            Node::Sink(_) => ", shape=octagon, style=bold",
            Node::Public | Node::AnyPlainRole => ", style=\"rounded,dashed\"",
            Node::Role(_) | Node::Privileges(_) => "",
        };
        let _ = writeln!(text, "  {} [label={}{look}];", id(node), quoted(&node.to_string()));
    }
    for step in steps {
        let gone = report.after.as_ref().is_some_and(|after| !is_in(after, &step.from, &step.to));
        let style = if gone { ", style=dashed, color=gray" } else { "" };
        let _ = writeln!(
            text,
            "  {} -> {} [label={}, tooltip={}{style}];",
            id(&step.from),
            id(&step.to),
            quoted(step.mechanism.words()),
            quoted(&step.cause)
        );
    }
    text.push_str("}\n");
    text
}

fn is_in(state: &State, from: &Node, to: &Node) -> bool {
    state.ways().flat_map(|(_, way)| &way.steps).any(|step| step.from == *from && step.to == *to)
}

fn id(node: &Node) -> String {
    let kind = match node {
        Node::Public => "public",
        Node::Role(_) => "role",
        Node::Privileges(_) => "privileges",
        Node::AnyPlainRole => "any",
        Node::Sink(_) => "sink",
    };
    quoted(&format!("{kind} {node}"))
}

/// A quoted string of the DOT language, in which a backslash and a quote are escaped.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            control if control.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
