//! Relations between roles, both ways round: of whom a role has something, and who has it of a role.

/// A role by its position among all roles, sorted by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RoleId(pub(crate) u32);

impl RoleId {
    /// The position.
    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// Which roles stand in a relation to which. Kept as sorted lists: a cluster with ten thousand roles has few pairs.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    forward: Vec<Vec<RoleId>>,
    backward: Vec<Vec<RoleId>>,
}

impl Relation {
    /// Everything that can be reached from each role in any number of steps, itself included.
    pub(crate) fn reached<I>(count: usize, next: impl Fn(RoleId) -> I) -> Self
    where
        I: Iterator<Item = RoleId>,
    {
        Self::collect(count, |from, add| {
            let mut waiting = vec![from];
            add(from);
            while let Some(role) = waiting.pop() {
                waiting.extend(next(role).filter(|role| add(*role)));
            }
        })
    }

    /// The pairs a, c for which there is a b with (a, b) in this relation and c among `next(b)`.
    pub(crate) fn then<I>(&self, next: impl Fn(RoleId) -> I) -> Self
    where
        I: Iterator<Item = RoleId>,
    {
        Self::collect(self.forward.len(), |from, add| {
            for role in self.of(from) {
                next(*role).for_each(|role| {
                    add(role);
                });
            }
        })
    }

    /// What stands in the relation to this role, sorted.
    pub(crate) fn of(&self, role: RoleId) -> &[RoleId] {
        self.forward.get(role.at()).map_or(&[], Vec::as_slice)
    }

    /// To whom this role stands in the relation, sorted.
    pub(crate) fn to(&self, role: RoleId) -> &[RoleId] {
        self.backward.get(role.at()).map_or(&[], Vec::as_slice)
    }

    /// Whether the two stand in the relation.
    pub(crate) fn holds(&self, from: RoleId, to: RoleId) -> bool {
        self.of(from).binary_search(&to).is_ok()
    }

    /// Fills the relation role by role. `fill` gets a function that adds a role and says whether it is new.
    fn collect(count: usize, fill: impl Fn(RoleId, &mut dyn FnMut(RoleId) -> bool)) -> Self {
        let mut forward = vec![Vec::new(); count];
        let mut backward = vec![Vec::new(); count];
        // The role for which another was last added, so that the marks need not be wiped for each.
        let mut marks = vec![u32::MAX; count];
        for (from, list) in (0..).map(RoleId).zip(&mut forward) {
            fill(from, &mut |role| match marks.get_mut(role.at()) {
                Some(mark) if *mark != from.0 => {
                    *mark = from.0;
                    list.push(role);
                    true
                }
                _ => false,
            });
            list.sort_unstable();
            for role in list.iter() {
                if let Some(back) = backward.get_mut(role.at()) {
                    back.push(from);
                }
            }
        }
        Self { forward, backward }
    }
}
