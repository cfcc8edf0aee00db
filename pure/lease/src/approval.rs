//! Who has agreed so far, who still has to, and who may not.
//!
//! Every seat of a step is taken by a person of its own, and nobody counts twice in one approval, neither for themselves nor
//! for somebody they decide for. Nobody agrees to what they asked for, by whatever way they come to it.

mod seating;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::approval::seating::{Seated, seat_all};
use crate::approver::{Approver, Step};
use crate::clock::after;
use crate::directory::Directory;
use crate::name::PersonId;
use crate::refusal::Refusal;

/// An approval on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The steps.
    steps: Vec<Step>,
    /// Which of them is being taken, from 0.
    at: usize,
    /// Since when.
    since: Timestamp,
    /// Whether more people were already asked at this step.
    asked: Asked,
    /// Who agreed, in all steps.
    votes: Vec<Vote>,
    /// Who may not agree: who asked, who stands behind them, and whoever decided for either of them since they asked.
    barred: BTreeSet<PersonId>,
}

/// Who is asked at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Asked {
    AtFirst,
    AsWell,
}

/// Somebody agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// At which step, from 0.
    pub step: usize,
    /// Who.
    pub by: PersonId,
    /// For whom, where not for themselves.
    pub instead_of: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// The seats that could be taken like this at that time.
    seats: Vec<usize>,
}

/// How far an approval is after somebody agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The step goes on.
    Waits,
    /// The next step began.
    NextStep,
    /// Everybody agreed.
    Complete,
}

/// What happens to a step whose time is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Late {
    /// It is not over.
    No,
    /// More people are asked, and it starts again.
    Escalated(Approval),
    /// The request is refused.
    Refused,
}

/// Whose request it is, among whom.
#[derive(Clone, Copy)]
pub struct Round<'a> {
    /// Who asked.
    pub requester: &'a PersonId,
    /// Who is who.
    pub directory: &'a Directory,
}

impl Approval {
    /// Begins an approval.
    ///
    /// # Errors
    /// There is nobody who has to agree, or nobody who could.
    pub fn begin(steps: &[Step], round: Round<'_>, now: Timestamp) -> Result<Approval, Refusal> {
        if steps.is_empty() || steps.iter().any(|step| step.seats.is_empty()) {
            return Err(Refusal::NobodyAgrees);
        }
        let approval = Approval {
            steps: steps.to_vec(),
            at: 0,
            since: now,
            asked: Asked::AtFirst,
            votes: Vec::new(),
            barred: round.barred(now),
        };
        approval.could_be_had(round)?;
        Ok(approval)
    }

    /// Counts somebody's agreement, for themselves or for whom they decide.
    ///
    /// # Errors
    /// They may not agree, or it would not bring the approval forward.
    pub fn vote(
        &self,
        by: &PersonId,
        instead_of: Option<&PersonId>,
        round: Round<'_>,
        now: Timestamp,
    ) -> Result<(Approval, Progress), Refusal> {
        let mut next = self.clone();
        next.barred.extend(round.barred(now));
        let vote = next.admitted(by, instead_of, round, now)?;
        next.votes.push(vote);
        if next.seated().free > 0 {
            return Ok((next, Progress::Waits));
        }
        if next.at + 1 == next.steps.len() {
            return Ok((next, Progress::Complete));
        }
        (next.at, next.since, next.asked) = (next.at + 1, now, Asked::AtFirst);
        Ok((next, Progress::NextStep))
    }

    /// What becomes of it because of the time.
    #[must_use]
    pub fn late(&self, now: Timestamp) -> Late {
        let Some(step) = self.steps.get(self.at) else { return Late::Refused };
        if now < after(self.since, step.within) {
            return Late::No;
        }
        if step.escalate.is_empty() || self.asked == Asked::AsWell {
            return Late::Refused;
        }
        Late::Escalated(Approval { since: now, asked: Asked::AsWell, ..self.clone() })
    }

    /// When that is.
    #[must_use]
    pub fn deadline(&self) -> Timestamp {
        self.steps.get(self.at).map_or(self.since, |step| after(self.since, step.within))
    }

    /// Whose agreement would bring the approval forward now.
    #[must_use]
    pub fn who_can_agree(&self, round: Round<'_>, now: Timestamp) -> BTreeSet<PersonId> {
        let people = round.directory.people().map(|(id, _)| id);
        people.filter(|id| self.vote(id, None, round, now).is_ok()).cloned().collect()
    }

    /// Whether somebody could be asked at this step or a later one, and so may refuse.
    #[must_use]
    pub fn may_refuse(&self, by: &PersonId, round: Round<'_>, now: Timestamp) -> bool {
        round.asks(self.steps.get(self.at..).unwrap_or_default(), by, now)
    }

    /// Which step it is at, from 0.
    #[must_use]
    pub fn step(&self) -> usize {
        self.at
    }

    /// Who agreed so far.
    #[must_use]
    pub fn votes(&self) -> &[Vote] {
        &self.votes
    }

    /// The agreement of somebody as it would be counted.
    fn admitted(
        &self,
        by: &PersonId,
        instead_of: Option<&PersonId>,
        round: Round<'_>,
        now: Timestamp,
    ) -> Result<Vote, Refusal> {
        let directory = round.directory;
        if !directory.is_open_human(by) {
            return Err(Refusal::NotAHuman { person: by.clone() });
        }
        if by == round.requester || by == directory.behind(round.requester) {
            return Err(Refusal::OwnRequest);
        }
        if self.barred.contains(by) {
            return Err(Refusal::DecidesForRequester { person: by.clone() });
        }
        if self.has_counted(by) {
            return Err(Refusal::CountedAlready { person: by.clone() });
        }
        if let Some(absent) = instead_of {
            if !directory.decides_for(by, now).any(|id| id == absent) {
                return Err(Refusal::NoDelegation { from: absent.clone() });
            }
            return self.seat_for(by, Some(absent), round, now);
        }
        // For themselves where that is enough; else for the first of those they decide for where it is.
        let own = self.seat_for(by, None, round, now);
        let mut others =
            directory.decides_for(by, now).map(|absent| self.seat_for(by, Some(absent), round, now));
        match own {
            Ok(vote) => Ok(vote),
            Err(refusal) => others.find_map(Result::ok).ok_or(refusal),
        }
    }

    fn seat_for(
        &self,
        by: &PersonId,
        instead_of: Option<&PersonId>,
        round: Round<'_>,
        now: Timestamp,
    ) -> Result<Vote, Refusal> {
        let whose = instead_of.unwrap_or(by);
        if instead_of.is_some() {
            if self.barred.contains(whose) {
                return Err(Refusal::OwnRequest);
            }
            if self.has_counted(whose) {
                return Err(Refusal::CountedAlready { person: whose.clone() });
            }
            if !round.directory.is_open_human(whose) {
                return Err(Refusal::NotAHuman { person: whose.clone() });
            }
        }
        let seats = self.seats_of(whose, round);
        if seats.is_empty() {
            return Err(Refusal::NotAsked { by: by.clone() });
        }
        let (by, instead_of) = (by.clone(), instead_of.cloned());
        let vote = Vote { step: self.at, by, instead_of, at: now, seats };
        let mut with = self.clone();
        with.votes.push(vote.clone());
        if with.seated().free < self.seated().free { Ok(vote) } else { Err(Refusal::NotNeeded) }
    }

    /// The seats of the present step that somebody could take.
    fn seats_of(&self, person: &PersonId, round: Round<'_>) -> Vec<usize> {
        let Some(step) = self.steps.get(self.at) else { return Vec::new() };
        let more: &[Approver] = if self.asked == Asked::AsWell { &step.escalate } else { &[] };
        let fits = |seat: &Vec<Approver>| seat.iter().chain(more).any(|approver| round.is(approver, person));
        step.seats.iter().enumerate().filter(|(_, seat)| fits(seat)).map(|(index, _)| index).collect()
    }

    fn has_counted(&self, person: &PersonId) -> bool {
        self.votes.iter().any(|vote| vote.by == *person || vote.instead_of.as_ref() == Some(person))
    }

    /// How the votes of the present step fill its seats.
    fn seated(&self) -> Seated {
        let seats = self.steps.get(self.at).map_or(0, |step| step.seats.len());
        let votes = self.votes.iter().filter(|vote| vote.step == self.at);
        let wishes: Vec<&[usize]> = votes.map(|vote| vote.seats.as_slice()).collect();
        seat_all(seats, &wishes)
    }

    /// Whether the people who are known could fill every seat of every step, each of them once.
    fn could_be_had(&self, round: Round<'_>) -> Result<(), Refusal> {
        let people: Vec<&PersonId> = round
            .directory
            .people()
            .map(|(id, _)| id)
            .filter(|id| round.directory.is_open_human(id) && !self.barred.contains(*id))
            .collect();
        let mut seats: Vec<(usize, Vec<&Approver>)> = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            for seat in &step.seats {
                seats.push((index, seat.iter().chain(&step.escalate).collect()));
            }
            let wishes: Vec<Vec<usize>> = people
                .iter()
                .map(|person| {
                    let fits =
                        |(_, seat): &(usize, Vec<&Approver>)| seat.iter().any(|one| round.is(one, person));
                    seats
                        .iter()
                        .enumerate()
                        .filter(|(_, seat)| fits(seat))
                        .map(|(number, _)| number)
                        .collect()
                })
                .collect();
            let wishes: Vec<&[usize]> = wishes.iter().map(Vec::as_slice).collect();
            if seat_all(seats.len(), &wishes).free > 0 {
                let asked = step.seats.iter().flatten().chain(&step.escalate).map(ToString::to_string);
                let asked: BTreeSet<String> = asked.collect();
                return Err(Refusal::NobodyCanAgree { step: index + 1, asked: asked.into_iter().collect() });
            }
        }
        Ok(())
    }
}

impl Round<'_> {
    /// Whether somebody is among those whom these steps ask, for themselves or for somebody else. Who asked is not: they take the
    /// request back instead.
    #[must_use]
    pub fn asks(self, steps: &[Step], by: &PersonId, now: Timestamp) -> bool {
        let behind = self.directory.behind(self.requester);
        let open = by != self.requester && by != behind && self.directory.is_open_human(by);
        let mut approvers = steps.iter().flat_map(|step| step.seats.iter().flatten().chain(&step.escalate));
        open && approvers.any(|approver| {
            self.is(approver, by) || self.directory.decides_for(by, now).any(|id| self.is(approver, id))
        })
    }

    /// Whether somebody is meant by an approver.
    fn is(self, approver: &Approver, person: &PersonId) -> bool {
        match approver {
            Approver::Group(group) => self.directory.is_in(person, group),
            Approver::Manager => self.directory.manager_of(self.requester) == Some(person),
            Approver::Person(one) => one == person,
        }
    }

    /// Who may not agree, as things are.
    fn barred(self, now: Timestamp) -> BTreeSet<PersonId> {
        let themselves = [self.requester, self.directory.behind(self.requester)];
        let delegates = themselves.iter().flat_map(|id| self.directory.delegates_of(id, now));
        themselves.into_iter().chain(delegates).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
