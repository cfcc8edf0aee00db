//! `pgward ledger`: is the evidence what was written, and what does it say?

use std::fs;
use std::path::{Path, PathBuf};

use pgward_ledger::verify::Standing;
use pgward_operations::ledger::search::{Search, search};
use pgward_operations::ledger::{self, Asked, LedgerPlace, Verified};
use pgward_statement::class::Class;
use pgward_store::folder::state_folder;
use pgward_store::ledger::LedgerError;
use pgward_store::ledger::witness::Witness;

use crate::arguments::TextOrJson;
use crate::arguments::evidence::{Ledger, LedgerExport, LedgerSearch, LedgerVerb, LedgerVerify};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::surroundings::state;
use crate::verb::witness;

pub(crate) fn run(asked: &Ledger, output: &mut Output) -> Result<Outcome, Failure> {
    let path = match &asked.ledger {
        Some(path) => path.clone(),
        None => place()?.folder,
    };
    match &asked.what {
        LedgerVerb::Verify(asked) => verify(asked, path, output),
        LedgerVerb::Export(asked) => export(asked, &path, output),
        LedgerVerb::Head => head(path, output),
        LedgerVerb::Show(asked) => {
            let wanted = Search { sequence: Some(asked.sequence), ..Search::default() };
            let found = search(&path, &wanted).map_err(ledger_failure)?;
            let Some(line) = found.first() else {
                output.insist(&format!("no entry {} in {}", asked.sequence, path.display()));
                return Ok(Outcome::No);
            };
            let entry: serde_json::Value =
                serde_json::from_str(line).map_err(|error| Failure::world(&error))?;
            output.exact(&format!("{entry:#}"))?;
            Ok(Outcome::Done)
        }
        LedgerVerb::Search(asked) => {
            let found = search(&path, &wanted(asked)?).map_err(ledger_failure)?;
            let lines: String = found.iter().map(|line| format!("{line}\n")).collect();
            output.result(&lines)?;
            Ok(Outcome::Done)
        }
    }
}

/// Where this process's ledger is.
pub(crate) fn place() -> Result<LedgerPlace, Failure> {
    Ok(LedgerPlace::of(&state()?, |name| std::env::var_os(name)))
}

/// What to say about a ledger that could not be used.
pub(crate) fn ledger_failure(error: LedgerError) -> Failure {
    let hint = error.hint();
    Failure::world(&error).hint(hint)
}

fn verify(asked: &LedgerVerify, path: PathBuf, output: &mut Output) -> Result<Outcome, Failure> {
    let authority = asked.witness_authority.as_deref();
    let witnesses =
        asked.witness.iter().map(|text| witness::named(text, authority)).collect::<Result<_, _>>()?;
    let verified = verified(path, asked.public_key.clone(), asked.head.clone(), witnesses)?;
    if verified.is_key_from_beside {
        output.say("the key that lies beside the ledger was believed; --public-key FILE names one that was kept elsewhere");
    }
    match asked.format {
        TextOrJson::Text => output.result(&ledger::text(&verified))?,
        TextOrJson::Json => output.exact(&format!("{:#}", ledger::json(&verified)))?,
    }
    Ok(outcome(&verified))
}

fn export(asked: &LedgerExport, path: &Path, output: &mut Output) -> Result<Outcome, Failure> {
    let whole = ledger::whole(path).map_err(ledger_failure)?;
    let Some(folder) = &asked.out else {
        output.exact(&String::from_utf8_lossy(&whole))?;
        return Ok(Outcome::Done);
    };
    let verified = verified(path.to_owned(), Vec::new(), Vec::new(), Vec::new())?;
    fs::create_dir_all(folder).map_err(|error| Failure::file("create", folder, &error))?;
    let keys: String = verified.keys.iter().map(|key| format!("{key}\n")).collect();
    let head = verified.verification.sealed.as_ref().map(|sealed| sealed.note.clone().into_bytes());
    let files = [("ledger.jsonl", Some(whole)), ("key.pub", Some(keys.into_bytes())), ("head", head)];
    for (name, content) in files {
        let Some(content) = content else { continue };
        let file = folder.join(name);
        fs::write(&file, content).map_err(|error| Failure::file("write", &file, &error))?;
    }
    output.result(&ledger::text(&verified))?;
    Ok(outcome(&verified))
}

fn head(path: PathBuf, output: &mut Output) -> Result<Outcome, Failure> {
    let verified = verified(path, Vec::new(), Vec::new(), Vec::new())?;
    match (verified.standing(), &verified.verification.sealed) {
        (Standing::Intact | Standing::Torn, Some(sealed)) => {
            output.exact(&sealed.note)?;
            Ok(Outcome::Done)
        }
        // A head of what is not what was written would only vouch for it.
        _ => {
            output.insist(ledger::text(&verified).trim_end());
            Ok(Outcome::No)
        }
    }
}

fn verified(
    path: PathBuf,
    public_keys: Vec<PathBuf>,
    heads: Vec<PathBuf>,
    sworn: Vec<Witness>,
) -> Result<Verified, Failure> {
    let known = match state_folder(|name| std::env::var_os(name)) {
        Some(state) => LedgerPlace::of(&state, |name| std::env::var_os(name)).witnesses,
        None => Vec::new(),
    };
    ledger::verify(&Asked { ledger: path, public_keys, heads, witnesses: known, sworn })
        .map_err(ledger_failure)
}

fn outcome(verified: &Verified) -> Outcome {
    match verified.standing() {
        Standing::Intact => Outcome::Done,
        Standing::Torn | Standing::Broken => Outcome::No,
    }
}

/// The class that a verb is.
fn class(verb: &str) -> Result<Class, Failure> {
    let verb = verb.to_lowercase();
    let name = if verb == "select" { "read" } else { verb.as_str() };
    Class::ALL.iter().copied().find(|class| class.name() == name).ok_or_else(|| {
        Failure::asked(format!("nothing that statements do is called `{}`", verb.escape_debug()))
            .hint("`pgward render tiers` has the names")
    })
}

/// A time as the ledger has it, or how one begins: records are compared with it as texts.
fn time(text: &str) -> Result<String, Failure> {
    let is_moment = |text: &str| text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok();
    // What is left out of a time is its beginning.
    let begins_one = |rest: &str| is_moment(&format!("{text}{rest}"));
    let rests = ["", "Z", ":00Z", ":00:00Z", "T00:00:00Z", "-01T00:00:00Z", "-01-01T00:00:00Z"];
    let is_spelled_so = text.as_bytes().get(10).is_none_or(|between| *between == b'T');
    if is_spelled_so && rests.iter().any(|rest| begins_one(rest)) {
        return Ok(text.to_owned());
    }
    Err(Failure::asked(format!("`{}` is no time", text.escape_debug()))
        .hint("in UTC, whole or its beginning: 2026-11-23T14:05:00Z, 2026-11-23T14:05, 2026-11-23"))
}

fn wanted(asked: &LedgerSearch) -> Result<Search, Failure> {
    Ok(Search {
        kind: asked.kind.clone(),
        actor: asked.actor.clone(),
        subject: asked.subject.clone(),
        text: asked.text.clone().or_else(|| asked.whole.clone()),
        lease: asked.lease.clone(),
        target: asked.target.clone(),
        verb: asked.verb.as_deref().map(class).transpose()?,
        since: asked.since.as_deref().map(time).transpose()?,
        until: asked.until.as_deref().map(time).transpose()?,
        sequence: None,
    })
}
