//! Where pgward keeps its own state.

use std::ffi::OsString;
use std::path::PathBuf;

/// The folder for pgward's state: `$PGWARD_STATE_DIR`, else `$XDG_STATE_HOME/pgward`, else
/// `~/.local/state/pgward`; none when no variable says where home is. The environment comes in as a function.
pub fn state_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("PGWARD_STATE_DIR")
        .or_else(|| set("XDG_STATE_HOME").map(|state| state.join("pgward")))
        .or_else(|| set("HOME").map(|home| home.join(".local/state/pgward")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(variables: &[(&str, &str)]) -> Option<String> {
        let value = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        state_folder(value).map(|path| path.display().to_string())
    }

    #[test]
    fn the_most_specific_variable_wins_and_empty_ones_do_not_count() {
        let all = [("PGWARD_STATE_DIR", "/a"), ("XDG_STATE_HOME", "/b"), ("HOME", "/c")];
        assert_eq!(folder(&all).as_deref(), Some("/a"));
        assert_eq!(
            folder(&[("PGWARD_STATE_DIR", ""), ("XDG_STATE_HOME", "/b")]).as_deref(),
            Some("/b/pgward")
        );
        assert_eq!(folder(&[("HOME", "/c")]).as_deref(), Some("/c/.local/state/pgward"));
        assert_eq!(folder(&[]), None);
    }
}
