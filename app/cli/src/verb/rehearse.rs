//! `pgward rehearse attack`: what somebody who has taken over a role would try.

use std::fmt::Write as _;

use pgward_catalog::name::RoleName;
use pgward_operations::attack::{Tried, Verdict, attack};
use pgward_operations::audit::survey;
use pgward_operations::clock::SystemClock;
use pgward_operations::prepare::{databases_of, prepare};
use pgward_operations::server::{Databases, Server};
use pgward_proof::from_contract::promises;

use crate::arguments::{Attack, Connection, Rehearsal, Rehearse, TextOrJson};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;
use crate::verb::connection::{server_failure, settings};

pub(crate) async fn run(asked: &Rehearse, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let Rehearsal::Attack(asked) = &asked.what;
    let file = match &asked.contract {
        Some(path) => match check::read_valid(path, output)? {
            Some(file) => Some(file),
            None => return Ok(Outcome::AskedWrongly),
        },
        None => None,
    };
    let contract = file.as_ref().map(|file| &file.contract);
    let settings = settings(at, output)?;
    let wanted = contract.map_or(Databases::All, databases_of);
    let server = Server::open(&settings, &wanted).await.map_err(server_failure)?;
    if server.is_standby() {
        return Err(Failure::asked("the server is a standby: what is rehearsed is written and taken back")
            .hint("connect to its primary"));
    }
    let surveying = survey(&server, contract, &SystemClock);
    let surveyed = output.patiently("looking at the cluster", surveying).await.map_err(server_failure)?;
    let promised = match &file {
        Some(file) => {
            let prepared = prepare(&server, &file.contract, surveyed.survey.catalog.clone()).await;
            let prepared = prepared.map_err(server_failure)?;
            Some(promises(&file.contract, &prepared.expansion, &file.sources, &Default::default()))
        }
        None => None,
    };
    let study = surveyed.study();
    let roles = roles(asked, &study)?;
    let rehearsing = attack(&server, &study, &roles, promised.as_ref());
    let rehearsed = output.patiently("rehearsing", rehearsing).await;
    let tried = rehearsed.map_err(|error| Failure::world(&error))?;
    let holds = !tried.iter().any(Tried::is_breach);
    match asked.format {
        TextOrJson::Text => output.result(&text(&tried))?,
        TextOrJson::Json => {
            let report = serde_json::json!({"format": "pgward-attack/1", "holds": holds, "tried": tried});
            output.exact(&format!("{report:#}"))?;
        }
    }
    Ok(if holds { Outcome::Done } else { Outcome::No })
}

fn roles(asked: &Attack, study: &pgward_audit::study::Study<'_>) -> Result<Vec<RoleName>, Failure> {
    if asked.role.is_empty() {
        return Ok(study.low_logins().map(|(login, _)| login.clone()).collect());
    }
    let named = asked.role.iter().map(|name| RoleName::from(name.as_str()));
    named
        .map(|role| match study.catalog.roles.contains_key(&role) {
            true => Ok(role),
            false => Err(Failure::asked(format!("role {} does not exist", role.quoted()))),
        })
        .collect()
}

/// What got through comes first; what was refused is counted.
fn text(tried: &[Tried]) -> String {
    let mut text = String::new();
    let count = |is: fn(&Verdict) -> bool| tried.iter().filter(|one| is(&one.verdict)).count();
    let _ = writeln!(
        text,
        "{} attempts: {} refused, {} let through, {} narrowed by row security, {} could not be tried; {} breach the contract",
        tried.len(),
        count(|verdict| matches!(verdict, Verdict::Refused { .. })),
        count(|verdict| matches!(verdict, Verdict::LetThrough)),
        count(|verdict| matches!(verdict, Verdict::Narrowed { .. })),
        count(|verdict| matches!(verdict, Verdict::NotTried(_))),
        tried.iter().filter(|one| one.is_breach()).count()
    );
    for one in tried.iter().filter(|one| one.is_breach()) {
        line(&mut text, "BREACH", one);
    }
    for one in tried.iter().filter(|one| !one.is_breach()) {
        match one.verdict {
            Verdict::LetThrough => line(&mut text, "let through", one),
            Verdict::Narrowed { .. } => line(&mut text, "narrowed", one),
            Verdict::NotTried(_) => line(&mut text, "not tried", one),
            Verdict::Refused { .. } => {}
        }
    }
    for one in tried.iter().filter(|one| matches!(one.verdict, Verdict::Refused { .. })) {
        line(&mut text, "refused", one);
    }
    text
}

fn line(text: &mut String, word: &str, one: &Tried) {
    let words = match &one.verdict {
        Verdict::Refused { sqlstate: Some(sqlstate), message } => {
            format!("  {sqlstate} {}", message.as_deref().unwrap_or_default())
        }
        Verdict::Refused { .. } | Verdict::LetThrough if one.asked_only => "  (asked, not done)".to_owned(),
        Verdict::Narrowed { seen, of } => format!("  {seen} of {of} rows"),
        Verdict::NotTried(why) => format!("  {why}"),
        Verdict::Refused { .. } | Verdict::LetThrough => String::new(),
    };
    let _ = write!(text, "{word:12} {}@{}  {}{words}", one.role.quoted(), one.database.quoted(), one.sql);
    match &one.forbidden {
        Some(place) if one.is_breach() => {
            let _ = writeln!(text, "  never, says {place}");
        }
        _ => text.push('\n'),
    }
}
