//! What a plan of the server's says (EXPLAIN in JSON).

use serde_json::Value;

use crate::source_text::{calls, tokens};

/// A plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    root: Value,
}

impl Plan {
    /// Reads the server's JSON; none: it is not such a plan.
    pub fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        Some(Self { root: value.get(0)?.get("Plan")?.clone() })
    }

    /// The planner's cost of all of it.
    pub fn cost(&self) -> Option<f64> {
        self.root.get("Total Cost")?.as_f64()
    }

    /// The relations that subqueries read which are run for each row; none for one that reads no relation. A subquery that is
    /// hashed, or that is an InitPlan, is run once.
    pub fn row_subqueries(&self) -> Vec<Option<String>> {
        let mut words = String::new();
        self.each(&mut |node| {
            for text in node.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str()) {
                words.push_str(text);
                words.push('\n');
            }
        });
        let mut found = Vec::new();
        self.each(&mut |node| {
            let is_subplan = text(node, "Parent Relationship") == Some("SubPlan");
            let Some(name) = text(node, "Subplan Name").filter(|_| is_subplan) else { return };
            if !is_hashed(&words, name) {
                found.push(relation(node));
            }
        });
        found
    }

    /// Whether an index is asked with a condition on this column.
    pub fn asks_index(&self, column: &str) -> bool {
        let mut asked = false;
        self.each(&mut |node| {
            asked |= text(node, "Index Cond")
                .is_some_and(|condition| tokens(condition).iter().any(|word| word.name() == Some(column)));
        });
        asked
    }

    /// Whether a function of this name is called in a filter: for each row that is read.
    pub fn filters_by(&self, function: &str) -> bool {
        let mut found = false;
        self.each(&mut |node| {
            let filter = text(node, "Filter").unwrap_or_default();
            found |= calls(&tokens(filter)).iter().any(|call| call.name == function);
        });
        found
    }

    fn each(&self, visit: &mut impl FnMut(&Value)) {
        let mut waiting = vec![&self.root];
        while let Some(node) = waiting.pop() {
            visit(node);
            waiting.extend(node.get("Plans").and_then(Value::as_array).into_iter().flatten());
        }
    }
}

fn text<'v>(node: &'v Value, key: &str) -> Option<&'v str> {
    node.get(key)?.as_str()
}

/// The first relation below a node.
fn relation(node: &Value) -> Option<String> {
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        if let Some(name) = text(node, "Relation Name") {
            return Some(match text(node, "Schema") {
                Some(schema) => format!("{schema}.{name}"),
                None => name.to_owned(),
            });
        }
        waiting.extend(node.get("Plans").and_then(Value::as_array).into_iter().flatten());
    }
    None
}

/// `hashed SubPlan 1`, and not of `SubPlan 12`.
fn is_hashed(words: &str, name: &str) -> bool {
    let wanted = format!("hashed {name}");
    words.match_indices(&wanted).any(|(at, _)| {
        let after = words.get(at + wanted.len()..).and_then(|rest| rest.chars().next());
        !after.is_some_and(|letter| letter.is_ascii_digit())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn plan(filter: &str) -> Plan {
        let text = format!(
            r#"[{{"Plan": {{"Node Type": "Seq Scan", "Total Cost": 7.5, "Filter": "{filter}", "Plans": [
                {{"Node Type": "Seq Scan", "Parent Relationship": "SubPlan", "Subplan Name": "SubPlan 1",
                  "Schema": "app", "Relation Name": "m"}}]}}}}]"#
        );
        Plan::read(&text).unwrap()
    }

    #[test]
    fn a_hashed_subplan_is_run_once() {
        assert!(plan("(hashed SubPlan 1)").row_subqueries().is_empty());
        assert_eq!(plan("(hashed SubPlan 12)").row_subqueries(), [Some("app.m".to_owned())]);
        assert_eq!(plan("(SubPlan 1)").row_subqueries(), [Some("app.m".to_owned())]);
        assert_eq!(plan("(SubPlan 1)").cost(), Some(7.5));
        assert!(plan("(t.a = current_setting('x'::text))").filters_by("current_setting"));
        assert_eq!(Plan::read("{}"), None);
    }
}
