//! What the store is told of the sessions that are here, and whom somebody elsewhere wants to end: so that every desk can show the
//! sessions of all, and end each.

use crate::decision::{Entry, Ledger, whole};
use crate::register::{News, Register, Session};
use crate::voice::Voice;
use jiff::Timestamp;
use pgward_lease::name::LeaseId;
use pgward_ledger::canonical::Canonical;
use pgward_store::database::{DatabaseError, Place};
use pgward_store::leases::Leases;
use pgward_store::leases::sessions::{Kill, SeenSession};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Tells the store who is here.
pub struct Presence {
    /// Where the leases are.
    pub place: Place,
    /// The sessions that are here.
    pub register: Arc<Register>,
    /// What tells this desk from others that share the store.
    pub desk: String,
    /// Where it is written down who ended a session.
    pub ledger: Arc<dyn Ledger>,
    /// Who is told of trouble.
    pub say: Voice,
}

impl Presence {
    /// Tells for as long as anybody waits for this. Where the store cannot be reached the lookout ends what was lent; here it is only
    /// told again.
    pub async fn keep(&self) {
        let mut has_failed = false;
        let mut gone = Vec::new();
        loop {
            let Err(error) = self.keep_with(&mut gone, &mut has_failed).await;
            if !std::mem::replace(&mut has_failed, true) {
                (self.say)(&format!("the sessions that are here cannot be kept in the store: {error}"));
            }
            tokio::time::sleep(TELL_AGAIN).await;
        }
    }

    /// `gone` is who has gone and the store may not know yet.
    async fn keep_with(
        &self,
        gone: &mut Vec<String>,
        has_failed: &mut bool,
    ) -> Result<Infallible, DatabaseError> {
        let mut leases = Leases::open(&self.place).await?;
        let everybody = self.register.everybody();
        self.tell(&mut leases, everybody, gone).await?;
        *has_failed = false;
        let mut seen: Option<Instant> = None;
        let mut moment = interval(MOMENT);
        moment.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            moment.tick().await;
            let news = self.register.news();
            self.tell(&mut leases, news, gone).await?;
            if seen.is_none_or(|seen| seen.elapsed() >= SEEN_EVERY) {
                let before = self.register.count();
                let kept = leases.see_sessions(&self.desk, Timestamp::now()).await?;
                seen = Some(Instant::now());
                // Somebody took this desk for gone, while it was away.
                if usize::try_from(kept).is_ok_and(|kept| kept < before) {
                    let everybody = self.register.everybody();
                    self.tell(&mut leases, everybody, gone).await?;
                }
            }
            if self.register.count() > 0 {
                for kill in leases.kills(&self.desk).await? {
                    self.end(&kill);
                }
            }
        }
    }

    async fn tell(
        &self,
        leases: &mut Leases,
        news: News,
        gone: &mut Vec<String>,
    ) -> Result<(), DatabaseError> {
        gone.extend(news.gone);
        if news.here.is_empty() && gone.is_empty() {
            return Ok(());
        }
        // One whose lease is not called as leases are is nobody's to end.
        let here: Vec<SeenSession> = news.here.into_iter().filter_map(seen).collect();
        leases.tell_sessions(&self.desk, &here, gone, Timestamp::now()).await?;
        gone.clear();
        Ok(())
    }

    fn end(&self, kill: &Kill) {
        let why = format!("{} ended it: {}", kill.by, kill.reason);
        if let Some(session) = self.register.end(&kill.id, &why) {
            self.ledger.happened(vec![entry(kill, &session)]);
        }
    }
}

fn seen((id, session): (String, Session)) -> Option<SeenSession> {
    Some(SeenSession {
        id,
        lease: LeaseId::parse(&session.lease)?,
        address: session.address.to_string(),
        began: session.began,
        last_kind: session.last_kind.to_owned(),
        process: session.process,
    })
}

fn entry(kill: &Kill, session: &Session) -> Entry {
    Entry {
        kind: "session.killed",
        person: kill.by.as_str().into(),
        lease: session.lease.as_str().into(),
        body: Canonical::map([
            ("session", whole(session.number)),
            ("id", Canonical::from(kill.id.as_str())),
            ("person", Canonical::from(session.person.as_str())),
            ("reason", Canonical::from(kill.reason.as_str())),
        ]),
    }
}

/// How late others see who comes and goes, and a session sees that it is to end.
const MOMENT: Duration = Duration::from_millis(250);
/// How often the store is told that those who are here still are.
const SEEN_EVERY: Duration = Duration::from_secs(10);
/// How long after a failure the store is told again.
const TELL_AGAIN: Duration = Duration::from_millis(500);
