//! Proving promises on real servers, of every supported version.

mod proving;
