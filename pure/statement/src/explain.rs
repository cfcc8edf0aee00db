//! Whether EXPLAIN runs what it explains.

use pg_raw_parse::{ConstValue, Node, nodes};

/// Whether EXPLAIN has an ANALYZE that is not certainly off.
pub(crate) fn runs_what_it_explains(explain: &nodes::ExplainStmt) -> bool {
    explain.options().iter().any(|option| match Node::from(option) {
        Node::DefElem(option) => option.defname() == Some("analyze") && !is_certainly_off(option.arg()),
        _ => true,
    })
}

/// Whether an option's value is one of those that the server reads as false.
fn is_certainly_off(value: Node<'_>) -> bool {
    match value {
        Node::Integer(number) => number.ival == 0,
        Node::Boolean(value) => !value.boolval,
        Node::String(text) => text
            .sval()
            .is_some_and(|text| text.eq_ignore_ascii_case("false") || text.eq_ignore_ascii_case("off")),
        Node::A_Const(constant) => match constant.val() {
            Some(ConstValue::Integer(number)) => number == 0,
            Some(ConstValue::Boolean(value)) => !value,
            _ => false,
        },
        _ => false,
    }
}
