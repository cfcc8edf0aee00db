//! Settings that make sessions useless without ending them, or that lower a guard.

use pgward_catalog::name::{Name, RoleName};
use pgward_catalog::setting::SettingScope;

use crate::hazard::HazardKind;
use crate::hazard::guard::{GUARDS, SET_BY_SOMEBODY, is_on};

/// What a setting does to the sessions it is for, if that is dangerous: the kind, a sentence, what to do.
pub(crate) fn hazard_of_setting(
    scope: &SettingScope,
    name: &Name,
    before: Option<&str>,
    value: &str,
) -> Option<(HazardKind, String, &'static str)> {
    let who = whose_sessions(scope);
    let on = is_on(value);
    let lockout = |what: &str, hint: &'static str| Some((HazardKind::Lockout, format!("{who} {what}"), hint));
    let name = name.as_str().to_ascii_lowercase();
    let guard = GUARDS.iter().find(|guard| guard.name == name && guard.lowered.by(before, value));
    if let Some(guard) = guard {
        return Some((HazardKind::Widening, format!("{who} {}", guard.does), guard.hint));
    }
    match name.as_str() {
        "role" => lockout("start as another role", "make sure that the login may become that role"),
        "default_transaction_read_only" | "transaction_read_only" if on => {
            lockout("cannot write", "make sure that nobody writes by these logins, migrations included")
        }
        "row_security" if !on => lockout(
            "fail on every table with row security that binds them",
            "make sure that only backups run by these logins",
        ),
        "exit_on_error" if on => lockout("end at their first error", "take it out of the contract"),
        "statement_timeout" | "transaction_timeout" | "idle_session_timeout" if is_tiny(value) => {
            lockout("are cut off within a second", "give the time with its unit: '30s'")
        }
        _ => None,
    }
}

/// What taking a setting out may do, if it held up a guard.
pub(crate) fn hazard_of_reset(
    scope: &SettingScope,
    name: &Name,
    before: &str,
) -> Option<(HazardKind, String, &'static str)> {
    let name = name.as_str().to_ascii_lowercase();
    let guard = GUARDS.iter().find(|guard| guard.name == name && SET_BY_SOMEBODY.contains(&guard.name))?;
    let who = whose_sessions(scope);
    let message =
        format!("{who} {}, unless the server's configuration says {name} = {before} itself", guard.does);
    (!guard.lowered.by(None, before)).then_some((HazardKind::Widening, message, guard.hint))
}

fn whose_sessions(scope: &SettingScope) -> String {
    let role = scope.role.as_ref().map_or("all roles".to_owned(), RoleName::quoted);
    let place = scope
        .database
        .as_ref()
        .map_or(String::new(), |database| format!(" in database {}", database.quoted()));
    format!("sessions of {role}{place}")
}

/// Less than a second, but not zero, which means never.
fn is_tiny(value: &str) -> bool {
    let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
    let unit = value.chars().skip(digits.len()).collect::<String>();
    match (digits.parse::<u64>(), unit.trim()) {
        (Ok(0), _) | (Err(_), _) => false,
        (Ok(_), "us") => true,
        (Ok(milliseconds), "" | "ms") => milliseconds < 1000,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str, expected: Option<HazardKind>) {
        let found = hazard_of_setting(&SettingScope::default(), &Name::from(name), None, value);
        assert_eq!(found.map(|(kind, ..)| kind), expected, "{name} = {value}");
    }

    #[test]
    fn settings_that_make_sessions_useless_are_lockouts() {
        check("default_transaction_read_only", "on", Some(HazardKind::Lockout));
        check("default_transaction_read_only", "off", None);
        check("row_security", "off", Some(HazardKind::Lockout));
        check("row_security", "on", None);
        check("statement_timeout", "30", Some(HazardKind::Lockout));
        check("statement_timeout", "30s", None);
        check("statement_timeout", "0", None);
        check("statement_timeout", "5000", None);
        check("exit_on_error", "t", Some(HazardKind::Lockout));
        check("session_replication_role", "replica", Some(HazardKind::Widening));
        check("lo_compat_privileges", "on", Some(HazardKind::Widening));
        check("Zero_Damaged_Pages", "on", Some(HazardKind::Widening));
        check("search_path", "app", None);
    }

    #[test]
    fn what_held_up_a_guard_is_not_taken_out_without_a_word() {
        let reset = |name: &str, before: &str| {
            hazard_of_reset(&SettingScope::default(), &Name::from(name), before).map(|(kind, ..)| kind)
        };
        assert_eq!(reset("log_statement", "all"), Some(HazardKind::Widening));
        assert_eq!(reset("Log_Connections", "on"), Some(HazardKind::Widening));
        assert_eq!(reset("log_statement", "none"), None);
        assert_eq!(reset("pgaudit.log", "none"), None);
        assert_eq!(reset("search_path", "app"), None);
        assert_eq!(reset("zero_damaged_pages", "off"), None);
    }
}
