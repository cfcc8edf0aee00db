//! Connections taken in, one after the other, until the desk drains.

use crate::cancel::Cancels;
use crate::decision::Ledger;
use crate::descriptors::allow_most;
use crate::gate::{self, Visitor};
use crate::hands::Hands;
use crate::identity::Identity;
use crate::lease::Leases;
use crate::limit::Bounds;
use crate::misses::Misses;
use crate::office::Office;
use crate::register::Register;
use crate::relay;
use crate::strangers::Strangers;
use pgward_credential::Secret;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

/// A desk that listens.
pub struct Desk {
    listener: TcpListener,
    address: SocketAddr,
    office: Arc<Office>,
    hands: Hands,
}

/// What a desk is made of.
pub struct Parts {
    /// Where leases are found.
    pub leases: Arc<dyn Leases>,
    /// Where decisions are written.
    pub ledger: Arc<dyn Ledger>,
    /// The desk's certificate; it may do without one on loopback only.
    pub identity: Option<Identity>,
    /// What the salts of strangers are made from: the same as long as the desk's accounts are.
    pub secret: Secret,
    /// How long and how many.
    pub bounds: Bounds,
    /// Where sessions are entered.
    pub register: Arc<Register>,
}

/// Why a desk does not listen.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Tokens would travel in the clear.
    #[error("the desk does not listen on {address} without a certificate: only loopback may be unencrypted")]
    Unencrypted {
        /// Where it was to listen.
        address: SocketAddr,
    },
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// There are no threads for sessions.
    #[error("cannot start the threads that sessions run on")]
    Threads(#[source] io::Error),
}

impl Desk {
    /// Listens; nobody is let in before [`Desk::run`].
    ///
    /// # Errors
    /// Everything in [`DeskError`].
    pub async fn listen(address: SocketAddr, parts: Parts) -> Result<Desk, DeskError> {
        let encryption = gate::encryption(address.ip().is_loopback(), parts.identity.is_some())
            .ok_or(DeskError::Unencrypted { address })?;
        let refused = |source| DeskError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let Parts { leases, ledger, identity, secret, bounds, register } = parts;
        let office = Office {
            leases,
            ledger,
            identity,
            encryption,
            secret,
            bounds,
            cancels: Arc::new(Cancels::new(bounds.cancels, bounds.opening)),
            draining: watch::Sender::new(false),
            strangers: Arc::new(Strangers::new(bounds.strangers_per_address, bounds.strangers)),
            sessions: AtomicU64::new(0),
            misses: Misses::default(),
            register,
        };
        allow_most();
        let hands = Hands::start().map_err(DeskError::Threads)?;
        Ok(Desk { listener, address, office: Arc::new(office), hands })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is there, and then until the last session has ended; none lasts longer than the bounds say.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut sessions = JoinSet::new();
        let mut minute = interval(Duration::from_secs(60));
        minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                taken = self.listener.accept() => match taken {
                    Ok((tcp, from)) => self.take_in(&mut sessions, tcp, from.ip()),
                    // Out of descriptors, most likely: those who are here must leave before others can come.
                    Err(_) => tokio::time::sleep(BREATH).await,
                },
                _ = minute.tick() => self.office.note_withheld(),
                // What has ended is forgotten.
                Some(_) = sessions.join_next() => {}
            }
        }
        drop(self.listener);
        self.office.draining.send_replace(true);
        while sessions.join_next().await.is_some() {}
        self.office.note_withheld();
    }

    fn take_in(&self, sessions: &mut JoinSet<()>, tcp: TcpStream, from: IpAddr) {
        let office = Arc::clone(&self.office);
        let mut stranger = office.strangers.enter(from);
        let Ok(tcp) = tcp.into_std() else { return };
        self.hands.serve(sessions, async move {
            // Its events come to this thread from now on.
            let Ok(tcp) = TcpStream::from_std(tcp) else { return };
            if tcp.set_nodelay(true).is_err() {
                return;
            }
            let mut draining = office.draining.subscribe();
            // What it takes to let somebody in is given back when they are in.
            let admitting = Box::pin(gate::admit(tcp, from, &office));
            let visitor = tokio::select! {
                visitor = admitting => visitor,
                // Somebody else needs the room.
                () = stranger.put_out() => return,
                // Nobody new is let in.
                _ = draining.wait_for(|draining| *draining) => return,
            };
            match visitor {
                Ok(Visitor::Session(admitted)) => {
                    drop(stranger);
                    let number = office.sessions.fetch_add(1, Ordering::Relaxed) + 1;
                    relay::serve(*admitted, &office, number, from).await;
                }
                Ok(Visitor::Cancel(key)) => office.cancels.request(&key).await,
                Err(_) => {}
            }
        });
    }
}

/// Before the next try to take somebody in.
const BREATH: Duration = Duration::from_millis(50);
