//! The nodes whose meaning depends on what is in them.

use pg_raw_parse::{Node, nodes, raw};

use crate::call;
use crate::class::Class;
use crate::findings::Findings;
use crate::kind::name;
use crate::relation;
use crate::scope::Scopes;
use crate::session;
use crate::step::Step;
use crate::words;

/// Looks at a node of [`crate::kind::Kind::Depends`]. One that has no rule here is known to nobody, and denied.
pub(crate) fn look(found: &mut Findings<'_>, scopes: &Scopes<'_>, step: &mut Step<'_>) {
    let at = step.at;
    match step.node {
        Node::FuncCall(called) => call::function(found, called, at),
        Node::A_Expr(expression) => call::expression(found, expression, at),
        Node::SubLink(link)
            if link.sub_link_type == raw::SubLinkType::ANY_SUBLINK && link.oper_name().is_empty() =>
        {
            call::equality(found, at);
        }
        Node::SubLink(link) => call::operator(found, link.oper_name(), at),
        Node::CaseExpr(case) => {
            if !matches!(case.arg(), Node::None) {
                call::equality(found, at);
            }
        }
        Node::JoinExpr(join) => {
            if join.is_natural || !join.using_clause().is_empty() {
                call::equality(found, at);
            }
        }
        Node::SortBy(sort) => call::operator(found, sort.use_op(), at),
        Node::TypeName(named) if !step.naming => call::type_name(found, named, at),
        Node::TypeName(_) => {}
        Node::ColumnRef(column) => call::column(found, column, at),
        Node::A_Indirection(path) => call::indirection(found, path, at),
        Node::RangeTableSample(sample) => call::sample_method(found, sample, at),
        Node::RangeVar(relation) => relation::touch(found, relation, step, scopes),
        Node::OnConflictClause(clause) => {
            if clause.action == raw::OnConflictAction::ONCONFLICT_UPDATE && !step.planned {
                found.does(Class::Update, at, || "ON CONFLICT DO UPDATE".to_owned(), None);
            }
        }
        Node::CopyStmt(copy) => {
            step.usage = relation::copy(found, copy, at);
        }
        Node::MergeSupportFunc(_) => call::syntax_since(found, 17, "merge_action", at),
        Node::JsonFuncExpr(called) => call::syntax_since(found, 17, words::of_json(called.op), at),
        Node::JsonParseExpr(_) => call::syntax_since(found, 17, "json", at),
        Node::JsonScalarExpr(_) => call::syntax_since(found, 17, "json_scalar", at),
        Node::JsonSerializeExpr(_) => call::syntax_since(found, 17, "json_serialize", at),
        // A call has no COLUMNS: an older server refuses it.
        Node::JsonTable(_) => {}
        Node::JsonObjectConstructor(_) => call::syntax_since(found, 16, "json_object", at),
        Node::JsonArrayConstructor(_) | Node::JsonArrayQueryConstructor(_) => {
            call::syntax_since(found, 16, "json_array", at);
        }
        Node::JsonObjectAgg(_) => call::syntax_since(found, 16, "json_objectagg", at),
        Node::JsonArrayAgg(_) => call::syntax_since(found, 16, "json_arrayagg", at),
        Node::VariableSetStmt(set) => session::set(found, set, at),
        Node::TransactionStmt(transaction) => session::transaction(found, transaction, at),
        Node::DiscardStmt(discard) => session::discard(found, discard, at),
        Node::UnlistenStmt(unlisten) => session::unlisten(found, unlisten, at),
        _ => definition(found, step),
    }
}

/// What defines, changes or removes an object: it depends on the object's class.
fn definition(found: &mut Findings<'_>, step: &mut Step<'_>) {
    let (class, object) = match step.node {
        Node::DropStmt(drop) => (of_object(drop.remove_type, Class::DropTable), Some(drop.remove_type)),
        Node::CommentStmt(comment) => (of_object(comment.objtype, Class::AlterTable), Some(comment.objtype)),
        Node::RenameStmt(rename) => {
            (of_object(rename.rename_type, Class::AlterTable), Some(rename.rename_type))
        }
        Node::AlterObjectSchemaStmt(alter) => {
            (of_object(alter.object_type, Class::AlterTable), Some(alter.object_type))
        }
        Node::AlterTableStmt(alter) => (of_object(alter.objtype, Class::AlterTable), Some(alter.objtype)),
        Node::AlterTableCmd(command) => {
            let class = of_command(command);
            if class != Class::AlterTable {
                let what = format!("ALTER TABLE ... {}", words::of_command(command.subtype));
                found.does(class, step.at, || what, None);
            }
            return;
        }
        Node::ReindexStmt(reindex) => match reindex.kind {
            raw::ReindexObjectType::REINDEX_OBJECT_INDEX | raw::ReindexObjectType::REINDEX_OBJECT_TABLE => {
                (Class::Maintain, None)
            }
            _ => (Class::Administer, None),
        },
        Node::Invalid(unknown) if unknown.type_ == raw::NodeTag::T_CreateForeignTableStmt => {
            found.does(Class::Foreign, step.at, || "CREATE FOREIGN TABLE".to_owned(), None);
            return;
        }
        node => {
            found.does(Class::Unknown, step.at, || format!("the node {}", name(node)), None);
            return;
        }
    };
    step.usage = class;
    // Only a column's default or check can hold code, and they are in AlterTableCmd; all else is names.
    step.naming = !matches!(step.node, Node::AlterTableStmt(_));
    let verb = words::verb(step.node);
    found.does(
        class,
        step.at,
        || object.map_or(verb.clone(), |object| words::with_object(&verb, object)),
        None,
    );
}

/// Tables and what belongs to them are of `class`; what others run, and what is the cluster's, is not.
fn of_object(object: raw::ObjectType::Type, class: Class) -> Class {
    use raw::ObjectType as O;
    match object {
        O::OBJECT_TABLE
        | O::OBJECT_COLUMN
        | O::OBJECT_ATTRIBUTE
        | O::OBJECT_INDEX
        | O::OBJECT_VIEW
        | O::OBJECT_MATVIEW
        | O::OBJECT_SEQUENCE
        | O::OBJECT_STATISTIC_EXT
        | O::OBJECT_TABCONSTRAINT
        | O::OBJECT_TYPE => class,
        O::OBJECT_ROLE => Class::Roles,
        O::OBJECT_DATABASE | O::OBJECT_SCHEMA | O::OBJECT_TABLESPACE | O::OBJECT_LARGEOBJECT => {
            Class::Administer
        }
        O::OBJECT_FDW
        | O::OBJECT_FOREIGN_SERVER
        | O::OBJECT_FOREIGN_TABLE
        | O::OBJECT_USER_MAPPING
        | O::OBJECT_PUBLICATION
        | O::OBJECT_PUBLICATION_NAMESPACE
        | O::OBJECT_PUBLICATION_REL
        | O::OBJECT_SUBSCRIPTION => Class::Foreign,
        O::OBJECT_DEFACL | O::OBJECT_PARAMETER_ACL => Class::Grants,
        // Functions, triggers, policies, domains, operators, casts, extensions, languages, text search ...
        _ => Class::DefineCode,
    }
}

/// What one part of an ALTER TABLE does. A part that the grammar does not make is known to nobody.
fn of_command(command: &nodes::AlterTableCmd) -> Class {
    use raw::AlterTableType as A;
    match command.subtype {
        A::AT_ChangeOwner => Class::Roles,
        A::AT_EnableTrig
        | A::AT_EnableAlwaysTrig
        | A::AT_EnableReplicaTrig
        | A::AT_DisableTrig
        | A::AT_EnableTrigAll
        | A::AT_DisableTrigAll
        | A::AT_EnableTrigUser
        | A::AT_DisableTrigUser
        | A::AT_EnableRule
        | A::AT_EnableAlwaysRule
        | A::AT_EnableReplicaRule
        | A::AT_DisableRule
        | A::AT_EnableRowSecurity
        | A::AT_DisableRowSecurity
        | A::AT_ForceRowSecurity
        | A::AT_NoForceRowSecurity => Class::DefineCode,
        A::AT_GenericOptions | A::AT_AlterColumnGenericOptions => Class::Foreign,
        A::AT_AddColumn
        | A::AT_ColumnDefault
        | A::AT_DropNotNull
        | A::AT_SetNotNull
        | A::AT_SetExpression
        | A::AT_DropExpression
        | A::AT_SetStatistics
        | A::AT_SetOptions
        | A::AT_ResetOptions
        | A::AT_SetStorage
        | A::AT_SetCompression
        | A::AT_DropColumn
        | A::AT_AddConstraint
        | A::AT_AlterConstraint
        | A::AT_ValidateConstraint
        | A::AT_DropConstraint
        | A::AT_AlterColumnType
        | A::AT_ClusterOn
        | A::AT_DropCluster
        | A::AT_SetLogged
        | A::AT_SetUnLogged
        | A::AT_DropOids
        | A::AT_SetAccessMethod
        | A::AT_SetTableSpace
        | A::AT_SetRelOptions
        | A::AT_ResetRelOptions
        | A::AT_AddInherit
        | A::AT_DropInherit
        | A::AT_AddOf
        | A::AT_DropOf
        | A::AT_ReplicaIdentity
        | A::AT_AttachPartition
        | A::AT_DetachPartition
        | A::AT_DetachPartitionFinalize
        | A::AT_AddIdentity
        | A::AT_SetIdentity
        | A::AT_DropIdentity => Class::AlterTable,
        _ => Class::Unknown,
    }
}
