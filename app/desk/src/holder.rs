//! Held statements in the store: each is a lease of its own kind there, on which people decide as on every other. Whoever waits for one is
//! told here, and a statement that was approved is used up before it runs, so that it never runs twice.

use crate::hold::{Answer, Held, Holds, Once, Waiting};
use crate::later::Later;
use crate::voice::Voice;
use jiff::Timestamp;
use pgward_lease::ask::ask;
use pgward_lease::event::Event;
use pgward_lease::lease::{Lease, Stage};
use pgward_lease::name::LeaseId;
use pgward_lease::policy::Policy;
use pgward_lease::request::{Ask, BoundStatement, Purpose};
use pgward_secrets::random_bytes;
use pgward_store::database::{DatabaseError, Place};
use pgward_store::leases::{ChangeError, Leases};
use pgward_wire::report::Report;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};

/// Asks people about statements, for the sessions of one desk.
pub struct Holder {
    orders: mpsc::UnboundedSender<Order>,
}

/// What keeps held statements in the store, and watches what becomes of them.
pub struct Keeper {
    place: Place,
    policy: Policy,
    orders: mpsc::UnboundedReceiver<Order>,
    sender: mpsc::UnboundedSender<Order>,
    waiting: BTreeMap<LeaseId, Waits>,
}

/// A session that waits.
struct Waits {
    statement: BoundStatement,
    answer: oneshot::Sender<Answer>,
}

enum Order {
    Hold(Box<Held>, oneshot::Sender<Result<Waiting, Report>>),
    /// The session that waited is over, or waits no longer.
    Over(LeaseId),
    Use(LeaseId, BoundStatement, oneshot::Sender<Result<(), Report>>),
    Finished(LeaseId),
}

/// A held statement. When this goes, it is taken back.
struct Keep {
    id: LeaseId,
    orders: mpsc::UnboundedSender<Order>,
}

impl Drop for Keep {
    fn drop(&mut self) {
        // Where nobody keeps them any more, its time takes it.
        let _ = self.orders.send(Order::Over(self.id.clone()));
    }
}

impl Holder {
    /// Both ends: who asks, and who keeps.
    #[must_use]
    pub fn new(place: Place, policy: Policy) -> (Holder, Keeper) {
        let (sender, orders) = mpsc::unbounded_channel();
        let keeper = Keeper { place, policy, orders, sender: sender.clone(), waiting: BTreeMap::new() };
        (Holder { orders: sender }, keeper)
    }
}

impl Holds for Holder {
    fn hold(&self, held: Held) -> Later<'_, Result<Waiting, Report>> {
        Box::pin(async move {
            let nobody = || not_held("nobody can be asked: the desk is ending");
            let (answer, asked) = oneshot::channel();
            self.orders.send(Order::Hold(Box::new(held), answer)).map_err(|_| nobody())?;
            asked.await.unwrap_or_else(|_| Err(nobody()))
        })
    }
}

impl Once for Holder {
    fn begin(&self, lease: String, statement: BoundStatement) -> Later<'_, Result<(), Report>> {
        Box::pin(async move {
            let nobody = || not_used("the desk is ending");
            let id = LeaseId::parse(&lease).ok_or_else(|| not_used("the lease has no such id"))?;
            let (answer, asked) = oneshot::channel();
            self.orders.send(Order::Use(id, statement, answer)).map_err(|_| nobody())?;
            asked.await.unwrap_or_else(|_| Err(nobody()))
        })
    }

    fn finished(&self, lease: String) {
        if let Some(id) = LeaseId::parse(&lease) {
            // Where nobody keeps count any more, its time ends it.
            let _ = self.orders.send(Order::Finished(id));
        }
    }
}

impl Keeper {
    /// Keeps them for as long as anybody waits for this.
    pub async fn keep(mut self, say: Voice) {
        loop {
            let Err(error) = self.keep_in_store().await;
            say(&format!("held statements cannot be kept: {error}"));
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn keep_in_store(&mut self) -> Result<std::convert::Infallible, DatabaseError> {
        let mut leases = Leases::open(&self.place).await?;
        let mut moment = interval(MOMENT);
        moment.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(Order::Hold(held, answer)) => {
                        let (told, failed) = match self.begin(&mut leases, &held).await {
                            Ok(told) => (told, None),
                            Err(error) => (Err(not_held("the desk's store cannot be used")), Some(error)),
                        };
                        // Whoever asked may have gone: with what they would have got it is taken back.
                        let _ = answer.send(told);
                        if let Some(error) = failed {
                            return Err(error);
                        }
                    }
                    Some(Order::Over(id)) => self.over(&mut leases, &id).await?,
                    Some(Order::Use(id, statement, answer)) => {
                        let used = leases.change(&id, &Event::Use { statement }, Timestamp::now(), &self.policy).await;
                        let told = used.as_ref().map(|_| ()).map_err(|error| not_used(&error.to_string()));
                        // Whoever asked may have gone: it is used up all the same, and has not run.
                        let _ = answer.send(told);
                        if let Err(ChangeError::Database(error)) = used {
                            return Err(error);
                        }
                    }
                    Some(Order::Finished(id)) => {
                        let ended = leases.change(&id, &Event::Finished, Timestamp::now(), &self.policy).await;
                        // Any other refusal: it has ended otherwise meanwhile.
                        if let Err(ChangeError::Database(error)) = ended {
                            return Err(error);
                        }
                    }
                    // This has a sender of its own.
                    None => {}
                },
                _ = moment.tick(), if !self.waiting.is_empty() => {
                    let all: Vec<LeaseId> = self.waiting.keys().cloned().collect();
                    for id in all {
                        self.look(&mut leases, &id).await?;
                    }
                }
            }
        }
    }

    /// Begins to wait for those who decide.
    async fn begin(
        &mut self,
        leases: &mut Leases,
        held: &Held,
    ) -> Result<Result<Waiting, Report>, DatabaseError> {
        let now = Timestamp::now();
        let lease = match LeaseId::parse(&held.lease) {
            Some(id) => leases.get(&id).await?,
            None => None,
        };
        let Some(lease) = lease.map(|kept| kept.lease).filter(|lease| lease.is_active(now)) else {
            return Ok(Err(not_held("the lease is not in force")));
        };
        let Ok(drawn) = random_bytes() else {
            return Ok(Err(not_held("the operating system gave no random bytes")));
        };
        let asked = asked(&lease, held);
        let (begun, effects) = match ask(LeaseId::of_random(drawn), &asked, now, &self.policy) {
            Ok(begun) => begun,
            Err(refusal) => return Ok(Err(not_held(&refusal.to_string()))),
        };
        leases.begin(&begun, &effects, now).await?;
        let (answer, answered) = oneshot::channel();
        let id = begun.id;
        self.waiting.insert(id.clone(), Waits { statement: held.statement.clone(), answer });
        let keep = Keep { id: id.clone(), orders: self.sender.clone() };
        Ok(Ok(Waiting { id: id.to_string(), answer: answered, keep: Box::new(keep) }))
    }

    async fn over(&mut self, leases: &mut Leases, id: &LeaseId) -> Result<(), DatabaseError> {
        self.waiting.remove(id);
        match leases.change(id, &Event::SessionOver, Timestamp::now(), &self.policy).await {
            Err(ChangeError::Database(error)) => Err(error),
            // It was decided, and is over for that.
            _ => Ok(()),
        }
    }

    /// Looks at what has become of one, and tells whoever waits.
    async fn look(&mut self, leases: &mut Leases, id: &LeaseId) -> Result<(), DatabaseError> {
        let now = Timestamp::now();
        let lease = match leases.change(id, &Event::Tick, now, &self.policy).await {
            Ok((kept, _)) => kept.lease,
            Err(ChangeError::Database(error)) => return Err(error),
            Err(_) => return Ok(()),
        };
        let answer = match &lease.stage {
            Stage::Waiting(_) | Stage::Granted(_) => return Ok(()),
            Stage::Active(_) => self.used(leases, id, now).await?,
            Stage::Refused { because, .. } => Answer::Refused(because.to_string()),
            Stage::Ending { why, .. } | Stage::Ended { why, .. } => Answer::Refused(why.to_string()),
        };
        if let Some(waits) = self.waiting.remove(id) {
            // Whoever waited may have gone.
            let _ = waits.answer.send(answer);
        }
        Ok(())
    }

    /// Uses an approval up.
    // INVARIANT: this is kept before the statement is sent on, so that an approval is good for one run, whoever is killed.
    async fn used(&self, leases: &mut Leases, id: &LeaseId, now: Timestamp) -> Result<Answer, DatabaseError> {
        let Some(waits) = self.waiting.get(id) else {
            return Ok(Answer::Refused("nobody waits for it".to_owned()));
        };
        let event = Event::Use { statement: waits.statement.clone() };
        match leases.change(id, &event, now, &self.policy).await {
            Ok(_) => Ok(Answer::Run),
            Err(ChangeError::Database(error)) => Err(error),
            Err(refused) => Ok(Answer::Refused(refused.to_string())),
        }
    }
}

/// What people are asked, as the person of the lease would ask it.
fn asked(lease: &Lease, held: &Held) -> Ask {
    let request = &lease.request;
    Ask {
        by: request.by.to_string(),
        target: request.target.clone(),
        tier: request.tier.clone(),
        purpose: Purpose::Held {
            lease: lease.id.clone(),
            rule: held.rule.clone(),
            statement: held.statement.clone(),
        },
        reason: format!("lease {}: {}", lease.id, request.reason).chars().take(REASON_SHOWN).collect(),
        length: None,
    }
}

fn not_used(why: &str) -> Report {
    Report::error("42501", "the one statement of this lease does not run")
        .detail(format!("{why}."))
        .hint("Ask for a lease for it: pgward request TARGET TIER --statement FILE --reason ...")
}

fn not_held(why: &str) -> Report {
    Report::error("42501", "a rule holds the statement, and nobody can be asked about it")
        .detail(format!("It has not run: {why}."))
        .hint("Rules that hold statements are under `access.holds` of the contract.")
}

/// How late a session learns what was decided.
const MOMENT: Duration = Duration::from_millis(200);
/// How long after a failure the store is opened again.
const AGAIN: Duration = Duration::from_millis(500);
/// How much of the lease's reason is repeated.
const REASON_SHOWN: usize = 500;
