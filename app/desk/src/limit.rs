//! How long a peer may take, and how many there may be. Whoever stalls costs nobody else anything.

use pgward_wire::limits::Limits;
use std::time::Duration;

/// The desk's bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// From the first byte to the StartupMessage, TLS included.
    pub opening: Duration,
    /// From the StartupMessage to the proof.
    pub login: Duration,
    /// Of that, how long whoever has proven whose lease it is waits for its role to be made.
    pub making: Duration,
    /// Until the server has let us in.
    pub onward: Duration,
    /// From the first byte of a message that is looked at to its last.
    pub message: Duration,
    /// How long one write may take: a peer that reads nothing for so long is gone.
    pub write: Duration,
    /// How long sessions may go on when the desk drains.
    pub drain: Duration,
    /// Connections that have not proven who they are, from one address; one more puts out who has been there longest.
    pub strangers_per_address: usize,
    /// The same, in all.
    pub strangers: usize,
    /// Cancel requests under way.
    pub cancels: usize,
    /// How long the messages that are looked at may be.
    pub messages: Limits,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            // A JVM on a busy machine was seen to take more than ten seconds for its first handshake.
            opening: Duration::from_secs(30),
            login: Duration::from_secs(30),
            making: Duration::from_secs(10),
            onward: Duration::from_secs(30),
            message: Duration::from_secs(30),
            write: Duration::from_secs(300),
            drain: Duration::from_secs(30),
            strangers_per_address: 256,
            strangers: 1024,
            cancels: 64,
            messages: Limits::USUAL,
        }
    }
}
