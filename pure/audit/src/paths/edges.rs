//! Edges: every step that somebody in the catalog can take. One file for each family of mechanisms.

mod attribute;
mod code;
mod credential;
mod definer;
mod entrance;
mod foreign;
mod found;
mod holding;
mod membership;
mod parameter;
mod planted;
mod predefined;
mod search_path;

use crate::paths::edges::found::Edges;
use crate::paths::graph::Graph;
use crate::study::Study;

/// The graph of everything that is known to work on this server's version.
pub fn graph(study: &Study<'_>) -> Graph {
    let mut edges = Edges { study, edges: Vec::new() };
    membership::add(&mut edges);
    attribute::add(&mut edges);
    predefined::add(&mut edges);
    credential::add(&mut edges);
    entrance::add(&mut edges);
    definer::add(&mut edges);
    search_path::add(&mut edges);
    code::add(&mut edges);
    planted::add(&mut edges);
    foreign::add(&mut edges);
    parameter::add(&mut edges);
    membership::hand_down(&mut edges);
    Graph::of(edges.edges)
}
