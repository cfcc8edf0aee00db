//! From a contract and a server to everything that planning and proving start from.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::ObjectRef;
use pgward_catalog::policy::RowSecurity;
use pgward_contract::expand::expansion::Expansion;
use pgward_contract::expand::whole::expand;
use pgward_contract::model::contract::Contract;
use pgward_plan::equivalences::Equivalences;
use pgward_postgres::equivalence::{Answer, Question, compare_expressions};
use pgward_postgres::inspect::in_snapshot;

use crate::server::{Databases, Server, ServerError};

/// A contract held against a server.
pub struct Prepared {
    /// What is there.
    pub observed: Catalog,
    /// What should be, and what else is to be said about it.
    pub expansion: Expansion,
    /// Which expressions of policies the server says are the same.
    pub equivalences: Equivalences,
    /// Expressions of the contract that the server cannot make sense of: the table, the expression, the server's words.
    pub invalid: Vec<InvalidExpression>,
}

/// An expression of a policy that the server refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidExpression {
    /// The table of the policy.
    pub table: ObjectRef,
    /// What the server says about it.
    pub message: String,
}

/// Which databases a contract is about: those that it names, and all others, since its roles may hold things anywhere.
pub fn databases_of(contract: &Contract) -> Databases {
    Databases::AllAnd(contract.databases.keys().map(|name| DatabaseName::from(name.as_str())).collect())
}

/// Holds the contract against what was observed; asks the server about expressions whose texts differ.
pub async fn prepare(
    server: &Server,
    contract: &Contract,
    observed: Catalog,
) -> Result<Prepared, ServerError> {
    let expansion = expand(contract, &observed);
    let (equivalences, invalid) = equivalences(server, None, &observed, &expansion.desired).await?;
    Ok(Prepared { observed, expansion, equivalences, invalid })
}

/// What the server says about the expressions that two catalogs write differently. The session of one database may be
/// in a transaction already; the others are asked in one of their own, which writes nothing.
pub async fn equivalences(
    server: &Server,
    in_transaction: Option<&DatabaseName>,
    observed: &Catalog,
    desired: &Catalog,
) -> Result<(Equivalences, Vec<InvalidExpression>), ServerError> {
    let mut equivalences = Equivalences::none();
    let mut invalid = Vec::new();
    for (database, pairs) in differing_expressions(observed, desired) {
        let Some(session) = server.session(database) else { continue };
        let pairs: Vec<Question> = pairs.into_iter().collect();
        let asking = compare_expressions(session.client(), &pairs);
        let answers = if in_transaction == Some(database) {
            asking.await?
        } else {
            in_snapshot(session.client(), asking).await?
        };
        for (pair, answer) in pairs.into_iter().zip(answers) {
            let table = ObjectRef::within(database, pair.table);
            match answer {
                Answer::Same => equivalences.insert(table, pair.left, pair.right),
                Answer::Different | Answer::CannotTell(_) => {}
                Answer::Invalid { message, .. } => invalid.push(InvalidExpression { table, message }),
            }
        }
    }
    Ok((equivalences, invalid))
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
