//! Sees who has logged in to a target's server as a lease's role and has not come through a desk: a role may always change its own
//! password, and at the tier admin nothing can keep it from that. The lease ends then, and its role with it.

use crate::decision::{Entry, Ledger};
use crate::lent::Lent;
use crate::opened::Process;
use crate::register::Register;
use crate::voice::Voice;
use jiff::Timestamp;
use pgward_catalog::name::RoleName;
use pgward_lease::name::{LeaseId, ROLE_PREFIX, TargetName};
use pgward_ledger::canonical::Canonical;
use pgward_operations::server_login::{LoginError, ServerLogin};
use pgward_postgres::lease_role::backends::{Backend, backends, connections};
use pgward_postgres::lease_role::failure::LeaseRoleError;
use pgward_postgres::session::Session;
use pgward_store::database::{DatabaseError, Place};
use pgward_store::leases::Leases;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

/// Watches a target.
pub struct Outside {
    /// Which.
    pub target: TargetName,
    /// How its server is reached by the login that makes roles.
    pub login: Arc<ServerLogin>,
    /// Where other desks say which sessions are theirs.
    pub place: Place,
    /// Whom this desk lets in.
    pub lent: Arc<Lent>,
    /// The sessions that are here.
    pub register: Arc<Register>,
    /// Where it is written down.
    pub ledger: Arc<dyn Ledger>,
    /// Who ends leases, and is told why.
    pub end: mpsc::UnboundedSender<(LeaseId, String)>,
    /// Who is told of trouble.
    pub say: Voice,
}

/// Why the sessions of leases could not be looked at.
#[derive(Debug, thiserror::Error)]
enum NotSeen {
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error(transparent)]
    Roles(#[from] LeaseRoleError),
    #[error(transparent)]
    Store(#[from] DatabaseError),
    #[error("the server gives no answer within {} s", ANSWER_MAX.as_secs())]
    Silent,
}

/// A process of which it is not known who has come by it.
struct Unknown {
    since: Instant,
    /// What was being opened when it was seen first: it may be one of these.
    maybe: BTreeSet<u64>,
    /// How often it was seen since it can be none of them.
    looks: u32,
    /// It is known to be nobody's who came past a desk.
    is_fine: bool,
}

type Opener = Option<(u64, Session)>;

impl Outside {
    /// Watches for as long as anybody waits for this.
    pub async fn watch(&self) {
        let (mut session, mut unknown) = (None, BTreeMap::new());
        let mut has_failed = false;
        loop {
            sleep(EVERY).await;
            let roles = self.lent.roles_on(&self.target);
            if roles.is_empty() {
                continue;
            }
            let looking = timeout(ANSWER_MAX, self.look(&roles, &mut session, &mut unknown));
            match looking.await.unwrap_or(Err(NotSeen::Silent)) {
                Ok(()) => has_failed = false,
                Err(error) => {
                    session = None;
                    if !std::mem::replace(&mut has_failed, true) {
                        let target = &self.target;
                        (self.say)(&format!(
                            "who is on the server of target `{target}` past the desk cannot be seen: {error}"
                        ));
                    }
                }
            }
        }
    }

    async fn look(
        &self,
        roles: &BTreeMap<String, LeaseId>,
        opener: &mut Opener,
        unknown: &mut BTreeMap<Process, Unknown>,
    ) -> Result<(), NotSeen> {
        let opened = &self.register.opened;
        let before = opened.all();
        let generation = self.login.generation();
        let (_, session) = match opener {
            Some(opened) if opened.0 == generation => opened,
            // By another login than now: that may be gone at any time.
            none => {
                let session = self.login.connect().await?;
                none.insert((self.login.generation(), session))
            }
        };
        let there: BTreeSet<Process> =
            backends(session, ROLE_PREFIX).await?.into_iter().map(process).collect();
        // Whatever the server has shown was opened, or began to be, before now.
        let (ours, under_way) = (opened.all(), opened.under_way());
        let is_over = |role: &str| LeaseId::of_role(role).is_none_or(|id| !self.lent.has(&id));
        let has_gone = |process: &&Process| roles.contains_key(&process.0) || is_over(&process.0);
        opened.forget(before.difference(&there).filter(has_gone));

        let is_unknown = |process: &Process| roles.contains_key(&process.0) && !ours.contains(process);
        unknown.retain(|process, _| there.contains(process) && is_unknown(process));
        let now = Instant::now();
        for process in there.into_iter().filter(is_unknown) {
            let maybe = under_way.clone();
            unknown.entry(process).or_insert(Unknown { since: now, maybe, looks: 0, is_fine: false });
        }
        if unknown.values().all(|unknown| unknown.is_fine) {
            return Ok(());
        }
        let of_others = self.of_others().await?;
        for (process, unknown) in unknown.iter_mut().filter(|(_, unknown)| !unknown.is_fine) {
            unknown.is_fine = of_others.as_ref().is_some_and(|others| others.contains(process));
            let may_be_ours = !unknown.maybe.is_disjoint(&under_way);
            let may_be_others = of_others.is_some() && unknown.since.elapsed() < OTHERS_MAX;
            if unknown.is_fine || may_be_ours || may_be_others {
                continue;
            }
            unknown.looks += 1;
            if unknown.looks < LOOKS {
                continue;
            }
            let role = RoleName::from(process.0.as_str());
            // A session has helpers that work on its query; nobody has connected to those.
            let connected = connections(session, &role).await?;
            unknown.is_fine = !connected.into_iter().map(self::process).any(|one| one == *process);
            if let Some(id) = roles.get(&process.0).filter(|_| !unknown.is_fine) {
                self.found(id, process);
                // Once is enough: the role goes, and whoever is there with it.
                unknown.is_fine = true;
            }
        }
        Ok(())
    }

    /// Ends a lease as whose role somebody has come past the desk.
    fn found(&self, id: &LeaseId, (role, process): &Process) {
        let why = format!("somebody has logged in as role \"{role}\" past the desk (process {process})");
        (self.say)(&format!("lease {id}: {why}; it ends, and what ran there is in no ledger"));
        let members = [
            ("target", Canonical::from(self.target.as_str())),
            ("role", Canonical::from(role.as_str())),
            ("process", Canonical::from(process.to_string())),
            ("because", Canonical::from(why.as_str())),
        ];
        let mut entry = Entry::of_the_desk("session.foreign", members);
        entry.lease = id.as_str().into();
        self.ledger.happened(vec![entry]);
        self.lent.end(id, &why);
        // Whoever works has gone when the desk ends.
        let _ = self.end.send((id.clone(), why));
    }

    /// The processes of sessions of all desks that share the store, if any do.
    async fn of_others(&self) -> Result<Option<BTreeSet<Process>>, DatabaseError> {
        match &self.place {
            Place::Sqlite(_) => Ok(None),
            Place::Postgres(_) => {
                let seen = Leases::open(&self.place).await?.sessions(Timestamp::now()).await?;
                let of = |lease: LeaseId| format!("{ROLE_PREFIX}{lease}");
                Ok(Some(seen.into_iter().map(|session| (of(session.lease), session.process)).collect()))
            }
        }
    }
}

fn process(backend: Backend) -> Process {
    (backend.role.as_str().to_owned(), backend.process)
}

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);
/// A session that has just been opened, or ends, is told apart from one that stays by so many looks.
const LOOKS: u32 = 3;
/// So long another desk may take to open a session and say so: a little more than a server may take to let it in.
const OTHERS_MAX: Duration = Duration::from_secs(35);
/// How long the server may take for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(15);
