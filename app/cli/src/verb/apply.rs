//! `pgward apply`: make the contract true, run a saved plan, or run a way back.

use std::collections::BTreeSet;
use std::path::Path;

use pgward_catalog::shown::shown;
use pgward_operations::apply::{self, Surroundings, Turn};
use pgward_operations::bounded_file::{PLAN_BYTES_MAX, UnreadFile, read_bounded};
use pgward_operations::contract_file::ContractFile;
use pgward_operations::password::Passwords;
use pgward_operations::plan::{Drafted, draft};
use pgward_operations::prepare::databases_of;
use pgward_operations::run::world::Applied;
use pgward_operations::server::{Databases, Server};
use pgward_plan::approval::{Accepted, Extent, NotApproved};
use pgward_plan::hazard::HazardKind;
use pgward_plan::plan::Plan;
use pgward_plan::render;
use pgward_plan::saved::SealedPlan;
use pgward_plan::undo::Undo;

use crate::arguments::{Apply, Connection, TextOrJson};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;
use crate::verb::connection::{server_failure, settings};
use crate::verb::live_leases::leave_alone;
use crate::verb::plan::{allow_of, allow_words, failed, say_warnings};
use crate::verb::surroundings::{failure, say_what_was_interrupted, secrets_folder, state, surroundings};

pub(crate) async fn run(asked: &Apply, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let accepted = accepted(&asked.allow)?;
    if let Some(digest) = &asked.undo {
        return undo(asked, digest, &accepted, at, output).await;
    }
    let what = asked.what.as_deref().ok_or_else(|| Failure::asked("what is to be applied?"))?;
    match saved_plan(what)? {
        Some(plan) => apply_saved(asked, plan, &accepted, at, output).await,
        None => apply_contract(asked, what, &accepted, at, output).await,
    }
}

async fn apply_contract(
    asked: &Apply,
    path: &Path,
    accepted: &Accepted,
    at: &Connection,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let Some(file) = check::read_valid(path, output)? else { return Ok(Outcome::AskedWrongly) };
    let file = leave_alone(file, &asked.live, output).await?;
    let settings = settings(at, output)?;
    let server = Server::open(&settings, &databases_of(&file.contract)).await.map_err(server_failure)?;
    say_what_was_interrupted(&server, output).await?;
    let state = state()?;
    let passwords = Passwords::below(&secrets_folder(&asked.secrets, path));
    let around = surroundings(&state, &passwords, at.lock_timeout.unwrap_or(LOCK_MS));
    let way = Way { asked, file: &file, server: &server, around: &around, accepted };
    if server.is_standby() || !(asked.yes || asked.approve.is_some()) {
        return way.go(None, output).await;
    }
    // Nobody has to be asked in between, so the plan is made once it is our turn, from a state that no other apply
    // changes any more. Without an answer given beforehand, nobody is kept waiting while somebody reads.
    let turn = output.patiently(WAITING, Turn::take(&server, &around)).await.map_err(failure)?;
    output.hold();
    let outcome = way.go(Some(&turn), output).await;
    turn.give_back().await;
    output.let_go()?;
    outcome
}

/// The way from a contract to a cluster that is like it.
struct Way<'a> {
    asked: &'a Apply,
    file: &'a ContractFile,
    server: &'a Server,
    around: &'a Surroundings<'a>,
    accepted: &'a Accepted,
}

impl Way<'_> {
    async fn go(&self, turn: Option<&Turn<'_>>, output: &mut Output) -> Result<Outcome, Failure> {
        let Self { asked, file, server, around, accepted } = self;
        let mut tries = 1;
        loop {
            let drafting = draft(server, file, around.passwords);
            let drafted = match output.patiently("reading the catalogs and planning", drafting).await {
                Ok(drafted) => drafted,
                Err(error) => return failed(error, &file.sources, output),
            };
            say_warnings(&drafted.prepared, &file.sources, output);
            if let Some(turn) =
                turn.filter(|_| asked.approve.is_none() && is_to_be_made(&drafted, accepted, extent(asked)))
            {
                let mut text = None;
                let told = |plan: &SealedPlan| text = Some(render::text::sealed(plan));
                let applying = turn.apply_draft(drafted, accepted, extent(asked), told);
                let outcome = output.patiently(APPLYING, applying).await;
                if let Some(text) = text.filter(|_| tries == 1 && asked.format == TextOrJson::Text) {
                    output.say(&text);
                }
                match outcome {
                    Ok(applied) => return done(asked, &applied, output),
                    Err(error) if tries < TRIES_MAX && error.is_changed() => tries += 1,
                    Err(error) => return Err(failure(error)),
                }
                continue;
            }
            let planned = drafted.finish();
            if planned.plan.changes.is_empty() {
                nothing_to_do(asked, &planned.plan, output)?;
                planned.plan.covers(extent(asked)).map_err(beyond_executor)?;
                return Ok(Outcome::Done);
            }
            let (plan, seen) = planned.into_plan_and_seen();
            let plan = plan.seal();
            if tries == 1 && asked.format == TextOrJson::Text {
                output.say(&render::text::sealed(&plan));
            }
            let approved = match agreed(asked, plan, accepted, output)? {
                Agreed::No(outcome) => return Ok(outcome),
                Agreed::Yes(approved) => *approved,
            };
            let applying = async {
                match turn {
                    Some(turn) => turn.apply(approved, seen).await,
                    // Somebody took his time to agree: what was seen is read again.
                    None => apply::apply(server, around, approved).await,
                }
            };
            match output.patiently(APPLYING, applying).await {
                Ok(applied) => return done(asked, &applied, output),
                // Somebody else was faster. What was agreed to is the contract, so it is planned again, as long as the
                // digest of a plan was not part of the agreement.
                Err(error) if asked.approve.is_none() && tries < TRIES_MAX && error.is_changed() => {
                    tries += 1
                }
                Err(error) => return Err(failure(error)),
            }
        }
    }
}

async fn apply_saved(
    asked: &Apply,
    plan: Plan,
    accepted: &Accepted,
    at: &Connection,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let settings = settings(at, output)?;
    // The plan's fingerprint is of the databases that were read when it was made: the same are read again.
    let server =
        Server::open(&settings, &Databases::Only(plan.databases.clone())).await.map_err(server_failure)?;
    say_what_was_interrupted(&server, output).await?;
    let state = state()?;
    let path = asked.what.as_deref().unwrap_or(Path::new("."));
    let passwords = Passwords::below(&secrets_folder(&asked.secrets, path));
    let around = surroundings(&state, &passwords, at.lock_timeout.unwrap_or(LOCK_MS));
    if asked.approve.is_none() {
        output.say(&render::text::text(&plan));
    }
    match agreed(asked, plan.seal(), accepted, output)? {
        Agreed::No(outcome) => Ok(outcome),
        Agreed::Yes(approved) => {
            let applied = output
                .patiently(APPLYING, apply::apply(&server, &around, *approved))
                .await
                .map_err(failure)?;
            done(asked, &applied, output)
        }
    }
}

async fn undo(
    asked: &Apply,
    digest: &str,
    accepted: &Accepted,
    at: &Connection,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let settings = settings(at, output)?;
    let server = Server::open(&settings, &Databases::All).await.map_err(server_failure)?;
    say_what_was_interrupted(&server, output).await?;
    let state = state()?;
    let passwords = Passwords::below(Path::new("."));
    let around = surroundings(&state, &passwords, at.lock_timeout.unwrap_or(LOCK_MS));
    let digest = (digest != "last").then_some(digest);
    // The fingerprint is of the databases that were read when the plan was made: the same are read again.
    let wanted = apply::databases_to_undo(&server, &around, digest).await.map_err(failure)?;
    let server = Server::open(&settings, &wanted).await.map_err(server_failure)?;
    let found = apply::undo(&server, &around, digest).await.map_err(failure)?;
    output.say(&way_back_text(&found));
    let allow = allow_of(found.hazards());
    let approved = match found.approve(accepted) {
        Ok(approved) => approved,
        Err(error) => {
            output.insist(&format!("{error}; nothing was changed"));
            output.insist(&format!("hint: accept them by name:{allow}"));
            return Ok(Outcome::No);
        }
    };
    if !asked.yes {
        match output.ask("Run the way back?") {
            Some(true) => {}
            Some(false) => {
                output.say("nothing was changed");
                return Ok(Outcome::No);
            }
            None => return Err(not_asked()),
        }
    }
    let applied =
        output.patiently(APPLYING, apply::run_undo(&server, &around, approved)).await.map_err(failure)?;
    done(asked, &applied, output)
}

/// Whether there is something to do, and no hazard in it that is not accepted.
fn is_to_be_made(drafted: &Drafted, accepted: &Accepted, extent: Extent) -> bool {
    !drafted.draft().changes().is_empty() && drafted.draft().accept(accepted, extent).is_some()
}

enum Agreed {
    Yes(Box<pgward_plan::approval::ApprovedPlan>),
    No(Outcome),
}

/// Whether the plan may run: its hazards are allowed, and its digest or a person says yes.
fn agreed(
    asked: &Apply,
    plan: SealedPlan,
    accepted: &Accepted,
    output: &mut Output,
) -> Result<Agreed, Failure> {
    let allow = allow_words(plan.plan());
    let approved = match plan.approve(asked.approve.as_deref(), accepted, extent(asked)) {
        Ok(approved) => approved,
        Err(error @ NotApproved::BeyondExecutor { .. }) => return Err(beyond_executor(error)),
        Err(error @ NotApproved::Hazards(_)) => {
            output.insist(&format!("{error}; nothing was changed"));
            output.insist(&format!("hint: accept them by name:{allow}"));
            return Ok(Agreed::No(Outcome::No));
        }
        Err(error) => {
            output.insist(&format!("{error}; nothing was changed"));
            return Ok(Agreed::No(Outcome::No));
        }
    };
    if asked.approve.is_some() || asked.yes {
        return Ok(Agreed::Yes(Box::new(approved)));
    }
    match output.ask("Apply this plan?") {
        Some(true) => Ok(Agreed::Yes(Box::new(approved))),
        Some(false) => {
            output.say("nothing was changed");
            Ok(Agreed::No(Outcome::No))
        }
        None => Err(not_asked()),
    }
}

fn not_asked() -> Failure {
    Failure::asked("nobody is there to be asked, so nothing was changed")
        .hint("answer with --yes, or approve a saved plan with --approve DIGEST")
}

fn done(asked: &Apply, applied: &Applied, output: &mut Output) -> Result<Outcome, Failure> {
    if let Some(words) = &applied.interrupted_before {
        output.say(words);
    }
    match asked.format {
        TextOrJson::Text => {
            let ended = match applied.sessions_ended {
                0 => String::new(),
                count => format!(" {count} sessions of retired roles were ended."),
            };
            let what = match applied.statements {
                0 => "Nothing was changed: there is no statement that leads back.".to_owned(),
                1 => "Applied: 1 statement, read back and committed.".to_owned(),
                count => format!("Applied: {count} statements, read back and committed."),
            };
            output.result(&format!("{what}{ended}\nThe cluster is at {}.", applied.after))?;
        }
        TextOrJson::Json => {
            let report = serde_json::json!({
                "format": "pgward-apply/1",
                "applied": true,
                "statements": applied.statements,
                "sessions_ended": applied.sessions_ended,
                "fingerprint": applied.after.to_string(),
            });
            output.exact(&format!("{report:#}"))?;
        }
    }
    Ok(Outcome::Done)
}

fn nothing_to_do(asked: &Apply, plan: &Plan, output: &mut Output) -> Result<(), Failure> {
    match asked.format {
        TextOrJson::Text => output.result(&render::text::text(plan)),
        TextOrJson::Json => {
            let report = serde_json::json!({
                "format": "pgward-apply/1",
                "applied": false,
                "statements": 0,
                "sessions_ended": 0,
                "fingerprint": plan.fingerprint_before,
            });
            output.exact(&format!("{report:#}"))
        }
    }
}

fn way_back_text(undo: &Undo) -> String {
    let short: String = undo.digest().chars().take(12).collect();
    let way_back = &undo.plan().way_back;
    let mut text = format!("The way back of plan {short}:\n");
    for hazard in undo.hazards() {
        let (message, hint) = (shown(&hazard.message), shown(&hazard.hint));
        text.push_str(&format!("  ! {}: {message}\n      hint: {hint}\n", hazard.kind));
    }
    for change in &way_back.changes {
        let mark = pgward_plan::words::sign(change).mark();
        text.push_str(&format!("  {mark} {}\n", shown(&pgward_plan::words::describe(change))));
    }
    for lost in &way_back.lost {
        text.push_str(&format!("  No way back: {}.\n", shown(lost)));
    }
    text
}

fn extent(asked: &Apply) -> Extent {
    if asked.partial { Extent::Partial } else { Extent::Whole }
}

/// It is not the answer that is no: the world does not let us.
fn beyond_executor(error: NotApproved) -> Failure {
    Failure { message: format!("{error}; nothing was changed"), hint: None, asked_wrongly: false }
        .hint("apply it as a role that may, or have this one given what the plan says; with --partial the rest is made all the same")
}

fn accepted(words: &[String]) -> Result<Accepted, Failure> {
    let mut kinds = BTreeSet::new();
    for word in words {
        if word == "all" {
            return Ok(Accepted::All);
        }
        let kind = HazardKind::from_word(word).ok_or_else(|| {
            let known: Vec<&str> = HazardKind::ALL.iter().map(|kind| kind.word()).collect();
            Failure::asked(format!("there is no hazard {word:?}"))
                .hint(format!("one of: {}, or all", known.join(", ")))
        })?;
        kinds.insert(kind);
    }
    Ok(Accepted::Kinds(kinds))
}

/// The plan in the file, if it is one: a contract is YAML and never starts with a brace that holds a digest.
fn saved_plan(path: &Path) -> Result<Option<Plan>, Failure> {
    if path.is_dir() || path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
        return Ok(None);
    }
    let text = match read_bounded(path, PLAN_BYTES_MAX) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(UnreadFile::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::asked(format!("there is no plan or contract at {}", path.display()))
                .hint("`pgward plan CONTRACT --out FILE` saves a plan"));
        }
        Err(UnreadFile::Io(error)) => return Err(Failure::file("read", path, &error)),
        Err(why) => {
            return Err(Failure::asked(format!("{} cannot be a plan or a contract: {why}", path.display())));
        }
    };
    if !text.trim_start().starts_with('{') {
        return Ok(None);
    }
    Plan::load(&text).map(Some).map_err(|error| {
        Failure::asked(format!("{}: {}", path.display(), Failure::world(&error).message))
            .hint("save the plan again with `pgward plan CONTRACT --out FILE`, and have that one approved")
    })
}

/// How long a statement waits for a lock before the whole apply is undone.
const LOCK_MS: u32 = 5000;

/// How often a contract is planned again because somebody else was faster.
const TRIES_MAX: u32 = 12;

/// What an apply that has to wait is doing.
const WAITING: &str = "waiting for another apply to end";

/// What an apply that takes its time is doing.
const APPLYING: &str = "taking the turn, executing and reading back";
