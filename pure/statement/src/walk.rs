//! The walk over a whole statement: every node of it, in the order of the text, without recursion.
//!
//! The tree may be as deep as the text is long (`1+1+1+...`), so what is still to be looked at stands in a list on the
//! heap and not on the stack.

use pg_raw_parse::{Node, nodes};

use crate::class::Class;
use crate::detail;
use crate::effects::Statement;
use crate::explain;
use crate::findings::Findings;
use crate::kind::{Kind, children, kind, name};
use crate::made::Own;
use crate::making;
use crate::own_role;
use crate::reasons::Reasons;
use crate::scope::{Scopes, Visible};
use crate::step::Step;
use crate::view::View;
use crate::words;
use pgward_contract::model::tier::Tier;

/// Looks at all of a statement that begins at byte `at`, in a session of which this holds.
pub(crate) fn walk(root: Node<'_>, at: usize, tier: Tier, view: &View, own: Own<'_>) -> (Statement, Reasons) {
    let statement = Statement { at, kind: name(root), ..Statement::default() };
    let mut pending = Vec::with_capacity(PENDING);
    pending.push(Step { node: root, at, usage: Class::Read, planned: false, naming: false, scope: None });
    let mut walk =
        Walk { findings: Findings::new(view, own, tier, statement), scopes: Scopes::default(), pending };
    if !runs_nothing(root) {
        everywhere(&mut walk.findings, root, at);
    }
    while let Some(step) = walk.pending.pop() {
        walk.look(step);
    }
    walk.findings.finish()
}

/// What hangs on PostgreSQL's own types: which expressions run it, the names in a text do not say.
fn everywhere(found: &mut Findings<'_>, root: Node<'_>, at: usize) {
    let view = found.view;
    for attached in view.everywhere.iter().filter(|attached| !view.names_attached(attached)) {
        let why = format!(
            "any expression may run {}, and the catalog does not show that it only reads",
            attached.described()
        );
        found.does(Class::CallUnreviewed, at, || words::verb(root), Some(why));
    }
}

/// Whether a statement computes nothing: what it runs, if anything, was judged before.
const fn runs_nothing(root: Node<'_>) -> bool {
    matches!(
        root,
        Node::TransactionStmt(_)
            | Node::VariableSetStmt(_)
            | Node::VariableShowStmt(_)
            | Node::DiscardStmt(_)
            | Node::DeallocateStmt(_)
            | Node::ClosePortalStmt(_)
            | Node::FetchStmt(_)
            | Node::ListenStmt(_)
            | Node::UnlistenStmt(_)
    )
}

struct Walk<'v, 't> {
    findings: Findings<'v>,
    scopes: Scopes<'t>,
    pending: Vec<Step<'t>>,
}

impl<'t> Walk<'_, 't> {
    fn look(&mut self, mut step: Step<'t>) {
        if let Some(at) = words::place(step.node) {
            step.at = at;
        }
        if let Some(role) = own_role::named(step.node, self.findings.view) {
            self.findings.does(Class::OwnRole, step.at, || format!("a change of role \"{role}\""), None);
        }
        self.findings.makes_view |= making::is_view(step.node);
        making::note(&mut self.findings, &step);
        match kind(step.node) {
            Kind::Does(class) => {
                let class = if step.planned { planned(class) } else { class };
                step.usage = class;
                self.findings.does(class, step.at, || words::verb(step.node), None);
            }
            Kind::Depends => detail::look(&mut self.findings, &self.scopes, &mut step),
            Kind::Part => {}
            Kind::Foreign => {
                self.findings.does(Class::Unknown, step.at, || format!("the node {}", name(step.node)), None);
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
            if field == "grantor" && own_role::is_oneself(child) {
                return; // GRANTED BY CURRENT_USER says what holds without it
            }
            self.findings.meets(child, Some(step.node));
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
        let (statement, queries) = self.scopes.enter(clause, step.scope);
        for (query, scope) in clause.ctes().iter().zip(queries) {
            let step = Step { scope: Some(scope), ..inside(step, "with_clause") };
            self.pending.push(Step { node: Node::from(query), ..step });
        }
        Some(statement)
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
        Node::ExplainStmt(explain) => (Class::Read, step.planned || !explain::runs_what_it_explains(explain)),
        _ => (step.usage, step.planned),
    };
    // `WITH (autovacuum_enabled = off)`: a bare word stands where a type could.
    let are_parameters = field == "options"
        && matches!(
            step.node,
            Node::CreateStmt(_) | Node::IndexStmt(_) | Node::ViewStmt(_) | Node::IntoClause(_)
        );
    Step { usage, planned, naming: step.naming || are_parameters, ..step }
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

/// As much as is to be looked at in most statements at a time.
const PENDING: usize = 32;
