//! How many files and connections the process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit to the hard one. A session takes two connections, and the usual soft limit of 1 024 is there for programs that
/// use `select`, which cannot count further (`getrlimit(2)`, `select(2)`): with it, 500 people would be all that fit.
pub(crate) fn allow_most() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    // Where that is refused, what there is has to do: who finds no room waits at the door.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

#[cfg(test)]
mod tests {
    use super::allow_most;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        let maximum = getrlimit(Resource::Nofile).maximum;
        let lowered = setrlimit(Resource::Nofile, Rlimit { current: Some(256), maximum });
        assert!(lowered.is_ok());
        allow_most();
        assert_eq!(getrlimit(Resource::Nofile), Rlimit { current: maximum, maximum });
    }
}
