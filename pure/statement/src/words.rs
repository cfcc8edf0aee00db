//! PostgreSQL's words for a node, and its place in the text.

use pg_raw_parse::{Node, raw};

use crate::kind::name;

/// The words a statement begins with (`CREATE ROLE`), or what people call a part.
pub(crate) fn verb(node: Node<'_>) -> String {
    match node {
        Node::IntoClause(_) => "CREATE TABLE ... AS".to_owned(),
        Node::LockingClause(_) => "SELECT ... FOR UPDATE or SHARE".to_owned(),
        Node::GrantStmt(grant) => if grant.is_grant { "GRANT" } else { "REVOKE" }.to_owned(),
        Node::GrantRoleStmt(grant) => if grant.is_grant { "GRANT role" } else { "REVOKE role" }.to_owned(),
        Node::IndexStmt(_) => "CREATE INDEX".to_owned(),
        Node::ViewStmt(_) => "CREATE VIEW".to_owned(),
        Node::RuleStmt(_) => "CREATE RULE".to_owned(),
        Node::DefineStmt(_) => "CREATE AGGREGATE, OPERATOR, TYPE, COLLATION or TEXT SEARCH".to_owned(),
        Node::CreateStmt(_) => "CREATE TABLE".to_owned(),
        Node::CreateTableAsStmt(_) => "CREATE TABLE AS".to_owned(),
        Node::VacuumStmt(vacuum) => if vacuum.is_vacuumcmd { "VACUUM" } else { "ANALYZE" }.to_owned(),
        Node::ConstraintsSetStmt(_) => "SET CONSTRAINTS".to_owned(),
        node => spelled_out(name(node)),
    }
}

/// What the SQL/JSON query functions are called.
pub(crate) const fn of_json(operation: raw::JsonExprOp::Type) -> &'static str {
    match operation {
        raw::JsonExprOp::JSON_EXISTS_OP => "json_exists",
        raw::JsonExprOp::JSON_VALUE_OP => "json_value",
        _ => "json_query",
    }
}

/// `CreateEventTrigStmt` as `CREATE EVENT TRIGGER`.
fn spelled_out(kind: &str) -> String {
    let mut words = String::new();
    for letter in kind.trim_end_matches("Stmt").chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
        words.push(letter.to_ascii_uppercase());
    }
    let mut parts: Vec<&str> = Vec::new();
    for word in words.split(' ') {
        parts.push(match word {
            "TRIG" => "TRIGGER",
            "SEQ" => "SEQUENCE",
            "FDW" => "FOREIGN DATA WRAPPER",
            "SEC" => "SECURITY",
            "MAT" => "MATERIALIZED",
            "REF" => "REFERENCE",
            "LANG" => "LANGUAGE",
            "CREATEDB" => "CREATE DATABASE",
            "DROPDB" => "DROP DATABASE",
            "CHECK" => "CHECK",
            "PL" => "",
            word => word,
        });
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ").replace("P LANGUAGE", "LANGUAGE").replace("CHECK POINT", "CHECKPOINT")
}

/// Where a node is in the text, in bytes, if it says so.
pub(crate) fn place(node: Node<'_>) -> Option<usize> {
    let location = match node {
        Node::FuncCall(part) => part.location,
        Node::RangeVar(part) => part.location,
        Node::ColumnRef(part) => part.location,
        Node::A_Expr(part) => part.location,
        Node::TypeName(part) => part.location,
        Node::TypeCast(part) => part.location,
        Node::SubLink(part) => part.location,
        Node::WithClause(part) => part.location,
        Node::CommonTableExpr(part) => part.location,
        Node::ResTarget(part) => part.location,
        Node::RangeTableSample(part) => part.location,
        Node::TransactionStmt(part) => part.location,
        Node::DefElem(part) => part.location,
        Node::ColumnDef(part) => part.location,
        Node::Constraint(part) => part.location,
        Node::VariableSetStmt(part) => part.location,
        _ => return None,
    };
    usize::try_from(location).ok()
}

/// A verb with the class of object that it is about: `DROP FUNCTION`.
pub(crate) fn with_object(verb: &str, object: raw::ObjectType::Type) -> String {
    let class = object_name(object);
    match verb {
        "DROP" | "RENAME" => format!("{verb} {class}"),
        "COMMENT" => format!("COMMENT ON {class}"),
        "ALTER OBJECT SCHEMA" => format!("ALTER {class} ... SET SCHEMA"),
        "ALTER TABLE" => format!("ALTER {class}"),
        verb => verb.to_owned(),
    }
}

fn object_name(object: raw::ObjectType::Type) -> &'static str {
    use raw::ObjectType as O;
    match object {
        O::OBJECT_ACCESS_METHOD => "ACCESS METHOD",
        O::OBJECT_AGGREGATE => "AGGREGATE",
        O::OBJECT_ATTRIBUTE => "ATTRIBUTE",
        O::OBJECT_CAST => "CAST",
        O::OBJECT_COLUMN => "COLUMN",
        O::OBJECT_COLLATION => "COLLATION",
        O::OBJECT_CONVERSION => "CONVERSION",
        O::OBJECT_DATABASE => "DATABASE",
        O::OBJECT_DOMAIN => "DOMAIN",
        O::OBJECT_DOMCONSTRAINT => "DOMAIN CONSTRAINT",
        O::OBJECT_EVENT_TRIGGER => "EVENT TRIGGER",
        O::OBJECT_EXTENSION => "EXTENSION",
        O::OBJECT_FDW => "FOREIGN DATA WRAPPER",
        O::OBJECT_FOREIGN_SERVER => "SERVER",
        O::OBJECT_FOREIGN_TABLE => "FOREIGN TABLE",
        O::OBJECT_FUNCTION => "FUNCTION",
        O::OBJECT_INDEX => "INDEX",
        O::OBJECT_LANGUAGE => "LANGUAGE",
        O::OBJECT_LARGEOBJECT => "LARGE OBJECT",
        O::OBJECT_MATVIEW => "MATERIALIZED VIEW",
        O::OBJECT_OPCLASS => "OPERATOR CLASS",
        O::OBJECT_OPERATOR => "OPERATOR",
        O::OBJECT_OPFAMILY => "OPERATOR FAMILY",
        O::OBJECT_POLICY => "POLICY",
        O::OBJECT_PROCEDURE => "PROCEDURE",
        O::OBJECT_PUBLICATION => "PUBLICATION",
        O::OBJECT_ROLE => "ROLE",
        O::OBJECT_ROUTINE => "ROUTINE",
        O::OBJECT_RULE => "RULE",
        O::OBJECT_SCHEMA => "SCHEMA",
        O::OBJECT_SEQUENCE => "SEQUENCE",
        O::OBJECT_SUBSCRIPTION => "SUBSCRIPTION",
        O::OBJECT_STATISTIC_EXT => "STATISTICS",
        O::OBJECT_TABCONSTRAINT => "CONSTRAINT",
        O::OBJECT_TABLE => "TABLE",
        O::OBJECT_TABLESPACE => "TABLESPACE",
        O::OBJECT_TRANSFORM => "TRANSFORM",
        O::OBJECT_TRIGGER => "TRIGGER",
        O::OBJECT_TSCONFIGURATION => "TEXT SEARCH CONFIGURATION",
        O::OBJECT_TSDICTIONARY => "TEXT SEARCH DICTIONARY",
        O::OBJECT_TSPARSER => "TEXT SEARCH PARSER",
        O::OBJECT_TSTEMPLATE => "TEXT SEARCH TEMPLATE",
        O::OBJECT_TYPE => "TYPE",
        O::OBJECT_VIEW => "VIEW",
        _ => "OBJECT",
    }
}

/// What one part of an ALTER TABLE is called, where it is not a change of the table itself.
pub(crate) fn of_command(command: raw::AlterTableType::Type) -> &'static str {
    use raw::AlterTableType as A;
    match command {
        A::AT_ChangeOwner => "OWNER TO",
        A::AT_EnableRule | A::AT_EnableAlwaysRule | A::AT_EnableReplicaRule => "ENABLE RULE",
        A::AT_DisableRule => "DISABLE RULE",
        A::AT_EnableRowSecurity => "ENABLE ROW LEVEL SECURITY",
        A::AT_DisableRowSecurity => "DISABLE ROW LEVEL SECURITY",
        A::AT_ForceRowSecurity => "FORCE ROW LEVEL SECURITY",
        A::AT_NoForceRowSecurity => "NO FORCE ROW LEVEL SECURITY",
        A::AT_DisableTrig | A::AT_DisableTrigAll | A::AT_DisableTrigUser => "DISABLE TRIGGER",
        A::AT_GenericOptions | A::AT_AlterColumnGenericOptions => "OPTIONS",
        A::AT_EnableTrig
        | A::AT_EnableAlwaysTrig
        | A::AT_EnableReplicaTrig
        | A::AT_EnableTrigAll
        | A::AT_EnableTrigUser => "ENABLE TRIGGER",
        _ => "in a form that is not known",
    }
}
