//! The JSON Schema of a saved plan (`pgward-plan/1`).

use serde_json::{Value, json};

use crate::hazard::HazardKind;
use crate::plan::FORMAT;

/// The schema, for editors and for whoever reads plans by machine.
pub fn plan_schema() -> Value {
    let kinds: Vec<&str> = HazardKind::ALL.into_iter().map(HazardKind::word).collect();
    let text = || json!({"type": "string"});
    let optional_text = || json!({"type": ["string", "null"]});
    let list = |of: &str| json!({"type": "array", "items": {"$ref": format!("#/$defs/{of}")}});
    let digest = || json!({"type": "string", "pattern": "^[0-9a-f]{64}$"});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A plan of pgward",
        "type": "object",
        "required": ["digest", "plan"],
        "additionalProperties": false,
        "properties": {
            "digest": digest(),
            "plan": {"$ref": "#/$defs/plan"},
        },
        "$defs": {
            "plan": object(json!({
                "format": {"const": FORMAT},
                "system_identifier": text(),
                "server_version": {"type": "integer", "description": "server_version_num"},
                "databases": {"type": "array", "items": text()},
                "executor": text(),
                "contract_digest": text(),
                "fingerprint_before": digest(),
                "fingerprint_after": digest(),
                "changes": list("planned_change"),
                "hazards": list("hazard"),
                "statements": list("statement"),
                "beyond_executor": list("reported"),
                "reported": list("reported"),
                "drift": list("drift"),
                "way_back": {"$ref": "#/$defs/way_back"},
                "unseen": list("unseen"),
            }), &["beyond_executor"]),
            "change": {
                "type": "object",
                "description": "one difference; its other members depend on its kind",
                "required": ["change"],
                "properties": {"change": {"enum": CHANGES.as_slice()}},
            },
            "planned_change": {
                "allOf": [{"$ref": "#/$defs/change"}],
                "properties": {"because": text()},
            },
            "reported": {
                "allOf": [{"$ref": "#/$defs/change"}],
                "required": ["reason"],
                "properties": {"reason": text()},
            },
            "hazard": object(json!({
                "kind": {"enum": kinds},
                "change": {"type": "integer", "minimum": 0},
                "message": text(),
                "hint": text(),
            }), &[]),
            "statement": object(json!({
                "database": optional_text(),
                "as_role": optional_text(),
                "action": {
                    "type": "object",
                    "required": ["action"],
                    "properties": {
                        "action": {"enum": ["sql", "set_password", "terminate_sessions"]},
                        "sql": text(),
                        "role": text(),
                        "secret": {"type": "object"},
                    },
                },
                "changes": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            }), &[]),
            "way_back": object(json!({
                "changes": list("change"),
                "statements": list("statement"),
                "lost": {"type": "array", "items": text()},
            }), &[]),
            "drift": object(json!({"kind": text(), "message": text(), "hint": text()}), &[]),
            "unseen": object(json!({
                "database": optional_text(),
                "what": text(),
                "why": text(),
            }), &[]),
        },
    })
}

/// An object with exactly these members, all of them but the optional ones required.
fn object(properties: Value, optional: &[&str]) -> Value {
    let required: Vec<String> = properties
        .as_object()
        .into_iter()
        .flat_map(|members| members.keys())
        .filter(|member| !optional.contains(&member.as_str()))
        .cloned()
        .collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

/// The kinds of changes, as `change` names them.
pub(crate) const CHANGES: [&str; 38] = [
    "create_role",
    "alter_role",
    "drop_role",
    "set_password",
    "remove_password",
    "password_differs",
    "drop_owned",
    "drop_user_mapping",
    "terminate_sessions",
    "grant_membership",
    "creator_membership",
    "alter_membership",
    "revoke_membership",
    "set_setting",
    "reset_setting",
    "create_schema",
    "drop_schema",
    "change_owner",
    "grant",
    "revoke",
    "revoke_grant_option",
    "grant_default",
    "revoke_default",
    "revoke_default_grant_option",
    "set_row_security",
    "create_policy",
    "alter_policy",
    "drop_policy",
    "set_routine_security",
    "set_leakproof",
    "set_routine_setting",
    "set_view_options",
    "set_publication_options",
    "set_database_options",
    "other_facts",
    "missing",
    "unexpected",
    "not_compared",
];
