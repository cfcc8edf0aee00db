//! Settings that an expression or a body believes.

use crate::source_text::{Token, tokens};

/// A setting that is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Believed {
    /// By this name, in lower case.
    Named(String),
    /// By a name that is put together when it is read.
    Computed,
}

/// The settings that the text reads with `current_setting`.
pub fn settings_believed(text: &str) -> Vec<Believed> {
    let words = tokens(text);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let opens = words.get(at + 1).is_some_and(|next| next.is_symbol("("));
        if word.name() != Some("current_setting") || !opens {
            continue;
        }
        let believed = match words.get(at + 2..).unwrap_or_default() {
            [Token::Text(name), end, ..] if end.is_symbol(")") || end.is_symbol(",") => {
                Believed::Named(name.to_lowercase())
            }
            [Token::Text(name), cast, text, end, ..]
                if cast.is_symbol("::") && text.is("text") && (end.is_symbol(")") || end.is_symbol(",")) =>
            {
                Believed::Named(name.to_lowercase())
            }
            _ => Believed::Computed,
        };
        if !found.contains(&believed) {
            found.push(believed);
        }
    }
    found
}

/// The names with a dot among them: settings that a session makes.
pub fn custom_settings(text: &str) -> Vec<String> {
    let believed = settings_believed(text).into_iter();
    believed
        .filter_map(|believed| match believed {
            Believed::Named(name) => name.contains('.').then_some(name),
            Believed::Computed => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_seen_by_their_names() {
        let named = |name: &str| Believed::Named(name.to_owned());
        assert_eq!(
            settings_believed("(tenant = (current_setting('App.tenant'::text, true))::uuid)"),
            [named("app.tenant")]
        );
        assert_eq!(settings_believed("(current_setting('role') = 'x')"), [named("role")]);
        assert_eq!(
            settings_believed("(a = pg_catalog.current_setting(('app.'::text || CURRENT_USER)))"),
            [Believed::Computed]
        );
        assert!(settings_believed("(tenant = CURRENT_USER)").is_empty());
        assert!(settings_believed("(tenant = 'current_setting(''a.b'')')").is_empty());
    }
}
