//! Who has to know is told: of emergencies at once, of requests that wait for them, of what became of theirs. A line of JSON for each
//! goes into a file, or to a command that knows how people are reached.

use crate::decision::{Entry, Ledger};
use crate::voice::Voice;
use pgward_lease::effect::{Effect, News};
use pgward_lease::lease::{Lease, Stage};
use pgward_lease::name::PersonId;
use pgward_lease::request::Purpose;
use pgward_ledger::canonical::Canonical;
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How people are told.
#[derive(Debug, Clone, Default)]
pub struct Ways {
    /// A file that lines are appended to.
    pub file: Option<PathBuf>,
    /// A program with its arguments, which reads one line.
    pub command: Vec<String>,
}

impl Ways {
    /// Tells it by each way, with what came of it.
    fn tell(&self, line: &str) -> Vec<(String, Result<(), String>)> {
        let by_file = self.file.as_ref().map(|file| (file.display().to_string(), append(file, line)));
        let by_command = self.command.split_first();
        let by_command = by_command.map(|(program, rest)| (program.clone(), run(program, rest, line)));
        let both = by_file.into_iter().chain(by_command);
        both.map(|(way, outcome)| (way, outcome.map_err(|error| error.to_string()))).collect()
    }
}

/// Something that people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    person: String,
    lease: String,
    news: News,
    line: String,
    words: String,
}

impl Announcement {
    /// What follows from something that happened to a lease.
    pub(crate) fn of(lease: &Lease, effects: &[Effect]) -> Vec<Announcement> {
        let told = effects.iter().filter_map(|effect| match effect {
            Effect::Tell { to, news } => Some((to, *news)),
            _ => None,
        });
        told.map(|(to, news)| announcement(lease, to, news)).collect()
    }
}

/// Tells people, one after the other, until nobody can order any more; the ledger has what came of it.
pub async fn announce(
    ways: Ways,
    mut orders: mpsc::UnboundedReceiver<Announcement>,
    ledger: Arc<dyn Ledger>,
    say: Voice,
) {
    while let Some(order) = orders.recv().await {
        // Whoever runs the desk sees at least what must not go unseen.
        if matches!(order.news, News::Emergency | News::ReviewOverdue) {
            say(&order.words);
        }
        let (ways, line) = (ways.clone(), order.line.clone());
        // Neither a disk nor a program may keep the desk from serving.
        let told = tokio::task::spawn_blocking(move || ways.tell(&line)).await.unwrap_or_default();
        for (way, outcome) in told {
            if let Err(why) = &outcome {
                say(&format!("lease {}: people could not be told by {way}: {why}", order.lease));
            }
            ledger.happened(vec![entry(&order, &way, outcome.as_ref().err())]);
        }
    }
}

fn append(file: &Path, line: &str) -> io::Result<()> {
    let mut opened = OpenOptions::new().create(true).append(true).mode(PRIVATE).open(file)?;
    opened.write_all(line.as_bytes())?;
    opened.sync_data()
}

fn run(program: &str, arguments: &[String], line: &str) -> io::Result<()> {
    let mut command = Command::new(program);
    let mut child =
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let deadline = Instant::now() + PATIENCE;
    if let Some(mut input) = child.stdin.take() {
        // One that reads nothing may tell people all the same.
        let _ = input.write_all(line.as_bytes());
    }
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(status.to_string())),
            None if Instant::now() >= deadline => {
                child.kill()?;
                child.wait()?;
                return Err(io::Error::other(format!("it took more than {} s", PATIENCE.as_secs())));
            }
            None => std::thread::sleep(BREATH),
        }
    }
}

fn announcement(lease: &Lease, to: &BTreeSet<PersonId>, news: News) -> Announcement {
    let request = &lease.request;
    let text = |name: &'static str, text: &str| (name, Canonical::from(text));
    let until = match &lease.stage {
        Stage::Granted(term) => Some(term.until),
        Stage::Active(active) => Some(active.term.until),
        _ => None,
    };
    let held = match &request.purpose {
        Purpose::Held { rule, .. } => Some(rule),
        _ => None,
    };
    let people = to.iter().map(|person| Canonical::from(person.as_str())).collect();
    let body = Canonical::map(
        [
            text("news", word(news)),
            text("lease", lease.id.as_str()),
            text("stage", lease.stage.word()),
            text("person", request.by.as_str()),
            text("target", request.target.as_str()),
            text("tier", request.tier.as_str()),
            text("reason", &request.reason),
            ("to", Canonical::List(people)),
        ]
        .into_iter()
        .chain(until.map(|until| text("until", &until.to_string())))
        .chain(held.map(|rule| text("rule", rule))),
    );
    let names: Vec<&str> = to.iter().map(PersonId::as_str).collect();
    let (by, tier, target) = (&request.by, &request.tier, &request.target);
    Announcement {
        person: request.by.to_string(),
        lease: lease.id.to_string(),
        news,
        line: format!("{body}\n"),
        words: format!(
            "lease {}: {}: {by} has {tier} on {target} ({}); to be told: {}",
            lease.id,
            sentence(news),
            request.reason,
            names.join(", ")
        ),
    }
}

fn entry(order: &Announcement, way: &str, failed: Option<&String>) -> Entry {
    let body = [
        ("news", Canonical::from(word(order.news))),
        ("by_way_of", Canonical::from(way)),
        ("outcome", Canonical::from(if failed.is_some() { "failed" } else { "told" })),
    ];
    let because = failed.map(|why| ("because", Canonical::from(why.as_str())));
    Entry {
        kind: "lease.announced",
        person: order.person.as_str().into(),
        lease: order.lease.as_str().into(),
        body: Canonical::map(body.into_iter().chain(because)),
    }
}

/// What it is, in a word for programs.
fn word(news: News) -> &'static str {
    match news {
        News::PleaseDecide => "please_decide",
        News::PleaseDecideInstead => "please_decide_instead",
        News::Granted => "granted",
        News::Emergency => "emergency",
        News::Extended => "extended",
        News::NotExtended => "not_extended",
        News::Refused => "refused",
        News::Over => "over",
        News::RoleStays => "role_stays",
        News::ReviewOverdue => "review_overdue",
    }
}

fn sentence(news: News) -> &'static str {
    match news {
        News::Emergency => "EMERGENCY, nobody was asked first",
        News::ReviewOverdue => "nobody has reviewed this emergency in time",
        _ => "news",
    }
}

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at a command.
const BREATH: Duration = Duration::from_millis(20);
/// Nobody but the desk reads it.
const PRIVATE: u32 = 0o600;
