//! The bytes passwords and salts are made from.

/// Draws bytes from the operating system's generator.
///
/// # Errors
/// The operating system could not give any; nothing weaker takes their place.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(RandomError)?;
    Ok(bytes)
}

/// The operating system has no randomness to give.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct RandomError(#[source] getrandom::Error);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::random_bytes;

    #[test]
    fn two_draws_differ() {
        assert_ne!(random_bytes::<24>().unwrap(), random_bytes::<24>().unwrap());
    }
}
