//! `never: {reach: ...}` against the graph of paths: what a role gets at by steps that no membership shows, such as code
//! that runs with somebody else's rights. The server's own answer knows attributes and memberships alone.

use pgward_audit::declared::Declared;
use pgward_audit::paths::edges;
use pgward_audit::paths::graph::{Edge, Graph, Node, Sink};
use pgward_audit::paths::search::{Path, Reach, shortest_paths};
use pgward_audit::severity::Precondition;
use pgward_audit::study::Study;
use pgward_contract::model::contract::Contract;
use pgward_proof::action::{Action, Power};
use pgward_proof::claim::{Claim, Topic};
use pgward_proof::verdict::{Ruling, Verdict, Witness};
use pgward_survey::Survey;

use crate::paths::unseen;

/// Whether the contract forbids to reach anything, so that the ways have to be known.
pub fn are_asked_for(contract: &Contract) -> bool {
    let nevers = contract.databases.iter().flat_map(|(_, said)| &said.never);
    nevers.into_iter().any(|never| never.reach.is_some())
}

/// Every way that is there, and what could not be seen of them.
pub struct Ways {
    graph: Graph,
    reach: Reach,
    unseen: Vec<String>,
}

impl Ways {
    /// Finds them.
    pub fn of(survey: &Survey, declared: Option<&Declared>, today: &str) -> Self {
        let graph = edges::graph(&Study::of(survey, declared, today));
        Self { reach: Reach::of(&graph), graph, unseen: unseen(survey) }
    }

    /// The same verdict, unless it says that a role does not reach what there is a way to. A way that the role goes by itself
    /// refutes the claim. One on which somebody else has to help does not, since every owner of anything has such ways, but it is
    /// told. Where not everything could be seen, the claim is open.
    pub fn judge(&self, verdict: Verdict) -> Verdict {
        let Some(sink) = forbidden(&verdict.claim).filter(|_| verdict.ruling == Ruling::Proven) else {
            return verdict;
        };
        let from = Node::Role(verdict.claim.role.clone());
        let ways = shortest_paths(&self.graph, &self.reach, &from, sink, WAYS_MAX);
        let easiest = ways.iter().min_by_key(|way| way.precondition(&self.graph));
        let (ruling, witness, reason) = match easiest {
            Some(way) if way.precondition(&self.graph) <= Precondition::Create => {
                (Ruling::Refuted, Witness::Reasoned, format!("it gets there: {}", self.words(way)))
            }
            Some(way) => {
                let help = format!("unless somebody else does his part: {}", self.words(way));
                (Ruling::Proven, Witness::ReasonedUnlessHelped, format!("{}, {help}", verdict.reason))
            }
            None if self.unseen.is_empty() => return verdict,
            None => {
                let unseen = self.unseen.join("; ");
                let why = format!("no way is seen, and not everything could be seen: {unseen}");
                (Ruling::Inconclusive, Witness::Reasoned, why)
            }
        };
        let mut evidence = verdict.evidence;
        evidence.witness = witness;
        Verdict { ruling, reason, evidence, ..verdict }
    }

    fn words(&self, way: &Path) -> String {
        let step = |edge: &Edge| match edge.cause.is_empty() {
            true => format!("{} {} {}", edge.from, edge.words(), edge.to),
            false => format!("{} {} {} ({})", edge.from, edge.words(), edge.to, edge.cause),
        };
        way.edges(&self.graph).map(step).collect::<Vec<_>>().join(", and ")
    }
}

/// What a claim says must not be reached; none for claims about something else. Whoever is a superuser has all the rest.
fn forbidden(claim: &Claim) -> Option<Sink> {
    let Action::Reach(power) = &claim.action else { return None };
    (claim.topic == Topic::Never).then_some(match power {
        Power::Superuser | Power::CreateRole | Power::CreateDatabase | Power::Replication => Sink::Superuser,
        Power::ServerFiles => Sink::ServerFiles,
        Power::ServerProgram | Power::UntrustedLanguage => Sink::OsCommand,
        Power::BypassRls => Sink::BypassRls,
        Power::ReadAllData => Sink::AllRead,
        Power::WriteAllData => Sink::AllWrite,
    })
}

/// How many ways are looked at for the easiest.
const WAYS_MAX: usize = 3;
