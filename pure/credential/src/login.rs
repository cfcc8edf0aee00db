//! A password that logs in again and again.

use crate::exchange::LoginKeys;
use crate::secret::Secret;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

/// A password, and the keys that were derived from it last: a server asks with the same salt until the password changes, and deriving
/// them anew for each session is most of what a login costs.
pub struct LoginPassword {
    password: Secret,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    salt: Vec<u8>,
    iterations: NonZeroU32,
    keys: Arc<LoginKeys>,
}

impl LoginPassword {
    /// The keys for this salt and this count of iterations.
    #[must_use]
    pub fn keys(&self, salt: &[u8], iterations: NonZeroU32) -> Arc<LoginKeys> {
        // What is kept is put there whole.
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = &*kept()
            && kept.salt == salt
            && kept.iterations == iterations
        {
            return Arc::clone(&kept.keys);
        }
        let keys = Arc::new(LoginKeys::derive(&self.password, salt, iterations));
        *kept() = Some(Kept { salt: salt.to_vec(), iterations, keys: Arc::clone(&keys) });
        keys
    }
}

impl From<Secret> for LoginPassword {
    fn from(password: Secret) -> LoginPassword {
        LoginPassword { password, kept: Mutex::new(None) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::LoginPassword;
    use crate::scram::ScramVerifier;
    use crate::secret::Secret;
    use std::num::NonZeroU32;
    use std::sync::Arc;

    #[test]
    fn keys_are_derived_once_for_a_salt_and_fit_it() {
        let (one, two) = (NonZeroU32::new(1).unwrap(), NonZeroU32::new(2).unwrap());
        let password = LoginPassword::from(Secret::new("pencil".to_owned()));
        for (salt, iterations) in [([1; 16], one), ([2; 16], one), ([2; 16], two), ([1; 16], one)] {
            let verifier =
                ScramVerifier::derive(&Secret::new("pencil".to_owned()), salt, iterations).unwrap();
            let keys = password.keys(&salt, iterations);
            assert!(verifier.answer(b"exchange", &keys.proof(b"exchange")).is_some());
            assert!(Arc::ptr_eq(&keys, &password.keys(&salt, iterations)));
        }
    }
}
