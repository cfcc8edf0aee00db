//! Constants.

use pg_raw_parse::{ConstValue, Node};

/// A constant's text, as SET would take it.
pub(crate) fn constant(node: Node<'_>) -> Option<String> {
    match node {
        Node::A_Const(constant) if !constant.isnull => match constant.val()? {
            ConstValue::Integer(number) => Some(number.to_string()),
            ConstValue::Boolean(value) => Some(if value { "on" } else { "off" }.to_owned()),
            ConstValue::Float(text) | ConstValue::String(text) => Some(text.to_owned()),
            _ => None,
        },
        _ => None,
    }
}
