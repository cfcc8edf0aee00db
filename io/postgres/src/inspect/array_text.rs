//! Reading `text[]` as text: `{search_path=app,"work_mem=1 GB"}`, the form of `array_out`.

use pgward_catalog::name::Name;
use pgward_catalog::object::Options;
use pgward_catalog::setting::{Settings, holds_a_secret, option_holds_a_secret, sealed, sealed_options};

/// The elements of an array of texts; none if the text is not a flat array or holds a null.
pub(crate) fn elements(text: &str) -> Option<Vec<String>> {
    let mut letters = text.strip_prefix('{')?.strip_suffix('}')?.chars().peekable();
    let mut elements = Vec::new();
    if letters.peek().is_none() {
        return Some(elements);
    }
    loop {
        let mut element = String::new();
        let end = if letters.next_if_eq(&'"').is_some() {
            loop {
                match letters.next()? {
                    '\\' => element.push(letters.next()?),
                    '"' => break,
                    letter => element.push(letter),
                }
            }
            letters.next()
        } else {
            loop {
                match letters.next() {
                    None | Some(',') if element.is_empty() || element.eq_ignore_ascii_case("null") => {
                        return None;
                    }
                    end @ (None | Some(',')) => break end,
                    Some('{' | '}' | '"') => return None,
                    Some('\\') => element.push(letters.next()?),
                    Some(letter) => element.push(letter),
                }
            }
        };
        elements.push(element);
        match end {
            None => return Some(elements),
            Some(',') => {}
            Some(_) => return None,
        }
    }
}

/// Settings as `setconfig` and `proconfig` hold them: `name=value`, values as they are stored; secret ones are sealed here,
/// and go no further.
pub(crate) fn settings(text: &str) -> Option<Settings> {
    elements(text)?
        .iter()
        .map(|setting| {
            let (name, value) = setting.split_once('=')?;
            let name = name.to_lowercase();
            let value = if holds_a_secret(&name) { sealed(&name, value) } else { value.to_owned() };
            Some((Name::from(name.as_str()), value))
        })
        .collect()
}

/// Options as `srvoptions` and their like hold them; secret ones are sealed here, and go no further.
pub(crate) fn options(text: &str) -> Option<Options> {
    let options = split_options(text)?.into_iter();
    let kept = options.map(|(name, value)| match option_holds_a_secret(name.as_str(), &value) {
        true => (name.clone(), sealed(name.as_str(), &value)),
        false => (name, value),
    });
    Some(kept.collect())
}

/// What stands for the options of this user mapping.
pub(crate) fn mapping_options(mapping: &str, text: &str) -> Option<String> {
    Some(sealed_options(mapping, &split_options(text)?))
}

/// Their names are as they were written: `HOST` is not `host`.
fn split_options(text: &str) -> Option<Options> {
    let split =
        |option: &String| option.split_once('=').map(|(name, value)| (Name::from(name), value.to_owned()));
    elements(text)?.iter().map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_as_array_out_writes_them() {
        for (text, expected) in [
            ("{}", vec![]),
            ("{a,b c}", vec!["a", "b c"]),
            (r#"{"a,b","c\"d\\e",""}"#, vec!["a,b", r#"c"d\e"#, ""]),
            (r#"{"NULL","{x}"}"#, vec!["NULL", "{x}"]),
        ] {
            assert_eq!(
                elements(text).as_deref(),
                Some(&*expected.into_iter().map(str::to_owned).collect::<Vec<_>>())
            );
        }
    }

    #[test]
    fn what_is_not_a_flat_array_of_texts_is_refused() {
        for text in ["", "{", "a", "{a,}", "{,a}", "{NULL}", "{\"a}", "{\"a\"b}", "{{a}}", "{a\\}"] {
            assert_eq!(elements(text), None, "{text}");
        }
    }

    #[test]
    fn settings_are_split_at_the_first_equals_sign_and_their_names_folded() {
        let settings = settings(r#"{DateStyle=ISO,"search_path=\"a b\", public","x.y=1=2"}"#);
        let shown = settings
            .map(|all| all.into_iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>());
        assert_eq!(
            shown,
            Some(vec!["datestyle: ISO".into(), "search_path: \"a b\", public".into(), "x.y: 1=2".into()])
        );
    }
}
