//! Sees what happens to leases, lets borrowers in and puts them out: at once, whatever else is to be done.

use crate::announce::Announcement;
use crate::cleared::cleared;
use crate::closed::told;
use crate::decided::decided;
use crate::decision::{Entry, Ledger};
use crate::ground::Ground;
use crate::hold::{Holds, Once, Only};
use crate::lease::{Closed, Key, Lease as Ticket};
use crate::lent::{BLIND, Lent};
use crate::owed::{Noted, Owed};
use crate::suspect::Rules;
use crate::tier::TierJudge;
use crate::voice::Voice;
use jiff::Timestamp;
use pgward_contract::model::tier::Tier;
use pgward_credential::Secret;
use pgward_lease::event::Event;
use pgward_lease::hold::HoldRule;
use pgward_lease::lease::{Lease, Stage};
use pgward_lease::name::{LeaseId, TargetName};
use pgward_lease::request::Purpose;
use pgward_ledger::canonical::Canonical;
use pgward_operations::lend::{LendError, Lending, password_of_role};
use pgward_store::database::{DatabaseError, Place};
use pgward_store::leases::changes::{Change, Changes};
use pgward_store::leases::{Kept, Leases, Wanted};
use pgward_wire::report::Report;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};

/// Watches the store.
pub struct Lookout {
    /// Where the leases are.
    pub place: Place,
    /// Whom the desk lets in.
    pub lent: Arc<Lent>,
    /// The targets.
    pub grounds: BTreeMap<TargetName, Arc<Ground>>,
    /// The rules that hold statements.
    pub rules: BTreeMap<String, HoldRule>,
    /// Who is asked about them; nobody where there are no rules.
    pub holds: Option<Arc<dyn Holds>>,
    /// Who keeps count of leases for one statement.
    pub once: Arc<dyn Once>,
    /// Who tells people.
    pub news: mpsc::UnboundedSender<Announcement>,
    /// What the passwords of roles are made from.
    pub secret: Secret,
    /// Where it is written down.
    pub ledger: Owed,
    /// Who does what is to be done for a lease.
    pub work: mpsc::UnboundedSender<LeaseId>,
    /// Who is told of trouble.
    pub say: Voice,
}

impl Lookout {
    /// Watches for as long as anybody waits for this. Where the store cannot be seen, what was lent ends: it may have been revoked.
    pub async fn watch(&self) {
        let mut after = None;
        let mut blind_since: Option<Instant> = None;
        loop {
            let Err(error) = self.watch_from(&mut after, &mut blind_since).await;
            let since = *blind_since.get_or_insert_with(|| {
                (self.say)(&format!("the store cannot be seen: {error}"));
                Instant::now()
            });
            if since.elapsed() >= BLIND_MAX {
                let told = Report::fatal("57P03", format!("{BLIND}: it cannot reach its store"));
                self.lent.end_all(BLIND, &told.hint("Connect again once the desk's store is back."));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn watch_from(
        &self,
        after: &mut Option<i64>,
        blind_since: &mut Option<Instant>,
    ) -> Result<std::convert::Infallible, DatabaseError> {
        let opened = timeout(OPEN_MAX, self.open(*after)).await;
        let (mut leases, mut changes) =
            opened.map_err(|_| DatabaseError::Silent { seconds: OPEN_MAX.as_secs() })??;
        // Nobody can tell what of it was written down: it is, once more, by a desk that begins.
        let mut again = Vec::new();
        let unsettled = changes.of_unsettled().await?.into_iter().map(|change| (change.number, change));
        // A desk that died while its ledger took nothing has left decisions about leases that are over by now.
        let unnoted = changes.unnoted().await?.into_iter().map(|change| (change.number, change));
        for change in unnoted.chain(unsettled).collect::<BTreeMap<_, _>>().into_values() {
            if let Some(kept) = leases.get(&change.lease).await? {
                again.extend(decided(&change, &kept.lease));
                // Where more has happened since, people were told of this, or have nothing more to do about it.
                if kept.version <= change.version {
                    self.announce(&change, &kept.lease);
                }
            }
        }
        let mut noted = self.write(again).await;
        // What happened before is where the leases are.
        self.attend_all(&mut leases, noted).await?;
        for kept in leases.lately_settled(LATELY_MAX).await? {
            self.close(&mut leases, &kept.lease, told(&kept.lease)).await?;
        }
        if blind_since.take().is_some() {
            (self.say)("the store can be seen again");
        }
        let mut moment = interval(MOMENT);
        moment.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if noted == Noted::Written {
                changes.note().await?;
            }
            *after = Some(changes.last());
            let happened = self.happened(&mut changes, &mut moment).await?;
            self.follow(&mut leases, &happened).await?;
            let before = std::mem::replace(&mut noted, self.ledger.noted());
            if noted == Noted::Written && before == Noted::Owed {
                self.attend_all(&mut leases, noted).await?;
            }
        }
    }

    /// Waits for what happens next, and puts out meanwhile whose time is over.
    async fn happened(
        &self,
        changes: &mut Changes,
        moment: &mut Interval,
    ) -> Result<Vec<Change>, DatabaseError> {
        // One wait from its beginning to its end: one that is begun anew at every moment would never be over, and the store could be
        // silent for ever.
        let next = changes.next();
        tokio::pin!(next);
        loop {
            tokio::select! {
                happened = &mut next => return happened,
                _ = moment.tick() => {
                    for id in self.lent.overdue(Timestamp::now()) {
                        self.lent.end(&id, "its time was over");
                        let _ = self.work.send(id);
                    }
                    // Who was agreed to meanwhile is let in then.
                    if self.ledger.noted() == Noted::Owed
                        && self.ledger.write(Vec::new()).await == Noted::Written
                    {
                        return Ok(Vec::new());
                    }
                },
            }
        }
    }

    /// Both are told at once when the store does not answer: whoever waits for it cannot put anybody out.
    async fn open(&self, after: Option<i64>) -> Result<(Leases, Changes), DatabaseError> {
        let leases = Leases::open(&self.place).await?.answering_within(ANSWER_MAX);
        let changes = match after {
            Some(number) => Changes::after(&self.place, number).await?,
            None => Changes::from_now(&self.place).await?,
        };
        Ok((leases, changes.answering_within(ANSWER_MAX)))
    }

    /// Does what follows from what has happened to leases.
    async fn follow(&self, leases: &mut Leases, changes: &[Change]) -> Result<(), DatabaseError> {
        let mut kept = Vec::new();
        for change in changes {
            let Some(lease) = leases.get(&change.lease).await? else { continue };
            // Whoever is to be put out is put out before anything else is done.
            if in_force_until(&lease.lease).is_none() {
                self.lent.end(&change.lease, &why_over(&lease.lease));
            }
            kept.push((change, lease));
        }
        // What somebody decided is written down before anybody is let in because of it.
        let entries: Vec<Entry> =
            kept.iter().filter_map(|(change, kept)| decided(change, &kept.lease)).collect();
        let noted = self.write(entries).await;
        for (change, kept) in kept.iter().filter(|(change, _)| change.refused.is_none()) {
            self.announce(change, &kept.lease);
            self.attend(leases, kept, noted).await?;
        }
        Ok(())
    }

    /// Where there is nothing to write, what is owed stays so until its time comes.
    async fn write(&self, entries: Vec<Entry>) -> Noted {
        if entries.is_empty() { self.ledger.noted() } else { self.ledger.write(entries).await }
    }

    async fn attend_all(&self, leases: &mut Leases, noted: Noted) -> Result<(), DatabaseError> {
        for kept in leases.list(&Wanted::default()).await? {
            self.attend(leases, &kept, noted).await?;
        }
        Ok(())
    }

    /// Tells whoever has to know.
    fn announce(&self, change: &Change, lease: &Lease) {
        for news in Announcement::of(lease, &change.effects) {
            // Whoever tells has gone when the desk ends.
            let _ = self.news.send(news);
        }
    }

    /// Does what follows from where a lease is now: nothing is lent because of what is not written down.
    async fn attend(&self, leases: &mut Leases, kept: &Kept, noted: Noted) -> Result<(), DatabaseError> {
        let (lease, id) = (&kept.lease, &kept.lease.id);
        match in_force_until(lease) {
            Some(until) if noted == Noted::Written && !self.lent.has(id) => {
                self.admit(leases, lease, until).await?
            }
            Some(_) => {}
            None => {
                self.lent.end(id, &why_over(lease));
                self.close(leases, lease, told(lease)).await?;
            }
        }
        self.ledger.happened(entry(lease, kept.version));
        let may_work = noted == Noted::Written || over(lease).is_some();
        if may_work && !lease.unfinished().is_empty() {
            // Whoever worked has gone when the desk ends.
            let _ = self.work.send(id.clone());
        }
        Ok(())
    }

    /// Lets nobody in with a lease, and tells whoever proves that it is theirs why.
    async fn close(&self, leases: &mut Leases, lease: &Lease, told: Report) -> Result<(), DatabaseError> {
        let Some(token) = leases.token_of(&lease.id).await? else { return Ok(()) };
        let person = lease.request.by.to_string();
        let is_coming = matches!(lease.stage, Stage::Granted(_));
        let closed = Closed { id: lease.id.to_string(), person, key: Key::Own(token), told, is_coming };
        self.lent.close(&lease.id, closed);
        Ok(())
    }

    async fn admit(&self, leases: &mut Leases, lease: &Lease, until: Timestamp) -> Result<(), DatabaseError> {
        let Some(ground) = self.grounds.get(&lease.request.target) else { return Ok(()) };
        let tier = Tier::ALL.iter().find(|tier| tier.word() == lease.request.tier.as_str());
        // Nobody has a token for a lease of another kind, and no judge knows another tier.
        let (Some(token), Some(&tier)) = (leases.token_of(&lease.id).await?, tier) else { return Ok(()) };
        // Whoever is to be put out meanwhile does not wait for names to be found.
        let server = match timeout(WAY_MAX, ground.server()).await {
            Ok(Ok(server)) => server,
            failed => {
                let why = match failed {
                    Ok(Err(error)) => error.to_string(),
                    _ => "the way to its server is not found in time".to_owned(),
                };
                let words = format!("lease {} cannot be used: {why}", lease.id);
                (self.say)(&words);
                let told = Report::fatal("57P03", words).hint("Whoever runs the desk was told.");
                return self.close(leases, lease, told).await;
            }
        };
        let pins = pins(lease, tier, &ground.known.search_path);
        self.lent.admit(&lease.id, &lease.request.target, until, |ending| Ticket {
            id: lease.id.to_string(),
            person: lease.request.by.to_string(),
            tier: tier.word().to_owned(),
            token,
            judge: Arc::new(
                TierJudge::new(tier, Arc::clone(&ground.judge))
                    .on(lease.request.target.as_str())
                    .holding(Rules::on(&lease.request.target, &self.rules))
                    .looking(&ground.looks)
                    .beginning_with(&pins),
            ),
            server,
            standby: ground.standby.clone().filter(|_| tier == Tier::ReadOnly),
            database: ground.login.way().dbname().as_str().to_owned(),
            role: lease.role(),
            password: password_of_role(&self.secret, &lease.id).into(),
            pins,
            holds: self.holds.clone(),
            only: only(lease, &self.once),
            ending,
        });
        Ok(())
    }
}

/// Does what is to be done on servers, one lease after the other; at the start and every minute, for all of them. Ends when nobody
/// can order any more.
pub async fn work(
    mut lending: Lending,
    mut orders: mpsc::UnboundedReceiver<LeaseId>,
    mut endings: mpsc::UnboundedReceiver<(LeaseId, String)>,
    ledger: Arc<dyn Ledger>,
    say: Voice,
) {
    let mut minute = interval(Duration::from_secs(60));
    minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = BTreeSet::new();
    loop {
        tokio::select! {
            order = orders.recv() => {
                let Some(id) = order else { return };
                match lending.finish(&id, Timestamp::now()).await {
                    Ok(happened) => ledger.happened(happened.cleared.iter().map(cleared).collect()),
                    Err(error) => say(&format!("lease {id}: {error}")),
                }
            }
            Some((id, reason)) = endings.recv() => {
                let ending = Event::Revoke { by: None, reason };
                match lending.happen(&id, &ending, Timestamp::now()).await {
                    Ok(happened) => ledger.happened(happened.cleared.iter().map(cleared).collect()),
                    // It is over by now.
                    Err(LendError::Refused(_)) => {}
                    Err(error) => say(&format!("lease {id}: {error}")),
                }
            }
            _ = minute.tick() => match lending.look_around(Timestamp::now()).await {
                Ok(found) => {
                    ledger.happened(found.cleared.iter().map(cleared).collect());
                    for role in &found.orphans {
                        say(&format!("role \"{role}\" had no lease and was removed"));
                    }
                    for red in &found.red {
                        if said.insert(red.clone()) {
                            say(red);
                        }
                    }
                    // What has gone and comes again is said again.
                    said.retain(|red| found.red.contains(red));
                }
                Err(error) => say(&format!("the leases could not be looked at: {error}")),
            },
        }
    }
}

/// The one statement that a lease is for.
fn only(lease: &Lease, once: &Arc<dyn Once>) -> Option<Only> {
    match &lease.request.purpose {
        Purpose::Statement(statement) => Some(Only { statement: statement.clone(), once: Arc::clone(once) }),
        Purpose::Sessions | Purpose::Emergency | Purpose::Held { .. } => None,
    }
}

/// What a session begins with, and does not change.
fn pins(lease: &Lease, tier: Tier, search_path: &[String]) -> Vec<(String, String)> {
    let path: Vec<String> =
        search_path.iter().map(|schema| format!("\"{}\"", schema.replace('"', "\"\""))).collect();
    let idle = lease.terms.idle_in_transaction.as_millis().to_string();
    let mut pins = vec![("search_path", path.join(", ")), ("idle_in_transaction_session_timeout", idle)];
    pins.extend(
        lease.terms.statement_timeout.map(|timeout| ("statement_timeout", timeout.as_millis().to_string())),
    );
    if tier == Tier::ReadOnly {
        pins.push(("default_transaction_read_only", "on".to_owned()));
    }
    pins.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Until when a lease lets its borrower in; none when it does not.
fn in_force_until(lease: &Lease) -> Option<Timestamp> {
    match &lease.stage {
        Stage::Active(active) if lease.is_active(Timestamp::now()) => Some(active.term.until),
        _ => None,
    }
}

fn why_over(lease: &Lease) -> String {
    over(lease).unwrap_or_else(|| "the lease is not in force".to_owned())
}

/// Why a lease is over, or was refused.
fn over(lease: &Lease) -> Option<String> {
    Some(match &lease.stage {
        Stage::Ending { why, .. } | Stage::Ended { why, .. } => why.to_string(),
        Stage::Refused { because, .. } => because.to_string(),
        Stage::Waiting(_) | Stage::Granted(_) | Stage::Active(_) => return None,
    })
}

fn entry(lease: &Lease, version: i64) -> Entry {
    let request = &lease.request;
    Entry {
        kind: "lease.changed",
        person: request.by.as_str().into(),
        lease: lease.id.as_str().into(),
        body: Canonical::map(
            [
                ("stage", Canonical::from(lease.stage.word())),
                ("version", Canonical::from(version.to_string())),
                ("target", Canonical::from(request.target.as_str())),
                ("tier", Canonical::from(request.tier.as_str())),
                ("reason", Canonical::from(request.reason.as_str())),
            ]
            .into_iter()
            .chain(over(lease).map(|why| ("because", Canonical::from(why))))
            .chain(held(lease)),
        ),
    }
}

/// Where it is a statement that a rule held: which rule, and of which lease.
fn held(lease: &Lease) -> Vec<(&'static str, Canonical)> {
    match &lease.request.purpose {
        Purpose::Held { lease, rule, .. } => {
            vec![("rule", Canonical::from(rule.as_str())), ("held_of", Canonical::from(lease.as_str()))]
        }
        _ => Vec::new(),
    }
}

/// How long the store may take for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(3);
/// How long it may take until it can be asked.
const OPEN_MAX: Duration = Duration::from_secs(5);
/// How long finding the way to a target's server may take.
const WAY_MAX: Duration = Duration::from_secs(2);
/// So many leases that are over are remembered by a desk that begins.
const LATELY_MAX: u32 = 256;
/// How late a lease may end by its time.
const MOMENT: Duration = Duration::from_millis(250);
/// How long after a failure the store is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long what was lent goes on while the store cannot be seen.
const BLIND_MAX: Duration = Duration::from_secs(10);
