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
    let mut before = pairs(&Reach::of(&left), &logins);
    while before > 0 && points.len() < POINTS_MOST {
        let best = candidates(&left, &logins)
            .into_iter()
            .map(|(cause, fix)| (pairs(&Reach::without(&left, &cause), &logins), cause, fix))
            .min_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let Some((after, cause, fix)) = best.filter(|(after, ..)| *after < before) else { break };
        left = Graph::of(left.edges().iter().filter(|edge| edge.cause != cause).cloned().collect());
        points.push(ChokePoint { cause, fix, before, after });
        before = after;
    }
    points
}

fn pairs(reach: &Reach, logins: &[Node]) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::graph::Edge;
    use crate::paths::mechanism::Mechanism;
    use crate::severity::Precondition;

    fn role(name: &str) -> Node {
        Node::Role(RoleName::from(name))
    }

    fn edge(from: Node, to: Node, cause: &str, fix: Fix) -> Edge {
        let (mechanism, precondition) = (Mechanism::SetRole, Precondition::Login);
        Edge { from, to, mechanism, precondition, database: None, cause: cause.to_owned(), fix, object: None }
    }

    /// Three logins come to superuser by one team, a fourth by itself; reading all comes with it.
    fn graph() -> Graph {
        let root = Node::Sink(Sink::Superuser);
        let mend = || Fix::sql("REVOKE");
        Graph::of(vec![
            edge(role("a"), role("team"), "a in team", mend()),
            edge(role("b"), role("team"), "b in team", mend()),
            edge(role("c"), role("team"), "c in team", mend()),
            edge(role("team"), root.clone(), "team in dba", mend()),
            edge(role("d"), root.clone(), "d in dba", mend()),
            edge(root, Node::Sink(Sink::AllRead), "", Fix::words("")),
        ])
    }

    #[test]
    fn what_ends_most_pairs_comes_first() {
        let logins = ["a", "b", "c", "d"].map(RoleName::from);
        let found: Vec<(String, usize, usize)> = choke_points(&graph(), logins.iter())
            .into_iter()
            .map(|point| (point.cause, point.before, point.after))
            .collect();
        assert_eq!(found, [("team in dba".to_owned(), 8, 2), ("d in dba".to_owned(), 2, 0)]);
    }

    #[test]
    fn nothing_is_mended_where_nobody_reaches_anything() {
        let logins = ["stranger"].map(RoleName::from);
        assert_eq!(choke_points(&graph(), logins.iter()), []);
    }
}
