//! Statements about the session: settings, transactions, and the names that it shares with the protocol.

use pg_raw_parse::{Node, nodes, raw};

use crate::class::Class;
use crate::constant::constant;
use crate::effects::{SessionName, Setting, TransactionMove};
use crate::explain;
use crate::findings::Findings;
use crate::view::Resets;

/// SET, RESET, SET TRANSACTION, SET SESSION CHARACTERISTICS, and the SET of ALTER ROLE, ALTER DATABASE and ALTER SYSTEM.
pub(crate) fn set(found: &mut Findings<'_>, set: &nodes::VariableSetStmt, at: usize) {
    use raw::VariableSetKind as K;
    let name = set.name().unwrap_or_default().to_ascii_lowercase();
    match set.kind {
        K::VAR_SET_MULTI => modes(found, set, &name, at),
        K::VAR_RESET_ALL => {
            found.sets(Setting { name: "all".to_owned(), value: None, local: false }, at, "RESET")
        }
        K::VAR_RESET => found.sets(Setting { name, value: None, local: false }, at, "RESET"),
        K::VAR_SET_VALUE => {
            let values: Option<Vec<String>> = set.args().iter().map(constant).collect();
            // What the path is already changes nothing where the desk has set it.
            if name == "search_path"
                && found.view.resets == Resets::BackToPins
                && values.as_ref() == Some(&found.view.search_path)
            {
                return found.does(Class::HarmlessSetting, at, String::new, None);
            }
            // One value alone is known exactly; a list or an expression is as good as not written down.
            let value = values.and_then(|mut values| if values.len() == 1 { values.pop() } else { None });
            found.sets(Setting { name, value, local: set.is_local }, at, "SET");
        }
        K::VAR_SET_DEFAULT | K::VAR_SET_CURRENT => {
            found.sets(Setting { name, value: None, local: set.is_local }, at, "SET");
        }
        _ => found.does(Class::Unknown, at, || "SET in a form that is not known".to_owned(), None),
    }
}

/// SET TRANSACTION, SET SESSION CHARACTERISTICS AS TRANSACTION, SET TRANSACTION SNAPSHOT.
fn modes(found: &mut Findings<'_>, set: &nodes::VariableSetStmt, name: &str, at: usize) {
    let prefix = match name {
        "transaction" => "",
        "session characteristics" => "default_",
        "transaction snapshot" => return found.does(Class::Transaction, at, String::new, None),
        _ => return found.does(Class::Unknown, at, || format!("SET {name}"), None),
    };
    found.does(Class::Transaction, at, String::new, None);
    for mode in set.args().iter() {
        mode_of(found, mode, prefix, set.is_local || prefix.is_empty(), at);
    }
}

fn mode_of(found: &mut Findings<'_>, mode: Node<'_>, prefix: &str, local: bool, at: usize) {
    let Node::DefElem(mode) = mode else {
        return found.does(Class::Unknown, at, || "a transaction mode that is not known".to_owned(), None);
    };
    let name = format!("{prefix}{}", mode.defname().unwrap_or_default());
    let verb = if mode.defname() == Some("transaction_read_only") { "READ WRITE:" } else { "SET" };
    found.sets(Setting { name, value: constant(mode.arg()), local }, at, verb);
}

/// BEGIN, COMMIT and the others.
pub(crate) fn transaction(found: &mut Findings<'_>, statement: &nodes::TransactionStmt, at: usize) {
    use raw::TransactionStmtKind as K;
    let (moved, class, what) = match statement.kind {
        K::TRANS_STMT_BEGIN | K::TRANS_STMT_START => (TransactionMove::Begin, Class::Transaction, "BEGIN"),
        K::TRANS_STMT_COMMIT => (TransactionMove::Commit, Class::Transaction, "COMMIT"),
        K::TRANS_STMT_ROLLBACK => (TransactionMove::Rollback, Class::Transaction, "ROLLBACK"),
        K::TRANS_STMT_SAVEPOINT => (TransactionMove::Savepoint, Class::Transaction, "SAVEPOINT"),
        K::TRANS_STMT_RELEASE => (TransactionMove::Release, Class::Transaction, "RELEASE"),
        K::TRANS_STMT_ROLLBACK_TO => (TransactionMove::RollbackTo, Class::Transaction, "ROLLBACK TO"),
        K::TRANS_STMT_PREPARE => (TransactionMove::Prepare, Class::TwoPhase, "PREPARE TRANSACTION"),
        K::TRANS_STMT_COMMIT_PREPARED => {
            (TransactionMove::CommitPrepared, Class::TwoPhase, "COMMIT PREPARED")
        }
        K::TRANS_STMT_ROLLBACK_PREPARED => {
            (TransactionMove::RollbackPrepared, Class::TwoPhase, "ROLLBACK PREPARED")
        }
        _ => {
            return found.does(
                Class::Unknown,
                at,
                || "a transaction statement that is not known".to_owned(),
                None,
            );
        }
    };
    found.statement.transaction = Some(moved);
    found.does(class, at, || what.to_owned(), None);
    for mode in statement.options().iter() {
        mode_of(found, mode, "", true, at);
    }
}

/// DISCARD.
pub(crate) fn discard(found: &mut Findings<'_>, statement: &nodes::DiscardStmt, at: usize) {
    use raw::DiscardMode as D;
    let (class, what) = match statement.target {
        D::DISCARD_PLANS => (Class::Forget, "DISCARD PLANS"),
        D::DISCARD_SEQUENCES => (Class::Forget, "DISCARD SEQUENCES"),
        D::DISCARD_TEMP => (Class::OtherSetting, "DISCARD TEMP"),
        D::DISCARD_ALL => {
            found.statement.session_name = Some(SessionName::DiscardAll);
            found.statement.settings.push(Setting { name: "all".to_owned(), value: None, local: false });
            match found.view.resets {
                Resets::BackToPins => (Class::SessionReset, "DISCARD ALL"),
                Resets::LosePins => (Class::OtherSetting, "DISCARD ALL"),
            }
        }
        _ => (Class::Unknown, "DISCARD in a form that is not known"),
    };
    found.does(class, at, || what.to_owned(), None);
}

/// UNLISTEN; of everything, it is what poolers send between clients.
pub(crate) fn unlisten(found: &mut Findings<'_>, statement: &nodes::UnlistenStmt, at: usize) {
    let all = statement.conditionname().is_none();
    let class =
        if all && found.view.resets == Resets::BackToPins { Class::SessionReset } else { Class::Notify };
    found.does(class, at, || "UNLISTEN".to_owned(), None);
}

/// What a statement does with the names of prepared statements and cursors.
pub(crate) fn name_of(statement: Node<'_>) -> Option<SessionName> {
    let owned = |name: Option<&str>| name.map(str::to_owned);
    match statement {
        Node::PrepareStmt(prepare) => owned(prepare.name()).map(SessionName::Prepare),
        Node::ExecuteStmt(execute) => owned(execute.name()).map(SessionName::Execute),
        Node::DeallocateStmt(deallocate) => Some(SessionName::Deallocate(owned(deallocate.name()))),
        Node::DeclareCursorStmt(declare) => {
            let is_held = declare.options & CURSOR_OPT_HOLD != 0;
            let kept = if is_held { SessionName::DeclareWithHold } else { SessionName::Declare };
            owned(declare.portalname()).map(kept)
        }
        Node::FetchStmt(fetch) => owned(fetch.portalname()).map(SessionName::Fetch),
        Node::ClosePortalStmt(close) => Some(SessionName::Close(owned(close.portalname()))),
        // They run a kept statement without being one.
        Node::ExplainStmt(explain) if explain::runs_what_it_explains(explain) => name_of(explain.query()),
        Node::CreateTableAsStmt(create) => name_of(create.query()),
        _ => None,
    }
}

/// `WITH HOLD`, as PostgreSQL's `parsenodes.h` has it among the options of a cursor.
const CURSOR_OPT_HOLD: i32 = 0x0020;
