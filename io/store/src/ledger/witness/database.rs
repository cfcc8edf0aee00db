//! A witness on another PostgreSQL server: a table `pgward_witness`, which the ledger's machine may add to and not take back.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pgward_ledger::checkpoint::Checkpoint;
use pgward_ledger::key::PublicKey;
use pgward_postgres::connect::connect;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::session::Session;
use tokio::time::timeout;

use crate::ledger::layout::witness_file;

/// A database that keeps heads. Whoever asks it waits; the session is a thread's of its own, so that no runtime is needed.
pub struct DatabaseWitness {
    asks: Mutex<Sender<(Ask, Sender<Answer>)>>,
    name: String,
}

enum Ask {
    Give { ledger: String, size: i64, head: String },
    Last { ledger: String },
}

/// The last head, where it was asked for; why there is none, in words.
type Answer = Result<Option<String>, String>;

impl DatabaseWitness {
    /// The database that is reached like this. It is asked for nothing yet.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn at(settings: ConnectionSettings) -> std::io::Result<DatabaseWitness> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (asks, asked) = channel();
        let name = settings.to_string();
        let thread = std::thread::Builder::new().name("witness".to_owned());
        thread.spawn(move || runtime.block_on(answer_all(&settings, &asked)))?;
        Ok(DatabaseWitness { asks: Mutex::new(asks), name })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn give(&self, key: &PublicKey, head: &str) -> Result<(), String> {
        let checkpoint =
            Checkpoint::open(head, std::slice::from_ref(key)).map_err(|error| error.to_string())?;
        let size = i64::try_from(checkpoint.size).map_err(|error| error.to_string())?;
        self.ask(Ask::Give { ledger: witness_file(key), size, head: head.to_owned() }).map(drop)
    }

    pub(crate) fn last(&self, key: &PublicKey) -> Answer {
        self.ask(Ask::Last { ledger: witness_file(key) })
    }

    fn ask(&self, ask: Ask) -> Answer {
        let (reply, answer) = channel();
        let gone = || "its thread has ended".to_owned();
        self.asks.lock().unwrap_or_else(PoisonError::into_inner).send((ask, reply)).map_err(|_| gone())?;
        answer.recv().map_err(|_| gone())?
    }
}

/// Answers until nobody can ask any more.
// Nothing else runs on this thread's runtime but its session, which is driven while an answer is waited for.
async fn answer_all(settings: &ConnectionSettings, asked: &Receiver<(Ask, Sender<Answer>)>) {
    let mut session: Option<Session> = None;
    while let Ok((ask, reply)) = asked.recv() {
        let mut answer = answer(settings, &mut session, &ask).await;
        // A session that was open may have broken meanwhile: another one is opened, once.
        if answer.is_err() {
            session = None;
            answer = self::answer(settings, &mut session, &ask).await;
        }
        if answer.is_err() {
            session = None;
        }
        let _ = reply.send(answer);
    }
}

async fn answer(settings: &ConnectionSettings, session: &mut Option<Session>, ask: &Ask) -> Answer {
    let answered = timeout(PATIENCE, async {
        let session = match session {
            Some(session) => session,
            none => none.insert(connect(settings).await.map_err(|error| error.to_string())?),
        };
        let client = session.client();
        let failed = |error: tokio_postgres::Error| {
            error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned())
        };
        match ask {
            Ask::Give { ledger, size, head } => {
                let given = client.execute(GIVE, &[ledger, size, head]).await.map_err(failed)?;
                if given == 0 {
                    Err("it has seen a longer ledger with this key, or another one".to_owned())
                } else {
                    Ok(None)
                }
            }
            Ask::Last { ledger } => {
                let row = client.query_opt(LAST, &[ledger]).await.map_err(failed)?;
                row.map(|row| row.try_get(0).map_err(failed)).transpose()
            }
        }
    });
    answered.await.unwrap_or_else(|_| Err(format!("it does not answer within {} s", PATIENCE.as_secs())))
}

const GIVE: &str = "INSERT INTO public.pgward_witness AS kept (ledger, size, head) VALUES ($1, $2, $3) \
    ON CONFLICT (ledger) DO UPDATE SET size = excluded.size, head = excluded.head, given = pg_catalog.now() \
    WHERE kept.size < excluded.size OR kept.head = excluded.head";

const LAST: &str = "SELECT head FROM public.pgward_witness WHERE ledger = $1";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
