//! Paths as a picture, complete in itself.

use std::fmt::Write as _;

use crate::paths::graph::Node;
use crate::paths::render::layout::{BOX_HEIGHT, BOX_WIDTH, Layout, Line, Place};
use crate::paths::render::markup::{escaped, shortened};
use crate::paths::report::{Report, State};

/// The picture; with a contract, the one before it is applied above the one afterwards.
pub fn svg(report: &Report) -> String {
    let before = Layout::of(&report.before);
    let after = report.after.as_ref().map(Layout::of);
    let heading = if after.is_some() { HEADING } else { 0 };
    let width = before.size.0.max(after.as_ref().map_or(0, |layout| layout.size.0));
    let height = before.size.1 + after.as_ref().map_or(0, |layout| layout.size.1) + 2 * heading;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"escalation paths\">\n<style>{STYLE}</style>\n{ARROW}<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n"
    );
    if let Some(after) = &after {
        let _ = writeln!(text, "<text class=\"heading\" x=\"24\" y=\"24\">before</text>");
        group(&mut text, &before, heading);
        let below = before.size.1 + heading;
        let _ = writeln!(text, "<text class=\"heading\" x=\"24\" y=\"{}\">after</text>", below + 24);
        group(&mut text, after, below + heading);
    } else {
        group(&mut text, &before, 0);
    }
    text.push_str("</svg>\n");
    text
}

/// The picture of one state, to be put into a page that brings the style.
pub(super) fn inline(state: &State) -> String {
    let layout = Layout::of(state);
    let (width, height) = layout.size;
    let mut text = format!(
        "<svg class=\"paths\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"escalation paths\">{ARROW}"
    );
    group(&mut text, &layout, 0);
    text.push_str("</svg>\n");
    text
}

fn group(text: &mut String, layout: &Layout, down: usize) {
    let _ = writeln!(text, "<g transform=\"translate(0 {down})\">");
    if layout.boxes.is_empty() {
        text.push_str(
            "<text class=\"nothing\" x=\"24\" y=\"44\">nobody reaches more than they should</text>\n",
        );
    }
    for line in &layout.lines {
        if let (Some(from), Some(to)) = (layout.boxes.get(&line.from), layout.boxes.get(&line.to)) {
            draw_line(text, line, *from, *to);
        }
    }
    for (node, place) in &layout.boxes {
        draw_box(text, node, *place);
    }
    // Words last, so that no line runs through them.
    for line in &layout.lines {
        if let (Some(from), Some(to)) = (layout.boxes.get(&line.from), layout.boxes.get(&line.to)) {
            draw_words(text, line, *from, *to);
        }
    }
    text.push_str("</g>\n");
}

fn draw_box(text: &mut String, node: &Node, place: Place) {
    let kind = match node {
        Node::Sink(_) => "sink",
        Node::Public | Node::AnyPlainRole => "many",
        Node::Role(_) | Node::Privileges(_) if place.is_start => "start",
        Node::Role(_) | Node::Privileges(_) => "role",
    };
    let name = node.to_string();
    let _ = writeln!(
        text,
        "<g class=\"{kind}\"><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"8\"/><text x=\"{}\" y=\"{}\">{}</text></g>",
        escaped(&name),
        place.x,
        place.y,
        place.x + BOX_WIDTH / 2,
        place.y + BOX_HEIGHT / 2 + 4,
        escaped(&shortened(&name, LETTERS_MAX))
    );
}

fn draw_line(text: &mut String, line: &Line, from: Place, to: Place) {
    let causes: Vec<&str> = line.causes.iter().map(String::as_str).collect();
    let _ = writeln!(
        text,
        "<path class=\"step\" marker-end=\"url(#arrow)\" d=\"{}\"><title>{}</title></path>",
        curve(from, to),
        escaped(&causes.join("\n"))
    );
}

/// From the right edge to the left edge; within a layer, or back, around the right side.
fn curve(from: Place, to: Place) -> String {
    let middle = |place: Place| place.y + BOX_HEIGHT / 2;
    let (x1, y1, y2) = (from.x + BOX_WIDTH, middle(from), middle(to));
    if to.layer > from.layer {
        let x2 = to.x;
        let bend = (x2 - x1) / 2;
        format!("M{x1} {y1} C{} {y1} {} {y2} {x2} {y2}", x1 + bend, x2 - bend)
    } else {
        let x2 = to.x + BOX_WIDTH;
        let out = x1.max(x2) + 48;
        format!("M{x1} {y1} C{out} {y1} {out} {y2} {x2} {y2}")
    }
}

/// In the gap after the box the line leaves from, so that no words lie on a box further on; one step on, in the middle of the gap.
fn draw_words(text: &mut String, line: &Line, from: Place, to: Place) {
    let Some(first) = line.mechanisms.first() else { return };
    if line.from == Node::AnyPlainRole {
        return;
    }
    let more = line.mechanisms.len() - 1;
    let words = if more == 0 { first.short().to_owned() } else { format!("{} +{more}", first.short()) };
    let (x1, y1) = (from.x + BOX_WIDTH, from.y + BOX_HEIGHT / 2);
    let (x2, y2) = if to.layer > from.layer {
        (to.x, to.y + BOX_HEIGHT / 2)
    } else {
        (to.x + BOX_WIDTH + 72, to.y + BOX_HEIGHT / 2)
    };
    let adjacent = to.layer == from.layer + 1;
    let (x, y) =
        if adjacent { ((x1 + x2) / 2, (y1 + y2) / 2) } else { (x1 + AFTER_BOX, (15 * y1 + y2) / 16) };
    let all: Vec<&str> = line.mechanisms.iter().map(|mechanism| mechanism.words()).collect();
    let _ = writeln!(
        text,
        "<text class=\"words\" x=\"{x}\" y=\"{}\"><title>{}</title>{}</text>",
        y.saturating_sub(4),
        escaped(&all.join("\n")),
        escaped(&words)
    );
}

/// The colours, for light and for dark.
pub(super) const STYLE: &str = "\
:root{--paper:#fff;--ink:#1b1f24;--soft:#5b6570;--line:#8a949e;--start:#dbeafe;--role:#f1f3f5;--sink:#b42318;--sinkink:#fff}\
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e6e9ec;--soft:#a3adb8;--line:#6f7a85;--start:#1e3a5f;--role:#262b31;--sink:#d9483b;--sinkink:#fff}}\
text{font:12px system-ui,sans-serif;fill:var(--ink);text-anchor:middle}\
.heading,.nothing{font-weight:600;text-anchor:start}\
.paper{fill:var(--paper)}\
.start rect{fill:var(--start);stroke:var(--line)}.role rect{fill:var(--role);stroke:var(--line)}\
.many rect{fill:var(--role);stroke:var(--line);stroke-dasharray:4 3}\
.sink rect{fill:var(--sink)}.sink text{fill:var(--sinkink);font-weight:600}\
.step{fill:none;stroke:var(--line);stroke-width:1.4}.arrow{fill:var(--line)}\
text.words{font-size:10px;fill:var(--soft);stroke:var(--paper);stroke-width:4px;paint-order:stroke;stroke-linejoin:round}";

const ARROW: &str = "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto-start-reverse\"><path class=\"arrow\" d=\"M0 0 L8 4 L0 8 z\"/></marker></defs>\n";
const HEADING: usize = 34;
const AFTER_BOX: usize = 64;
const LETTERS_MAX: usize = 32;
