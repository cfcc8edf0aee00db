//! The major versions that tests run on.

use crate::installation::Installation;
use crate::search::{NotFound, Search};

/// One installation of every supported major version, oldest first, to run a test on each.
///
/// A version that is not here is left out (`make test` fetches them all, and says which it could not); where `CI`
/// is set, it is an error. `PGWARD_TEST_MAJORS=15,18` asks for these only.
///
/// # Errors
/// A version is missing that must be there, or there is none at all.
pub fn installations() -> Result<Vec<Installation>, NotFound> {
    let search = Search::from_environment();
    let must_be_complete = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    let (mut present, mut absent) = (Vec::new(), None);
    for major in asked_for(std::env::var("PGWARD_TEST_MAJORS").ok().as_deref()) {
        match search.find(major) {
            Ok(installation) => present.push(installation),
            Err(missing) if must_be_complete => return Err(missing),
            Err(missing) => absent = Some(missing),
        }
    }
    // A test on no server at all would pass.
    match absent {
        Some(missing) if present.is_empty() => Err(missing),
        _ => Ok(present),
    }
}

fn asked_for(list: Option<&str>) -> Vec<u32> {
    let listed: Vec<u32> =
        list.unwrap_or_default().split(',').filter_map(|word| word.trim().parse().ok()).collect();
    if listed.is_empty() { SUPPORTED_MAJORS.to_vec() } else { listed }
}

/// The major versions pgward works with.
pub const SUPPORTED_MAJORS: [u32; 5] = [14, 15, 16, 17, 18];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_narrows_the_matrix() {
        assert_eq!(asked_for(None), SUPPORTED_MAJORS);
        assert_eq!(asked_for(Some("15, 18")), [15, 18]);
    }
}
