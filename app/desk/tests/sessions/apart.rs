//! Long texts are judged apart.

use crate::clients::{connect, run};
use crate::stage::on_the_newest_judged_by;
use pgward_desk::judge::{Judge, Naming, Verdict};
use pgward_wire::report::Report;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Says when it has begun to judge a long text, and goes on when it is told to.
struct Gated {
    begun: Mutex<Sender<()>>,
    go: Mutex<Receiver<()>>,
}

impl Judge for Gated {
    fn statements(&self, text: &str) -> Verdict {
        if text.len() > LONG {
            self.begun.lock().unwrap().send(()).unwrap();
            self.go.lock().unwrap().recv().unwrap();
        }
        match text.contains("forbidden") {
            true => Verdict::Deny(Report::error("42501", "it says forbidden")),
            false => Verdict::Allow(Naming::default()),
        }
    }

    fn parameters(&self, _types: &[u32]) -> Result<(), Report> {
        Ok(())
    }

    fn setting(&self, _name: &str, _value: &str) -> Result<(), Report> {
        Ok(())
    }
}

#[test]
fn a_long_text_is_judged_while_others_are_served_and_the_verdict_is_its_own() {
    let (begun, has_begun) = channel();
    let (go, gone) = channel();
    let judge = Gated { begun: Mutex::new(begun), go: Mutex::new(gone) };
    on_the_newest_judged_by(Arc::new(judge), |stage| {
        run(async {
            let (slow, other) = (connect(&stage).await, connect(&stage).await);
            let long = "x".repeat(LONG);
            let asking = tokio::spawn(async move {
                let allowed = slow.query_one(&format!("SELECT length('{long}')"), &[]).await;
                let denied = slow.simple_query(&format!("SELECT 'forbidden {long}'")).await;
                let short = slow.simple_query("SELECT 'forbidden'").await;
                (allowed, denied, short, slow.simple_query("SELECT 1").await)
            });
            let has_begun = tokio::task::spawn_blocking(move || {
                has_begun.recv_timeout(PATIENCE).unwrap();
                has_begun
            });
            let has_begun = has_begun.await.unwrap();
            tokio::time::timeout(PATIENCE, other.simple_query("SELECT 1")).await.unwrap().unwrap();
            go.send(()).unwrap();
            let waiting = tokio::task::spawn_blocking(move || has_begun.recv_timeout(PATIENCE));
            waiting.await.unwrap().unwrap();
            go.send(()).unwrap();
            let (allowed, denied, short, after) = asking.await.unwrap();
            assert_eq!(allowed.unwrap().get::<_, i32>(0), i32::try_from(LONG).unwrap());
            for refused in [denied, short] {
                let said = refused.unwrap_err();
                assert_eq!(said.as_db_error().map(|said| said.message()), Some("it says forbidden"));
            }
            after.unwrap();
        });
    });
}

/// Longer than what is judged with the others.
const LONG: usize = 100_000;
const PATIENCE: Duration = Duration::from_secs(60);
