//! The rules: one file each, in the order of their ids. Written by `cargo xtask new-rule`; a test keeps it complete.

mod db_create_granted;
mod db_owner_login;
mod db_public_connect;
mod defacl_function_execute;
mod defacl_public;
mod func_cast_operator_low_owner;
mod func_event_trigger_owner;
mod func_immutable_session_state;
mod func_leakproof_user;
mod func_trojan_expression;
mod func_trojan_trigger;
mod func_untrusted_language;
mod lang_trusted_flag_flipped;
mod role_admin_option;
mod role_can_become_owner;
mod role_config_guard_off;
mod role_config_searchpath_missing;
mod role_config_searchpath_writable;
mod role_conn_limit;
mod role_createdb;
mod role_createrole_16;
mod role_createrole_admin_path;
mod role_createrole_pre16;
mod role_login_as_group;
mod role_login_owns_objects;
mod role_password_md5;
mod role_password_no_expiry;
mod role_predefined_other;
mod role_reach_bypassrls;
mod role_reach_os;
mod role_reach_superuser;
mod role_read_all_data;
mod role_replication_login;
mod role_superuser_login;
mod role_write_all_data;
mod schema_foreign_create;
mod schema_public_create;
mod secdef_body_calls_low;
mod secdef_dynamic_sql;
mod secdef_no_search_path;
mod secdef_public_execute;
mod secdef_superuser_owner;
mod secdef_unsafe_search_path;

use crate::rule::Rule;

/// Every rule.
pub const RULES: &[&Rule] = &[
    &db_create_granted::RULE,
    &db_owner_login::RULE,
    &db_public_connect::RULE,
    &defacl_function_execute::RULE,
    &defacl_public::RULE,
    &func_cast_operator_low_owner::RULE,
    &func_event_trigger_owner::RULE,
    &func_immutable_session_state::RULE,
    &func_leakproof_user::RULE,
    &func_trojan_expression::RULE,
    &func_trojan_trigger::RULE,
    &func_untrusted_language::RULE,
    &lang_trusted_flag_flipped::RULE,
    &role_admin_option::RULE,
    &role_can_become_owner::RULE,
    &role_config_guard_off::RULE,
    &role_config_searchpath_missing::RULE,
    &role_config_searchpath_writable::RULE,
    &role_conn_limit::RULE,
    &role_createdb::RULE,
    &role_createrole_16::RULE,
    &role_createrole_admin_path::RULE,
    &role_createrole_pre16::RULE,
    &role_login_as_group::RULE,
    &role_login_owns_objects::RULE,
    &role_password_md5::RULE,
    &role_password_no_expiry::RULE,
    &role_predefined_other::RULE,
    &role_reach_bypassrls::RULE,
    &role_reach_os::RULE,
    &role_reach_superuser::RULE,
    &role_read_all_data::RULE,
    &role_replication_login::RULE,
    &role_superuser_login::RULE,
    &role_write_all_data::RULE,
    &schema_foreign_create::RULE,
    &schema_public_create::RULE,
    &secdef_body_calls_low::RULE,
    &secdef_dynamic_sql::RULE,
    &secdef_no_search_path::RULE,
    &secdef_public_execute::RULE,
    &secdef_superuser_owner::RULE,
    &secdef_unsafe_search_path::RULE,
];
