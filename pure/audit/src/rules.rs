//! The rules: one file each, in the order of their ids. Written by `cargo xtask new-rule`; a test keeps it complete.

mod access_emergency_unreviewed;
mod acl_column;
mod audit_assessed_fewer;
mod catalog_function_acl_drift;
mod catalog_relation_acl_drift;
mod catalog_secrets_shown;
mod conf_audit_log;
mod conf_guards;
mod conf_password_encryption;
mod conf_socket;
mod conf_tls;
mod contract_append_only;
mod contract_definer_narrow;
mod contract_excess;
mod contract_missing;
mod data_secret_in_source;
mod data_sensitive_column;
mod db_create_granted;
mod db_owner_login;
mod db_public_connect;
mod defacl_function_execute;
mod defacl_public;
mod dump_trojan;
mod ext_dangerous_function;
mod ext_in_writable_schema;
mod ext_outdated;
mod ext_untrusted_present;
mod fdw_foreign_table_granted;
mod fdw_password_not_required;
mod fdw_public_mapping;
mod fdw_server_usage;
mod fdw_stored_secret;
mod func_cast_operator_low_owner;
mod func_event_trigger_owner;
mod func_immutable_session_state;
mod func_leakproof_user;
mod func_trojan_called;
mod func_trojan_expression;
mod func_trojan_trigger;
mod func_untrusted_language;
mod hba_map;
mod hba_trust;
mod hba_weak;
mod job_pg_cron_owner;
mod lang_trusted_flag_flipped;
mod live_cleartext_session;
mod live_superuser_remote;
mod lo_exposed;
mod matview_rls_snapshot;
mod param_code_exec_grant;
mod param_guard_grant;
mod pool_shared_identity;
mod repl_apply_as_owner;
mod repl_publication_all;
mod repl_subscription_owner;
mod rls_always_true;
mod rls_child_unprotected;
mod rls_disabled_granted;
mod rls_fk_oracle;
mod rls_guc_self_asserted;
mod rls_no_policy;
mod rls_not_forced;
mod rls_policy_but_off;
mod rls_policy_public;
mod rls_policy_source_writable;
mod rls_unfiltered_privilege;
mod rls_unique_oracle;
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
mod role_password_obvious;
mod role_predefined_other;
mod role_reach_bypassrls;
mod role_reach_os;
mod role_reach_superuser;
mod role_read_all_data;
mod role_replication_login;
mod role_superuser_login;
mod role_write_all_data;
mod rule_owner_rights;
mod schema_foreign_create;
mod schema_owner_weaker;
mod schema_public_create;
mod secdef_body_calls_low;
mod secdef_dynamic_sql;
mod secdef_no_search_path;
mod secdef_public_execute;
mod secdef_reads_past_rls;
mod secdef_server_files;
mod secdef_superuser_owner;
mod secdef_unsafe_search_path;
mod stats_leak;
mod table_grant_option;
mod table_public_privilege;
mod table_trigger_granted;
mod trigger_disabled;
mod usage_dormant_login;
mod usage_unused_privilege;
mod ver_eol;
mod ver_known_cve;
mod view_no_security_barrier;
mod view_owner_rights_rls;
mod view_trojan;

use crate::rule::Rule;

/// Every rule.
pub const RULES: &[&Rule] = &[
    &access_emergency_unreviewed::RULE,
    &acl_column::RULE,
    &audit_assessed_fewer::RULE,
    &catalog_function_acl_drift::RULE,
    &catalog_relation_acl_drift::RULE,
    &catalog_secrets_shown::RULE,
    &conf_audit_log::RULE,
    &conf_guards::RULE,
    &conf_password_encryption::RULE,
    &conf_socket::RULE,
    &conf_tls::RULE,
    &contract_append_only::RULE,
    &contract_definer_narrow::RULE,
    &contract_excess::RULE,
    &contract_missing::RULE,
    &data_secret_in_source::RULE,
    &data_sensitive_column::RULE,
    &db_create_granted::RULE,
    &db_owner_login::RULE,
    &db_public_connect::RULE,
    &defacl_function_execute::RULE,
    &defacl_public::RULE,
    &dump_trojan::RULE,
    &ext_dangerous_function::RULE,
    &ext_in_writable_schema::RULE,
    &ext_outdated::RULE,
    &ext_untrusted_present::RULE,
    &fdw_foreign_table_granted::RULE,
    &fdw_password_not_required::RULE,
    &fdw_public_mapping::RULE,
    &fdw_server_usage::RULE,
    &fdw_stored_secret::RULE,
    &func_cast_operator_low_owner::RULE,
    &func_event_trigger_owner::RULE,
    &func_immutable_session_state::RULE,
    &func_leakproof_user::RULE,
    &func_trojan_called::RULE,
    &func_trojan_expression::RULE,
    &func_trojan_trigger::RULE,
    &func_untrusted_language::RULE,
    &hba_map::RULE,
    &hba_trust::RULE,
    &hba_weak::RULE,
    &job_pg_cron_owner::RULE,
    &lang_trusted_flag_flipped::RULE,
    &live_cleartext_session::RULE,
    &live_superuser_remote::RULE,
    &lo_exposed::RULE,
    &matview_rls_snapshot::RULE,
    &param_code_exec_grant::RULE,
    &param_guard_grant::RULE,
    &pool_shared_identity::RULE,
    &repl_apply_as_owner::RULE,
    &repl_publication_all::RULE,
    &repl_subscription_owner::RULE,
    &rls_always_true::RULE,
    &rls_child_unprotected::RULE,
    &rls_disabled_granted::RULE,
    &rls_fk_oracle::RULE,
    &rls_guc_self_asserted::RULE,
    &rls_no_policy::RULE,
    &rls_not_forced::RULE,
    &rls_policy_but_off::RULE,
    &rls_policy_public::RULE,
    &rls_policy_source_writable::RULE,
    &rls_unfiltered_privilege::RULE,
    &rls_unique_oracle::RULE,
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
    &role_password_obvious::RULE,
    &role_predefined_other::RULE,
    &role_reach_bypassrls::RULE,
    &role_reach_os::RULE,
    &role_reach_superuser::RULE,
    &role_read_all_data::RULE,
    &role_replication_login::RULE,
    &role_superuser_login::RULE,
    &role_write_all_data::RULE,
    &rule_owner_rights::RULE,
    &schema_foreign_create::RULE,
    &schema_owner_weaker::RULE,
    &schema_public_create::RULE,
    &secdef_body_calls_low::RULE,
    &secdef_dynamic_sql::RULE,
    &secdef_no_search_path::RULE,
    &secdef_public_execute::RULE,
    &secdef_reads_past_rls::RULE,
    &secdef_server_files::RULE,
    &secdef_superuser_owner::RULE,
    &secdef_unsafe_search_path::RULE,
    &stats_leak::RULE,
    &table_grant_option::RULE,
    &table_public_privilege::RULE,
    &table_trigger_granted::RULE,
    &trigger_disabled::RULE,
    &usage_dormant_login::RULE,
    &usage_unused_privilege::RULE,
    &ver_eol::RULE,
    &ver_known_cve::RULE,
    &view_no_security_barrier::RULE,
    &view_owner_rights_rls::RULE,
    &view_trojan::RULE,
];
