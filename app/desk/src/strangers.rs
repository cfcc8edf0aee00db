//! Connections that have not proven who they are: so many from one address, and so many in all. Where there is no room, the one that
//! has been there longest goes: somebody who means well is done in a moment, and who stalls makes room for them.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// All of them.
pub(crate) struct Strangers {
    hall: Mutex<Hall>,
    per_address: usize,
    in_all: usize,
}

#[derive(Default)]
struct Hall {
    /// In the order in which they came. Whoever is taken out of here is put out.
    waiting: BTreeMap<u64, (IpAddr, oneshot::Sender<()>)>,
    by_address: HashMap<IpAddr, BTreeMap<u64, ()>>,
    came: u64,
}

/// One of them, until it is dropped.
pub(crate) struct Stranger {
    of: Arc<Strangers>,
    number: u64,
    out: oneshot::Receiver<()>,
}

impl Strangers {
    pub(crate) fn new(per_address: usize, in_all: usize) -> Strangers {
        Strangers { hall: Mutex::default(), per_address, in_all }
    }

    /// Takes somebody in, and puts out who has been there longest where there is no room.
    pub(crate) fn enter(self: &Arc<Strangers>, from: IpAddr) -> Stranger {
        let mut hall = self.locked();
        let own = hall.by_address.get(&from);
        let longest = if own.is_some_and(|own| own.len() >= self.per_address) {
            own.and_then(|own| own.keys().next().copied())
        } else if hall.waiting.len() >= self.in_all {
            hall.waiting.keys().next().copied()
        } else {
            None
        };
        if let Some(longest) = longest {
            hall.leave(longest);
        }
        hall.came += 1;
        let number = hall.came;
        let (putting_out, out) = oneshot::channel();
        hall.waiting.insert(number, (from, putting_out));
        hall.by_address.entry(from).or_default().insert(number, ());
        drop(hall);
        Stranger { of: Arc::clone(self), number, out }
    }

    fn locked(&self) -> MutexGuard<'_, Hall> {
        self.hall.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hall {
    fn leave(&mut self, number: u64) {
        let Some((from, _)) = self.waiting.remove(&number) else { return };
        if let Some(own) = self.by_address.get_mut(&from) {
            own.remove(&number);
            if own.is_empty() {
                self.by_address.remove(&from);
            }
        }
    }
}

impl Stranger {
    /// Waits until somebody else needs the room.
    pub(crate) async fn put_out(&mut self) {
        // Nothing is ever sent: the other half is dropped.
        let _ = (&mut self.out).await;
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.of.locked().leave(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::Strangers;
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(number))
    }

    #[tokio::test]
    async fn who_has_been_there_longest_makes_room() {
        let strangers = Arc::new(Strangers::new(2, 4));
        let mut first = strangers.enter(address(1));
        let mut second = strangers.enter(address(1));
        let mut elsewhere = strangers.enter(address(2));
        let third = strangers.enter(address(1));
        first.put_out().await;
        // Two of one address, and one of another: there is room for one more.
        let other = strangers.enter(address(3));
        let last = strangers.enter(address(4));
        second.put_out().await;
        drop((first, second));
        assert_eq!(strangers.locked().waiting.len(), 4);
        drop((third, other, last));
        assert!(
            elsewhere
                .out
                .try_recv()
                .is_err_and(|why| why == tokio::sync::oneshot::error::TryRecvError::Empty)
        );
        drop(elsewhere);
        assert!(strangers.locked().by_address.is_empty());
    }
}
