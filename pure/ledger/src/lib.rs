//! Records, their hash chain, signed checkpoints, and what verifying them says.
