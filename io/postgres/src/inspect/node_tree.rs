//! What a rule asks of tables, from the tree of nodes that the server keeps of it (`pg_node_tree`).
//!
//! The text is a list of nodes, `{KIND :field value :field value}`, and values are tokens, nodes and lists in parentheses. Whatever
//! a name may hold, the server puts a backslash before what would end a token or open a node; and as a field is always followed
//! by a value, no name is taken for a field.

use std::collections::BTreeMap;

use pgward_catalog::privilege::{Privilege, Privileges};

/// By oid: what is asked of a relation. One that is only there for its columns (OLD and NEW) is not in it.
pub(super) type Touched = BTreeMap<u32, Privileges>;

/// Adds what the tree asks of relations; none if it is not a tree.
pub(super) fn touched(tree: &str, touched: &mut Touched) -> Option<()> {
    let mut tokens = tokens(tree).peekable();
    // Nodes that are open, and whether a field's name was the last thing seen in them.
    let mut open: Vec<Node<'_>> = Vec::new();
    while let Some(token) = tokens.next() {
        match token {
            "{" => {
                let _kind = tokens.next()?;
                open.push(Node::default());
            }
            "}" => {
                let node = open.pop()?;
                node.count(touched)?;
                if let Some(outer) = open.last_mut() {
                    outer.field = None;
                }
            }
            "(" | ")" => {
                if let Some(node) = open.last_mut() {
                    node.field = None;
                }
            }
            _ => {
                let Some(node) = open.last_mut() else { continue };
                match node.field.take() {
                    Some("relid") => node.relation = Some(token),
                    Some("requiredPerms") => node.privileges = Some(token),
                    Some(_) => {}
                    None => node.field = token.strip_prefix(':'),
                }
            }
        }
    }
    open.is_empty().then_some(())
}

#[derive(Default)]
struct Node<'t> {
    field: Option<&'t str>,
    relation: Option<&'t str>,
    privileges: Option<&'t str>,
}

impl Node<'_> {
    /// 14 and 15 keep it in the entry of the range table, later versions in a node beside.
    fn count(&self, touched: &mut Touched) -> Option<()> {
        let (Some(relation), Some(privileges)) = (self.relation, self.privileges) else { return Some(()) };
        let bits: u32 = privileges.parse().ok()?;
        let asked: Privileges =
            BITS.into_iter().filter(|(bit, _)| bits & bit != 0).map(|(_, privilege)| privilege).collect();
        let relation: u32 = relation.parse().ok()?;
        if relation != 0 && !asked.is_empty() {
            *touched.entry(relation).or_default() |= asked;
        }
        Some(())
    }
}

/// Brackets are tokens by themselves; a backslash takes the letter after it along.
fn tokens(tree: &str) -> impl Iterator<Item = &str> {
    let mut rest = tree;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\n', '\t']);
        let mut escaped = false;
        let mut end = rest.len();
        for (at, letter) in rest.char_indices() {
            if escaped {
                escaped = false;
                continue;
            }
            let is_bracket = matches!(letter, '(' | ')' | '{' | '}');
            if is_bracket || matches!(letter, ' ' | '\n' | '\t') {
                end = if at == 0 && is_bracket { 1 } else { at };
                break;
            }
            escaped = letter == '\\';
        }
        let (token, after) = rest.split_at_checked(end)?;
        rest = after;
        (!token.is_empty()).then_some(token)
    })
}

/// `ACL_INSERT` and its like, as the server numbers them.
const BITS: [(u32, Privilege); 4] = [
    (1, Privilege::Insert),
    (1 << 1, Privilege::Select),
    (1 << 2, Privilege::Update),
    (1 << 3, Privilege::Delete),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn of(tree: &str) -> Option<String> {
        let mut all = Touched::new();
        touched(tree, &mut all)?;
        Some(
            all.iter().map(|(oid, privileges)| format!("{oid}: {privileges}")).collect::<Vec<_>>().join("; "),
        )
    }

    #[test]
    fn what_a_tree_asks_of_tables_is_read_and_names_are_not_taken_for_fields() {
        let entry = "({QUERY :rteperminfos ({RTEPERMISSIONINFO :relid 16400 :inh true :requiredPerms 10 :checkAsUser 0} \
                     {RTEPERMISSIONINFO :relid 7 :requiredPerms 0}) :jointree <>})";
        assert_eq!(of(entry).unwrap(), "16400: SELECT, DELETE");
        let old = "({QUERY :rtable ({RTE :alias {ALIAS :aliasname :relid :colnames (\"a\\ b\" \"\\}\")} :rtekind 0 :relid 9 \
                   :requiredPerms 1}) :x 4 [ 1 0 0 0 ]})";
        assert_eq!(of(old).unwrap(), "9: INSERT");
        assert_eq!(of("<>").unwrap(), "");
        assert_eq!(of("({QUERY :rtable "), None);
    }
}
