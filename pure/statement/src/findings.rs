//! What a walk finds, collected.

use std::collections::BTreeSet;

use crate::class::Class;
use crate::effects::{Called, Form, Setting, Statement, Touched};
use crate::reasons::Reasons;
use crate::settings;
use crate::view::View;
use pgward_contract::model::tier::Tier;

/// What was found in a statement so far.
pub(crate) struct Findings<'v> {
    /// What is known of the database.
    pub(crate) view: &'v View,
    /// The tier it is judged for.
    pub(crate) tier: Tier,
    /// What it would do.
    pub(crate) statement: Statement,
    reasons: Reasons,
    /// All relations and callables, where there are more than lately found ones.
    relations: BTreeSet<Touched>,
    callables: BTreeSet<Called>,
    /// What runs if the statement makes rows: the place, the relation, why.
    makes: Vec<(usize, String, String)>,
    /// Whether something in it may make a row of a type that it does not name.
    makes_rows: bool,
}

impl<'v> Findings<'v> {
    /// Nothing yet, of `statement`.
    pub(crate) fn new(view: &'v View, tier: Tier, statement: Statement) -> Self {
        Self {
            view,
            tier,
            statement,
            reasons: Reasons::default(),
            relations: BTreeSet::new(),
            callables: BTreeSet::new(),
            makes: Vec::new(),
            makes_rows: false,
        }
    }

    /// All of it, and what speaks against it.
    pub(crate) fn finish(mut self) -> (Statement, Reasons) {
        if self.makes_rows {
            for (at, relation, why) in std::mem::take(&mut self.makes) {
                self.does(Class::CallUnreviewed, at, || format!("relation {relation}"), Some(why));
            }
        }
        (self.statement, self.reasons)
    }

    /// Notes that something of `class` is done; where the tier may not, why.
    pub(crate) fn does(
        &mut self,
        class: Class,
        at: usize,
        what: impl FnOnce() -> String,
        why: Option<String>,
    ) {
        if let Err(place) = self.statement.classes.binary_search(&class) {
            self.statement.classes.insert(place, class);
        }
        if class.least().is_some_and(|least| least <= self.tier) {
            return;
        }
        self.reasons.add(class, at, what, why);
    }

    /// Notes what would run if a row of a relation's type were made of something else.
    pub(crate) fn may_make(&mut self, at: usize, relation: &str, why: String) {
        self.makes.push((at, relation.to_owned(), why));
    }

    /// Notes that something may make a row of a type that it takes from another value.
    pub(crate) const fn makes_rows(&mut self) {
        self.makes_rows = true;
    }

    /// Notes that a relation is touched.
    pub(crate) fn touches(&mut self, schema: Option<&str>, name: &str, class: Class) {
        let is_it = |touched: &Touched| {
            touched.class == class && touched.name == name && touched.schema.as_deref() == schema
        };
        if lately(&self.statement.relations).any(is_it) {
            return;
        }
        let touched = Touched { schema: schema.map(str::to_owned), name: name.to_owned(), class };
        if is_new(&self.statement.relations, &mut self.relations, &touched) {
            self.statement.relations.push(touched);
        }
    }

    /// Notes that code is called.
    pub(crate) fn calls(&mut self, schema: Option<&str>, name: &str, form: Form) {
        let is_it = |called: &Called| {
            called.form == form && called.name == name && called.schema.as_deref() == schema
        };
        if lately(&self.statement.callables).any(is_it) {
            return;
        }
        let called = Called { schema: schema.map(str::to_owned), name: name.to_owned(), form };
        if is_new(&self.statement.callables, &mut self.callables, &called) {
            self.statement.callables.push(called);
        }
    }

    /// Notes that a setting is changed, and judges it.
    pub(crate) fn sets(&mut self, setting: Setting, at: usize, verb: &str) {
        let class = match settings::class_of(&setting.name, setting.value.as_deref(), self.view.resets) {
            // Kept with a role, a database or a function, it is not this session's.
            Class::OutOfSight
                if !matches!(verb, "set_config of") && self.statement.kind != "VariableSetStmt" =>
            {
                Class::OtherSetting
            }
            class => class,
        };
        let what = format!("{verb} {}", setting.name);
        self.does(class, at, || what, None);
        self.statement.settings.push(setting);
    }
}

/// The last few: what is met again and again is found among them without a copy of its name.
fn lately<T>(list: &[T]) -> impl Iterator<Item = &T> {
    list.iter().rev().take(LATELY)
}

/// Whether something that was not found lately was not found before either. `all` is made when the list gets longer than that.
fn is_new<T: Clone + Ord>(list: &[T], all: &mut BTreeSet<T>, found: &T) -> bool {
    if list.len() <= LATELY {
        return true;
    }
    if all.is_empty() {
        all.extend(list.iter().cloned());
    }
    all.insert(found.clone())
}

const LATELY: usize = 8;

#[cfg(test)]
mod tests {
    use super::{LATELY, is_new, lately};
    use std::collections::BTreeSet;

    #[test]
    fn however_many_there_are_each_is_listed_once() {
        let (mut list, mut all) = (Vec::new(), BTreeSet::new());
        let many = 3 * LATELY;
        for found in (0..many).chain(0..many).chain([many - 1, 0]) {
            if !lately(&list).any(|one| *one == found) && is_new(&list, &mut all, &found) {
                list.push(found);
            }
        }
        assert_eq!(list, (0..many).collect::<Vec<_>>());
    }
}
