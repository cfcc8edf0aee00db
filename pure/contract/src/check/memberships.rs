//! Who is, or may become, whom: the closure of all memberships in the contract.

use std::collections::{HashMap, VecDeque};

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report};
use crate::model::contract::Contract;
use crate::name::RoleName;
use crate::source::span::Span;

/// The memberships of all declared roles.
pub(crate) struct Memberships<'c> {
    of: HashMap<&'c RoleName, Vec<(&'c RoleName, Span)>>,
    order: Vec<(&'c RoleName, Span)>,
}

/// A role that another is or may become, and the steps between.
#[derive(Debug, Clone)]
pub(crate) struct Reached<'c> {
    /// The role.
    pub(crate) role: &'c RoleName,
    /// The steps, each a role and the place its membership is written at.
    pub(crate) steps: Vec<(&'c RoleName, Span)>,
}

impl<'c> Memberships<'c> {
    /// The memberships in `contract`.
    pub(crate) fn of(contract: &'c Contract) -> Self {
        let mut of: HashMap<&RoleName, Vec<(&RoleName, Span)>> = HashMap::new();
        for (name, role) in &contract.roles {
            let groups = role.member_of.iter().map(|membership| &membership.role).chain(&role.may_become);
            of.insert(&name.value, groups.map(|group| (&group.value, group.span)).collect());
        }
        Self { of, order: contract.roles.keys().map(|name| (&name.value, name.span)).collect() }
    }

    /// `role` itself, and every role it is a member of by any number of steps, nearest first.
    pub(crate) fn reached_from(&self, role: &'c RoleName) -> Vec<Reached<'c>> {
        let mut found = vec![Reached { role, steps: Vec::new() }];
        let mut queue = VecDeque::from([0_usize]);
        while let Some(index) = queue.pop_front() {
            let Some(current) = found.get(index).cloned() else { continue };
            for (group, span) in self.of.get(current.role).into_iter().flatten() {
                if found.iter().all(|reached| reached.role != *group) {
                    let mut steps = current.steps.clone();
                    steps.push((*group, *span));
                    queue.push_back(found.len());
                    found.push(Reached { role: group, steps });
                }
            }
        }
        found
    }

    /// Whether `role` is `other` or may become it.
    pub(crate) fn is_or_becomes(&self, role: &'c RoleName, other: &RoleName) -> bool {
        self.reached_from(role).iter().any(|reached| reached.role == other)
    }

    /// Reports circles, each once.
    pub(crate) fn check_cycles(&self, report: &mut Report) {
        let mut told: Vec<Vec<&RoleName>> = Vec::new();
        for (role, _) in &self.order {
            let Some(circle) = self.circle_from(role) else { continue };
            let mut members: Vec<&RoleName> = circle.iter().map(|(member, _)| *member).collect();
            members.sort();
            if told.contains(&members) {
                continue;
            }
            told.push(members);
            let Some(((_, span), others)) = circle.split_last() else { continue };
            let names = circle.iter().map(|(member, _)| format!("\"{member}\"")).collect::<Vec<_>>();
            let message = format!("role \"{role}\" would be a member of itself");
            let path = format!("\"{role}\" is a member of {}", names.join(", which is a member of "));
            let diagnostic = Diagnostic::error(Code::MembershipCycle, *span, message)
                .detail(path)
                .hint("take one of these memberships away");
            let add = |diagnostic: Diagnostic, (_, span): &(&RoleName, Span)| {
                diagnostic.label(*span, "by this membership")
            };
            report.add(others.iter().fold(diagnostic, add));
        }
    }

    /// The shortest way from `role` back to itself.
    fn circle_from(&self, role: &'c RoleName) -> Option<Vec<(&'c RoleName, Span)>> {
        self.reached_from(role).into_iter().find_map(|reached| {
            let (_, span) = self.of.get(reached.role)?.iter().find(|(group, _)| *group == role)?;
            let mut steps = reached.steps;
            steps.push((role, *span));
            Some(steps)
        })
    }
}
