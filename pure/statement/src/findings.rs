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
    classes: BTreeSet<Class>,
    relations: BTreeSet<Touched>,
    callables: BTreeSet<Called>,
}

impl<'v> Findings<'v> {
    /// Nothing yet, of `statement`.
    pub(crate) fn new(view: &'v View, tier: Tier, statement: Statement) -> Self {
        Self {
            view,
            tier,
            statement,
            reasons: Reasons::default(),
            classes: BTreeSet::new(),
            relations: BTreeSet::new(),
            callables: BTreeSet::new(),
        }
    }

    /// All of it, and what speaks against it.
    pub(crate) fn finish(mut self) -> (Statement, Reasons) {
        self.statement.classes = self.classes.into_iter().collect();
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
        self.classes.insert(class);
        if class.least().is_some_and(|least| least <= self.tier) {
            return;
        }
        self.reasons.add(class, at, what, why);
    }

    /// Notes that a relation is touched.
    pub(crate) fn touches(&mut self, schema: Option<&str>, name: &str, class: Class) {
        let touched = Touched { schema: schema.map(str::to_owned), name: name.to_owned(), class };
        if self.relations.insert(touched.clone()) {
            self.statement.relations.push(touched);
        }
    }

    /// Notes that code is called.
    pub(crate) fn calls(&mut self, schema: Option<&str>, name: &str, form: Form) {
        let called = Called { schema: schema.map(str::to_owned), name: name.to_owned(), form };
        if self.callables.insert(called.clone()) {
            self.statement.callables.push(called);
        }
    }

    /// Notes that a setting is changed, and judges it.
    pub(crate) fn sets(&mut self, setting: Setting, at: usize, verb: &str) {
        let class = settings::class_of(&setting.name, setting.value.as_deref(), self.view.resets);
        let what = format!("{verb} {}", setting.name);
        self.does(class, at, || what, None);
        self.statement.settings.push(setting);
    }
}
