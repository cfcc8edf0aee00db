//! `pgward history`: audits and proofs are kept, each with its record in the ledger, and compared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use pgward_audit::assess::{Absent, Outcome};
use pgward_audit::audit::Audit;
use pgward_audit::finding::Subject;
use pgward_audit::suppression::Standing;
use pgward_history::item::{Item, ItemKey, ItemState};
use pgward_history::run::{RunAbout, RunKind, RunRecord};
use pgward_history::trend::{Change, Trend};
use pgward_ledger::canonical::Canonical;
use pgward_ledger::hash::content;
use pgward_ledger::record::Record;
use pgward_proof::proof::Proof;
use pgward_proof::verdict::Ruling;
use pgward_secrets::random::{RandomError, random_bytes};
use pgward_store::database::{DatabaseError, Place};
use pgward_store::history::{History, Wanted};
use pgward_store::ledger::LedgerError;
use serde_json::{Value, json};

use crate::ledger::{LedgerPlace, body, record};

/// The JSON Schema of the history.
pub const SCHEMA: &str = include_str!("history.schema.json");

/// Where runs are kept, and in whose name.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// The history.
    pub place: Place,
    /// The ledger.
    pub ledger: LedgerPlace,
    /// Who keeps it.
    pub actor: String,
}

/// A file of evidence: its name and its content.
pub type EvidenceFile<'a> = (&'a str, &'a [u8]);

/// Why a run was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// Its record could not be written, so the run was not kept either.
    #[error("the run was not kept: its record could not be written to the ledger")]
    Ledger(#[from] LedgerError),
    /// The history could not be used.
    #[error("the history could not be used")]
    History(#[from] DatabaseError),
    /// A run of this name is not there.
    #[error("no run {0} is kept")]
    NoSuchRun(String),
    /// A trend takes two runs.
    #[error("there are not two runs to compare")]
    TooFew,
    /// Two runs that have nothing to do with each other.
    #[error("an audit and a proof cannot be compared, nor runs on two clusters")]
    Unlike,
    /// No name could be drawn.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// A run that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub id: String,
    /// The ledger's head with its record in it: a signed note to be kept elsewhere.
    pub head: String,
}

/// Keeps a run: its name and the digest of its evidence are filled in, its record is written to the ledger, and it is
/// put into the history. `run.about.id` and `run.about.evidence` may be left empty.
///
/// # Errors
/// Nothing is kept without its record. A record whose run could not be kept stays: the ledger says what was tried.
pub async fn keep(
    keeping: &Keeping,
    mut run: RunRecord,
    evidence: &[EvidenceFile<'_>],
    now: &str,
) -> Result<Kept, KeepError> {
    let files =
        Canonical::map(evidence.iter().map(|(name, bytes)| (*name, content(bytes).to_string().into())));
    run.about.id = name(now)?;
    run.about.evidence = content(files.to_string().as_bytes()).to_string();
    let mut history = History::open(&keeping.place).await?;
    let head = record(&keeping.ledger, ledger_record(&run.about, files, &keeping.actor, now), now)?;
    history.keep(&run).await?;
    Ok(Kept { id: run.about.id, head })
}

#[allow(clippy::expect_used, reason = "the body is two levels deep")]
fn ledger_record(about: &RunAbout, files: Canonical, actor: &str, now: &str) -> Record {
    let mut members = body([
        ("check_set", Some(about.check_set.as_str())),
        ("commit", about.commit.as_deref()),
        ("contract", about.contract.as_deref()),
        ("evidence", Some(about.evidence.as_str())),
        ("fingerprint", about.fingerprint.as_deref()),
        ("pgward_version", Some(about.pgward_version.as_str())),
        ("risk", about.risk.as_deref()),
        ("run", Some(about.id.as_str())),
        ("server_version", about.server_version.as_deref()),
        ("system_identifier", about.system_identifier.as_deref()),
        ("time", Some(about.time.as_str())),
    ]);
    if let Canonical::Map(members) = &mut members {
        let counts = about.counts.iter().map(|(name, count)| (name.as_str(), Canonical::from(*count)));
        members.insert("counts".into(), Canonical::map(counts));
        members.insert("files".into(), files);
        if let Some(score) = about.score {
            members.insert("score".into(), score.into());
        }
    }
    let kind = format!("{}.kept", about.kind.word());
    let subject =
        about.cluster.as_deref().or(about.system_identifier.as_deref()).unwrap_or("unnamed cluster");
    Record::new(kind, now, actor, subject, members).expect("a flat body fits into a record")
}

/// A name that sorts by time.
fn name(now: &str) -> Result<String, RandomError> {
    let digits: String = now.chars().filter(char::is_ascii_alphanumeric).collect();
    Ok(format!("{digits}-{:08x}", u32::from_be_bytes(random_bytes::<4>()?)))
}

/// The run that a proof is.
#[must_use]
pub fn of_proof(proof: &Proof, system_identifier: Option<String>, commit: Option<String>) -> RunRecord {
    let counts = proof.counts();
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let mut scopes = BTreeSet::new();
    let mut checks = BTreeMap::new();
    let mut items = BTreeMap::new();
    for verdict in proof.verdicts() {
        let check = verdict.claim.topic.word().to_owned();
        checks.insert(check.clone(), PROOF_CHECKS.to_owned());
        let scope = verdict.claim.database.as_str().to_owned();
        scopes.insert(scope.clone());
        let state = match verdict.ruling {
            Ruling::Proven => ItemState::Good,
            Ruling::Refuted => ItemState::Bad,
            Ruling::Inconclusive => ItemState::Unclear,
        };
        let words = format!("{}: {}", verdict.claim, verdict.reason);
        let key = ItemKey { check, subject: verdict.claim.id() };
        let item = Item { scope, state, grade: String::new(), words };
        // The refuted come first: of two claims of one name the worse one counts.
        items.entry(key).or_insert(item);
    }
    let about = RunAbout {
        id: String::new(),
        kind: RunKind::Proof,
        time: proof.about.started.clone().unwrap_or_default(),
        cluster: proof.about.cluster.clone(),
        contract: proof.about.contract_digest.clone(),
        commit,
        server_version: proof.about.server_version.clone(),
        system_identifier,
        fingerprint: proof.about.fingerprint.clone(),
        check_set: format!("proof/{PROOF_CHECKS}"),
        pgward_version: env!("CARGO_PKG_VERSION").to_owned(),
        counts: BTreeMap::from([
            ("claims".to_owned(), count(counts.claims())),
            ("proven".to_owned(), count(counts.proven)),
            ("answered".to_owned(), count(counts.answered)),
            ("refuted".to_owned(), count(counts.refuted)),
            ("inconclusive".to_owned(), count(counts.inconclusive)),
        ]),
        score: None,
        risk: None,
        evidence: String::new(),
    };
    RunRecord { about, checks, scopes, items }
}

/// What a caller knows of an audit besides what it found.
#[derive(Clone, Debug, Default)]
pub struct AboutAudit {
    /// When it began, in RFC 3339.
    pub time: String,
    /// What the contract calls the cluster.
    pub cluster: Option<String>,
    /// The digest of the contract.
    pub contract: Option<String>,
    /// The commit that the contract was at.
    pub commit: Option<String>,
    /// The server's version.
    pub server_version: Option<String>,
    /// The cluster's system identifier.
    pub system_identifier: Option<String>,
    /// The fingerprint of the privileges.
    pub fingerprint: Option<String>,
    /// The databases that were looked into.
    pub databases: Vec<String>,
}

/// The run that an audit is. Rules that could not be assessed are not among its checks: their silence fixes nothing.
#[must_use]
pub fn of_audit(audit: &Audit, about: AboutAudit) -> RunRecord {
    let mut counts = BTreeMap::new();
    let mut count = |name: &str, number: usize| {
        *counts.entry(name.to_owned()).or_insert(0) += i64::try_from(number).unwrap_or(i64::MAX);
    };
    let tally = audit.tally();
    count("passed", tally.passed);
    count("failed", tally.failed);
    count("not_assessed", tally.not_assessed);
    let mut items = BTreeMap::new();
    for (finding, standing) in &audit.findings {
        count(&finding.severity.to_string(), 1);
        let state = match standing {
            Standing::Accepted { .. } => ItemState::Accepted,
            Standing::Open | Standing::Expired { .. } => ItemState::Bad,
        };
        let database = match &finding.subject {
            Subject::Object(object, _) => object.database.as_ref().map(|name| name.as_str().to_owned()),
            _ => None,
        };
        let key = ItemKey { check: finding.rule.to_owned(), subject: finding.key() };
        let (grade, words) = (finding.severity.to_string(), finding.message.clone());
        let item = Item { scope: database.unwrap_or_default(), state, grade, words };
        // Of two findings of one name the one that nobody answers for counts.
        if state == ItemState::Bad {
            items.insert(key, item);
        } else {
            items.entry(key).or_insert(item);
        }
    }
    // Where there is nothing to look at any more, what was found there is mended.
    let looked = |outcome: &Outcome| {
        matches!(outcome, Outcome::Assessed(_) | Outcome::NotApplicable(Absent::Subject(_)))
    };
    let assessed = audit.assessed.iter().filter(|one| looked(&one.outcome));
    let version = env!("CARGO_PKG_VERSION");
    let checks = assessed.map(|one| (one.rule.id.to_owned(), version.to_owned())).collect();
    let about_run = RunAbout {
        id: String::new(),
        kind: RunKind::Audit,
        time: about.time,
        cluster: about.cluster,
        contract: about.contract,
        commit: about.commit,
        server_version: about.server_version,
        system_identifier: about.system_identifier,
        fingerprint: about.fingerprint,
        check_set: format!("audit/{version}"),
        pgward_version: version.to_owned(),
        counts,
        score: Some(i64::from(audit.score.points)),
        risk: Some(audit.gate.risk.to_string()),
        evidence: String::new(),
    };
    // What all databases share is looked at in every audit.
    let scopes = about.databases.into_iter().chain([String::new()]).collect();
    RunRecord { about: about_run, checks, scopes, items }
}

/// The commit that a contract is at, `+changed` behind it where its files differ; none outside of a repository.
#[must_use]
pub fn commit_of(contract: &Path) -> Option<String> {
    let is_folder = contract.is_dir();
    let folder = if is_folder { Some(contract) } else { contract.parent() };
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let git = |arguments: &[&std::ffi::OsStr]| -> Option<String> {
        let mut command = Command::new("git");
        // A repository's own settings may name programs to run; the contract's is not to decide what runs here.
        command.args(["-c", "core.fsmonitor=false", "-C"]).arg(folder).args(arguments);
        let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let what = if is_folder { Some(".".as_ref()) } else { contract.file_name() }?;
    let commit = git(&["rev-parse".as_ref(), "--verify".as_ref(), "HEAD".as_ref()])?;
    let changes = git(&["status".as_ref(), "--porcelain".as_ref(), "--".as_ref(), what])?;
    Some(if changes.is_empty() { commit } else { format!("{commit}+changed") })
}

/// The runs that are kept.
///
/// # Errors
/// The history cannot be used.
pub async fn runs(place: &Place, wanted: &Wanted) -> Result<Vec<RunRecord>, KeepError> {
    Ok(History::open(place).await?.runs(wanted).await?)
}

/// What changed between two runs: the ones of these names, else the last two of a kind on one cluster.
///
/// # Errors
/// There are not two, or they cannot be compared, or the history cannot be used.
pub async fn trend(
    place: &Place,
    from: Option<&str>,
    to: Option<&str>,
    kind: Option<RunKind>,
) -> Result<(RunAbout, RunAbout, Trend), KeepError> {
    let mut history = History::open(place).await?;
    let all = history.runs(&Wanted { kind, ..Wanted::default() }).await?;
    let find =
        |id: &str| all.iter().position(|run| run.about.id == id).ok_or(KeepError::NoSuchRun(id.to_owned()));
    let after = match to {
        Some(id) => find(id)?,
        None => all.len().checked_sub(1).ok_or(KeepError::TooFew)?,
    };
    let later = all.get(after).ok_or(KeepError::TooFew)?;
    let is_like = |run: &RunRecord| {
        run.about.kind == later.about.kind && run.about.system_identifier == later.about.system_identifier
    };
    let before = match from {
        Some(id) => all.get(find(id)?),
        None => all.iter().take(after).rfind(|run| is_like(run)),
    };
    let earlier = before.ok_or(KeepError::TooFew)?;
    if !is_like(earlier) {
        return Err(KeepError::Unlike);
    }
    let gone = |id: &str| KeepError::NoSuchRun(id.to_owned());
    let before = history.run(&earlier.about.id).await?.ok_or_else(|| gone(&earlier.about.id))?;
    let after = history.run(&later.about.id).await?.ok_or_else(|| gone(&later.about.id))?;
    let ever_bad = history.ever_bad_before(&before.about).await?;
    let trend = Trend::between(&before, &after, &ever_bad);
    Ok((before.about, after.about, trend))
}

/// The runs for people: a line each.
#[must_use]
pub fn runs_text(runs: &[RunRecord]) -> String {
    let line = |run: &RunRecord| {
        let about = &run.about;
        let counts: Vec<String> =
            about.counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let score = about.score.map(|score| format!("  score {score}")).unwrap_or_default();
        let risk = about.risk.as_ref().map(|risk| format!("  risk {risk}")).unwrap_or_default();
        let cluster = about.cluster.as_deref().or(about.system_identifier.as_deref()).unwrap_or("-");
        let commit = about.commit.as_ref().map(|commit| format!("  at {commit}")).unwrap_or_default();
        format!(
            "{}  {}  {cluster}  {}{score}{risk}{commit}\n",
            about.id,
            about.kind.word(),
            counts.join(", ")
        )
    };
    if runs.is_empty() { "no runs are kept\n".to_owned() } else { runs.iter().map(line).collect() }
}

/// The runs for machines.
#[must_use]
pub fn runs_json(runs: &[RunRecord]) -> Value {
    json!({"history": 1, "runs": runs})
}

/// A trend for people: the worst first.
#[must_use]
pub fn trend_text(before: &RunAbout, after: &RunAbout, trend: &Trend) -> String {
    let counts = trend.counts();
    let told: Vec<String> = Change::ALL
        .iter()
        .filter_map(|change| Some((change.word(), counts.get(change).copied().filter(|count| *count > 0)?)))
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    let told = if told.is_empty() { "no change".to_owned() } else { told.join(", ") };
    let mut text = format!(
        "{} -> {} ({}): {told}; {} as bad as before\n",
        before.id,
        after.id,
        after.kind.word(),
        trend.persisting
    );
    if let Some(score) = trend.score {
        text += &format!("score {score:+}\n");
    }
    if trend.checks != 0 {
        text += &format!("checks made: {:+}\n", trend.checks);
    }
    for one in &trend.moves {
        text +=
            &format!("  {:<18} {}  {}: {}\n", one.change.word(), one.key.check, one.key.subject, one.words);
    }
    text
}

/// A trend for machines.
#[must_use]
pub fn trend_json(before: &RunAbout, after: &RunAbout, trend: &Trend) -> Value {
    let counts: BTreeMap<&str, usize> =
        trend.counts().iter().map(|(change, count)| (change.word(), *count)).collect();
    json!({
        "trend": 1,
        "before": before,
        "after": after,
        "counts": counts,
        "persisting": trend.persisting,
        "score_change": trend.score,
        "checks_change": trend.checks,
        "moves": trend.moves,
    })
}

/// How claims are tried. Raised when the same claim is tried in another way, so that a trend can tell.
const PROOF_CHECKS: &str = "1";
