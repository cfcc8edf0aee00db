//! The names of a session: prepared statements and portals, one table each, shared by SQL (PREPARE, EXECUTE, DEALLOCATE, DECLARE)
//! and by the protocol (Parse, Bind, Execute, Close), as on the server.
//!
//! The table shows what will be when everything that was sent has succeeded. What fails is taken back.

use std::collections::BTreeMap;

/// Names and what is known about each.
#[derive(Debug, Clone)]
pub struct Names<S> {
    held: BTreeMap<Vec<u8>, Held<S>>,
}

/// What the table says about a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<S> {
    /// It is this.
    Known(S),
    /// There is none.
    Unknown,
    /// A Close was sent and not answered.
    Closing,
}

#[derive(Debug, Clone)]
struct Held<S> {
    value: S,
    standing: Standing,
    /// Which message made it what it is.
    by: Serial,
    /// In which cycle that was.
    cycle: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Open,
    Closing,
}

/// The number of a message that changed names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Serial(pub u64);

impl<S: Clone> Names<S> {
    /// No names.
    #[must_use]
    pub fn new() -> Names<S> {
        Names { held: BTreeMap::new() }
    }

    /// What is known about a name.
    #[must_use]
    pub fn lookup(&self, name: &[u8]) -> Lookup<S> {
        match self.held.get(key(name)) {
            Some(held) if held.standing == Standing::Open => Lookup::Known(held.value.clone()),
            Some(_) => Lookup::Closing,
            None => Lookup::Unknown,
        }
    }

    /// Whether a Close of an earlier cycle is on its way: it may yet be skipped, because something before it fails.
    #[must_use]
    pub fn is_closing_since_before(&self, name: &[u8], cycle: u64) -> bool {
        self.held.get(key(name)).is_some_and(|held| held.standing == Standing::Closing && held.cycle < cycle)
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// A name is this from now on, unless a later message has changed it.
    pub fn put(&mut self, name: &[u8], value: S, by: Serial, cycle: u64) {
        if self.held.get(key(name)).is_none_or(|held| held.by <= by) {
            let held = Held { value, standing: Standing::Open, by, cycle };
            self.held.insert(key(name).to_vec(), held);
        }
    }

    /// A Close was sent.
    pub fn close(&mut self, name: &[u8], by: Serial, cycle: u64) {
        if let Some(held) = self.held.get_mut(key(name)) {
            (held.standing, held.by, held.cycle) = (Standing::Closing, by, cycle);
        }
    }

    /// The Close has succeeded.
    pub fn closed(&mut self, name: &[u8], by: Serial) {
        if self.held.get(key(name)).is_some_and(|held| held.standing == Standing::Closing && held.by == by) {
            self.held.remove(key(name));
        }
    }

    /// The message that made a name has failed or was skipped; nothing else has changed it since.
    pub fn unmake(&mut self, name: &[u8], by: Serial) {
        if self.held.get(key(name)).is_some_and(|held| held.by == by) {
            self.held.remove(key(name));
        }
    }

    /// The Close was skipped: the name is still open.
    pub fn reopen(&mut self, name: &[u8], by: Serial) {
        if let Some(held) = self.held.get_mut(key(name)).filter(|held| held.by == by) {
            held.standing = Standing::Open;
        }
    }

    /// A name is no more.
    pub fn remove(&mut self, name: &[u8]) {
        self.held.remove(key(name));
    }

    /// There are no names any more.
    pub fn clear(&mut self) {
        self.held.clear();
    }

    /// What was made in this cycle or before is no more.
    pub fn end_of_transaction(&mut self, cycle: u64) {
        self.held.retain(|_, held| held.cycle > cycle);
    }
}

impl<S: Clone> Default for Names<S> {
    fn default() -> Names<S> {
        Names::new()
    }
}

/// The server's tables cut names at 63 bytes: two longer ones that begin alike are the same.
fn key(name: &[u8]) -> &[u8] {
    name.get(..NAME_MAX).unwrap_or(name)
}

/// `NAMEDATALEN` less its zero byte.
const NAME_MAX: usize = 63;

#[cfg(test)]
mod tests {
    use super::{Lookup, Names, Serial};

    #[test]
    fn long_names_that_begin_alike_are_the_same() {
        let mut names = Names::new();
        let (one, other) = ([b'a'; 64], [b'a'; 70]);
        names.put(&one, 1, Serial(1), 1);
        names.put(&other, 2, Serial(2), 1);
        assert_eq!((names.lookup(&one), names.len()), (Lookup::Known(2), 1));
    }

    #[test]
    fn what_a_later_message_made_stays_when_an_earlier_one_fails() {
        let mut names = Names::new();
        names.put(b"", 1, Serial(1), 1);
        names.put(b"", 2, Serial(2), 2);
        names.unmake(b"", Serial(1));
        assert_eq!(names.lookup(b""), Lookup::Known(2));
        names.put(b"", 1, Serial(1), 1);
        assert_eq!(names.lookup(b""), Lookup::Known(2));
    }

    #[test]
    fn a_close_that_was_skipped_leaves_the_name_open() {
        let mut names = Names::new();
        names.put(b"s", 1, Serial(1), 1);
        names.close(b"s", Serial(2), 2);
        assert_eq!(names.lookup(b"s"), Lookup::Closing);
        assert!(names.is_closing_since_before(b"s", 3) && !names.is_closing_since_before(b"s", 2));
        names.reopen(b"s", Serial(2));
        assert_eq!(names.lookup(b"s"), Lookup::Known(1));
        names.close(b"s", Serial(3), 3);
        names.closed(b"s", Serial(3));
        assert_eq!(names.lookup(b"s"), Lookup::Unknown);
    }
}
