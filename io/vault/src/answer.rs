//! What a vault answers, read without a copy of it staying behind.

use std::time::Duration;

use pgward_credential::Secret;
use pgward_web::client::Answer;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::failure::VaultError;

/// An answer, and whose it is.
pub(crate) struct Said {
    pub(crate) vault: String,
    pub(crate) path: String,
    value: Value,
}

impl Said {
    /// What was answered, if it was what was asked for.
    pub(crate) fn of(vault: &str, path: &str, answer: Answer) -> Result<Said, VaultError> {
        let (status, is_success) = (answer.status, answer.is_success());
        let text = Zeroizing::new(answer.text);
        let (vault, path) = (vault.to_owned(), path.to_owned());
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        match status {
            _ if is_success => Ok(Said { vault, path, value }),
            // A standby says 429, one that is being replicated 472 and 473, a sealed one 503.
            429 | 472 | 473 | 501 | 503 => Err(VaultError::Sealed { vault }),
            404 => Err(VaultError::Missing { vault, path }),
            status => {
                let said = words(&value).unwrap_or_else(|| format!("status {status}"));
                if said.contains("check-and-set") {
                    return Err(VaultError::Changed { vault, path });
                }
                Err(VaultError::Refused { vault, path, said })
            }
        }
    }

    /// A text in it.
    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer).and_then(Value::as_str)
    }

    /// A text that has to be there.
    pub(crate) fn needed(&self, pointer: &str) -> Result<&str, VaultError> {
        self.text(pointer).filter(|text| !text.is_empty()).ok_or_else(|| self.lacks(pointer))
    }

    /// A secret that has to be there.
    pub(crate) fn secret(&self, pointer: &str) -> Result<Secret, VaultError> {
        Ok(Secret::new(self.needed(pointer)?.to_owned()))
    }

    /// A number of seconds; zero is none.
    pub(crate) fn seconds(&self, pointer: &str) -> Option<Duration> {
        let seconds = self.value.pointer(pointer).and_then(Value::as_u64);
        seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs)
    }

    pub(crate) fn number(&self, pointer: &str) -> Option<u64> {
        self.value.pointer(pointer).and_then(Value::as_u64)
    }

    pub(crate) fn is_true(&self, pointer: &str) -> bool {
        self.value.pointer(pointer).and_then(Value::as_bool) == Some(true)
    }

    pub(crate) fn lacks(&self, pointer: &str) -> VaultError {
        let lacks = pointer.trim_start_matches('/').replace('/', ".");
        VaultError::Answer { vault: self.vault.clone(), path: self.path.clone(), lacks }
    }
}

/// What a vault says when it refuses; as much of it as fits on a line.
fn words(value: &Value) -> Option<String> {
    let errors = value.get("errors")?.as_array()?;
    let words: Vec<&str> = errors.iter().filter_map(Value::as_str).collect();
    let one = words.join("; ");
    let line: String = one.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN).collect();
    (!line.is_empty()).then_some(line)
}

/// How much of what a vault says is repeated.
const SHOWN: usize = 300;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;

    fn said(status: u16, text: &str) -> Result<Said, VaultError> {
        Said::of("vault.example.org", "secret/data/a", Answer { status, text: text.to_owned() })
    }

    #[track_caller]
    fn refused(status: u16, text: &str) -> String {
        match said(status, text) {
            Ok(_) => panic!("it was not refused"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_a_vault_refuses_is_said_in_words() {
        assert_eq!(
            refused(503, r#"{"errors":["Vault is sealed"]}"#),
            "the vault at vault.example.org is sealed, or not ready: somebody has to unseal it"
        );
        assert_eq!(
            refused(403, "{\"errors\":[\"1 error occurred:\\n\\t* permission denied\\n\\n\"]}"),
            "the vault at vault.example.org refuses secret/data/a: 1 error occurred: * permission denied"
        );
        assert_eq!(
            refused(404, r#"{"errors":[]}"#),
            "the vault at vault.example.org has nothing at secret/data/a"
        );
        assert_eq!(refused(307, ""), "the vault at vault.example.org refuses secret/data/a: status 307");
        let stale = r#"{"errors":["check-and-set parameter did not match the current version"]}"#;
        assert_eq!(
            refused(400, stale),
            "somebody else has changed secret/data/a in the vault at vault.example.org meanwhile"
        );
    }

    #[test]
    fn what_an_answer_lacks_is_named_and_the_rest_of_it_is_not_shown() {
        let said = said(200, r#"{"data":{"password":7,"token":"hush"},"lease_duration":0}"#).unwrap();
        let Err(error) = said.secret("/data/password") else { panic!("a number is no password") };
        assert_eq!(
            error.to_string(),
            "the vault at vault.example.org answers for secret/data/a without `data.password`"
        );
        assert_eq!(said.seconds("/lease_duration"), None);
        assert!(!said.is_true("/renewable"));
    }
}
