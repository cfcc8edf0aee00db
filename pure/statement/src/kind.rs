//! Every kind of node in PostgreSQL's parse tree: what it does, and all that is in it.
//!
//! The table is complete by construction: the matches made from it have no wildcard, so a kind that a new grammar
//! brings does not compile. A test compares the children named here with the fields that each node really has.

use pg_raw_parse::{Node, nodes, raw};

use crate::class::Class;

/// What a kind of node is to the judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Does this, whatever is in it.
    Does(Class),
    /// What it does depends on what is in it.
    Depends,
    /// A part, which does nothing by itself.
    Part,
    /// In no tree that comes from a text: nobody may run it.
    Foreign,
}

macro_rules! kinds {
    ($($node:ident $what:ident $($class:ident)? { $($many:ident $field:ident),* };)*) => {
        /// What `node` is.
        pub(crate) fn kind(node: Node<'_>) -> Kind {
            match node {
                Node::None | Node::NodeList(_) => Kind::Part,
                Node::Invalid(_) => Kind::Depends,
                $(Node::$node(_) => what!($what $($class)?),)*
            }
        }

        /// PostgreSQL's name of the kind.
        pub(crate) fn name(node: Node<'_>) -> &'static str {
            match node {
                Node::None => "nothing",
                Node::NodeList(_) => "List",
                Node::Invalid(_) => "a node that this parser's bindings do not know",
                $(Node::$node(_) => stringify!($node),)*
            }
        }

        /// Hands over everything that is in `node`, with the name of the field it is in.
        pub(crate) fn children<'t>(node: Node<'t>, mut each: impl FnMut(&'static str, Node<'t>)) {
            match node {
                Node::None | Node::Invalid(_) => {}
                Node::NodeList(list) => list.iter().for_each(|item| each("item", item)),
                $(Node::$node(_node) => { $(field!($many _node $field each);)* })*
            }
        }

        /// Each kind as an empty node prints itself, with the fields that are walked, for the test of completeness.
        #[cfg(test)]
        fn printed() -> Vec<(&'static str, String, &'static [&'static str])> {
            use pg_raw_parse::{make::owned, nodes};
            vec![$((
                stringify!($node),
                format!("{:?}", &*owned(|memory| memory.make_node::<nodes::$node>())),
                &[$(stringify!($field)),*],
            ),)*]
        }
    };
}

macro_rules! what {
    (does $class:ident) => {
        Kind::Does(Class::$class)
    };
    (depends) => {
        Kind::Depends
    };
    (part) => {
        Kind::Part
    };
    (foreign) => {
        Kind::Foreign
    };
}

macro_rules! field {
    // The bindings take every object of a GRANT for a table, and panic where it is a name: what is no table or sequence is not
    // walked, and nothing in it does anything.
    (tables $node:ident $field:ident $each:ident) => {
        if names_tables($node) {
            field!(all $node $field $each);
        }
    };
    (one $node:ident $field:ident $each:ident) => {
        match Node::from($node.$field()) {
            Node::None => {}
            child => $each(stringify!($field), child),
        }
    };
    (all $node:ident $field:ident $each:ident) => {
        $node.$field().iter().for_each(|child| $each(stringify!($field), Node::from(child)))
    };
}

/// Whether the objects of a GRANT or REVOKE are tables or sequences, one by one.
const fn names_tables(grant: &nodes::GrantStmt) -> bool {
    matches!(grant.targtype, raw::GrantTargetType::ACL_TARGET_OBJECT)
        && matches!(grant.objtype, raw::ObjectType::OBJECT_TABLE | raw::ObjectType::OBJECT_SEQUENCE)
}

kinds! {
    // What a statement does is the same whatever is in it.
    IntoClause does CreateTable { one rel, all col_names, all options, one view_query };
    LockingClause does RowLock { all locked_rels };
    InsertStmt does Insert { one relation, all cols, one select_stmt, one on_conflict_clause, one
        returning_clause, one with_clause };
    DeleteStmt does Delete { one relation, all using_clause, one where_clause, one returning_clause, one
        with_clause };
    UpdateStmt does Update { one relation, all target_list, one where_clause, all from_clause, one
        returning_clause, one with_clause };
    MergeStmt does Merge { one relation, one source_relation, one join_condition, all merge_when_clauses, one
        returning_clause, one with_clause };
    SelectStmt does Read { all distinct_clause, one into_clause, all target_list, all from_clause, one
        where_clause, all group_clause, one having_clause, all window_clause, all values_lists, all
        sort_clause, one limit_offset, one limit_count, all locking_clause, one with_clause, one larg, one
        rarg };
    CreateSchemaStmt does Administer { one authrole, all schema_elts };
    AlterCollationStmt does DefineCode { all collname };
    AlterDomainStmt does DefineCode { all type_name, one def };
    GrantStmt does Grants { tables objects, all privileges, all grantees, one grantor };
    GrantRoleStmt does Grants { all granted_roles, all grantee_roles, all opt, one grantor };
    AlterDefaultPrivilegesStmt does Grants { all options, one action };
    VariableShowStmt does Show {};
    CreateStmt does CreateTable { one relation, all table_elts, all inh_relations, one partbound, one
        partspec, one of_typename, all constraints, all nnconstraints, all options };
    CreateTableSpaceStmt does Administer { one owner, all options };
    DropTableSpaceStmt does Administer {};
    AlterTableSpaceOptionsStmt does Administer { all options };
    AlterTableMoveAllStmt does Administer { all roles };
    CreateExtensionStmt does DefineCode { all options };
    AlterExtensionStmt does DefineCode { all options };
    AlterExtensionContentsStmt does DefineCode { one object };
    CreateFdwStmt does Foreign { all func_options, all options };
    AlterFdwStmt does Foreign { all func_options, all options };
    CreateForeignServerStmt does Foreign { all options };
    AlterForeignServerStmt does Foreign { all options };
    CreateUserMappingStmt does Foreign { one user, all options };
    AlterUserMappingStmt does Foreign { one user, all options };
    DropUserMappingStmt does Foreign { one user };
    ImportForeignSchemaStmt does Foreign { all table_list, all options };
    CreatePolicyStmt does DefineCode { one table, all roles, one qual, one with_check };
    AlterPolicyStmt does DefineCode { one table, all roles, one qual, one with_check };
    CreateAmStmt does DefineCode { all handler_name };
    CreateTrigStmt does DefineCode { one relation, all funcname, all args, all columns, one when_clause, all
        transition_rels, one constrrel };
    CreateEventTrigStmt does DefineCode { all whenclause, all funcname };
    AlterEventTrigStmt does DefineCode {};
    CreatePLangStmt does DefineCode { all plhandler, all plinline, all plvalidator };
    CreateRoleStmt does Roles { all options };
    AlterRoleStmt does Roles { one role, all options };
    AlterRoleSetStmt does Roles { one role, one setstmt };
    DropRoleStmt does Roles { all roles };
    CreateSeqStmt does CreateTable { one sequence, all options };
    AlterSeqStmt does AlterTable { one sequence, all options };
    DefineStmt does DefineCode { all defnames, all args, all definition };
    CreateDomainStmt does DefineCode { all domainname, one type_name, one coll_clause, all constraints };
    CreateOpClassStmt does DefineCode { all opclassname, all opfamilyname, one datatype, all items };
    CreateOpFamilyStmt does DefineCode { all opfamilyname };
    AlterOpFamilyStmt does DefineCode { all opfamilyname, all items };
    TruncateStmt does Truncate { all relations };
    SecLabelStmt does Administer { one object };
    DeclareCursorStmt does Cursor { one query };
    ClosePortalStmt does Cursor {};
    FetchStmt does Cursor {};
    IndexStmt does CreateTable { one relation, all index_params, all index_including_params, all options, one
        where_clause, all exclude_op_names };
    CreateStatsStmt does CreateTable { all defnames, all stat_types, all exprs, all relations };
    AlterStatsStmt does AlterTable { all defnames, one stxstattarget };
    CreateFunctionStmt does DefineCode { all funcname, all parameters, one return_type, all options, one
        sql_body };
    AlterFunctionStmt does DefineCode { one func, all actions };
    DoStmt does Code { all args };
    CallStmt does Code { one funccall, one funcexpr, all outargs };
    AlterObjectDependsStmt does Administer { one relation, one object, one extname };
    AlterOwnerStmt does Roles { one relation, one object, one newowner };
    AlterOperatorStmt does DefineCode { one opername, all options };
    AlterTypeStmt does DefineCode { all type_name, all options };
    RuleStmt does DefineCode { one relation, one where_clause, all actions };
    NotifyStmt does Notify {};
    ListenStmt does Notify {};
    UnlistenStmt depends {};
    CompositeTypeStmt does CreateTable { one typevar, all coldeflist };
    CreateEnumStmt does CreateTable { all type_name, all vals };
    CreateRangeStmt does DefineCode { all type_name, all params };
    AlterEnumStmt does AlterTable { all type_name };
    ViewStmt does CreateTable { one view, all aliases, one query, all options };
    LoadStmt does Code {};
    CreatedbStmt does Administer { all options };
    AlterDatabaseStmt does Administer { all options };
    AlterDatabaseRefreshCollStmt does Administer {};
    AlterDatabaseSetStmt does Administer { one setstmt };
    DropdbStmt does Administer { all options };
    AlterSystemStmt does Administer { one setstmt };
    ClusterStmt does Maintain { one relation, all params };
    VacuumStmt does Maintain { all options, all rels };
    ExplainStmt does Explain { one query, all options };
    RefreshMatViewStmt does Maintain { one relation };
    CheckPointStmt does Administer {};
    LockStmt does TableLock { all relations };
    ConstraintsSetStmt does DeferConstraints { all constraints };
    CreateConversionStmt does DefineCode { all conversion_name, all func_name };
    CreateCastStmt does DefineCode { one sourcetype, one targettype, one func };
    CreateTransformStmt does DefineCode { one type_name, one fromsql, one tosql };
    PrepareStmt does Prepared { all argtypes, one query };
    ExecuteStmt does Prepared { all params };
    DeallocateStmt does Prepared {};
    DropOwnedStmt does Roles { all roles };
    ReassignOwnedStmt does Roles { all roles, one newrole };
    AlterTSDictionaryStmt does DefineCode { all dictname, all options };
    AlterTSConfigurationStmt does DefineCode { all cfgname, all tokentype, all dicts };
    CreatePublicationStmt does Foreign { all options, all pubobjects };
    AlterPublicationStmt does Foreign { all options, all pubobjects };
    CreateSubscriptionStmt does Foreign { all publication, all options };
    AlterSubscriptionStmt does Foreign { all publication, all options };
    DropSubscriptionStmt does Foreign {};

    // What it does depends on what is in it: `crate::detail`.
    RangeVar depends { one alias };
    SubLink depends { one testexpr, all oper_name, one subselect };
    TypeName depends { all names, all typmods, all array_bounds };
    ColumnRef depends { all fields };
    A_Expr depends { all name, one lexpr, one rexpr };
    FuncCall depends { all funcname, all args, all agg_order, one agg_filter, one over };
    A_Indirection depends { one arg, all indirection };
    SortBy depends { one node, all use_op };
    CaseExpr depends { one arg, all args, one defresult };
    JoinExpr depends { one larg, one rarg, all using_clause, one join_using_alias, one quals, one alias };
    RangeTableSample depends { one relation, all method, all args, one repeatable };
    AlterTableStmt depends { one relation, all cmds };
    AlterTableCmd depends { one newowner, one def };
    CopyStmt depends { one relation, one query, all attlist, all options, one where_clause };
    VariableSetStmt depends { all args };
    DropStmt depends { all objects };
    CommentStmt depends { one object };
    RenameStmt depends { one relation, one object };
    AlterObjectSchemaStmt depends { one relation, one object };
    TransactionStmt depends { all options };
    CreateTableAsStmt does CreateTable { one query, one into };
    DiscardStmt depends {};
    ReindexStmt depends { one relation, all params };

    // Parts, which do nothing by themselves.
    Alias part { all colnames };
    GroupingFunc part { all args, all refs, all cols };
    MergeSupportFunc depends {};
    NamedArgExpr part { one arg };
    BoolExpr part { all args };
    CaseWhen part { one expr, one result };
    RowExpr part { all args, all colnames };
    CoalesceExpr part { all args };
    MinMaxExpr part { all args };
    SQLValueFunction part {};
    XmlExpr part { all named_args, all arg_names, all args };
    JsonFormat part {};
    JsonReturning part { one format };
    JsonValueExpr part { one raw_expr, one formatted_expr, one format };
    JsonIsPredicate part { one expr, one format };
    JsonBehavior part { one expr };
    NullTest part { one arg };
    BooleanTest part { one arg };
    SetToDefault part {};
    CurrentOfExpr part {};
    Integer part {};
    Float part {};
    Boolean part {};
    String part {};
    BitString part {};
    ParamRef part {};
    A_Const part {};
    TypeCast part { one arg, one type_name };
    CollateClause part { one arg, all collname };
    RoleSpec part {};
    A_Star part {};
    A_Indices part { one lidx, one uidx };
    A_ArrayExpr part { all elements };
    ResTarget part { all indirection, one val };
    MultiAssignRef part { one source };
    WindowDef part { all partition_clause, all order_clause, one start_offset, one end_offset };
    RangeSubselect part { one subquery, one alias };
    RangeFunction part { all functions, one alias, all coldeflist };
    RangeTableFunc part { one docexpr, one rowexpr, all namespaces, all columns, one alias };
    RangeTableFuncCol part { one type_name, one colexpr, one coldefexpr };
    ColumnDef part { one type_name, one raw_default, one cooked_default, one identity_sequence, one
        coll_clause, all constraints, all fdwoptions };
    TableLikeClause part { one relation };
    IndexElem part { one expr, all collation, all opclass, all opclassopts };
    DefElem part { one arg };
    XmlSerialize part { one expr, one type_name };
    PartitionElem part { one expr, all collation, all opclass };
    PartitionSpec part { all part_params };
    PartitionBoundSpec part { all listdatums, all lowerdatums, all upperdatums };
    PartitionRangeDatum part { one value };
    PartitionCmd part { one name, one bound };
    GroupingSet part { all content };
    WithClause part { all ctes };
    InferClause part { all index_elems, one where_clause };
    OnConflictClause depends { one infer, all target_list, one where_clause };
    CTESearchClause part { all search_col_list };
    CTECycleClause part { all cycle_col_list, one cycle_mark_value, one cycle_mark_default };
    CommonTableExpr part { all aliascolnames, one ctequery, one search_clause, one cycle_clause, all
        ctecolnames };
    MergeWhenClause part { one condition, all target_list, all values };
    ReturningOption part {};
    ReturningClause part { all options, all exprs };
    TriggerTransition part {};
    JsonOutput part { one type_name, one returning };
    JsonArgument part { one val };
    JsonFuncExpr depends { one context_item, one pathspec, all passing, one output, one on_empty, one on_error };
    JsonTablePathSpec part { one string };
    JsonTable depends { one context_item, one pathspec, all passing, all columns, one on_error, one alias };
    JsonTableColumn part { one type_name, one pathspec, one format, all columns, one on_empty, one on_error };
    JsonKeyValue part { one key, one value };
    JsonParseExpr depends { one expr, one output };
    JsonScalarExpr depends { one expr, one output };
    JsonSerializeExpr depends { one expr, one output };
    JsonObjectConstructor depends { all exprs, one output };
    JsonArrayConstructor depends { all exprs, one output };
    JsonArrayQueryConstructor depends { one query, one output, one format };
    JsonAggConstructor part { one output, one agg_filter, all agg_order, one over };
    JsonObjectAgg depends { one constructor, one arg };
    JsonArrayAgg depends { one constructor, one arg };
    RawStmt part { one stmt };
    ReturnStmt part { one returnval };
    ATAlterConstraint part {};
    ReplicaIdentityStmt part {};
    ObjectWithArgs part { all objname, all objargs, all objfuncargs };
    AccessPriv part { all cols };
    Constraint part { one raw_expr, all keys, all including, all exclusions, all options, one where_clause,
        one pktable, all fk_attrs, all pk_attrs, all fk_del_set_cols, all old_conpfeqop };
    CreateOpClassItem part { one name, all order_family, all class_args, one storedtype };
    StatsElem part { one expr };
    FunctionParameter part { one arg_type, one defexpr };
    VacuumRelation part { one relation, all va_cols };
    PublicationTable part { one relation, one where_clause, all columns };
    PublicationObjSpec part { one pubtable };

    // The analyser, the planner and PL/pgSQL make these; they are in no tree that comes from a text.
    Bitmapset foreign {};
    TableFunc foreign {};
    Param foreign {};
    Aggref foreign {};
    WindowFunc foreign {};
    WindowFuncRunCondition foreign {};
    SubscriptingRef foreign {};
    FuncExpr foreign {};
    OpExpr foreign {};
    ScalarArrayOpExpr foreign {};
    SubPlan foreign {};
    AlternativeSubPlan foreign {};
    FieldSelect foreign {};
    FieldStore foreign {};
    CoerceViaIO foreign {};
    ArrayCoerceExpr foreign {};
    ConvertRowtypeExpr foreign {};
    CollateExpr foreign {};
    CaseTestExpr foreign {};
    ArrayExpr foreign {};
    RowCompareExpr foreign {};
    JsonConstructorExpr foreign {};
    JsonExpr foreign {};
    MergeAction foreign {};
    CoerceToDomain foreign {};
    CoerceToDomainValue foreign {};
    NextValueExpr foreign {};
    InferenceElem foreign {};
    ReturningExpr foreign {};
    TargetEntry foreign {};
    RangeTblRef foreign {};
    FromExpr foreign {};
    OnConflictExpr foreign {};
    Query foreign {};
    RangeTblEntry foreign {};
    RTEPermissionInfo foreign {};
    RangeTblFunction foreign {};
    TableSampleClause foreign {};
    WithCheckOption foreign {};
    SortGroupClause foreign {};
    WindowClause foreign {};
    RowMarkClause foreign {};
    SetOperationStmt foreign {};
    InlineCodeBlock foreign {};
    CallContext foreign {};
    PLAssignStmt foreign {};
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields that hold a text and no node.
    const TEXTS: &str = "access_method aliasname amname bsval catalogname cmd_name colname column_name comment compression \
    conditionname conname conninfo cooked_expr ctename cursor_name cycle_mark_column cycle_path_column \
    database dbname defname defnamespace eventname fdwname filename for_encoding_name fval gid idxcomment \
    idxname indexcolname indexname indexspace label lang local_schema location new_tablespacename new_val \
    new_val_neighbor newname newschema old_val orig_tablespacename payload plname policy_name portalname \
    priv_name provider pubname refname relname remote_schema rolename rulename savepoint_name schemaname \
    search_seq_column server_name servername servertype storage_name stxcomment subname sval table_space \
    table_space_name tablespacename to_encoding_name trigname version NamedArgExpr.name XmlExpr.name \
    ResTarget.name WindowDef.name IndexElem.name PartitionElem.name ReturningOption.value \
    TriggerTransition.name JsonArgument.name JsonTablePathSpec.name JsonTableColumn.name AlterTableCmd.name \
    ReplicaIdentityStmt.name AlterDomainStmt.name VariableSetStmt.name VariableShowStmt.name \
    CreateExtensionStmt.extname AlterExtensionStmt.extname AlterExtensionContentsStmt.extname \
    CreateRoleStmt.role StatsElem.name FunctionParameter.name ReindexStmt.name PrepareStmt.name \
    ExecuteStmt.name DeallocateStmt.name PublicationObjSpec.name";

    #[test]
    fn every_field_that_can_hold_a_node_is_walked() {
        let mut missing = Vec::new();
        for (kind, printed, walked) in printed() {
            if kind_is_foreign(kind) {
                continue;
            }
            let fields = printed.split_once('{').map_or("", |(_, fields)| fields);
            for field in fields.split(", ").filter_map(|field| field.split_once(": ")) {
                let (name, value) = (field.0.trim(), field.1.trim_end_matches(['}', '.', ' ']));
                let is_text = TEXTS.split(' ').any(|text| text == name || text == format!("{kind}.{name}"));
                if matches!(value, "[]" | "None") && !is_text && !walked.contains(&name) {
                    missing.push(format!("{kind}.{name}"));
                }
            }
        }
        assert!(missing.is_empty(), "{missing:?}");
    }

    /// What nobody may run need not be walked.
    fn kind_is_foreign(kind: &str) -> bool {
        let row = include_str!("kind.rs").lines().find(|line| line.trim().starts_with(&format!("{kind} ")));
        row.is_some_and(|row| row.contains(" foreign "))
    }
}
