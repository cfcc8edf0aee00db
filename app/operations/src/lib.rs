//! One verb, one file: what pgward does, over the ports it needs.
