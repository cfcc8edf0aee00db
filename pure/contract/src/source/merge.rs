//! Puts the files of one contract together into one tree.

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report};
use crate::source::node::{Kind, Node};
use crate::source::span::{Span, Spanned};

/// The tree of all files: mappings named in [`JOINED`] are joined key by key, lists are appended, and anything else
/// may be written in one file only.
pub fn merge(files: Vec<Node>, report: &mut Report) -> Option<Node> {
    let mut span: Option<Span> = None;
    let mut all: Vec<(Spanned<String>, Node)> = Vec::new();
    for file in files {
        let Kind::Mapping(entries) = file.kind else {
            report.add(
                Diagnostic::error(
                    Code::NotAContract,
                    file.span,
                    format!("a contract is a mapping of keys to values, this is {}", file.described()),
                )
                .hint("start it with `contract: 1`"),
            );
            continue;
        };
        span.get_or_insert(file.span);
        for (key, value) in entries {
            add(&mut all, key, value, 0, report);
        }
    }
    span.map(|span| Node { span, kind: Kind::Mapping(all) })
}

fn add(
    all: &mut Vec<(Spanned<String>, Node)>,
    key: Spanned<String>,
    value: Node,
    depth: usize,
    report: &mut Report,
) {
    let Some((first, there)) = all.iter_mut().find(|(other, _)| *other == key) else {
        all.push((key, value));
        return;
    };
    let joined = depth == 0 && JOINED.contains(&key.value.as_str())
        || depth == 1 && JOINED_IN_ACCESS.contains(&key.value.as_str());
    match (&mut there.kind, value.kind) {
        (Kind::Mapping(entries), Kind::Mapping(more)) if joined => {
            let inner = if key.value == "access" { 1 } else { 2 };
            join(entries, more, inner, report);
        }
        (Kind::Sequence(items), Kind::Sequence(more)) if joined => items.extend(more),
        // Each file says which version of the format it is written in.
        (Kind::Scalar(one), Kind::Scalar(other))
            if depth == 0 && key.value == "contract" && *one == other => {}
        _ => report.add(
            Diagnostic::error(
                Code::DefinedTwice,
                key.span,
                format!("`{}` is written in two files", key.value),
            )
            .label(first.span, "first written here")
            .hint("keep one of them, or move what they say into one file"),
        ),
    }
}

fn join(
    entries: &mut Vec<(Spanned<String>, Node)>,
    more: Vec<(Spanned<String>, Node)>,
    depth: usize,
    report: &mut Report,
) {
    let known: std::collections::HashSet<String> = entries.iter().map(|(key, _)| key.value.clone()).collect();
    for (key, value) in more {
        if known.contains(&key.value) {
            add(entries, key, value, depth, report);
        } else {
            entries.push((key, value));
        }
    }
}

/// Keys whose entries may be spread over files.
const JOINED: &[&str] =
    &["roles", "retired_roles", "tablespaces", "databases", "access", "presets", "parameters"];
const JOINED_IN_ACCESS: &[&str] = &["targets", "tiers", "people", "groups", "holds", "delegations", "revoke"];
