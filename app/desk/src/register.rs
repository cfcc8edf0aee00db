//! The sessions that are here: for whoever wants to see them, or to end one and leave its lease.

use crate::opened::Opened;
use jiff::Timestamp;
use pgward_secrets::{RandomError, random_bytes};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The sessions of this desk.
#[derive(Default)]
pub struct Register {
    book: Mutex<Book>,
    /// The connections to servers that they have, and had.
    pub(crate) opened: Arc<Opened>,
}

#[derive(Default)]
struct Book {
    sessions: BTreeMap<String, Here>,
    /// Who has come, or has done something of another kind, since somebody asked.
    news: Vec<String>,
    /// Who has gone since.
    gone: Vec<String>,
}

struct Here {
    session: Session,
    /// Whether its id is among the news.
    is_news: bool,
    ending: watch::Sender<Option<String>>,
}

/// A session that is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) lease: String,
    /// Whose lease it is.
    pub(crate) person: String,
    /// What the ledger calls it.
    pub(crate) number: u64,
    /// Where its client is.
    pub(crate) address: IpAddr,
    /// Since when.
    pub(crate) began: Timestamp,
    /// PostgreSQL's name of the kind of its last statement; nothing before the first.
    pub(crate) last_kind: &'static str,
    /// The process that serves it at its server.
    pub(crate) process: i32,
}

/// What has changed since somebody asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// Who is here that was not, or does something else.
    pub(crate) here: Vec<(String, Session)>,
    /// Who is not here any more.
    pub(crate) gone: Vec<String>,
}

/// A session's place in the register, until it is dropped.
pub(crate) struct Seat {
    of: Arc<Register>,
    id: String,
    last_kind: Mutex<&'static str>,
    ended: watch::Receiver<Option<String>>,
}

impl Register {
    /// Enters a session.
    pub(crate) fn enter(self: &Arc<Register>, session: Session) -> Result<Seat, RandomError> {
        let id: String = random_bytes::<6>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        let (ending, ended) = watch::channel(None);
        let last_kind = Mutex::new(session.last_kind);
        let mut book = self.locked();
        book.sessions.insert(id.clone(), Here { session, is_news: true, ending });
        book.news.push(id.clone());
        drop(book);
        Ok(Seat { of: Arc::clone(self), id, last_kind, ended })
    }

    /// Everybody who is here, by their ids, as if they had just come.
    pub(crate) fn everybody(&self) -> News {
        let mut book = self.locked();
        book.news.clear();
        let all = book.sessions.iter_mut();
        let here = all.map(|(id, here)| (id.clone(), here.told())).collect();
        News { here, gone: std::mem::take(&mut book.gone) }
    }

    /// What has changed since this or `everybody` was asked for.
    pub(crate) fn news(&self) -> News {
        let mut book = self.locked();
        let ids = std::mem::take(&mut book.news);
        let found = ids.into_iter().filter_map(|id| {
            let session = book.sessions.get_mut(&id)?.told();
            Some((id, session))
        });
        let here = found.collect();
        News { here, gone: std::mem::take(&mut book.gone) }
    }

    /// How many are here.
    pub(crate) fn count(&self) -> usize {
        self.locked().sessions.len()
    }

    /// Ends a session; which it was, if it is here and nobody has ended it yet.
    pub(crate) fn end(&self, id: &str, why: &str) -> Option<Session> {
        let book = self.locked();
        let here = book.sessions.get(id).filter(|here| here.ending.borrow().is_none())?;
        here.ending.send_replace(Some(why.to_owned()));
        Some(here.session.clone())
    }

    fn locked(&self) -> MutexGuard<'_, Book> {
        // An insertion or a removal is all there ever is under the lock.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Here {
    fn told(&mut self) -> Session {
        self.is_news = false;
        self.session.clone()
    }
}

impl Seat {
    /// What the session is called.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The session runs a statement of this kind.
    pub(crate) fn runs(&self, kind: &'static str) {
        let mut last = self.last_kind.lock().unwrap_or_else(PoisonError::into_inner);
        if *last == kind {
            return;
        }
        *last = kind;
        drop(last);
        let mut book = self.of.locked();
        let Book { sessions, news, .. } = &mut *book;
        if let Some(here) = sessions.get_mut(&self.id) {
            here.session.last_kind = kind;
            if !std::mem::replace(&mut here.is_news, true) {
                news.push(self.id.clone());
            }
        }
    }

    /// Waits until somebody ends the session: why.
    pub(crate) async fn ended(&self) -> String {
        let mut ended = self.ended.clone();
        let why = ended.wait_for(Option::is_some).await.ok().and_then(|why| why.clone());
        match why {
            Some(why) => why,
            // The register is there for as long as the seat is.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut book = self.of.locked();
        book.sessions.remove(&self.id);
        let id = std::mem::take(&mut self.id);
        book.gone.push(id);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{News, Register, Session};
    use jiff::Timestamp;
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    fn session(number: u64) -> Session {
        Session {
            lease: "7".to_owned(),
            person: "ada".to_owned(),
            number,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            began: Timestamp::UNIX_EPOCH,
            last_kind: "",
            process: 4711,
        }
    }

    #[test]
    fn what_changes_is_told_once_and_what_is_there_whenever_somebody_asks() {
        let register = Arc::new(Register::default());
        let one = register.enter(session(1)).unwrap();
        let other = register.enter(session(2)).unwrap();
        assert_eq!(register.everybody().here.len(), 2);
        assert_eq!(register.news(), News::default());
        for kind in ["SelectStmt", "SelectStmt", "InsertStmt"] {
            one.runs(kind);
        }
        let told = Session { last_kind: "InsertStmt", ..session(1) };
        assert_eq!(register.news(), News { here: vec![(one.id().to_owned(), told)], gone: vec![] });
        let id = other.id().to_owned();
        drop(other);
        assert_eq!(register.news(), News { here: vec![], gone: vec![id.clone()] });
        assert_eq!(register.end(&id, "it is not here"), None);
        assert_eq!(register.count(), 1);
    }

    #[tokio::test]
    async fn a_session_is_ended_by_whoever_comes_first() {
        let register = Arc::new(Register::default());
        let one = register.enter(session(1)).unwrap();
        assert_eq!(register.end(one.id(), "grace ended it"), Some(session(1)));
        assert_eq!(register.end(one.id(), "somebody else"), None);
        assert_eq!(one.ended().await, "grace ended it");
    }
}
