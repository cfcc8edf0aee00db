//! The `pgward` binary: arguments in, an operation run, an exit code out.
fn main() {}
