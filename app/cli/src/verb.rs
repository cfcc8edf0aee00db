//! One file for each verb, and the way there.

mod adopt;
mod apply;
mod audit;
mod borrow;
mod bound_statement;
mod check;
mod completions;
mod connection;
mod counter;
mod demo;
mod effective;
mod history;
mod holds;
mod inspect;
mod judge;
mod kept_tokens;
mod ledger;
mod live_leases;
mod login;
mod paths;
mod paths_rehearsed;
mod plan;
mod prove;
mod rehearse;
mod render;
mod rotate;
mod row_cost;
mod schema;
mod serve;
mod sessions;
mod shown;
mod sign_on;
mod surroundings;
mod through;
mod token;
mod witness;

use crate::arguments::{Arguments, Connection, Verb};
use crate::exit::{Failure, Outcome};
use crate::output::Output;

/// Runs the verb that was asked for.
pub(crate) fn run(arguments: Arguments, output: &mut Output) -> Result<Outcome, Failure> {
    match &arguments.verb {
        Verb::Check(check) => return check::run(check, output),
        Verb::Schema(schema) => return schema::run(schema, output),
        Verb::Judge(asked) if !arguments.connection.is_given() => return judge::run(asked, output),
        Verb::Ledger(asked) => return ledger::run(asked, output),
        Verb::Completions(asked) => return completions::completions(asked, output),
        Verb::Man(asked) => return completions::man(asked, output),
        _ => {}
    }
    if let Verb::Serve(asked) = &arguments.verb {
        return serve::run(asked, &arguments.connection, output);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::world(&error))?;
    let outcome = runtime.block_on(connected(&arguments.verb, &arguments.connection, output));
    // What still runs only gives memory back, and the end of the process does that faster.
    runtime.shutdown_background();
    outcome
}

async fn connected(verb: &Verb, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    match verb {
        Verb::Demo(demo) => demo::run(demo, output).await,
        Verb::Adopt(adopt) => adopt::run(adopt, at, output).await,
        Verb::Inspect(inspect) => inspect::run(inspect, at, output).await,
        Verb::Fingerprint(fingerprint) => inspect::fingerprint(fingerprint, at, output).await,
        Verb::Plan(plan) => plan::run(plan, at, output).await,
        Verb::Apply(apply) => apply::run(apply, at, output).await,
        Verb::Prove(prove) => prove::run(prove, at, output).await,
        Verb::Audit(audit) => audit::run(audit, at, output).await,
        Verb::Paths(paths) => paths::run(paths, at, output).await,
        Verb::Rehearse(rehearse) => rehearse::run(rehearse, at, output).await,
        Verb::RowCost(asked) => row_cost::run(asked, at, output).await,
        Verb::Judge(asked) => judge::on_a_server(asked, at, output).await,
        Verb::WhoCan(who) => effective::who_can(who, at, output).await,
        Verb::WhatCan(what) => effective::what_can(what, at, output).await,
        Verb::Why(why) => effective::why(why, at, output).await,
        Verb::Render(page) => render::run(page, at, output).await,
        Verb::History(asked) => history::run(asked, output).await,
        Verb::Account(asked) => borrow::account(asked, output).await,
        Verb::Token(asked) => token::run(asked, output).await,
        Verb::Login(asked) => login::run(asked, output).await,
        Verb::Sessions(asked) => sessions::list(asked, output).await,
        Verb::Kill(asked) => sessions::kill(asked, output).await,
        Verb::Psql(asked) => through::psql(asked, output).await,
        Verb::Exec(asked) => through::exec(asked, output).await,
        Verb::Request(asked) => borrow::request(asked, output).await,
        Verb::Approve(asked) => borrow::approve(asked, output).await,
        Verb::Deny(asked) => borrow::deny(asked, output).await,
        Verb::Extend(asked) => borrow::extend(asked, output).await,
        Verb::Return(asked) => borrow::give_back(asked, output).await,
        Verb::Review(asked) => borrow::review(asked, output).await,
        Verb::Revoke(asked) => borrow::revoke(asked, output).await,
        Verb::Leases(asked) => borrow::leases(asked, output).await,
        Verb::Rotate(asked) => rotate::run(asked, output).await,
        Verb::Holds(asked) => holds::run(asked, output).await,
        Verb::Check(_)
        | Verb::Serve(_)
        | Verb::Schema(_)
        | Verb::Ledger(_)
        | Verb::Completions(_)
        | Verb::Man(_) => Ok(Outcome::Done),
    }
}
