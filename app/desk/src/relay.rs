//! A session: the two halves around what is known in the middle, until one side ends.

use crate::alone::Alone;
use crate::answering::Answering;
use crate::asking::Asking;
use crate::cancel::Target;
use crate::consent::Consent;
use crate::decision::Scribe;
use crate::ending::End;
use crate::gate::Admitted;
use crate::intake::Intake;
use crate::lease::Lease;
use crate::middle::{Middle, Remembered};
use crate::office::Office;
use crate::onward;
use crate::register::Session;
use crate::stream::{Stream, Writing, send};
use jiff::Timestamp;
use pgward_secrets::random_bytes;
use pgward_wire::backend::write_ready;
use pgward_wire::cancel::CancelKey;
use pgward_wire::report::Report;
use pgward_wire::status::TransactionStatus;
use pgward_wire::version::Version;
use std::cell::Cell;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Connects somebody who has proven who they are to their database, and serves them until one side ends.
pub(crate) async fn serve(admitted: Admitted, office: &Arc<Office>, number: u64, from: IpAddr) {
    let Admitted { mut stream, rest, lease, startup, version } = admitted;
    let settings = match settings(&lease, &startup.settings) {
        Ok(settings) => settings,
        Err(report) => return last_words(&mut stream, office, &Report::fatal("", "").retold(&report)).await,
    };
    let server = match &lease.standby {
        Some(standby) => Box::pin(standby.server(&lease.role)).await,
        None => Ok(None),
    };
    let server = match server {
        Ok(server) => server.unwrap_or_else(|| lease.server.clone()),
        Err(report) => return last_words(&mut stream, office, &report).await,
    };
    let opening = office.register.opened.begin();
    let connecting = Box::pin(onward::connect(&lease, &server, &settings, office.bounds.onward, &opening));
    let onward = match connecting.await {
        Ok(onward) => onward,
        Err(failed) => {
            let words = Report::fatal("08006", failed.to_string());
            return last_words(
                &mut stream,
                office,
                &words.detail(format!("The desk could not open the session of lease {}.", lease.id)),
            )
            .await;
        }
    };
    drop(opening);
    let Ok(key) = key(onward.key.process(), version) else {
        let words = Report::fatal("58000", "the operating system gave no random bytes");
        return last_words(&mut stream, office, &words).await;
    };
    let session = Session {
        lease: lease.id.clone(),
        person: lease.person.clone(),
        number,
        address: from,
        began: Timestamp::now(),
        last_kind: "",
        process: onward.key.process(),
    };
    let Ok(seat) = office.register.enter(session) else {
        let words = Report::fatal("58000", "the operating system gave no random bytes");
        return last_words(&mut stream, office, &words).await;
    };
    let held = Arc::new(watch::Sender::new(0));
    let target = Target { server, key: onward.key.clone(), held: Arc::clone(&held) };
    let cancellable = office.cancels.enter(key.clone(), target.clone());
    let mut greeting = onward.told;
    key.write(&mut greeting);
    write_ready(&mut greeting, TransactionStatus::Idle);

    let scribe = Scribe::new(&lease, number, &office.secret);
    let address = from.to_string();
    let told = [("role", lease.role.as_str()), ("id", seat.id()), ("address", address.as_str())];
    let began = scribe.session("session.began", told);
    if let Err(refused) = office.ledger.decided(vec![began]).await {
        return last_words(&mut stream, office, &End::NotRecorded(refused.reason).words(&lease)).await;
    }
    if send(&mut stream, &greeting, office.bounds.write).await.is_err() {
        return;
    }
    let middle = Middle::new(onward.watch);
    let (client_in, mut client_out) = stream.halves();
    let (server_in, mut server_out) = onward.stream.halves();
    let asking = Asking {
        middle: &middle,
        lease: &lease,
        ledger: &*office.ledger,
        bounds: &office.bounds,
        scribe: scribe.clone(),
        seat: &seat,
        consent: Consent::new(&middle, &lease, &*office.ledger, held),
        has_looked: false,
        own: Vec::new(),
        has_sealed: false,
        apart: None,
    };
    let answering = Answering {
        middle: &middle,
        ledger: &*office.ledger,
        bounds: &office.bounds,
        scribe: scribe.clone(),
        may_say: lease.holds.is_some(),
        judge: &*lease.judge,
        has_changed: Cell::new(false),
    };
    let end = {
        let lease_ended = pin!(ended(&lease));
        let seat_ended = pin!(seat.ended());
        let drained = pin!(drained(&middle, office));
        let answering = pin!(answering.run(server_in, Intake::holding(onward.rest), &mut client_out));
        let asking = pin!(asking.run(client_in, Intake::holding(rest), &mut server_out));
        // What comes is for one of them, and the others are not asked each time.
        tokio::select! {
            biased;
            reason = Alone::new(lease_ended) => End::LeaseEnded(reason),
            why = Alone::new(seat_ended) => End::SessionEnded(why),
            () = Alone::new(drained) => End::Draining,
            end = Alone::new(answering) => end,
            end = Alone::new(asking) => end,
        }
    };
    let end = match end {
        // A lease that ends at one desk takes its sessions along on the server before the others hear of it.
        End::ServerEnded(_) => tokio::select! {
            biased;
            reason = ended(&lease) => End::LeaseEnded(reason),
            why = seat.ended() => End::SessionEnded(why),
            () = tokio::time::sleep(HEARD_WITHIN) => end,
        },
        end => end,
    };
    drop(cancellable);
    drop(seat);
    let is_running = !middle.session().is_settled();
    if is_running && !matches!(end, End::ServerLeft | End::ServerEnded(_) | End::ServerBroke(_)) {
        // The server would go on for nobody.
        office.cancels.send(&target).await;
    }
    drop(server_out);
    say_goodbye(&mut client_out, &middle, office, &end, &lease).await;
    let unanswered = middle.session().unanswered();
    let mut entries: Vec<_> = unanswered
        .into_iter()
        .filter_map(|(what, known)| match (what, known) {
            (Remembered::Running(number), Some(outcome)) => Some(scribe.ended(number, &outcome)),
            (Remembered::Running(number), None) => Some(scribe.in_doubt(number)),
            _ => None,
        })
        .collect();
    entries.push(scribe.session("session.ended", [("because", &end.reason())]));
    office.ledger.happened(entries);
    if let Some(only) = lease.only.as_ref().filter(|_| middle.is_used()) {
        only.once.finished(lease.id.clone());
    }
}

/// How long it takes at most, usually, to hear what another desk has done.
const HEARD_WITHIN: Duration = Duration::from_secs(1);

/// The settings that the session begins with: those that the client wants, if it may, and the lease's pins. A client that asks for
/// what is pinned already (`default_transaction_read_only`, out of caution) gets it.
fn settings(lease: &Lease, wanted: &[(String, String)]) -> Result<Vec<(String, String)>, Report> {
    for (name, value) in wanted {
        match lease.pins.iter().find(|(pinned, _)| pinned.eq_ignore_ascii_case(name)) {
            Some((_, pinned)) if pinned == value => {}
            Some((_, pinned)) => {
                let words = format!("parameter \"{name}\" cannot be set at start-up: the lease sets it");
                return Err(Report::error("42501", words).detail(format!("It is \"{pinned}\".")));
            }
            None => lease.judge.setting(name, value)?,
        }
    }
    Ok(wanted.iter().chain(&lease.pins).cloned().collect())
}

/// The key that the client gets: the server's process id, and a secret of our own.
fn key(process: i32, version: Version) -> Result<CancelKey, pgward_secrets::RandomError> {
    Ok(if version.has_long_keys() {
        CancelKey::new(process, random_bytes::<32>()?.to_vec())
    } else {
        CancelKey::new(process, random_bytes::<4>()?.to_vec())
    })
}

async fn ended(lease: &Lease) -> String {
    let mut ending = lease.ending.clone();
    match ending.wait_for(Option::is_some).await {
        Ok(reason) => reason.clone().unwrap_or_default(),
        // Whoever could end it is gone: nothing holds it any more.
        Err(_) => "nobody keeps it any more".to_owned(),
    }
}

/// Sessions between two transactions end at once when the desk drains; the others when their transaction does, or their time is up.
async fn drained(middle: &Middle, office: &Office) {
    let mut draining = office.draining.subscribe();
    if draining.wait_for(|draining| *draining).await.is_err() {
        return;
    }
    let mut progress = middle.progress();
    let idle = async {
        while !middle.is_idle() {
            if progress.changed().await.is_err() {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(office.bounds.drain, idle).await;
}

async fn say_goodbye(to: &mut Writing, middle: &Middle, office: &Office, end: &End, lease: &Lease) {
    let is_told = !matches!(end, End::ClientLeft | End::ClientBroke(_) | End::ServerLeft);
    // Inside of a half written message, words would be read as its rest.
    if is_told && !middle.is_half_written() {
        let mut out = Vec::new();
        match end {
            End::ServerEnded(message) => out.extend_from_slice(message),
            end => end.words(lease).write(&mut out),
        }
        let _ = send(to, &out, office.bounds.opening).await;
    }
    let _ = tokio::time::timeout(office.bounds.opening, tokio::io::AsyncWriteExt::shutdown(to)).await;
}

async fn last_words(stream: &mut Stream, office: &Office, report: &Report) {
    let mut out = Vec::new();
    report.write(&mut out);
    let _ = send(stream, &out, office.bounds.opening).await;
}
