//! Reads one YAML file into a [`Node`], and says where it is broken if it is.
//!
//! Built on granit-parser's events rather than on serde: a contract needs the place of every key and value,
//! the difference between `yes` and `"yes"`, and every duplicate key, not only the first.

use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Tag};

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report};
use crate::source::Source;
use crate::source::node::{Kind, Node, Scalar, Style};
use crate::source::span::{FileId, Place, Span, Spanned};

/// Reads `source`; what could not be read is in `report`, and then there is no tree.
pub fn read(source: &Source, file: FileId, report: &mut Report) -> Option<Node> {
    if u32::try_from(source.text.len()).is_err() {
        report.add(Diagnostic::error(
            Code::BrokenYaml,
            Span { file, ..Span::default() },
            "the file is larger than 4 GiB",
        ));
        return None;
    }
    let options = parser_options();
    let mut tree = Tree {
        file,
        report,
        anchors: HashMap::new(),
        open: Vec::new(),
        root: None,
        borrowed: 0,
        tagged: false,
    };
    for next in Parser::new_from_str_with_options(&source.text, options) {
        match next {
            Ok((event, span)) => tree.take(event, span)?,
            Err(error) => {
                tree.broken(&error, &source.text);
                return None;
            }
        }
    }
    if tree.root.is_none() {
        tree.report.add(
            Diagnostic::error(
                Code::NotAContract,
                Span { file, ..Span::default() },
                "the file holds no contract",
            )
            .detail("there is nothing in it but white space and comments")
            .hint("start it with `contract: 1`"),
        );
    }
    tree.root
}

/// What `text` says, as JSON; nothing when it is not YAML.
pub fn to_json(text: &str) -> Option<serde_json::Value> {
    read(&Source::new("", text), FileId(0), &mut Report::default()).map(|node| node_to_json(&node))
}

fn node_to_json(node: &Node) -> serde_json::Value {
    use serde_json::Value;
    match &node.kind {
        Kind::Nothing => Value::Null,
        Kind::Sequence(items) => items.iter().map(node_to_json).collect(),
        Kind::Mapping(entries) => Value::Object(
            entries.iter().map(|(key, value)| (key.value.clone(), node_to_json(value))).collect(),
        ),
        Kind::Scalar(scalar) => match (scalar.style, scalar.text.as_str()) {
            (Style::Plain, "true") => Value::Bool(true),
            (Style::Plain, "false") => Value::Bool(false),
            (Style::Plain, text) => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
            (Style::Quoted, text) => Value::from(text),
        },
    }
}

fn parser_options() -> Options {
    let mut options = Options::default();
    options.emit_comments = false;
    options.emit_anchor_events = false;
    options.block_nesting_limit = NESTING_MAX;
    options.flow_nesting_limit = NESTING_MAX;
    options
}

struct Tree<'r> {
    file: FileId,
    report: &'r mut Report,
    anchors: HashMap<usize, Node>,
    open: Vec<Open>,
    root: Option<Node>,
    /// How many nodes aliases have copied: a short file must not grow without bound.
    borrowed: usize,
    tagged: bool,
}

/// A list or mapping whose end has not been seen.
struct Open {
    start: Span,
    anchor: usize,
    kind: OpenKind,
}

enum OpenKind {
    Sequence(Vec<Node>),
    Mapping { entries: Entries, key: Option<Option<Key>>, merged: Vec<Node> },
}

/// What stands before a colon.
enum Key {
    Named(Spanned<String>),
    /// `<<` as it is; in quotes it is a name like any other (YAML 1.1, merge key).
    Merge,
}

/// The keys and values of a mapping so far; finds a key without a walk, for mappings have thousands of them.
#[derive(Default)]
struct Entries {
    written: Vec<(Spanned<String>, Node)>,
    place: HashMap<String, Span>,
}

impl Tree<'_> {
    fn take(&mut self, event: Event<'_>, span: granit_parser::Span) -> Option<()> {
        let span = self.span(&span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let kind = self.scalar(&text, style, tag.as_deref(), span);
                self.value(Node { span, kind }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.no_tag(tag.as_deref(), span);
                self.open.push(Open { start: span, anchor, kind: OpenKind::Sequence(Vec::new()) });
                Some(())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.no_tag(tag.as_deref(), span);
                let kind = OpenKind::Mapping { entries: Entries::default(), key: None, merged: Vec::new() };
                self.open.push(Open { start: span, anchor, kind });
                Some(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::DocumentStart(..) if self.root.is_some() => {
                self.report.add(
                    Diagnostic::error(Code::NotAContract, span, "a second document starts here")
                        .detail("a file holds one contract, or one part of one")
                        .hint("put what follows into a file of its own in the same folder"),
                );
                None
            }
            _ => Some(()),
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Kind {
        let text_by_tag = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
        if !text_by_tag {
            self.no_tag(tag, span);
        }
        let style = if style == ScalarStyle::Plain && !text_by_tag { Style::Plain } else { Style::Quoted };
        match (style, text) {
            (Style::Plain, "" | "~" | "null" | "Null" | "NULL") => Kind::Nothing,
            _ => Kind::Scalar(Scalar { text: text.to_owned(), style }),
        }
    }

    fn no_tag(&mut self, tag: Option<&Tag>, span: Span) {
        if tag.is_none() || self.tagged {
            return;
        }
        self.tagged = true;
        self.report.add(
            Diagnostic::error(Code::BrokenYaml, span, "a contract has no use for YAML tags")
                .detail("what a value is follows from the key it stands at")
                .hint("remove the tag, or quote the value if it is meant as text"),
        );
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Option<()> {
        let Some(node) = self.anchors.get(&anchor) else {
            self.report.add(
                Diagnostic::error(Code::BrokenYaml, span, "the alias stands inside what it refers to")
                    .hint("an anchor can be used only after the value it names has ended"),
            );
            return None;
        };
        let (count, depth) = measure(node);
        self.borrowed += count;
        if self.borrowed > BORROWED_MAX || self.open.len() + depth > NESTING_MAX {
            self.report.add(
                Diagnostic::error(Code::BrokenYaml, span, "aliases make this file too large")
                    .detail(format!(
                        "they stand for more than {BORROWED_MAX} values, or nest deeper than {NESTING_MAX}"
                    ))
                    .hint("write a pattern or a preset instead of repeating blocks"),
            );
            return None;
        }
        let node = node.clone();
        self.value(node, 0)
    }

    /// Puts a finished node where it belongs: into the list, mapping or document that is open.
    fn value(&mut self, node: Node, anchor: usize) -> Option<()> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open { kind: OpenKind::Sequence(items), .. }) => items.push(node),
            Some(Open { kind: OpenKind::Mapping { entries, key, merged }, .. }) => match key.take() {
                None => *key = Some(mapping_key(node, self.report)),
                Some(None) => {}
                Some(Some(Key::Merge)) => merged.push(node),
                Some(Some(Key::Named(name))) => entries.insert(name, node, self.report),
            },
        }
        Some(())
    }

    fn close(&mut self, end: Span) -> Option<()> {
        let open = self.open.pop()?;
        let (kind, last) = match open.kind {
            OpenKind::Sequence(items) => {
                let last = items.last().map(|item| item.span);
                (Kind::Sequence(items), last)
            }
            OpenKind::Mapping { mut entries, merged, .. } => {
                let last = entries.written.last().map(|(_, value)| value.span);
                for node in merged {
                    entries.merge(node, self.report);
                }
                (Kind::Mapping(entries.written), last)
            }
        };
        // A block ends where its last value does, not where the next line starts.
        let ends_with_bracket = end.end.byte > end.start.byte;
        let span = open.start.until(if ends_with_bracket { end } else { last.unwrap_or(open.start) });
        self.value(Node { span, kind }, open.anchor)
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        Span { file: self.file, start: place(&span.start), end: place(&span.end) }
    }

    fn broken(&mut self, error: &ScanError, text: &str) {
        let start = place(error.marker());
        let end = match text.get(start.byte as usize..).and_then(|rest| rest.chars().next()) {
            Some(c) if c != '\n' => {
                Place { column: start.column + 1, byte: start.byte + c.len_utf8() as u32, ..start }
            }
            _ => start,
        };
        let span = Span { file: self.file, start, end };
        self.report.add(
            Diagnostic::error(Code::BrokenYaml, span, format!("this is not YAML: {}", error.info()))
                .hint(hint_for(text, start)),
        );
    }
}

fn place(mark: &granit_parser::Marker) -> Place {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Place {
        line: small(mark.line()),
        column: small(mark.col()).saturating_add(1),
        byte: small(mark.byte_offset().unwrap_or_default()),
    }
}

fn mapping_key(node: Node, report: &mut Report) -> Option<Key> {
    match node.kind {
        Kind::Scalar(scalar) if scalar.style == Style::Plain && scalar.text == MERGE_KEY => Some(Key::Merge),
        Kind::Scalar(scalar) => Some(Key::Named(Spanned::new(scalar.text, node.span))),
        _ => {
            report.add(
                Diagnostic::error(
                    Code::WrongType,
                    node.span,
                    format!("a key must be a word, not {}", node.described()),
                )
                .hint("quote it if it is a name"),
            );
            None
        }
    }
}

impl Entries {
    fn insert(&mut self, key: Spanned<String>, node: Node, report: &mut Report) {
        if let Some(first) = self.place.get(&key.value) {
            report.add(
                Diagnostic::error(
                    Code::DuplicateKey,
                    key.span,
                    format!("the key `{}` is here twice", key.value),
                )
                .label(*first, "first written here")
                .hint("remove one of them, or join what they say"),
            );
            return;
        }
        self.place.insert(key.value.clone(), key.span);
        self.written.push((key, node));
    }

    /// `<<: *base` or `<<: [*one, *two]`: what is written out wins over what is merged in.
    fn merge(&mut self, node: Node, report: &mut Report) {
        match node.kind {
            Kind::Mapping(more) => {
                for (key, value) in more {
                    if !self.place.contains_key(&key.value) {
                        self.insert(key, value, report);
                    }
                }
            }
            Kind::Sequence(items) => items.into_iter().for_each(|item| self.merge(item, report)),
            _ => report.add(
                Diagnostic::error(
                    Code::WrongType,
                    node.span,
                    format!("`<<` merges mappings, this is {}", node.described()),
                )
                .hint("write `<<: *name`, where `&name` marks a mapping"),
            ),
        }
    }
}

/// How many values a tree holds, and how deep it is.
fn measure(node: &Node) -> (usize, usize) {
    let of_many = |nodes: &mut dyn Iterator<Item = &Node>| {
        nodes.map(measure).fold((1, 0), |(sum, deepest), (count, depth)| (sum + count, deepest.max(depth)))
    };
    let (count, depth) = match &node.kind {
        Kind::Nothing | Kind::Scalar(_) => (1, 0),
        Kind::Sequence(items) => of_many(&mut items.iter()),
        Kind::Mapping(entries) => of_many(&mut entries.iter().map(|(_, value)| value)),
    };
    (count, depth + 1)
}

fn hint_for(text: &str, at: Place) -> &'static str {
    let line = text.lines().nth(at.line.saturating_sub(1) as usize).unwrap_or_default();
    let trimmed = line.trim_start();
    if line.contains('\t') {
        "YAML is indented with spaces; there is a tab in this line"
    } else if [": *", "[*", ", *", "- *", ": %", ": @", ": `"].iter().any(|start| trimmed.contains(start)) {
        "quote the value: a plain word may not start with `*`, `%`, `@` or a backtick"
    } else if line.matches('"').count() % 2 == 1 || line.matches('\'').count() % 2 == 1 {
        "a quote is opened in this line and not closed"
    } else {
        "look at the indentation, and for a bracket, quote or `: ` that is missing before this place"
    }
}

const MERGE_KEY: &str = "<<";
/// Contracts are about ten levels deep; this is room to spare and far from the end of any stack.
const NESTING_MAX: usize = 100;
const BORROWED_MAX: usize = 1_000_000;
