//! `pgward row-cost`: what row security costs whoever reads, and why. The server plans; it executes nothing, and where planning would
//! run somebody's code it is not asked. A scratch copy plans and executes everything.

pub mod scratch;

use std::collections::{BTreeMap, BTreeSet};

use pgward_audit::row_cost::plan::Plan;
use pgward_audit::row_cost::planning::refusal;
use pgward_audit::row_cost::report::{Comparison, Kind, Measured, PolicyCost, Report, Warning};
use pgward_audit::row_cost::words::{self, Volatilities};
use pgward_audit::source_text::{Call, calls, tokens};
use pgward_audit::study::{Placed, Study, is_predefined};
use pgward_catalog::acl::Grantee;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::ObjectRef;
use pgward_catalog::policy::{Policy, PolicyCommand, RowSecurity};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::role::Attribute;
use pgward_postgres::prove::failure::ProveError;
use pgward_postgres::row_cost::{Answer, Question, VolatilityError, Way, explain, volatilities};
use pgward_survey::anatomy::{Anatomy, Volatility};

use crate::server::Server;

/// Why the costs could not be asked for.
#[derive(Debug, thiserror::Error)]
pub enum RowCostError {
    /// The transaction failed.
    #[error(transparent)]
    Transaction(#[from] ProveError),
    /// The server could not say how volatile its functions are.
    #[error(transparent)]
    Functions(#[from] VolatilityError),
    /// The server's plan is not as it prints plans.
    #[error("EXPLAIN of {0} did not answer with a plan")]
    Plan(String),
}

/// A policy that is looked at.
struct Looked<'a> {
    placed: Placed<'a>,
    rows: &'a RowSecurity,
    name: &'a Name,
    policy: &'a Policy,
    anatomy: &'a Anatomy,
    columns: Vec<&'a Name>,
    /// What can be looked up by an index: the column, and the condition.
    lookups: Vec<(&'a Name, String)>,
}

/// Asks what each policy costs, of every table with row security or of these.
///
/// # Errors
/// The connection broke, or the server answered with something else than plans.
pub async fn row_cost(
    server: &Server,
    study: &Study<'_>,
    tables: Option<&BTreeSet<ObjectRef>>,
    way: Way,
) -> Result<Report, RowCostError> {
    let mut report = Report::default();
    for (database, session) in server.sessions() {
        let looked = looked_at(study, database, tables);
        let texts = looked.iter().flat_map(|one| [&one.policy.using, &one.policy.check]).flatten();
        let names: BTreeSet<String> =
            texts.flat_map(|text| calls(&tokens(text))).map(|call| call.name).collect();
        let names: Vec<String> = names.into_iter().collect();
        let system = volatilities(session.client(), &names).await?;
        let mut known = study.survey.databases.get(database).map(routines).unwrap_or_default();
        for function in system {
            if let Some(volatility) = function.volatility.and_then(volatility) {
                known.insert(Call { schema: None, name: function.name }, volatility);
            }
        }
        let (mut questions, mut refusals) = (Vec::new(), Vec::new());
        for one in &looked {
            match question(study, one, way) {
                Ok(question) => {
                    questions.push(question);
                    refusals.push(None);
                }
                Err(why) => refusals.push(Some(why)),
            }
        }
        let mut answers = explain(session.client(), &questions, way).await?.into_iter();
        for (one, refusal) in looked.iter().zip(refusals) {
            let answer = match refusal {
                Some(why) => Answer::Not(why),
                None => answers.next().unwrap_or_else(|| Answer::Not("it was not asked".to_owned())),
            };
            report.policies.push(judged(one, &answer, &known)?);
        }
    }
    Ok(report)
}

fn looked_at<'a>(
    study: &Study<'a>,
    database: &DatabaseName,
    tables: Option<&BTreeSet<ObjectRef>>,
) -> Vec<Looked<'a>> {
    let mut found = Vec::new();
    for (placed, rows) in study.tables().filter(|(placed, rows)| placed.database == database && rows.enabled)
    {
        if tables.is_some_and(|tables| !tables.contains(&placed.at())) {
            continue;
        }
        let Some(anatomy) = study.survey.databases.get(database) else { continue };
        let Some(relation) = anatomy.relations.get(placed.key) else { continue };
        let mut lookups = Vec::new();
        for column in relation.columns.iter().filter(|column| relation.indexed.contains(&column.name)) {
            let (name, type_name) = (column.name.quoted(), &column.type_name);
            lookups.push((&column.name, format!("{name} = (SELECT NULL::{type_name})")));
            if type_name == "text" || type_name.starts_with("character varying") {
                lookups.push((&column.name, format!("{name} LIKE 'a%'")));
            }
        }
        found.extend(rows.policies.iter().map(|(name, policy)| Looked {
            placed,
            rows,
            name,
            policy,
            anatomy,
            columns: relation.columns.iter().map(|column| &column.name).collect(),
            lookups: lookups.clone(),
        }));
    }
    found
}

/// What to ask the server; or why it is not asked.
fn question(study: &Study<'_>, one: &Looked<'_>, way: Way) -> Result<Question, String> {
    if !matches!(one.policy.command, PolicyCommand::All | PolicyCommand::Select) {
        return Err(format!(
            "only reading is measured, and the policy is FOR {}",
            one.policy.command.keyword()
        ));
    }
    if way == Way::Planned
        && let Some(why) = refusal(one.anatomy, one.placed.key, one.rows)
    {
        return Err(why);
    }
    let roles = readers(study, one);
    if roles.is_empty() {
        return Err("no role that the policy binds may read the table".to_owned());
    }
    let texts = one.rows.policies.values().filter_map(|policy| policy.using.as_deref());
    let settings: BTreeSet<String> = texts.flat_map(pgward_audit::expression::custom_settings).collect();
    Ok(Question {
        table: one.placed.key.clone(),
        roles,
        lookups: one.lookups.iter().map(|(_, condition)| condition.clone()).collect(),
        settings: settings.into_iter().collect(),
    })
}

/// Roles that the policy binds and that may read the table: those it names first, then whoever inherits from them.
fn readers(study: &Study<'_>, one: &Looked<'_>) -> Vec<RoleName> {
    let (at, owner) = (one.placed.at(), &one.placed.object.owner);
    let is_named = |role: &RoleName| one.policy.roles.contains(&Grantee::Role(role.clone()));
    let is_bound = |role: &RoleName| {
        let inherits = |of: &RoleName| study.effective.membership(role, of, one.placed.database).inherits;
        let is_for = one.policy.roles.iter().any(|grantee| match grantee {
            Grantee::Public => true,
            Grantee::Role(named) => named == role || inherits(named),
        });
        is_for && (one.rows.forced || !(role == owner || inherits(owner)))
    };
    let mut roles: Vec<&RoleName> = study
        .catalog
        .roles
        .iter()
        .filter(|(_, role)| !role.has(Attribute::Superuser) && !role.has(Attribute::BypassRls))
        .map(|(name, _)| name)
        .filter(|name| !is_predefined(name) && is_bound(name))
        .filter(|name| study.effective.privileges(name, &at).now.privileges.contains(Privilege::Select))
        .collect();
    roles.sort_by_key(|role| !is_named(role));
    roles.into_iter().take(READERS_MAX).cloned().collect()
}

fn judged(one: &Looked<'_>, answer: &Answer, known: &Volatilities) -> Result<PolicyCost, RowCostError> {
    let expression = one.policy.using.as_deref().unwrap_or_default();
    let table = one.placed.key.quoted();
    let row_calls = words::row_calls(expression, &one.placed.key.name, &one.columns);
    let mut warnings = written(one, known);
    warnings.extend(words::volatile(&row_calls, known));
    warnings.extend(words::unnamed_volatile(expression, one.anatomy, one.placed.key, one.name));
    let measured = match answer {
        Answer::Planned { role, without, with } => {
            let read = |text: &str| Plan::read(text).ok_or_else(|| RowCostError::Plan(table.clone()));
            let cost = |plan: &Plan| plan.cost().ok_or_else(|| RowCostError::Plan(table.clone()));
            let (free, bound, indexed) = (read(&without.whole)?, read(&with.whole)?, read(&with.indexed)?);
            warnings.extend(words::stable(&row_calls, known, |call| indexed.filters_by(&call.name)));
            if words::has_subquery(expression) {
                let on = bound.row_subqueries();
                warnings.extend(on.iter().map(|one| words::row_subquery(one.on.as_deref(), one.runs)));
            }
            for (at, (column, condition)) in one.lookups.iter().enumerate() {
                let plan = |plans: &[Option<String>]| plans.get(at)?.as_deref().and_then(Plan::read);
                if let (Some(free), Some(bound)) = (plan(&without.lookups), plan(&with.lookups))
                    && free.asks_index(column.as_str())
                    && !bound.asks_index(column.as_str())
                {
                    warnings.push(lost_index(column, condition));
                }
            }
            let executed = free.executed().zip(bound.executed());
            Measured::Cost {
                role: role.clone(),
                without: cost(&free)?,
                with: cost(&bound)?,
                executed: executed.map(|(without, with)| Comparison { without, with }),
            }
        }
        Answer::Not(why) => {
            warnings.extend(words::stable(&row_calls, known, |_| true));
            if words::looks_at_row(expression, &one.placed.key.name, &one.columns) {
                warnings.push(words::row_subquery(None, None));
            }
            Measured::Not(why.clone())
        }
    };
    warnings.sort();
    warnings.dedup();
    Ok(PolicyCost {
        database: one.placed.database.clone(),
        table,
        policy: one.name.clone(),
        measured,
        warnings,
    })
}

/// What WITH CHECK costs whoever writes, as far as its text tells. Where it says what USING says, that is said once.
fn written(one: &Looked<'_>, known: &Volatilities) -> Vec<Warning> {
    let Some(check) = one.policy.check.as_deref().filter(|check| one.policy.using.as_deref() != Some(check))
    else {
        return Vec::new();
    };
    let calls = words::row_calls(check, &one.placed.key.name, &one.columns);
    let mut warnings = words::volatile(&calls, known);
    warnings.extend(words::stable(&calls, known, |_| true));
    if words::looks_at_row(check, &one.placed.key.name, &one.columns) {
        warnings.push(words::row_subquery(None, None));
    }
    for warning in &mut warnings {
        warning.what = format!("in WITH CHECK, for each row that is written: {}", warning.what);
    }
    warnings
}

fn lost_index(column: &Name, condition: &str) -> Warning {
    Warning {
        kind: Kind::LostIndex,
        what: format!(
            "an index on {} answers WHERE {condition} without row security, and cannot with it: the operator is not \
             LEAKPROOF, so the policies are asked of every row first",
            column.quoted()
        ),
        fix: "give the policies' own condition an index, so that few rows are left to ask; a type whose operators are LEAKPROOF \
              (integer, bigint, uuid, text with =) keeps its index"
            .to_owned(),
    }
}

/// How volatile the routines are that initdb did not make; those of one name that differ are left out.
fn routines(anatomy: &Anatomy) -> Volatilities {
    let mut found: BTreeMap<Call, Option<Volatility>> = BTreeMap::new();
    for (key, routine) in &anatomy.routines {
        let schema = key.schema.as_ref().map(|schema| schema.as_str().to_owned());
        let call = Call { schema, name: key.name.as_str().to_owned() };
        let entry = found.entry(call).or_insert(Some(routine.volatility));
        if *entry != Some(routine.volatility) {
            *entry = None;
        }
    }
    found.into_iter().filter_map(|(call, volatility)| Some((call, volatility?))).collect()
}

fn volatility(letter: char) -> Option<Volatility> {
    match letter {
        'i' => Some(Volatility::Immutable),
        's' => Some(Volatility::Stable),
        'v' => Some(Volatility::Volatile),
        _ => None,
    }
}

/// How many roles are tried until one may read.
const READERS_MAX: usize = 5;
