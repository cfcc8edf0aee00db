//! The server's half of a session: what it says is passed on as it is, in as few writes as it came in reads. Its complaints about what was
//! sent in place of denied statements are exchanged, and what became of the others is noted. It knows the session, and not the other half.

use crate::decision::{Ledger, Scribe};
use crate::ending::End;
use crate::intake::Intake;
use crate::judge::Judge;
use crate::limit::Bounds;
use crate::middle::{Middle, Remembered};
use crate::stream::{Reading, Writing, send};
use pgward_wire::frame::{Frame, Framer, Piece, Side};
use pgward_wire::report::Report;
use pgward_wire::session::Answer;
use pgward_wire::turn::Outcome;
use std::cell::Cell;

/// What the server's half works with.
pub(crate) struct Answering<'a> {
    pub(crate) middle: &'a Middle,
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) bounds: &'a Bounds,
    pub(crate) scribe: Scribe,
    /// Whether the desk itself may have something to say in this session.
    pub(crate) may_say: bool,
    /// Who is told that the catalog has changed.
    pub(crate) judge: &'a dyn Judge,
    /// Whether the transaction that runs has changed it.
    pub(crate) has_changed: Cell<bool>,
}

impl Answering<'_> {
    /// Passes on what the server says until one of the two ends.
    pub(crate) async fn run(self, mut from: Reading, mut intake: Intake, to: &mut Writing) -> End {
        let mut framer = Framer::new(Side::Server);
        loop {
            let mut changed = Vec::new();
            let sorted = self.sort(&mut framer, intake.bytes(), &mut changed);
            let out = intake.bytes().get(sorted.from..sorted.at).unwrap_or_default();
            self.middle.writing(true);
            let sent = if changed.is_empty() {
                send(to, out, self.bounds.write).await
            } else {
                changed.extend_from_slice(out);
                send(to, &changed, self.bounds.write).await
            };
            if let Err(broken) = sent {
                return End::ClientBroke(broken);
            }
            self.middle.writing(!framer.is_between_messages());
            intake.take(sorted.at);
            if let Some(end) = sorted.end {
                return end;
            }
            let read = if self.may_say && framer.is_between_messages() {
                tokio::select! {
                    biased;
                    read = intake.read(&mut from) => read,
                    notice = self.middle.noticed() => {
                        if let Err(broken) = send(to, &notice, self.bounds.write).await {
                            return End::ClientBroke(broken);
                        }
                        continue;
                    }
                }
            } else {
                intake.read(&mut from).await
            };
            match read {
                Ok(0) => return End::ServerLeft,
                Ok(_) => {}
                Err(broken) => return End::ServerBroke(broken),
            }
        }
    }

    fn sort(&self, framer: &mut Framer, bytes: &[u8], changed: &mut Vec<u8>) -> Sorted {
        let mut sorted = Sorted { from: 0, at: 0, end: None };
        loop {
            let rest = bytes.get(sorted.at..).unwrap_or_default();
            match framer.next(rest) {
                Ok(Piece::Pass(length)) => sorted.at += length,
                Ok(Piece::Look(length)) => {
                    let whole = rest.get(..length).unwrap_or_default();
                    let frame = Frame { tag: whole.first().copied().unwrap_or_default(), whole };
                    match self.message(&frame) {
                        Ok(Answer::Pass) => sorted.at += length,
                        Ok(Answer::Instead(told)) => {
                            changed.extend_from_slice(bytes.get(sorted.from..sorted.at).unwrap_or_default());
                            changed.extend_from_slice(&told);
                            sorted.at += length;
                            sorted.from = sorted.at;
                        }
                        Err(end) => {
                            sorted.end = Some(end);
                            return sorted;
                        }
                    }
                }
                Ok(Piece::Wait(_)) => return sorted,
                Err(violation) => {
                    sorted.end = Some(End::Violation(violation));
                    return sorted;
                }
            }
        }
    }

    fn message(&self, frame: &Frame<'_>) -> Result<Answer, End> {
        let mut session = self.middle.session();
        let answer = session.answered(frame).map_err(End::Violation)?;
        let mut ended = Vec::new();
        while let Some((what, outcome)) = session.outcome() {
            self.notice(&outcome);
            if let Remembered::Running(number) = what {
                ended.push(self.scribe.ended(number, &outcome));
            }
        }
        drop(session);
        if !ended.is_empty() {
            self.ledger.happened(ended);
        }
        self.middle.progressed();
        match answer {
            Answer::Pass if is_shutdown(frame) => Err(End::ServerEnded(frame.whole.to_owned())),
            answer => Ok(answer),
        }
    }

    /// What changes the catalog is seen by others when its transaction ends, which may be at once.
    fn notice(&self, outcome: &Outcome) {
        let Outcome::Done(tag) = outcome else { return };
        let verb = tag.split(' ').next().unwrap_or_default();
        let changes = CHANGING.contains(&verb);
        if changes || (verb == "COMMIT" && self.has_changed.get()) {
            self.has_changed.set(changes);
            self.judge.look_soon();
        }
    }
}

/// Whether an administrator, or another desk, has ended the server's session. Whoever knows why says so instead.
fn is_shutdown(frame: &Frame<'_>) -> bool {
    frame.tag == b'E'
        && Report::read(frame.tag, frame.whole.get(5..).unwrap_or_default())
            .is_ok_and(|report| report.code() == "57P01")
}

/// The first words of the tags of what changes the catalog.
const CHANGING: [&str; 3] = ["CREATE", "ALTER", "DROP"];

struct Sorted {
    from: usize,
    at: usize,
    end: Option<End>,
}
