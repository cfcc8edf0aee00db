//! `pgward demo`: the whole loop on a server of its own, by the very commands a reader would type.
//!
//! - [`stage`]: where it plays, and how commands are run and shown
//! - [`lending`]: its end, at the desk

mod lending;
mod stage;

use pgward_cluster::{Cluster, Options, Search};

use crate::arguments::Demo;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::demo::stage::{Lines, Show, Stage, write};

/// The multi-tenant application of `examples/b-multi-tenant`, as it was found and as it should be.
const BEFORE: &str = include_str!("../../../../examples/b-multi-tenant/before.sql");
const CONTRACT: &str = include_str!("../../../../examples/b-multi-tenant/contract.yaml");
const DATABASE: &str = "saas";

pub(crate) async fn run(asked: &Demo, output: &mut Output) -> Result<Outcome, Failure> {
    let cluster = start(asked, output)?;
    let stage = Stage::set(asked, &cluster)?;
    write(&stage.folder.join("contract.yaml"), CONTRACT)?;
    let mut show = Show { stage: &stage, output, transcript: String::new(), as_expected: true };
    show.stage.sql(&format!("CREATE DATABASE {DATABASE}"), "postgres").await?;
    show.stage.sql(BEFORE, DATABASE).await?;
    show.tell("A multi-tenant application, as it was found: its runtime login may do everything with every tenant's rows.")?;
    let outcome = act(&mut show).await;
    let Show { transcript, as_expected, .. } = show;
    write(&stage.folder.join("transcript.txt"), &transcript)?;
    cluster.stop().map_err(|error| Failure::world(&error))?;
    outcome?;
    output.say(&format!("The evidence is in {}. Nothing is left running.", asked.evidence.display()));
    Ok(if as_expected { Outcome::Done } else { Outcome::No })
}

async fn act(show: &mut Show<'_>) -> Result<(), Failure> {
    show.run(&["inspect", DATABASE], 0, Lines::All)?;
    show.run(&["why", "app_user", "delete", "public.tenants"], 0, Lines::All)?;

    show.tell("Adopt: a contract of what is there. Its plan is empty.")?;
    show.run(&["adopt", DATABASE, "--cluster", "saas", "--out", "adopted.yaml"], 0, Lines::All)?;
    show.run(&["plan", "adopted.yaml", "--expect-none", "--quiet"], 0, Lines::All)?;

    show.tell("What the team wants is in contract.yaml. Tried today, most of it does not hold.")?;
    show.run(&["prove", "contract.yaml"], 3, Lines::Ends(8))?;

    show.tell("Plan: what would change, its hazards, the way back. Nothing is changed yet.")?;
    show.run(&["plan", "contract.yaml", "--out", "plan.json"], 0, Lines::All)?;
    show.keep(&["plan", "contract.yaml", "--format", "html"], "plan.html")?;
    show.keep(&["plan", "contract.yaml", "--format", "sql"], "plan.sql")?;

    show.tell("Apply: only the approved plan, only on the state it was made for, in one transaction that is read back.")?;
    let digest = show.digest()?;
    let allow = "data_access_lost,owner_change,table_lock";
    show.run(&["apply", "plan.json", "--approve", &digest, "--allow", allow], 0, Lines::All)?;

    show.tell("Prove: every claim, tried as the role itself, in a transaction that is rolled back.")?;
    show.run(&["prove", "contract.yaml", "--evidence", "proof"], 0, Lines::All)?;

    show.tell("Somebody helps himself by hand: GRANT SELECT ON public.tenants TO app_rw. It is drift, and the contract repairs it.")?;
    show.stage.sql("GRANT SELECT ON public.tenants TO app_rw", DATABASE).await?;
    show.run(&["plan", "contract.yaml", "--expect-none"], 3, Lines::All)?;
    show.run(&["apply", "contract.yaml", "--yes", "--allow", "data_access_lost", "--quiet"], 0, Lines::All)?;
    show.run(&["plan", "contract.yaml", "--expect-none"], 0, Lines::All)?;
    show.run(&["why", "app_user", "select", "public.tenants"], 3, Lines::All)?;
    lending::act(show).await
}

fn start(asked: &Demo, output: &mut Output) -> Result<Cluster, Failure> {
    let search = Search::from_environment();
    let search = match &asked.pg_bin {
        Some(folder) => search.preferring(folder),
        None => search,
    };
    let installation = search.find_any().map_err(|error| {
        Failure::world(&error)
            .hint("install PostgreSQL 14 to 18, or name the folder of its programs with --pg-bin")
    })?;
    output.say(&format!("Starting PostgreSQL {} in a scratch folder ...", installation.version()));
    Cluster::start(&installation, &Options::new()).map_err(|error| Failure::world(&error))
}
