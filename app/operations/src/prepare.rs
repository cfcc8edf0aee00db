//! From a contract and a server to everything that planning and proving start from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::ObjectRef;
use pgward_catalog::policy::RowSecurity;
use pgward_contract::expand::cluster::is_template;
use pgward_contract::expand::expansion::Expansion;
use pgward_contract::expand::whole::expand;
use pgward_contract::model::contract::Contract;
use pgward_plan::equivalences::Equivalences;
use pgward_postgres::equivalence::parsing::compare_by_parsing;
use pgward_postgres::equivalence::{Answer, Question, compare_expressions};
use pgward_postgres::inspect::{InspectError, in_snapshot, rolled_back};
use pgward_postgres::session::Session;

use crate::server::{Databases, Server, ServerError};

/// A contract held against a server.
pub struct Prepared {
    /// What is there.
    pub observed: Catalog,
    /// What should be, and what else is to be said about it.
    pub expansion: Expansion,
    /// Which expressions of policies the server says are the same.
    pub equivalences: Equivalences,
    /// Expressions whose texts differ and about which the server did not answer.
    pub unsettled: Unsettled,
}

/// Expressions of policies about which nothing is known: what is there is left alone, and nothing counts as in sync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsettled {
    /// Those that the server cannot make sense of: the table, the expression, the server's words.
    pub invalid: Vec<InvalidExpression>,
    /// Those that the server cannot compare with what is there.
    pub untold: Vec<UntoldExpression>,
}

/// An expression of a policy that the server refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidExpression {
    /// The table of the policy.
    pub table: ObjectRef,
    /// What the server says about it.
    pub message: String,
}

/// An expression of a policy that may or may not be the one that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntoldExpression {
    /// The table of the policy.
    pub table: ObjectRef,
    /// The expression as it is wanted.
    pub written: String,
    /// What is there, as the server prints it.
    pub printed: String,
    /// Why it cannot be told.
    pub why: String,
}

impl UntoldExpression {
    /// The way out: to write it so that nobody has to be asked.
    pub fn hint(&self) -> String {
        format!("if they mean the same, write it in the contract as the server prints it: {}", self.printed)
    }
}

impl fmt::Display for UntoldExpression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, written, why, .. } = self;
        write!(out, "{table} has a policy whose expression cannot be compared with {written}: {why}")
    }
}

/// Which databases a contract is about: those that it names, and all others, since its roles may hold things anywhere.
/// A template of which it says nothing that is within is not looked into: nobody could be connected to it while others copy it.
pub fn databases_of(contract: &Contract) -> Databases {
    let named = contract.databases.iter().filter(|(name, said)| {
        let is_a_template = said.template.as_ref().map(|template| template.value);
        let name = DatabaseName::from(name.as_str());
        !is_a_template.unwrap_or_else(|| is_template(&name)) || said.says_what_is_within()
    });
    Databases::AllAnd(named.map(|(name, _)| DatabaseName::from(name.as_str())).collect())
}

/// Holds the contract against what was observed; asks the server about expressions whose texts differ.
pub async fn prepare(
    server: &Server,
    contract: &Contract,
    observed: Catalog,
) -> Result<Prepared, ServerError> {
    let expansion = expand(contract, &observed);
    let (mut equivalences, unsettled) = equivalences(server, None, &observed, &expansion.desired).await?;
    // What nobody can compare is no change: a plan for it could not be verified. It is told as drift instead, so that
    // nothing counts as in sync.
    for untold in &unsettled.untold {
        equivalences.insert(untold.table.clone(), untold.printed.clone(), untold.written.clone());
    }
    Ok(Prepared { observed, expansion, equivalences, unsettled })
}

/// What the server says about the expressions that two catalogs write differently. The session of one database may be
/// in a transaction already; the others are asked in one of their own, which writes nothing unless there is no other way
/// to tell, and is rolled back then.
pub async fn equivalences(
    server: &Server,
    in_transaction: Option<&DatabaseName>,
    observed: &Catalog,
    desired: &Catalog,
) -> Result<(Equivalences, Unsettled), ServerError> {
    let mut equivalences = Equivalences::none();
    let mut unsettled = Unsettled::default();
    for (database, pairs) in differing_expressions(observed, desired) {
        let Some(session) = server.session(database) else { continue };
        let standing =
            if in_transaction == Some(database) { Standing::InTransaction } else { Standing::Idle };
        let pairs: Vec<Question> = pairs.into_iter().collect();
        let answers = match ask(session, standing, pairs).await {
            Ok(answers) => answers,
            Err(error) => return Err(server.explained(error).await),
        };
        for (pair, answer) in answers {
            let table = ObjectRef::within(database, pair.table);
            match answer {
                Answer::Same => equivalences.insert(table, pair.left, pair.right),
                Answer::Different => {}
                Answer::Invalid { message, .. } => {
                    unsettled.invalid.push(InvalidExpression { table, message });
                }
                Answer::CannotTell(why) => unsettled.untold.push(UntoldExpression {
                    table,
                    written: pair.right,
                    printed: pair.left,
                    why,
                }),
            }
        }
    }
    Ok((equivalences, unsettled))
}

/// What a session is doing.
#[derive(Clone, Copy)]
enum Standing {
    Idle,
    InTransaction,
}

/// Has the server plan the expressions, and parse those that it must not plan.
async fn ask(
    session: &Session,
    standing: Standing,
    pairs: Vec<Question>,
) -> Result<Vec<(Question, Answer)>, InspectError> {
    let client = session.client();
    let asking = compare_expressions(client, &pairs);
    let answers = match standing {
        Standing::InTransaction => asking.await?,
        Standing::Idle => in_snapshot(client, asking).await?,
    };
    let (untold, mut told): (Vec<_>, Vec<_>) =
        pairs.into_iter().zip(answers).partition(|(_, answer)| matches!(answer, Answer::CannotTell(_)));
    if untold.is_empty() {
        return Ok(told);
    }
    let pairs: Vec<Question> = untold.iter().map(|(pair, _)| pair.clone()).collect();
    let asking = compare_by_parsing(client, &pairs);
    let answers = match standing {
        Standing::InTransaction => asking.await?,
        Standing::Idle => rolled_back(client, asking).await?,
    };
    told.extend(untold.into_iter().zip(answers).map(|((pair, first), second)| match (first, second) {
        (Answer::CannotTell(first), Answer::CannotTell(second)) => {
            (pair, Answer::CannotTell(format!("{first}; {second}")))
        }
        (_, answer) => (pair, answer),
    }));
    Ok(told)
}

/// Policies of the same name on the same table whose expressions are not the same text.
fn differing_expressions<'a>(
    observed: &Catalog,
    desired: &'a Catalog,
) -> BTreeMap<&'a DatabaseName, BTreeSet<Question>> {
    let mut differing: BTreeMap<&DatabaseName, BTreeSet<Question>> = BTreeMap::new();
    for (database, key, object) in desired.objects() {
        let (Some(database), Some(wanted)) = (database, object.row_security()) else { continue };
        let there = observed.object(&ObjectRef { database: Some(database.clone()), key: key.clone() });
        let Some(there) = there.and_then(|object| object.row_security()) else { continue };
        for (left, right) in differing_pairs(there, wanted) {
            differing.entry(database).or_default().insert(Question { table: key.clone(), left, right });
        }
    }
    differing
}

fn differing_pairs(there: &RowSecurity, wanted: &RowSecurity) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, policy) in &wanted.policies {
        let Some(found) = there.policies.get(name) else { continue };
        for (left, right) in [(&found.using, &policy.using), (&found.check, &policy.check)] {
            if let (Some(left), Some(right)) = (left, right)
                && left != right
            {
                pairs.push((left.clone(), right.clone()));
            }
        }
    }
    pairs
}
