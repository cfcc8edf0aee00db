//! `pgward paths`: how logins become more than they are.

use pgward_audit::paths::graph::Sink;
use pgward_audit::paths::render::dot::dot;
use pgward_audit::paths::render::html::html;
use pgward_audit::paths::render::svg::svg;
use pgward_audit::paths::render::text::text;
use pgward_audit::paths::report::Report;
use pgward_catalog::name::RoleName;
use pgward_contract::diagnostic::did_you_mean;
use pgward_operations::audit::{Surveyed, survey};
use pgward_operations::clock::SystemClock;
use pgward_operations::contract_file::ContractFile;
use pgward_operations::password::Passwords;
use pgward_operations::paths::{Asked, paths};
use pgward_operations::plan::plan;
use pgward_operations::prepare::databases_of;
use pgward_operations::rehearse::Rehearsal;
use pgward_operations::server::{Databases, Server};

use crate::arguments::{Connection, Goal, Paths, PathsFormat};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::connection::{server_failure, settings};
use crate::verb::surroundings::secrets_folder;
use crate::verb::{check, paths_rehearsed, plan as planning};

pub(crate) async fn run(asked: &Paths, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    if asked.rehearse && !matches!(asked.format, PathsFormat::Text | PathsFormat::Json) {
        return Err(Failure::asked("what was rehearsed is told as text or JSON")
            .hint("add --format text or --format json"));
    }
    let file = match &asked.contract {
        Some(path) => match check::read_valid(path, output)? {
            Some(file) => Some((file, path)),
            None => return Ok(Outcome::AskedWrongly),
        },
        None => None,
    };
    let contract = file.as_ref().map(|(file, _)| &file.contract);
    let settings = settings(at, output)?;
    let wanted = contract.map_or(Databases::All, databases_of);
    let server = Server::open_to_read(&settings, &wanted).await.map_err(server_failure)?;
    let planned = match &file {
        Some((file, path)) => {
            let passwords = Passwords::below(&secrets_folder(&None, path));
            let planning_it = plan(&server, file, &passwords);
            match output.patiently("planning", planning_it).await {
                Ok(planned) => Some(planned),
                Err(error) => return planning::failed(error, &file.sources, output),
            }
        }
        None => None,
    };
    let surveying = survey(&server, contract, &SystemClock);
    let surveyed = output.patiently("looking at the cluster", surveying).await.map_err(server_failure)?;
    let question = Asked { from: asked.from.as_deref().map(RoleName::from), to: asked.to.map(sink) };
    there_is_such_a_role(&surveyed, &question)?;
    let report = paths(&surveyed, planned.as_ref(), &question).map_err(|error| Failure::world(&error))?;
    let rehearsal = match asked.rehearse {
        true => Some(paths_rehearsed::rehearsed(asked, &server, &surveyed, &question, output).await?),
        false => None,
    };
    let title = title(file.as_ref().map(|(file, _)| file));
    let text = rendered(&report, rehearsal.as_ref(), asked.format, &title)?;
    if matches!(asked.format, PathsFormat::Text) {
        output.result(&text)?
    } else {
        output.exact(&text)?
    }
    Ok(Outcome::Done)
}

fn there_is_such_a_role(surveyed: &Surveyed, question: &Asked) -> Result<(), Failure> {
    let Some(role) = &question.from else { return Ok(()) };
    let roles = &surveyed.survey.catalog.roles;
    if roles.contains_key(role) {
        return Ok(());
    }
    let failure = Failure::asked(format!("role {} does not exist", role.quoted()));
    let similar = did_you_mean(role.as_str(), roles.keys().map(RoleName::as_str));
    Err(match similar {
        Some(hint) => failure.hint(hint),
        None => failure,
    })
}

fn rendered(
    report: &Report,
    rehearsal: Option<&Rehearsal>,
    format: PathsFormat,
    title: &str,
) -> Result<String, Failure> {
    Ok(match format {
        PathsFormat::Text => text(report) + &rehearsal.map(paths_rehearsed::text).unwrap_or_default(),
        PathsFormat::Json => {
            let mut value = serde_json::to_value(report).map_err(|error| Failure::world(&error))?;
            if let Some(fields) = value.as_object_mut() {
                fields.insert("format".to_owned(), "pgward-paths/1".into());
                if let Some(rehearsal) = rehearsal {
                    let told = serde_json::to_value(rehearsal).map_err(|error| Failure::world(&error))?;
                    fields.insert("rehearsal".to_owned(), told);
                }
            }
            format!("{value:#}")
        }
        PathsFormat::Dot => dot(report),
        PathsFormat::Svg => svg(report),
        PathsFormat::Html => html(report, title),
    })
}

fn title(file: Option<&ContractFile>) -> String {
    match file.and_then(|file| file.contract.cluster.as_ref()) {
        Some(cluster) => format!("Escalation paths of {}", cluster.as_str()),
        None => "Escalation paths".to_owned(),
    }
}

fn sink(goal: Goal) -> Sink {
    match goal {
        Goal::OsCommand => Sink::OsCommand,
        Goal::Superuser => Sink::Superuser,
        Goal::ServerFiles => Sink::ServerFiles,
        Goal::BypassRls => Sink::BypassRls,
        Goal::AllRead => Sink::AllRead,
        Goal::AllWrite => Sink::AllWrite,
    }
}
