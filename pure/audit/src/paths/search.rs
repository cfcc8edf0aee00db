//! Search: the shortest way from somebody to a sink, and the next few, in bounded time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use serde::Serialize;

use crate::paths::graph::{Edge, Graph, Node, Sink};
use crate::severity::Precondition;

/// A way: the numbers of its edges, in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Path(pub Vec<usize>);

/// For each sink, how many steps every node that reaches it is away.
pub struct Reach {
    distances: BTreeMap<Sink, BTreeMap<Node, usize>>,
}

impl Path {
    /// Its edges.
    pub fn edges<'g>(&'g self, graph: &'g Graph) -> impl Iterator<Item = &'g Edge> {
        self.0.iter().filter_map(|number| graph.edges().get(*number))
    }

    /// The hardest thing it takes.
    pub fn precondition(&self, graph: &Graph) -> Precondition {
        self.edges(graph).map(|edge| edge.precondition).max().unwrap_or(Precondition::Login)
    }
}

impl Reach {
    /// Walks back from every sink.
    pub fn of(graph: &Graph) -> Reach {
        Reach::walked(graph, |_| true)
    }

    /// The same, as if what has this cause were mended.
    pub fn without(graph: &Graph, cause: &str) -> Reach {
        Reach::walked(graph, |edge| edge.cause != cause)
    }

    fn walked(graph: &Graph, is_there: impl Fn(&Edge) -> bool) -> Reach {
        let sinks = Sink::WORST_FIRST.into_iter();
        Reach { distances: sinks.map(|sink| (sink, distances(graph, sink, &is_there))).collect() }
    }

    /// How far the node is from the sink; none: it does not reach it.
    pub fn distance(&self, node: &Node, sink: Sink) -> Option<usize> {
        self.distances.get(&sink)?.get(node).copied()
    }

    /// Whether the node reaches the sink.
    pub fn reaches(&self, node: &Node, sink: Sink) -> bool {
        self.distance(node, sink).is_some()
    }
}

fn distances(graph: &Graph, sink: Sink, is_there: &impl Fn(&Edge) -> bool) -> BTreeMap<Node, usize> {
    let start = Node::Sink(sink);
    let mut found = BTreeMap::from([(start.clone(), 0)]);
    let mut queue = VecDeque::from([(start, 0)]);
    while let Some((node, distance)) = queue.pop_front() {
        for (_, edge) in graph.arriving(&node).filter(|(_, edge)| is_there(edge)) {
            if !found.contains_key(&edge.from) {
                found.insert(edge.from.clone(), distance + 1);
                queue.push_back((edge.from.clone(), distance + 1));
            }
        }
    }
    found
}

/// The shortest simple ways, at most `wanted`. Best first with the true distance to go, so that the first is found at once;
/// how many partial ways are looked at is bounded, so a graph full of ways costs no more than an empty one.
pub fn shortest_paths(graph: &Graph, reach: &Reach, from: &Node, sink: Sink, wanted: usize) -> Vec<Path> {
    let Some(distance) = reach.distance(from, sink) else { return Vec::new() };
    let mut found = Vec::new();
    // Ordered by length of the whole way; then what needs less; then the order of edges, so that it is always the same.
    let mut open = BinaryHeap::from([Reverse((distance, Precondition::Login, Vec::<usize>::new()))]);
    let mut looked_at = 0;
    while let Some(Reverse((_, precondition, way))) = open.pop() {
        looked_at += 1;
        if looked_at > LOOKED_AT_MOST || found.len() == wanted {
            break;
        }
        let last = way.last().and_then(|number| graph.edges().get(*number));
        let at = last.map_or(from, |edge| &edge.to);
        if *at == Node::Sink(sink) {
            let way = Path(way);
            if !found.iter().any(|other| is_the_same_to_a_reader(graph, other, &way)) {
                found.push(way);
            }
            continue;
        }
        for (number, edge) in graph.leaving(at) {
            let been = |node: &Node| {
                node == from
                    || way.iter().filter_map(|number| graph.edges().get(*number)).any(|edge| edge.to == *node)
            };
            if been(&edge.to) {
                continue;
            }
            if let Some(rest) = reach.distance(&edge.to, sink) {
                let mut longer = way.clone();
                longer.push(number);
                let length = longer.len() + rest;
                open.push(Reverse((length, precondition.max(edge.precondition), longer)));
            }
        }
    }
    found
}

/// Whether two ways go through the same nodes for the same reasons: SET ROLE and inheriting along one membership are one way.
fn is_the_same_to_a_reader(graph: &Graph, one: &Path, other: &Path) -> bool {
    let told = |edge: &Edge| (edge.from.clone(), edge.to.clone(), edge.cause.clone(), edge.precondition);
    one.edges(graph).map(told).eq(other.edges(graph).map(told))
}

/// How many partial ways are looked at for one login and one sink.
const LOOKED_AT_MOST: usize = 2_000;

#[cfg(test)]
mod tests;
