//! What happens to accounts and tokens, written down: by one desk of those that share a store.

use crate::decision::{Entry, Ledger};
use pgward_identity::event::AccountEvent;
use pgward_identity::token::Deed;
use pgward_ledger::canonical::Canonical;
use pgward_store::accounts::Accounts;
use pgward_store::accounts::events::Unwritten;
use pgward_store::database::{DatabaseError, Place};
use std::sync::Arc;
use std::time::Duration;

/// Looks at what happened to accounts, again and again, for as long as anybody waits for this. What cannot be written down or taken
/// away now is next time.
pub async fn write_down(place: Place, ledger: Arc<dyn Ledger>) {
    let mut accounts = None;
    loop {
        // That the store cannot be seen, the lookout says.
        if write_once(&place, &mut accounts, &*ledger).await.is_err() {
            accounts = None;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn write_once(
    place: &Place,
    open: &mut Option<Accounts>,
    ledger: &dyn Ledger,
) -> Result<(), DatabaseError> {
    let accounts = match open {
        Some(accounts) => accounts,
        none => none.insert(Accounts::open(place).await?),
    };
    let unwritten = accounts.unwritten().await?;
    if unwritten.is_empty() {
        return Ok(());
    }
    match ledger.decided(unwritten.iter().map(entry).collect()).await {
        Ok(()) => accounts.written(&unwritten).await,
        // Nothing is allowed before the ledger can be written; then this is as well.
        Err(_) => Ok(()),
    }
}

fn entry(unwritten: &Unwritten) -> Entry {
    let text = |name: &'static str, text: &str| (name, Canonical::from(text));
    let number = |name: &'static str, number: u64| (name, Canonical::from(number.to_string()));
    let list = |name: &'static str, words: Vec<&str>| {
        (name, Canonical::List(words.into_iter().map(Canonical::from).collect()))
    };
    let (kind, body) = match &unwritten.event {
        AccountEvent::LoggedIn { person: _, token, until } => {
            ("account.logged_in", vec![text("token", token), text("until", &until.to_string())])
        }
        AccountEvent::Locked { person: _, failed, wait } => {
            ("account.locked", vec![number("failed", u64::from(*failed)), number("seconds", wait.as_secs())])
        }
        AccountEvent::TokenMade { by: _, person, token, label, scope, until } => {
            let targets = scope.targets.iter().map(|target| target.as_str()).collect();
            let tiers = scope.tiers.iter().map(|tier| tier.as_str()).collect();
            let mut body = vec![
                text("token", token),
                text("person", person.as_str()),
                text("label", label),
                list("targets", targets),
                list("tiers", tiers),
                list("may", scope.deeds.iter().map(|deed| word(*deed)).collect()),
                text("until", &until.to_string()),
            ];
            body.extend(scope.longest.map(|longest| number("seconds", longest.as_secs())));
            ("token.made", body)
        }
        AccountEvent::TokenRevoked { by: _, person, token, leases } => {
            let leases = u64::try_from(*leases).unwrap_or(u64::MAX);
            let own = [text("token", token), text("person", person.as_str()), number("leases", leases)];
            ("token.revoked", own.to_vec())
        }
    };
    Entry {
        kind,
        person: unwritten.event.actor().as_str().into(),
        lease: "".into(),
        body: Canonical::map(body.into_iter().chain([text("happened_at", &unwritten.time)])),
    }
}

fn word(deed: Deed) -> &'static str {
    match deed {
        Deed::Ask => "ask",
        Deed::Connect => "connect",
        Deed::Decide => "decide",
        Deed::Read => "read",
        Deed::Tokens => "tokens",
    }
}

/// How late something may be in the ledger.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
