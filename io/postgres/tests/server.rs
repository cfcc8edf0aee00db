//! What needs a real server: every test here starts one.

mod it;
