#![allow(clippy::unwrap_used, reason = "tests")]

use pgward_catalog::name::RoleName;

use super::*;
use crate::finding::Fix;
use crate::paths::mechanism::Mechanism;

fn role(name: &str) -> Node {
    Node::Role(RoleName::from(name))
}

fn edge(from: Node, to: Node, precondition: Precondition) -> Edge {
    let cause = format!("{from} to {to}");
    let mechanism = Mechanism::SetRole;
    Edge { from, to, mechanism, precondition, database: None, cause, fix: Fix::sql("REVOKE"), object: None }
}

/// `a>b c>*` with `*` for superuser; `a!>b` takes a victim.
fn graph(words: &str) -> Graph {
    let node = |name: &str| if name == "*" { Node::Sink(Sink::Superuser) } else { role(name) };
    let edges = words.split_whitespace().map(|word| {
        let (from, to) = word.split_once('>').unwrap();
        match from.strip_suffix('!') {
            Some(from) => edge(node(from), node(to), Precondition::Victim),
            None => edge(node(from), node(to), Precondition::Login),
        }
    });
    Graph::of(edges.collect())
}

fn ways(graph: &Graph, from: &str, wanted: usize) -> Vec<String> {
    let reach = Reach::of(graph);
    shortest_paths(graph, &reach, &role(from), Sink::Superuser, wanted)
        .iter()
        .map(|path| path.edges(graph).fold(from.to_owned(), |words, edge| format!("{words}>{}", edge.to)))
        .collect()
}

#[test]
fn the_shortest_way_comes_first_then_the_easier_one() {
    let graph = graph("a>b b>c c>* a>d d>* a!>*");
    assert_eq!(ways(&graph, "a", 3), ["a>superuser", "a>d>superuser", "a>b>c>superuser"]);
    let same_length = self::graph("a!>b b>* a>c c>*");
    assert_eq!(ways(&same_length, "a", 2), ["a>c>superuser", "a>b>superuser"]);
}

#[test]
fn no_way_passes_a_node_twice() {
    let graph = graph("a>b b>a b>c c>b c>*");
    assert_eq!(ways(&graph, "a", 9), ["a>b>c>superuser"]);
}

#[test]
fn who_reaches_nothing_has_no_way() {
    let graph = graph("a>b c>*");
    assert_eq!(ways(&graph, "a", 3), Vec::<String>::new());
    assert_eq!(Reach::of(&graph).distance(&role("c"), Sink::Superuser), Some(1));
    assert!(!Reach::of(&graph).reaches(&role("a"), Sink::Superuser));
}

#[test]
fn steps_that_have_no_cause_are_steps_too() {
    let mut edges = graph("a>b b>*").edges().to_vec();
    for edge in &mut edges {
        edge.cause = String::new();
    }
    assert!(Reach::of(&Graph::of(edges)).reaches(&role("a"), Sink::Superuser));
}

#[test]
fn a_cause_that_is_mended_carries_nobody() {
    let graph = graph("a>b b>* a>c c>b");
    assert!(!Reach::without(&graph, "b to superuser").reaches(&role("a"), Sink::Superuser));
    assert_eq!(Reach::without(&graph, "a to b").distance(&role("a"), Sink::Superuser), Some(3));
}

/// Forty thousand edges and more simple ways than there are atoms: whoever walked them all would not come back.
#[test]
fn a_dense_graph_is_searched_quickly() {
    let name = |number: usize| role(&format!("r{number}"));
    let mut edges = Vec::new();
    for from in 0..200 {
        for to in 0..200 {
            edges.push(edge(name(from), name(to), Precondition::Login));
        }
    }
    edges.push(edge(name(199), Node::Sink(Sink::Superuser), Precondition::Victim));
    let graph = Graph::of(edges);
    let reach = Reach::of(&graph);
    let found = shortest_paths(&graph, &reach, &name(0), Sink::Superuser, 3);
    assert_eq!(found.iter().map(|path| path.0.len()).collect::<Vec<_>>(), [2, 3, 3]);
}

#[test]
fn set_role_and_inheriting_along_one_membership_are_one_way() {
    let mut edges = graph("a>b b>*").edges().to_vec();
    let mut inheriting = edges.first().unwrap().clone();
    inheriting.mechanism = Mechanism::Inheriting;
    edges.push(inheriting);
    assert_eq!(ways(&Graph::of(edges), "a", 3).len(), 1);
}
