//! Cases about how the server runs: each on a server that is set up for it. Setups that do not contradict each other share one.

use std::collections::BTreeSet;

use pgward_audit::finding::Fix;
use pgward_audit::rule::{Case, FixWorks, Needs, Rule, ServerSetup};
use pgward_cluster::Installation;

use crate::selected::cases;
use crate::tried::{Complaints, compare, findings, listed, pair};
use crate::world::World;

/// A server for several cases.
#[derive(Default)]
struct Group {
    settings: Vec<(&'static str, &'static str)>,
    hba: Option<&'static str>,
    members: Vec<Member>,
}

/// One side of a case.
struct Member {
    rule: &'static Rule,
    case: &'static Case,
    side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Flawed,
    Sound,
}

/// Each rule finds exactly its flaws on the flawed server, and nothing on the sound one; fixes that can be run silence it.
pub(crate) fn rules_about_the_server_find_their_flaws(installation: &Installation) {
    let mut complaints = Complaints::default();
    for group in groups(installation.major()) {
        try_group(installation, &group, &mut complaints);
    }
    complaints.settle(&format!("PostgreSQL {}", installation.major()));
}

fn groups(major: u32) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (rule, case) in cases(major) {
        let Needs::Server { flawed, sound } = case.needs else { continue };
        for (side, setup) in [(Side::Flawed, flawed), (Side::Sound, sound)] {
            let member = Member { rule, case, side };
            match groups.iter_mut().find(|group| group.takes(&member, &setup)) {
                Some(group) => group.add(member, &setup),
                None => {
                    let mut group = Group::default();
                    group.add(member, &setup);
                    groups.push(group);
                }
            }
        }
    }
    groups
}

impl Group {
    /// Whether the setup contradicts none that is in it. A rule judges the whole server, so each is in a group once, and what
    /// one wants to be the default nobody else may set.
    fn takes(&self, member: &Member, setup: &ServerSetup) -> bool {
        let same_hba = self.hba == setup.hba;
        let agrees = |(name, value): &(&str, &str)| {
            self.settings.iter().all(|(other, there)| other != name || there == value)
        };
        let once = self.members.iter().all(|there| there.rule.id != member.rule.id);
        let sides = self.members.iter().all(|there| there.side == member.side);
        same_hba && once && sides && setup.settings.iter().all(agrees)
    }

    fn add(&mut self, member: Member, setup: &ServerSetup) {
        for setting in setup.settings {
            if !self.settings.contains(setting) {
                self.settings.push(*setting);
            }
        }
        self.hba = setup.hba;
        self.members.push(member);
    }
}

fn try_group(installation: &Installation, group: &Group, complaints: &mut Complaints) {
    let mut world = World::start(installation, &group.settings, group.hba);
    for Member { rule, case, side } in &group.members {
        let sql = if *side == Side::Flawed { case.flawed } else { case.sound };
        world.make(&format!("{}, {side:?} ({})", rule.id, case.shows), sql);
    }
    let survey = world.survey();
    let mut mended = false;
    for Member { rule, case, side } in &group.members {
        let found = findings(rule, &survey, None, complaints);
        let expected = if *side == Side::Flawed { listed(case.finds) } else { BTreeSet::new() };
        compare(rule, &found.iter().map(pair).collect(), &expected, complaints);
        if *side == Side::Flawed && case.fix == FixWorks::Runs {
            for finding in &found {
                match &finding.fix {
                    Fix::Sql(statements) => world.mend(&[(finding, statements)]),
                    Fix::Words(words) => {
                        complaints.add(format!(
                            "{}: the fix of {} is words: {words}",
                            rule.id,
                            finding.key()
                        ));
                    }
                }
                mended = true;
            }
        }
    }
    if !mended {
        return;
    }
    world.cluster.restart().expect("the server starts with the fixes");
    let survey = world.survey();
    for Member { rule, case, side } in &group.members {
        if *side == Side::Flawed && case.fix == FixWorks::Runs {
            for finding in findings(rule, &survey, None, complaints) {
                complaints.add(format!("{}: still found after its fix: {}", rule.id, finding.key()));
            }
        }
    }
}
