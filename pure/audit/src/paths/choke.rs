//! Choke points: which one thing, mended, ends the most ways; then which next.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pgward_catalog::name::RoleName;
use serde::Serialize;

use crate::finding::Fix;
use crate::paths::graph::{Graph, Node, Sink};
use crate::paths::search::Reach;

/// Something to mend, in the order in which it pays most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChokePoint {
    /// What makes the steps possible.
    pub cause: String,
    /// What mends it.
    pub fix: Fix,
    /// How many pairs of login and sink were left before it was mended.
    pub before: usize,
    /// And after.
    pub after: usize,
}

/// Mends what ends most pairs of login and sink, until nothing is left, nothing helps, or the list is long enough.
pub fn choke_points<'l>(graph: &Graph, logins: impl Iterator<Item = &'l RoleName>) -> Vec<ChokePoint> {
    let logins: Vec<Node> = logins.map(Node::from).collect();
    let mut left = graph.clone();
    let mut points = Vec::new();
    let mut before = pairs(&left, &logins, "");
    while before > 0 && points.len() < POINTS_MOST {
        let best = candidates(&left, &logins)
            .into_iter()
            .map(|(cause, fix)| (pairs(&left, &logins, &cause), cause, fix))
            .min_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let Some((after, cause, fix)) = best.filter(|(after, ..)| *after < before) else { break };
        left = Graph::of(left.edges().iter().filter(|edge| edge.cause != cause).cloned().collect());
        points.push(ChokePoint { cause, fix, before, after });
        before = after;
    }
    points
}

fn pairs(graph: &Graph, logins: &[Node], mended: &str) -> usize {
    let reach = Reach::without(graph, mended);
    Sink::WORST_FIRST
        .into_iter()
        .map(|sink| logins.iter().filter(|login| reach.reaches(login, sink)).count())
        .sum()
}

/// Causes of edges that lie on some way from a login to a sink. Of these, those on the shortest ways of most: a cause that is
/// on no shortest way ends no pair by itself.
fn candidates(graph: &Graph, logins: &[Node]) -> Vec<(String, Fix)> {
    let reach = Reach::of(graph);
    let mut causes: BTreeMap<&str, (usize, &Fix)> = BTreeMap::new();
    for sink in Sink::WORST_FIRST {
        let starts = logins.iter().filter(|login| reach.reaches(login, sink));
        let mut seen: BTreeSet<&Node> = starts.clone().collect();
        let mut queue: VecDeque<&Node> = starts.collect();
        while let Some(node) = queue.pop_front() {
            let Some(distance) = reach.distance(node, sink) else { continue };
            let nearer = graph
                .leaving(node)
                .map(|(_, edge)| edge)
                .filter(|edge| reach.distance(&edge.to, sink).is_some_and(|next| next < distance));
            for edge in nearer {
                if is_mendable(&edge.fix) {
                    causes.entry(edge.cause.as_str()).or_insert((0, &edge.fix)).0 += 1;
                }
                if seen.insert(&edge.to) {
                    queue.push_back(&edge.to);
                }
            }
        }
    }
    let mut ranked: Vec<(&str, (usize, &Fix))> = causes.into_iter().collect();
    ranked.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    ranked.truncate(CANDIDATES_MOST);
    ranked.into_iter().map(|(cause, (_, fix))| (cause.to_owned(), fix.clone())).collect()
}

/// What follows from PostgreSQL itself is no choke point.
fn is_mendable(fix: &Fix) -> bool {
    match fix {
        Fix::Sql(statements) => !statements.is_empty(),
        Fix::Words(words) => !words.is_empty(),
    }
}

/// How long the list gets.
const POINTS_MOST: usize = 10;
/// How many causes are tried for each place in the list.
const CANDIDATES_MOST: usize = 200;
