//! Whole stories on real servers: the examples, the promises, the faults.
