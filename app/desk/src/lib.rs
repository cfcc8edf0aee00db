//! The desk: where a database is borrowed. People connect with a normal client; every statement is judged and recorded before
//! the server sees it, under a role that is theirs for as long as the lease lasts.
//!
//! - [`desk`]: connections taken in, one after the other, until the desk drains
//! - [`lease`]: who may connect, as whom, and until when
//! - [`judge`], [`tier`]: whether a statement may run
//! - [`decision`], [`recorder`]: what is written down before it does, and the ledger it is written to
//! - [`hold`], [`suspect`], [`holder`]: statements that wait for a human: what sessions ask, which they are, and who is asked
//! - [`announce`]: who is told of emergencies and of what waits for them
//! - [`later`]: what finishes later
//! - [`accounts`]: what happens to accounts and tokens, written down
//! - [`server`], [`voice`]: where servers are, and what whoever runs the desk is told
//! - [`limit`]: how long and how many
//! - [`identity`]: the desk's certificate
//! - [`provisional`]: a certificate for one run
//! - [`ground`]: a target: the way there, and what the judge knows of it; `looks`: when that is read
//! - [`standby`]: a replica, where reading is lent instead
//! - [`lent`], [`lookout`]: the leases in force, as the store says, and what is done when that changes
//! - [`outside`]: who has come past the desk
//! - [`owed`]: what people decided, until the ledger has it
//! - [`cleared`]: what was left of leases on their servers
//! - [`register`], [`presence`]: the sessions that are here, and what the store is told of them
//!
//! Below them: `office` (what all sessions share), `hands` (the threads they run on), `strangers` (who has not said yet), `gate` (who is there?), `onward` (the connection to the server), `opened` (all of them), `relay` (a session) with
//! its halves `asking` (with `consent`, what has to happen first) and `answering`, `middle` between them, `alone` (each is polled for itself) and `ending` at their end, `cancel` (whose key is it?), `closed` (why a lease lets nobody in), `misses` (log-ins that failed), `stream` and `intake` (bytes), `tray` (what waits
//! for the ledger's writer), `written` (texts without secrets), `decided` (what people
//! decided about leases), `descriptors` (how many connections there may be).

pub mod accounts;
mod alone;
pub mod announce;
mod answering;
mod apart;
mod asking;
mod cancel;
pub mod cleared;
mod closed;
mod consent;
mod decided;
pub mod decision;
mod descriptors;
pub mod desk;
mod ending;
mod gate;
pub mod ground;
mod hands;
pub mod hold;
pub mod holder;
pub mod identity;
mod intake;
pub mod judge;
pub mod later;
pub mod lease;
pub mod lent;
pub mod limit;
pub mod lookout;
mod looks;
mod middle;
mod misses;
mod office;
mod onward;
mod opened;
pub mod outside;
pub mod owed;
pub mod presence;
pub mod provisional;
pub mod recorder;
pub mod register;
mod relay;
pub mod server;
pub mod standby;
mod strangers;
mod stream;
pub mod suspect;
pub mod tier;
mod tray;
pub mod voice;
mod written;

pub use crate::desk::Desk;
