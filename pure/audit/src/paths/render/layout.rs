//! A layered layout: who starts on the left, what is reached on the right, each step to a layer further right where it can.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::graph::Node;
use crate::paths::mechanism::Mechanism;
use crate::paths::report::State;

/// A graph with a place for everything.
pub(super) struct Layout {
    /// The nodes.
    pub(super) boxes: BTreeMap<Node, Place>,
    /// The lines between them; steps between the same two nodes are one line.
    pub(super) lines: Vec<Line>,
    /// How wide and how high the whole is.
    pub(super) size: (usize, usize),
}

/// Where a node is: its left upper corner.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) layer: usize,
    /// Whether somebody starts here, whoever else may come by.
    pub(super) is_start: bool,
}

/// A line from one node to another.
pub(super) struct Line {
    pub(super) from: Node,
    pub(super) to: Node,
    pub(super) mechanisms: BTreeSet<Mechanism>,
    pub(super) causes: BTreeSet<String>,
}

pub(super) const BOX_WIDTH: usize = 224;
pub(super) const BOX_HEIGHT: usize = 34;
const GAP_ACROSS: usize = 190;
const GAP_DOWN: usize = 26;
const MARGIN: usize = 24;

impl Layout {
    /// Lays out every way that is shown.
    pub(super) fn of(state: &State) -> Layout {
        let mut lines: BTreeMap<(Node, Node), Line> = BTreeMap::new();
        for step in state.steps() {
            let key = (step.from.clone(), step.to.clone());
            let line = lines.entry(key).or_insert_with(|| Line {
                from: step.from.clone(),
                to: step.to.clone(),
                mechanisms: BTreeSet::new(),
                causes: BTreeSet::new(),
            });
            line.mechanisms.insert(step.mechanism);
            if !step.cause.is_empty() {
                line.causes.insert(step.cause.clone());
            }
        }
        let lines: Vec<Line> = lines.into_values().collect();
        let mut layers = in_layers(&layer_of_each(state));
        untangle(&mut layers, &lines);
        let tallest = layers.iter().map(Vec::len).max().unwrap_or(0);
        let mut boxes = BTreeMap::new();
        for (layer, nodes) in layers.iter().enumerate() {
            let above = (tallest - nodes.len()) * (BOX_HEIGHT + GAP_DOWN) / 2;
            for (row, node) in nodes.iter().enumerate() {
                let x = MARGIN + layer * (BOX_WIDTH + GAP_ACROSS);
                let y = MARGIN + above + row * (BOX_HEIGHT + GAP_DOWN);
                let is_start = state.reaching.iter().any(|one| Node::Role(one.role.clone()) == *node);
                boxes.insert(node.clone(), Place { x, y, layer, is_start });
            }
        }
        let across = layers.len().max(1);
        let width = 2 * MARGIN + across * BOX_WIDTH + (across - 1) * GAP_ACROSS;
        let height = 2 * MARGIN + tallest.max(1) * (BOX_HEIGHT + GAP_DOWN);
        Layout { boxes, lines, size: (width, height) }
    }
}

/// The furthest a node is from the start of any way that it is on.
fn layer_of_each(state: &State) -> BTreeMap<Node, usize> {
    let mut layers: BTreeMap<Node, usize> = BTreeMap::new();
    for (_, way) in state.ways() {
        for (index, step) in way.steps.iter().enumerate() {
            layers.entry(step.from.clone()).and_modify(|layer| *layer = index.max(*layer)).or_insert(index);
            let next = index + 1;
            layers.entry(step.to.clone()).and_modify(|layer| *layer = next.max(*layer)).or_insert(next);
        }
    }
    // Sinks end the picture, the worst of them last.
    let deepest = layers.iter().filter(|(node, _)| !matches!(node, Node::Sink(_))).map(|(_, layer)| *layer);
    let after = deepest.max().unwrap_or(0) + 1;
    for (node, layer) in &mut layers {
        if let Node::Sink(_) = node {
            *layer = after.max(*layer);
        }
    }
    layers
}

fn in_layers(layer_of: &BTreeMap<Node, usize>) -> Vec<Vec<Node>> {
    let mut used: Vec<usize> = layer_of.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
    used.sort_unstable();
    used.iter()
        .map(|layer| layer_of.iter().filter(|(_, at)| *at == layer).map(|(node, _)| node.clone()).collect())
        .collect()
}

/// Puts each node near the middle of those it is joined with, a few times, left to right.
fn untangle(layers: &mut [Vec<Node>], lines: &[Line]) {
    for _ in 0..SWEEPS {
        let rows: BTreeMap<Node, usize> = layers
            .iter()
            .flat_map(|layer| {
                layer.iter().enumerate().map(|(row, node)| (node.clone(), row * 1000 / layer.len()))
            })
            .collect();
        for layer in layers.iter_mut() {
            layer.sort_by_cached_key(|node| {
                let joined: Vec<usize> = lines
                    .iter()
                    .filter_map(|line| match (line.from == *node, line.to == *node) {
                        (true, _) => rows.get(&line.to).copied(),
                        (_, true) => rows.get(&line.from).copied(),
                        _ => None,
                    })
                    .collect();
                let own = rows.get(node).copied().unwrap_or(0);
                (joined.iter().sum::<usize>().checked_div(joined.len()).unwrap_or(own), node.clone())
            });
        }
    }
}

const SWEEPS: usize = 6;
