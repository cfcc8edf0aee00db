//! The report: what was found of paths, in the words that every format prints.

use pgward_catalog::name::RoleName;
use serde::Serialize;

use crate::finding::Fix;
use crate::paths::choke::ChokePoint;
use crate::paths::graph::{Graph, Node, Sink};
use crate::paths::search::{Path, Reach, shortest_paths};
use crate::paths::{LoginPaths, Paths, WAYS_SHOWN};
use crate::severity::{Precondition, Severity};

/// What is reported: now, and where there is a contract, after it is applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The server's version: `17`.
    pub major: u32,
    /// As it is.
    pub before: State,
    /// As it would be with the contract.
    pub after: Option<State>,
    /// What could not be seen, so that there may be more.
    pub unseen: Vec<String>,
}

/// What is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct State {
    /// How many logins were looked at: all that are neither superusers nor administrators.
    pub logins: usize,
    /// Those who reach something, the worst first.
    pub reaching: Vec<Reaching>,
    /// Roles that are no superusers and can become one.
    pub shadow_superusers: Vec<RoleName>,
    /// What to mend first.
    pub choke_points: Vec<ChokePoint>,
}

/// What one login reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reaching {
    /// The login.
    pub role: RoleName,
    /// What it reaches by steps of its own, the worst first.
    pub sinks: Vec<Reached>,
    /// What follows from these alone.
    pub also: Vec<Following>,
}

/// A sink that is reached through another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Following {
    /// What is reached.
    pub sink: Sink,
    /// From where: the first sink on the way.
    pub from: Sink,
    /// What leads from one to the other, where PostgreSQL itself is not enough: "MD5 verifier of superuser dba".
    pub by: String,
}

impl Following {
    /// Those that follow from the same, together: "from superuser: commands of the operating system, files of the server".
    pub fn in_words(all: &[Following]) -> Vec<String> {
        let same = |one: &Following, other: &Following| one.from == other.from && one.by == other.by;
        all.chunk_by(same)
            .filter_map(|together| {
                let first = together.first()?;
                let reached: Vec<&str> = together.iter().map(|one| one.sink.words()).collect();
                let by = if first.by.is_empty() { String::new() } else { format!(" by {}", first.by) };
                Some(format!("from {}{by}: {}", first.from.words(), reached.join(", ")))
            })
            .collect()
    }
}

/// A sink with the ways there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// What is reached.
    pub sink: Sink,
    /// How bad that is, by the easiest way.
    pub severity: Severity,
    /// The ways, the shortest first.
    pub ways: Vec<Way>,
}

/// One way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The hardest thing it takes.
    pub precondition: Precondition,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// One step of a way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The number of its edge in the graph.
    pub edge: usize,
    /// Who takes it.
    pub from: Node,
    /// What it leads to.
    pub to: Node,
    /// The mechanism's name.
    pub mechanism: crate::paths::mechanism::Mechanism,
    /// In words: `"app" may SET ROLE to "dba"`.
    pub words: String,
    /// How, in words between the two.
    #[serde(skip)]
    pub how: &'static str,
    /// What it takes.
    pub precondition: Precondition,
    /// The database it is done in.
    pub database: Option<String>,
    /// What makes it possible; empty: PostgreSQL itself.
    pub cause: String,
    /// What removes it.
    pub fix: Fix,
    /// The page of PostgreSQL's manual, or the CVE, that says so.
    pub source: &'static str,
}

impl State {
    /// Tells the paths, only those of this role and to this sink where one was asked for. A role that was asked for by name is
    /// looked at whether it may log in or not.
    pub fn of(paths: &Paths, from: Option<&RoleName>, to: Option<Sink>) -> State {
        let asked = from.map(|role| vec![ways_of(&paths.graph, role)]);
        let mut reaching = Vec::new();
        for login in asked.as_ref().unwrap_or(&paths.logins) {
            let wanted = |sink: &Sink| to.is_none_or(|to| to == *sink);
            let (own, following): (Vec<_>, Vec<_>) =
                login.sinks.iter().filter(|(sink, _)| wanted(sink)).partition(|(_, ways)| {
                    to.is_some() || ways.iter().any(|way| !passes_a_sink(&paths.graph, way))
                });
            if own.is_empty() {
                continue;
            }
            let sinks = own.into_iter().map(|(sink, ways)| reached(&paths.graph, *sink, ways, to)).collect();
            let mut also: Vec<Following> =
                following.into_iter().filter_map(|(sink, ways)| follows(&paths.graph, *sink, ways)).collect();
            also.sort_by(|a, b| (b.from, &a.by).cmp(&(a.from, &b.by)).then_with(|| b.sink.cmp(&a.sink)));
            reaching.push(Reaching { role: login.login.clone(), sinks, also });
        }
        State {
            logins: asked.map_or(paths.logins.len(), |asked| asked.len()),
            reaching,
            shadow_superusers: paths.shadow_superusers.clone(),
            choke_points: paths.choke_points.clone(),
        }
    }

    /// Every step that is shown, each edge once.
    pub fn steps(&self) -> Vec<&Step> {
        let mut steps: Vec<&Step> = self.ways().flat_map(|(_, way)| &way.steps).collect();
        steps.sort_by_key(|step| step.edge);
        steps.dedup_by_key(|step| step.edge);
        steps
    }

    /// Every way that is shown, with who goes it.
    pub fn ways(&self) -> impl Iterator<Item = (&RoleName, &Way)> {
        self.reaching.iter().flat_map(|reaching| {
            let ways = reaching.sinks.iter().flat_map(|reached| &reached.ways);
            ways.map(|way| (&reaching.role, way))
        })
    }
}

fn ways_of(graph: &Graph, role: &RoleName) -> LoginPaths {
    let reach = Reach::of(graph);
    let start = Node::Role(role.clone());
    let sinks = Sink::WORST_FIRST
        .into_iter()
        .map(|sink| (sink, shortest_paths(graph, &reach, &start, sink, WAYS_SHOWN)))
        .filter(|(_, paths)| !paths.is_empty())
        .collect();
    LoginPaths { login: role.clone(), sinks }
}

/// Whether something else that nobody should reach comes first: what follows is no news.
fn passes_a_sink(graph: &Graph, way: &Path) -> bool {
    way.edges(graph).any(|edge| matches!(edge.from, Node::Sink(_)))
}

/// What the shortest way there goes through.
fn follows(graph: &Graph, sink: Sink, ways: &[Path]) -> Option<Following> {
    let way = ways.first()?;
    let mut after = way.edges(graph).skip_while(|edge| !matches!(edge.from, Node::Sink(_))).peekable();
    let Node::Sink(from) = after.peek()?.from else { return None };
    let causes: Vec<&str> = after.map(|edge| edge.cause.as_str()).filter(|cause| !cause.is_empty()).collect();
    Some(Following { sink, from, by: causes.join("; ") })
}

fn reached(graph: &Graph, sink: Sink, ways: &[Path], asked: Option<Sink>) -> Reached {
    let shown: Vec<Way> = ways
        .iter()
        .filter(|way| asked.is_some() || !passes_a_sink(graph, way))
        .map(|way| Way { precondition: way.precondition(graph), steps: steps(graph, way) })
        .collect();
    let easiest = shown.iter().map(|way| way.precondition).min().unwrap_or(Precondition::Configuration);
    Reached { sink, severity: Severity::of(sink.capability(), easiest), ways: shown }
}

fn steps(graph: &Graph, way: &Path) -> Vec<Step> {
    let edges = way.0.iter().filter_map(|number| Some((*number, graph.edges().get(*number)?)));
    edges
        .map(|(number, edge)| Step {
            edge: number,
            from: edge.from.clone(),
            to: edge.to.clone(),
            mechanism: edge.mechanism,
            words: format!("{} {} {}", edge.from, edge.words(), edge.to),
            how: edge.words(),
            precondition: edge.precondition,
            database: edge.database.as_ref().map(|database| database.as_str().to_owned()),
            cause: edge.cause.clone(),
            fix: edge.fix.clone(),
            source: edge.mechanism.source(),
        })
        .collect()
}
