//! `pgward psql` and `pgward exec`: the real psql, through the desk, with everything set.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use pgward_credential::Secret;
use pgward_identity::token::{Deed, Wish};
use pgward_lease::lease::{Lease, Stage};
use pgward_lease::name::LeaseId;
use pgward_lease::request::{BoundStatement, Parameter, Request};
use pgward_operations::desk_setup::DeskSetup;
use pgward_store::accounts::Accounts;
use pgward_store::leases::{Leases, Wanted};

use crate::arguments::desk::{Exec, Psql, TextOrCsv};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::counter::{let_in, policy, setup, setup_failure};
use crate::verb::kept_tokens::KeptTokens;
use crate::verb::shown::token;

/// Becomes psql: its terminal, its signals and its exit code are its own.
pub(crate) async fn psql(asked: &Psql, output: &mut Output) -> Result<Outcome, Failure> {
    let shown = token(asked.token_file.as_deref())?;
    let (mut command, _) = command(&asked.config, asked.lease.as_deref(), shown.as_ref(), output).await?;
    Err(not_run(&command.args(&asked.arguments).exec()))
}

pub(crate) async fn exec(asked: &Exec, output: &mut Output) -> Result<Outcome, Failure> {
    let shown = token(asked.token_file.as_deref())?;
    let (mut command, lease) = command(&asked.config, Some(&asked.lease), shown.as_ref(), output).await?;
    let (sql, values) = match (&asked.sql, lease.request.purpose.statement()) {
        (Some(sql), _) => (sql, asked.parameters.clone()),
        (None, Some(statement)) => (&statement.text, texts(statement)?),
        (None, None) => return Err(Failure::asked("which statement?").hint("pgward exec LEASE SQL")),
    };
    if !values.is_empty() {
        can_bind()?;
    }
    command.args(["--no-psqlrc", "--set=ON_ERROR_STOP=1"]);
    if matches!(asked.format, TextOrCsv::Csv) {
        command.arg("--csv");
    }
    if !values.is_empty() {
        command.args(["--command", &bind(&values)]);
    }
    command.args(["--command", sql]);
    let ended = command.status().map_err(|error| not_run(&error))?;
    match ended.code() {
        Some(0) => Ok(Outcome::Done),
        // psql has said why.
        Some(1 | 3) => Ok(Outcome::No),
        _ => Err(Failure { asked_wrongly: false, ..Failure::asked("there was no session to run it in") }),
    }
}

/// The values that a statement was approved with, where psql can bind them.
fn texts(statement: &BoundStatement) -> Result<Vec<String>, Failure> {
    let text = |value: &Parameter| match value {
        Parameter::Text(text) => Ok(text.clone()),
        Parameter::Null | Parameter::Binary(_) => {
            Err(Failure::asked("psql binds texts, and neither NULL nor binary values")
                .hint("run the statement with a driver, by what the request printed"))
        }
    };
    statement.parameters.iter().map(text).collect()
}

/// Whether the psql that runs here can bind values.
fn can_bind() -> Result<(), Failure> {
    let told = Command::new("psql").arg("--version").output().map_err(|error| not_run(&error))?;
    let told = String::from_utf8_lossy(&told.stdout);
    let is_digit = |c: char| c.is_ascii_digit();
    let digits = told.split(|c| !is_digit(c)).find(|digits| !digits.is_empty());
    match digits.and_then(|digits| digits.parse::<u32>().ok()) {
        Some(major) if major < BINDING_SINCE => Err(Failure::asked(format!("psql {major} binds no values"))
            .hint(format!(
                "have psql {BINDING_SINCE} or later come first in PATH, or run the statement with a driver"
            ))),
        _ => Ok(()),
    }
}

/// psql's command that binds values to the next statement. Within its quotes a backslash and a quote are written twice.
fn bind(values: &[String]) -> String {
    let quoted = values.iter().map(|value| {
        let value = value.replace('\\', "\\\\").replace('\'', "''").replace('\n', "\\n").replace('\r', "\\r");
        format!(" '{value}'")
    });
    format!("\\bind{}", quoted.collect::<String>())
}

/// psql with the way to the desk and what the lease is used with, in its environment: arguments are everybody's to read.
async fn command(
    desk: &Path,
    lease: Option<&str>,
    shown: Option<&Secret>,
    output: &mut Output,
) -> Result<(Command, Lease), Failure> {
    let setup = setup(desk, output)?;
    let place = setup.store().map_err(|error| setup_failure(error, output))?;
    let mut leases = Leases::open(&place).await.map_err(|error| Failure::world(&error))?;
    let kept = KeptTokens::of(desk)?;
    let began = Instant::now();
    let (lease, token) = loop {
        match usable(&mut leases, &kept, lease).await? {
            Usable::Now(lease, token) => break (lease, token),
            Usable::Soon(_) if began.elapsed() < ROLE_MADE_WITHIN => tokio::time::sleep(LOOK_AGAIN).await,
            Usable::Soon(id) => {
                return Err(Failure::asked(format!("lease {id} is granted, and its role is not made yet"))
                    .hint("is the desk running? `pgward leases` says what keeps it"));
            }
        }
    };
    if let Some(shown) = shown {
        let Some(policy) = policy(&setup, output)? else {
            return Err(Failure::asked("the desk's contract is not valid"));
        };
        let mut accounts = Accounts::open(&place).await.map_err(|error| Failure::world(&error))?;
        let Request { by, target, tier, .. } = &lease.request;
        let wish = Wish { deed: Deed::Connect, target: Some(target), tier: Some(tier) };
        let hint = "pgward token list shows what it is for";
        let token_shown = let_in(&mut accounts, &policy, shown, wish, hint).await?;
        if token_shown.person != *by {
            return Err(Failure::asked(format!("lease {} is not {}'s", lease.id, token_shown.person)));
        }
    }
    let (host, port) = parted(&setup)?;
    let mut command = Command::new("psql");
    command
        .env("PGHOST", host)
        .env("PGPORT", port)
        .env("PGUSER", lease.id.as_str())
        .env("PGPASSWORD", token.expose())
        .env("PGDATABASE", lease.request.target.as_str())
        // psql's own commands can read its environment, and the session needs one secret alone.
        .env_remove("PGWARD_TOKEN")
        .env_remove("PGWARD_PASSWORD");
    // What the reader's own shell says is about other servers.
    for name in
        ["PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS", "PGSSLCERT", "PGSSLKEY", "PGREQUIREAUTH"]
    {
        command.env_remove(name);
    }
    match setup.authority().map_err(|error| setup_failure(error, output))? {
        Some(authority) => command.env("PGSSLMODE", "verify-full").env("PGSSLROOTCERT", authority),
        None if setup.has_certificate() => {
            command.env("PGSSLMODE", "verify-full").env("PGSSLROOTCERT", "system")
        }
        None => command.env_remove("PGSSLROOTCERT").env("PGSSLMODE", "prefer"),
    };
    Ok((command, *lease))
}

/// A lease that is meant.
enum Usable {
    /// It can be used, with this.
    Now(Box<Lease>, Secret),
    /// It is given, and its role is being made.
    Soon(LeaseId),
}

/// The lease that is meant: the one that is named, or the last one in force that was asked for here; else one that is about to be.
async fn usable(leases: &mut Leases, kept: &KeptTokens, named: Option<&str>) -> Result<Usable, Failure> {
    let failed = |error| Failure::world(&error);
    if let Some(name) = named {
        let unknown = || Failure::asked(format!("there is no lease `{}`", name.escape_debug()));
        let id = LeaseId::parse(name).ok_or_else(unknown)?;
        let lease = leases.get(&id).await.map_err(failed)?.ok_or_else(unknown)?.lease;
        if matches!(lease.stage, Stage::Granted(_)) {
            return Ok(Usable::Soon(id));
        }
        if !lease.is_active(Timestamp::now()) {
            return Err(Failure::asked(format!("lease {id} is {}", lease.stage.word()))
                .hint("pgward leases shows what is in force"));
        }
        let token = kept.lease(&id)?.ok_or_else(|| {
            Failure::asked(format!("what lease {id} is used with is not kept here"))
                .hint("only whoever asked for it has it, where they asked")
        })?;
        return Ok(Usable::Now(Box::new(lease), token));
    }
    let mut soon = None;
    for found in leases.list(&Wanted::default()).await.map_err(failed)? {
        let is_soon = matches!(found.lease.stage, Stage::Granted(_));
        if !is_soon && !found.lease.is_active(Timestamp::now()) {
            continue;
        }
        let Some(token) = kept.lease(&found.lease.id)? else { continue };
        if !is_soon {
            return Ok(Usable::Now(Box::new(found.lease), token));
        }
        soon.get_or_insert(found.lease.id);
    }
    if let Some(id) = soon {
        return Ok(Usable::Soon(id));
    }
    Err(Failure::asked("no lease in force was asked for here")
        .hint("pgward request TARGET TIER --reason WHY"))
}

/// How long a desk that runs takes at most to make a role.
const ROLE_MADE_WITHIN: Duration = Duration::from_secs(10);

const LOOK_AGAIN: Duration = Duration::from_millis(50);

fn parted(setup: &DeskSetup) -> Result<(String, String), Failure> {
    let address = setup.address();
    let wrong = || Failure::asked(format!("`{address}` is no address with a port"));
    let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
    Ok((host.trim_matches(['[', ']']).to_owned(), port.to_owned()))
}

fn not_run(error: &std::io::Error) -> Failure {
    Failure::world(error)
        .hint("psql is not on the PATH; any other client will do with what the request printed")
}

/// The first psql that has `\bind`.
const BINDING_SINCE: u32 = 16;
