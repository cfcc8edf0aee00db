//! The walk over a whole statement: every node of it, in the order of the text, without recursion.
//!
//! The tree may be as deep as the text is long (`1+1+1+...`), so what is still to be looked at stands in a list on the
//! heap and not on the stack.

use std::collections::{BTreeMap, BTreeSet};

use pg_raw_parse::{Node, nodes};

use crate::class::Class;
use crate::detail;
use crate::effects::{Called, Form, Setting, Statement, Touched};
use crate::judgement::Reason;
use crate::kind::{Kind, children, kind, name};
use crate::tier::Tier;
use crate::view::View;
use crate::words;

/// The walk over one statement.
pub(crate) struct Walk<'v, 't> {
    /// What is known of the database.
    pub(crate) view: &'v View,
    /// The tier it is judged for.
    pub(crate) tier: Tier,
    /// What was found so far.
    pub(crate) statement: Statement,
    /// What speaks against it.
    pub(crate) reasons: Reasons,
    scopes: Vec<Scope<'t>>,
    pending: Vec<Step<'t>>,
    classes: BTreeSet<Class>,
    relations: BTreeSet<Touched>,
    callables: BTreeSet<Called>,
}

/// A node that is still to be looked at, and what holds where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Step<'t> {
    /// The node.
    pub(crate) node: Node<'t>,
    /// Where it is in the text, in bytes, or the nearest place known.
    pub(crate) at: usize,
    /// What is done with a relation that stands here.
    pub(crate) usage: Class,
    /// Whether this is only planned, not run.
    pub(crate) planned: bool,
    /// Whether types and functions are only named here, as what a DROP or COMMENT is about.
    pub(crate) naming: bool,
    scope: Option<Visible>,
}

/// What speaks against a text: all of it counts, the first of it is told.
#[derive(Default)]
pub(crate) struct Reasons {
    told: Vec<Reason>,
    /// The least tier that may do all of it.
    least: Least,
    any: bool,
}

/// The least tier that may do everything so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Least {
    #[default]
    Any,
    Tier(Tier),
    Nobody,
}

/// The names that one WITH clause brings, each with its place in the clause.
struct Scope<'t> {
    outer: Option<Visible>,
    depth: usize,
    names: BTreeMap<&'t str, usize>,
}

/// A scope, and how many of its names can be seen: in a WITH that is not RECURSIVE a query sees those before it.
#[derive(Clone, Copy)]
struct Visible {
    scope: usize,
    names: usize,
}

impl<'v, 't> Walk<'v, 't> {
    /// A walk that has not begun.
    pub(crate) fn new(view: &'v View, tier: Tier) -> Self {
        Self {
            view,
            tier,
            statement: Statement::default(),
            reasons: Reasons::default(),
            scopes: Vec::new(),
            pending: Vec::new(),
            classes: BTreeSet::new(),
            relations: BTreeSet::new(),
            callables: BTreeSet::new(),
        }
    }

    /// Looks at all of a statement that begins at byte `at`.
    pub(crate) fn over(mut self, root: Node<'t>, at: usize) -> (Statement, Reasons) {
        self.statement.at = at;
        self.statement.kind = name(root);
        self.pending.push(Step {
            node: root,
            at,
            usage: Class::Read,
            planned: false,
            naming: false,
            scope: None,
        });
        while let Some(step) = self.pending.pop() {
            self.look(step);
        }
        self.statement.classes = self.classes.into_iter().collect();
        (self.statement, self.reasons)
    }

    fn look(&mut self, mut step: Step<'t>) {
        if let Some(at) = words::place(step.node) {
            step.at = at;
        }
        match kind(step.node) {
            Kind::Does(class) => {
                let class = if step.planned { planned(class) } else { class };
                step.usage = class;
                self.does(class, step.at, || words::verb(step.node), None);
            }
            Kind::Depends => detail::look(self, &mut step),
            Kind::Part => {}
            Kind::Foreign => {
                self.does(Class::Unknown, step.at, || format!("the node {}", name(step.node)), None);
            }
        }
        self.queue_children(step);
    }

    fn queue_children(&mut self, step: Step<'t>) {
        let begin = self.pending.len();
        let within = self.enter_with(step);
        children(step.node, |field, child| {
            if field == "with_clause" || field == "locked_rels" {
                return; // entered above; names of relations that were met in FROM
            }
            self.pending.push(Step { node: child, scope: within, ..inside(step, field) });
        });
        // The last in the list is looked at first, so the list is turned to keep the order of the text.
        if let Some(new) = self.pending.get_mut(begin..) {
            new.reverse();
        }
    }

    /// Where `step` has a WITH clause, queues its queries; what the rest of the statement sees comes back.
    fn enter_with(&mut self, step: Step<'t>) -> Option<Visible> {
        let Some(clause) = with_clause(step.node) else { return step.scope };
        let scope = self.scopes.len();
        let depth =
            step.scope.and_then(|outer| self.scopes.get(outer.scope)).map_or(0, |outer| outer.depth) + 1;
        let mut names = BTreeMap::new();
        for (nth, item) in clause.ctes().iter().enumerate() {
            let query: Option<&nodes::CommonTableExpr> = Node::from(item).try_into().ok();
            if let Some(called) = query.and_then(nodes::CommonTableExpr::ctename) {
                names.insert(called, nth);
            }
        }
        let count = clause.ctes().len();
        for (nth, query) in clause.ctes().iter().enumerate() {
            let seen = if clause.recursive { count } else { nth };
            let inner = Step { scope: Some(Visible { scope, names: seen }), ..inside(step, "with_clause") };
            self.pending.push(Step { node: Node::from(query), ..inner });
        }
        self.scopes.push(Scope { outer: step.scope, depth, names });
        Some(Visible { scope, names: count })
    }

    /// Whether an unqualified name means a WITH query here. In WITHs nested beyond all sense it is taken for a
    /// relation, which is the stricter reading.
    pub(crate) fn is_with_query(&self, step: &Step<'t>, name: &str) -> bool {
        let mut visible = step.scope;
        while let Some(Visible { scope, names }) = visible {
            let Some(scope) = self.scopes.get(scope).filter(|scope| scope.depth <= WITH_DEPTH) else {
                return false;
            };
            if scope.names.get(name).is_some_and(|nth| *nth < names) {
                return true;
            }
            visible = scope.outer;
        }
        false
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
        let class = crate::settings::class_of(&setting.name, setting.value.as_deref(), self.view.resets);
        let what = format!("{verb} {}", setting.name);
        self.does(class, at, || what, None);
        self.statement.settings.push(setting);
    }
}

/// What holds in a field of a node.
fn inside<'t>(step: Step<'t>, field: &str) -> Step<'t> {
    let (usage, planned) = match step.node {
        // The one relation that is changed; all others are read.
        Node::InsertStmt(_) | Node::UpdateStmt(_) | Node::DeleteStmt(_) | Node::MergeStmt(_)
            if field != "relation" =>
        {
            (Class::Read, step.planned)
        }
        Node::SelectStmt(_) => (Class::Read, step.planned),
        Node::ExplainStmt(explain) => (Class::Read, step.planned || !detail::runs_what_it_explains(explain)),
        _ => (step.usage, step.planned),
    };
    Step { usage, planned, ..step }
}

/// What is left of a class where the statement is planned and not run: rows and tables are only looked at.
const fn planned(class: Class) -> Class {
    match class {
        Class::Insert
        | Class::Update
        | Class::Delete
        | Class::Merge
        | Class::RowLock
        | Class::CreateTable
        | Class::Maintain => Class::Read,
        class => class,
    }
}

fn with_clause(node: Node<'_>) -> Option<&nodes::WithClause> {
    match node {
        Node::SelectStmt(statement) => statement.with_clause(),
        Node::InsertStmt(statement) => statement.with_clause(),
        Node::UpdateStmt(statement) => statement.with_clause(),
        Node::DeleteStmt(statement) => statement.with_clause(),
        Node::MergeStmt(statement) => statement.with_clause(),
        _ => None,
    }
}

impl Reasons {
    fn add(&mut self, class: Class, at: usize, what: impl FnOnce() -> String, why: Option<String>) {
        self.any = true;
        self.least = match (self.least, class.least()) {
            (Least::Nobody, _) | (_, None) => Least::Nobody,
            (Least::Any, Some(tier)) => Least::Tier(tier),
            (Least::Tier(before), Some(tier)) => Least::Tier(before.max(tier)),
        };
        if self.told.len() < TOLD {
            self.told.push(Reason { class, at, what: what(), why, least: class.least() });
        }
    }

    /// Takes over what was found in another statement of the text.
    pub(crate) fn append(&mut self, other: Self) {
        self.any |= other.any;
        self.least = match (self.least, other.least) {
            (Least::Nobody, _) | (_, Least::Nobody) => Least::Nobody,
            (Least::Any, least) | (least, Least::Any) => least,
            (Least::Tier(one), Least::Tier(two)) => Least::Tier(one.max(two)),
        };
        let room = TOLD.saturating_sub(self.told.len());
        self.told.extend(other.told.into_iter().take(room));
    }

    /// What is told, and the least tier that may do all; nothing if nothing speaks against it.
    pub(crate) fn finish(mut self) -> Option<(Vec<Reason>, Option<Tier>)> {
        self.told.dedup();
        let least = match self.least {
            Least::Tier(tier) => Some(tier),
            Least::Any | Least::Nobody => None,
        };
        self.any.then_some((self.told, least))
    }
}

/// How many reasons a denial tells.
const TOLD: usize = 32;

/// How deep WITH clauses are followed into each other.
const WITH_DEPTH: usize = 256;
