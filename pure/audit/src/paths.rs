//! Paths: how a login becomes more than it is. A directed graph of principals and of what can be reached, an edge for every
//! mechanism that was shown to work, and the shortest ways through it.

pub mod choke;
pub mod edges;
pub mod graph;
pub mod mechanism;
pub mod render;
pub mod report;
pub mod search;

use pgward_catalog::name::RoleName;

use crate::paths::choke::{ChokePoint, choke_points};
use crate::paths::graph::{Graph, Node, Sink};
use crate::paths::search::{Path, Reach, shortest_paths};
use crate::study::Study;

/// Every login's ways to everything it should not reach.
pub struct Paths {
    /// The graph.
    pub graph: Graph,
    /// The low logins with what they reach, those who reach the worst first.
    pub logins: Vec<LoginPaths>,
    /// Roles that are no superusers and can become one: logins and the roles they act as.
    pub shadow_superusers: Vec<RoleName>,
    /// What to mend first.
    pub choke_points: Vec<ChokePoint>,
}

/// What one login reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginPaths {
    /// The login.
    pub login: RoleName,
    /// For each sink it reaches, the worst first: the shortest way, and the next few.
    pub sinks: Vec<(Sink, Vec<Path>)>,
}

/// How many ways are shown from a login to a sink.
pub const WAYS_SHOWN: usize = 3;

impl Paths {
    /// Finds them.
    pub fn of(study: &Study<'_>) -> Paths {
        let graph = edges::graph(study);
        let reach = Reach::of(&graph);
        let mut logins: Vec<LoginPaths> = study
            .low_logins()
            .map(|(login, _)| LoginPaths {
                login: login.clone(),
                sinks: Sink::WORST_FIRST
                    .into_iter()
                    .filter_map(|sink| {
                        let paths =
                            shortest_paths(&graph, &reach, &Node::Role(login.clone()), sink, WAYS_SHOWN);
                        (!paths.is_empty()).then_some((sink, paths))
                    })
                    .collect(),
            })
            .collect();
        logins.sort_by(|a, b| {
            let worst = |paths: &LoginPaths| paths.sinks.first().map(|(sink, _)| *sink);
            worst(b).cmp(&worst(a)).then_with(|| a.login.cmp(&b.login))
        });
        let shadow_superusers = study
            .catalog
            .roles
            .keys()
            .filter(|role| study.is_low(role))
            .filter(|role| reach.reaches(&Node::Role((*role).clone()), Sink::Superuser))
            .cloned()
            .collect();
        let choke_points = choke_points(&graph, study.low_logins().map(|(login, _)| login));
        Paths { graph, logins, shadow_superusers, choke_points }
    }

    /// The sinks a login reaches, the worst first.
    pub fn reached_by(&self, login: &RoleName) -> impl Iterator<Item = Sink> + use<'_> {
        let found = self.logins.iter().find(|paths| paths.login == *login);
        found.into_iter().flat_map(|paths| paths.sinks.iter().map(|(sink, _)| *sink))
    }
}
