//! `pgward who-can`, `what-can` and `why`: effective privileges, exact and explained.

use serde_json::{Value, json};

use pgward_catalog::acl::Grantee;
use pgward_catalog::action::Action;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::chain::Usable;
use pgward_catalog::effective::{Effective, Held, Holding};
use pgward_catalog::name::{Name, RoleName};
use pgward_catalog::object::{ObjectRef, Origin};
use pgward_catalog::question::Question;
use pgward_catalog::remedy::Suggestion;
use pgward_catalog::shown::shown;
use pgward_catalog::verdict::{Holder, Outcome as Answer};
use pgward_operations::object_name::{ObjectNameError, bare_name, find_object};
use pgward_operations::server::{Databases, Server};

use crate::arguments::{Connection, TextOrJson, WhatCan, WhoCan, Why};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::connection::{observe, server_failure};

/// Who may do this with that?
pub(crate) async fn who_can(
    asked: &WhoCan,
    at: &Connection,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let (server, mut catalog) = observe(at, &Databases::All, output).await?;
    let object = asked.object.as_deref();
    let question = question(&server, &mut catalog, &asked.action, object, asked.column.as_deref()).await?;
    let effective = Effective::of(&catalog);
    let holders = effective.who_can(&question);
    let on_columns = effective.who_can_on_columns(&question);
    match asked.format {
        TextOrJson::Text => {
            let mut text = String::new();
            for holder in &holders {
                text.push_str(&format!("{}\n", shown(&holder.to_string())));
            }
            if holders.is_empty() {
                text = format!("nobody may {}\n", shown(&question.to_string()));
            }
            for (column, holders) in &on_columns {
                text.push_str(&format!("on column {} only\n", shown(&column.quoted())));
                for holder in holders {
                    text.push_str(&format!("  {}\n", shown(&holder.to_string())));
                }
            }
            output.result(&text)?;
        }
        TextOrJson::Json => {
            let in_json = |holders: &[Holder]| -> Vec<Value> {
                let holder = |holder: &Holder| json!({ "role": holder.role, "usable": usable(holder.chain.usable), "chain": holder.chain.to_string() });
                holders.iter().map(holder).collect()
            };
            let column = |(column, holders): &(Name, Vec<Holder>)| json!({ "column": column, "holders": in_json(holders) });
            let report = json!({
                "format": "pgward-who-can/1",
                "question": question.to_string(),
                "holders": in_json(&holders),
                "on_columns": on_columns.iter().map(column).collect::<Vec<_>>(),
            });
            output.exact(&format!("{report:#}"))?;
        }
    }
    Ok(Outcome::Done)
}

/// What may this role do?
pub(crate) async fn what_can(
    asked: &WhatCan,
    at: &Connection,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let (server, catalog) = observe(at, &Databases::All, output).await?;
    let role = principal(&catalog, &asked.role)?;
    let effective = Effective::of(&catalog);
    let asked_for = |holding: &Holding<'_>| {
        let here = asked.all_databases || holding.database.is_none_or(|database| database == server.home());
        let object = ObjectRef { database: holding.database.cloned(), key: holding.key.clone() };
        here && (asked.system || catalog.object(&object).is_none_or(|object| object.origin != Origin::System))
    };
    let holdings: Vec<(ObjectRef, Option<Name>, Held)> = match &role {
        Grantee::Public => effective.what_can_public().filter(asked_for).flat_map(in_rows).collect(),
        Grantee::Role(role) => effective.what_can(role).filter(asked_for).flat_map(in_rows).collect(),
    };
    let name = |object: &ObjectRef, column: &Option<Name>| match column {
        Some(column) => format!("column {} of {object}", column.quoted()),
        None => object.to_string(),
    };
    match asked.format {
        TextOrJson::Text => {
            let mut text = String::new();
            for (object, column, held) in &holdings {
                let later = held.after_set_role.privileges - held.now.privileges;
                let later =
                    if later.is_empty() { String::new() } else { format!("  after SET ROLE: {later}") };
                let name = shown(&name(object, column));
                text.push_str(&format!("{name}: {}{later}\n", held.now.privileges));
            }
            output.result(&text)?;
        }
        TextOrJson::Json => {
            let holdings: Vec<Value> = holdings
                .iter()
                .map(|(object, column, held)| {
                    json!({
                        "object": object,
                        "column": column,
                        "now": held.now.privileges,
                        "now_grantable": held.now.grantable,
                        "after_set_role": held.after_set_role.privileges,
                        "after_set_role_grantable": held.after_set_role.grantable,
                    })
                })
                .collect();
            output.exact(&format!(
                "{:#}",
                json!({ "format": "pgward-what-can/1", "role": role, "holdings": holdings })
            ))?;
        }
    }
    Ok(Outcome::Done)
}

/// Why may this role do that, or why not? Exit 3 when it may not.
pub(crate) async fn why(asked: &Why, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let (server, mut catalog) = observe(at, &Databases::All, output).await?;
    let role = principal(&catalog, &asked.role)?;
    let object = asked.object.as_deref();
    let question = question(&server, &mut catalog, &asked.action, object, asked.column.as_deref()).await?;
    let effective = Effective::of(&catalog);
    let verdict = match &role {
        Grantee::Public => effective.why_public(&question),
        Grantee::Role(role) => effective.why(role, &question),
    };
    let allowed = matches!(verdict.outcome, Answer::Allowed { .. });
    match asked.format {
        TextOrJson::Text => output.result(&verdict.to_string())?,
        TextOrJson::Json => {
            let answer = match &verdict.outcome {
                Answer::Allowed { usable: when, chains } => json!({
                    "allowed": true,
                    "usable": usable(*when),
                    "chains": chains.iter().map(ToString::to_string).collect::<Vec<_>>(),
                }),
                Answer::Refused { because, would_grant } => json!({
                    "allowed": false,
                    "because": because.to_string(),
                    "would_grant": would_grant.iter().map(Suggestion::sql).collect::<Vec<_>>(),
                }),
            };
            let mut report =
                json!({ "format": "pgward-why/1", "role": role, "question": question.to_string() });
            if let (Value::Object(report), Value::Object(answer)) = (&mut report, answer) {
                report.extend(answer);
            }
            output.exact(&format!("{report:#}"))?;
        }
    }
    Ok(if allowed { Outcome::Done } else { Outcome::No })
}

/// What is held on the whole of an object, then on single columns of it.
fn in_rows(holding: Holding<'_>) -> Vec<(ObjectRef, Option<Name>, Held)> {
    let object = ObjectRef { database: holding.database.cloned(), key: holding.key.clone() };
    let whole = (object.clone(), None, holding.held);
    let columns = holding.columns.into_iter().map(|(name, held)| (object.clone(), Some(name.clone()), held));
    std::iter::once(whole).chain(columns).filter(|(_, _, held)| !held.is_empty()).collect()
}

async fn question(
    server: &Server,
    catalog: &mut Catalog,
    action: &str,
    object: Option<&str>,
    column: Option<&str>,
) -> Result<Question, Failure> {
    let action = Action::from_word(action).ok_or_else(|| {
        let words: Vec<String> = Action::words().collect();
        Failure::asked(format!("there is no action {action:?}")).hint(format!("one of: {}", words.join(", ")))
    })?;
    let object = match object {
        Some(text) => Some(object_named(server, catalog, text).await?),
        None => None,
    };
    let question = Question::ask(action, object.clone(), catalog.version)
        .map_err(|error| Failure::asked(error.to_string()))?;
    let Some(column) = column.map(Name::from) else { return Ok(question) };
    let question = question.of_column(column.clone()).map_err(|error| Failure::asked(error.to_string()))?;
    match object {
        Some(object) if !server.has_column(&object, &column).await.map_err(server_failure)? => {
            Err(Failure::asked(format!("{object} has no column {}", column.quoted())))
        }
        _ => Ok(question),
    }
}

/// The object that is meant. The database that the connection names is meant first; any other only if the object is not there, and before
/// that what every database is born with.
async fn object_named(server: &Server, catalog: &mut Catalog, text: &str) -> Result<ObjectRef, Failure> {
    let home = Some(server.home());
    if let Err(ObjectNameError::NotFound { .. }) = find_object(catalog, home, text)
        && let Some(name) = bare_name(text)
    {
        server.observe_built_in(catalog, &name).await.map_err(server_failure)?;
    }
    find_object(catalog, home, text).or_else(|_| find_object(catalog, None, text)).map_err(unnamed)
}

/// Says how objects and columns are named where a text names none.
fn unnamed(error: ObjectNameError) -> Failure {
    let failure = Failure::asked(error.to_string());
    match error {
        ObjectNameError::Malformed(_) => failure.hint(
            "an object is named as `public.orders`, `schema app`, `function app.f(integer)` or `database shop`; a column of it by --column",
        ),
        ObjectNameError::NotFound { .. } => failure.hint("a column of an object is asked about by --column"),
        ObjectNameError::Ambiguous { .. } => failure,
    }
}

/// The role of this name, or PUBLIC, which no role can be called unless it is quoted.
fn principal(catalog: &Catalog, name: &str) -> Result<Grantee, Failure> {
    let role = RoleName::from(name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name));
    match catalog.roles.contains_key(name) {
        true => return Ok(Grantee::Role(RoleName::from(name))),
        false if matches!(name, "PUBLIC" | "public") => return Ok(Grantee::Public),
        false if catalog.roles.contains_key(&role) => return Ok(Grantee::Role(role)),
        false => {}
    }
    let near = catalog
        .roles
        .keys()
        .map(RoleName::as_str)
        .chain(["PUBLIC"])
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .min()
        .filter(|(distance, _)| *distance <= 1 + name.len() / 3);
    let failure = Failure::asked(format!("there is no role {name:?}"));
    Err(match near {
        Some((_, known)) => failure.hint(format!("did you mean {known:?}?")),
        None => failure,
    })
}

fn usable(usable: Usable) -> &'static str {
    match usable {
        Usable::Now => "now",
        Usable::AfterSetRole => "after_set_role",
    }
}
