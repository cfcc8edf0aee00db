//! `pgward request`, `approve`, `revoke` and what follows from them: the store says what happened, the server has the roles.
//!
//! What happens to a lease is kept first and done afterwards. Whoever dies in between leaves a lease whose stage says what is to be
//! done, and [`Lending::look_around`] does it; a role that no lease accounts for is removed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pgward_catalog::name::RoleName;
use pgward_contract::model::contract::Contract;
use pgward_contract::pattern::glob::NamePattern;
use pgward_contract::source::span::Spanned;
use pgward_credential::derived::{derived_mark, derived_password, derived_verifier};
use pgward_credential::{DeriveError, Secret};
use pgward_lease::ask::ask;
use pgward_lease::effect::Effect;
use pgward_lease::event::Event;
use pgward_lease::lease::{Lease, Review, Stage};
use pgward_lease::name::{LeaseId, ROLE_PREFIX, TargetName};
use pgward_lease::policy::{Policy, Target};
use pgward_lease::refusal::Refusal;
use pgward_lease::request::Ask;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::lease_role::failure::LeaseRoleError;
use pgward_postgres::lease_role::make::{Becomes, LeaseRole, There, make, prolong, roles_called};
use pgward_postgres::lease_role::remove::{Outcome, Removal, end_sessions, remove, roles_with_sessions};
use pgward_postgres::session::Session;
use pgward_secrets::random::{RandomError, random_bytes};
use pgward_store::database::{DatabaseError, Place};
use pgward_store::leases::{ChangeError, Kept, Leases, Unsettled, Wanted};
use pgward_survey::lent::Lent;

use crate::clock::Clock;

use crate::server_login::{LoginError, ServerLogin};

/// Everything that lending takes.
pub struct Lending {
    /// The leases.
    pub leases: Leases,
    /// On which terms what is lent.
    pub policy: Policy,
    /// How the server of each target is reached by the login that makes roles.
    pub servers: BTreeMap<TargetName, Arc<ServerLogin>>,
    /// What the passwords of roles are made from: the same on every desk.
    pub secret: Secret,
}

/// What came of something that happened to a lease.
#[derive(Debug)]
pub struct Happened {
    /// The lease as it is now.
    pub kept: Kept,
    /// Everything that was to be done, in its order: whoever serves people tells them, and cuts their sessions.
    pub effects: Vec<Effect>,
    /// The role that was removed, where one was.
    pub cleared: Option<Cleared>,
}

/// What removing a lease's role took, and what of the lease is left on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared {
    /// Whose lease it was.
    pub lease: Lease,
    /// How many sessions were ended.
    pub sessions: usize,
    /// What it had made, which is its owner's now: each thing as PostgreSQL describes it, with its database.
    pub left: Vec<(String, String)>,
}

/// What was found when everything was looked at.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Roles without a lease that were removed.
    pub orphans: Vec<RoleName>,
    /// What is wrong and has to be looked at by somebody, in words.
    pub red: Vec<String>,
    /// The roles of leases that were removed.
    pub cleared: Vec<Cleared>,
}

/// Whether other desks may serve the same leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shares {
    /// None do.
    Nobody,
    /// They may, and the store knows whom.
    Desks,
}

/// Why nothing was lent.
#[derive(Debug, thiserror::Error)]
pub enum LendError {
    /// It was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be kept.
    #[error("the leases could not be used")]
    Leases(#[source] DatabaseError),
    /// It could not happen to the lease.
    #[error(transparent)]
    Change(ChangeError),
    /// No token could be made.
    #[error(transparent)]
    Token(#[from] DeriveError),
    /// No id could be drawn.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The server could not be reached.
    #[error("the server of target `{target}` could not be reached")]
    Connect {
        /// The target.
        target: TargetName,
        /// Why not.
        #[source]
        source: Box<LoginError>,
    },
    /// The server could not be asked for its roles.
    #[error("the roles of leases could not be looked at")]
    Roles(#[source] LeaseRoleError),
}

impl From<ChangeError> for LendError {
    fn from(error: ChangeError) -> LendError {
        match error {
            ChangeError::Refused(refusal) => LendError::Refused(refusal),
            ChangeError::Database(error) => LendError::Leases(error),
            error => LendError::Change(error),
        }
    }
}

impl Lending {
    /// Somebody asks. What nobody has to agree to is lent at once.
    ///
    /// # Errors
    /// It was refused, or could not be kept.
    pub async fn ask(&mut self, asked: &Ask, now: Timestamp) -> Result<Happened, LendError> {
        let (lease, effects) = ask(LeaseId::of_random(random_bytes()?), asked, now, &self.policy)?;
        let kept = self.leases.begin(&lease, &effects, now).await.map_err(LendError::Leases)?;
        self.carry_out(kept, effects, now).await
    }

    /// Something happens to a lease.
    ///
    /// # Errors
    /// It was refused, or could not be kept.
    pub async fn happen(
        &mut self,
        id: &LeaseId,
        event: &Event,
        now: Timestamp,
    ) -> Result<Happened, LendError> {
        let (kept, effects) = self.leases.change(id, event, now, &self.policy).await?;
        self.carry_out(kept, effects, now).await
    }

    /// Lets time pass for every lease, does again what may not have been finished, and removes roles that no lease accounts for.
    /// At the start of a desk, and every minute.
    ///
    /// # Errors
    /// The leases or a server could not be reached. What was done until then is done.
    pub async fn look_around(&mut self, now: Timestamp) -> Result<Found, LendError> {
        // The roles first: whatever is made after this look has a lease that the next one sees.
        let mut there = Vec::new();
        for target in self.servers.keys().cloned().collect::<Vec<_>>() {
            let (session, settings) = self.session(&target).await?;
            let roles = roles_called(&session, ROLE_PREFIX).await.map_err(LendError::Roles)?;
            there.push((target, settings, session, roles));
        }
        let mut found = Found::default();
        let open = self.leases.list(&Wanted::default()).await.map_err(LendError::Leases)?;
        for kept in &open {
            let last = self.finish(&kept.lease.id, now).await?;
            found.cleared.extend(last.cleared);
            found.red.extend(last.kept.lease.red().map(|red| format!("lease {}: {red}", last.kept.lease.id)));
        }
        for (target, settings, session, roles) in there {
            let still = roles_called(&session, ROLE_PREFIX).await.map_err(LendError::Roles)?;
            // Of another desk in front of the same server only what is over for everybody.
            let mark = self.mark();
            let ours = |role: &There| role.lapsed || role.mark.as_ref() == Some(&mark);
            let is_still = |role: &There| still.iter().any(|there| there.name == role.name);
            for role in roles.into_iter().filter(|role| ours(role) && is_still(role)) {
                self.remove_orphan(&target, &settings, &session, role.name, &mut found).await?;
            }
            self.end_those_without_a_role(&target, &open, &still, now, &mut found).await?;
        }
        Ok(found)
    }

    /// Ends the sessions of this desk's leases before it lets anybody in: a desk that was killed has left them, and nobody is behind them
    /// any more. Those of leases that another desk serves go on. Gives the roles, with the number of their sessions.
    ///
    /// # Errors
    /// The leases could not be read, or a server could not be asked.
    pub async fn end_strays(
        &mut self,
        shares: Shares,
        now: Timestamp,
    ) -> Result<Vec<(RoleName, usize)>, LendError> {
        let served: BTreeSet<RoleName> = match shares {
            Shares::Nobody => BTreeSet::new(),
            Shares::Desks => {
                let seen = self.leases.sessions(now).await.map_err(LendError::Leases)?;
                seen.iter().map(|session| RoleName::from(session.lease.role().as_str())).collect()
            }
        };
        let mut ended = Vec::new();
        for target in self.servers.keys().cloned().collect::<Vec<_>>() {
            let (session, _) = self.session(&target).await?;
            let busy = roles_with_sessions(&session, ROLE_PREFIX).await.map_err(LendError::Roles)?;
            if busy.is_empty() {
                continue;
            }
            let mark = self.mark();
            let there = roles_called(&session, ROLE_PREFIX).await.map_err(LendError::Roles)?;
            let ours =
                there.into_iter().filter(|role| role.mark.as_ref() == Some(&mark)).map(|role| role.name);
            for role in ours.filter(|role| busy.contains(role) && !served.contains(role)) {
                let count = end_sessions(&session, &role).await.map_err(LendError::Roles)?;
                ended.push((role, count));
            }
        }
        Ok(ended)
    }

    /// Ends leases that could be used when they were listed, before the roles were, and whose role somebody has dropped: whoever
    /// did wanted no session of it, and no session can be opened.
    async fn end_those_without_a_role(
        &mut self,
        target: &TargetName,
        open: &[Kept],
        there: &[There],
        now: Timestamp,
        found: &mut Found,
    ) -> Result<(), LendError> {
        let in_force = open.iter().map(|kept| &kept.lease).filter(|lease| {
            lease.has_role() && matches!(lease.stage, Stage::Active(_)) && lease.request.target == *target
        });
        for lease in in_force {
            let role = lease.role();
            if there.iter().any(|there| there.name.as_str() == role) {
                continue;
            }
            let reason = format!("role \"{role}\" was dropped on target `{target}`, and not by pgward");
            match self.happen(&lease.id, &Event::Revoke { by: None, reason: reason.clone() }, now).await {
                Ok(_) => found.red.push(format!("lease {}: {reason}", lease.id)),
                // It is over by now.
                Err(LendError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// By what the roles of this desk, and of those that share its leases, are known again.
    fn mark(&self) -> String {
        format!("{MARK} {}", derived_mark(&self.secret, PURPOSE))
    }

    /// Lets time pass for a lease, and does what is to be done for it.
    ///
    /// # Errors
    /// As for `happen`.
    pub async fn finish(&mut self, id: &LeaseId, now: Timestamp) -> Result<Happened, LendError> {
        let happened = self.happen(id, &Event::Tick, now).await?;
        let unfinished = happened.kept.lease.unfinished();
        let last = self.carry_out(happened.kept, unfinished, now).await?;
        Ok(Happened { cleared: happened.cleared.or(last.cleared), ..last })
    }

    /// The password of a lease's role, for the session that is opened with it.
    #[must_use]
    pub fn password_of(&self, id: &LeaseId) -> Secret {
        password_of_role(&self.secret, id)
    }

    /// Does what is to be done on the server, and keeps what came of it.
    async fn carry_out(
        &mut self,
        kept: Kept,
        effects: Vec<Effect>,
        now: Timestamp,
    ) -> Result<Happened, LendError> {
        let mut happened = Happened { kept, effects: effects.clone(), cleared: None };
        for effect in effects {
            let lease = &happened.kept.lease;
            let answer = match effect {
                Effect::MakeRole { until } => Some(self.make_role(lease, until).await),
                Effect::ProlongRole { until } => {
                    self.prolong_role(lease, until).await;
                    None
                }
                Effect::RemoveRole => {
                    let lease = lease.clone();
                    let (answer, removal) = self.remove_role(&lease).await;
                    happened.cleared = removal.map(|removal| Cleared {
                        lease,
                        sessions: removal.sessions,
                        left: removal.moved.into_iter().map(|(of, what)| (of.to_string(), what)).collect(),
                    });
                    Some(answer)
                }
                Effect::Tell { .. } | Effect::CutSessions | Effect::Release | Effect::Drop => None,
            };
            let Some(answer) = answer else { continue };
            let id = happened.kept.lease.id.clone();
            match self.leases.change(&id, &answer, now, &self.policy).await {
                Ok((kept, more)) => {
                    // What follows from the answer is done as well: a role that could not be made is removed.
                    let next = Box::pin(self.carry_out(kept, more, now)).await?;
                    happened.kept = next.kept;
                    happened.effects.extend(next.effects);
                    happened.cleared = happened.cleared.or(next.cleared);
                }
                // Somebody else was faster: the lease is where their answer has brought it.
                Err(ChangeError::Refused(_)) => {
                    let kept = self.leases.get(&id).await.map_err(LendError::Leases)?;
                    happened.kept = kept.unwrap_or(happened.kept);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(happened)
    }

    async fn make_role(&mut self, lease: &Lease, until: Timestamp) -> Event {
        let failed = |words: String| Event::RoleFailed { words };
        let Some(target) = self.policy.targets.get(&lease.request.target).cloned() else {
            return failed(format!("target `{}` is not lent any more", lease.request.target));
        };
        let session = match self.session(&lease.request.target).await {
            Ok((session, _)) => session,
            Err(error) => return failed(chain(&error)),
        };
        let verifier = match derived_verifier(&self.secret, PURPOSE, lease.id.as_str()) {
            Ok(verifier) => verifier,
            Err(error) => return failed(error.to_string()),
        };
        match make(&session, &role_of(lease, &target, until, self.mark()), &verifier).await {
            Ok(_) => Event::RoleMade,
            Err(error) => failed(chain(&error)),
        }
    }

    /// A role that is not valid for longer ends earlier than its lease: less than was given, never more.
    async fn prolong_role(&mut self, lease: &Lease, until: Timestamp) {
        if let Ok((session, _)) = self.session(&lease.request.target).await {
            let role = RoleName::from(lease.role().as_str());
            let _ = prolong(&session, &role, &until.to_string()).await;
        }
    }

    async fn remove_role(&mut self, lease: &Lease) -> (Event, Option<Removal>) {
        let stays = |words: String| (Event::RoleStays { words }, None);
        if !self.servers.contains_key(&lease.request.target) {
            return stays(format!("the server of target `{}` is not known here", lease.request.target));
        }
        let (session, settings) = match self.session(&lease.request.target).await {
            Ok(opened) => opened,
            Err(error) => return stays(chain(&error)),
        };
        let role = RoleName::from(lease.role().as_str());
        let owner = lease.terms.owner.as_deref().map(RoleName::from);
        match remove(&session, &settings, &role, owner.as_ref(), PATIENCE).await {
            Ok(Outcome::Gone(removal)) => (Event::RoleGone, Some(removal)),
            Ok(Outcome::Stays { words, hint }) => stays(format!("{words}; {hint}")),
            Err(error) => stays(chain(&error)),
        }
    }

    async fn remove_orphan(
        &mut self,
        target: &TargetName,
        settings: &ConnectionSettings,
        session: &Session,
        role: RoleName,
        found: &mut Found,
    ) -> Result<(), LendError> {
        // A role that is not called as ours are is somebody's: it is told, and left alone.
        let Some(id) = LeaseId::of_role(role.as_str()) else {
            found
                .red
                .push(format!("role \"{role}\" on target `{target}` is called like a lease's and is none"));
            return Ok(());
        };
        let kept = self.leases.get(&id).await.map_err(LendError::Leases)?;
        if kept.as_ref().is_some_and(|kept| kept.lease.has_role()) {
            return Ok(());
        }
        let owner = kept.and_then(|kept| kept.lease.terms.owner).map(|owner| RoleName::from(owner.as_str()));
        match remove(session, settings, &role, owner.as_ref(), PATIENCE).await {
            Ok(Outcome::Gone(_)) => found.orphans.push(role),
            Ok(Outcome::Stays { words, hint }) => {
                found.red.push(format!("role \"{role}\" has no lease and is still there: {words}; {hint}"));
            }
            Err(error) => {
                found.red.push(format!("role \"{role}\" has no lease and is still there: {}", chain(&error)));
            }
        }
        Ok(())
    }

    /// A session, and what others are opened with.
    async fn session(&mut self, target: &TargetName) -> Result<(Session, ConnectionSettings), LendError> {
        let unknown = || LendError::Refused(Refusal::UnknownTarget { target: target.clone() });
        let login = self.servers.get(target).ok_or_else(unknown)?;
        let failed = |source| LendError::Connect { target: target.clone(), source: Box::new(source) };
        let session = login.connect().await.map_err(failed)?;
        Ok((session, login.settings().await.map_err(failed)?))
    }
}

/// The password of a lease's role, made from the desks' secret.
#[must_use]
pub fn password_of_role(secret: &Secret, id: &LeaseId) -> Secret {
    derived_password(secret, PURPOSE, id.as_str())
}

/// The roles of leases in force: part of what is meant to be on the server.
///
/// # Errors
/// The leases could not be read.
pub async fn roles_in_force(place: &Place) -> Result<BTreeSet<RoleName>, DatabaseError> {
    let open = Leases::open(place).await?.list(&Wanted::default()).await?;
    // One that is in the way of its own end is drift like every other.
    let in_force = open
        .iter()
        .filter(|kept| kept.lease.has_role())
        .filter(|kept| !matches!(kept.lease.stage, Stage::Ending { trouble: Some(_), .. }));
    Ok(in_force.map(|kept| RoleName::from(kept.lease.role().as_str())).collect())
}

/// What is wrong with what is or was lent, and has to be looked at by somebody. An emergency that is past its day counts, also where
/// no desk has been there to say so.
///
/// # Errors
/// The leases could not be read.
pub async fn wrong(place: &Place, clock: &impl Clock) -> Result<Vec<Lent>, DatabaseError> {
    let now = clock.now().parse::<Timestamp>().ok();
    let open = Leases::open(place)
        .await?
        .list(&Wanted { unsettled: Unsettled::AndSettled, ..Wanted::default() })
        .await?;
    let wrong = open.iter().filter_map(|kept| {
        let lease = &kept.lease;
        let wrong = match &lease.review {
            Some(Review::Due { by }) if now.is_some_and(|now| *by < now) => {
                Some(format!("nobody has reviewed this emergency; it was due at {by}"))
            }
            _ => lease.red(),
        }?;
        let remedy = match &lease.review {
            Some(Review::Due { .. } | Review::Overdue { .. }) => {
                format!("review it: pgward review {}", lease.id)
            }
            _ => "look at what was done, and at what keeps its role on the server".to_owned(),
        };
        Some(Lent { lease: lease.id.to_string(), person: lease.request.by.to_string(), wrong, remedy })
    });
    Ok(wrong.collect())
}

/// The contract with leases in force left alone: they are never drift. A role that is called like a lease's and is none is
/// reported as every other.
#[must_use]
pub fn with_leases(contract: &Contract, in_force: &BTreeSet<RoleName>) -> Contract {
    let mut contract = contract.clone();
    let names = in_force.iter().map(|role| {
        Spanned::new(NamePattern::exactly(role.as_str()), pgward_contract::source::span::Span::default())
    });
    contract.scope.ignore.roles.extend(names);
    contract
}

/// A lease's role as its terms say.
fn role_of(lease: &Lease, target: &Target, until: Timestamp, mark: String) -> LeaseRole {
    let terms = &lease.terms;
    let millis = |duration: Duration| duration.as_millis().to_string();
    let mut settings = vec![("idle_in_transaction_session_timeout", millis(terms.idle_in_transaction))];
    settings.extend(terms.statement_timeout.map(|timeout| ("statement_timeout", millis(timeout))));
    if lease.request.tier.as_str() == READ_ONLY {
        settings.push(("default_transaction_read_only", "on".to_owned()));
    }
    LeaseRole {
        name: RoleName::from(lease.role().as_str()),
        lends: RoleName::from(target.role_of(&lease.request.tier).as_str()),
        valid_until: until.to_string(),
        connections: terms.connections,
        settings,
        mark,
        becomes: if terms.owner.is_some() { Becomes::Lent } else { Becomes::Nobody },
    }
}

/// An error with what is behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

const PURPOSE: &str = "lease role";
/// What the comment of a lease's role begins with.
const MARK: &str = "pgward desk";
/// The tier whose sessions are read-only.
const READ_ONLY: &str = "read_only";
const PATIENCE: Duration = Duration::from_secs(10);
