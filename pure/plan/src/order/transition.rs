//! The way from an object's ACLs as they are to those it should have, in steps that PostgreSQL accepts.
//!
//! Nothing here is assumed: every step is carried out on the model, and the way is right because it ends at the
//! target. Steps of one round do not depend on each other, so that equal steps on many objects become one statement.

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::name::Name;
use pgward_catalog::privilege::Privileges;

use crate::acl_diff::{AclDifference, diff_acl};
use crate::authority::Authority;
use crate::grant_model::{Behavior, ObjectAcls, Operation, Refusal, Verb};

/// A step and the round it belongs to.
pub(crate) struct Step {
    pub(crate) round: u32,
    pub(crate) operation: Operation,
}

/// The steps from one to the other; or, in words, why there is no way.
pub(crate) fn transition(
    from: ObjectAcls,
    to: &ObjectAcls,
    authority: &Authority<'_>,
) -> Result<Vec<Step>, String> {
    let mut way = Way { state: from, authority, steps: Vec::new(), round: 0, lent: Vec::new() };
    while way.round < ROUNDS_MAX {
        if way.advance(&pending_on_whole(&way.state, to)) || way.advance(&pending_on_columns(&way.state, to))
        {
            continue;
        }
        let stuck = [pending_on_whole(&way.state, to), pending_on_columns(&way.state, to)].concat();
        let Some(first) = stuck.first() else { return Ok(way.steps) };
        if !way.lend_option(&stuck) && !way.cascade(&stuck) {
            return Err(refusal_words(first, &way.state, authority));
        }
    }
    Err("no order of GRANT and REVOKE was found that leads to it".to_owned())
}

const ROUNDS_MAX: u32 = 48;

struct Way<'a> {
    state: ObjectAcls,
    authority: &'a Authority<'a>,
    steps: Vec<Step>,
    round: u32,
    lent: Vec<Operation>,
}

impl Way<'_> {
    /// One round: all the grants that are possible now, or else all the revokes.
    fn advance(&mut self, pending: &[Operation]) -> bool {
        let before = self.steps.len();
        let (grants, revokes): (Vec<_>, Vec<_>) = pending.iter().partition(|op| is_grant(op));
        for ops in [grants, revokes] {
            if self.steps.len() == before {
                self.independent(pending, ops).into_iter().for_each(|op| {
                    self.take(op);
                });
            }
        }
        let advanced = self.steps.len() > before;
        self.round += u32::from(advanced);
        advanced
    }

    /// Of these, the ones that are possible in whatever order: no step may lean on another one of its round.
    fn independent(&self, pending: &[Operation], ops: Vec<&Operation>) -> Vec<Operation> {
        let mut possible: Vec<Operation> = ops.into_iter().cloned().collect();
        if !self.state.has_other_grantors(pending) {
            return possible;
        }
        possible.retain(|op| self.state.clone().execute(op, self.authority).is_ok());
        // Whoever is to revoke something keeps its own options until then.
        let is_needed = |op: &Operation| {
            !is_grant(op) && possible.iter().any(|other| op.grantee.role() == Some(&other.grantor))
        };
        let (needed, free): (Vec<_>, Vec<_>) = possible.iter().cloned().partition(is_needed);
        if free.is_empty() { needed.into_iter().take(1).collect() } else { free }
    }

    fn take(&mut self, operation: Operation) -> bool {
        let possible = self.state.execute(&operation, self.authority).is_ok();
        if possible {
            self.steps.push(Step { round: self.round, operation });
        }
        possible
    }

    /// An entry whose grantor has lost the option since (through a membership, or on a column), or has it only from
    /// the grantee by now, can only be altered while the owner lends the grantor the option.
    fn lend_option(&mut self, stuck: &[Operation]) -> bool {
        for op in stuck {
            let refusal = self.state.clone().execute(op, self.authority);
            let lacks_option = match refusal {
                Err(Refusal::NoGrantOption) => true,
                Err(Refusal::Circular) => op.grantee != Grantee::Public,
                _ => false,
            };
            if !lacks_option || self.lent.contains(op) {
                continue;
            }
            self.lent.push(op.clone());
            let loan = Operation {
                verb: Verb::GrantWithOption,
                grantee: Grantee::Role(op.grantor.clone()),
                grantor: self.state.owner.clone(),
                ..op.clone()
            };
            if self.take(loan) {
                self.round += 1;
                self.take(op.clone());
                self.round += 1;
                return true;
            }
        }
        false
    }

    /// Something has to go that others depend on: with CASCADE, and what was to stay is granted again.
    fn cascade(&mut self, stuck: &[Operation]) -> bool {
        for op in stuck {
            let verb = match op.verb {
                Verb::Revoke(_) => Verb::Revoke(Behavior::Cascade),
                Verb::RevokeOption(_) => Verb::RevokeOption(Behavior::Cascade),
                Verb::Grant | Verb::GrantWithOption => continue,
            };
            if self.take(Operation { verb, ..op.clone() }) {
                self.round += 1;
                return true;
            }
        }
        false
    }
}

fn is_grant(op: &Operation) -> bool {
    matches!(op.verb, Verb::Grant | Verb::GrantWithOption)
}

fn pending_on_whole(state: &ObjectAcls, to: &ObjectAcls) -> Vec<Operation> {
    let mut pending = Vec::new();
    add_pending(None, &state.whole, &to.whole, &mut pending);
    pending
}

fn pending_on_columns(state: &ObjectAcls, to: &ObjectAcls) -> Vec<Operation> {
    let mut pending = Vec::new();
    let nothing = Acl::EMPTY;
    for (column, acl) in &state.columns {
        add_pending(Some(column), acl, to.columns.get(column).unwrap_or(&nothing), &mut pending);
    }
    for (column, acl) in to.columns.iter().filter(|(column, _)| !state.columns.contains_key(*column)) {
        add_pending(Some(column), &nothing, acl, &mut pending);
    }
    pending
}

fn add_pending(column: Option<&Name>, state: &Acl, to: &Acl, pending: &mut Vec<Operation>) {
    diff_acl(state, to, |difference| match difference {
        AclDifference::Missing(entry) => {
            let plain = entry.privileges - entry.grantable;
            pending.extend(operation(Verb::Grant, column, &entry, plain));
            pending.extend(operation(Verb::GrantWithOption, column, &entry, entry.grantable));
        }
        AclDifference::Excess(entry) => {
            let all = entry.privileges;
            pending.extend(operation(Verb::Revoke(Behavior::Restrict), column, &entry, all));
        }
        AclDifference::ExcessOption { grantee, grantor, privileges } => {
            let entry = Entry { grantee, grantor, privileges, grantable: privileges };
            pending.extend(operation(Verb::RevokeOption(Behavior::Restrict), column, &entry, privileges));
        }
    });
}

fn operation(verb: Verb, column: Option<&Name>, entry: &Entry, privileges: Privileges) -> Option<Operation> {
    (!privileges.is_empty()).then(|| Operation {
        verb,
        column: column.cloned(),
        grantee: entry.grantee.clone(),
        grantor: entry.grantor.clone(),
        privileges,
    })
}

fn refusal_words(op: &Operation, state: &ObjectAcls, authority: &Authority<'_>) -> String {
    let grantor = op.grantor.quoted();
    match state.clone().execute(op, authority) {
        Err(Refusal::GrantorIsSuperuser) => format!(
            "role {grantor} is a superuser: PostgreSQL would record the owner {} as the grantor; grant it by the \
             owner, or take the attribute from the role first",
            state.owner.quoted()
        ),
        Err(Refusal::NoGrantOption) => format!(
            "role {grantor} holds no grant option for {} here; grant it by the owner {}",
            op.privileges,
            state.owner.quoted()
        ),
        Err(Refusal::Dependents) => format!(
            "{} granted {} on to others, who are to keep it; take it from them first",
            op.grantee, op.privileges
        ),
        Err(Refusal::Circular) => format!(
            "PostgreSQL does not let {} have a grant option back from those it granted it to, nor PUBLIC any",
            op.grantee
        ),
        Ok(()) => "no order of GRANT and REVOKE was found that leads to it".to_owned(),
    }
}
