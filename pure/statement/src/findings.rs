//! What a walk finds, collected.

use std::collections::BTreeSet;

use crate::class::Class;
use crate::effects::{Called, Form, Setting, Statement, Touched};
use crate::made::Own;
use crate::reasons::Reasons;
use crate::settings;
use crate::view::{Runs, View};
use pg_raw_parse::{ConstValue, Node, nodes, raw};
use pgward_contract::model::tier::Tier;

/// What was found in a statement so far.
pub(crate) struct Findings<'v> {
    /// What is known of the database.
    pub(crate) view: &'v View,
    /// The tier it is judged for.
    pub(crate) tier: Tier,
    /// What holds in this session alone.
    pub(crate) own: Own<'v>,
    /// Whether it makes a materialized view.
    pub(crate) makes_view: bool,
    /// What it would do.
    pub(crate) statement: Statement,
    reasons: Reasons,
    /// All relations and callables, where there are more than lately found ones.
    relations: BTreeSet<Touched>,
    callables: BTreeSet<Called>,
    /// What runs if the statement makes values of types that it does not name.
    makes: Vec<Making>,
    /// Whether something in it may make a row of a type that it does not name.
    makes_rows: bool,
    /// Literals and parameters, and those of them whose type the statement names.
    texts: usize,
    typed_texts: usize,
    /// Whether there is a parameter, or a literal that may be a value with others inside.
    has_filled_texts: bool,
    /// Whether an array is made.
    makes_arrays: bool,
    /// Whether a literal or a parameter is given to a function that takes it for what its other values are.
    is_fed: bool,
    whole_rows: WholeRows,
}

/// What runs if a value of a relation's type is made.
struct Making {
    at: usize,
    relation: String,
    why: String,
    runs: Runs,
}

/// Where a statement may have the whole row of a relation as a value.
#[derive(Default)]
struct WholeRows {
    /// `t.*` where it is no list of columns.
    is_starred: bool,
    /// What relations are called in it, and the names that stand alone.
    relations: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl<'v> Findings<'v> {
    /// Nothing yet, of `statement`.
    pub(crate) fn new(view: &'v View, own: Own<'v>, tier: Tier, statement: Statement) -> Self {
        Self {
            view,
            tier,
            own,
            makes_view: false,
            statement,
            reasons: Reasons::default(),
            relations: BTreeSet::new(),
            callables: BTreeSet::new(),
            makes: Vec::new(),
            makes_rows: false,
            texts: 0,
            typed_texts: 0,
            has_filled_texts: false,
            makes_arrays: false,
            is_fed: false,
            whole_rows: WholeRows::default(),
        }
    }

    /// All of it, and what speaks against it.
    pub(crate) fn finish(mut self) -> (Statement, Reasons) {
        for Making { at, relation, why, runs } in std::mem::take(&mut self.makes) {
            if self.makes_rows || self.reads(runs) {
                self.does(Class::CallUnreviewed, at, || format!("relation {relation}"), Some(why));
            }
        }
        (self.statement, self.reasons)
    }

    /// Whether a literal or a parameter may become something that this runs for. Whoever may write runs the checks of what
    /// is written anyway.
    fn reads(&self, runs: Runs) -> bool {
        let has_texts = self.tier == Tier::ReadOnly && self.texts > self.typed_texts;
        match runs {
            Runs::WhenRead => has_texts,
            Runs::WhenRowRead => has_texts && self.whole_rows.are_there(),
            // A column of a domain is one of what the domain is made of, but in an array and where a function takes values of one type.
            Runs::WhenMade => has_texts && (self.is_fed || self.makes_arrays && self.has_filled_texts),
            Runs::WhenUsed => false,
        }
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

    /// Notes what would run if a value of a relation's types were made of something else.
    pub(crate) fn may_make(&mut self, at: usize, relation: &str, why: String, runs: Runs) {
        self.makes.push(Making { at, relation: relation.to_owned(), why, runs });
    }

    /// Notes a node that may be a literal or a parameter, or the whole row of a relation; `parent` is what it stands in.
    pub(crate) fn meets(&mut self, node: Node<'_>, parent: Option<Node<'_>>) {
        match node {
            Node::A_Const(_) | Node::ParamRef(_) if is_text(node) => {
                self.texts += 1;
                self.typed_texts += usize::from(matches!(parent, Some(Node::TypeCast(_))));
                self.has_filled_texts |= has_values_inside(node);
                if let Some(Node::FuncCall(called)) = parent {
                    let name = name_of(called);
                    self.is_fed |= ALIKE.contains(&name) || name.contains("array");
                }
            }
            Node::A_ArrayExpr(_) => self.makes_arrays = true,
            Node::SubLink(link) => self.makes_arrays |= link.sub_link_type == raw::SubLinkType::ARRAY_SUBLINK,
            Node::FuncCall(called) => self.makes_arrays |= name_of(called).contains("array"),
            Node::RangeVar(relation) if self.view.rows_are_read => {
                let called = relation.alias().and_then(nodes::Alias::aliasname).or(relation.relname());
                self.whole_rows.relations.extend(called.map(str::to_owned));
            }
            Node::ColumnRef(column) if self.view.rows_are_read => {
                let mut fields = column.fields().iter();
                match (fields.next(), fields.next_back()) {
                    (Some(only), None) => {
                        self.whole_rows.names.extend(only.as_str().map(str::to_owned));
                    }
                    (_, Some(Node::A_Star(_))) if !matches!(parent, Some(Node::ResTarget(_))) => {
                        self.whole_rows.is_starred = true;
                    }
                    _ => {}
                }
            }
            _ => {}
        }
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
        let own = self.own.may_limit(&setting.name, setting.value.as_deref(), self.view.resets);
        let class = match settings::class_of(&setting.name, setting.value.as_deref(), self.view.resets) {
            _ if own => Class::HarmlessSetting,
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

impl WholeRows {
    fn are_there(&self) -> bool {
        self.is_starred || !self.relations.is_disjoint(&self.names)
    }
}

/// A function's name, without its schema.
fn name_of(called: &nodes::FuncCall) -> &str {
    called.funcname().iter().next_back().and_then(Node::as_str).unwrap_or_default()
}

/// Whether a text is an array, a range or a composite value with something in it, as far as its beginning tells.
fn has_values_inside(node: Node<'_>) -> bool {
    let Node::A_Const(constant) = node else { return true };
    let Some(ConstValue::String(text)) = constant.val() else { return false };
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b');
    text.starts_with(['{', '(', '[']) && text != "{}"
}

/// Whether a node has no type of its own.
fn is_text(node: Node<'_>) -> bool {
    match node {
        Node::ParamRef(_) => true,
        Node::A_Const(constant) => matches!(constant.val(), Some(ConstValue::String(_))),
        _ => false,
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

/// The functions, besides those of arrays, whose values are all of one type: a column's domain, where it has one.
const ALIKE: [&str; 3] = ["lag", "lead", "width_bucket"];

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
